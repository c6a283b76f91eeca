#include "troupe/core/detail/roster.hpp"

#include <caf/actor_cast.hpp>
#include <caf/local_actor.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>

namespace troupe::detail {

namespace {

struct alignas(64) shard {
  std::mutex mutex;
  roster_place* first = nullptr;
};

// Never destroyed: actors may end after main.
auto& shards() {
  static auto* instance = new std::array<shard, 16>;
  return *instance;
}

shard& shard_of(const roster_place& place) {
  return shards()[std::hash<const void*>{}(&place) / 64 % shards().size()];
}

} // namespace

roster_place::roster_place(caf::local_actor& who, activity what)
  : who_(who), what_(what) {
  auto& mine = shard_of(*this);
  std::lock_guard lock{mine.mutex};
  next_ = std::exchange(mine.first, this);
  if (next_)
    next_->previous_ = this;
}

roster_place::~roster_place() {
  leave();
}

void roster_place::leave() noexcept {
  auto& mine = shard_of(*this);
  std::lock_guard lock{mine.mutex};
  if (!std::exchange(listed_, false))
    return;
  (previous_ ? previous_->next_ : mine.first) = next_;
  if (next_)
    next_->previous_ = previous_;
}

std::vector<roster::entry> roster::of(const caf::actor_system& system) {
  std::vector<entry> result;
  for (auto& one : shards()) {
    std::lock_guard lock{one.mutex};
    for (auto* at = one.first; at; at = at->next_) {
      auto* who = at->who_.ctrl();
      // An actor that nobody refers to any more is being destroyed.
      if (who->home_system == &system && caf::intrusive_ptr_upgrade_weak(who)) {
        result.push_back({caf::strong_actor_ptr{who, false}, at->what_});
      }
    }
  }
  return result;
}

} // namespace troupe::detail
