// What plain actors see of a broadcast, and when it ends.

#include "conformance/plain_client.hpp"
#include "tasks/broadcast_fixture.hpp"
#include "unit/client_fixture.hpp"

namespace troupe {
namespace {

v1::BroadcastSubscribe one_place() {
  v1::BroadcastSubscribe result;
  result.set_max_size(1);
  return result;
}

TEST_F(BroadcastTaskTest, PlainActorsSubscribeToo) {
  auto actor = spawn_broadcast(system.get());
  plain_client client{system.get()};
  auto subscriber = std::make_shared<std::uint64_t>(0);
  client.ask<v1::BroadcastSubscribed>(
    actor, one_place(), [subscriber](const v1::BroadcastSubscribed& x) {
      *subscriber = x.subscriber();
    });
  system.run_ready();
  ASSERT_NE(*subscriber, 0u);
  broadcast<int> news{actor};
  auto writer = start(publish_all(news, 3, notes));
  EXPECT_THAT(notes.lines(), ElementsAre("1"));
  client.ask<v1::BroadcastSubscriberState>(
    actor,
    [&] {
      v1::BroadcastQuerySubscriber what;
      what.set_subscriber(*subscriber);
      return what;
    }(),
    [log = notes](const v1::BroadcastSubscriberState& x) {
      log.add("full with " + std::to_string(x.size()));
    });
  system.run_ready();
  EXPECT_THAT(notes.lines(), ElementsAre("1", "full with 1"));
  v1::BroadcastUnsubscribe end;
  end.set_subscriber(*subscriber);
  client.tell(actor, end);
  system.run_ready();
  EXPECT_TRUE(writer.done());
  client.end();
}

TEST_F(BroadcastTaskTest, APlainActorThatDiesIsUnsubscribed) {
  auto actor = spawn_broadcast(system.get());
  plain_client client{system.get()};
  client.ask<v1::BroadcastSubscribed>(actor, one_place(),
                                      [](const v1::BroadcastSubscribed&) {});
  system.run_ready();
  broadcast<int> news{actor};
  auto writer = start(publish_all(news, 3, notes));
  EXPECT_FALSE(writer.done());
  client.end();
  system.run_ready();
  EXPECT_TRUE(writer.done());
}

TEST_F(BroadcastTaskTest, APublisherThatDiesLosesItsPlace) {
  auto actor = spawn_broadcast(system.get());
  broadcast<int> news{actor};
  auto reader = start(subscribe_and_sleep(news, room(1)));
  run(publish_all(news, 1, notes));
  auto victim = system->spawn([actor](caf::event_based_actor* self) {
    self->request(actor, caf::infinite, v1::BroadcastPublish{}, payload{2})
      .then([](const v1::BroadcastPublished&) {});
  });
  system.run_ready();
  EXPECT_EQ(run(state_of(news)).publishers, 1u);
  caf::anon_send_exit(victim, caf::exit_reason::kill);
  system.run_ready();
  EXPECT_EQ(run(state_of(news)).publishers, 0u);
  reader.cancel();
  system.run_ready();
}

TEST_F(BroadcastTaskTest, ARequestOfAnActorWaitsForItsTimeOnly) {
  auto actor = spawn_broadcast(system.get());
  plain_client client{system.get()};
  auto reader = start(subscribe_and_sleep(broadcast<int>{actor}, room(1)));
  run(publish_all(broadcast<int>{actor}, 1, notes));
  auto writer =
    system->spawn([actor, log = notes](caf::event_based_actor* self) {
      v1::BroadcastPublish what;
      what.set_limit_ms(1000);
      self->request(actor, caf::infinite, what, payload{2})
        .then([](const v1::BroadcastPublished&) {},
              [log](const caf::error& why) {
                log.add(std::string{to_string(from_caf(why).code())});
              });
    });
  system.run_ready();
  EXPECT_THAT(notes.lines(), ElementsAre("1"));
  system.advance(1s);
  EXPECT_THAT(notes.lines(), ElementsAre("1", "timed_out"));
  reader.cancel();
  client.end();
  system.run_ready();
}

TEST_F(BroadcastTaskTest, NobodyCannotSubscribe) {
  auto actor = spawn_broadcast(system.get());
  caf::anon_send(actor, v1::BroadcastSubscribe{});
  system.run_ready();
  EXPECT_EQ(run(state_of(broadcast<int>{actor})).subscribers, 0u);
}

TEST_F(BroadcastTaskTest, ABroadcastEndsWithItsLastHandle) {
  auto ended = false;
  {
    auto actor = spawn_broadcast(system.get());
    actor->attach_functor([&ended] { ended = true; });
    broadcast<int> news{actor};
    // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): a handle
    auto other = news;
    EXPECT_EQ(news, other);
    actor = nullptr;
    run(publish_all(news, 1, notes));
    EXPECT_FALSE(ended);
  }
  system.run_ready();
  EXPECT_TRUE(ended);
}

TEST_F(BroadcastTaskTest, ABroadcastEndsWithItsLastHandleThoughALimitWasSet) {
  auto actor = spawn_broadcast(system.get());
  auto address = caf::actor_cast<caf::actor_addr>(actor);
  auto reader = system->spawn([&actor](caf::event_based_actor* self) {
    self->request(actor, caf::infinite, one_place())
      .then([self, &actor](const v1::BroadcastSubscribed& x) {
        v1::BroadcastGet what;
        what.set_subscriber(x.subscriber());
        what.set_limit_ms(3'600'000);
        self->request(actor, caf::infinite, what)
          .then([](const v1::BroadcastItems&, const payloads&) {});
      });
  });
  system.run_ready();
  run(publish_all(broadcast<int>{actor}, 1, notes));
  actor = nullptr;
  system.run_ready();
  EXPECT_FALSE(caf::actor_cast<caf::strong_actor_ptr>(address));
  system.advance(1h); // if not, it ends now
}

TEST_F(BroadcastTaskTest, ATaskMayUseOneBroadcastAfterTheOther) {
  run([]() -> task<void> {
    auto before = testing::watchers_of_this_task();
    for (int i = 0; i != 1000; ++i) {
      broadcast<int> news;
      auto mine = co_await news.subscribe();
    }
    co_await sleep(1ms);
    EXPECT_EQ(testing::watchers_of_this_task(), before);
  }());
}

TEST_F(BroadcastTaskTest, ABroadcastThatIsKilledFailsThoseWhoWait) {
  auto actor = spawn_broadcast(system.get());
  auto reader = start([](broadcast<int> from) -> task<std::string> {
    auto mine = co_await from.subscribe();
    co_return co_await ending_of(mine.get());
  }(broadcast<int>{actor}));
  caf::anon_send_exit(actor, caf::exit_reason::kill);
  system.run_ready();
  EXPECT_EQ(run(result_of(reader)), "lost");
}

TEST_F(BroadcastTaskTest, ABroadcastOutsideOfAnyTaskNeedsASystem) {
  EXPECT_THROW(broadcast<int>{}, failure);
}

} // namespace
} // namespace troupe
