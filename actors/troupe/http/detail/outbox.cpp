#include "troupe/http/detail/outbox.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace troupe::http::detail {

namespace {

using postman = actor<void(letters)>;

postman::behavior_type deliver(postman::pointer self) {
  return {[self](letters& all) {
    for (auto& x : all)
      std::visit([&](auto& message) { self->send(x.to, std::move(message)); },
                 x.what);
  }};
}

} // namespace

outbox::outbox(caf::actor_system& system) : postman_(system.spawn(deliver)) {}

void outbox::flush() {
  letters all;
  {
    std::lock_guard lock{mutex_};
    all.swap(letters_);
  }
  if (!all.empty())
    caf::anon_send(postman_, std::move(all));
}

} // namespace troupe::http::detail
