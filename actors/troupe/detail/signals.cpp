#include "troupe/detail/signals.hpp"

#include "troupe/detail/outcome.hpp"
#include "troupe/log.hpp"
#include "troupe/msg/failure.hpp"

#include <cerrno>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace troupe::detail {

namespace {

constexpr int last_signal = NSIG - 1;
constexpr unsigned char no_signal = 0;

// What handlers may look at. A signal has a pipe before it has a handler.
constinit std::array<std::atomic<int>, NSIG> pipe_of_signal{};
std::atomic<pid_t> owner{0};
std::atomic<int> interrupts{0};

/// A child that has not begun another program has our handlers: there the
/// signal has its usual effect.
bool in_a_child(int signal) {
  if (::getpid() == owner.load(std::memory_order_relaxed))
    return false;
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  ::sigaction(signal, &usual, nullptr);
  ::raise(signal); // comes when the handler has returned
  return true;
}

[[noreturn]] void refuse(int signal, const char* why) {
  throw failure{
    {errc::invalid_argument, "signal " + std::to_string(signal) + " " + why}};
}

void pass_on(int signal) {
  auto saved = errno;
  if (!in_a_child(signal)) {
    auto number = static_cast<unsigned char>(signal);
    auto fd = pipe_of_signal[static_cast<std::size_t>(signal)].load();
    // A pipe that is full of signals that nobody has handled yet is enough.
    [[maybe_unused]] auto written = ::write(fd, &number, 1);
  }
  errno = saved;
}

void pass_on_interrupt(int signal) {
  if (::getpid() == owner.load(std::memory_order_relaxed)
      && interrupts.fetch_add(1) != 0)
    ::_exit(130);
  pass_on(signal);
}

} // namespace

signals::signals() {
  if (::pipe2(pipe_.data(), O_CLOEXEC) != 0)
    throw std::system_error{errno, std::generic_category(), "pipe"};
  ::fcntl(pipe_[1], F_SETFL, O_NONBLOCK);
  owner = ::getpid();
}

signals::~signals() {
  for (auto at = taken_.rbegin(); at != taken_.rend(); ++at) {
    ::sigaction(at->signal, &at->before, nullptr);
    pipe_of_signal[static_cast<std::size_t>(at->signal)] = at->fd_before;
  }
  if (thread_.joinable()) {
    while (::write(pipe_[1], &no_signal, 1) < 0) // it is full: the thread reads
      std::this_thread::yield();
    thread_.join();
  }
  for (auto fd : pipe_)
    ::close(fd);
}

void signals::on(int signal, std::function<void()> handle) {
  take(signal, std::move(handle), pass_on);
}

void signals::on_interrupt(int signal, std::function<void()> handle) {
  interrupts = 0;
  takes_interrupts_ = true;
  take(signal, std::move(handle), pass_on_interrupt);
}

void signals::check_free(int signal) const {
  for (const auto& x : taken_)
    if (x.signal == signal)
      refuse(signal, "has a handler already");
}

void signals::take(int signal, std::function<void()> handle,
                   void (*handler)(int signal)) {
  if (signal <= 0 || signal > last_signal)
    refuse(signal, "does not exist");
  check_free(signal);
  auto& fd = pipe_of_signal[static_cast<std::size_t>(signal)];
  taken one{signal, std::move(handle), {}, fd.exchange(pipe_[1])};
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  if (::sigaction(signal, &action, &one.before) != 0) {
    fd = one.fd_before;
    refuse(signal, "cannot be handled");
  }
  taken_.push_back(std::move(one));
}

void signals::start() {
  if (!taken_.empty())
    thread_ = std::thread{[this] { run(); }};
}

void signals::expect_end() noexcept {
  if (takes_interrupts_)
    interrupts.fetch_add(1);
}

void signals::call(const taken& x) {
  try {
    x.handle();
  } catch (...) {
    log(log_level::error, {},
        "the handler of signal " + std::to_string(x.signal)
          + " threw: " + error_of(std::current_exception()).message());
  }
}

void signals::run() {
  // The process may have been started with some of them blocked; one thread
  // that takes them is enough.
  sigset_t mine;
  sigemptyset(&mine);
  for (const auto& x : taken_)
    sigaddset(&mine, x.signal);
  pthread_sigmask(SIG_UNBLOCK, &mine, nullptr);
  for (;;) {
    unsigned char number = no_signal;
    auto count = ::read(pipe_[0], &number, 1);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0 || number == no_signal)
      return;
    for (const auto& x : taken_)
      if (x.signal == number && x.handle)
        call(x);
  }
}

} // namespace troupe::detail
