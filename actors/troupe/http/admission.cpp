#include "troupe/http/admission.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace troupe::http {

admission::admission(std::size_t total, std::size_t per_host,
                     std::uint64_t starts)
  : total_(std::max<std::size_t>(total, 1)),
    per_host_(std::max<std::size_t>(per_host, 1)) {
  if (starts > 0)
    rate_.emplace(starts, std::chrono::seconds{1}, 1);
}

void admission::submit(id transfer, const std::string& host, entry as) {
  auto at = hosts_.try_emplace(host).first;
  auto& state = at->second;
  auto place = state.queue.insert(
    as == entry::goes_on ? state.first_new : state.queue.end(), transfer);
  if (as == entry::begins && state.first_new == state.queue.end())
    state.first_new = place;
  entries_.emplace(transfer, entry_state{&state, &at->first, place});
  ++waiting_;
  offer(at->first, state);
}

bool admission::leave(id transfer) {
  auto at = entries_.find(transfer);
  if (at == entries_.end())
    return false;
  auto [host, name, place, started, held] = at->second;
  entries_.erase(at);
  if (started) {
    --host->active;
    --active_;
    offer(*name, *host);
  } else {
    take(*host, place);
    host->held -= held ? 1 : 0;
    --waiting_;
  }
  forget_if_idle(*name, *host);
  return !started;
}

bool admission::hold(id transfer, bool held) {
  auto at = entries_.find(transfer);
  if (at == entries_.end() || at->second.started)
    return false;
  auto& entry = at->second;
  if (entry.held != held) {
    entry.held = held;
    entry.host->held += held ? 1 : std::size_t(-1);
    offer(*entry.name, *entry.host);
  }
  return true;
}

std::vector<admission::id> admission::start(time_point now) {
  std::vector<id> result;
  ++starts_;
  for (; wakeup() <= now; early_.erase(early_.begin())) {
    auto at = hosts_.find(early_.begin()->second);
    if (at == hosts_.end())
      continue;
    auto& host = at->second;
    if (std::exchange(host.is_early, false)) {
      host.due = wakeup();
      host.woken = starts_;
    }
    offer(at->first, host);
  }
  while (active_ < total_ && !turns_.empty()) {
    auto name = std::move(turns_.front());
    turns_.pop_front();
    auto at = hosts_.find(name);
    if (at == hosts_.end())
      continue;
    auto& host = at->second;
    host.in_turn = false;
    auto free = [&](id x) { return !entries_.at(x).held; };
    auto next = std::find_if(host.queue.begin(), host.queue.end(), free);
    if (next == host.queue.end() || host.active >= per_host_) {
      forget_if_idle(name, host);
      continue;
    }
    if (rate_ && is_early(name, host, now))
      continue;
    auto& entry = entries_.at(*next);
    entry.started = true;
    result.push_back(*next);
    take(host, next);
    ++host.active;
    ++active_;
    --waiting_;
    offer(at->first, host);
  }
  return result;
}

time_point admission::wakeup() const noexcept {
  return early_.empty() ? never : early_.begin()->first;
}

/// Whether one may not start yet; if it may, it does. Those that waited for
/// this alone count from when they were due, however late that is told.
bool admission::is_early(const std::string& name, host_state& host,
                         time_point now) {
  auto when = rate_->ready(name);
  if (when > now) {
    host.is_early = true;
    early_.emplace(when, name);
    return true;
  }
  rate_->acquire({}, name, 1,
                 host.woken == starts_ ? std::max(host.due, when) : now);
  return false;
}

void admission::take(host_state& host, std::list<id>::iterator place) {
  if (host.first_new == place)
    ++host.first_new;
  host.queue.erase(place);
}

void admission::offer(const std::string& name, host_state& host) {
  if (host.in_turn || host.is_early || host.queue.size() == host.held
      || host.active >= per_host_)
    return;
  host.in_turn = true;
  turns_.push_back(name);
}

void admission::forget_if_idle(const std::string& name, host_state& host) {
  // One that is in turn goes when it is its turn, so that it is in turn once.
  if (host.queue.empty() && host.active == 0 && !host.in_turn)
    hosts_.erase(std::string{name});
}

} // namespace troupe::http
