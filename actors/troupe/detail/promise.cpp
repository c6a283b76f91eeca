#include "troupe/detail/promise.hpp"

#include "troupe/detail/nested_end.hpp"

namespace troupe::detail {

void promise_base::destroy_chain() noexcept {
  if (!runner_) { // its parameters may be such tasks
    end_nested(frame_.address(), [](void* frame) {
      std::coroutine_handle<>::from_address(frame).destroy();
    });
    return;
  }
  auto* at = this;
  while (at->inner_)
    at = at->inner_;
  while (at != this) {
    auto* outer = at->outer_;
    outer->inner_ = nullptr;
    *at->holder_ = nullptr; // which would destroy it again
    at->frame_.destroy();
    at = outer;
  }
  frame_.destroy();
}

} // namespace troupe::detail
