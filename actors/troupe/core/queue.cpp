#include "troupe/core/queue.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

namespace troupe {

namespace {

/// Puts the smallest priority, and the oldest of equals, in front of a heap.
bool is_after(const queue_rules::item& a, const queue_rules::item& b) {
  return std::pair{a.priority, a.seq} > std::pair{b.priority, b.seq};
}

bool is_older(const queue_rules::item& a, const queue_rules::item& b) {
  return a.seq < b.seq;
}

constexpr const char* is_shut_down = "the queue was shut down";

} // namespace

queue_rules::queue_rules(const queue_options& options) : options_(options) {}

std::span<queue_rules::output> queue_rules::step(input in, time_point now) {
  now_ = now;
  out_.clear();
  std::visit([this](auto& x) { on(std::move(x)); }, in);
  settle();
  return out_;
}

v1::QueueState queue_rules::state() const {
  v1::QueueState result;
  result.set_size(size());
  result.set_max_size(options_.max_size());
  result.set_unfinished(unfinished_);
  result.set_getters(getters_.size());
  result.set_putters(putters_.size());
  result.set_shut_down(shut_down_);
  return result;
}

time_point queue_rules::wakeup() const {
  auto first = by_time_.empty() ? never : by_time_.begin()->first.first;
  return offered_ ? std::min(first, offer_until_) : first;
}

// -- inputs -------------------------------------------------------------------

void queue_rules::on(put&& x) {
  if (shut_down_)
    return fail(x.id, errc::closed, is_shut_down);
  if (putters_.empty() && room() != 0) {
    store(std::move(x.value), x.priority, x.from);
    out_.push_back(accepted{x.id});
  } else if (x.give_up == dont_wait) {
    fail(x.id, errc::full, "the queue is full");
  } else {
    waiter who{wants::room, x.id, x.from, x.give_up};
    who.values.push_back(std::move(x.value));
    who.priority = x.priority;
    wait(std::move(who));
  }
}

void queue_rules::on(put_many&& x) {
  if (shut_down_)
    return fail(x.id, errc::closed, is_shut_down);
  // A batch of nothing needs no room, so it waits for nobody.
  if (x.values.empty() || (putters_.empty() && x.values.size() <= room())) {
    for (auto& value : x.values)
      store(std::move(value), x.priority, x.from);
    out_.push_back(accepted{x.id});
  } else if (x.give_up == dont_wait) {
    fail(x.id, errc::full, "the queue has no room for all");
  } else {
    waiter who{wants::room, x.id, x.from, x.give_up};
    who.values = std::move(x.values);
    who.priority = x.priority;
    wait(std::move(who));
  }
}

void queue_rules::on(const get& x) {
  if (has_item()) {
    give(x);
  } else if (fails_at_once(x.give_up)) {
    fail(x.id, errc::empty, "the queue is empty");
  } else {
    waiter who{wants::item, x.id, x.from, x.give_up};
    who.offer = x.offer;
    wait(std::move(who));
  }
}

void queue_rules::on(const get_many& x) {
  if (x.max == 0)
    fail(x.id, errc::invalid_argument, "no items were asked for");
  else if (has_item())
    out_.push_back(gives_many{x.id, take_up_to(x.max)});
  else if (fails_at_once(x.give_up))
    fail(x.id, errc::empty, "the queue is empty");
  else
    wait({wants::item, x.id, x.from, x.give_up, x.max});
}

void queue_rules::on(give_back&& x) {
  if (dropping_)
    return count_done(x.values.size());
  for (auto& value : x.values) {
    value.from = {}; // a cancel of its put is too late
    restore(std::move(value));
  }
}

void queue_rules::on(const cancel& x) {
  auto ended = false;
  if (x.from.ticket != 0) {
    auto at = by_sender_.lower_bound({x.from, 0});
    if (at != by_sender_.end() && at->first.first == x.from) {
      withdraw(at->second, {errc::cancelled, "the request was cancelled"});
      ended = true;
    } else {
      auto dropped =
        drop_if([&](const item& stored) { return stored.from == x.from; });
      ended = dropped != 0;
    }
  }
  out_.push_back(cancel_done{x.id, ended});
}

void queue_rules::on(const accept& x) {
  if (is_offered_to(x.from))
    offered_.reset();
}

void queue_rules::on(const decline& x) {
  if (is_offered_to(x.from))
    return close_offer();
  auto at = by_sender_.lower_bound({x.from, 0});
  if (at == by_sender_.end() || at->first.first != x.from)
    return;
  auto who = at->second;
  out_.push_back(forget{who->id});
  leave(who);
}

void queue_rules::on(const task_done& x) {
  if (x.count > unfinished_)
    return fail(x.id, errc::invalid_argument,
                "task_done was called more often than items were put");
  count_done(x.count);
  out_.push_back(tells_state{x.id});
}

void queue_rules::on(const join& x) {
  if (unfinished_ == 0)
    out_.push_back(joined{x.id});
  else
    wait({wants::end, x.id, x.from, x.give_up});
}

void queue_rules::on(const shutdown& x) {
  shut_down_ = true;
  fail_all(putters_);
  if (!offered_)
    fail_getters();
  if (x.immediate) {
    dropping_ = true;
    auto dropped = stored_.size();
    stored_.clear();
    count_done(dropped);
  }
  out_.push_back(tells_state{x.id});
}

void queue_rules::on(const query& x) {
  out_.push_back(tells_state{x.id});
}

void queue_rules::on(const gone& x) {
  auto at = by_sender_.lower_bound({{x.client, 0}, 0});
  while (at != by_sender_.end() && at->first.first.client == x.client) {
    auto who = (at++)->second;
    out_.push_back(forget{who->id});
    leave(who);
  }
  if (offered_ && offer_to_.client == x.client)
    close_offer();
}

void queue_rules::on(const tick&) {
  while (!by_time_.empty() && by_time_.begin()->first.first <= now_)
    withdraw(by_time_.begin()->second,
             {errc::timed_out, "the time limit passed"});
  if (offered_ && offer_until_ <= now_)
    close_offer();
}

// -- items --------------------------------------------------------------------

std::size_t queue_rules::room() const noexcept {
  if (options_.max_size() == 0)
    return std::numeric_limits<std::size_t>::max();
  // Items that came back may be too many.
  return options_.max_size() - std::min(options_.max_size(), size());
}

void queue_rules::store(payload value, std::int64_t priority, sender from) {
  ++unfinished_;
  stored_.push_back({next_seq_++, priority, std::move(value), from});
  if (options_.order() == queue_order::priority)
    std::push_heap(stored_.begin(), stored_.end(), is_after);
}

void queue_rules::restore(item&& value) {
  if (options_.order() == queue_order::priority) {
    stored_.push_back(std::move(value));
    std::push_heap(stored_.begin(), stored_.end(), is_after);
  } else {
    auto at = std::upper_bound(stored_.begin(), stored_.end(), value, is_older);
    stored_.insert(at, std::move(value));
  }
}

queue_rules::item queue_rules::take() {
  if (options_.order() == queue_order::fifo) {
    auto result = std::move(stored_.front());
    stored_.pop_front();
    return result;
  }
  if (options_.order() == queue_order::priority)
    std::pop_heap(stored_.begin(), stored_.end(), is_after);
  auto result = std::move(stored_.back());
  stored_.pop_back();
  return result;
}

queue_rules::items queue_rules::take_up_to(std::size_t max) {
  items result;
  result.reserve(std::min(max, stored_.size()));
  while (!stored_.empty() && result.size() != max)
    result.push_back(take());
  return result;
}

void queue_rules::give(const get& to) {
  auto what = take();
  if (to.offer) {
    offered_ = what;
    offer_to_ = to.from;
    offer_until_ = to.give_up == dont_wait ? never : to.give_up;
  }
  out_.push_back(gives{to.id, std::move(what)});
}

/// What was offered is there as before.
void queue_rules::close_offer() {
  auto what = std::move(*offered_);
  offered_.reset();
  if (dropping_)
    count_done(1);
  else
    restore(std::move(what));
}

/// Items that never were in the queue, as far as others can tell.
template <class Predicate>
std::size_t queue_rules::drop_if(Predicate predicate) {
  auto dropped = std::erase_if(stored_, predicate);
  if (dropped != 0 && options_.order() == queue_order::priority)
    std::make_heap(stored_.begin(), stored_.end(), is_after);
  count_done(dropped);
  return dropped;
}

// -- who waits ----------------------------------------------------------------

/// Lets in whom there is room for, and gives what there is.
void queue_rules::settle() {
  for (;;) {
    while (!putters_.empty() && room() != 0)
      admit();
    if (getters_.empty() || !has_item())
      break;
    serve();
  }
  if (!offered_)
    fail_getters();
}

/// Nothing is there for those that wait: some of them do not want to, or need
/// not any more.
void queue_rules::fail_getters() {
  if (shut_down_)
    fail_all(getters_);
  for (auto at = getters_.begin(); polls_ != 0 && at != getters_.end();) {
    auto who = at++;
    if (who->give_up != dont_wait)
      continue;
    fail(who->id, errc::empty, "the queue is empty");
    leave(who);
  }
}

void queue_rules::admit() {
  auto& who = putters_.front();
  if (who.stored == 0)
    who.first_seq = next_seq_;
  store(std::move(who.values[who.stored]), who.priority, who.from);
  if (++who.stored == who.values.size()) {
    out_.push_back(accepted{who.id});
    leave(putters_.begin());
  }
}

void queue_rules::serve() {
  auto& who = getters_.front();
  if (who.max == 0)
    give({who.id, who.from, who.give_up, who.offer});
  else
    out_.push_back(gives_many{who.id, take_up_to(who.max)});
  leave(getters_.begin());
}

void queue_rules::count_done(std::uint64_t count) {
  // A client may have done what it gives back.
  unfinished_ -= std::min(unfinished_, count);
  if (unfinished_ != 0)
    return;
  while (!joiners_.empty()) {
    out_.push_back(joined{joiners_.front().id});
    leave(joiners_.begin());
  }
}

queue_rules::line& queue_rules::line_of(wants what) noexcept {
  switch (what) {
  case wants::item:
    return getters_;
  case wants::room:
    return putters_;
  default:
    return joiners_;
  }
}

void queue_rules::wait(waiter&& who) {
  auto& where = line_of(who.what);
  where.push_back(std::move(who));
  auto at = std::prev(where.end());
  by_sender_.emplace(std::pair{at->from, at->id}, at);
  if (at->give_up == dont_wait)
    ++polls_;
  else if (at->give_up != never)
    by_time_.emplace(std::pair{at->give_up, at->id}, at);
}

void queue_rules::leave(place who) {
  by_sender_.erase({who->from, who->id});
  if (who->give_up == dont_wait)
    --polls_;
  else if (who->give_up != never)
    by_time_.erase({who->give_up, who->id});
  line_of(who->what).erase(who);
}

/// It has not got what it wants, and does not want it any more. Of its items
/// those go that nobody has taken.
void queue_rules::withdraw(place who, const error& why) {
  auto from = who->from;
  auto first = who->first_seq;
  auto stored = who->stored;
  out_.push_back(fails{who->id, why});
  leave(who);
  if (stored != 0)
    drop_if([&](const item& x) {
      return x.from == from && x.seq >= first && x.seq - first < stored;
    });
}

void queue_rules::fail(request_id id, errc why, const char* text) {
  out_.push_back(fails{id, {why, text}});
}

void queue_rules::fail_all(line& those) {
  while (!those.empty()) {
    fail(those.front().id, errc::closed, is_shut_down);
    leave(those.begin());
  }
}

} // namespace troupe
