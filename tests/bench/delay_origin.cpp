// delay_origin [DELAY_MS [PORT]]
//
// Answers each request on loopback after a delay (default 1000 ms), however
// many are waiting. Prints the port it listens on. `GET /stats` is answered at
// once: `ANSWERED MOST_WAITING` since the last time it was asked.
//
// One thread and a few hundred bytes per connection, so that it is never what
// limits a downloader. Understands requests without a body, and keep-alive.
#include <asio.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace {

using asio::ip::tcp;
using clock_type = asio::steady_timer::clock_type;

constexpr int backlog = 4096;
constexpr std::string_view end_of_head = "\r\n\r\n";
constexpr std::string_view stats_request = "GET /stats ";

std::string answer(std::string_view body) {
  std::string text = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                     "Content-Length: ";
  return text.append(std::to_string(body.size()))
    .append(end_of_head)
    .append(body);
}

struct connection {
  explicit connection(tcp::socket s) : socket(std::move(s)) {}

  tcp::socket socket;
  std::array<char, stats_request.size()> start{};
  std::size_t head_size = 0;
  std::size_t matched = 0;
};

using connection_ptr = std::shared_ptr<connection>;

class origin {
public:
  origin(asio::io_context& io, std::chrono::milliseconds delay,
         unsigned short port)
    : delay_(delay), acceptor_(io), timer_(io) {
    const tcp::endpoint here{asio::ip::address_v4::loopback(), port};
    acceptor_.open(here.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(here);
    acceptor_.listen(backlog);
    accept();
  }

  unsigned short port() const { return acceptor_.local_endpoint().port(); }

private:
  struct waiting {
    clock_type::time_point due;
    connection_ptr who;
  };

  void accept() {
    acceptor_.async_accept([this](std::error_code error, tcp::socket socket) {
      if (error)
        std::fprintf(stderr, "delay_origin: %s\n", error.message().c_str());
      else
        serve(std::move(socket));
      accept();
    });
  }

  void serve(tcp::socket socket) {
    std::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.set_option(tcp::no_delay(true), ignored);
    await_request(std::make_shared<connection>(std::move(socket)));
  }

  void await_request(const connection_ptr& who) {
    who->socket.async_wait(tcp::socket::wait_read,
                           [this, who](std::error_code error) {
                             if (!error && receive(*who, who))
                               await_request(who);
                           });
  }

  // False once the connection has ended.
  bool receive(connection& c, const connection_ptr& who) {
    std::error_code error;
    const auto size = c.socket.read_some(asio::buffer(input_), error);
    if (error)
      return error == asio::error::would_block;
    for (std::size_t i = 0; i < size; ++i) {
      const char byte = input_[i];
      if (c.head_size < c.start.size())
        c.start[c.head_size] = byte;
      ++c.head_size;
      if (byte == end_of_head[c.matched])
        ++c.matched;
      else
        c.matched = byte == end_of_head[0] ? 1 : 0;
      if (c.matched == end_of_head.size()) {
        accepted_request(c, who);
        c.matched = c.head_size = 0;
      }
    }
    return true;
  }

  void accepted_request(connection& c, const connection_ptr& who) {
    if (std::string_view{c.start.data(), c.start.size()} == stats_request) {
      send(c, answer(std::to_string(answered_) + ' '
                     + std::to_string(most_waiting_)));
      answered_ = most_waiting_ = 0;
      return;
    }
    queue_.push_back({clock_type::now() + delay_, who});
    most_waiting_ = std::max(most_waiting_, queue_.size());
    if (queue_.size() == 1)
      await_first();
  }

  // The delay is the same for all, so the first that came is the first due.
  void await_first() {
    timer_.expires_at(queue_.front().due);
    timer_.async_wait([this](std::error_code) {
      const auto now = clock_type::now();
      while (!queue_.empty() && queue_.front().due <= now) {
        if (send(*queue_.front().who, answer_))
          ++answered_;
        queue_.pop_front();
      }
      if (!queue_.empty())
        await_first();
    });
  }

  // An answer fits any socket's buffer; a client that never reads is cut off.
  static bool send(connection& c, std::string_view text) {
    std::error_code error;
    const auto sent = c.socket.write_some(asio::buffer(text), error);
    if (!error && sent == text.size())
      return true;
    c.socket.close(error);
    return false;
  }

  const std::chrono::milliseconds delay_;
  const std::string answer_ = answer("It was worth the wait.\n");
  tcp::acceptor acceptor_;
  asio::steady_timer timer_;
  std::deque<waiting> queue_;
  std::array<char, 4096> input_{};
  std::size_t answered_ = 0;
  std::size_t most_waiting_ = 0;
};

} // namespace

int main(int argc, char** argv) try {
  const std::chrono::milliseconds delay{argc > 1 ? std::atoi(argv[1]) : 1000};
  const auto port =
    static_cast<unsigned short>(argc > 2 ? std::atoi(argv[2]) : 0);
  asio::io_context io{1};
  origin server{io, delay, port};
  std::printf("%d\n", server.port());
  std::fflush(stdout);
  io.run();
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "delay_origin: %s\n", error.what());
  return 1;
}
