#pragma once

#include "troupe/task.hpp"

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace troupe::io::detail {

/// A descriptor that is closed in the end.
class owned_fd {
public:
  explicit owned_fd(int fd = -1) noexcept : fd_(fd) {}
  owned_fd(const owned_fd&) = delete;
  owned_fd(owned_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  owned_fd& operator=(const owned_fd&) = delete;
  owned_fd& operator=(owned_fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~owned_fd();

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  explicit operator bool() const noexcept { return fd_ >= 0; }

private:
  int fd_;
};

/// What was read of a descriptor and is no line yet.
///
/// Nobody else may see O_NONBLOCK: it belongs to the open file, which a
/// terminal's programs share. A terminal and a pipe are opened once more, which
/// gives an open file of one's own; where that is not allowed, and for others,
/// nothing is read before there is something to read.
///
/// Threads: from one task at a time.
class line_reader {
public:
  /// One task's time with it.
  class turn {
  public:
    /// Fails: throws `failure` (`busy`) if another task has it.
    explicit turn(line_reader& of);
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    ~turn() { of_.taken_ = false; }

  private:
    line_reader& of_;
  };

  line_reader(asio::io_context& context, int descriptor, std::size_t longest);

  /// A line that was read completely.
  ///
  /// Fails: throws `failure` (`too_large`).
  std::optional<std::string> take_line();

  /// Whether there is nothing more to read.
  [[nodiscard]] bool ended() const noexcept { return ended_; }

  /// Reads what is there, up to the end of the input.
  ///
  /// @return False if nothing is there yet.
  bool fill();

  /// Waits until there may be something to read. Reads nothing itself, so that
  /// a cancel loses nothing.
  [[nodiscard]] task<void> readable();

private:
  enum class kind { own, socket, shared };

  std::optional<std::string> take_rest();
  [[nodiscard]] bool something_to_read() const;
  long read_some(char* to, std::size_t size) const;
  [[noreturn]] void refuse_line();

  kind kind_ = kind::shared;
  owned_fd fd_;
  /// Tells when that is readable; none for a file, which always is. It is
  /// another descriptor, an epoll: Asio sets O_NONBLOCK where it waits.
  std::optional<asio::posix::stream_descriptor> watch_;
  std::size_t longest_;
  std::string text_;
  std::size_t start_ = 0;    // of what is left of it
  std::size_t searched_ = 0; // up to there stands no end of a line
  bool skipping_ = false;    // up to the end of a line that is too long
  bool ended_ = false;
  std::atomic<bool> taken_{false};
};

} // namespace troupe::io::detail
