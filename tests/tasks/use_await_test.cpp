#include "conformance/fixture.hpp"
#include "troupe/attempt.hpp"
#include "troupe/io/use_await.hpp"
#include "troupe/shield.hpp"
#include "troupe/timeout.hpp"

#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <cerrno>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <tuple>
#include <vector>

// Asio operations that tasks await, on a loop that runs in the test's thread.
namespace troupe {
namespace {

/// An operation that ends when the test says so.
class operation {
public:
  explicit operation(asio::io_context& loop) : loop_(loop) {}

  template <class... Results, class Token>
  auto start(Token token) {
    return asio::async_initiate<Token, void(Results...)>(
      initiation<Results...>{this}, token);
  }

  void end(std::error_code code, int value = 0) const { end_(code, value); }
  /// Destroys its handler.
  void drop() { end_ = nullptr; }
  [[nodiscard]] bool told_to_stop() const { return told_to_stop_; }

private:
  template <class... Results>
  struct initiation {
    operation* owner;

    using executor_type = asio::io_context::executor_type;
    [[nodiscard]] executor_type get_executor() const noexcept {
      return owner->loop_.get_executor();
    }

    template <class Handler>
    void operator()(Handler handler) const {
      auto slot = asio::get_associated_cancellation_slot(handler);
      slot.assign(
        [me = owner](asio::cancellation_type) { me->told_to_stop_ = true; });
      auto kept = std::make_shared<Handler>(std::move(handler));
      owner->end_ = [kept](std::error_code code, int value) {
        auto all = std::tuple{code, value, value};
        finish(*kept, all, std::index_sequence_for<Results...>{});
      };
    }

    template <class Handler, class All, std::size_t... I>
    static void finish(Handler& handler, All& all, std::index_sequence<I...>) {
      handler(std::get<I>(all)...);
    }
  };

  asio::io_context& loop_;
  std::function<void(std::error_code, int)> end_;
  bool told_to_stop_ = false;
};

class UseAwaitTest : public TaskConformanceTest {
protected:
  /// Lets tasks and the loop run until nothing is left to do.
  void poll() {
    do {
      system.run_ready();
      loop.restart();
    } while (loop.poll() != 0);
  }

  /// Starts a coroutine that may capture.
  template <class Body>
  auto start(Body body) {
    auto run = [](Body kept) -> std::invoke_result_t<Body&> {
      co_return co_await kept();
    };
    auto result = spawn(system.get(), run(std::move(body)));
    poll();
    return result;
  }

