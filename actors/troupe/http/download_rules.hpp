#pragma once

#include "troupe/http/retry.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace troupe::http {

/// The rules of one download: its tries, the waits between them, and what
/// pause, resume and cancel do in each state. A pure state machine.
class download_rules {
public:
  // -- inputs -----------------------------------------------------------------

  struct start {};
  /// A try succeeded.
  struct succeeded {};
  /// A try failed, or ended because it was cancelled.
  struct failed {
    failed_try how;
    double random = 0; // between 0 and 1
  };
  /// The running try stands still, as this pause asked for.
  struct stopped {
    std::uint64_t pause;
  };
  struct pause {
    std::uint64_t number;
  };
  struct resume {};
  struct cancel {
    std::string text;
  };
  /// Time passed; see `wakeup`.
  struct tick {};

  using input = std::variant<start, succeeded, failed, stopped, pause, resume,
                             cancel, tick>;

  // -- outputs ----------------------------------------------------------------

  /// Queue up for another try.
  struct submit {};
  /// Let the queued or running try stand still, or go on.
  struct hold_try {
    std::uint64_t pause;
  };
  struct release_try {};
  struct cancel_try {};
  /// Standing still, as this pause asked for.
  struct parked {
    std::uint64_t pause;
  };
  /// The download ended; nothing follows.
  struct finish {
    error why; // unset if it succeeded
  };

  using output =
    std::variant<submit, hold_try, release_try, cancel_try, parked, finish>;

  // -- operations -------------------------------------------------------------

  /// @param options Have to outlive this.
  /// @param retries Tries after the first.
  download_rules(const session_options& options, std::uint32_t retries);
  download_rules(const session_options&&, std::uint32_t) = delete;

  /// @return What to do, in this order; valid until the next step.
  std::span<const output> step(const input& in, time_point now);

  /// How many tries there were.
  [[nodiscard]] std::uint32_t tries() const noexcept { return tries_; }

  /// When `tick` is wanted; `never` if it is not.
  [[nodiscard]] time_point wakeup() const noexcept;

private:
  enum class state { created, trying, waiting, done };

  void on(const start&);
  void on(const succeeded&);
  void on(const failed&);
  void on(const stopped&);
  void on(const pause&);
  void on(const resume&);
  void on(const cancel&);
  void on(const tick&);
  void try_now();
  void park();
  void end(error why);

  const session_options& options_;
  std::uint32_t retries_;
  state state_ = state::created;
  std::uint32_t tries_ = 0;
  time_point now_;
  time_point retry_at_ = never;
  bool held_ = false;
  bool parked_ = false;
  std::uint64_t pause_ = 0;
  bool cancelled_ = false;
  std::string cancel_text_;
  std::vector<output> out_;
};

} // namespace troupe::http
