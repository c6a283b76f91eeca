#pragma once

#include "troupe/core/line.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace troupe::line {

[[nodiscard]] inline const place& place_of(const place& x) noexcept {
  return x;
}

template <class Entry>
[[nodiscard]] const place& place_of(const Entry& x) noexcept {
  return x.place;
}

/// Those that wait, in the order in which they came. Taking one out costs
/// O(log n), wherever it stands.
///
/// @tparam Entry A `place`, or what has one as its member `place`.
/// Threads: none of its own; one caller at a time.
template <class Entry = place>
class waiting_line {
public:
  void push(Entry x) {
    const auto& where = place_of(x);
    auto number = ++last_;
    tickets_.emplace(where.client, where.ticket, number);
    if (where.until != never)
      limits_.emplace(where.until, number);
    entries_.emplace(number, std::move(x));
  }

  /// @pre Somebody waits.
  Entry pop() { return take(entries_.begin()); }

  /// Takes out the one with this ticket, if it waits.
  std::optional<Entry> withdraw(client_id client, std::uint64_t ticket) {
    auto at = tickets_.lower_bound({client, ticket, 0});
    if (at == tickets_.end() || std::get<0>(*at) != client
        || std::get<1>(*at) != ticket)
      return std::nullopt;
    return take(entries_.find(std::get<2>(*at)));
  }

  /// Takes out one of the client's, if one waits.
  std::optional<Entry> remove(client_id client) {
    auto at = tickets_.lower_bound({client, 0, 0});
    if (at == tickets_.end() || std::get<0>(*at) != client)
      return std::nullopt;
    return take(entries_.find(std::get<2>(*at)));
  }

  /// Takes out those that a predicate picks, in their order.
  template <class Predicate>
  std::vector<Entry> remove_if(Predicate picks) {
    std::vector<Entry> result;
    for (auto at = entries_.begin(); at != entries_.end();)
      if (auto it = at++; picks(std::as_const(it->second)))
        result.push_back(take(it));
    return result;
  }

  /// Takes out one that waits no longer, if there is any.
  std::optional<Entry> expire(time_point now) {
    if (first_limit() > now)
      return std::nullopt;
    return take(entries_.find(limits_.begin()->second));
  }

  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  /// @pre Somebody waits.
  [[nodiscard]] const Entry& front() const noexcept {
    return entries_.begin()->second;
  }
  /// Until when the least patient one waits.
  [[nodiscard]] time_point first_limit() const noexcept {
    return limits_.empty() ? never : limits_.begin()->first;
  }

private:
  using arrival = std::uint64_t; // numbers them in the order of coming
  using entries = std::map<arrival, Entry>;

  Entry take(typename entries::iterator at) {
    auto node = entries_.extract(at);
    const auto& where = place_of(node.mapped());
    tickets_.erase({where.client, where.ticket, node.key()});
    if (where.until != never)
      limits_.erase({where.until, node.key()});
    return std::move(node.mapped());
  }

  entries entries_;
  std::set<std::tuple<client_id, std::uint64_t, arrival>> tickets_;
  std::set<std::pair<time_point, arrival>> limits_;
  arrival last_ = 0;
};

} // namespace troupe::line
