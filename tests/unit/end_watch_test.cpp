#include "troupe/core/detail/end_watch.hpp"
#include "troupe/testing/virtual_system.hpp"

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

using troupe::detail::end_watch;

namespace {

struct death {
  caf::actor_addr who;
  caf::error why;
};
using deaths = std::shared_ptr<std::vector<death>>;

caf::behavior silent() {
  return {[](int) {}};
}

class EndWatchTest : public ::testing::Test {
protected:
  void TearDown() override { end(watched); }

  /// Who notes what it is told.
  caf::actor watcher() {
    return system->spawn(
      [told = told](caf::event_based_actor* self) -> caf::behavior {
        self->set_down_handler([told](const caf::down_msg& x) {
          told->push_back({x.source, x.reason});
        });
        return silent();
      });
  }

  end_watch watch(const caf::actor& by) {
    auto watcher = caf::actor_cast<caf::weak_actor_ptr>(by);
    return {caf::actor_cast<caf::strong_actor_ptr>(watched), watcher};
  }

  void end(const caf::actor& who) {
    caf::anon_send_exit(who, caf::exit_reason::kill);
    system.run_ready();
  }

  troupe::testing::virtual_system system;
  deaths told = std::make_shared<std::vector<death>>();
  caf::actor watched = system->spawn(silent);
};

TEST_F(EndWatchTest, TellsWhoEndedAndWhy) {
  auto first = watcher();
  auto second = watcher();
  auto one = watch(first);
  auto other = watch(second);
  EXPECT_TRUE(told->empty());
  end(watched);
  ASSERT_EQ(told->size(), 2u);
  for (const auto& x : *told) {
    EXPECT_EQ(x.who, watched.address());
    EXPECT_EQ(x.why, caf::exit_reason::kill);
  }
}

TEST_F(EndWatchTest, TellsAtOnceOfOneThatHasEnded) {
  end(watched);
  auto late = watcher();
  auto one = watch(late);
  system.run_ready();
  ASSERT_EQ(told->size(), 1u);
  EXPECT_EQ(told->front().who, watched.address());
  EXPECT_EQ(told->front().why, caf::exit_reason::kill);
}

TEST_F(EndWatchTest, IsTakenBack) {
  auto mine = watcher();
  auto stays = watch(mine);
  {
    auto one = watch(mine);
    auto moved = std::move(one);
  }
  end(watched);
  EXPECT_EQ(told->size(), 1u);
}

TEST_F(EndWatchTest, MayOutliveBothActors) {
  auto mine = watcher();
  std::optional<end_watch> one{watch(mine)};
  end(mine);
  mine = nullptr;
  end(watched);
  EXPECT_TRUE(told->empty());
  one.reset();
}

} // namespace
