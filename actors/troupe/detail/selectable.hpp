#pragma once

#include "troupe/detail/fiber.hpp"
#include "troupe/detail/suspension.hpp"
#include "troupe/msg/error.hpp"
#include "troupe/task.hpp"

#include <coroutine>
#include <cstddef>
#include <vector>

namespace troupe::detail {

class select_wait;

/// One of the operations that `select` waits for. It ends with its value in it,
/// or given up.
class selectable : private slot_handler {
public:
  selectable() = default;
  selectable(const selectable&) = delete;
  selectable& operator=(const selectable&) = delete;
  virtual ~selectable() = default;

  /// Has it at once, or not at all.
  ///
  /// Fails: throws what is no reason to wait.
  virtual task<bool> poll() = 0;

  /// Fails: throws why it failed.
  void check() const;

private:
  friend class select_wait;

  /// Asks for it; the answer comes to the slot, which is the ticket as well.
  virtual void ask(fiber& from, slot_id slot) = 0;
  /// The answer is there: takes it, or throws why it failed.
  virtual void take(fiber& from, slot_id slot, content& answer) = 0;
  /// Gives up what it asked for, though it be on its way. What it took it gives
  /// back when it goes.
  virtual void decline(fiber& from, slot_id slot) noexcept = 0;

  void begin(select_wait& all, fiber& from);
  void end() noexcept;
  void on_answer(content& what) override;

  select_wait* all_ = nullptr;
  fiber* fiber_ = nullptr;
  slot_id slot_ = 0;
  error failed_;
};

/// The first of those, in their order where some are there already.
///
/// Cancel: all are given up.
task<std::size_t> select_first(std::vector<selectable*> all);

} // namespace troupe::detail
