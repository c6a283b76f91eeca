#include "support/process.hpp"

#include "support/detail/child.hpp"
#include "support/detail/spawn.hpp"

#include <array>
#include <fcntl.h>
#include <ostream>
#include <unistd.h>

namespace troupe::test {

namespace {

struct pipe_ends {
  unique_fd read;
  unique_fd write;
};

pipe_ends make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw_errno("pipe2");
  return {unique_fd{ends[0]}, unique_fd{ends[1]}};
}

std::unique_ptr<detail::child> start(const std::vector<std::string>& command,
                                     const process_options& options) {
  auto in = make_pipe();
  auto out = make_pipe();
  auto err = make_pipe();
  auto pid = detail::spawn(
    command, options,
    {in.read.get(), out.write.get(), err.write.get(), /*terminal=*/false});
  return std::make_unique<detail::child>(
    pid,
    detail::child::pipes{std::move(in.write), std::move(out.read),
                         std::move(err.read), /*terminal=*/false},
    options.text);
}

} // namespace

std::ostream& operator<<(std::ostream& out, const exit_status& status) {
  if (status == exit_status::running)
    return out << "running";
  if (status.signal != 0)
    return out << "killed by signal " << status.signal;
  return out << "exit code " << status.code;
}

process::process(const std::vector<std::string>& command,
                 const process_options& options)
  : child_(start(command, options)) {}

process::~process() = default;

exit_status process::wait(std::chrono::milliseconds limit) const {
  return child_->wait(limit);
}

bool process::wait_for_output(
  const std::function<bool(std::string_view)>& condition,
  std::chrono::milliseconds limit) const {
  return child_->wait_for_output(condition, limit);
}

bool process::wait_for_output(std::string_view text,
                              std::chrono::milliseconds limit) const {
  return child_->wait_for_output(
    [text](std::string_view out) { return out.find(text) != out.npos; }, limit);
}

void process::signal(int number) const {
  child_->signal(number);
}

std::string process::out() const {
  return child_->out();
}

std::string process::err() const {
  return child_->err();
}

pid_t process::pid() const {
  return child_->pid();
}

} // namespace troupe::test
