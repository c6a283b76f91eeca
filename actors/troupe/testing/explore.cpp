#include "troupe/testing/explore.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <utility>

namespace troupe::testing {

choices::choices(std::vector<std::size_t> prefix)
  : prefix_(std::move(prefix)) {}

choices::choices(std::uint64_t seed) : random_(seed) {}

std::size_t choices::choose(std::size_t ways) {
  std::size_t taken = 0;
  if (random_)
    taken = static_cast<std::size_t>((*random_)() % ways);
  else if (path_.size() < prefix_.size())
    taken = prefix_[path_.size()];
  if (taken >= ways)
    throw std::logic_error{"choice " + std::to_string(path_.size()) + " has "
                           + std::to_string(ways)
                           + " ways, which it had not before: the run depends "
                             "on more than its choices"};
  path_.push_back({taken, ways});
  return taken;
}

std::string choices::to_string() const {
  std::string result;
  for (const auto& one : path_) {
    if (!result.empty())
      result += ", ";
    result += std::to_string(one.taken);
  }
  return result;
}

void choices::note(std::string step) {
  steps_.push_back({std::move(step), path_.size()});
}

std::string choices::steps() const {
  std::string result;
  std::size_t chosen = 0;
  for (std::size_t i = 0; i != steps_.size(); ++i) {
    const auto& one = steps_[i];
    auto number = std::to_string(i + 1);
    result +=
      (one.choices != std::exchange(chosen, one.choices) ? " * " : "   ")
      + std::string(number.size() < 4 ? 4 - number.size() : 0, ' ') + number
      + "  " + one.text + '\n';
  }
  return result;
}

std::string explored::to_string() const {
  std::string result;
  if (schedules != random)
    result = std::to_string(schedules - random) + " schedules, "
             + (complete ? "all " : "not all ")
             + (preemptions ? "with at most " + std::to_string(*preemptions)
                                + " preemptions"
                            : "there are")
             + ", ";
  if (random != 0)
    result += std::to_string(random) + " random ones, ";
  return result + "up to " + std::to_string(deepest) + " choices deep";
}

/// One run after another.
class explorer {
public:
  explorer(const std::function<void(choices&)>& body,
           const explore_options& options)
    : body_(body), options_(options) {}

  /// @return Whether to go on.
  bool run(choices& way, const std::string& name) {
    auto describe = [&] {
      std::fprintf(stderr, "in schedule %zu%s: %s\n", result.schedules,
                   name.c_str(), way.to_string().c_str());
      if (auto steps = way.steps(); !steps.empty())
        std::fprintf(stderr,
                     "its steps, marked where another could have come:\n%s",
                     steps.c_str());
    };
    ++result.schedules;
    try {
      body_(way);
    } catch (...) {
      describe();
      throw;
    }
    result.deepest = std::max(result.deepest, way.path_.size());
    if (!options_.stop())
      return result.schedules < options_.limit();
    describe();
    return false;
  }

  /// The prefix of the next run in depth-first order; empty after the last.
  static std::vector<std::size_t> next(const choices& way) {
    auto path = way.path_;
    while (!path.empty() && path.back().taken + 1 == path.back().ways)
      path.pop_back();
    std::vector<std::size_t> prefix;
    prefix.reserve(path.size());
    for (const auto& one : path)
      prefix.push_back(one.taken);
    if (!prefix.empty())
      ++prefix.back();
    return prefix;
  }

  explored result;

private:
  const std::function<void(choices&)>& body_;
  const explore_options& options_;
};

explored explore(const std::function<void(choices&)>& body,
                 const explore_options& options) {
  explorer runs{body, options};
  for (std::vector<std::size_t> prefix;;) {
    choices way{std::move(prefix)};
    auto go_on = runs.run(way, "");
    prefix = explorer::next(way);
    runs.result.complete = prefix.empty();
    if (!go_on || prefix.empty())
      return runs.result;
  }
}

explored explore_seeds(std::uint64_t first, std::size_t count,
                       const std::function<void(choices&)>& body,
                       const explore_options& options) {
  explorer runs{body, options};
  for (std::uint64_t seed = first; seed != first + count; ++seed) {
    choices way{seed};
    if (!runs.run(way, " (seed " + std::to_string(seed) + ")"))
      break;
  }
  runs.result.random = runs.result.schedules;
  return runs.result;
}

} // namespace troupe::testing
