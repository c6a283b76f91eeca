#include "cli/terminal.hpp"

#include <cerrno>
#include <fcntl.h>
#include <mutex>
#include <optional>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace troupe::cli {

namespace {

/// The terminal whose keys are read, and what it was like.
struct taken_terminal {
  int fd;
  termios before;
};
std::mutex taken_mutex;
std::optional<taken_terminal> taken;

} // namespace

terminal::terminal()
  : keys_(::open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  (void)keys();
}

terminal::~terminal() {
  if (keys_ < 0)
    return;
  give_back();
  ::close(keys_);
}

void terminal::give_back() {
  std::lock_guard lock{taken_mutex};
  if (taken)
    ::tcsetattr(taken->fd, TCSANOW, &taken->before);
  taken.reset();
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

int terminal::keys() {
  // In the background, touching the terminal or reading would stop us.
  if (keys_ < 0 || ::tcgetpgrp(keys_) != ::getpgrp())
    return -1;
  if (termios before{}; !taken_ && ::tcgetattr(keys_, &before) == 0) {
    std::lock_guard lock{taken_mutex};
    taken = {keys_, before};
    auto raw = before;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    ::tcsetattr(keys_, TCSANOW, &raw);
    taken_ = true;
  }
  return taken_ ? keys_ : -1;
}

std::optional<char> terminal::key() {
  char pressed = 0;
  if (keys() < 0)
    return std::nullopt;
  auto count = ::read(keys_, &pressed, 1);
  if (count == 1)
    return pressed;
  if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
    give_back(); // in vain: the terminal has gone
    ::close(keys_);
    keys_ = -1;
  }
  return std::nullopt;
}

} // namespace troupe::cli
