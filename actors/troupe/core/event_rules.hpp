#pragma once

#include "troupe/core/line.hpp"
#include "troupe/core/waiting_line.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace troupe {

/// What an event is like. Setters chain.
class event_options {
public:
  event_options() {} // NOLINT(modernize-use-equals-default): no aggregate

  /// For people who look at what waits for it; see `tree`. Default: none.
  event_options& name(std::string x) {
    name_ = std::move(x);
    return *this;
  }

  [[nodiscard]] const std::string& name() const { return name_; }

private:
  std::string name_;
};

/// The rules of a flag that clients wait for.
///
/// A pure state machine: each input says what to do, in this order; valid until
/// the next input. Grants with the generation, and the client has nothing then.
///
/// Order:   those that wait are woken first come, first served.
/// Threads: none of its own; one caller at a time.
class event_rules {
public:
  std::span<const line::output> wait(const line::place& place, time_point now);
  std::span<const line::output> set();
  void clear() noexcept { set_ = false; }
  std::span<const line::output> withdraw(line::client_id client,
                                         std::uint64_t ticket);
  std::span<const line::output> gone(line::client_id client);
  std::span<const line::output> tick(time_point now);

  [[nodiscard]] bool is_set() const noexcept { return set_; }
  /// How often it was set, having been clear.
  [[nodiscard]] std::uint64_t generation() const noexcept {
    return generation_;
  }
  [[nodiscard]] std::size_t waiting() const noexcept { return line_.size(); }
  /// When `tick` is wanted next; `never` if it is not.
  [[nodiscard]] time_point wakeup() const noexcept;

private:
  void grant(const line::place& place);
  void refuse(const line::place& place, errc why);

  bool set_ = false;
  std::uint64_t generation_ = 0;
  line::waiting_line<> line_;
  std::vector<line::output> out_;
};

} // namespace troupe
