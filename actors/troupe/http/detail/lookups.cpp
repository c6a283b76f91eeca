#include "troupe/http/detail/lookups.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace troupe::http::detail {

namespace {

constexpr std::size_t most_known = 10'000;

} // namespace

std::optional<lookups::start> lookups::add(transfer what) {
  auto at = waiting_.find(what.where.host);
  if (at != waiting_.end()) {
    at->second.push_back(std::move(what));
    return std::nullopt;
  }
  auto looks_up = false;
  if (!known_.contains(what.where.host)) {
    auto where = origin_of(what.where.url);
    looks_up = where && where->is_name;
    if (looks_up)
      waiting_.try_emplace(what.where.host);
    else
      remember(what.where.host);
  }
  return start{std::move(what), looks_up};
}

std::deque<transfer> lookups::found(const std::string& host) {
  remember(host);
  return failed(host); // those who waited
}

std::deque<transfer> lookups::failed(const std::string& host) {
  auto at = waiting_.extract(host);
  return at ? std::move(at.mapped()) : std::deque<transfer>{};
}

std::optional<transfer> lookups::next(const std::string& host) {
  auto at = waiting_.find(host);
  if (at == waiting_.end())
    return std::nullopt;
  if (at->second.empty()) {
    waiting_.erase(at);
    return std::nullopt;
  }
  auto result = std::move(at->second.front());
  at->second.pop_front();
  return result;
}

std::optional<transfer> lookups::take(transfer_id id) {
  for (auto& [host, queue] : waiting_) {
    auto at = std::find_if(queue.begin(), queue.end(),
                           [&](const transfer& x) { return x.id == id; });
    if (at == queue.end())
      continue;
    auto result = std::move(*at);
    queue.erase(at);
    return result;
  }
  return std::nullopt;
}

std::vector<transfer> lookups::take_all() {
  std::vector<transfer> result;
  for (auto& [host, queue] : std::exchange(waiting_, {}))
    std::move(queue.begin(), queue.end(), std::back_inserter(result));
  return result;
}

void lookups::remember(const std::string& host) {
  if (known_.size() >= most_known)
    known_.clear(); // libcurl has forgotten most of them by now
  known_.insert(host);
}

} // namespace troupe::http::detail
