#include "cli/terminal.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace troupe::cli {

terminal::terminal() {
  auto fd = ::open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return;
  // In the background, touching the terminal would stop us.
  if (::tcgetpgrp(fd) != ::getpgrp() || ::tcgetattr(fd, &before_) != 0) {
    ::close(fd);
    return;
  }
  auto raw = before_;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  ::tcsetattr(fd, TCSANOW, &raw);
  keys_ = fd;
}

terminal::~terminal() {
  if (keys_ < 0)
    return;
  ::tcsetattr(keys_, TCSANOW, &before_);
  ::close(keys_);
}

bool terminal::present() {
  return ::isatty(STDERR_FILENO) != 0;
}

terminal::size terminal::measure() const {
  winsize window{};
  size result;
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0
      && window.ws_row > 0)
    result = {window.ws_col, window.ws_row};
  return result;
}

int terminal::keys() const {
  // In the background, reading would stop us.
  return keys_ >= 0 && ::tcgetpgrp(keys_) == ::getpgrp() ? keys_ : -1;
}

std::optional<char> terminal::key() {
  char pressed = 0;
  if (keys() < 0)
    return std::nullopt;
  auto count = ::read(keys_, &pressed, 1);
  if (count == 1)
    return pressed;
  if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
    ::close(keys_); // the terminal has gone
    keys_ = -1;
  }
  return std::nullopt;
}

} // namespace troupe::cli
