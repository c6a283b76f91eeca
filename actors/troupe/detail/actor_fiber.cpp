#include "troupe/detail/actor_fiber.hpp"

#include "troupe/detail/coroutine_block.hpp"
#include "troupe/detail/fiber.hpp"
#include "troupe/detail/messaging.hpp"
#include "troupe/detail/runtime.hpp"

#include <caf/behavior.hpp>
#include <caf/detail/behavior_impl.hpp>
#include <caf/detail/invoke_result_visitor.hpp>
#include <caf/scheduled_actor.hpp>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace troupe::detail {

namespace {

/// Takes every message.
template <class F>
class any_message final : public caf::detail::behavior_impl {
public:
  explicit any_message(F take) : take_(std::move(take)) {}

  caf::match_case::result invoke(caf::detail::invoke_result_visitor& result,
                                 caf::type_erased_tuple& x) override {
    take_(x);
    result();
    return caf::match_case::match;
  }

private:
  F take_;
};

/// A fiber in an actor that knows nothing of it. The handlers that CAF keeps
/// for the answers own it: it ends with the last of them, or with the actor.
class actor_fiber final : public std::enable_shared_from_this<actor_fiber>,
                          private fiber_host {
public:
  actor_fiber(caf::scheduled_actor& self, std::shared_ptr<task_block> work)
    : self_(self),
      fiber_(*this, std::move(work), runtime::of(self.home_system())) {}

  void start() {
    auto alive = shared_from_this();
    fiber_.start();
  }

private:
  caf::local_actor& self() noexcept override { return self_; }

  void listen(slot_id id) override {
    if (self_.getf(caf::abstract_actor::is_shutting_down_flag))
      return; // it ends, and a handler would bring it back
    listening_.push_back(id);
    auto take = [me = shared_from_this(), id](content& x) { me->take(id, x); };
    self_.add_multiplexed_response_handler(
      caf::message_id{id},
      caf::behavior{caf::behavior::impl_ptr{
        caf::make_counted<any_message<decltype(take)>>(std::move(take))}});
  }

  /// CAF keeps a handler until there is an answer.
  void ignore(slot_id id) override {
    auto at = std::find(listening_.begin(), listening_.end(), id);
    if (at == listening_.end())
      return;
    listening_.erase(at);
    self_.eq_impl(caf::message_id{id}, self_.ctrl(), self_.context(), ready{});
  }

  /// A handler serves for one answer, a slot until it is closed.
  void take(slot_id id, content& x) {
    auto alive = shared_from_this();
    auto at = std::find(listening_.begin(), listening_.end(), id);
    if (at == listening_.end())
      return;
    listening_.erase(at);
    fiber_.answer(id, x);
    if (fiber_.is_open(id))
      listen(id);
  }

  void ended() override {}

  caf::scheduled_actor& self_;
  std::vector<slot_id> listening_;
  fiber fiber_;
};

} // namespace

void start_in(caf::scheduled_actor& self, task<void> work, std::string name) {
  auto block =
    std::make_shared<coroutine_block<void>>(std::move(work), std::move(name));
  block->collect();
  block->created_at = self.clock().now();
  std::make_shared<actor_fiber>(self, std::move(block))->start();
}

} // namespace troupe::detail
