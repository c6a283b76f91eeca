#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace troupe {

/// Who wanted something to be cancelled: the numbers of `v1::CancelReason`.
enum class cancel_reason : std::uint8_t {
  /// Somebody asked for it.
  requested = 1,
  /// Another child of the group failed.
  sibling_failed = 2,
  /// A deadline passed.
  deadline = 3,
  /// The group is itself a child, and its supervisor cancelled it.
  parent = 4,
  /// The program ends.
  shutdown = 5,
  /// Enough other children of the group succeeded.
  superseded = 6,
};

/// The name of a reason as it is written here.
[[nodiscard]] std::string_view to_string(cancel_reason reason) noexcept;

/// Thrown at the await of a task that is cancelled, or that waits for another
/// one which is: `task` tells which.
///
/// It is neither a `failure` nor a `std::exception`, so that handlers of errors
/// let it pass. Who catches it and goes on is not cancelled (asyncio row K8).
class cancelled {
public:
  explicit cancelled(cancel_reason reason, std::string text = {})
    : reason_(reason), text_(std::move(text)) {}
  /// @param task See `task`; not empty.
  cancelled(cancel_reason reason, std::string text, std::string task)
    : reason_(reason), text_(std::move(text)),
      task_(std::make_shared<const std::string>(std::move(task))) {}

  [[nodiscard]] cancel_reason reason() const noexcept { return reason_; }

  /// What was said with the cancel; may be empty.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  /// The name of the task, or "promise", that was cancelled, where the task
  /// that sees this only waited for it, and nobody cancelled that one. Empty
  /// for a cancel of its own.
  [[nodiscard]] const std::string& task() const noexcept;

private:
  cancel_reason reason_;
  std::string text_;
  std::shared_ptr<const std::string> task_;
};

/// "cancelled (deadline): the group's deadline passed"; that of another one,
/// "task `fetch` was cancelled (requested)".
[[nodiscard]] std::string to_string(const cancelled& what);

} // namespace troupe
