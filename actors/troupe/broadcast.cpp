#include "troupe/broadcast.hpp"

#include "troupe/core/broadcast_actor.hpp"
#include "troupe/detail/revocable_op.hpp"
#include "troupe/msg/broadcast.hpp"

#include <optional>
#include <tuple>

namespace troupe::detail {

namespace {

using items_reply = std::tuple<v1::BroadcastItems, payloads>;

template <class Reply, class Message, class... Rest>
using broadcast_op = revocable_op<v1::BroadcastCancel, v1::BroadcastCancelled,
                                  Reply, Message, Rest...>;

class publish_op final
  : public broadcast_op<v1::BroadcastPublished, v1::BroadcastPublish, payload> {
public:
  publish_op(actor_ref to, v1::BroadcastPublish asked, payload item)
    : revocable_op(std::move(to), std::move(asked), std::move(item)) {
    asks_for = "room in";
  }

private:
  bool undo(v1::BroadcastPublished&, bool) override { return false; }
};

received received_of(items_reply& what) {
  auto& [places, values] = what;
  received result;
  result.values = std::move(values);
  result.seqs.assign(places.seq().begin(), places.seq().end());
  return result;
}

class receive_op final : public broadcast_op<items_reply, v1::BroadcastGet> {
public:
  receive_op(actor_ref from, const v1::BroadcastGet& asked)
    : revocable_op(std::move(from), asked), subscriber_(asked.subscriber()) {
    asks_for = "an item of";
  }

private:
  bool undo(items_reply& what, bool) override {
    give_back(this->target, subscriber_, received_of(what));
    return true;
  }

  std::uint64_t subscriber_;
};

/// The answer comes at once: a cancel waits for it, to unsubscribe.
class subscribe_op final
  : public request_op<v1::BroadcastSubscribed, v1::BroadcastSubscribe> {
public:
  subscribe_op(actor_ref to, v1::BroadcastSubscribe what)
    : request_op(std::move(to), std::move(what), forever) {}

  std::uint64_t await_resume() {
    if (reply && (why_ || interrupted()))
      subscriber::give_back(target, reply->subscriber());
    check();
    if (why_)
      throw cancelled{*why_};
    return request_op::await_resume().subscriber();
  }

private:
  bool on_cancel(const cancelled& why) override {
    why_ = why;
    return true;
  }

  std::optional<cancelled> why_; // somebody wants that
};

} // namespace

void subscriber::give_back(const actor_ref& from, std::uint64_t id) {
  v1::BroadcastUnsubscribe what;
  what.set_subscriber(id);
  tell_unanswered(from, std::move(what));
}

actor_ref make_broadcast(caf::actor_system* system,
                         const broadcast_options& options) {
  return ref_of(spawn_broadcast(system_or_current(system), options));
}

task<std::size_t> publish_item(actor_ref to, payload item, bool no_wait) {
  v1::BroadcastPublish what;
  what.set_no_wait(no_wait);
  publish_op wait{std::move(to), std::move(what), std::move(item)};
  auto published = co_await wait;
  co_return published.reached();
}

task<hold<subscriber>> subscribe_to(actor_ref to, broadcast_options options) {
  v1::BroadcastSubscribe what;
  what.set_max_size(options.max_size());
  if (auto on_full = options.on_full())
    what.set_on_full(static_cast<v1::BroadcastOnFull>(*on_full));
  subscribe_op wait{to, std::move(what)};
  auto id = co_await wait;
  co_return hold<subscriber>{std::move(to), id};
}

task<received> receive(actor_ref from, std::uint64_t subscriber,
                       std::size_t max, bool no_wait) {
  v1::BroadcastGet what;
  what.set_subscriber(subscriber);
  what.set_max_items(max);
  what.set_no_wait(no_wait);
  receive_op wait{std::move(from), what};
  auto got = co_await wait;
  co_return received_of(got);
}

void give_back(const actor_ref& to, std::uint64_t subscriber, received what) {
  v1::BroadcastGiveBack message;
  message.set_subscriber(subscriber);
  message.mutable_items()->mutable_seq()->Add(what.seqs.begin(),
                                              what.seqs.end());
  tell(fiber::require(), to, std::move(message), std::move(what.values));
}

task<std::size_t> lag_of(actor_ref from, std::uint64_t subscriber) {
  v1::BroadcastQuerySubscriber what;
  what.set_subscriber(subscriber);
  auto state = co_await ask_for<v1::BroadcastSubscriberState>(std::move(from),
                                                              std::move(what));
  co_return state.lagged();
}

task<void> shut_down_broadcast(actor_ref broadcast, bool immediate) {
  v1::BroadcastShutdown what;
  what.set_immediate(immediate);
  co_await ask_for<v1::BroadcastState>(std::move(broadcast), std::move(what));
}

task<broadcast_state> state_of_broadcast(actor_ref broadcast) {
  auto x = co_await ask_for<v1::BroadcastState>(std::move(broadcast),
                                                v1::BroadcastQuery{});
  broadcast_state result;
  result.subscribers = x.subscribers();
  result.published = x.published();
  result.publishers = x.publishers();
  result.shut_down = x.shut_down();
  co_return result;
}

} // namespace troupe::detail
