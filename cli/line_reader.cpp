#include "cli/line_reader.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace troupe::cli {

line_reader::line_reader(const std::string& file)
  : fd_(file == "-" ? ::dup(STDIN_FILENO)
                    : ::open(file.c_str(),
                             // A named pipe waits for its writer in `next`.
                             O_RDONLY | O_CLOEXEC | O_NONBLOCK)),
    stop_(::eventfd(0, EFD_CLOEXEC)) {
  if (fd_ < 0) {
    auto code = errno;
    ::close(stop_);
    throw std::system_error{code, std::generic_category()};
  }
}

line_reader::~line_reader() {
  ::close(fd_);
  ::close(stop_);
}

std::optional<std::string> line_reader::next() {
  for (;;) {
    if (auto end = buffer_.find('\n', read_); end != std::string::npos) {
      auto line = buffer_.substr(read_, end - read_);
      read_ = end + 1;
      return line;
    }
    buffer_.erase(0, read_);
    read_ = 0;
    if (fill())
      continue;
    if (buffer_.empty())
      return std::nullopt;
    read_ = buffer_.size(); // a last line without an end
    return buffer_;
  }
}

bool line_reader::fill() {
  std::array<pollfd, 2> wait{pollfd{fd_, POLLIN, 0}, pollfd{stop_, POLLIN, 0}};
  std::array<char, std::size_t{64} << 10> piece{};
  for (;;) {
    if (::poll(wait.data(), wait.size(), -1) < 0) {
      if (errno == EINTR)
        continue;
      throw std::system_error{errno, std::generic_category()};
    }
    if (wait[1].revents != 0) {
      buffer_.clear();
      return false;
    }
    auto count = ::read(fd_, piece.data(), piece.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
      continue;
    if (count < 0)
      throw std::system_error{errno, std::generic_category()};
    buffer_.append(piece.data(), static_cast<std::size_t>(count));
    return count > 0;
  }
}

void line_reader::stop() const {
  ::eventfd_write(stop_, 1);
}

} // namespace troupe::cli
