#pragma once

#include <unistd.h>
#include <utility>

namespace troupe::http::detail {

/// A file descriptor that closes itself.
class descriptor {
public:
  descriptor() = default;
  explicit descriptor(int fd) noexcept : fd_(fd) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  descriptor(descriptor&& x) noexcept : fd_(std::exchange(x.fd_, -1)) {}
  descriptor& operator=(descriptor&& x) noexcept {
    std::swap(fd_, x.fd_);
    return *this;
  }
  ~descriptor() { close(); }

  /// @return Whether everything reached the file, as far as closing tells.
  bool close() noexcept {
    auto fd = std::exchange(fd_, -1);
    return fd < 0 || ::close(fd) == 0;
  }
  [[nodiscard]] int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

private:
  int fd_ = -1;
};

} // namespace troupe::http::detail
