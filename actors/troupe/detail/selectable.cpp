#include "troupe/detail/selectable.hpp"

#include "troupe/detail/outcome.hpp"
#include "troupe/msg/failure.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace troupe::detail {

/// Waits until one of them has ended.
class select_wait final : public suspension {
public:
  explicit select_wait(std::vector<selectable*> all) : all_(std::move(all)) {}
  select_wait(const select_wait&) = delete;
  select_wait& operator=(const select_wait&) = delete;
  ~select_wait() { end_all(); }

  void await_suspend(std::coroutine_handle<> coroutine) {
    suspend(coroutine, "select");
    for (auto* one : all_)
      one->begin(*this, owner());
  }

  std::size_t await_resume() {
    check();
    (*first_)->check();
    return static_cast<std::size_t>(first_ - all_.begin());
  }

  void ended(selectable* one) {
    first_ = std::find(all_.begin(), all_.end(), one);
    end_all();
    finish();
  }

private:
  void end_all() noexcept {
    for (auto* one : all_)
      one->end();
  }

  std::vector<selectable*> all_;
  std::vector<selectable*>::iterator first_;
};

void selectable::check() const {
  if (failed_)
    throw failure{failed_};
}

void selectable::begin(select_wait& all, fiber& from) {
  all_ = &all;
  fiber_ = &from;
  slot_ = from.open(*this);
  ask(from, slot_);
}

void selectable::end() noexcept {
  if (slot_ == 0)
    return;
  auto slot = std::exchange(slot_, 0);
  fiber_->close(slot);
  if (!fiber_->closing()) // those that were asked see that
    decline(*fiber_, slot);
}

void selectable::on_answer(content& what) {
  auto slot = std::exchange(slot_, 0);
  fiber_->close(slot);
  try {
    take(*fiber_, slot, what);
  } catch (...) {
    failed_ = error_of(std::current_exception());
  }
  all_->ended(this);
}

task<std::size_t> select_first(std::vector<selectable*> all) {
  for (std::size_t i = 0; i != all.size(); ++i) {
    auto there = co_await all[i]->poll();
    if (there)
      co_return i;
  }
  select_wait wait{std::move(all)};
  auto first = co_await wait;
  co_return first;
}

} // namespace troupe::detail
