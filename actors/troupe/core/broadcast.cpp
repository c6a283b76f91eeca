#include "troupe/core/broadcast.hpp"

#include <algorithm>
#include <iterator>

namespace troupe {

namespace {

broadcast_options defaults() {
  return broadcast_options{}.max_size(64).on_full(on_full::block);
}

bool is_older(const broadcast_rules::item& a, const broadcast_rules::item& b) {
  return a.seq < b.seq;
}

constexpr const char* is_shut_down = "the broadcast was shut down";
constexpr const char* has_ended = "the subscription has ended";

} // namespace

broadcast_rules::broadcast_rules(const broadcast_options& options)
  : options_(options.or_else(defaults())) {}

std::span<broadcast_rules::output> broadcast_rules::step(input in,
                                                         time_point now) {
  now_ = now;
  out_.clear();
  std::visit([this](auto& x) { on(std::move(x)); }, in);
  settle();
  return out_;
}

v1::BroadcastState broadcast_rules::state() const {
  v1::BroadcastState result;
  result.set_subscribers(static_cast<std::uint64_t>(
    std::count_if(subscribers_.begin(), subscribers_.end(),
                  [](const auto& x) { return !x.second.disconnected; })));
  result.set_published(published_);
  result.set_publishers(publishers_.size());
  result.set_shut_down(shut_down_);
  return result;
}

expected<v1::BroadcastSubscriberState>
broadcast_rules::state_of(std::uint64_t id) const {
  auto at = subscribers_.find(id);
  if (at == subscribers_.end())
    return error{errc::closed, has_ended};
  const auto& x = at->second;
  v1::BroadcastSubscriberState result;
  result.set_size(x.stored.size());
  result.set_max_size(x.max_size);
  result.set_on_full(static_cast<v1::BroadcastOnFull>(x.policy));
  result.set_lagged(x.lagged);
  result.set_getters(x.getters.size());
  result.set_disconnected(x.disconnected);
  return result;
}

time_point broadcast_rules::wakeup() const {
  return by_time_.empty() ? never : by_time_.begin()->first.first;
}

// -- inputs -------------------------------------------------------------------

void broadcast_rules::on(const subscribe& x) {
  if (shut_down_)
    return fail(x.id, errc::closed, is_shut_down);
  if (x.client == 0) // who would ever end it
    return fail(x.id, errc::invalid_argument, "nobody wants to subscribe");
  auto options = x.options.or_else(options_);
  auto id = ++last_subscriber_;
  subscribers_.emplace(
    id, subscriber{x.client, options.max_size(), *options.on_full()});
  by_client_.emplace(x.client, id);
  out_.push_back(subscribed{x.id, id});
}

void broadcast_rules::on(const unsubscribe& x) {
  auto at = subscribers_.find(x.subscriber);
  if (at != subscribers_.end())
    remove(at);
}

void broadcast_rules::on(publish&& x) {
  if (shut_down_)
    fail(x.id, errc::closed, is_shut_down);
  else if (blocking_ == 0) // so nobody waits
    deliver(x.id, x.value);
  else if (x.give_up == dont_wait)
    fail(x.id, errc::full, "a subscriber has no room for the item");
  else
    wait({x.id, x.from, x.give_up, std::move(x.value)});
}

void broadcast_rules::on(const get& x) {
  auto at = subscribers_.find(x.subscriber);
  if (at == subscribers_.end())
    return fail(x.id, errc::closed, has_ended);
  belongs_to(at, x.from.client);
  auto& from = at->second;
  if (!from.stored.empty())
    out_.push_back(gives{x.id, take(from, x.max)});
  else if (from.disconnected)
    fail(x.id, errc::overloaded,
         "the subscriber fell behind by more than "
           + std::to_string(from.max_size)
           + " items and was disconnected; it missed "
           + std::to_string(from.lagged));
  else if (shut_down_)
    fail(x.id, errc::closed, is_shut_down);
  else if (x.give_up == dont_wait)
    fail(x.id, errc::empty, "there is no item");
  else
    wait({x.id, x.from, x.give_up, {}, x.subscriber, x.max});
}

void broadcast_rules::on(give_back&& x) {
  auto at = subscribers_.find(x.subscriber);
  if (at == subscribers_.end() || dropping_)
    return;
  auto& stored = at->second.stored;
  for (auto& value : x.values)
    stored.insert(
      std::upper_bound(stored.begin(), stored.end(), value, is_older),
      std::move(value));
  serve(at->second);
}

void broadcast_rules::on(const cancel& x) {
  auto at = by_sender_.lower_bound({x.from, 0});
  auto ended =
    x.from.ticket != 0 && at != by_sender_.end() && at->first.first == x.from;
  if (ended)
    withdraw(at->second, {errc::cancelled, "the request was cancelled"});
  out_.push_back(cancel_done{x.id, ended});
}

void broadcast_rules::on(const shutdown& x) {
  shut_down_ = true;
  dropping_ |= x.immediate;
  fail_all(publishers_, is_shut_down);
  for (auto& [id, one] : subscribers_) {
    fail_all(one.getters, is_shut_down);
    if (dropping_)
      one.stored.clear();
  }
  out_.push_back(shut_down_done{x.id});
}

void broadcast_rules::on(const gone& x) {
  auto at = by_sender_.lower_bound({{x.client, 0}, 0});
  while (at != by_sender_.end() && at->first.first.client == x.client) {
    auto who = (at++)->second;
    out_.push_back(forget{who->id});
    leave(who);
  }
  auto owned = by_client_.lower_bound({x.client, 0});
  while (owned != by_client_.end() && owned->first == x.client)
    remove(subscribers_.find((owned++)->second));
}

void broadcast_rules::on(const tick&) {
  while (wakeup() <= now_)
    withdraw(by_time_.begin()->second,
             {errc::timed_out, "the time limit passed"});
}

// -- items --------------------------------------------------------------------

void broadcast_rules::deliver(request_id id, const payload& value) {
  ++published_;
  std::uint64_t reached = 0;
  for (auto& [_, one] : subscribers_)
    if (offer(one, {published_, value}))
      ++reached;
  out_.push_back(published{id, reached});
}

/// @return Whether the subscriber has the item now.
bool broadcast_rules::offer(subscriber& to, item what) {
  auto is_full = [&to] { return to.stored.size() >= to.max_size; };
  // Items that came back may be too many.
  while (to.policy == on_full::drop_oldest && is_full()) {
    to.stored.pop_front();
    ++to.lagged;
  }
  if (to.policy == on_full::disconnect && is_full())
    to.disconnected = true;
  if (to.disconnected || is_full()) {
    ++to.lagged;
    return false;
  }
  to.stored.push_back(std::move(what));
  serve(to);
  return true;
}

/// Gives what there is to the first who wait for it.
void broadcast_rules::serve(subscriber& who) {
  while (!who.getters.empty() && !who.stored.empty()) {
    auto first = who.getters.begin();
    out_.push_back(gives{first->id, take(who, first->max)});
    leave(first);
  }
  stored_changed(who);
}

broadcast_rules::items broadcast_rules::take(subscriber& from,
                                             std::size_t max) {
  auto end = from.stored.begin()
             + static_cast<std::ptrdiff_t>(std::min(max, from.stored.size()));
  items result{std::make_move_iterator(from.stored.begin()),
               std::make_move_iterator(end)};
  from.stored.erase(from.stored.begin(), end);
  stored_changed(from);
  return result;
}

void broadcast_rules::stored_changed(subscriber& x) {
  auto before = std::exchange(x.blocks, x.policy == on_full::block
                                          && x.stored.size() >= x.max_size);
  blocking_ += x.blocks;
  blocking_ -= before;
}

/// Lets publishers in while everybody has room.
void broadcast_rules::settle() {
  while (blocking_ == 0 && !publishers_.empty()) {
    auto first = publishers_.begin();
    deliver(first->id, first->value);
    leave(first);
  }
}

// -- subscribers --------------------------------------------------------------

/// It ends with that client from now on.
void broadcast_rules::belongs_to(subscribers::iterator which,
                                 std::uint64_t client) {
  auto& [id, x] = *which;
  if (client == 0 || client == x.client)
    return;
  by_client_.erase({x.client, id});
  by_client_.emplace(client, id);
  x.client = client;
}

void broadcast_rules::remove(subscribers::iterator which) {
  auto& [id, x] = *which;
  fail_all(x.getters, has_ended);
  blocking_ -= x.blocks;
  by_client_.erase({x.client, id});
  subscribers_.erase(which);
}

// -- who waits ----------------------------------------------------------------

broadcast_rules::line& broadcast_rules::line_of(const waiter& who) {
  return who.subscriber == 0 ? publishers_
                             : subscribers_.at(who.subscriber).getters;
}

void broadcast_rules::wait(waiter&& who) {
  auto& where = line_of(who);
  where.push_back(std::move(who));
  auto at = std::prev(where.end());
  by_sender_.emplace(std::pair{at->from, at->id}, at);
  if (at->give_up != never)
    by_time_.emplace(std::pair{at->give_up, at->id}, at);
}

void broadcast_rules::leave(place who) {
  by_sender_.erase({who->from, who->id});
  if (who->give_up != never)
    by_time_.erase({who->give_up, who->id});
  line_of(*who).erase(who);
}

/// It has not got what it wants, and does not want it any more.
void broadcast_rules::withdraw(place who, const error& why) {
  out_.push_back(fails{who->id, why});
  leave(who);
}

void broadcast_rules::fail(request_id id, errc why, std::string text) {
  out_.push_back(fails{id, {why, std::move(text)}});
}

void broadcast_rules::fail_all(line& those, const char* text) {
  while (!those.empty())
    withdraw(those.begin(), {errc::closed, text});
}

} // namespace troupe
