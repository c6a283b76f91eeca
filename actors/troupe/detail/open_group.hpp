#pragma once

#include "troupe/detail/actor_ref.hpp"
#include "troupe/detail/fiber.hpp"

#include <functional>
#include <vector>

namespace troupe::detail {

/// A supervisor whose children work for a coroutine: it is paused with it.
///
/// Threads: from the fiber's actor only.
class open_group final : private slot_handler {
public:
  /// Opens it in a fiber, for as long as this exists.
  open_group(fiber& owner, actor_ref supervisor);
  open_group(const open_group&) = delete;
  open_group& operator=(const open_group&) = delete;
  ~open_group();

  void pause();
  void resume();
  /// Calls `then` once the pause is complete.
  void when_parked(std::function<void()> then);

  [[nodiscard]] const actor_ref& supervisor() const noexcept {
    return supervisor_;
  }

private:
  void on_answer(content& what) override;

  fiber& owner_;
  actor_ref supervisor_;
  slot_id slot_ = 0; // of the answer to the pause
  bool parked_ = false;
  std::vector<std::function<void()>> waiting_;
};

} // namespace troupe::detail
