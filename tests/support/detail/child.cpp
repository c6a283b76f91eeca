#include "support/detail/child.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace troupe::test::detail {

namespace {

void make_nonblocking(const unique_fd& fd) {
  if (fd)
    ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

unique_fd open_pidfd(pid_t pid) {
  auto fd = ::syscall(SYS_pidfd_open, pid, 0);
  return checked_fd(static_cast<int>(fd), "pidfd_open");
}

} // namespace

child::child(pid_t pid, pipes ends, std::string text)
  : pid_(pid), terminal_(ends.terminal), ended_(open_pidfd(pid)),
    woken_(make_event_fd()),
    input_(std::move(text)), out_{std::move(ends.out), {}}, err_{std::move(
                                                                   ends.err),
                                                                 {}},
    in_(std::move(ends.in)) {
  make_nonblocking(in_);
  make_nonblocking(out_.fd);
  make_nonblocking(err_.fd);
  pump_ = std::thread{[this] { pump(); }};
}

child::~child() {
  {
    std::lock_guard guard{mutex_};
    stopping_ = true;
  }
  raise_event(woken_);
  pump_.join();
  // It is reaped only now, so its id and its group's were not reused.
  ::kill(-pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

exit_status child::wait(std::chrono::milliseconds limit) {
  std::unique_lock guard{mutex_};
  changed_.wait_until(guard, deadline_after(limit),
                      [this] { return has_ended_; });
  return status_;
}

bool child::wait_for_output(
  const std::function<bool(std::string_view)>& condition,
  std::chrono::milliseconds limit) {
  std::unique_lock guard{mutex_};
  bool holds = false;
  changed_.wait_until(guard, deadline_after(limit), [&] {
    holds = condition(out_.text);
    return holds || !out_.fd;
  });
  return holds;
}

void child::write(std::string_view text) {
  {
    std::lock_guard guard{mutex_};
    input_ += text;
  }
  raise_event(woken_);
}

void child::signal(int number) const {
  ::kill(pid_, number);
}

std::string child::out() const {
  std::lock_guard guard{mutex_};
  return out_.text;
}

std::string child::err() const {
  std::lock_guard guard{mutex_};
  return err_.text;
}

void child::pump() {
  // A write to a program that no longer reads shall fail, not kill the test.
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  bool ended = false;
  std::unique_lock guard{mutex_};
  while (!stopping_) {
    feed();
    std::array<pollfd, 5> fds{{{woken_.get(), POLLIN, 0},
                               {ended ? -1 : ended_.get(), POLLIN, 0},
                               {input_.empty() ? -1 : in_.get(), POLLOUT, 0},
                               {out_.fd.get(), POLLIN, 0},
                               {err_.fd.get(), POLLIN, 0}}};
    guard.unlock();
    poll_until(fds);
    guard.lock();
    eventfd_t ignored = 0;
    ::eventfd_read(woken_.get(), &ignored);
    ended = ended || fds[1].revents != 0;
    drain(out_);
    drain(err_);
    // All it wrote is in the pipes when it has ended. A terminal may pass it
    // on later, but closes after the last byte.
    if (ended && !has_ended_ && !(terminal_ && out_.fd))
      record_end();
    changed_.notify_all();
  }
}

// Writes what the input takes now; then closes it, unless it is a terminal.
void child::feed() {
  while (in_ && !input_.empty()) {
    auto count = ::write(in_.get(), input_.data(), input_.size());
    if (count > 0) {
      input_.erase(0, static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR) {
      input_.clear();
      in_.reset();
    }
  }
  if (!terminal_)
    in_.reset();
}

// Reads what is there now; closes the stream at its end. A terminal's end is
// reported as EIO.
void child::drain(stream& from) {
  std::array<char, 16384> buffer;
  while (from.fd) {
    auto count = ::read(from.fd.get(), buffer.data(), buffer.size());
    if (count > 0)
      from.text.append(buffer.data(), static_cast<std::size_t>(count));
    else if (count < 0 && errno == EAGAIN)
      return;
    else if (count == 0 || errno != EINTR)
      from.fd.reset();
  }
}

void child::record_end() {
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
  if (info.si_code == CLD_EXITED)
    status_.code = info.si_status;
  else
    status_.signal = info.si_status;
  has_ended_ = true;
}

} // namespace troupe::test::detail
