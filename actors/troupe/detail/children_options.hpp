#pragma once

#include "troupe/core/supervisor_options.hpp"
#include "troupe/core/time.hpp"

#include <cstddef>

namespace troupe::detail {

/// What whoever runs several tasks can be told; each adds what it honours
/// besides. Setters chain.
///
/// @tparam Self The class that derives from it.
template <class Self>
class children_options {
public:
  /// Most tasks that are started and have not ended, at least 1. Default:
  /// unlimited.
  Self& limit(std::size_t x) { return set(rules_.limit(x)); }
  /// Longest time between two starts, unless one fails in between. Default:
  /// zero, which starts them together.
  Self& stagger(duration x) { return set(rules_.stagger(x)); }
  /// When all are cancelled, to end as `timed_out`. Default: never.
  Self& deadline(time_point x) { return set(rules_.deadline(x)); }
  /// Whether the deadline moves away by the time that they are paused. Default:
  /// false.
  Self& stop_clock(bool x) { return set(rules_.stop_clock(x)); }
  /// How long after a cancel tasks that go on are ended, as `lost`. Default:
  /// never.
  Self& grace(duration x) { return set(rules_.grace(x)); }
  /// How long after `grace` they are killed. Default: never.
  Self& kill_after(duration x) { return set(rules_.kill_after(x)); }

  /// All of it as a supervisor takes it.
  [[nodiscard]] const supervisor_options& rules() const { return rules_; }

protected:
  children_options() {} // NOLINT(modernize-use-equals-default): no aggregate

  /// `return set(edit().on_error(x));` is a setter.
  Self& set(supervisor_options&) { return static_cast<Self&>(*this); }
  [[nodiscard]] supervisor_options& edit() { return rules_; }

private:
  supervisor_options rules_;
};

} // namespace troupe::detail
