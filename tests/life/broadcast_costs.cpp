#include "life/cost.hpp"
#include "troupe/broadcast.hpp"
#include "troupe/msg/failure.hpp"

#include <string>
#include <vector>

// Broadcasts and their subscribers.
namespace troupe {

namespace {

task<void> get_one(broadcast<int> from) {
  auto mine = co_await from.subscribe();
  try {
    co_await mine.get();
  } catch (const failure&) { // closed
  }
}

task<void> publish_one(broadcast<int> to) {
  co_await to.publish(1);
}

} // namespace

cost_table broadcast_costs() {
  return {
    {"PublishingToNobody",
     "broadcast::publish broadcast::publish_nowait broadcast::state", 50'000,
     [](std::size_t n) -> task<void> {
       broadcast<int> news;
       for (; n != 0; --n) {
         co_await news.publish(1);
         co_await news.publish_nowait(1);
         static_cast<void>(co_await news.state());
       }
     }},
    {"PublishingToOneWhoGetsItAtOnce",
     "subscription::get subscription::get_nowait subscription::lagged", 20'000,
     [](std::size_t n) -> task<void> {
       broadcast<std::string> news;
       auto mine = co_await news.subscribe();
       for (; n != 0; --n) {
         co_await news.publish("a");
         co_await mine.get();
         co_await news.publish("b");
         co_await mine.get_nowait();
         static_cast<void>(co_await mine.lagged());
       }
     }},
    {"PublishingToOneWhoIsFarBehind", "subscription::get_many", 20'000,
     [](std::size_t n) -> task<void> {
       broadcast<int> news{broadcast_options{}.max_size(n)};
       auto mine = co_await news.subscribe();
       for (auto left = n; left != 0; --left)
         co_await news.publish(1);
       for (std::size_t got = 0; got != n;)
         got += (co_await mine.get_many(64)).size();
     }},
    {"PublishingToOneWhoMissesTheOldest", "subscription", 50'000,
     [](std::size_t n) -> task<void> {
       broadcast<int> news{broadcast_options{}.on_full(on_full::drop_oldest)};
       auto mine = co_await news.subscribe();
       for (; n != 0; --n)
         co_await news.publish(1);
     }},
    {"SubscribingAndLeaving", "broadcast::subscribe", 20'000,
     [](std::size_t n) -> task<void> {
       broadcast<int> news;
       auto other = co_await news.subscribe();
       for (; n != 0; --n)
         auto mine = co_await news.subscribe();
     }},
    {"ManySubscriptionsOfOneTask", "broadcast::subscribe", 5'000,
     [](std::size_t n) -> task<void> {
       broadcast<int> news;
       std::vector<subscription<int>> all;
       for (; n != 0; --n)
         all.push_back(co_await news.subscribe());
       co_await news.publish(1);
     }},
    {"ACrowdOfSubscribers", "broadcast::publish", 10'000,
     [](std::size_t n) -> task<void> {
       broadcast<int> news;
       auto all = co_await crowd(n, [&] { return get_one(news); });
       co_await news.publish(1);
       co_await wait(all);
     }},
    {"CancellingACrowdOfSubscribers", "subscription::get", 10'000,
     [](std::size_t n) -> task<void> {
       broadcast<int> news;
       co_await cancel_all(co_await crowd(n, [&] { return get_one(news); }));
     }},
    {"PublishedItemsThatAreGivenBack", "subscription::get", 10'000,
     [](std::size_t n) -> task<void> {
       broadcast<int> news;
       auto all = co_await crowd(n, [&] { return get_one(news); });
       co_await news.publish(1); // on its way
       co_await cancel_all(all);
     }},
    {"ShuttingDownABroadcastOfMany", "broadcast::shutdown", 10'000,
     [](std::size_t n) -> task<void> {
       broadcast<int> news;
       auto all = co_await crowd(n, [&] { return get_one(news); });
       co_await news.shutdown();
       co_await wait(all);
     }},
    {"ACrowdThatPublishesOneItem", "broadcast::publish", 10'000,
     [](std::size_t n) -> task<void> {
       broadcast<int> news{broadcast_options{}.max_size(1)};
       auto mine = co_await news.subscribe();
       auto all = co_await crowd(n, [&] { return publish_one(news); });
       for (; n != 0; --n)
         co_await mine.get();
       co_await wait(all);
     }},
    {"CancellingACrowdThatPublishes", "broadcast::publish", 10'000,
     [](std::size_t n) -> task<void> {
       broadcast<int> news{broadcast_options{}.max_size(1)};
       auto mine = co_await news.subscribe();
       co_await cancel_all(
         co_await crowd(n, [&] { return publish_one(news); }));
     }},
  };
}

} // namespace troupe
