#pragma once

#include "troupe/task.hpp"
#include "troupe/testing/explore.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace troupe::testing {

/// Limits of an exploration of tasks. Setters chain.
class explore_tasks_options {
public:
  explore_tasks_options() {} // NOLINT(modernize-use-equals-default)

  /// How often a run may switch from an actor that could go on to another, or
  /// let time pass meanwhile. Most bugs need few such switches, and each more
  /// makes many more runs. Default: 2.
  explore_tasks_options& preemptions(std::size_t x) {
    preemptions_ = x;
    return *this;
  }
  /// Most runs. Default: 20,000.
  explore_tasks_options& limit(std::size_t x) {
    limit_ = x;
    return *this;
  }
  /// Random runs after those, without a limit of preemptions. Default: 1,000.
  explore_tasks_options& seeds(std::size_t x) {
    seeds_ = x;
    return *this;
  }
  /// The first seed. Default: 1.
  explore_tasks_options& first_seed(std::uint64_t x) {
    first_seed_ = x;
    return *this;
  }

  /// Plays one run only: its choices as they were printed when it failed, with
  /// the same number of preemptions.
  explore_tasks_options& replay(std::vector<std::size_t> x) {
    replay_ = std::move(x);
    return *this;
  }

  [[nodiscard]] std::size_t preemptions() const { return preemptions_; }
  [[nodiscard]] std::size_t limit() const { return limit_; }
  [[nodiscard]] std::size_t seeds() const { return seeds_; }
  [[nodiscard]] std::uint64_t first_seed() const { return first_seed_; }
  [[nodiscard]] const std::optional<std::vector<std::size_t>>& replay() const {
    return replay_;
  }

private:
  std::size_t preemptions_ = 2;
  std::size_t limit_ = 20'000;
  std::size_t seeds_ = 1'000;
  std::uint64_t first_seed_ = 1;
  std::optional<std::vector<std::size_t>> replay_;
};

/// Runs a program of tasks in one order of its actors after the other, in
/// virtual time; that the next timer goes off is a choice too.
///
///     auto covered = explore_tasks([] { return two_clients(); });
///     std::puts(covered.to_string().c_str());
///
/// @param make Gives the main task of each run; it throws where something is
///             wrong.
/// @return How far it went, random runs included. `complete` is about the
///         others only: all runs with so few preemptions, not all that there
///         are.
/// Fails: throws what the main task threw, after printing the order, with the
///        names of tasks, and the line that plays it again; `failure`
///        (`would_deadlock`) when no task can go on.
explored
explore_tasks(const std::function<task<void>()>& make,
              const explore_tasks_options& options = explore_tasks_options{});

} // namespace troupe::testing
