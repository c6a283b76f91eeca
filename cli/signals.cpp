#include "cli/signals.hpp"

#include "cli/terminal.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace troupe::cli {

namespace {

constexpr int exit_cancelled = 130;

/// Whether we were started so that a signal does nothing, as nohup does it.
bool ignored(int number) {
  struct sigaction now {};
  return ::sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

sigset_t ours() {
  sigset_t result;
  sigemptyset(&result);
  for (auto x : {SIGINT, SIGTERM, SIGTSTP})
    sigaddset(&result, x);
  for (auto x : {SIGHUP, SIGQUIT})
    if (!ignored(x))
      sigaddset(&result, x);
  return result;
}

} // namespace

void signals::block() {
  auto set = ours();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // A peer that has gone is an error of one connection, not the end of all.
  ::signal(SIGPIPE, SIG_IGN);
}

signals::signals()
  : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
    thread_([this] { run(); }) {}

signals::~signals() {
  done_ = true;
  ::pthread_kill(thread_.native_handle(), SIGINT); // which it waits for
  thread_.join();
  ::close(wake_);
}

void signals::run() {
  ::pthread_setname_np(::pthread_self(), "troupe.signals");
  auto set = ours();
  for (int number = 0; ::sigwait(&set, &number) == 0 && !done_;) {
    if (number == SIGHUP && stops_ > 0)
      continue; // the shell and the kernel both send it
    if (number != SIGTSTP) {
      ask_to_stop();
      continue;
    }
    suspend_ = true;
    ::eventfd_write(wake_, 1);
  }
}

void signals::ask_to_stop() {
  if (stops_++ > 0) {
    terminal::give_back();
    ::_exit(exit_cancelled);
  }
  stop_ = true;
  ::eventfd_write(wake_, 1);
}

signals::wishes signals::take() {
  eventfd_t ignored = 0;
  ::eventfd_read(wake_, &ignored);
  return {stop_.exchange(false), suspend_.exchange(false)};
}

} // namespace troupe::cli
