#include "conformance/fixture.hpp"
#include "troupe/map.hpp"
#include "troupe/troupe.hpp"

#include <caf/typed_actor.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// What is used that was made empty or moved from, twice, or outside of a task:
// each is an error that says so, for every public type.
namespace troupe {
namespace {

/// What is left of something that was moved.
template <class T>
T moved_from(T x) {
  auto thief = std::move(x);
  return x; // NOLINT(bugprone-use-after-move): that is what it is for
}

task<int> one() {
  co_return 1;
}

task<void> nothing() {
  co_return;
}

template <class T>
std::vector<T> just(T x) {
  std::vector<T> result;
  result.push_back(std::move(x));
  return result;
}

struct misuse {
  const char* name;
  errc code;
  std::function<task<void>()> use;
};

void PrintTo(const misuse& x, std::ostream* out) {
  *out << x.name;
}

class MisuseTest : public TaskConformanceTest,
                   public ::testing::WithParamInterface<misuse> {};

task<std::optional<error>> error_of(std::function<task<void>()> use) {
  try {
    co_await use();
  } catch (const failure& what) {
    co_return what.error();
  }
  co_return std::nullopt;
}

TEST_P(MisuseTest, IsAnErrorThatSaysSo) {
  auto why = run(error_of(GetParam().use));
  ASSERT_TRUE(why) << "nothing was thrown";
  EXPECT_EQ(why->code(), GetParam().code) << why->message();
  EXPECT_NE(why->message(), "");
}

std::string name_of(const ::testing::TestParamInfo<misuse>& x) {
  return x.param.name;
}

#define USE(...)                                                               \
  []() -> task<void> {                                                         \
    __VA_ARGS__;                                                               \
    co_return;                                                                 \
  }

const auto a_task_twice = errc::already_taken;
const auto no_task = errc::invalid_argument;

// -- tasks --------------------------------------------------------------------

INSTANTIATE_TEST_SUITE_P(
  MovedTasks, MisuseTest,
  ::testing::Values(
    misuse{"Awaited", a_task_twice, USE(co_await moved_from(one()))},
    misuse{"AwaitedVoid", a_task_twice, USE(co_await moved_from(nothing()))},
    misuse{"Spawned", a_task_twice, USE(spawn(moved_from(one())))},
    misuse{"SpawnedInAGroup", a_task_twice,
           USE(co_await with_group([](group& g) -> task<void> {
             EXPECT_THROW(g.spawn(moved_from(one())), failure);
             throw failure{{errc::already_taken, "as it should be"}};
             co_return;
           }))},
    misuse{"Gathered", a_task_twice,
           USE(co_await gather(just(moved_from(one()))))},
    misuse{"GatheredInATuple", a_task_twice,
           USE(co_await gather(one(), moved_from(nothing())))},
    misuse{"GatheredForOutcomes", a_task_twice,
           USE(co_await gather_outcomes(just(moved_from(one()))))},
    misuse {
      "Mapped", a_task_twice,
        USE(auto make = [](int) { return moved_from(one()); };
            co_await map(just(1), make))
    },
    misuse{"Raced", a_task_twice, USE(co_await race(just(moved_from(one()))))},
    misuse{"FirstSuccess", a_task_twice,
           USE(co_await first_success(just(moved_from(one()))))},
    misuse{"WaitedFor", a_task_twice,
           USE(co_await wait_for(moved_from(one()), 1s))},
    misuse {
      "Attempted", a_task_twice,
        USE(auto end = co_await attempt(moved_from(one())); end.value())
    },
    misuse{"Finally", a_task_twice,
           USE(co_await finally(moved_from(one()), nothing))},
    misuse{"Shielded", a_task_twice, USE(co_await shield(moved_from(one())))},
    misuse {
      "Retried", a_task_twice,
        USE(auto make = [] { return moved_from(one()); };
            co_await retry(retry_policy{}.attempts(1), make))
    },
    misuse {
      "WithTimeout", a_task_twice,
        USE(auto body = [](timeout_scope&) { return moved_from(one()); };
            co_await with_timeout(1s, body))
    },
    // NOLINTBEGIN(bugprone-use-after-move)
    misuse {
      "AwaitedTwice", a_task_twice,
        USE(auto x = one(); co_await std::move(x); co_await std::move(x))
    },
    // NOLINTEND(bugprone-use-after-move)
    misuse{"ToThreadMoved", a_task_twice,
           USE(co_await moved_from(to_thread([] {})))}),
  name_of);

// -- handles ------------------------------------------------------------------

INSTANTIATE_TEST_SUITE_P(
  EmptyHandles, MisuseTest,
  ::testing::Values(
    misuse { "Awaited", no_task, USE(handle<int> h; co_await h) },
    misuse{"AwaitedMoved", no_task, USE(co_await handle<int>{})},
    misuse { "AwaitedVoid", no_task, USE(handle<void> h; co_await h) },
    misuse{"MovedFrom", no_task, USE(co_await moved_from(spawn(one())))},
    misuse{"Cancelled", no_task, USE(any_handle{}.cancel())},
    misuse{"Cancelling", no_task,
           USE(static_cast<void>(any_handle{}.cancelling()))},
    misuse{"Uncancelled", no_task, USE(any_handle{}.uncancel())},
    misuse{"Done", no_task, USE(static_cast<void>(any_handle{}.done()))},
    misuse{"WasCancelled", no_task,
           USE(static_cast<void>(any_handle{}.was_cancelled()))},
    misuse{"Named", no_task, USE(static_cast<void>(any_handle{}.name()))},
    misuse{"Paused", no_task, USE(auto p = co_await any_handle{}.pause())},
    misuse{"Resumed", no_task, USE(any_handle{}.resume())},
    misuse{"Gathered", no_task, USE(co_await gather(just(handle<int>{})))},
    misuse{"GatheredVoid", no_task, USE(co_await gather(just(handle<void>{})))},
    misuse{"WaitedForMany", no_task, USE(co_await wait(just(handle<int>{})))},
    misuse {
      "AsCompleted", no_task,
        USE(auto c = as_completed(just(handle<int>{})); co_await c.next())
    },
    misuse{"WaitedFor", no_task, USE(co_await wait_for(handle<int>{}, 1s))},
    misuse{"Shielded", no_task, USE(co_await shield(handle<int>{}))},
    misuse{"Attempted", no_task,
           USE(static_cast<void>(co_await attempt(handle<int>{})))},
    misuse{"Finally", no_task, USE(co_await finally(handle<int>{}, nothing))}),
  name_of);

// -- promises -----------------------------------------------------------------

INSTANTIATE_TEST_SUITE_P(
  MovedPromises, MisuseTest,
  ::testing::Values(
    misuse{"Handle", a_task_twice,
           USE(static_cast<void>(moved_from(promise<int>{}).get_handle()))},
    misuse{"Value", a_task_twice, USE(moved_from(promise<int>{}).set_value(1))},
    misuse{"NoValue", a_task_twice, USE(moved_from(promise<>{}).set_value())},
    misuse{"Error", a_task_twice,
           USE(moved_from(promise<int>{}).set_error(error{errc::busy}))},
    misuse {
      "Exception", a_task_twice,
        USE(auto thrown = std::make_exception_ptr(1);
            moved_from(promise<int>{}).set_exception(thrown))
    },
    misuse{"NoException", errc::invalid_argument,
           USE(promise<int>{}.set_exception(nullptr))}),
  name_of);

// -- what is waited for -------------------------------------------------------

const auto no_actor = errc::invalid_argument;

INSTANTIATE_TEST_SUITE_P(
  MovedLocks, MisuseTest,
  ::testing::Values(
    misuse {
      "Acquired", no_actor,
        USE(auto x = moved_from(lock{}); auto h = co_await x.acquire())
    },
    misuse {
      "AcquiredFor", no_actor,
        USE(auto x = moved_from(lock{}); auto h = co_await x.acquire_for(1s))
    },
    misuse {
      "Tried", no_actor,
        USE(auto x = moved_from(lock{}); auto h = co_await x.try_acquire())
    },
    misuse {
      "Asked", no_actor, USE(auto x = moved_from(lock{}); co_await x.locked())
    },
    // NOLINTBEGIN(bugprone-use-after-move)
    misuse {
      "AcquiredAfterItsLastHolder", no_actor,
        USE(lock x; {
          auto held = co_await x.acquire();
          co_await held.release();
        } auto other = std::move(x);
            auto h = co_await x.acquire())
    },
    // NOLINTEND(bugprone-use-after-move)
    misuse {
      "Selected", no_actor,
        USE(auto x = moved_from(lock{}); co_await select(x.acquire()))
    },
    misuse {
      "Recursive", no_actor,
        USE(auto x = moved_from(rlock{}); auto h = co_await x.acquire())
    },
    misuse {
      "Read", no_actor,
        USE(auto x = moved_from(rwlock{}); auto h = co_await x.read())
    },
    misuse {
      "Written", no_actor,
        USE(auto x = moved_from(rwlock{}); auto h = co_await x.write())
    },
    misuse {
      "ReleasedTwice", errc::stale_token,
        USE(lock x; auto h = co_await x.acquire(); co_await h.release();
            co_await h.release())
    },
    misuse {
      "ReleasedMoved", errc::stale_token,
        USE(lock x; auto h = moved_from(co_await x.acquire());
            co_await h.release())
    }),
  name_of);

INSTANTIATE_TEST_SUITE_P(
  MovedOthers, MisuseTest,
  ::testing::Values(
    misuse {
      "SemaphoreAcquired", no_actor,
        USE(auto x = moved_from(semaphore{}); auto h = co_await x.acquire())
    },
    misuse {
      "SemaphoreTried", no_actor,
        USE(auto x = moved_from(semaphore{}); auto h = co_await x.try_acquire())
    },
    misuse {
      "SemaphoreReleased", no_actor,
        USE(auto x = moved_from(semaphore{}); co_await x.release())
    },
    misuse {
      "SemaphoreAsked", no_actor,
        USE(auto x = moved_from(semaphore{}); co_await x.available())
    },
    misuse {
      "SemaphoreSelected", no_actor,
        USE(auto x = moved_from(semaphore{}); co_await select(x.acquire()))
    },
    misuse {
      "PermitReleased", errc::stale_token,
        USE(semaphore x; auto p = moved_from(co_await x.acquire()); p.keep();
            co_await p.release())
    },
    misuse {
      "LimiterAcquired", no_actor,
        USE(auto x = moved_from(capacity_limiter{1});
            auto h = co_await x.acquire())
    },
    misuse {
      "EventWaitedFor", no_actor,
        USE(auto x = moved_from(event{}); co_await x.wait())
    },
    misuse {
      "EventSet", no_actor, USE(auto x = moved_from(event{}); co_await x.set())
    },
    misuse {
      "EventSelected", no_actor,
        USE(auto x = moved_from(event{}); co_await select(x.wait()))
    },
    misuse {
      "BarrierWaitedFor", no_actor,
        USE(auto x = moved_from(barrier{2}); co_await x.wait())
    },
    misuse {
      "BarrierReset", no_actor,
        USE(auto x = moved_from(barrier{2}); co_await x.reset())
    },
    misuse {
      "ConditionAcquired", no_actor,
        USE(auto x = moved_from(condition{}); auto h = co_await x.acquire())
    },
    misuse {
      "ConditionWithoutItsLock", errc::stale_token,
        USE(condition x; lock other; auto h = co_await other.acquire();
            co_await x.wait(h))
    },
    misuse {
      "ConditionNotifiedWithoutItsLock", errc::stale_token,
        USE(condition x; lock other; auto h = co_await other.acquire();
            co_await x.notify(h))
    },
    misuse {
      "RateLimiterAcquired", no_actor,
        USE(auto x = moved_from(rate_limiter{1, 1s}); co_await x.acquire())
    }),
  name_of);

INSTANTIATE_TEST_SUITE_P(
  MovedQueues, MisuseTest,
  ::testing::Values(
    misuse {
      "Put", no_actor, USE(auto x = moved_from(queue<int>{}); co_await x.put(1))
    },
    misuse {
      "Got", no_actor, USE(auto x = moved_from(queue<int>{}); co_await x.get())
    },
    misuse {
      "GotMany", no_actor,
        USE(auto x = moved_from(queue<int>{}); co_await x.get_many(2))
    },
    misuse {
      "Selected", no_actor,
        USE(auto x = moved_from(queue<int>{}); co_await select(x.get()))
    },
    misuse {
      "Joined", no_actor,
        USE(auto x = moved_from(queue<int>{}); co_await x.join())
    },
    misuse {
      "ShutDown", no_actor,
        USE(auto x = moved_from(queue<int>{}); co_await x.shutdown())
    },
    misuse {
      "Asked", no_actor,
        USE(auto x = moved_from(queue<int>{}); co_await x.size())
    },
    misuse {
      "PutIntoAPriorityQueue", no_actor,
        USE(auto x = moved_from(priority_queue<int>{}); co_await x.put(1, 2))
    },
    misuse {
      "Published", no_actor,
        USE(auto x = moved_from(broadcast<int>{}); co_await x.publish(1))
    },
    misuse {
      "Subscribed", no_actor,
        USE(auto x = moved_from(broadcast<int>{}); co_await x.subscribe())
    },
    misuse {
      "GotFromASubscription", no_actor,
        USE(broadcast<int> x; auto s = moved_from(co_await x.subscribe());
            co_await s.get())
    }),
  name_of);

// -- outside of any task ------------------------------------------------------

struct outside {
  const char* name;
  void (*use)();
};

void PrintTo(const outside& x, std::ostream* out) {
  *out << x.name;
}

class OutsideTest : public ::testing::TestWithParam<outside> {};

TEST_P(OutsideTest, NothingWorksWithoutARunningSystem) {
  try {
    GetParam().use();
    FAIL() << "nothing was thrown";
  } catch (const failure& what) {
    EXPECT_EQ(what.code(), errc::no_running_system) << what.what();
  }
}

/// The handle of a promise, that was set.
handle<int> done() {
  promise<int> result;
  result.set_value(1);
  return result.get_handle();
}

INSTANTIATE_TEST_SUITE_P(
  All, OutsideTest,
  ::testing::Values(
    outside{"Lock", [] { lock{}; }}, outside{"Rlock", [] { rlock{}; }},
    outside{"Rwlock", [] { rwlock{}; }}, outside{"Event", [] { event{}; }},
    outside{"Semaphore", [] { semaphore{}; }},
    outside{"BoundedSemaphore", [] { bounded_semaphore{}; }},
    outside{"CapacityLimiter", [] { capacity_limiter{1}; }},
    outside{"Barrier", [] { barrier{2}; }},
    outside{"Condition", [] { condition{}; }},
    outside{"RateLimiter",
            [] {
              rate_limiter{1, 1s};
            }},
    outside{"Queue", [] { queue<int>{}; }},
    outside{"LifoQueue", [] { lifo_queue<int>{}; }},
    outside{"PriorityQueue", [] { priority_queue<int>{}; }},
    outside{"Broadcast", [] { broadcast<int>{}; }},
    outside{"Session", [] { http::session{}; }},
    outside{"Spawn", [] { spawn(one()); }},
    outside{"Shield", [] { static_cast<void>(shield(one())); }},
    outside{"Timeout", [] { timeout_scope{1s}; }},
    outside{"AsCompleted",
            [] { static_cast<void>(as_completed(just(done()))); }},
    outside{"Resume", [] { done().resume(); }},
    outside{"Name", [] { static_cast<void>(this_task::name()); }},
    outside{"Cancelling", [] { static_cast<void>(this_task::cancelling()); }},
    outside{"Uncancel", [] { this_task::uncancel(); }},
    outside{"Deadline", [] { static_cast<void>(this_task::deadline()); }},
    outside{"Now", [] { static_cast<void>(this_task::now()); }},
    outside{"System", [] { static_cast<void>(this_task::system()); }},
    outside{"Handle", [] { static_cast<void>(this_task::handle()); }}),
  [](const auto& x) { return std::string{x.param.name}; });

TEST(BlockOnTest, OfATaskThatWasMovedFromIsAnError) {
  try {
    block_on(moved_from(one()));
    FAIL() << "nothing was thrown";
  } catch (const failure& what) {
    EXPECT_EQ(what.code(), errc::already_taken);
  }
}

TEST(ToThreadTest, AwaitedTwiceIsAnError) {
  auto twice = []() -> task<void> {
    auto work = to_thread([] {});
    co_await work;
    co_await work;
  };
  try {
    block_on(twice());
    FAIL() << "nothing was thrown";
  } catch (const failure& what) {
    EXPECT_EQ(what.code(), errc::already_taken);
  }
}

// -- what is the same, though it was moved from -------------------------------

using StillTheSameTest = TaskConformanceTest;

TEST_F(StillTheSameTest, AGroup) {
  run([]() -> task<void> {
    co_await with_group([](group& g) -> task<void> {
      auto same = moved_from(g);
      EXPECT_EQ(co_await same.spawn(one()), 1);
      EXPECT_EQ((co_await same.progress()).total, 1u);
    });
  }());
}

TEST_F(StillTheSameTest, Completions) {
  run([]() -> task<void> {
    auto same = moved_from(as_completed(just(spawn(one()))));
    EXPECT_TRUE((co_await same.next()).has_value());
    EXPECT_FALSE((co_await same.next()).has_value());
  }());
}

TEST_F(StillTheSameTest, ARetryBudget) {
  auto same = moved_from(retry_budget{0.5, 1});
  EXPECT_TRUE(same.spend());
  EXPECT_FALSE(same.spend());
  same.earn();
}

TEST_F(StillTheSameTest, AnHttpSession) {
  run([]() -> task<void> {
    auto same = moved_from(http::session{});
    EXPECT_EQ(co_await ending_of(same.get("no url")), "invalid_argument");
  }());
}

TEST_F(StillTheSameTest, APauseGuardThatWasMovedFromDoesNothing) {
  run([]() -> task<void> {
    auto work = spawn(value_after(1s, 1));
    auto guard = co_await work.pause();
    auto other = std::move(guard);
    guard.resume(); // NOLINT(bugprone-use-after-move)
    co_await sleep(2s);
    EXPECT_FALSE(work.done());
    other.resume();
    other.resume();
    EXPECT_EQ(co_await work, 1);
  }());
}

// -- a group outlived by its copy ---------------------------------------------

TEST_F(StillTheSameTest, AGroupThatHasEndedSaysSo) {
  run([]() -> task<void> {
    std::optional<group> escaped;
    co_await with_group([&](group& g) -> task<void> {
      escaped = g;
      co_return;
    });
    auto spawn_late = [](group g) -> task<void> {
      g.spawn(one());
      co_return;
    };
    EXPECT_EQ(co_await ending_of(spawn_late(*escaped)), "closed");
    escaped->cancel();
    EXPECT_EQ((co_await escaped->progress()).total, 0u);
    auto pause = co_await escaped->pause();
    pause.resume();
  }());
}

// -- the least that makes sense -----------------------------------------------

TEST_F(StillTheSameTest, AnErrorGroupWithoutErrorsIsInternal) {
  EXPECT_EQ(error_group{std::vector<std::exception_ptr>{}}.code(),
            errc::internal);
}

} // namespace
} // namespace troupe
