#include "support/job.hpp"
#include "troupe/core/detail/turn.hpp"
#include "troupe/core/detail/worker.hpp"
#include "troupe/core/scheduler.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/after.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <caf/send.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <functional>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

// A broken scheduler does nothing for ever: CTest ends such a test.

namespace troupe::test {

namespace {

using namespace std::chrono_literals;

class SchedulerTest : public ::testing::TestWithParam<std::size_t> {
protected:
  SchedulerTest() { start(); }

  void start() {
    config.emplace();
    use_scheduler(*config, GetParam());
    system.emplace(*config);
  }

  void stop() {
    system.reset();
    config.reset();
  }

  void enqueue(job::function run) {
    system->scheduler().enqueue(new job{std::move(run)});
  }

  /// Makes `run` run with every message.
  template <class F>
  caf::actor spawn(F run) {
    return system->spawn([run](caf::event_based_actor* self) {
      return caf::behavior{[run, self](int x) { run(self, x); }};
    });
  }

  /// Makes two actors send a message to and fro until `over`.
  void spawn_pair(const std::atomic<bool>& over) {
    auto answer = [&over](caf::event_based_actor* self, int x) {
      if (!over)
        self->send(caf::actor_cast<caf::actor>(self->current_sender()), x);
    };
    caf::send_as(spawn(answer), spawn(answer), 1);
  }

  /// Makes one job after the other run on a worker until `over`.
  static void hop(caf::execution_unit& worker, const std::atomic<bool>& over) {
    if (!over)
      worker.exec_later(
        new job{[&](caf::execution_unit* next) { hop(*next, over); }});
  }

  /// The processor's time for a job that makes `count` jobs runnable at once,
  /// and for all of those: the mean of a million jobs, as the system may tell
  /// the time of a thread that runs some milliseconds late.
  std::chrono::nanoseconds work_for(int count) {
    const auto rounds = 1'000'000 / count;
    auto began = used();
    for (int i = 0; i < rounds; ++i) {
      std::latch done{count};
      enqueue([&](caf::execution_unit* worker) {
        for (int k = 0; k < count; ++k)
          worker->exec_later(
            new job{[&](caf::execution_unit*) { done.count_down(); }});
      });
      done.wait();
    }
    return (used() - began) / rounds;
  }

  static std::chrono::nanoseconds used() {
    timespec result{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &result);
    return std::chrono::seconds{result.tv_sec}
           + std::chrono::nanoseconds{result.tv_nsec};
  }

