#include "conformance/group_fixture.hpp"
#include "troupe/gather.hpp"
#include "troupe/group.hpp"
#include "troupe/race.hpp"
#include "troupe/this_task.hpp"

// Tasks of a group that are started again: its policies, through coroutines.
namespace troupe {
namespace {

class SuperviseTest : public group_fixture {
protected:
  /// Runs a group of that policy.
  template <class Body>
  std::string end_of_group(const group_options& options, Body body) {
    return end_of([&]() -> task<void> { co_await with_group(body, options); });
  }

  /// A task that writes when it starts, and "-" when it is cancelled.
  task<void> wait_noted(std::string name) {
    notes.push_back(name);
    auto end = co_await ending(never_ends());
    notes.push_back("-" + name);
    throw cancelled{cancel_reason::parent, end};
  }

  /// One that fails after a second in its first run.
  task<void> fail_once(std::string name) {
    notes.push_back(name);
    if (std::exchange(failed_, true))
      co_return;
    co_await sleep(1s);
    notes.push_back(name + " fails");
    throw std::runtime_error{name};
  }

  /// A member function's task borrows; this one passes as it does not.
  auto waits(std::string name) {
    return
      [this, name] { return job([this, name] { return wait_noted(name); }); };
  }
  auto fails_once(std::string name) {
    return
      [this, name] { return job([this, name] { return fail_once(name); }); };
  }

