#pragma once

#include "troupe/http/detail/engine.hpp"
#include "troupe/http/detail/trust.hpp"
#include "troupe/msg/download.hpp"
#include "troupe/msg/group.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <optional>

namespace troupe::http::detail {

/// What the actors of a session share: its options, and what is safe to use
/// from any thread.
struct session_state {
  session_state(caf::actor_system& system, const session_options& x)
    : options(x), certificates(x.ca_file()), rate(x.rate()), out(system),
      files(2, x.unique_targets(), [this] { out.flush(); }) {}

  const session_options options;
  origins hosts;
  trust certificates;
  throttle rate;
  outbox out;
  file_store files; // its threads use `out`
};

/// A transfer on its way to an engine. If it never gets there, its download
/// hears that it is lost.
class queued_transfer {
public:
  explicit queued_transfer(transfer what);
  ~queued_transfer();
  queued_transfer(const queued_transfer&) = delete;
  queued_transfer& operator=(const queued_transfer&) = delete;

  [[nodiscard]] const transfer& get() const noexcept { return what_; }
  transfer take();
  /// Tells its download why it is not taken.
  void refuse(error why);

private:
  transfer what_; // without a client once it was taken or refused
};

/// What downloads tell their session. A transfer is in the session's queue or
/// on the network from `submit` to `leave`, or to the next `submit` after a
/// redirect; one that somebody asked for ends with `answer_asker`.
struct submit_transfer {
  std::shared_ptr<queued_transfer> what; // messages have to be copyable
};
struct leave_session {
  transfer_id id;
};
struct hold_transfer {
  transfer_id id;
  bool held;
  std::uint64_t pause; // which one, where it is held
};
struct cancel_transfer {
  transfer_id id;
};
struct answer_asker {
  transfer_id id;
  std::optional<v1::DownloadResult> result; // unset if the download was killed
};
/// To itself: what was asked of the engines is complete for now.
struct wake_engines {};

using session_actor = download_actor::extend_with<
  actor<void(submit_transfer), void(leave_session), void(hold_transfer),
        void(cancel_transfer), void(answer_asker), void(wake_engines)>>;

/// Whom a download has.
enum class download_owner { group, asker };

/// Spawns the actor of one download. It starts at once for an asker.
supervised_actor spawn_download(caf::actor_system& system,
                                std::shared_ptr<session_state> state,
                                session_actor session,
                                std::shared_ptr<const v1::Download> what,
                                download_owner owner);

} // namespace troupe::http::detail

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::http::detail::submit_transfer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::http::detail::leave_session)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::http::detail::hold_transfer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::http::detail::cancel_transfer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::http::detail::answer_asker)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::http::detail::wake_engines)