  asio::io_context loop;
  operation op{loop};
  const std::error_code ok;
  const std::error_code aborted = asio::error::operation_aborted;
};

TEST_F(UseAwaitTest, GivesWhatTheHandlerGetsAfterTheCode) {
  auto work = start([&]() -> task<int> {
    co_return co_await op.start<std::error_code, int>(use_await);
  });
  EXPECT_FALSE(work.done());
  op.end(ok, 42);
  EXPECT_EQ(run(result_of(work)), 42);
}

TEST_F(UseAwaitTest, GivesSeveralValuesAsATuple) {
  auto work = start([&]() -> task<int> {
    auto [a, b] = co_await op.start<std::error_code, int, int>(use_await);
    co_return a + b;
  });
  op.end(ok, 21);
  EXPECT_EQ(run(result_of(work)), 42);
}

TEST_F(UseAwaitTest, GivesNothingForACodeAlone) {
  auto work = start([&]() -> task<void> {
    co_await op.start<std::error_code>(use_await);
    notes.add("ended");
  });
  op.end(ok);
  run(result_of(work));
  EXPECT_THAT(notes.lines(), ElementsAre("ended"));
}

TEST_F(UseAwaitTest, ThrowsTheCode) {
  auto work = start([&]() -> task<std::error_code> {
    try {
      co_await op.start<std::error_code, int>(use_await);
    } catch (const std::system_error& what) {
      co_return what.code();
    }
    co_return std::error_code{};
  });
  op.end(asio::error::connection_refused);
  EXPECT_EQ(run(result_of(work)), asio::error::connection_refused);
}

struct translation {
  std::error_code code;
  errc expected;
};

/// One for each error that Asio names.
const std::vector<translation>& translations() {
  namespace e = asio::error;
  static const std::vector<translation> all{
    {e::access_denied, errc::permission_denied},
    {e::address_family_not_supported, errc::invalid_argument},
    {e::address_in_use, errc::busy},
    {e::already_connected, errc::invalid_argument},
    {e::already_started, errc::invalid_argument},
    {e::broken_pipe, errc::unavailable},
    {e::connection_aborted, errc::unavailable},
    {e::connection_refused, errc::unavailable},
    {e::connection_reset, errc::unavailable},
    {e::bad_descriptor, errc::closed},
    {e::host_unreachable, errc::unavailable},
    {e::invalid_argument, errc::invalid_argument},
    {e::message_size, errc::too_large},
    {e::name_too_long, errc::invalid_argument},
    {e::network_down, errc::unavailable},
    {e::network_reset, errc::unavailable},
    {e::network_unreachable, errc::unavailable},
    {e::no_descriptors, errc::overloaded},
    {e::no_buffer_space, errc::overloaded},
    {e::no_memory, errc::overloaded},
    {e::no_permission, errc::permission_denied},
    {e::no_protocol_option, errc::invalid_argument},
    {e::no_such_device, errc::internal},
    {e::not_connected, errc::unavailable},
    {e::not_socket, errc::invalid_argument},
    {e::operation_aborted, errc::aborted},
    {e::operation_not_supported, errc::invalid_argument},
    {e::shut_down, errc::closed},
    {e::timed_out, errc::timed_out},
    {e::host_not_found, errc::unavailable},
    {e::host_not_found_try_again, errc::unavailable},
    {e::no_data, errc::unavailable},
    {e::no_recovery, errc::unavailable},
    {e::service_not_found, errc::invalid_argument},
    {e::socket_type_not_supported, errc::invalid_argument},
    {e::already_open, errc::invalid_argument},
    {e::eof, errc::end_of_stream},
    {e::not_found, errc::too_large},
    {e::fd_set_failure, errc::internal},
    {std::make_error_code(std::errc::connection_reset), errc::unavailable},
    {{ECONNREFUSED, std::system_category()}, errc::unavailable},
    {{ENOSPC, std::system_category()}, errc::file_error},
    {std::make_error_code(std::future_errc::broken_promise), errc::internal},
  };
  return all;
}

TEST_F(UseAwaitTest, ErrorsHaveCodesOfTheirOwnAndStayTheCause) {
  for (const auto& [code, expected] : translations()) {
    SCOPED_TRACE(code.message());
    auto work = start([&]() -> task<int> {
      co_return co_await op.start<std::error_code, int>(use_await);
    });
    op.end(code);
    auto outcome = [](handle<int> h) -> task<error> {
      auto result = co_await attempt(shield(h));
      co_return result.error();
    };
    auto why = run(outcome(work));
    EXPECT_EQ(why.code(), expected) << to_string(why);
    try {
      std::rethrow_exception(why.cause());
    } catch (const std::system_error& what) {
      EXPECT_EQ(what.code(), code);
    }
  }
}

TEST_F(UseAwaitTest, AnErrorWithoutACodeIsInternal) {
  auto outcome = []() -> task<errc> {
    auto fail = []() -> task<void> {
      throw std::system_error{std::error_code{}};
      co_return;
    };
    auto result = co_await attempt(fail());
    co_return result.error().code();
  };
  EXPECT_EQ(run(outcome()), errc::internal);
}

TEST_F(UseAwaitTest, AHandlerThatIsDestroyedWithoutACallIsClosed) {
  auto work = start([&]() -> task<std::string> {
    co_return co_await ending_of(op.start<std::error_code, int>(use_await));
  });
  poll();
  EXPECT_FALSE(work.done());
  op.drop();
  EXPECT_EQ(run(result_of(work)), "closed");
}

TEST_F(UseAwaitTest, AContextThatGoesIsClosed) {
  auto context = std::make_unique<asio::io_context>();
  auto work = start([&]() -> task<std::string> {
    co_return co_await ending_of(asio::post(*context, use_await));
  });
  EXPECT_FALSE(work.done());
  context.reset();
  EXPECT_EQ(run(result_of(work)), "closed");
}

TEST_F(UseAwaitTest, ACancelledTaskEndsCancelledWhenTheHandlerIsDestroyed) {
  auto work = start([&]() -> task<void> {
    co_await op.start<std::error_code, int>(use_await);
  });
  work.cancel();
  poll();
  EXPECT_TRUE(op.told_to_stop());
  op.drop();
  poll();
  EXPECT_TRUE(work.was_cancelled());
}

TEST_F(UseAwaitTest, ACancelOnItsWayDoesNotReachAContextThatIsGone) {
  auto context = std::make_unique<asio::io_context>();
  auto work = start([&]() -> task<void> {
    co_await asio::post(*context, use_await);
    ADD_FAILURE() << "it was not called";
  });
  context.reset();
  work.cancel();
  poll();
  EXPECT_TRUE(work.was_cancelled());
}

TEST_F(UseAwaitTest, ThrowsWhatTheOperationThrowsWhenItBegins) {
  auto refuse = [](auto&&) { throw std::runtime_error{"not now"}; };
  auto work = start([&]() -> task<std::string> {
    auto token = use_await;
    co_return co_await ending_of(
      asio::async_initiate<use_await_t, void(std::error_code)>(refuse, token));
  });
  EXPECT_EQ(run(result_of(work)), "not now");
}

TEST_F(UseAwaitTest, ALimitOfItsOwnStopsTheOperation) {
  auto work = start([&]() -> task<std::string> {
    co_return co_await ending_of(
      wait_for(op.start<std::error_code, int>(use_await), 1s));
  });
  system.advance(1s);
  poll();
  EXPECT_TRUE(op.told_to_stop());
  EXPECT_FALSE(work.done());
  op.end(aborted);
  EXPECT_EQ(run(result_of(work)), "timed_out");
}

TEST_F(UseAwaitTest, ACancelStopsTheOperationAndWaitsForItsEnd) {
  auto work = start([&]() -> task<void> {
    co_await op.start<std::error_code, int>(use_await);
  });
  work.cancel();
  poll();
  EXPECT_TRUE(op.told_to_stop());
  EXPECT_FALSE(work.done()); // its buffers may still be in use
  op.end(aborted);
  poll();
  EXPECT_TRUE(work.was_cancelled());
}

TEST_F(UseAwaitTest, ACancelThatIsTooLateComesAtTheNextAwait) {
  auto work = start([&]() -> task<void> {
    notes.add(
      std::to_string(co_await op.start<std::error_code, int>(use_await)));
    notes.add(co_await ending_of(sleep(1s)));
  });
  work.cancel();
  poll();
  op.end(ok, 42);
  run(result_of(work));
  EXPECT_THAT(notes.lines(), ElementsAre("42", "cancelled"));
}

// What the operation was of may be gone by then.
TEST_F(UseAwaitTest, ACancelOnItsWayDoesNotReachAnOperationThatHasEnded) {
  auto work = start([&]() -> task<void> {
    co_await op.start<std::error_code>(use_await);
    notes.add("ended");
  });
  work.cancel();
  system.run_ready(); // it is in the loop's line
  op.end(ok);
  poll();
  EXPECT_FALSE(op.told_to_stop());
  EXPECT_THAT(notes.lines(), ElementsAre("ended"));
}

TEST_F(UseAwaitTest, ATimeLimitThatIsTooLateIsForgottenWithItsScope) {
  auto work = start([&]() -> task<void> {
    this_task::handle().cancel(); // a cancel that was caught before
    EXPECT_EQ(co_await ending_of(sleep(1s)), "cancelled");
    auto body = [&](timeout_scope&) -> task<int> {
      co_return co_await op.start<std::error_code, int>(use_await);
    };
    EXPECT_EQ(co_await with_timeout(1s, body), 42);
    EXPECT_EQ(this_task::cancelling(), 1u);
    EXPECT_EQ(co_await ending_of(sleep(1s)), "value");
  });
  system.advance(1s);
  poll();
  EXPECT_TRUE(op.told_to_stop());
  op.end(ok, 42);
  run(result_of(work));
}

TEST_F(UseAwaitTest, APausedTaskKeepsTheResult) {
  auto work = start([&]() -> task<void> {
    notes.add(
      std::to_string(co_await op.start<std::error_code, int>(use_await)));
  });
  auto keeper = start([&]() -> task<void> {
    auto held = co_await work.pause();
    co_await sleep(1s);
    EXPECT_THAT(notes.lines(), IsEmpty());
  });
  op.end(ok, 42);
  poll();
  EXPECT_FALSE(work.done());
  run(result_of(keeper));
  run(result_of(work));
  EXPECT_THAT(notes.lines(), ElementsAre("42"));
}

TEST_F(UseAwaitTest, AsiosOwnOperationsAreCancelled) {
  asio::steady_timer timer{loop, std::chrono::hours{1}};
  auto work =
    start([&]() -> task<void> { co_await timer.async_wait(use_await); });
  EXPECT_FALSE(work.done());
  work.cancel();
  poll();
  EXPECT_TRUE(work.was_cancelled());
}

} // namespace
} // namespace troupe
