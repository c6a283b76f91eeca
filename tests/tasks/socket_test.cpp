#include "troupe/attempt.hpp"
#include "troupe/gather.hpp"
#include "troupe/io/loop.hpp"
#include "troupe/io/use_await.hpp"
#include "troupe/msg/failure.hpp"
#include "troupe/run.hpp"
#include "troupe/sleep.hpp"
#include "troupe/spawn.hpp"
#include "troupe/task.hpp"
#include "troupe/timeout.hpp"
#include "troupe/wait.hpp"

#include <asio/ip/tcp.hpp>
#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/post.hpp>
#include <asio/read.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// Real sockets, as programs use them.
namespace troupe {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;

/// Two sockets, each the other side of the other one. Copies mean the same.
struct sockets {
  explicit sockets(io::loop& loop)
    : a(std::make_shared<tcp::socket>(loop.context())),
      b(std::make_shared<tcp::socket>(loop.context())) {
    tcp::acceptor server{loop.context(), {asio::ip::address_v4::loopback(), 0}};
    a->connect(server.local_endpoint());
    server.accept(*b);
  }
  std::shared_ptr<tcp::socket> a, b;
};

/// How reading a byte ends.
template <class Limit>
task<errc> read_ends_with(std::shared_ptr<tcp::socket> socket, Limit limit) {
  char byte = 0;
  auto read = co_await attempt(wait_for(
    socket->async_read_some(asio::buffer(&byte, 1), use_await), limit));
  co_return read ? errc::ok : read.error().code();
}

TEST(SocketTest, AReadHasALimitAndTheSocketIsUsedAfterIt) {
  auto body = []() -> task<void> {
    io::loop loop;
    sockets pair{loop};
    EXPECT_EQ(co_await read_ends_with(pair.a, 5ms), errc::timed_out);
    EXPECT_EQ(co_await read_ends_with(pair.a, 0s), errc::timed_out);
    co_await asio::async_write(*pair.b, asio::buffer("x", 1), use_await);
    EXPECT_EQ(co_await read_ends_with(pair.a, 30s), errc::ok);
  };
  block_on(body());
}

TEST(SocketTest, AnOperationGoesWhereATaskDoes) {
  auto body = []() -> task<void> {
    io::loop loop;
    sockets pair{loop};
    std::string there(3, ' ');
    std::string back(2, ' ');
    auto reading =
      spawn(asio::async_read(*pair.b, asio::buffer(there), use_await));
    task<std::size_t> reply =
      asio::async_write(*pair.b, asio::buffer("no", 2), use_await);
    task<std::size_t> answer =
      asio::async_read(*pair.a, asio::buffer(back), use_await);
    co_await asio::async_write(*pair.a, asio::buffer("yes", 3), use_await);
    auto [written, read] = co_await gather(std::move(reply), std::move(answer));
    EXPECT_EQ(co_await reading, 3u);
    EXPECT_EQ(written + read, 4u);
    EXPECT_EQ(there + back, "yesno");
    auto in_scope = [&](timeout_scope&) -> task<std::size_t> {
      co_return co_await asio::async_read(*pair.a, asio::buffer(back),
                                          use_await);
    };
    try {
      co_await with_timeout(5ms, in_scope);
      ADD_FAILURE() << "there is nothing to read";
    } catch (const failure& what) {
      EXPECT_EQ(what.code(), errc::timed_out);
    }
  };
  block_on(body());
}

constexpr std::size_t much = 8 << 20;

char byte_at(std::size_t i) {
  return static_cast<char>(i * 31 + i / 4096);
}

task<void> write_much(std::shared_ptr<tcp::socket> to) {
  std::string text(much, ' ');
  for (std::size_t i = 0; i < much; ++i)
    text[i] = byte_at(i);
  co_await asio::async_write(*to, asio::buffer(text), use_await);
}

/// How many bytes came as they should.
task<std::size_t> read_much(std::shared_ptr<tcp::socket> from) {
  std::string text(much, ' ');
  co_await asio::async_read(*from, asio::buffer(text), use_await);
  std::size_t right = 0;
  for (std::size_t i = 0; i < much; ++i)
    right += text[i] == byte_at(i);
  co_return right;
}

task<void> echo(std::shared_ptr<tcp::socket> socket) {
  std::string data(64 << 10, ' ');
  for (std::size_t left = much; left != 0;) {
    auto n = co_await socket->async_read_some(asio::buffer(data), use_await);
    co_await asio::async_write(*socket, asio::buffer(data, n), use_await);
    left -= n;
  }
}

// Far more than what sockets hold: it would stand still if one kept the other
// one out.
TEST(SocketTest, OneTaskReadsWhileAnotherOneWrites) {
  auto body = []() -> task<std::size_t> {
    io::loop loop;
    sockets pair{loop};
    auto echoing = spawn(echo(pair.b));
    auto writing = spawn(write_much(pair.a));
    auto reading = spawn(read_much(pair.a));
    co_await writing;
    co_await echoing;
    co_return co_await reading;
  };
  EXPECT_EQ(block_on(body()), much);
}

TEST(SocketTest, CancellingTheReaderLeavesTheWriter) {
  auto body = []() -> task<std::size_t> {
    io::loop loop;
    sockets pair{loop};
    auto writing = spawn(write_much(pair.a));
    auto reading = spawn(read_much(pair.a));
    co_await yield();
    reading.cancel();
    std::vector all{reading};
    co_await wait(all);
    EXPECT_TRUE(reading.was_cancelled());
    auto arrived = co_await read_much(pair.b);
    co_await writing;
    co_return arrived;
  };
  EXPECT_EQ(block_on(body()), much);
}

TEST(SocketTest, TheEndOfTheOtherSideIsTheEndOfTheStream) {
  auto body = []() -> task<errc> {
    io::loop loop;
    sockets pair{loop};
    pair.b->close();
    co_return co_await read_ends_with(pair.a, 30s);
  };
  EXPECT_EQ(block_on(body()), errc::end_of_stream);
}

TEST(SocketTest, AResetIsUnavailable) {
  auto body = []() -> task<errc> {
    io::loop loop;
    sockets pair{loop};
    pair.b->set_option(asio::socket_base::linger{true, 0});
    pair.b->close();
    co_return co_await read_ends_with(pair.a, 30s);
  };
  EXPECT_EQ(block_on(body()), errc::unavailable);
}

TEST(SocketTest, ARefusedConnectionIsUnavailable) {
  auto body = []() -> task<error> {
    io::loop loop;
    tcp::acceptor server{loop.context(), {asio::ip::address_v4::loopback(), 0}};
    auto nobody = server.local_endpoint();
    server.close();
    tcp::socket socket{loop.context()};
    auto done = co_await attempt(socket.async_connect(nobody, use_await));
    co_return done.error();
  };
  auto why = block_on(body());
  EXPECT_EQ(why.code(), errc::unavailable);
  EXPECT_THROW(std::rethrow_exception(why.cause()), std::system_error);
}

TEST(SocketTest, WritingToNobodyIsUnavailable) {
  auto body = []() -> task<errc> {
    io::loop loop;
    asio::local::stream_protocol::socket a{loop.context()};
    asio::local::stream_protocol::socket b{loop.context()};
    asio::local::connect_pair(a, b);
    b.close();
    auto done =
      co_await attempt(asio::async_write(a, asio::buffer("x", 1), use_await));
    co_return done.error().code();
  };
  EXPECT_EQ(block_on(body()), errc::unavailable);
}

TEST(SocketTest, WhatIsClosedMeanwhileIsAbortedAndBeforeIsClosed) {
  auto body = []() -> task<void> {
    io::loop loop;
    sockets pair{loop};
    auto reading = spawn(read_ends_with(pair.a, 30s));
    // Its read begins in the loop, before this.
    co_await yield();
    while (!reading.done()) {
      co_await asio::post(loop.context(), use_await);
      asio::post(loop.context(), [socket = pair.a] { socket->cancel(); });
      co_await yield();
    }
    EXPECT_EQ(co_await reading, errc::aborted);
    pair.a->close();
    EXPECT_EQ(co_await read_ends_with(pair.a, 30s), errc::closed);
  };
  block_on(body());
}

TEST(SocketTest, AnAddressInUseIsBusyWhereATaskFailsByIt) {
  auto body = []() -> task<error> {
    io::loop loop;
    tcp::acceptor first{loop.context(), {asio::ip::address_v4::loopback(), 0}};
    auto taken = first.local_endpoint();
    auto second = [&]() -> task<void> {
      tcp::acceptor late{loop.context(), taken, false};
      co_return;
    };
    auto done = co_await attempt(second());
    co_return done.error();
  };
  EXPECT_EQ(block_on(body()).code(), errc::busy);
}

TEST(SocketTest, ALineThatFitsNowhereIsTooLarge) {
  auto body = []() -> task<errc> {
    io::loop loop;
    sockets pair{loop};
    co_await asio::async_write(*pair.b, asio::buffer("0123456789", 10),
                               use_await);
    std::string line;
    auto done = co_await attempt(asio::async_read_until(
      *pair.a, asio::dynamic_buffer(line, 8), '\n', use_await));
    co_return done.error().code();
  };
  EXPECT_EQ(block_on(body()), errc::too_large);
}

} // namespace
} // namespace troupe
