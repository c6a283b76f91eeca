#include "troupe/detail/task_actor.hpp"

#include "troupe/core/child_link.hpp"
#include "troupe/core/detail/in_place.hpp"
#include "troupe/core/detail/lean.hpp"
#include "troupe/detail/fiber.hpp"
#include "troupe/detail/messaging.hpp"
#include "troupe/detail/outcome.hpp"
#include "troupe/detail/runtime.hpp"
#include "troupe/detail/task_block.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/make_actor.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::detail::pause_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::detail::resume_task)

namespace troupe::detail {

namespace {

// Others that pause a task have numbers from 1 on.
constexpr pause_id supervisor = 0;

/// Never called: `consume` takes all that is for a task. It keeps the actor
/// alive.
const caf::behavior& any_behavior() {
  static const caf::behavior instance{[](ready) {}};
  return instance;
}

/// The actor of one task.
class task_actor final : public lean<caf::event_based_actor>,
                         private fiber_host {
public:
  task_actor(caf::actor_config& config, std::shared_ptr<runtime> system,
             std::shared_ptr<task_block> task, const child_run* run)
    : lean(config) {
    if (run)
      link_.begin(*this, *run);
    fiber_.emplace(static_cast<fiber_host&>(*this), std::move(task),
                   std::move(system));
  }

  const char* name() const override { return "troupe.task"; }

  void on_exit() override {
    if (!fiber_)
      return;
    auto task = fiber_->block();
    fiber_.reset();
    if (link_.started())
      link_.finished(outcome_of(*task));
  }

  caf::invoke_message_result consume(caf::mailbox_element& x) override {
    current_element_ = &x;
    if (x.mid.is_response()) {
      fiber_->answer(x.mid.integer_value(), x.content());
      return caf::invoke_message_result::consumed;
    }
    if (take(x))
      return caf::invoke_message_result::consumed;
    return caf::event_based_actor::consume(x);
  }

  [[nodiscard]] std::string description() const {
    return fiber_ ? "task '" + fiber_->block()->name() + "'" : "an ended task";
  }

protected:
  caf::behavior make_behavior() override {
    fiber_->start();
    if (link_.started()) { // it has not ended yet
      told_ = true;
      link_.tell_started(fiber_->block()->name());
    }
    return any_behavior();
  }

private:
  template <class Message>
  static const Message* as(const content& x) {
    return x.size() == 1 && x.matches(0, caf::make_rtti_pair<Message>())
             ? &x.get_as<Message>(0)
             : nullptr;
  }

  /// @return Whether the message is for the task.
  bool take(const caf::mailbox_element& x) {
    const auto& content = x.content();
    if (const auto* cancel = as<v1::TaskCancel>(content)) {
      if (link_.is_mine(*cancel))
        cancel_task(*cancel);
    } else if (const auto* pause = as<v1::TaskPause>(content)) {
      if (link_.is_mine(*pause))
        hold(pause->pause());
    } else if (const auto* resume = as<v1::TaskResume>(content)) {
      if (link_.is_mine(*resume))
        fiber_->resume(supervisor);
    } else if (const auto* hold_by = as<pause_task>(content)) {
      fiber_->pause(hold_by->who);
      fiber_->when_parked([this, who = actor_ref{x.sender.get()}, id = x.mid] {
        if (who)
          who.get()->get()->eq_impl(id.response_id(), ctrl(), context(),
                                    ready{});
      });
    } else if (const auto* free_by = as<resume_task>(content)) {
      fiber_->resume(free_by->who);
    } else {
      return false;
    }
    return true;
  }

  void cancel_task(const v1::TaskCancel& x) {
    auto reason = static_cast<cancel_reason>(x.reason());
    if (reason == cancel_reason::deadline)
      fiber_->expire(x.text());
    else
      fiber_->cancel(cancelled{reason, x.text()});
  }

  void hold(std::uint64_t pause) {
    fiber_->pause({supervisor, {}});
    fiber_->when_parked([this, pause] {
      if (link_.started())
        link_.parked(pause);
    });
  }

  // -- fiber_host -------------------------------------------------------------

  caf::local_actor& self() noexcept override { return *this; }
  void listen(slot_id) override {}
  void ignore(slot_id) override {}

  void ended() override {
    if (link_.started()) {
      const auto& task = *fiber_->block();
      if (!told_ && task.state() == task_block::phase::failed)
        link_.tell_started(task.name()); // whose failure it is
      link_.finished(outcome_of(task));
    }
    quit();
  }

  child_link link_;
  bool told_ = false; // its supervisor, that it has started
  std::optional<fiber> fiber_;
};

} // namespace

actor_ref spawn_task(std::shared_ptr<runtime> system,
                     std::shared_ptr<task_block> task, const child_run* run,
                     bool eager) {
  auto& caf_system = system->system();
  auto* unit = run ? run->context : unit_here(caf_system);
  caf::actor_config config{unit ? unit : caf_system.dummy_execution_unit()};
  // CAF's own `spawn` would also have this thread log for the system.
  auto actor = caf::make_actor<task_actor, caf::strong_actor_ptr>(
    caf_system.next_actor_id(), caf_system.node(), &caf_system, config,
    std::move(system), std::move(task), run);
  auto* self = static_cast<task_actor*>(actor->get());
  if (eager && unit)
    launch_in_place(*self, *unit);
  else
    launch_in_order(*self, *config.host);
  return actor_ref{actor.get()};
}

std::string describe(caf::resumable& job) {
  if (const auto* task = dynamic_cast<task_actor*>(&job))
    return task->description();
  if (const auto* actor = dynamic_cast<caf::local_actor*>(&job)) {
    std::string_view name = actor->name();
    constexpr std::string_view prefix = "troupe.";
    name.remove_prefix(name.starts_with(prefix) ? prefix.size() : 0);
    return std::string{name};
  }
  return "a task's next turn";
}

} // namespace troupe::detail
