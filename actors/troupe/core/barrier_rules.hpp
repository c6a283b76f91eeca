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

/// How a barrier behaves. Setters chain.
class barrier_options {
public:
  barrier_options() {} // NOLINT(modernize-use-equals-default): no aggregate

  /// Whether the end of a client that waits breaks it, as `abort` does; else
  /// that client is un-counted. Default: false.
  barrier_options& break_on_death(bool x) {
    break_on_death_ = x;
    return *this;
  }
  /// For people who look at what waits for it; see `tree`. Default: none.
  barrier_options& name(std::string x) {
    name_ = std::move(x);
    return *this;
  }

  [[nodiscard]] bool break_on_death() const { return break_on_death_; }
  [[nodiscard]] const std::string& name() const { return name_; }

private:
  std::string name_;
  bool break_on_death_ = false;
};

/// The rules of a barrier: when as many wait as it has parties, all are
/// granted, each with its index, and it begins anew.
///
/// A pure state machine: each input says what to do, in this order; valid until
/// the next input. The client of a grant has nothing then.
///
/// Threads: none of its own; one caller at a time.
class barrier_rules {
public:
  /// @pre `parties > 0`.
  explicit barrier_rules(std::size_t parties,
                         const barrier_options& options = barrier_options{})
    : parties_(parties), options_(options) {}

  /// Refuses: `broken`, `timed_out`.
  std::span<const line::output> wait(const line::place& place, time_point now);
  /// Refuses all that wait: `broken`.
  std::span<const line::output> reset();
  /// The same, and whoever comes until a `reset`.
  std::span<const line::output> abort();
  std::span<const line::output> withdraw(line::client_id client,
                                         std::uint64_t ticket);
  std::span<const line::output> gone(line::client_id client);
  std::span<const line::output> tick(time_point now);

  [[nodiscard]] std::size_t parties() const noexcept { return parties_; }
  [[nodiscard]] std::size_t waiting() const noexcept { return line_.size(); }
  [[nodiscard]] bool broken() const noexcept { return broken_; }
  /// When `tick` is wanted next; `never` if it is not.
  [[nodiscard]] time_point wakeup() const noexcept;

private:
  void refuse(const line::place& place, errc why);
  void refuse_all();

  std::size_t parties_;
  barrier_options options_;
  bool broken_ = false;
  line::waiting_line<> line_;
  std::vector<line::output> out_;
};

} // namespace troupe
