#pragma once

#include "troupe/core/alarm.hpp"
#include "troupe/core/detail/client_list.hpp"
#include "troupe/core/detail/in_place.hpp"
#include "troupe/core/detail/lean.hpp"
#include "troupe/core/detail/nameplate.hpp"
#include "troupe/core/detail/open_answers.hpp"
#include "troupe/core/line.hpp"
#include "troupe/msg/answer.hpp"
#include "troupe/msg/setup.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>
#include <variant>

namespace troupe::detail {

/// An actor that lets its clients wait, by rules.
///
/// @tparam Rules   The state machine behind it.
/// @tparam Replies What it grants.
template <class Interface, class Rules, class... Replies>
class line_actor : public listed<typename Interface::base> {
public:
  /// @param kind What people call it; static.
  line_actor(caf::actor_config& config, Rules what, const char* kind,
             std::string name)
    : listed<typename Interface::base>(config), rules(std::move(what)),
      plate(this->ctrl(), kind, std::move(name)) {
    troupe::answer_clearly(static_cast<caf::scheduled_actor*>(this));
    let_run_in_place(*this);
    this->set_down_handler([this](caf::down_msg& x) {
      auto client = clients_.remove(*this, x.source);
      if constexpr (requires { rules.gone(client, now()); })
        perform(rules.gone(client, now()));
      else
        perform(rules.gone(client));
    });
  }

  void on_exit() override {
    alarm_.clear(*this);
    open_.fail_all(error{errc::lost});
  }

protected:
  using outputs = std::span<const line::output>;

  /// The time, where the rules look at it: reading a clock costs as much as
  /// most of their steps.
  [[nodiscard]] time_point now(const line::place& asked = {}) {
    if constexpr (requires { rules.looks_at_time(); })
      if (asked.until == never && !rules.looks_at_time())
        return {};
    return this->clock().now();
  }

  /// Lets the sender wait: `rule` takes its place.
  template <class Reply, class Message, class Rule>
  caf::result<Reply> ask(const Message& x, Rule rule) {
    auto who = this->current_sender(); // the answer takes it
    if (!who)
      return errc::invalid_argument;
    clients_.watch(*this, who);
    answer<Reply> to{this};
    auto later = to.later();
    line::place place;
    place.request = open_.add(std::move(to));
    place.client = clients_.number_of(*this, who);
    place.ticket = x.ticket();
    if constexpr (requires { x.wait_ms(); })
      if (x.has_wait_ms())
        place.until = after(this->clock().now(), from_ms(x.wait_ms()));
    perform(rule(place));
    return later;
  }

  /// What the sender asked for with a ticket it does not want any more.
  void withdraw(const v1::Withdraw& x) {
    auto client = clients_.number_of(*this, this->current_sender());
    if constexpr (requires { rules.withdraw(client, x.ticket(), now()); })
      perform(rules.withdraw(client, x.ticket(), now()));
    else
      perform(rules.withdraw(client, x.ticket()));
  }

  void perform(outputs what) {
    for (const auto& out : what)
      std::visit([this](const auto& x) { on(x); }, out);
    alarm_.set(*this, rules.wakeup(),
               [this] { perform(rules.tick(this->clock().now())); });
    // Holders change with an output only.
    if constexpr (requires { rules.holders({}); }) {
      auto nobody_waited = std::exchange(waiting_, rules.waiting()) == 0;
      if (waiting_ != 0 && (nobody_waited || !what.empty()))
        show_holders();
    }
  }

  Rules rules;
  nameplate plate;

private:
  void show_holders() {
    std::array<line::holder, nameplate::most> some;
    auto all = rules.holders(some);
    plate.show({some.data(), std::min(all, some.size())}, all);
  }

  void on(const line::granted& x) {
    open_.settle(x.request, [&x](auto& to) { grant(to, x.value); });
  }
  void on(const line::refused& x) { open_.fail(x.request, error{x.why}); }
  void on(const line::ended&) {} // its monitor stays

  template <class Reply>
  static void grant(answer<Reply>& to, std::uint64_t value) {
    Reply reply;
    if constexpr (requires { reply.set_token(value); })
      reply.set_token(value);
    else if constexpr (requires { reply.set_generation(value); })
      reply.set_generation(value);
    else if constexpr (requires { reply.set_index(value); })
      reply.set_index(value);
    to.deliver(std::move(reply));
  }

  client_list clients_;
  open_answers<answer<Replies>...> open_;
  alarm alarm_;
  std::size_t waiting_ = 0;
};

} // namespace troupe::detail
