#pragma once

#include "troupe/core/time.hpp"
#include "troupe/detail/actor_ref.hpp"
#include "troupe/detail/suspension.hpp"
#include "troupe/msg/error.hpp"

#include <coroutine>
#include <optional>
#include <utility>

namespace troupe::detail {

[[nodiscard]] bool is_error(content& what);

/// That of an answer which is none of those that were expected.
[[nodiscard]] error error_of(content& what);

/// Waits for an answer, of any type, or the end of a time.
class answer_wait : public suspension {
protected:
  answer_wait(actor_ref to, duration limit)
    : target(std::move(to)), limit_(limit) {}
  answer_wait(const answer_wait&) = delete;
  answer_wait& operator=(const answer_wait&) = delete;
  answer_wait(answer_wait&& other) noexcept
    : target(std::move(other.target)), limit_(other.limit_) {}
  ~answer_wait();

  void begin(std::coroutine_handle<> coroutine);
  /// Throws what the answer tells, if that is an error.
  void check_answer();

  actor_ref target;

private:
  class limit_slot final : public slot_handler {
  public:
    explicit limit_slot(answer_wait& owner) : owner_(owner) {}
    void on_answer(content&) override { owner_.limit_passed(); }

  private:
    answer_wait& owner_;
  };

  void on_answer(content& what) final;
  virtual bool take(content& what) = 0;
  void limit_passed();
  void stop_limit() noexcept;

  duration limit_;
  slot_id limit_id_ = 0;
  std::optional<limit_slot> limit_handler_;
  error failed_;
};

} // namespace troupe::detail
