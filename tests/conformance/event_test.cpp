#include "conformance/users.hpp"
#include "troupe/core/event_actor.hpp"
#include "troupe/event.hpp"

#include <optional>
#include <string>
#include <vector>

// asyncio-behaviours, section 2: each row with tasks, and with plain actors.
namespace troupe {
namespace {

/// Tasks with `troupe::event`. Nothing happens before actors run.
class event_tasks {
public:
  static constexpr auto form = "Task";

  explicit event_tasks(testing::virtual_system& system) : system_(system) {}

  void wait(std::string name) {
    waits_.push_back(
      spawn(system_.get(), job([this, name] { return wait_and_tell(name); })));
  }
  void cancel(std::size_t i) { waits_.at(i).cancel(); }
  void set() { start(event_.set()); }
  void clear() { start(event_.clear()); }
  bool is_set() { return system_.run(event_.is_set()); }

  std::vector<std::string> woken;

private:
  task<void> wait_and_tell(std::string name) {
    try {
      co_await event_.wait();
      woken.push_back(name);
    } catch (const cancelled&) {
      woken.push_back(name + " cancelled");
    }
  }
  void start(task<void> work) {
    static_cast<void>(spawn(system_.get(), std::move(work)));
  }

  testing::virtual_system& system_;
  event event_{system_.get()};
  std::vector<handle<void>> waits_;
};

/// Plain actors with `event_actor`.
class event_actors {
public:
  static constexpr auto form = "Actor";

  explicit event_actors(testing::virtual_system& system) : system_(system) {}

  void wait(const std::string& name) {
    v1::EventWait what;
    what.set_ticket(1);
    clients_.emplace_back(system_.get());
    clients_.back().ask<v1::EventHappened>(
      event_, what, [this, name](const auto&) { woken.push_back(name); },
      [this, name](const auto& why) { woken.push_back(name + " " + why); });
  }
  void cancel(std::size_t i) {
    v1::Withdraw what;
    what.set_ticket(1);
    clients_.at(i).tell(event_, what);
  }
  void set() { owner_.tell(event_, v1::EventSet{}); }
  void clear() { owner_.tell(event_, v1::EventClear{}); }
  bool is_set() {
    std::optional<bool> result;
    owner_.ask<v1::EventState>(event_, v1::EventQuery{},
                               [&](const auto& x) { result = x.set(); });
    system_.run_ready();
    return result.value();
  }

  std::vector<std::string> woken;

private:
  testing::virtual_system& system_;
  event_actor event_ = spawn_event(system_.get());
  plain_client owner_{system_.get()};
  std::vector<plain_client> clients_;
};

template <class Users>
class EventConformanceTest : public group_fixture {
protected:
  void settle() { system.run_ready(); }

  Users users{system};
};

using both = ::testing::Types<event_tasks, event_actors>;
TYPED_TEST_SUITE(EventConformanceTest, both, form_names);

TYPED_TEST(EventConformanceTest, E1_ItIsSetAndCleared) {
  EXPECT_FALSE(this->users.is_set());
  this->users.set();
  EXPECT_TRUE(this->users.is_set());
  this->users.clear();
  EXPECT_FALSE(this->users.is_set());
}

TYPED_TEST(EventConformanceTest, E2_ASetWakesAll) {
  this->users.wait("a");
  this->users.wait("b");
  this->settle();
  EXPECT_THAT(this->users.woken, IsEmpty());
  this->users.set();
  this->settle();
  EXPECT_THAT(this->users.woken, ElementsAre("a", "b"));
}

// Adapted: a set answers those that wait at once, so that they are first.
TYPED_TEST(EventConformanceTest, E3_WhoComesLaterDoesNotWait) {
  this->users.wait("a");
  this->settle();
  this->users.set();
  this->users.wait("b");
  this->settle();
  EXPECT_THAT(this->users.woken, ElementsAre("a", "b"));
}

TYPED_TEST(EventConformanceTest, E4_ASetEventIsNotWaitedFor) {
  this->users.set();
  this->users.wait("a");
  this->settle();
  EXPECT_THAT(this->users.woken, ElementsAre("a"));
}

TYPED_TEST(EventConformanceTest, E5_ACancelledWaitLeavesNobodyBehind) {
  this->users.wait("a");
  this->settle();
  this->users.cancel(0);
  this->settle();
  EXPECT_THAT(this->users.woken, ElementsAre("a cancelled"));
  this->users.set();
  this->settle();
  EXPECT_THAT(this->users.woken, ElementsAre("a cancelled"));
}

TYPED_TEST(EventConformanceTest, E6_AClearRightAfterASetWakesAll) {
  this->users.wait("a");
  this->users.wait("b");
  this->settle();
  this->users.set();
  this->users.clear();
  this->settle();
  EXPECT_THAT(this->users.woken, ElementsAre("a", "b"));
  EXPECT_FALSE(this->users.is_set());
}

TYPED_TEST(EventConformanceTest, E7_ASecondSetWakesNobodyTwice) {
  this->users.wait("a");
  this->settle();
  this->users.set();
  this->users.set();
  this->settle();
  EXPECT_THAT(this->users.woken, ElementsAre("a"));
}

} // namespace
} // namespace troupe
