#include "troupe/http/detail/outbox.hpp"

#include "troupe/core/detail/lean.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace troupe::http::detail {

namespace {

using postman = actor<void(letters)>;

class postman_impl final
  : public troupe::detail::listed<postman::base,
                                  troupe::detail::activity::serves> {
public:
  using listed::listed;

  const char* name() const override { return "troupe.http.outbox"; }

protected:
  behavior_type make_behavior() override {
    return {[this](letters& all) {
      for (auto& x : all)
        std::visit([&](auto& message) { send(x.to, std::move(message)); },
                   x.what);
    }};
  }
};

} // namespace

outbox::outbox(caf::actor_system& system)
  : postman_(system.spawn<postman_impl>()) {}

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
