#include "conformance/group_fixture.hpp"
#include "troupe/group_actor.hpp"
#include "troupe/request.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <vector>

// What somebody may do who was given a group's actor.
namespace troupe {
namespace {

class GroupActorTest : public group_fixture {};

v1::GroupPause pause_by(const std::string& owner) {
  v1::GroupPause result;
  result.set_owner(owner);
  return result;
}

v1::GroupResume resume_by(const std::string& owner) {
  v1::GroupResume result;
  result.set_owner(owner);
  return result;
}

/// Somebody else, who was given the actor.
task<void> pauses_for_a_second(supervisor_actor tasks) {
  co_await sleep(1500ms);
  co_await request(tasks, pause_by("operator"));
  co_await sleep(1s);
  co_await request(tasks, resume_by("operator"));
}

task<void> cancels(supervisor_actor tasks) {
  co_await sleep(1500ms);
  v1::GroupCancel cancel;
  cancel.set_reason(v1::CANCEL_REASON_REQUESTED);
  co_await request(tasks, cancel);
}

TEST_F(GroupActorTest, PausesAndResumes) {
  auto ticks = 0;
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      g.spawn(job([&]() -> task<void> {
        for (; ticks != 5; ++ticks)
          co_await sleep(1s);
      }));
      auto other = spawn(pauses_for_a_second(actor_of(g)));
      co_await sleep(2s);
      auto progress = co_await g.progress();
      EXPECT_THAT(progress.paused_by, ElementsAre("operator"));
      EXPECT_EQ(progress.paused, 1u);
      EXPECT_EQ(ticks, 1);
      co_await other;
    });
  });
  EXPECT_EQ(ticks, 5);
  EXPECT_EQ(elapsed(), 5500ms);
}

TEST_F(GroupActorTest, Watches) {
  std::vector<std::uint64_t> done;
  auto watch = [&](progress_watcher::pointer) {
    return progress_watcher::behavior_type{
      [&](const v1::GroupProgress& x) { done.push_back(x.done()); }};
  };
  auto watcher = system.get().spawn(watch);
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      v1::GroupWatch wanted;
      wanted.set_interval_ms(1000);
      caf::anon_send(actor_of(g), std::move(wanted), watcher);
      for (auto length : {500ms, 600ms, 2500ms})
        g.spawn(job([length]() -> task<void> { co_await sleep(length); }));
      co_return;
    });
  });
  EXPECT_EQ(done.back(), 3u);
  EXPECT_LE(done.size(), 5u) << "once in a second, and at the end";
}

TEST_F(GroupActorTest, CancelsTasksAndBody) {
  auto end = end_of([]() -> task<void> {
    co_await with_group([](group& g) -> task<void> {
      g.spawn(never_ends());
      spawn(cancels(actor_of(g)));
      co_await sleep(forever);
    });
  });
  EXPECT_EQ(end, "done");
  EXPECT_EQ(elapsed(), 1500ms);
}

TEST_F(GroupActorTest, SeesTheProgress) {
  run([]() -> task<void> {
    supervisor_actor tasks;
    co_await with_group([&](group& g) -> task<void> {
      tasks = actor_of(g);
      g.spawn(gives(1, 1s));
      co_await sleep(500ms);
      v1::GroupGetProgress ask;
      auto progress = co_await request(tasks, ask);
      EXPECT_EQ(progress.running(), 1u);
    });
    v1::GroupGetProgress ask;
    auto progress = co_await request(tasks, ask);
    EXPECT_EQ(progress.state(), v1::GROUP_STATE_DONE);
    EXPECT_EQ(progress.done(), 1u);
  });
}

} // namespace
} // namespace troupe
