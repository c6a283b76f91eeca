#pragma once

#include "troupe/msg/group.hpp"

#include <caf/fwd.hpp>

#include <cstdint>
#include <string>

namespace troupe {

/// Which run of which child an actor is, and whose.
struct child_run {
  caf::strong_actor_ptr supervisor;
  std::uint64_t task = 0;
  std::uint32_t attempt = 0;
  /// The thread that starts it.
  caf::execution_unit* context = nullptr;
};

/// A child's side of the conversation with its supervisor: remembers which run
/// of which task it is, and says so in every message.
///
///     [this](const v1::TaskStart& x) { link_.start(*this, x); … }
///     [this](const v1::TaskPause& x) {
///       if (link_.is_mine(x))
///         link_.parked(x.pause());
///     }
///
/// Threads: from its actor only.
class child_link {
public:
  /// Belongs to the handler of `TaskStart`: its sender is the supervisor, which
  /// hears that the child has started.
  void start(caf::local_actor& self, const v1::TaskStart& task);

  /// The same for a child that needs no `TaskStart`, and says by `tell_started`
  /// that it has started, unless it has ended before.
  void begin(caf::local_actor& self, const child_run& run);

  /// @param name For people; may be empty.
  void tell_started(const std::string& name);

  /// Whether a message speaks of this run; others are to be dropped.
  template <class Message>
  [[nodiscard]] bool is_mine(const Message& x) const noexcept {
    return started() && x.task() == task_ && x.attempt() == attempt_;
  }

  /// Whether there is a supervisor that waits for `finished`.
  [[nodiscard]] bool started() const noexcept { return self_ != nullptr; }

  /// Stands still, as the pause with this number asked for.
  void parked(std::uint64_t pause);

  /// @param bytes All of them so far.
  /// @param total_bytes How many there will be; 0 if nobody knows.
  void progress(std::uint64_t bytes, std::uint64_t total_bytes = 0);

  /// The end of this run; nothing is said after it.
  ///
  /// @param bytes All of them, where the child counts them.
  void finished(v1::Outcome outcome, payload value = {},
                std::uint64_t bytes = 0);

private:
  template <class... Messages>
  void tell(Messages&&... messages);

  caf::local_actor* self_ = nullptr;
  caf::strong_actor_ptr supervisor_;
  std::uint64_t task_ = 0;
  std::uint32_t attempt_ = 0;
};

/// The outcome of a child that succeeded.
[[nodiscard]] v1::Outcome succeeded();

/// The outcome of a child that failed: `CANCELLED` and `TIMED_OUT` for those
/// codes' errors, else `FAILED`.
[[nodiscard]] v1::Outcome failed(const error& why);

} // namespace troupe
