#include "troupe/http/detail/multi.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <sys/epoll.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace troupe::http::detail {

namespace {

time_point now() {
  return std::chrono::steady_clock::now();
}

} // namespace

multi::multi(asio::io_context& loop, std::function<void(CURL*, CURLcode)> done,
             std::function<void()> settled)
  : done_(std::move(done)), settled_(std::move(settled)),
    multi_(curl_multi_init()), epoll_(::epoll_create1(EPOLL_CLOEXEC)),
    epoll_descriptor_(loop), timer_(loop) {
  if (!multi_ || epoll_ < 0)
    throw std::system_error{errno, std::generic_category(), "epoll_create1"};
  epoll_descriptor_.assign(epoll_);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, long{CURLPIPE_MULTIPLEX});
}

multi::~multi() {
  curl_multi_cleanup(multi_);
}

void multi::adopt(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
}

void multi::add(CURL* easy) {
  curl_multi_add_handle(multi_, easy);
}

void multi::remove(CURL* easy) {
  curl_multi_remove_handle(multi_, easy);
}

void multi::keep_connections(std::size_t count) {
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(count));
}

int multi::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  auto& multi = *static_cast<class multi*>(self);
  multi.set_events(socket, what == CURL_POLL_IN      ? unsigned{EPOLLIN}
                           : what == CURL_POLL_OUT   ? unsigned{EPOLLOUT}
                           : what == CURL_POLL_INOUT ? EPOLLIN | EPOLLOUT
                                                     : 0U);
  return 0;
}

void multi::set_events(int socket, unsigned events) {
  auto index = static_cast<std::size_t>(socket);
  if (index >= watched_.size())
    watched_.resize(index + 64);
  auto& state = watched_[index];
  state.wanted = events;
  // An idle connection stays in the set: the next transfer mostly wants the
  // same of it.
  if (events == 0 || state.set == events)
    return;
  epoll_event event{};
  event.events = events;
  event.data.fd = socket;
  // libcurl does not always say when a socket closes, and numbers come again.
  auto operation = state.set != 0 ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (::epoll_ctl(epoll_, operation, socket, &event) != 0)
    ::epoll_ctl(epoll_, errno == EEXIST ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket,
                &event);
  state.set = events;
}

int multi::on_close(void* self, curl_socket_t socket) {
  auto& watched = static_cast<multi*>(self)->watched_;
  if (static_cast<std::size_t>(socket) < watched.size())
    watched[static_cast<std::size_t>(socket)] = {};
  return ::close(socket);
}

int multi::on_timer(CURLM*, long ms, void* self) {
  auto& multi = *static_cast<class multi*>(self);
  if (ms == 0) {
    multi.due_now_ = true;
  } else {
    multi.due_ = ms < 0 ? never : now() + std::chrono::milliseconds(ms);
    multi.arm();
  }
  return 0;
}

void multi::arm() {
  if (due_ >= armed_)
    return; // the earlier one looks again when it goes off
  armed_ = due_;
  timer_.expires_at(armed_);
  timer_.async_wait([this](asio::error_code failed) {
    if (failed)
      return;
    armed_ = never;
    if (now() < due_) {
      arm();
      return;
    }
    due_ = never;
    act(CURL_SOCKET_TIMEOUT, 0);
    settle();
  });
}

void multi::act(int socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, events, &running);
}

void multi::settle() {
  for (bool again = true; std::exchange(again, false);) {
    int left = 0;
    while (const auto* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE)
        continue;
      // The message dies with the handle's place in the multi.
      auto* easy = message->easy_handle;
      auto result = message->data.result;
      curl_multi_remove_handle(multi_, easy);
      done_(easy, result);
      again = true;
    }
    if (std::exchange(due_now_, false)) {
      act(CURL_SOCKET_TIMEOUT, 0);
      again = true;
    }
  }
  settled_();
}

void multi::watch() {
  epoll_descriptor_.async_wait(asio::posix::stream_descriptor::wait_read,
                               [this](asio::error_code failed) {
                                 if (failed)
                                   return;
                                 dispatch();
                                 settle();
                                 watch();
                               });
}

void multi::dispatch() {
  std::array<epoll_event, 256> events{};
  auto count = ::epoll_wait(epoll_, events.data(), events.size(), 0);
  for (int i = 0; i < count; ++i) {
    const auto& event = events.at(static_cast<std::size_t>(i));
    auto& socket = watched_[static_cast<std::size_t>(event.data.fd)];
    if (socket.wanted == 0) { // an idle connection, most likely closed there
      ::epoll_ctl(epoll_, EPOLL_CTL_DEL, event.data.fd, nullptr);
      socket.set = 0;
      continue;
    }
    int what = 0;
    if (event.events & EPOLLIN)
      what |= CURL_CSELECT_IN;
    if (event.events & EPOLLOUT)
      what |= CURL_CSELECT_OUT;
    if (event.events & (EPOLLERR | EPOLLHUP))
      what |= CURL_CSELECT_ERR;
    act(event.data.fd, what);
  }
}

void multi::stop() {
  asio::error_code ignored;
  epoll_descriptor_.cancel(ignored);
  timer_.cancel();
}

} // namespace troupe::http::detail
