// Any Asio operation can be awaited: an echo server, and a client of it.
#include <troupe/io/loop.hpp>
#include <troupe/io/use_await.hpp>
#include <troupe/troupe.hpp>

#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>

#include <cstdio>
#include <string>

using asio::ip::tcp;
using troupe::use_await;

troupe::task<void> echo(tcp::socket socket) {
  char data[1024];
  // Until the client has gone.
  while (auto n = co_await troupe::attempt(
           socket.async_read_some(asio::buffer(data), use_await)))
    co_await asio::async_write(socket, asio::buffer(data, *n), use_await);
}

troupe::task<void> amain(troupe::io::loop& loop) {
  tcp::acceptor server{loop.context(), {asio::ip::address_v4::loopback(), 0}};
  tcp::socket client{loop.context()};
  co_await client.async_connect(server.local_endpoint(), use_await);
  troupe::spawn(echo(co_await server.async_accept(use_await)));
  std::string text = "hello";
  co_await asio::async_write(client, asio::buffer(text), use_await);
  text.assign(5, ' ');
  co_await asio::async_read(client, asio::buffer(text), use_await);
  std::printf("echoed: %s\n", text.c_str());
}

int main() {
  troupe::io::loop loop;
  return troupe::run(amain(loop));
}
