#include "troupe/core/detail/nameplate.hpp"

#include "troupe/core/detail/spin_lock.hpp"

#include <algorithm>
#include <functional>
#include <mutex>
#include <utility>

namespace troupe::detail {

namespace {

constexpr std::size_t shard_count = 16;

} // namespace

struct alignas(64) nameplate::shard {
  spin_lock lock;
  nameplate* first = nullptr;
};

constinit nameplate::shard nameplate::shards[shard_count];

nameplate::shard& nameplate::shard_of(const void* address) noexcept {
  return shards[std::hash<const void*>{}(address) / 64 % shard_count];
}

nameplate::nameplate(const void* of, const char* kind, std::string name)
  : of_(of), kind_(kind), name_(std::move(name)) {
  auto& mine = shard_of(this);
  std::lock_guard lock{mine.lock};
  next_ = std::exchange(mine.first, this);
  if (next_)
    next_->previous_ = this;
}

nameplate::~nameplate() {
  auto& mine = shard_of(this);
  std::lock_guard lock{mine.lock};
  (previous_ ? previous_->next_ : mine.first) = next_;
  if (next_)
    next_->previous_ = previous_;
}

std::string nameplate::text_of(const char* kind, const std::string& name) {
  std::string what{kind};
  if (!name.empty())
    return what + " `" + name + "`";
  return (what.front() == 'e' ? "an " : "a ") + what;
}

std::unordered_map<const void*, nameplate::copy> nameplate::all() {
  std::unordered_map<const void*, copy> result;
  for (auto& one : shards) {
    std::lock_guard lock{one.lock};
    for (const auto* plate = one.first; plate; plate = plate->next_)
      result.emplace(plate->of_, plate->read());
  }
  return result;
}

nameplate::copy nameplate::read() const {
  auto all = held_by_.load(std::memory_order_relaxed);
  copy result{kind_, name_, {}, all - std::min(all, most)};
  for (std::size_t i = 0; i != std::min(all, most); ++i)
    result.holders.push_back(
      {holders_[i].client.load(std::memory_order_relaxed),
       holders_[i].task.load(std::memory_order_relaxed)});
  return result;
}

} // namespace troupe::detail
