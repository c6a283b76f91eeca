#pragma once

#include "troupe/core/time.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace troupe {

/// Timers, each with a value: setting and cancelling one takes constant time
/// however many there are. A pure state machine.
///
/// A hierarchical wheel (Varghese and Lauck): a timer is filed by the highest
/// group of six bits in which its tick differs from the current one, and filed
/// anew when the wheel comes there. Ticks are only for filing; a timer expires
/// at its exact time.
///
/// Order: timers expire in the order of their times, then as they were set.
template <class Value>
class timer_wheel {
public:
  using timer_id = std::uint64_t;

  /// @param when In the past: expires next.
  /// @param last Whether it comes after the others of the same time.
  timer_id set(time_point when, Value value, bool last = false) {
    auto index = allocate();
    auto& node = nodes_[index];
    node.when = when;
    node.order = ++sets_ | (last ? after_others : 0);
    node.value.emplace(std::move(value));
    file(index);
    ++size_;
    next_ = std::min(next_, when);
    return node.generation << 32 | index;
  }

  /// Takes a timer out again.
  ///
  /// @return Its value, or nothing if it has expired.
  std::optional<Value> cancel(timer_id id) {
    auto index = static_cast<std::uint32_t>(id);
    auto& node = nodes_[index];
    if (node.generation != id >> 32 || !node.value)
      return std::nullopt;
    unfile(index);
    return free(index);
  }

  /// Takes out the timers whose time has come, in order.
  std::vector<Value> expire(time_point now) {
    std::vector<Value> result;
    if (now < next_)
      return result;
    std::vector<std::uint32_t> due;
    auto target = tick_of(now);
    for (auto at = first(); at && at->tick <= target; at = first()) {
      if (at->level != 0) { // its timers are near now: file them anew
        tick_ = at->tick;
        for (auto index = take_list(*at); index != none;) {
          auto following = nodes_[index].next;
          file(index);
          index = following;
        }
        continue;
      }
      tick_ = std::max(tick_, at->tick);
      auto found = due.size();
      for (auto index = list(*at); index != none; index = nodes_[index].next)
        if (nodes_[index].when <= now)
          due.push_back(index);
      for (auto i = found; i != due.size(); ++i)
        unfile(due[i]);
      if (list(*at) != none)
        break; // later in the current tick
    }
    if (target > tick_ && now != never && (!first() || first()->tick > target))
      tick_ = target;
    std::sort(due.begin(), due.end(), [this](auto a, auto b) {
      return std::pair{nodes_[a].when, nodes_[a].order}
             < std::pair{nodes_[b].when, nodes_[b].order};
    });
    result.reserve(due.size());
    for (auto index : due)
      result.push_back(std::move(*free(index)));
    next_ = earliest();
    return result;
  }

  /// When `expire` is wanted next, or earlier; `never` without timers.
  [[nodiscard]] time_point next() const noexcept {
    return size_ == 0 ? never : next_;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
  static constexpr std::uint32_t none = UINT32_MAX;
  static constexpr std::uint64_t after_others = std::uint64_t{1} << 63;
  static constexpr unsigned bits = 6;
  static constexpr unsigned tick_bits = 20; // of a nanosecond: about 1 ms
  static constexpr std::size_t slots = std::size_t{1} << bits;
  static constexpr std::size_t levels = 8;

  struct node_state {
    time_point when;
    std::uint64_t order = 0;
    std::uint64_t generation = 0;
    std::uint32_t previous = none;
    std::uint32_t next = none;
    std::uint8_t level = 0;
    std::uint8_t slot = 0;
    std::optional<Value> value;
  };
  struct place {
    std::size_t level;
    std::size_t slot;
    std::uint64_t tick; // where it begins
  };

  static std::uint64_t tick_of(time_point when) noexcept {
    auto count = std::chrono::nanoseconds{when.time_since_epoch()}.count();
    return count <= 0 ? 0 : static_cast<std::uint64_t>(count) >> tick_bits;
  }

  std::uint32_t allocate() {
    if (free_ == none) {
      nodes_.emplace_back();
      return static_cast<std::uint32_t>(nodes_.size() - 1);
    }
    return std::exchange(free_, nodes_[free_].next);
  }

  std::optional<Value> free(std::uint32_t index) {
    auto& node = nodes_[index];
    auto result = std::exchange(node.value, std::nullopt);
    node.generation = (node.generation + 1) & UINT32_MAX;
    node.next = std::exchange(free_, index);
    --size_;
    return result;
  }

  void file(std::uint32_t index) {
    auto& node = nodes_[index];
    auto tick = std::max(tick_of(node.when), tick_);
    auto differing = std::bit_width(tick ^ tick_);
    auto level = differing == 0 ? 0u : (differing - 1u) / bits;
    node.level = static_cast<std::uint8_t>(level);
    node.slot = static_cast<std::uint8_t>(tick >> level * bits & (slots - 1));
    auto& head = heads_[node.level][node.slot];
    node.previous = none;
    node.next = std::exchange(head, index);
    if (node.next != none)
      nodes_[node.next].previous = index;
    used_[node.level] |= std::uint64_t{1} << node.slot;
  }

  void unfile(std::uint32_t index) {
    auto& node = nodes_[index];
    auto& head = heads_[node.level][node.slot];
    if (node.previous == none)
      head = node.next;
    else
      nodes_[node.previous].next = node.next;
    if (node.next != none)
      nodes_[node.next].previous = node.previous;
    if (head == none)
      used_[node.level] &= ~(std::uint64_t{1} << node.slot);
  }

  [[nodiscard]] std::uint32_t list(const place& at) const noexcept {
    return heads_[at.level][at.slot];
  }

  std::uint32_t take_list(const place& at) noexcept {
    used_[at.level] &= ~(std::uint64_t{1} << at.slot);
    return std::exchange(heads_[at.level][at.slot], none);
  }

  /// The first slot in use. What differs in lower bits only is earlier, and
  /// within a level all are ahead of the current tick.
  [[nodiscard]] std::optional<place> first() const noexcept {
    for (std::size_t level = 0; level != levels; ++level) {
      if (used_[level] == 0)
        continue;
      auto slot = static_cast<std::size_t>(std::countr_zero(used_[level]));
      auto shift = level * bits;
      auto above =
        shift + bits >= 64 ? 0 : tick_ >> (shift + bits) << (shift + bits);
      return place{level, slot, above | std::uint64_t{slot} << shift};
    }
    return std::nullopt;
  }

  [[nodiscard]] time_point earliest() const noexcept {
    auto result = never;
    if (auto at = first())
      for (auto index = list(*at); index != none; index = nodes_[index].next)
        result = std::min(result, nodes_[index].when);
    return result;
  }

  static constexpr auto no_heads() {
    std::array<std::array<std::uint32_t, slots>, levels> result{};
    for (auto& level : result)
      level.fill(none);
    return result;
  }

  std::vector<node_state> nodes_;
  std::uint32_t free_ = none;
  std::array<std::array<std::uint32_t, slots>, levels> heads_ = no_heads();
  std::array<std::uint64_t, levels> used_{};
  std::uint64_t tick_ = 0;
  std::uint64_t sets_ = 0;
  std::size_t size_ = 0;
  time_point next_ = never;
};

} // namespace troupe