  std::optional<caf::actor_system_config> config;
  std::optional<caf::actor_system> system;
};

std::string threads(const ::testing::TestParamInfo<std::size_t>& x) {
  return std::to_string(x.param) + "Threads";
}

} // namespace

INSTANTIATE_TEST_SUITE_P(With, SchedulerTest, ::testing::Values(1, 2, 4),
                         threads);

TEST_P(SchedulerTest, RunsOnAsManyThreadsAsItIsTold) {
  EXPECT_EQ(system->scheduler().num_workers(), GetParam());
}

TEST(SchedulerOptionsTest, TakesAThreadForEachCoreByDefault) {
  caf::actor_system_config config;
  use_scheduler(config);
  caf::actor_system system{config};
  EXPECT_EQ(system.scheduler().num_workers(),
            std::max(std::thread::hardware_concurrency(), 1U));
}

TEST(SchedulerOptionsTest, ADefaultThroughputYieldsToTheUsers) {
  for (std::size_t given : {0, 17}) {
    caf::actor_system_config config;
    if (given > 0)
      config.set("scheduler.max-throughput", given);
    use_scheduler(config, 1);
    caf::actor_system system{config};
    EXPECT_EQ(system.scheduler().max_throughput(), given > 0 ? given : 300);
  }
}

TEST_P(SchedulerTest, RunsAMillionJobsInLinearTime) {
  auto few = work_for(10'000);
  auto many = work_for(1'000'000);
  // Others who use the machine, and caches, may make it ten times as much for
  // each; quadratic it would be 10,000 times.
  EXPECT_LT(many, few * 2'000) << few.count() << " ns for a hundredth";
}

TEST_P(SchedulerTest, TwoActorsThatKeepEachOtherBusyStarveNobodyFromOutside) {
  std::atomic<bool> over = false;
  for (std::size_t i = 0; i < 3 * GetParam(); ++i)
    spawn_pair(over);
  enqueue([&](caf::execution_unit*) { over = true; });
  stop();
}

TEST_P(SchedulerTest, TwoActorsThatKeepEachOtherBusyStarveNobodyInTheQueue) {
  std::atomic<bool> over = false;
  for (std::size_t i = 1; i < GetParam(); ++i)
    spawn_pair(over);
  enqueue([&](caf::execution_unit* worker) {
    worker->exec_later(new job{[&](caf::execution_unit*) { over = true; }});
    hop(*worker, over);
  });
  stop();
}

TEST_P(SchedulerTest, AnActorThatNeverRunsOutOfMessagesStarvesNobody) {
  std::atomic<bool> over = false;
  std::latch busy{static_cast<std::ptrdiff_t>(GetParam())};
  for (std::size_t i = 0; i < GetParam(); ++i)
    caf::anon_send(spawn([&](caf::event_based_actor* self, int x) {
                     if (x == 0)
                       busy.count_down();
                     if (!over)
                       self->send(self, 1);
                   }),
                   0);
  busy.wait();
  enqueue([&](caf::execution_unit*) { over = true; });
  stop();
}

TEST_P(SchedulerTest, SendsWhatIsDelayed) {
  std::atomic<bool> sent = false;
  system->spawn([&](caf::event_based_actor* self) {
    self->delayed_send(self, 1ms, 1);
    return caf::behavior{[&, self](int) {
      sent = true;
      self->quit();
    }};
  });
  stop(); // waits for the actor
  EXPECT_TRUE(sent);
}

TEST_P(SchedulerTest, TwoHundredSystemsStartAndStop) {
  std::atomic<int> count = 0;
  for (int i = 0; i < 200; ++i) {
    for (int k = 0; k < 10; ++k) {
      auto one = spawn([&](caf::event_based_actor*, int) { ++count; });
      caf::send_as(one, one, 1);
    }
    stop();
    start();
  }
  EXPECT_EQ(count, 2'000);
}

// Its message lets the system end while it is still on its way out.
TEST_P(SchedulerTest, AThreadFromOutsideMayEndTheSystem) {
  for (int i = 0; i < 200; ++i) {
    auto one = spawn([](caf::event_based_actor* self, int) { self->quit(); });
    std::thread outside{[one = std::move(one)] { caf::anon_send(one, 1); }};
    stop(); // waits for the actor
    start();
    outside.join();
  }
}

TEST_P(SchedulerTest, ReleasesTheActorsThatStillRunWhenItStops) {
  system->await_actors_before_shutdown(false);
  std::latch running{100}; // more than the clock's queue has room for
  for (int i = 0; i < 100; ++i)
    caf::anon_send(system->spawn([&](caf::event_based_actor* self) {
      return caf::behavior{[&, self](int x) {
                             if (x == 0)
                               running.count_down();
                             self->send(self, 1);
                           },
                           caf::after(1min) >> [] {}};
    }),
                   0);
  running.wait();
  stop(); // and LeakSanitizer has nothing to say
}

TEST_P(SchedulerTest, WakesNobodyWhileThereIsNothingToDo) {
  auto switches = [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_nvcsw;
  };
  std::atomic<int> left = 100;
  auto answer = [&](caf::event_based_actor* self, int x) {
    if (--left > 0)
      self->send(caf::actor_cast<caf::actor>(self->current_sender()), x);
    else
      left.notify_one();
  };
  caf::send_as(spawn(answer), spawn(answer), 1);
  left.wait(100);
  // No condition to wait for: nothing is to happen, for a while.
  std::this_thread::sleep_for(100ms);
  auto before = switches();
  std::this_thread::sleep_for(200ms);
  EXPECT_LT(switches() - before, 20);
  stop();
}

// -- long turns ---------------------------------------------------------------

/// Jobs that work for longer than a turn may take.
class LongTurnTest : public SchedulerTest {
protected:
  void work() {
    auto end = std::chrono::steady_clock::now() + detail::turn::longest * 6 / 5;
    while (std::chrono::steady_clock::now() < end) {
    }
    detail::turn::here().steps(detail::turn::most_steps);
    ++turns;
  }

  /// Lets others run after each turn, until they have.
  void work_on() {
    work();
    if (turns_before_others == 0 && turns != most)
      detail::worker::here()->exec_again(
        new job{[this](caf::execution_unit*) { work_on(); }});
    else
      over.count_down();
  }

  /// What is to have its turn as well.
  job* other() {
    return new job{[this](caf::execution_unit*) {
      turns_before_others = std::max(turns_before_others, turns);
    }};
  }

  static constexpr int most = 50;
  static constexpr int few = 5;

  int turns = 0;
  int turns_before_others = 0;
  std::latch over{1};
};

INSTANTIATE_TEST_SUITE_P(With, LongTurnTest, ::testing::Values(1), threads);

TEST_P(LongTurnTest, StarvesNobodyInTheSlot) {
  enqueue([&](caf::execution_unit* worker) {
    worker->exec_later(other());
    work_on();
  });
  over.wait();
  stop();
  EXPECT_LT(turns_before_others, few);
}

TEST_P(LongTurnTest, OfWhatComesFromOutsideStarvesNobody) {
  // A worker takes 64 at once, and begins with the first of them.
  constexpr int all = 64 * 20;
  std::latch begun{1};
  std::latch there{1};
  enqueue([&](caf::execution_unit* worker) {
    worker->exec_later(other()); // comes into the queue
    worker->exec_later(other());
    begun.count_down();
    there.wait();
    work();
  });
  begun.wait();
  for (auto i = 0; i != all; ++i)
    enqueue([&](caf::execution_unit*) {
      if (turns != most)
        work();
    });
  there.count_down();
  stop();
  EXPECT_LT(turns_before_others, few);
}

// -- handlers that block ------------------------------------------------------

class BlockingHandlerTest : public SchedulerTest {
protected:
  /// Opens when all of the scheduler's threads and the test's have come.
  static std::shared_ptr<std::latch> everybody() {
    return std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(GetParam())
                                        + 1);
  }
};

INSTANTIATE_TEST_SUITE_P(With, BlockingHandlerTest, ::testing::Values(2, 4),
                         threads);

TEST_P(BlockingHandlerTest, ThoseThatCameFromOutsideRunSideBySide) {
  for (int i = 0; i < 5'000; ++i) {
    auto all = everybody();
    for (std::size_t k = 0; k < GetParam(); ++k)
      enqueue([all](caf::execution_unit*) { all->arrive_and_wait(); });
    all->arrive_and_wait();
  }
}

TEST_P(BlockingHandlerTest, ThoseThatOneOfThemWokeRunSideBySide) {
  for (int i = 0; i < 100; ++i) {
    auto all = everybody();
    enqueue([&, all](caf::execution_unit* worker) {
      for (std::size_t k = 1; k < GetParam(); ++k)
        worker->exec_later(
          new job{[all](caf::execution_unit*) { all->arrive_and_wait(); }});
      all->arrive_and_wait();
    });
    all->arrive_and_wait();
  }
}

TEST_P(BlockingHandlerTest, ItMayWaitForAnActorThatItWoke) {
  std::atomic<bool> woken = false;
  auto sleeper = spawn([&](caf::event_based_actor*, int) {
    woken = true;
    woken.notify_one();
  });
  auto waker = spawn([&, sleeper](caf::event_based_actor* self, int x) {
    woken = false;
    self->send(sleeper, x);
    woken.wait(false);
  });
  for (int i = 0; i < 20; ++i)
    caf::anon_send(waker, i);
  sleeper = nullptr;
  waker = nullptr;
  stop();
}

// What lets others run, as `yield` does, is put back and not yet on offer.
TEST_P(BlockingHandlerTest, ItMayWaitForOneThatLetsOthersRun) {
  std::latch done{1};
  enqueue([&](caf::execution_unit*) {
    auto& here = *detail::worker::here();
    here.exec_again(new job{[&](caf::execution_unit*) { done.wait(); }});
    here.exec_again(new job{[&](caf::execution_unit*) { done.count_down(); }});
  });
  done.wait();
  stop();
}

/// Jobs that work for a moment and then let others run, again and again, until
/// two of them work at the same time.
class meeting {
public:
  void work() {
    if (working_.fetch_add(1) == 1)
      met_ = true;
    auto end = std::chrono::steady_clock::now() + 20us;
    while (!met_ && std::chrono::steady_clock::now() < end) {
    }
    --working_;
    if (met_ || ++rounds_ >= most_rounds)
      over_.count_down();
    else
      start();
  }

  void start() {
    detail::worker::here()->exec_again(
      new job{[this](caf::execution_unit*) { work(); }});
  }

  /// @return Whether two met, rather than that all gave up.
  bool wait() {
    over_.wait();
    return met_;
  }

private:
  // That are two seconds. On busy machines two meet by chance, after longer.
  static constexpr int most_rounds = 100'000;

  std::atomic<int> working_ = 0;
  std::atomic<int> rounds_ = 0;
  std::atomic<bool> met_ = false;
  std::latch over_{2};
};

TEST_P(BlockingHandlerTest, TwoThatLetEachOtherRunComeToTwoThreads) {
  meeting two;
  enqueue([&](caf::execution_unit*) {
    two.start();
    two.start();
  });
  EXPECT_TRUE(two.wait());
  stop();
}

TEST_P(BlockingHandlerTest, ItMayWaitThoughAllOthersAreBusy) {
  std::atomic<bool> over = false;
  for (std::size_t i = 0; i < GetParam(); ++i)
    spawn_pair(over);
  enqueue([&](caf::execution_unit* worker) {
    // One of them in the slot, the other in the queue.
    std::latch both{2};
    for (int i = 0; i < 2; ++i)
      worker->exec_later(
        new job{[&](caf::execution_unit*) { both.count_down(); }});
    both.wait();
    over = true;
  });
  stop();
}

TEST_P(BlockingHandlerTest, ItMayWaitThoughOthersNeverRunOutOfMessages) {
  std::atomic<bool> over = false;
  std::latch busy{static_cast<std::ptrdiff_t>(GetParam() - 1)};
  for (std::size_t i = 1; i < GetParam(); ++i)
    caf::anon_send(spawn([&](caf::event_based_actor* self, int x) {
                     if (x == 0)
                       busy.count_down();
                     if (!over)
                       self->send(self, 1);
                   }),
                   0);
  enqueue([&](caf::execution_unit* worker) {
    busy.wait();
    std::latch woken{1};
    worker->exec_later(
      new job{[&](caf::execution_unit*) { woken.count_down(); }});
    woken.wait();
    over = true;
  });
  stop();
}

TEST_P(BlockingHandlerTest, ItMayWaitWhileAnotherOneDoes) {
  // Who is on watch takes one of the jobs, and is stuck itself.
  std::function<void(caf::execution_unit*, std::size_t)> nest =
    [&](caf::execution_unit* worker, std::size_t others) {
      if (others == 0)
        return;
      std::atomic<bool> done = false;
      worker->exec_later(new job{[&](caf::execution_unit* next) {
        nest(next, others - 1);
        done = true;
        done.notify_one();
      }});
      done.wait(false);
    };
  std::latch done{1};
  enqueue([&](caf::execution_unit* worker) {
    nest(worker, GetParam() - 1);
    done.count_down();
  });
  done.wait();
}

} // namespace troupe::test
