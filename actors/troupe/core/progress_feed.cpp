#include "troupe/core/progress_feed.hpp"

#include <algorithm>

namespace troupe {

std::size_t progress_feed::add(duration interval) {
  watchers_.push_back({interval});
  return watchers_.size() - 1;
}

void progress_feed::changed() noexcept {
  for (auto& watcher : watchers_)
    watcher.behind = true;
}

std::vector<std::size_t> progress_feed::due(time_point now) {
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < watchers_.size(); ++i) {
    auto& watcher = watchers_[i];
    if (!watcher.behind || now < watcher.next)
      continue;
    watcher.behind = false;
    watcher.next = after(now, watcher.interval);
    result.push_back(i);
  }
  return result;
}

std::vector<std::size_t> progress_feed::flush() {
  for (auto& watcher : watchers_)
    watcher.next = time_point::min();
  return due(never);
}

time_point progress_feed::wakeup() const noexcept {
  auto result = never;
  for (const auto& watcher : watchers_)
    if (watcher.behind)
      result = std::min(result, watcher.next);
  return result;
}

} // namespace troupe
