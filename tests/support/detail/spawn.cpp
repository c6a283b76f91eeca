#include "support/detail/spawn.hpp"

#include "support/fd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <map>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace troupe::test::detail {

namespace {

// execvpe may allocate, which a child forked off a process with threads must
// not; so the search is done before.
std::string find_program(const std::string& name) {
  if (name.find('/') != name.npos)
    return name;
  auto path = std::string_view{"/usr/local/bin:/usr/bin:/bin"};
  if (const char* set = std::getenv("PATH")) // NOLINT(concurrency-mt-unsafe)
    path = set;
  while (!path.empty()) {
    auto end = std::min(path.find(':'), path.size());
    auto file = std::string{path.substr(0, end)} + "/" + name;
    if (::access(file.c_str(), X_OK) == 0)
      return file;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return name;
}

std::vector<std::string> make_environment(const process_options& options) {
  std::vector<std::string> result;
  for (char** each = environ; *each != nullptr; ++each) {
    auto entry = std::string{*each};
    if (!options.variables.contains(entry.substr(0, entry.find('='))))
      result.push_back(std::move(entry));
  }
  for (const auto& [name, value] : options.variables)
    if (value)
      result.push_back(name + "=" + *value);
  return result;
}

// What the child needs between fork and exec, where nothing may be allocated.
struct plan {
  std::string program;
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  std::vector<char*> argv;
  std::vector<char*> envp;
  const char* folder;
  pid_t parent;
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (auto& each : texts)
    result.push_back(each.data());
  result.push_back(nullptr);
  return result;
}

bool take_standard_fds(const standard_fds& fds) {
  // The originals are closed on exec; duplicates are not.
  return ::dup2(fds.in, STDIN_FILENO) >= 0
         && ::dup2(fds.out, STDOUT_FILENO) >= 0
         && ::dup2(fds.err, STDERR_FILENO) >= 0;
}

bool join_own_group(const standard_fds& fds) {
  if (fds.terminal)
    return ::setsid() >= 0 && ::ioctl(fds.in, TIOCSCTTY, 0) == 0;
  return ::setpgid(0, 0) == 0;
}

void reset_signals() {
  for (int number = 1; number < NSIG; ++number)
    ::signal(number, SIG_DFL); // fails for a few, which cannot be changed
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

// Runs the program in the child; returns only if it cannot.
void run(const plan& plan, const process_options& options,
         const standard_fds& fds) {
  reset_signals();
  if (::prctl(PR_SET_PDEATHSIG, options.orphan_signal) != 0)
    return;
  if (::getppid() != plan.parent) // it ended before prctl
    ::_exit(1);
  if (!join_own_group(fds) || !take_standard_fds(fds))
    return;
  if (*plan.folder != '\0' && ::chdir(plan.folder) != 0)
    return;
  for (int fd : options.descriptors)
    ::fcntl(fd, F_SETFD, 0);
  ::execve(plan.program.c_str(), plan.argv.data(), plan.envp.data());
}

} // namespace

pid_t spawn(const std::vector<std::string>& command,
            const process_options& options, const standard_fds& fds) {
  plan plan{
    find_program(command.at(0)), command,   make_environment(options), {}, {},
    options.folder.c_str(),      ::getpid()};
  plan.argv = pointers(plan.arguments);
  plan.envp = pointers(plan.environment);
  // Closed by a successful exec, else it carries errno.
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw_errno("pipe2");
  unique_fd read_end{ends[0]};
  unique_fd write_end{ends[1]};
  pid_t pid = ::fork();
  if (pid < 0)
    throw_errno("fork");
  if (pid == 0) {
    run(plan, options, fds);
    int error = errno;
    [[maybe_unused]] auto n = ::write(write_end.get(), &error, sizeof error);
    ::_exit(127);
  }
  write_end.reset();
  int error = 0;
  if (::read(read_end.get(), &error, sizeof error) == sizeof error) {
    ::waitpid(pid, nullptr, 0);
    errno = error;
    throw_errno("run " + plan.program);
  }
  return pid;
}

} // namespace troupe::test::detail
