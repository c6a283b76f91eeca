#pragma once

#include <caf/make_message.hpp> // before it: it uses that
#include <caf/result.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace troupe {

namespace detail {

template <class Signature>
struct conversation;

template <class Reply, class... Request>
struct conversation<Reply(Request...)> {
  using type = typename caf::replies_to<Request...>::template with<Reply>;
};

template <class... Reply, class... Request>
struct conversation<caf::result<Reply...>(Request...)> {
  using type = typename caf::replies_to<Request...>::template with<Reply...>;
};

template <class... Request>
struct conversation<void(Request...)> {
  using type = caf::reacts_to<Request...>;
};

} // namespace detail

/// A typed actor handle, spelled as functions: `actor<Balance(Deposit)>` takes
/// a `Deposit` and answers a `Balance`; `void(Tick)` takes a `Tick` and answers
/// nothing; `caf::result<A, B>(C)` answers two messages.
template <class... Signatures>
using actor =
  caf::typed_actor<typename detail::conversation<Signatures>::type...>;

} // namespace troupe
