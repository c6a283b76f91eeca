#include "troupe/detail/signals.hpp"

#include "troupe/detail/runtime.hpp"
#include "troupe/detail/task_block.hpp"
#include "troupe/tree.hpp"

#include <csignal>
#include <cstdio>
#include <pthread.h>
#include <unistd.h>
#include <utility>

namespace troupe::detail {

namespace {

void print_tasks(const std::weak_ptr<runtime>& system) {
  if (auto alive = system.lock())
    std::fputs(to_string(tree(*alive)).c_str(), stderr);
}

} // namespace

signals::signals() {
  sigemptyset(&taken_);
  for (auto signal : {SIGINT, SIGUSR1})
    sigaddset(&taken_, signal);
  pthread_sigmask(SIG_BLOCK, &taken_, &before_);
}

signals::~signals() {
  if (thread_.joinable()) {
    over_ = true;
    pthread_kill(thread_.native_handle(), SIGUSR1); // for it to see that
    thread_.join();
  }
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void signals::start(std::weak_ptr<runtime> system,
                    std::weak_ptr<task_block> main) {
  thread_ =
    std::thread{[this, system = std::move(system), main = std::move(main)] {
      auto interrupted = false;
      for (;;) {
        int signal = 0;
        if (sigwait(&taken_, &signal) != 0 || over_)
          return;
        if (signal == SIGUSR1) {
          print_tasks(system);
        } else if (std::exchange(interrupted, true)) {
          _exit(130);
        } else if (auto task = main.lock()) {
          task->cancel(cancelled{cancel_reason::shutdown, "interrupted"});
        }
      }
    }};
}

} // namespace troupe::detail
