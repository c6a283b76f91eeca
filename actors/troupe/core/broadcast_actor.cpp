#include "troupe/core/broadcast_actor.hpp"

#include "troupe/core/alarm.hpp"
#include "troupe/core/broadcast.hpp"
#include "troupe/core/detail/client_list.hpp"
#include "troupe/core/detail/in_place.hpp"
#include "troupe/core/detail/lean.hpp"
#include "troupe/core/detail/nameplate.hpp"
#include "troupe/core/detail/open_answers.hpp"
#include "troupe/msg/setup.hpp"

#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

using subscribed = answer<v1::BroadcastSubscribed>;
using published = answer<v1::BroadcastPublished>;
using items_answer = answer<v1::BroadcastItems, payloads>;
using cancel_answer = answer<v1::BroadcastCancelled>;
using state_answer = answer<v1::BroadcastState>;

broadcast_options options_of(const v1::BroadcastSubscribe& x) {
  broadcast_options result;
  result.max_size(x.max_size());
  if (x.on_full() != v1::BROADCAST_ON_FULL_UNSPECIFIED
      && v1::BroadcastOnFull_IsValid(x.on_full()))
    result.on_full(static_cast<on_full>(x.on_full()));
  return result;
}

class broadcast_impl : public detail::listed<broadcast_actor::base> {
public:
  broadcast_impl(caf::actor_config& config, const broadcast_options& options)
    : listed(config), plate_(ctrl(), "broadcast", options.name()),
      rules_(options) {
    answer_clearly(static_cast<caf::scheduled_actor*>(this));
    detail::let_run_in_place(*this);
    set_down_handler([this](const caf::down_msg& x) {
      feed(broadcast_rules::gone{clients_.remove(*this, x.source)});
    });
  }

  const char* name() const override { return "troupe.broadcast"; }

  void on_exit() override {
    alarm_.clear(*this);
    open_.fail_all({errc::lost, "the broadcast ended"});
  }

protected:
  behavior_type make_behavior() override {
    // CAF tries them in this order: the usual ones are first.
    return {
      [this](const v1::BroadcastPublish& x, payload& value) {
        auto who = from(x.ticket());
        auto id = open_.add(published{this});
        feed(broadcast_rules::publish{id, who, std::move(value), limit(x)});
        if (open_.is_open(id)) // it waits
          clients_.watch(*this, open_.asker(id));
        return published::promise_type{};
      },
      [this](const v1::BroadcastGet& x) {
        clients_.watch(*this, current_sender());
        auto who = from(x.ticket());
        auto id = open_.add(items_answer{this});
        feed(broadcast_rules::get{id, who, x.subscriber(),
                                  std::max<std::size_t>(x.max_items(), 1),
                                  limit(x)});
        return items_answer::promise_type{};
      },
      [this](const v1::BroadcastGiveBack& x, payloads& values) {
        give_back(x, values);
      },
      [this](const v1::BroadcastCancel& x) {
        auto who = from(x.ticket());
        auto id = open_.add(cancel_answer{this});
        feed(broadcast_rules::cancel{id, who});
        return cancel_answer::promise_type{};
      },
      [this](const v1::BroadcastSubscribe& x) {
        clients_.watch(*this, current_sender());
        auto who = from(0);
        auto id = open_.add(subscribed{this});
        feed(broadcast_rules::subscribe{id, who.client, options_of(x)});
        return subscribed::promise_type{};
      },
      [this](const v1::BroadcastUnsubscribe& x) {
        feed(broadcast_rules::unsubscribe{x.subscriber()});
      },
      [this](const v1::BroadcastShutdown& x) {
        auto id = open_.add(state_answer{this});
        feed(broadcast_rules::shutdown{id, x.immediate()});
        return state_answer::promise_type{};
      },
      [this](const v1::BroadcastQuery&) { return rules_.state(); },
      [this](const v1::BroadcastQuerySubscriber& x)
        -> caf::result<v1::BroadcastSubscriberState> {
        auto state = rules_.state_of(x.subscriber());
        if (!state)
          return to_caf(state.error());
        return *state;
      },
    };
  }

private:
  /// Who asks; CAF forgets that when an answer is made.
  [[nodiscard]] broadcast_rules::sender from(std::uint64_t ticket) {
    return {clients_.number_of(*this, current_sender()), ticket};
  }

  template <class Request>
  [[nodiscard]] time_point limit(const Request& x) const {
    if (x.no_wait())
      return broadcast_rules::dont_wait;
    return x.limit_ms() == 0 ? never
                             : after(clock().now(), from_ms(x.limit_ms()));
  }

  void feed(broadcast_rules::input in) {
    for (auto& out : rules_.step(std::move(in), clock().now()))
      std::visit([this](auto& x) { perform(x); }, out);
    alarm_.set(*this, rules_.wakeup(),
               [this] { feed(broadcast_rules::tick{}); });
  }

  void give_back(const v1::BroadcastGiveBack& x, payloads& values) {
    broadcast_rules::give_back in{x.subscriber(), {}};
    const auto& seqs = x.items().seq();
    auto count = std::min<std::size_t>(seqs.size(), values.size());
    for (std::size_t i = 0; i != count; ++i)
      in.values.push_back({seqs[static_cast<int>(i)], std::move(values[i])});
    feed(std::move(in));
  }

  void perform(const broadcast_rules::subscribed& x) {
    v1::BroadcastSubscribed reply;
    reply.set_subscriber(x.subscriber);
    open_.deliver<subscribed>(x.id, std::move(reply));
  }

  void perform(const broadcast_rules::published& x) {
    v1::BroadcastPublished reply;
    reply.set_reached(x.reached);
    open_.deliver<published>(x.id, std::move(reply));
  }

  void perform(broadcast_rules::gives& x) {
    v1::BroadcastItems places;
    payloads values;
    values.reserve(x.values.size());
    for (auto& item : x.values) {
      places.add_seq(item.seq);
      values.push_back(std::move(item.value));
    }
    open_.deliver<items_answer>(x.id, std::move(places), std::move(values));
  }

  void perform(const broadcast_rules::cancel_done& x) {
    v1::BroadcastCancelled reply;
    reply.set_ended(x.ended);
    open_.deliver<cancel_answer>(x.id, std::move(reply));
  }

  void perform(const broadcast_rules::shut_down_done& x) {
    open_.deliver<state_answer>(x.id, rules_.state());
  }

  void perform(const broadcast_rules::fails& x) { open_.fail(x.id, x.why); }

  void perform(const broadcast_rules::forget& x) {
    open_.fail(x.id, {errc::lost, "the client is gone"});
  }

  detail::nameplate plate_;
  broadcast_rules rules_;
  detail::open_answers<subscribed, published, items_answer, cancel_answer,
                       state_answer>
    open_;
  detail::client_list clients_;
  alarm alarm_;
};

} // namespace

broadcast_actor spawn_broadcast(caf::actor_system& system,
                                const broadcast_options& options) {
  return system.spawn<broadcast_impl>(options);
}

} // namespace troupe
