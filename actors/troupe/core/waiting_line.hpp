#pragma once

#include "troupe/core/line.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
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
  waiting_line() = default;
  waiting_line(const waiting_line&) = delete;
  waiting_line& operator=(const waiting_line&) = delete;
  waiting_line(waiting_line&&) noexcept = default;
  waiting_line& operator=(waiting_line&&) noexcept = default;
  ~waiting_line() = default;

  void push(Entry x) {
    auto at = entries_.insert(entries_.end(), {++last_, std::move(x)});
    const auto& where = place_of(at->what);
    tickets_.emplace(std::tuple{where.client, where.ticket, at->number}, at);
    if (where.until != never)
      limits_.emplace(std::pair{where.until, at->number}, at);
  }

  /// @pre Somebody waits.
  Entry pop() { return take(entries_.begin()); }

  /// Takes out the one with this ticket, if it waits.
  std::optional<Entry> withdraw(client_id client, std::uint64_t ticket) {
    auto at = tickets_.lower_bound({client, ticket, 0});
    if (at == tickets_.end() || std::get<0>(at->first) != client
        || std::get<1>(at->first) != ticket)
      return std::nullopt;
    return take(at->second);
  }

  /// Takes out one of the client's, if one waits.
  std::optional<Entry> remove(client_id client) {
    auto at = tickets_.lower_bound({client, 0, 0});
    if (at == tickets_.end() || std::get<0>(at->first) != client)
      return std::nullopt;
    return take(at->second);
  }

  /// Takes out those that a predicate picks, in their order.
  template <class Predicate>
  std::vector<Entry> remove_if(Predicate picks) {
    std::vector<Entry> result;
    for (auto at = entries_.begin(); at != entries_.end();)
      if (auto it = at++; picks(std::as_const(it->what)))
        result.push_back(take(it));
    return result;
  }

  /// Takes out one that waits no longer, if there is any.
  std::optional<Entry> expire(time_point now) {
    if (first_limit() > now)
      return std::nullopt;
    return take(limits_.begin()->second);
  }

  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  /// @pre Somebody waits.
  [[nodiscard]] const Entry& front() const noexcept {
    return entries_.front().what;
  }
  /// Until when the least patient one waits.
  [[nodiscard]] time_point first_limit() const noexcept {
    return limits_.empty() ? never : limits_.begin()->first.first;
  }

private:
  using arrival = std::uint64_t; // numbers them in the order of coming
  struct one {
    arrival number;
    Entry what;
  };
  using entries = std::list<one>;
  using position = typename entries::iterator;

  Entry take(position at) {
    const auto& where = place_of(at->what);
    tickets_.erase({where.client, where.ticket, at->number});
    if (where.until != never)
      limits_.erase({where.until, at->number});
    auto result = std::move(at->what);
    entries_.erase(at);
    return result;
  }

  entries entries_;
  std::map<std::tuple<client_id, std::uint64_t, arrival>, position> tickets_;
  std::map<std::pair<time_point, arrival>, position> limits_;
  arrival last_ = 0;
};

} // namespace troupe::line
