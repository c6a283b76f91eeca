#pragma once

#include "troupe/msg/error.hpp"

#include <caf/abstract_actor.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/make_message.hpp>
#include <caf/message.hpp>
#include <caf/message_id.hpp>
#include <caf/response_promise.hpp>
#include <caf/typed_response_promise.hpp>

#include <utility>

namespace troupe {

namespace detail {

/// Somebody whose request is handled in its own thread, as it asks: the answer
/// need not pass its mailbox.
///
/// Threads: none but that one, in which it is known while it exists.
class asker_here {
public:
  asker_here(const asker_here&) = delete;
  asker_here& operator=(const asker_here&) = delete;

  /// That of an answer, if there is one in this thread.
  [[nodiscard]] static asker_here* find(const caf::actor_control_block* who,
                                        caf::message_id answer) noexcept {
    auto* it = innermost;
    return it && it->who_ == who && it->answer_ == answer ? it : nullptr;
  }

  virtual void take(caf::type_erased_tuple& answer) = 0;

protected:
  asker_here(const caf::actor_control_block* who, caf::message_id answer)
    : who_(who), answer_(answer), outer_(std::exchange(innermost, this)) {}
  ~asker_here() { innermost = outer_; }

private:
  static inline constinit thread_local asker_here* innermost = nullptr;

  const caf::actor_control_block* who_;
  caf::message_id answer_;
  asker_here* outer_;
};

/// A request that waits for its answer, whatever the type of that.
class open_request {
public:
  /// @param request What `self` handles now; it loses its sender.
  open_request(caf::actor_control_block* self, caf::mailbox_element* request);
  open_request(const open_request&) = delete;
  open_request& operator=(const open_request&) = delete;
  open_request(open_request&& other) noexcept;
  open_request& operator=(open_request&& other) noexcept;
  /// Fails it with `broken_promise` if it is still open.
  ~open_request();

  /// Answers with those values. Does nothing the second time.
  template <class... Values>
  void settle(Values... values) {
    if (!source_ || !stages_.empty())
      return forward(caf::make_message(std::move(values)...));
    // As CAF's promise does, but the values and their place in the mailbox are
    // one allocation.
    auto source = std::exchange(source_, {});
    if (auto* asker = asker_here::find(source.get(), id_.response_id())) {
      caf::mailbox_element_vals<Values...> message{
        nullptr, id_.response_id(), caf::mailbox_element::forwarding_stack{},
        std::move(values)...};
      return asker->take(message);
    }
    auto self = self_.lock();
    auto* unit = self ? unit_of(*self) : nullptr;
    source->get()->eq_impl(id_.response_id(), std::move(self), unit,
                           std::move(values)...);
  }

  [[nodiscard]] const caf::strong_actor_ptr& source() const noexcept {
    return source_;
  }

private:
  static caf::execution_unit* unit_of(caf::actor_control_block& self);
  void forward(caf::message with);
  void abandon() noexcept;

  caf::weak_actor_ptr self_;
  caf::strong_actor_ptr source_;
  caf::response_promise::forwarding_stack stages_;
  caf::message_id id_;
};

} // namespace detail

/// The answer to a request, to be given later, and given for certain: when it
/// is dropped the asker gets `broken_promise`. (CAF's own promise is silent
/// then, and the asker waits for ever.)
///
/// Unlike CAF's promise it does not keep its actor alive: an actor that only
/// waits for messages ends when nobody can send it any, and its askers hear of
/// that.
///
/// Make it inside the handler of the request: `answer<Balance> a{self}`.
///
/// Threads: from the actor that it answers for only.
template <class... Reply>
class [[nodiscard]] answer {
public:
  using promise_type = caf::typed_response_promise<Reply...>;

  /// Takes over the request that `self` is handling now.
  template <class Self>
  requires requires(Self& self) { self->current_mailbox_element(); }
  explicit answer(Self&& self)
    : request_(self->ctrl(), self->current_mailbox_element()) {}

  /// Answers the asker. Only the first answer counts.
  void deliver(Reply... values) { request_.settle(std::move(values)...); }

  /// Answers the asker with an error. Only the first answer counts.
  void fail(const error& what) { request_.settle(to_caf(what)); }

  /// Who asked; nobody once it is answered. (CAF's `current_sender` does not
  /// know any more.)
  [[nodiscard]] const caf::strong_actor_ptr& asker() const noexcept {
    return request_.source();
  }

  /// What the handler returns: "the answer comes later".
  [[nodiscard]] promise_type later() const { return {}; }

private:
  detail::open_request request_;
};

} // namespace troupe