  std::vector<std::string> notes;

private:
  bool failed_ = false;
};

group_options policy(restart which) {
  return group_options{}.restart(which).intensity(10, 1h);
}

TEST_F(SuperviseTest, ATransientTaskRunsUntilItSucceeds) {
  auto runs = 0;
  auto end =
    end_of_group(policy(restart::transient), [&](group& g) -> task<void> {
      g.supervise([&] {
        return job([&]() -> task<void> {
          co_await sleep(1s);
          if (++runs < 3)
            throw std::runtime_error{"not yet"};
        });
      });
      co_return;
    });
  EXPECT_EQ(end, "done");
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(elapsed(), 3s);
}

TEST_F(SuperviseTest, APermanentTaskRunsUntilTheGroupIsCancelled) {
  auto runs = 0;
  auto end =
    end_of_group(policy(restart::permanent), [&](group& g) -> task<void> {
      g.supervise([&] {
        return job([&]() -> task<void> {
          ++runs;
          co_await sleep(1s);
        });
      });
      co_await sleep(3500ms);
      g.cancel();
    });
  EXPECT_EQ(end, "done");
  EXPECT_EQ(runs, 4);
}

TEST_F(SuperviseTest, ATemporaryTaskRunsOnce) {
  auto runs = 0;
  auto end = end_of_group(group_options{}, [&](group& g) -> task<void> {
    g.supervise([&] {
      return job([&]() -> task<void> {
        ++runs;
        throw std::runtime_error{"boom"};
        co_return;
      });
    });
    co_return;
  });
  EXPECT_NE(end, "done");
  EXPECT_EQ(runs, 1);
}

TEST_F(SuperviseTest, TooManyFailuresAreTheGroupsFailure) {
  auto runs = 0;
  auto end =
    end_of_group(group_options{}.restart(restart::transient).intensity(2, 5s),
                 [&](group& g) -> task<void> {
                   g.supervise([&] {
                     return job([&]() -> task<void> {
                       ++runs;
                       co_await sleep(1s);
                       throw std::runtime_error{"boom"};
                     });
                   });
                   co_await sleep(1h);
                 });
  EXPECT_EQ(end, "restart_intensity");
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(elapsed(), 3s);
}

TEST_F(SuperviseTest, OneForOneLeavesTheOthersAlone) {
  end_of_group(policy(restart::transient), [&](group& g) -> task<void> {
    g.supervise(waits("a"));
    g.supervise(fails_once("b"));
    g.supervise(waits("c"));
    co_await sleep(2s);
    EXPECT_THAT(notes, ElementsAre("a", "b", "c", "b fails", "b"));
    g.cancel();
  });
}

TEST_F(SuperviseTest, OneForAllStopsAllInReverseAndStartsThemInOrder) {
  auto options = policy(restart::transient);
  options.strategy(restart_strategy::one_for_all);
  end_of_group(options, [&](group& g) -> task<void> {
    g.supervise(waits("a"));
    g.supervise(fails_once("b"));
    g.supervise(waits("c"));
    co_await sleep(2s);
    EXPECT_THAT(
      notes, ElementsAre("a", "b", "c", "b fails", "-c", "-a", "a", "b", "c"));
    g.cancel();
  });
}

TEST_F(SuperviseTest, RestForOneStopsThoseThatCameAfter) {
  auto options = policy(restart::transient);
  options.strategy(restart_strategy::rest_for_one);
  end_of_group(options, [&](group& g) -> task<void> {
    g.supervise(waits("a"));
    g.supervise(fails_once("b"));
    g.supervise(waits("c"));
    co_await sleep(2s);
    EXPECT_THAT(notes, ElementsAre("a", "b", "c", "b fails", "-c", "b", "c"));
    g.cancel();
  });
}

TEST_F(SuperviseTest, ARestartWaitsAsTheBackoffSays) {
  std::vector<duration> starts;
  auto options = policy(restart::transient).backoff(4s, 1min);
  end_of_group(options, [&](group& g) -> task<void> {
    g.supervise([&] {
      return job([&]() -> task<void> {
        starts.push_back(elapsed());
        if (starts.size() < 3)
          throw std::runtime_error{"not yet"};
        co_return;
      });
    });
    co_return;
  });
  ASSERT_EQ(starts.size(), 3u);
  EXPECT_GE(starts[1], 2s);
  EXPECT_LE(starts[1], 4s);
  EXPECT_GE(starts[2] - starts[1], 4s);
  EXPECT_LE(starts[2] - starts[1], 8s);
}

TEST_F(SuperviseTest, TheGroupTakesTasksWhileOneIsStartedAgain) {
  auto options = policy(restart::transient).backoff(1min, 1min);
  auto end = end_of_group(options, [&](group& g) -> task<void> {
    g.supervise(fails_once("a"));
    co_await sleep(2s);
    g.supervise([] { return gives(1); }); // `a` failed, and waits for its start
  });
  EXPECT_EQ(end, "done");
  EXPECT_THAT(notes, ElementsAre("a", "a fails", "a"));
}

TEST_F(SuperviseTest, ACancelWinsOverAStartThatWaits) {
  auto options = policy(restart::transient).backoff(1min, 1min);
  end_of_group(options, [&](group& g) -> task<void> {
    g.supervise(fails_once("a"));
    co_await sleep(2s);
    g.cancel();
  });
  EXPECT_THAT(notes, ElementsAre("a", "a fails"));
  EXPECT_EQ(elapsed(), 2s);
}

TEST_F(SuperviseTest, EachRunHasTheDeadlineOfItsOptions) {
  time_point deadline;
  auto runs = 0;
  auto end =
    end_of_group(group_options{}.restart(restart::transient).intensity(1, 1h),
                 [&](group& g) -> task<void> {
                   deadline = this_task::now() + 3s;
                   g.supervise(
                     [&] {
                       return job([&]() -> task<void> {
                         ++runs;
                         EXPECT_EQ(this_task::deadline(), deadline);
                         co_await sleep(1h);
                       });
                     },
                     spawn_options{}.name("late").deadline(deadline));
                   co_return;
                 });
  EXPECT_EQ(end, "restart_intensity");
  EXPECT_EQ(runs, 2); // the second one is late at its first await
  EXPECT_EQ(elapsed(), 3s);
}

// -- a task runs once ---------------------------------------------------------

class RunsOnceTest : public SuperviseTest {
protected:
  const group_options options = policy(restart::permanent);
};

TEST_F(RunsOnceTest, AGroupThatRestartsTakesNoTask) {
  auto end = end_of_group(options, [&](group& g) -> task<void> {
    g.spawn(gives(1));
    co_return;
  });
  EXPECT_EQ(end, "group(invalid_argument)");
}

TEST_F(RunsOnceTest, GatherRestartsNothing) {
  EXPECT_EQ(end_of([&]() -> task<void> {
              co_await gather(tasks(gives(1), throws<int>("boom")), options);
            }),
            "invalid_argument");
}

TEST_F(RunsOnceTest, MapRestartsNothing) {
  auto end = end_of([&]() -> task<void> {
    co_await map(
      list(1, 2), [](int x) { return gives(x); }, options);
  });
  EXPECT_EQ(end, "invalid_argument");
}

TEST_F(RunsOnceTest, FirstSuccessRestartsNothing) {
  EXPECT_EQ(end_of([&]() -> task<void> {
              co_await first_success(tasks(gives(1), throws<int>("boom")),
                                     options);
            }),
            "invalid_argument");
}

} // namespace
} // namespace troupe
