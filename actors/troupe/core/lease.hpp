#pragma once

#include <atomic>
#include <cstdint>

namespace troupe {

/// The grant of a lock, as the lock and its last holder see it: who released it
/// may take it again without asking, until the lock recalls it for somebody
/// else. (A biased lock, with an actor instead of a revoking thread.)
///
/// One word says how it stands, and each change of it is one atomic step, so
/// that a recall and a take cannot both succeed. Every take has a new token.
///
/// Threads: any; `grant`, `recall` and `peek` from the lock only.
class lease {
public:
  /// A client, and which of its tasks.
  struct owner {
    std::uint64_t client = 0;
    std::uint64_t task = 0;
  };

  /// How it stands.
  struct state {
    std::uint64_t token; // the last one
    bool held;
  };

  // -- for the lock -----------------------------------------------------------

  /// It is held by that owner, who may keep it.
  ///
  /// @pre Recalled.
  void grant(std::uint64_t token, owner who) noexcept {
    client_.store(who.client, std::memory_order_relaxed);
    task_.store(who.task, std::memory_order_relaxed);
    word_.store(token << shift | held, std::memory_order_release);
  }

  /// From now on its owner has to ask, and to say when it releases it.
  state recall() noexcept {
    return state_of(word_.fetch_or(recalled, std::memory_order_acq_rel));
  }

  [[nodiscard]] state peek() const noexcept {
    return state_of(word_.load(std::memory_order_acquire));
  }

  // -- for its owner ----------------------------------------------------------

  /// Takes it again.
  ///
  /// @return The new token; 0 if the lock has to be asked.
  [[nodiscard]] std::uint64_t take(owner who) noexcept {
    auto word = word_.load(std::memory_order_acquire);
    // A word that is idle is of the owner that was stored before it was. A new
    // grant in between changes the word: its token is larger.
    if ((word & (held | recalled)) != 0
        || client_.load(std::memory_order_relaxed) != who.client
        || task_.load(std::memory_order_relaxed) != who.task)
      return 0;
    auto token = (word >> shift) + 1;
    auto taken = word_.compare_exchange_strong(word, token << shift | held,
                                               std::memory_order_acquire,
                                               std::memory_order_relaxed);
    return taken ? token : 0;
  }

  /// @return False if the lock has to be told.
  [[nodiscard]] bool release(std::uint64_t token) noexcept {
    auto word = token << shift | held;
    return word_.compare_exchange_strong(word, token << shift,
                                         std::memory_order_release,
                                         std::memory_order_relaxed);
  }

private:
  static constexpr std::uint64_t held = 1;
  static constexpr std::uint64_t recalled = 2;
  static constexpr int shift = 2;

  static state state_of(std::uint64_t word) noexcept {
    return {word >> shift, (word & held) != 0};
  }

  std::atomic<std::uint64_t> word_{recalled};
  std::atomic<std::uint64_t> client_{0};
  std::atomic<std::uint64_t> task_{0};
};

} // namespace troupe
