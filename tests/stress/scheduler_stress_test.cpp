#include "support/job.hpp"
#include "troupe/core/scheduler.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <caf/send.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <latch>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace troupe::test {

namespace {

using ::testing::Each;

/// Everything of a run, chosen by its seed.
class SchedulerStressTest : public ::testing::TestWithParam<std::size_t> {
protected:
  SchedulerStressTest() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it meanwhile
    const auto* given = std::getenv("TROUPE_SEED");
    seed = static_cast<std::uint32_t>(given ? std::strtoul(given, nullptr, 10)
                                            : std::random_device{}());
    use_scheduler(config, GetParam());
    system = std::make_unique<caf::actor_system>(config);
  }

  std::uint32_t seed;
  caf::actor_system_config config;
  std::unique_ptr<caf::actor_system> system;
};

std::string threads(const ::testing::TestParamInfo<std::size_t>& x) {
  return std::to_string(x.param) + "Threads";
}

/// Jobs with a number each, that make others run on their way.
struct numbered_jobs {
  class node : public caf::resumable {
  public:
    node(numbered_jobs& all, std::size_t number) : all_(all), number_(number) {}

    resume_result resume(caf::execution_unit* worker, std::size_t) override {
      if (lives_++ == 0 && number_ % 5 == 0)
        return resume_later;
      ++all_.runs[number_]; // a race if it runs twice
      for (auto i = number_ * 3 + 1; i <= number_ * 3 + 3; ++i)
        if (i < all_.runs.size())
          all_.run(i, worker);
      all_.left.count_down();
      return done;
    }

    void intrusive_ptr_add_ref_impl() override {}
    void intrusive_ptr_release_impl() override { delete this; }

  private:
    numbered_jobs& all_;
    std::size_t number_;
    int lives_ = 0;
  };

  void run(std::size_t number, caf::execution_unit* worker) {
    auto* next = new node{*this, number};
    if ((number * 2'654'435'761U >> 7) % 4 == 0)
      worker->system().scheduler().enqueue(next);
    else
      worker->exec_later(next);
  }

  std::vector<int> runs = std::vector<int>(200'000);
  std::latch left{200'000};
};

} // namespace

INSTANTIATE_TEST_SUITE_P(With, SchedulerStressTest, ::testing::Values(1, 2, 4),
                         threads);

TEST_P(SchedulerStressTest, EveryJobRunsOnce) {
  numbered_jobs all;
  system->scheduler().enqueue(new numbered_jobs::node{all, 0});
  all.left.wait();
  EXPECT_THAT(all.runs, Each(1));
}

TEST_P(SchedulerStressTest, EveryMessageArrivesOnceAndActorsRunOnOneThread) {
  SCOPED_TRACE("TROUPE_SEED=" + std::to_string(seed));
  constexpr int actors = 200;
  constexpr std::ptrdiff_t senders = 3;
  constexpr std::ptrdiff_t messages = 1'000;
  constexpr int hops = 50;
  std::atomic<int> arrived = 0;
  std::atomic<int> collisions = 0;
  std::latch left{senders * messages};
  std::vector<caf::actor> all;
  for (int i = 0; i < actors; ++i)
    all.push_back(system->spawn([&, i](caf::event_based_actor* self) {
      auto random = std::make_shared<std::minstd_rand>(seed + i);
      auto inside = std::make_shared<std::atomic_flag>();
      return caf::behavior{[&, self, random, inside](int more) {
        if (inside->test_and_set())
          ++collisions;
        ++arrived;
        if (more == 0)
          left.count_down();
        else if (const auto& to = all[(*random)() % actors]; more % 10 == 0)
          caf::anon_send(to, more - 1);
        else
          self->send(to, more - 1);
        inside->clear();
      }};
    }));
  std::vector<std::thread> outside;
  for (int i = 0; i < senders; ++i)
    outside.emplace_back([&, i] {
      std::minstd_rand random{seed + actors + static_cast<unsigned>(i)};
      for (int k = 0; k < messages; ++k) {
        caf::anon_send(all[random() % actors], hops);
        if (k % 100 == 0) // lets the workers fall asleep
          std::this_thread::sleep_for(
            std::chrono::microseconds{random() % 500});
      }
    });
  for (auto& x : outside)
    x.join();
  left.wait();
  EXPECT_EQ(arrived, senders * messages * (hops + 1));
  EXPECT_EQ(collisions, 0);
}

TEST_P(SchedulerStressTest, NoWakeUpIsLostBetweenTwoSleeps) {
  // Each round begins when everybody sleeps, or is about to.
  for (int i = 0; i < 20'000; ++i) {
    std::latch done{2};
    for (int k = 0; k < 2; ++k)
      system->scheduler().enqueue(
        new job{[&](caf::execution_unit*) { done.count_down(); }});
    done.wait();
  }
}

TEST_P(SchedulerStressTest, OneHundredThousandActorsAnswer) {
  constexpr int count = 100'000;
  std::latch answered{1};
  system->spawn([&](caf::event_based_actor* self) {
    for (int i = 0; i < count; ++i)
      self->send(self->spawn([](caf::event_based_actor* child) {
        return caf::behavior{[child](int x) {
          child->quit();
          return x;
        }};
      }),
                 i);
    return caf::behavior{[&, self, left = count](int) mutable {
      if (--left > 0)
        return;
      answered.count_down();
      self->quit();
    }};
  });
  answered.wait();
}

} // namespace troupe::test
