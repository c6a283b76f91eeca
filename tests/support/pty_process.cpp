#include "support/pty_process.hpp"

#include "support/detail/child.hpp"
#include "support/detail/spawn.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <utility>

namespace troupe::test {

namespace {

void set_size(const unique_fd& terminal, terminal_size size) {
  winsize value{size.rows, size.columns, 0, 0};
  if (::ioctl(terminal.get(), TIOCSWINSZ, &value) != 0)
    throw_errno("set the terminal's size");
}

unique_fd open_terminal() {
  auto flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
  auto result = checked_fd(::open("/dev/ptmx", flags), "open /dev/ptmx");
  int locked = 0;
  if (::ioctl(result.get(), TIOCSPTLCK, &locked) != 0)
    throw_errno("unlock the terminal");
  return result;
}

unique_fd open_program_end(const unique_fd& terminal) {
  auto flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
  return checked_fd(::ioctl(terminal.get(), TIOCGPTPEER, flags),
                    "open the program's end of the terminal");
}

unique_fd duplicate(const unique_fd& fd) {
  return checked_fd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0), "dup");
}

} // namespace

pty_process::pty_process(const std::vector<std::string>& command,
                         process_options options, terminal_size size)
  : terminal_(open_terminal()) {
  set_size(terminal_, size);
  options.variables.try_emplace("TERM", "xterm-256color");
  // They would hide the terminal's size.
  options.variables.try_emplace("COLUMNS", std::nullopt);
  options.variables.try_emplace("LINES", std::nullopt);
  auto end = open_program_end(terminal_);
  auto pid = detail::spawn(
    command, options, {end.get(), end.get(), end.get(), /*terminal=*/true});
  child_ = std::make_unique<detail::child>(
    pid,
    detail::child::pipes{
      duplicate(terminal_), duplicate(terminal_), {}, /*terminal=*/true},
    std::move(options.text));
}

pty_process::~pty_process() = default;

void pty_process::write(std::string_view keys) {
  child_->write(keys);
}

void pty_process::resize(terminal_size size) {
  set_size(terminal_, size);
}

bool pty_process::read_until(std::string_view text,
                             std::chrono::milliseconds limit) {
  return child_->wait_for_output(
    [&](std::string_view output) {
      auto at = output.find(text, found_);
      if (at == output.npos)
        return false;
      found_ = at + text.size();
      return true;
    },
    limit);
}

bool pty_process::read_until(
  const std::function<bool(std::string_view)>& condition,
  std::chrono::milliseconds limit) {
  return child_->wait_for_output(condition, limit);
}

exit_status pty_process::wait(std::chrono::milliseconds limit) const {
  return child_->wait(limit);
}

void pty_process::signal(int number) const {
  child_->signal(number);
}

std::string pty_process::output() const {
  return child_->out();
}

pid_t pty_process::pid() const {
  return child_->pid();
}

} // namespace troupe::test
