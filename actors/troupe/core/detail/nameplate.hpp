#pragma once

#include "troupe/core/line.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace troupe::detail {

/// What people see of something that tasks wait for: what it is, its name, and
/// who holds it. It can be read at any time, though its actor be busy or stuck.
///
/// Threads: any; `show` from its owner only.
class nameplate {
public:
  /// What it says at some moment.
  struct copy {
    const char* kind;
    std::string name;
    /// Some of those that hold it, while others wait.
    std::vector<line::holder> holders;
    /// How many more there are.
    std::size_t more;
  };

  /// @param of By which address those that wait know it.
  /// @param kind What it is: "lock"; static.
  /// @param name May be empty.
  nameplate(const void* of, const char* kind, std::string name);
  nameplate(const nameplate&) = delete;
  nameplate& operator=(const nameplate&) = delete;
  ~nameplate();

  /// How many holders are shown at most.
  static constexpr std::size_t most = 4;

  /// Who holds it, and how many there are in all.
  ///
  /// @pre `some` are the first of them, and not more than `most`.
  void show(std::span<const line::holder> some, std::size_t all) noexcept {
    auto to = holders_.begin();
    for (const auto& [client, task] : some) {
      to->client.store(client, std::memory_order_relaxed);
      to->task.store(task, std::memory_order_relaxed);
      ++to;
    }
    held_by_.store(all, std::memory_order_relaxed);
  }

  /// "lock `a`", "a lock".
  [[nodiscard]] std::string text() const { return text_of(kind_, name_); }
  [[nodiscard]] static std::string text_of(const char* kind,
                                           const std::string& name);

  /// Those that exist, by their addresses.
  [[nodiscard]] static std::unordered_map<const void*, copy> all();

private:
  struct place {
    std::atomic<std::uint64_t> client{0};
    std::atomic<std::uint64_t> task{0};
  };
  struct shard;

  [[nodiscard]] static shard& shard_of(const void* address) noexcept;
  [[nodiscard]] copy read() const;

  const void* of_;
  const char* kind_;
  std::string name_;
  std::atomic<std::size_t> held_by_{0};
  std::array<place, most> holders_;
  nameplate* previous_ = nullptr; // in its shard
  nameplate* next_ = nullptr;

  static shard shards[];
};

} // namespace troupe::detail
