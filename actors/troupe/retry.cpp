#include "troupe/retry.hpp"

#include <algorithm>
#include <mutex>
#include <random>

namespace troupe {

struct retry_budget::state {
  std::mutex mutex;
  double ratio;
  double most;
  double saved;
};

retry_budget::retry_budget(double ratio, double most)
  : state_(std::make_shared<state>()) {
  state_->ratio = ratio;
  state_->most = most;
  state_->saved = most;
}

void retry_budget::earn() const {
  std::lock_guard lock{state_->mutex};
  state_->saved = std::min(state_->most, state_->saved + state_->ratio);
}

bool retry_budget::spend() const {
  std::lock_guard lock{state_->mutex};
  if (state_->saved < 1)
    return false;
  state_->saved -= 1;
  return true;
}

bool retry_policy::again(std::uint32_t attempt, const error& why) const {
  return attempt < attempts_ && (!when_ || when_(why))
         && (!budget_ || budget_->spend());
}

duration retry_policy::wait(std::uint32_t attempt) const {
  thread_local std::mt19937_64 random{std::random_device{}()};
  auto limit = initial_;
  for (std::uint32_t i = 1; i < attempt && limit < max_; ++i)
    limit = limit > max_ / 2 ? max_ : limit * 2;
  limit = std::min(limit, max_);
  if (limit <= duration::zero())
    return duration::zero();
  return duration{
    std::uniform_int_distribution<duration::rep>{0, limit.count()}(random)};
}

} // namespace troupe
