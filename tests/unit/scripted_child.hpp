#pragma once

#include "troupe/core/child_link.hpp"
#include "troupe/core/supervisor_actor.hpp"
#include "troupe/msg/setup.hpp"

#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <functional>
#include <utility>

namespace troupe::testing {

class child;

/// What a test has a child do, inside the child.
struct errand {
  std::function<void(child&)> run;
};

} // namespace troupe::testing

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::testing::errand)

namespace troupe::testing {

using scripted_actor = supervised_actor::extend_with<actor<void(errand)>>;

/// What a child of a group can do.
class child {
public:
  explicit child(scripted_actor::pointer actor) : self(actor) {}

  void start(const v1::TaskStart& x) {
    id = x.task();
    deadline_ms = x.deadline_ms();
    link.start(*self, x);
  }

  void finish(const v1::Outcome& outcome = succeeded(), payload value = {}) {
    link.finished(outcome, std::move(value));
    self->quit();
  }

  void park() { link.parked(pause); }

  scripted_actor::pointer self;
  child_link link;
  child_id id = 0;
  std::uint64_t deadline_ms = 0;
  v1::CancelReason reason{}; // of the cancel
  std::uint64_t pause = 0;   // the last that it was asked for
  // For scripts:
  bool parked = false;
  bool idle = false;
};

/// What a child does when it is told something. By default it runs until it is
/// told otherwise, parks at once, and gives way to a cancel at once.
struct child_script {
  std::function<void(child&)> on_start = [](child&) {};
  std::function<void(child&)> on_cancel = [](child& self) {
    self.finish(failed(error{errc::cancelled}));
  };
  std::function<void(child&)> on_pause = [](child& self) { self.park(); };
  std::function<void(child&)> on_resume = [](child&) {};
};

inline scripted_actor::behavior_type
play(scripted_actor::stateful_pointer<std::unique_ptr<child>> self,
     const child_script& script) {
  answer_clearly(self);
  self->state = std::make_unique<child>(self);
  auto& me = *self->state;
  return {
    [&me, script](const v1::TaskStart& x) {
      me.start(x);
      script.on_start(me);
    },
    [&me, script](const v1::TaskCancel& x) {
      if (!me.link.is_mine(x))
        return;
      me.reason = x.reason();
      script.on_cancel(me);
    },
    [&me, script](const v1::TaskPause& x) {
      if (!me.link.is_mine(x))
        return;
      me.pause = x.pause();
      script.on_pause(me);
    },
    [&me, script](const v1::TaskResume& x) {
      if (me.link.is_mine(x))
        script.on_resume(me);
    },
    [&me](const errand& x) { x.run(me); },
  };
}

inline scripted_actor spawn_child(caf::actor_system& system,
                                  const child_script& script = {}) {
  return system.spawn(play, script);
}

} // namespace troupe::testing
