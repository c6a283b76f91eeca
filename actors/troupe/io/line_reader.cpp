#include "troupe/io/detail/line_reader.hpp"

#include "troupe/io/use_await.hpp"
#include "troupe/msg/failure.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <poll.h>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace troupe::io::detail {

namespace {

constexpr std::size_t chunk = std::size_t{64} << 10;

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error{errno, std::generic_category(), what};
}

/// The same file, opened once more.
owned_fd open_again(int fd) {
  auto path = "/proc/self/fd/" + std::to_string(fd);
  return owned_fd{
    ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
}

/// Becomes readable when `fd` does; none for what always is, as epoll says.
owned_fd watch(int fd) {
  owned_fd result{::epoll_create1(EPOLL_CLOEXEC)};
  if (!result)
    throw_errno("epoll_create1");
  epoll_event event{};
  event.events = EPOLLIN;
  if (::epoll_ctl(result.get(), EPOLL_CTL_ADD, fd, &event) == 0)
    return result;
  if (errno != EPERM)
    throw_errno("epoll_ctl");
  return owned_fd{};
}

} // namespace

owned_fd::~owned_fd() {
  if (fd_ >= 0)
    ::close(fd_);
}

line_reader::turn::turn(line_reader& of) : of_(of) {
  if (of.taken_.exchange(true))
    throw failure{{errc::busy, "another task waits for a line of this input"}};
}

line_reader::line_reader(asio::io_context& context, int descriptor,
                         std::size_t longest)
  : longest_(std::min(longest, SIZE_MAX - 1)) {
  struct stat about {};
  if (::fstat(descriptor, &about) != 0)
    throw_errno("cannot read lines: fstat");
  if (S_ISSOCK(about.st_mode))
    kind_ = kind::socket;
  else if (S_ISFIFO(about.st_mode) || ::isatty(descriptor) == 1)
    fd_ = open_again(descriptor);
  if (fd_)
    kind_ = kind::own;
  else
    fd_ = owned_fd{::fcntl(descriptor, F_DUPFD_CLOEXEC, 0)};
  if (!fd_)
    throw_errno("cannot read lines: fcntl");
  if (auto watched = watch(fd_.get()))
    watch_.emplace(context, watched.release());
}

std::optional<std::string> line_reader::take_line() {
  for (;;) {
    auto end = text_.find('\n', searched_);
    if (end == std::string::npos)
      return take_rest();
    auto line = std::string_view{text_}.substr(start_, end - start_);
    start_ = searched_ = end + 1;
    if (std::exchange(skipping_, false))
      continue;
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    if (line.size() > longest_)
      refuse_line();
    return std::string{line};
  }
}

/// What stands behind the last end of a line is one when no more can come.
std::optional<std::string> line_reader::take_rest() {
  searched_ = text_.size();
  auto rest = std::string_view{text_}.substr(start_);
  // A line of the greatest length may end with "\r\n".
  auto most = longest_ + (ended_ ? 0 : 1);
  if (!skipping_ && rest.size() <= most && (!ended_ || rest.empty()))
    return std::nullopt;
  start_ = text_.size();
  if (skipping_)
    return std::nullopt;
  if (rest.size() > most) {
    skipping_ = true;
    refuse_line();
  }
  return std::string{rest};
}

void line_reader::refuse_line() {
  throw failure{{errc::too_large, "a line is longer than "
                                    + std::to_string(longest_)
                                    + " bytes; it is skipped"}};
}

bool line_reader::fill() {
  text_.erase(0, start_);
  searched_ -= start_;
  start_ = 0;
  auto size = text_.size();
  text_.resize(size + chunk);
  auto count = read_some(text_.data() + size, chunk);
  auto why = errno;
  text_.resize(size + static_cast<std::size_t>(std::max(count, 0L)));
  if (count > 0)
    return true;
  if (count == 0) {
    ended_ = true;
    return true;
  }
  if (why == EAGAIN || why == EWOULDBLOCK)
    return false;
  errno = why;
  throw_errno("cannot read lines: read");
}

/// As `read`: -1 with EAGAIN where there is nothing yet.
long line_reader::read_some(char* to, std::size_t size) const {
  for (;;) {
    if (kind_ == kind::shared && watch_ && !something_to_read()) {
      errno = EAGAIN;
      return -1;
    }
    auto count = kind_ == kind::socket
                   ? ::recv(fd_.get(), to, size, MSG_DONTWAIT)
                   : ::read(fd_.get(), to, size);
    if (count >= 0 || errno != EINTR)
      return count;
  }
}

bool line_reader::something_to_read() const {
  pollfd one{fd_.get(), POLLIN, 0};
  return ::poll(&one, 1, 0) > 0;
}

task<void> line_reader::readable() {
  if (!watch_) // an input that says both that it is and that it is not
    throw_errno("cannot read lines: read");
  co_await watch_->async_wait(asio::posix::stream_descriptor::wait_read,
                              use_await);
}

} // namespace troupe::io::detail
