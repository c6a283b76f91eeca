// An echo server on which no client can sit for ever, and a client of it: any
// Asio operation can be awaited, with a limit if one likes.
//
//     07_asio_echo                   the server and one client, for a moment
//     07_asio_echo port [seconds]    the server, until Ctrl-C
#include <troupe/io/loop.hpp>
#include <troupe/io/use_await.hpp>
#include <troupe/troupe.hpp>

#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using asio::ip::tcp;
using troupe::use_await;
using seconds = std::chrono::duration<double>;

// What a client sends comes back, until it has gone or is slow.
troupe::task<void> echo(tcp::socket socket, seconds patience) {
  char data[1024];
  for (;;) {
    auto n = co_await troupe::wait_for(
      socket.async_read_some(asio::buffer(data), use_await), patience);
    co_await troupe::wait_for(
      asio::async_write(socket, asio::buffer(data, n), use_await), patience);
  }
}

// The same where the end of one client is no failure of the others.
troupe::task<void> serve_one(tcp::socket socket, seconds patience) {
  auto ended = co_await troupe::attempt(echo(std::move(socket), patience));
  if (ended.error().code() != troupe::errc::end_of_stream)
    std::fprintf(stderr, "a client: %s\n", to_string(ended.error()).c_str());
}

// Each client has a task of its own, in a group that ends with this one.
troupe::task<void> serve(tcp::acceptor server, seconds patience) {
  co_await troupe::with_group([&](troupe::group& all) -> troupe::task<void> {
    for (;;) {
      auto socket = co_await troupe::attempt(server.async_accept(use_await));
      if (socket) {
        all.spawn(serve_one(std::move(*socket), patience));
      } else { // too many are open, or the client has gone already
        std::fprintf(stderr, "accept: %s\n", to_string(socket.error()).c_str());
        co_await troupe::sleep(100ms);
      }
    }
  });
}

troupe::task<void> say_hello(troupe::io::loop& loop, tcp::endpoint to) {
  tcp::socket socket{loop.context()};
  co_await troupe::wait_for(socket.async_connect(to, use_await), 5s);
  std::string text = "hello";
  co_await asio::async_write(socket, asio::buffer(text), use_await);
  text.assign(5, ' ');
  co_await troupe::wait_for(
    asio::async_read(socket, asio::buffer(text), use_await), 5s);
  std::printf("echoed: %s\n", text.c_str());
}

troupe::task<void> amain(std::vector<std::string> args) {
  troupe::io::loop loop;
  auto port = args.empty() ? 0 : std::stoi(args[0]);
  seconds patience = args.size() < 2 ? 30s : seconds{std::stod(args[1])};
  tcp::acceptor server{
    loop.context(),
    {asio::ip::address_v4::loopback(), static_cast<unsigned short>(port)}};
  auto where = server.local_endpoint();
  if (!args.empty()) {
    std::printf("listening on port %d\n", where.port());
    std::fflush(stdout);
    co_await serve(std::move(server), patience);
    co_return;
  }
  co_await troupe::with_group([&](troupe::group& both) -> troupe::task<void> {
    both.spawn(serve(std::move(server), patience));
    co_await say_hello(loop, where);
    both.cancel();
  });
}

int main(int argc, char** argv) {
  return troupe::run(amain({argv + 1, argv + argc}));
}
