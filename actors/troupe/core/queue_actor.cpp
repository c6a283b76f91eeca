#include "troupe/core/queue_actor.hpp"

#include "troupe/core/alarm.hpp"
#include "troupe/core/detail/client_list.hpp"
#include "troupe/core/detail/in_place.hpp"
#include "troupe/core/detail/lean.hpp"
#include "troupe/core/detail/nameplate.hpp"
#include "troupe/core/detail/open_answers.hpp"
#include "troupe/core/queue.hpp"
#include "troupe/msg/setup.hpp"

#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

using accepted = answer<v1::QueueAccepted>;
using item_answer = answer<v1::QueueItem, payload>;
using items_answer = answer<v1::QueueItems, payloads>;
using cancel_answer = answer<v1::QueueCancelled>;
using joined = answer<v1::QueueJoined>;
using state_answer = answer<v1::QueueState>;

class queue_impl : public detail::listed<queue_actor::base> {
public:
  queue_impl(caf::actor_config& config, const queue_options& options)
    : listed(config), plate_(ctrl(), "queue", options.name()),
      options_(options), rules_(options) {
    answer_clearly(static_cast<caf::scheduled_actor*>(this));
    detail::let_run_in_place(*this);
    set_down_handler([this](const caf::down_msg& x) {
      feed(queue_rules::gone{clients_.remove(*this, x.source)});
    });
  }

  const char* name() const override { return "troupe.queue"; }

  void on_exit() override {
    alarm_.clear(*this);
    open_.fail_all({errc::lost, "the queue ended"});
  }

protected:
  behavior_type make_behavior() override {
    // CAF tries them in this order: the usual ones are first.
    return {
      [this](const v1::QueuePut& x, payload& value) {
        auto who = from(x.ticket());
        auto id = open_.add(accepted{this});
        ask(id, queue_rules::put{id, who, std::move(value), x.priority(),
                                 limit(x)});
        return accepted::promise_type{};
      },
      [this](const v1::QueueGet& x) {
        auto who = from(x.ticket());
        auto id = open_.add(item_answer{this});
        if (x.offer()) // it may be declined by its end
          clients_.watch(*this, open_.asker(id));
        ask(id, queue_rules::get{id, who, limit(x), x.offer()});
        return item_answer::promise_type{};
      },
      [this](const v1::QueuePutMany& x, payloads& values) {
        auto who = from(x.ticket());
        auto id = open_.add(accepted{this});
        ask(id, queue_rules::put_many{id, who, std::move(values), x.priority(),
                                      limit(x)});
        return accepted::promise_type{};
      },
      [this](const v1::QueueGetMany& x) {
        auto who = from(x.ticket());
        auto id = open_.add(items_answer{this});
        ask(id, queue_rules::get_many{id, who, x.max_items(), limit(x)});
        return items_answer::promise_type{};
      },
      [this](const v1::QueueGiveBack& x, payloads& values) {
        give_back(x.items(), values);
      },
      [this](const v1::QueueTake& x) {
        feed(queue_rules::accept{from(x.ticket())});
      },
      [this](const v1::Withdraw& x) {
        feed(queue_rules::decline{from(x.ticket())});
      },
      [this](const v1::QueueCancel& x) {
        auto who = from(x.ticket());
        auto id = open_.add(cancel_answer{this});
        feed(queue_rules::cancel{id, who});
        return cancel_answer::promise_type{};
      },
      [this](const v1::QueueTaskDone& x) {
        auto id = open_.add(state_answer{this});
        feed(queue_rules::task_done{id, std::max<std::uint64_t>(x.count(), 1)});
        return state_answer::promise_type{};
      },
      [this](const v1::QueueJoin& x) {
        auto who = from(x.ticket());
        auto id = open_.add(joined{this});
        ask(id, queue_rules::join{id, who, limit(x.limit_ms())});
        return joined::promise_type{};
      },
      [this](const v1::QueueShutdown& x) {
        auto id = open_.add(state_answer{this});
        feed(queue_rules::shutdown{id, x.immediate()});
        return state_answer::promise_type{};
      },
      [this](const v1::QueueQuery&) { return rules_.state(); },
    };
  }

private:
  /// Who asks; CAF forgets that when an answer is made.
  [[nodiscard]] queue_rules::sender from(std::uint64_t ticket) {
    return {clients_.number_of(*this, current_sender()), ticket};
  }

