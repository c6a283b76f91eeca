#include "support/scripted_server.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <sys/socket.h>
#include <thread>

namespace troupe::test {

class scripted_server::impl {
public:
  impl()
    : listener_(listen_on_loopback()), stop_(make_event_fd()),
      acceptor_([this] { accept_all(); }) {}

  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;
  impl(impl&&) = delete;
  impl& operator=(impl&&) = delete;

  ~impl() {
    raise_event(stop_);
    acceptor_.join();
    for (auto& each : workers_)
      each.thread.join();
  }

  // Changes or reads the state below under its lock.
  template <class F>
  auto locked(F action) {
    std::lock_guard guard{mutex_};
    return action();
  }

  template <class F>
  bool wait_until(F condition, std::chrono::milliseconds limit) {
    std::unique_lock guard{mutex_};
    return changed_.wait_until(guard, deadline_after(limit), condition);
  }

  std::uint16_t port() const { return listener_.port; }

  std::map<std::string, handler, std::less<>> handlers;
  handler other = respond(404, "no handler for this path\n");
  handler greet;
  std::vector<http_request> requests;
  std::map<std::string, std::size_t, std::less<>> counts;
  std::size_t open = 0;
  std::size_t most = 0;
  std::size_t all = 0;

private:
  struct worker {
    std::atomic<bool> done = false;
    std::thread thread;
  };

  void accept_all() {
    for (;;) {
      std::array<pollfd, 2> fds{
        {{stop_.get(), POLLIN, 0}, {listener_.socket.get(), POLLIN, 0}}};
      poll_until(fds);
      if (fds[0].revents != 0)
        return;
      unique_fd socket{
        ::accept4(listener_.socket.get(), nullptr, nullptr, SOCK_CLOEXEC)};
      if (socket)
        start(std::move(socket));
    }
  }

  void start(unique_fd socket) {
    join_finished();
    auto number = locked([this] {
      most = std::max(most, ++open);
      return ++all;
    });
    auto& added = workers_.emplace_back();
    added.thread =
      std::thread{[this, &added, number, s = std::move(socket)]() mutable {
        serve(std::move(s), number);
        added.done = true;
      }};
  }

  void join_finished() {
    std::erase_if(workers_, [](worker& each) {
      if (!each.done)
        return false;
      each.thread.join();
      return true;
    });
  }

  void serve(unique_fd socket, std::size_t number) {
    {
      connection client{std::move(socket), stop_.get(), number};
      try {
        if (auto hello = locked([this] { return greet; }))
          hello(client);
        while (client.is_open())
          serve_request(client);
      } catch (const connection::ended&) {
      }
      if (client.is_open())
        client.close();
    }
    locked([this] { --open; });
    changed_.notify_all();
  }

  void serve_request(connection& client) {
    client.read_request();
    auto answer = locked([&] {
      auto path = client.request().path();
      client.set_number(++counts[path]);
      requests.push_back(client.request());
      auto found = handlers.find(path);
      return found != handlers.end() ? found->second : other;
    });
    changed_.notify_all();
    answer(client);
    if (client.is_open() && !client.request().keeps_alive())
      client.close();
  }

  tcp_listener listener_;
  unique_fd stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<worker> workers_; // of the acceptor's thread
  std::thread acceptor_;      // last: uses all of the above
};

scripted_server::scripted_server() : impl_(std::make_unique<impl>()) {}

scripted_server::~scripted_server() = default;

scripted_server& scripted_server::on(std::string path, handler answer) {
  impl_->locked([&] {
    impl_->handlers.insert_or_assign(std::move(path), std::move(answer));
  });
  return *this;
}

scripted_server& scripted_server::on_other(handler answer) {
  impl_->locked([&] { impl_->other = std::move(answer); });
  return *this;
}

scripted_server& scripted_server::on_connect(handler greet) {
  impl_->locked([&] { impl_->greet = std::move(greet); });
  return *this;
}

bool scripted_server::wait_for_requests(std::size_t count,
                                        std::chrono::milliseconds limit) const {
  return impl_->wait_until([&] { return impl_->requests.size() >= count; },
                           limit);
}

bool scripted_server::wait_for_requests(std::string_view path,
                                        std::size_t count,
                                        std::chrono::milliseconds limit) const {
  auto arrived = [&] {
    auto found = impl_->counts.find(path);
    return (found != impl_->counts.end() ? found->second : 0) >= count;
  };
  return impl_->wait_until(arrived, limit);
}

bool scripted_server::wait_for_open_connections(
  std::size_t count, std::chrono::milliseconds limit) const {
  return impl_->wait_until([&] { return impl_->open == count; }, limit);
}

std::uint16_t scripted_server::port() const {
  return impl_->port();
}

std::string scripted_server::url(std::string_view target) const {
  return "http://127.0.0.1:" + std::to_string(port()) + std::string{target};
}

std::vector<http_request> scripted_server::requests() const {
  return impl_->locked([this] { return impl_->requests; });
}

std::vector<http_request>
scripted_server::requests(std::string_view path) const {
  auto result = requests();
  std::erase_if(result,
                [&](const auto& request) { return request.path() != path; });
  return result;
}

std::size_t scripted_server::open_connections() const {
  return impl_->locked([this] { return impl_->open; });
}

std::size_t scripted_server::most_connections() const {
  return impl_->locked([this] { return impl_->most; });
}

std::size_t scripted_server::all_connections() const {
  return impl_->locked([this] { return impl_->all; });
}

std::string http_response(int status, std::string_view body,
                          const header_list& headers) {
  auto result = "HTTP/1.1 " + std::to_string(status) + " \r\n";
  for (const auto& [name, value] : headers)
    result.append(name).append(": ").append(value).append("\r\n");
  result += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  return result.append(body);
}

scripted_server::handler respond(int status, std::string body,
                                 header_list headers) {
  return [status, body = std::move(body),
          headers = std::move(headers)](connection& c) {
    auto answer = http_response(status, body, headers);
    if (c.request().method == "HEAD")
      answer.resize(answer.size() - body.size());
    c.send(answer);
  };
}

} // namespace troupe::test
