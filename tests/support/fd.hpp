#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <poll.h>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace troupe::test {

/// How long a test waits for something that should happen at once.
inline constexpr std::chrono::milliseconds patience{10'000};

/// The end of a wait.
using deadline = std::chrono::steady_clock::time_point;

/// Returns the moment `limit` from now; the last one there is on overflow.
deadline deadline_after(std::chrono::milliseconds limit);

/// Waits until a condition holds that others bring about, asking again and
/// again.
///
/// @return False once `limit` has passed.
bool eventually(const std::function<bool()>& holds,
                std::chrono::milliseconds limit = patience);

/// Owns a file descriptor.
class unique_fd {
public:
  unique_fd() = default;
  explicit unique_fd(int fd) : fd_(fd) {}
  unique_fd(unique_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  unique_fd& operator=(unique_fd&& other) noexcept {
    reset(std::exchange(other.fd_, -1));
    return *this;
  }
  unique_fd(const unique_fd&) = delete;
  unique_fd& operator=(const unique_fd&) = delete;
  ~unique_fd() { reset(); }

  /// Closes the descriptor and takes over `fd`.
  void reset(int fd = -1);

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

private:
  int fd_ = -1;
};

/// Waits until a descriptor is ready.
///
/// @return False once `end` has passed with none ready.
bool poll_until(std::span<pollfd> fds, deadline end = deadline::max());

/// Returns `fd` as an owner.
///
/// Fails: throws std::system_error of errno and `what` for a negative `fd`.
unique_fd checked_fd(int fd, std::string_view what);

/// Throws std::system_error of errno.
[[noreturn]] void throw_errno(std::string_view what);

/// Makes an eventfd, which is readable once written to.
unique_fd make_event_fd();

/// Makes the eventfd readable.
void raise_event(const unique_fd& event);

/// A listening TCP socket on 127.0.0.1.
struct tcp_listener {
  unique_fd socket;
  std::uint16_t port;
};

/// Listens on a free port of 127.0.0.1.
tcp_listener listen_on_loopback();

/// Connects to a port of 127.0.0.1.
unique_fd connect_to_loopback(std::uint16_t port);

} // namespace troupe::test
