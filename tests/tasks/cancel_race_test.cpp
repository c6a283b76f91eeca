#include "conformance/fixture.hpp"
#include "troupe/group.hpp"
#include "troupe/this_task.hpp"
#include "troupe/timeout.hpp"

// A cancel that another thread has asked for, and of which the task has not
// heard yet: what begins and ends in between must not take it for its own.
namespace troupe {
namespace {

class CancelRaceTest : public TaskConformanceTest {
protected:
  /// As another thread would, up to the message that is to wake the task.
  static void ask_for_a_cancel() {
    auto me = this_task::handle();
    detail::handle_access::block(me)->request_cancel(
      cancelled{cancel_reason::requested, "from outside"});
  }

  static task<void> sleeper(timeout_scope&) { co_await sleep(1s); }
};

TEST_F(CancelRaceTest, AScopeThatBeginsInBetweenLetsItThrough) {
  run([]() -> task<void> {
    ask_for_a_cancel();
    std::string thrown;
    try {
      co_await with_timeout(0s, sleeper);
    } catch (const cancelled& what) {
      thrown = what.text();
    } catch (const failure&) {
      thrown = "the limit alone";
    }
    EXPECT_EQ(thrown, "from outside");
    EXPECT_EQ(this_task::cancelling(), 1u);
    co_await yield(); // it is thrown once
  }());
}

TEST_F(CancelRaceTest, ALimitThatHasBeenThrownLeavesAsTheCancelThatCameSince) {
  run([]() -> task<void> {
    auto body = [](timeout_scope&) -> task<void> {
      try {
        co_await sleep(1s);
      } catch (const cancelled&) {
        ask_for_a_cancel();
        throw;
      }
    };
    auto thrown = false;
    try {
      co_await with_timeout(0s, body);
    } catch (const cancelled&) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
    EXPECT_EQ(this_task::cancelling(), 1u);
    co_await yield(); // it was told by what left the body
  }());
}

TEST_F(CancelRaceTest, ABodyThatIgnoresTheLimitLeavesTheCancelToTheNextAwait) {
  run([]() -> task<void> {
    auto body = [](timeout_scope&) -> task<void> {
      try {
        co_await sleep(1s);
      } catch (const cancelled&) {
        ask_for_a_cancel();
      }
    };
    co_await with_timeout(0s, body);
    auto thrown = false;
    try {
      co_await yield();
    } catch (const cancelled&) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
  }());
}

TEST_F(CancelRaceTest, NestedScopesLetItThrough) {
  run([]() -> task<void> {
    ask_for_a_cancel();
    auto inner = [](timeout_scope&) -> task<void> {
      try {
        co_await with_timeout(0s, sleeper);
      } catch (const failure&) {
        ADD_FAILURE() << "the inner limit alone";
      }
    };
    auto thrown = false;
    try {
      co_await with_timeout(0s, inner);
    } catch (const cancelled&) {
      thrown = true;
    } catch (const failure&) {
      ADD_FAILURE() << "the outer limit alone";
    }
    EXPECT_TRUE(thrown);
  }());
}

TEST_F(CancelRaceTest, CancelsThatComeTogetherAreThrownOnceAndCounted) {
  run([]() -> task<void> {
    for (int i = 0; i != 3; ++i)
      ask_for_a_cancel();
    auto thrown = 0;
    for (int i = 0; i != 3; ++i)
      try {
        co_await yield();
      } catch (const cancelled&) {
        ++thrown;
      }
    EXPECT_EQ(thrown, 1);
    EXPECT_EQ(this_task::cancelling(), 3u);
  }());
}

/// A failing child of a group is told to its body by a cancel, too.
TEST_F(CancelRaceTest, AGroupLetsItThrough) {
  run([]() -> task<void> {
    auto fails = []() -> task<void> {
      throw std::runtime_error{"boom"};
      co_return;
    };
    auto body = [&](group& g) -> task<void> {
      g.spawn(fails());
      co_await sleep(1s);
    };
    ask_for_a_cancel();
    auto thrown = 0;
    try {
      co_await with_group(body);
      ADD_FAILURE() << "nothing was thrown";
    } catch (const cancelled&) {
      ++thrown;
    } catch (const error_group&) { // then the cancel comes to the next await
    }
    try {
      co_await yield();
    } catch (const cancelled&) {
      ++thrown;
    }
    EXPECT_EQ(thrown, 1);
    EXPECT_EQ(this_task::cancelling(), 1u);
  }());
}

} // namespace
} // namespace troupe
