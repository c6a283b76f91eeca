#include "troupe/queue.hpp"

#include "troupe/core/queue_actor.hpp"
#include "troupe/detail/revocable_op.hpp"
#include "troupe/msg/queue.hpp"

#include <tuple>
#include <type_traits>

namespace troupe::detail {

namespace {

using item_reply = std::tuple<v1::QueueItem, payload>;
using items_reply = std::tuple<v1::QueueItems, payloads>;

taken_item taken_of(item_reply& what) {
  auto& [place, value] = what;
  taken_item result;
  result.value = std::move(value);
  result.seq = place.seq();
  result.priority = place.priority();
  return result;
}

taken taken_of(items_reply& what) {
  auto& [places, values] = what;
  taken result;
  result.values = std::move(values);
  result.seqs.assign(places.seq().begin(), places.seq().end());
  result.priorities.assign(places.priority().begin(), places.priority().end());
  return result;
}

template <class Reply, class Message, class... Rest>
class queue_op final : public revocable_op<v1::QueueCancel, v1::QueueCancelled,
                                           Reply, Message, Rest...> {
  using base =
    revocable_op<v1::QueueCancel, v1::QueueCancelled, Reply, Message, Rest...>;

public:
  queue_op(actor_ref queue, Message asked, Rest... rest)
    : base(std::move(queue), std::move(asked), std::move(rest)...) {
    this->asks_for = std::is_same_v<Reply, v1::QueueAccepted> ? "room in"
                     : std::is_same_v<Reply, v1::QueueJoined> ? "the join of"
                                                              : "an item of";
  }

private:
  bool undo(Reply& what, bool ended) override {
    if constexpr (std::is_same_v<Reply, v1::QueueAccepted>)
      return ended;
    else if constexpr (!std::is_same_v<Reply, v1::QueueJoined>)
      give_back(this->target, taken_of(what));
    return true;
  }
};

template <class Request>
Request put_request(std::int64_t priority) {
  Request result;
  result.set_priority(priority);
  return result;
}

} // namespace

error out_of_range() {
  return {errc::invalid_argument, "the number is too large for its type here"};
}

actor_ref make_queue(caf::actor_system* system, const queue_options& options) {
  return ref_of(spawn_queue(system_or_current(system), options));
}

task<void> put_item(actor_ref queue, payload item, std::int64_t priority,
                    bool no_wait) {
  auto what = put_request<v1::QueuePut>(priority);
  what.set_no_wait(no_wait);
  queue_op<v1::QueueAccepted, v1::QueuePut, payload> wait{
    std::move(queue), std::move(what), std::move(item)};
  co_await wait;
}

task<void> put_items(actor_ref queue, payloads items, std::int64_t priority) {
  queue_op<v1::QueueAccepted, v1::QueuePutMany, payloads> wait{
    std::move(queue), put_request<v1::QueuePutMany>(priority),
    std::move(items)};
  co_await wait;
}

task<taken_item> take_item(actor_ref queue, bool no_wait) {
  v1::QueueGet what;
  what.set_no_wait(no_wait);
  queue_op<item_reply, v1::QueueGet> wait{std::move(queue), std::move(what)};
  auto got = co_await wait;
  co_return taken_of(got);
}

task<taken> take_items(actor_ref queue, std::size_t max) {
  v1::QueueGetMany what;
  what.set_max_items(max);
  queue_op<items_reply, v1::QueueGetMany> wait{std::move(queue),
                                               std::move(what)};
  auto got = co_await wait;
  co_return taken_of(got);
}

void give_back(const actor_ref& queue, taken what) {
  v1::QueueGiveBack message;
  auto& places = *message.mutable_items();
  places.mutable_seq()->Add(what.seqs.begin(), what.seqs.end());
  places.mutable_priority()->Add(what.priorities.begin(),
                                 what.priorities.end());
  tell_unanswered(queue, std::move(message), std::move(what.values));
}

void give_back(const actor_ref& queue, taken_item what) {
  taken one;
  one.values.push_back(std::move(what.value));
  one.seqs.push_back(what.seq);
  one.priorities.push_back(what.priority);
  give_back(queue, std::move(one));
}

get_choice::~get_choice() {
  if (got_)
    give_back(queue_, *std::exchange(got_, std::nullopt));
}

task<bool> get_choice::poll() {
  try {
    got_ = co_await take_item(queue_, true);
  } catch (const failure& why) {
    if (why.code() != errc::empty)
      throw;
  }
  co_return got_.has_value();
}

void get_choice::ask(fiber& from, slot_id slot) {
  v1::QueueGet what;
  what.set_ticket(slot);
  what.set_offer(true);
  detail::ask(from, slot, queue_, std::move(what));
}

void get_choice::take(fiber& from, slot_id slot, content& answer) {
  throw_if_error(answer);
  if (!answer.match_elements<v1::QueueItem, payload>())
    throw_wrong_answer(answer);
  item_reply got{answer.get_as<v1::QueueItem>(0), answer.get_as<payload>(1)};
  got_ = taken_of(got);
  v1::QueueTake message;
  message.set_ticket(slot);
  tell(from, queue_, std::move(message));
}

void get_choice::decline(fiber& from, slot_id slot) noexcept {
  withdraw(from, queue_, slot);
}

task<void> count_done(actor_ref queue, std::size_t count) {
  if (count == 0)
    co_return;
  v1::QueueTaskDone what;
  what.set_count(count);
  co_await ask_for<v1::QueueState>(std::move(queue), std::move(what));
}

task<void> join_queue(actor_ref queue) {
  queue_op<v1::QueueJoined, v1::QueueJoin> wait{std::move(queue),
                                                v1::QueueJoin{}};
  co_await wait;
}

task<void> shut_down(actor_ref queue, bool immediate) {
  v1::QueueShutdown what;
  what.set_immediate(immediate);
  co_await ask_for<v1::QueueState>(std::move(queue), std::move(what));
}

task<queue_state> state_of(actor_ref queue) {
  auto x = co_await ask_for<v1::QueueState>(std::move(queue), v1::QueueQuery{});
  queue_state result;
  result.size = x.size();
  result.max_size = x.max_size();
  result.unfinished = x.unfinished();
  result.getters = x.getters();
  result.putters = x.putters();
  result.shut_down = x.shut_down();
  co_return result;
}

task<std::size_t> size_of(actor_ref queue) {
  auto state = co_await state_of(std::move(queue));
  co_return state.size;
}

task<bool> is_empty(actor_ref queue) {
  auto state = co_await state_of(std::move(queue));
  co_return state.empty();
}

task<bool> is_full(actor_ref queue) {
  auto state = co_await state_of(std::move(queue));
  co_return state.full();
}

} // namespace troupe::detail
