#pragma once

#include "troupe/core/alarm.hpp"
#include "troupe/core/detail/clients.hpp"
#include "troupe/core/line.hpp"
#include "troupe/msg/answer.hpp"
#include "troupe/msg/setup.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <span>
#include <unordered_map>
#include <utility>
#include <variant>

namespace troupe::detail {

/// An actor that lets its clients wait, by rules.
///
/// @tparam Replies What it grants.
template <class Interface, class... Replies>
class line_actor : public Interface::base {
public:
  explicit line_actor(caf::actor_config& config) : Interface::base(config) {
    troupe::answer_clearly(static_cast<caf::scheduled_actor*>(this));
    this->set_down_handler([this](caf::down_msg& x) {
      if (auto client = clients_.find(x.source))
        perform(gone(*client));
    });
  }

  void on_exit() override {
    alarm_.clear(*this);
    for (auto& [request, to] : std::exchange(open_, {}))
      fail(to, errc::lost);
  }

protected:
  using outputs = std::span<const line::output>;

  [[nodiscard]] time_point now() { return this->clock().now(); }

  /// Lets the sender wait: `rule` takes its place.
  template <class Reply, class Message, class Rule>
  caf::result<Reply> ask(const Message& x, Rule rule) {
    if (!this->current_sender())
      return errc::invalid_argument;
    line::place place;
    place.request = ++requests_;
    place.client = clients_.enter(*this); // the answer takes the sender
    place.ticket = x.ticket();
    if constexpr (requires { x.wait_ms(); })
      if (x.has_wait_ms())
        place.until = after(now(), from_ms(x.wait_ms()));
    answer<Reply> to{this};
    auto later = to.later();
    open_.emplace(place.request, std::move(to));
    perform(rule(place));
    return later;
  }

  /// What the sender asked for with a ticket it does not want any more.
  template <class Rule>
  void withdraw(Rule rule) {
    auto address = caf::actor_cast<caf::actor_addr>(this->current_sender());
    if (auto client = clients_.find(address))
      perform(rule(*client));
  }

  void perform(outputs what) {
    for (const auto& out : what)
      std::visit([this](const auto& x) { on(x); }, out);
    if (auto when = wakeup(); when != never)
      alarm_.set(*this, when, [this] { perform(tick()); });
    else
      alarm_.clear(*this);
  }

private:
  using open_answer = std::variant<answer<Replies>...>;

  virtual outputs gone(line::client_id client) = 0;
  virtual outputs tick() = 0;
  virtual time_point wakeup() = 0;

  void on(const line::granted& x) {
    auto node = open_.extract(x.request);
    std::visit([&](auto& to) { grant(to, x.value); }, node.mapped());
  }

  void on(const line::refused& x) {
    auto node = open_.extract(x.request);
    fail(node.mapped(), x.why);
    clients_.leave(*this, x.client);
  }

  void on(const line::ended& x) { clients_.leave(*this, x.client); }

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

  static void fail(open_answer& to, errc why) {
    std::visit([&](auto& x) { x.fail(error{why}); }, to);
  }

  clients clients_;
  std::unordered_map<line::request_id, open_answer> open_;
  line::request_id requests_ = 0;
  alarm alarm_;
};

} // namespace troupe::detail
