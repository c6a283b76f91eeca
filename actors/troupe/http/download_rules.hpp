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

  /// Look at the file that is there already, before `start` or instead of it.
  struct check {};
  /// A part of it has been looked at, and there is more.
  struct checked_part {};
  struct start {};
  /// The running try was redirected, and is to go on elsewhere.
  struct redirected {};
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

  using input = std::variant<check, checked_part, start, redirected, succeeded,
                             failed, stopped, pause, resume, cancel, tick>;

  // -- outputs ----------------------------------------------------------------

  /// Look at the next part of the file that is there already.
  struct check_part {};
  /// Queue up for another try, or for going on with this one.
  struct submit {
    bool goes_on = false;
  };
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

  using output = std::variant<check_part, submit, hold_try, release_try,
                              cancel_try, parked, finish>;

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
  // Checking, it may stand still between two parts.
  enum class state { created, checking, between, trying, waiting, done };

  void on(const check&);
  void on(const checked_part&);
  void on(const start&);
  void on(const redirected&);
  void on(const succeeded&);
  void on(const failed&);
  void on(const stopped&);
  void on(const pause&);
  void on(const resume&);
  void on(const cancel&);
  void on(const tick&);
  void check_on();
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
  bool goes_on_ = false; // the next one to be queued up is no new try
  std::uint64_t pause_ = 0;
  bool cancelled_ = false;
  std::string cancel_text_;
  std::vector<output> out_;
};

} // namespace troupe::http