  [[nodiscard]] time_point limit(std::uint64_t ms) const {
    return ms == 0 ? never : after(clock().now(), from_ms(ms));
  }

  template <class Request>
  [[nodiscard]] time_point limit(const Request& x) const {
    return x.no_wait() ? queue_rules::dont_wait : limit(x.limit_ms());
  }

  /// Takes a request that may have to wait.
  void ask(queue_rules::request_id id, queue_rules::input&& in) {
    feed(std::move(in));
    if (open_.is_open(id))
      clients_.watch(*this, open_.asker(id));
  }

  void feed(queue_rules::input&& in) {
    // Reading a clock costs more than most steps, which need none.
    auto now = rules_.wakeup() == never ? time_point{} : clock().now();
    for (auto& out : rules_.step(std::move(in), now))
      std::visit([this](auto& x) { perform(x); }, out);
    alarm_.set(*this, rules_.wakeup(), [this] { feed(queue_rules::tick{}); });
  }

  void give_back(const v1::QueueItems& places, payloads& values) {
    queue_rules::give_back in;
    auto count = std::min<std::size_t>(places.seq_size(), values.size());
    for (std::size_t i = 0; i != count; ++i) {
      auto n = static_cast<int>(i);
      in.values.push_back({places.seq(n),
                           n < places.priority_size() ? places.priority(n) : 0,
                           std::move(values[i])});
    }
    feed(std::move(in));
  }

  void perform(const queue_rules::accepted& x) {
    open_.deliver<accepted>(x.id, v1::QueueAccepted{});
  }

  void perform(queue_rules::gives& x) {
    v1::QueueItem place;
    place.set_seq(x.value.seq);
    place.set_priority(x.value.priority);
    open_.deliver<item_answer>(x.id, std::move(place),
                               std::move(x.value.value));
  }

  void perform(queue_rules::gives_many& x) {
    auto count = static_cast<int>(x.values.size());
    v1::QueueItems places;
    places.mutable_seq()->Reserve(count);
    if (options_.order() == queue_order::priority)
      places.mutable_priority()->Reserve(count);
    payloads values;
    values.reserve(x.values.size());
    for (auto& item : x.values) {
      places.add_seq(item.seq);
      if (options_.order() == queue_order::priority)
        places.add_priority(item.priority);
      values.push_back(std::move(item.value));
    }
    open_.deliver<items_answer>(x.id, std::move(places), std::move(values));
  }

  void perform(const queue_rules::cancel_done& x) {
    v1::QueueCancelled reply;
    reply.set_ended(x.ended);
    open_.deliver<cancel_answer>(x.id, std::move(reply));
  }

  void perform(const queue_rules::joined& x) {
    open_.deliver<joined>(x.id, v1::QueueJoined{});
  }

  void perform(const queue_rules::tells_state& x) {
    open_.deliver<state_answer>(x.id, rules_.state());
  }

  void perform(const queue_rules::fails& x) { open_.fail(x.id, x.why); }

  void perform(const queue_rules::forget& x) {
    open_.fail(x.id, {errc::lost, "the client is gone"});
  }

  detail::nameplate plate_;
  queue_options options_;
  queue_rules rules_;
  detail::open_answers<accepted, item_answer, items_answer, cancel_answer,
                       joined, state_answer>
    open_;
  detail::client_list clients_;
  alarm alarm_;
};

} // namespace

queue_actor spawn_queue(caf::actor_system& system,
                        const queue_options& options) {
  return system.spawn<queue_impl>(options);
}

} // namespace troupe
