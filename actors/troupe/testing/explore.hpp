#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace troupe::testing {

/// Decides, at every point where a run could go on in several ways, how this
/// run goes on.
class choices {
public:
  /// Follows `prefix`, then takes the first way everywhere.
  explicit choices(std::vector<std::size_t> prefix = {});
  /// Takes ways at random.
  explicit choices(std::uint64_t seed);

  /// One of `0 … ways - 1`.
  ///
  /// @pre `ways > 0`.
  std::size_t choose(std::size_t ways);

  /// What was chosen so far, as "0, 2, 1": a run that can be repeated.
  [[nodiscard]] std::string to_string() const;

  /// Says what happens next in this run, for people who read how it failed.
  void note(std::string step);

  /// What was noted, a line for each step; those that were chosen among others
  /// are marked. Empty if nothing was.
  [[nodiscard]] std::string steps() const;

private:
  friend class explorer;
  struct choice {
    std::size_t taken;
    std::size_t ways;
  };

  std::vector<std::size_t> prefix_;
  struct noted {
    std::string text;
    std::size_t choices; // so far
  };

  std::vector<choice> path_;
  std::vector<noted> steps_;
  std::optional<std::mt19937_64> random_;
};

/// How far an exploration went.
struct explored {
  /// Runs, each of which chose differently but for the random ones.
  std::size_t schedules = 0;
  /// How many of them were random.
  std::size_t random = 0;
  /// Most choices in one run.
  std::size_t deepest = 0;
  /// Whether there is no other run, within the limit of preemptions.
  bool complete = false;
  /// How often a run that was not random could switch between actors that could
  /// go on; nothing where that was not limited.
  std::optional<std::size_t> preemptions;

  /// "1272 schedules, all there are, up to 14 choices deep"; "812 schedules,
  /// all with at most 2 preemptions, 1000 random ones, up to 9 choices deep".
  [[nodiscard]] std::string to_string() const;
};

/// Limits of an exploration. Setters chain.
class explore_options {
public:
  explore_options() {} // NOLINT(modernize-use-equals-default): no aggregate

  /// Most runs. Default: 1,000,000.
  explore_options& limit(std::size_t x) {
    limit_ = x;
    return *this;
  }
  /// Asked after every run: ends the exploration, and the run is printed.
  /// Default: never.
  explore_options& stop_when(std::function<bool()> x) {
    stop_when_ = std::move(x);
    return *this;
  }

  [[nodiscard]] std::size_t limit() const { return limit_; }
  [[nodiscard]] bool stop() const { return stop_when_ && stop_when_(); }

private:
  std::size_t limit_ = 1'000'000;
  std::function<bool()> stop_when_;
};

/// Runs `body` once for each way in which its choices can go, depth first.
///
/// `body` has to be deterministic but for its choices, and to end. A run during
/// which it throws is printed: its steps, if they were noted, and its choices.
explored explore(const std::function<void(choices&)>& body,
                 const explore_options& options = explore_options{});

/// Runs `body` with random choices, once for each seed from `first` on. A run
/// during which it throws, or that ends the exploration, is printed with its
/// seed.
explored explore_seeds(std::uint64_t first, std::size_t count,
                       const std::function<void(choices&)>& body,
                       const explore_options& options = explore_options{});

} // namespace troupe::testing
