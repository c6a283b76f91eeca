#pragma once

#include "troupe/msg/error.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/timespan.hpp>

#include <functional>
#include <string>
#include <utility>

namespace troupe {

/// What a test has a plain actor do.
struct chore {
  std::function<void(caf::event_based_actor*)> run;
};

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::chore)

namespace troupe {

/// An actor of plain CAF, as a client of what is tested.
class plain_client {
public:
  explicit plain_client(caf::actor_system& system)
    : actor_(system.spawn([](caf::event_based_actor* self) {
        self->set_default_handler(caf::drop); // answers that nobody wants
        return caf::behavior{[self](const chore& x) { x.run(self); }};
      })) {}

  /// Sends a request; `then` takes its answer, `complain` the code of an error.
  template <class Reply, class Handle, class Message>
  void ask(
    const Handle& whom, Message what, std::function<void(const Reply&)> then,
    std::function<void(std::string)> complain = [](const auto&) {}) {
    run([=](caf::event_based_actor* self) {
      self->request(whom, caf::infinite, what)
        .then(then, [complain](const caf::error& why) {
          complain(std::string{to_string(from_caf(why).code())});
        });
    });
  }

  template <class Handle, class Message>
  void tell(const Handle& whom, Message what) {
    run([=](caf::event_based_actor* self) { self->send(whom, what); });
  }

  /// Does something later.
  void after(caf::timespan delay, std::function<void()> what) {
    run([=](caf::event_based_actor* self) {
      self->delayed_send(self, delay,
                         chore{[what](caf::event_based_actor*) { what(); }});
    });
  }

  void end() { caf::anon_send_exit(actor_, caf::exit_reason::user_shutdown); }

private:
  void run(std::function<void(caf::event_based_actor*)> what) {
    caf::anon_send(actor_, chore{std::move(what)});
  }

  caf::actor actor_;
};

} // namespace troupe
