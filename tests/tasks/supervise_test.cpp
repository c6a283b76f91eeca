#include "conformance/group_fixture.hpp"
#include "troupe/gather.hpp"
#include "troupe/group.hpp"
#include "troupe/map.hpp"
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

template <class Options>
constexpr bool restarts = requires(Options x) {
  x.restart(restart::permanent);
};
template <class Options>
constexpr bool has_enough = requires(Options x) {
  x.enough(1);
};
template <class Options>
constexpr bool has_on_error = requires(Options x) {
  x.on_error(on_error::collect);
};

TEST_F(RunsOnceTest, NobodyOffersWhatItWouldNotDo) {
  EXPECT_TRUE(restarts<group_options>);
  EXPECT_FALSE(restarts<gather_options> || restarts<map_options>);
  EXPECT_FALSE(restarts<outcomes_options> || restarts<race_options>);
  // Those who give all values cannot go without some.
  EXPECT_TRUE(has_enough<group_options> && has_enough<outcomes_options>);
  EXPECT_FALSE(has_enough<gather_options> || has_enough<map_options>);
  EXPECT_FALSE(has_enough<race_options>);
  // Those that collect failures collect them in any case.
  EXPECT_TRUE(has_on_error<group_options> && has_on_error<gather_options>);
  EXPECT_FALSE(has_on_error<outcomes_options> || has_on_error<race_options>);
}

// -- what people are told -----------------------------------------------------

class RestartNotesTest : public SuperviseTest {
protected:
  RestartNotesTest() {
    set_log_level(log_level::info);
    set_log_sink(
      [this](log_level level, std::string_view task, std::string_view text) {
        lines.push_back(std::string{level == log_level::error ? "error " : ""}
                          .append(task)
                          .append(" ")
                          .append(text));
      });
  }
  RestartNotesTest(const RestartNotesTest&) = delete;
  RestartNotesTest& operator=(const RestartNotesTest&) = delete;
  ~RestartNotesTest() override {
    set_log_sink([](log_level, std::string_view, std::string_view) {});
    set_log_level(log_level::warning);
  }

  std::vector<std::string> lines;
};

TEST_F(RestartNotesTest, EachRestartIsLoggedAndTheLastAsAnError) {
  std::string what;
  run([&]() -> task<void> {
    auto work = with_group(
      [](group& g) -> task<void> {
        g.supervise([] { return throws("boom", 1s); },
                    spawn_options{}.name("w"));
        co_return;
      },
      group_options{}.restart(restart::transient).intensity(2, 1h));
    try {
      co_await std::move(work);
    } catch (const failure& why) {
      what = why.what();
    }
  });
  EXPECT_EQ(what, "restart_intensity: w ended again: boom");
  EXPECT_THAT(lines, ElementsAre("w ended, and is started again: boom",
                                 "w ended, and is started again: boom",
                                 "error w ended again, and is given up: boom"));
}

TEST_F(RestartNotesTest, ATaskThatFailsAtOnceIsNamedToo) {
  std::string what;
  run([&]() -> task<void> {
    auto fails = []() -> task<void> {
      throw std::runtime_error{"boom"};
      co_return;
    };
    auto work = with_group(
      [&](group& g) -> task<void> {
        g.supervise(fails, spawn_options{}.name("w"));
        co_return;
      },
      group_options{}.restart(restart::transient).intensity(0, 1h));
    try {
      co_await std::move(work);
    } catch (const failure& why) {
      what = why.what();
    }
  });
  EXPECT_EQ(what, "restart_intensity: w ended again: boom");
  EXPECT_THAT(lines, ElementsAre("error w ended again, and is given up: boom"));
}

TEST_F(RestartNotesTest, ThoseThatAreStoppedWithItAreToldToo) {
  auto options =
    policy(restart::permanent).strategy(restart_strategy::one_for_all);
  end_of_group(options, [](group& g) -> task<void> {
    g.supervise([] { return gives(1, 1s); }, spawn_options{}.name("a"));
    g.supervise([] { return never_ends(); }, spawn_options{}.name("b"));
    co_await sleep(1500ms);
    g.cancel();
  });
  EXPECT_THAT(lines, ElementsAre("a ended, and is started again",
                                 "b was stopped, and is started again"));
}

} // namespace
} // namespace troupe
