#pragma once

#include "troupe/core/supervisor_actor.hpp"
#include "troupe/http/session_options.hpp"
#include "troupe/msg/download.hpp"

#include "troupe/v1/download.pb.h"

#include <caf/fwd.hpp>

#include <memory>

namespace troupe::http {

namespace detail {
struct session_state;
} // namespace detail

/// Downloads over HTTP and HTTPS, as many at once as its options allow.
///
/// It is a cheap handle; the session ends with its last handle and download.
///
/// Threads: any.
class local_session {
public:
  /// Takes requests in plain CAF: `self->request(session.handle(), infinite,
  /// download)`. The answer tells how it ended; failed ones are answers too.
  [[nodiscard]] const download_actor& handle() const noexcept {
    return handle_;
  }

  /// A download as a child of a group, whose value is a `v1::DownloadResult`.
  ///
  /// Fails:  as `DownloadResult.error` tells: `invalid_argument` for a URL that
  ///         is none or a path that leaves its folder; `unavailable`,
  ///         `timed_out`, `protocol_error`, `tls_error` for the connection;
  ///         `http_status` for an answer that is no success (but not to
  ///         memory, where every answer is one); `too_large`;
  ///         `checksum_mismatch`; `file_error`; `busy` for a file that another
  ///         download writes.
  /// Cancel: at any time; nothing remains of the file.
  [[nodiscard]] child_factory child(v1::Download what) const;

private:
  friend local_session spawn_session(caf::actor_system&,
                                     const session_options&);
  explicit local_session(std::shared_ptr<detail::session_state> state,
                         download_actor handle)
    : state_(std::move(state)), handle_(std::move(handle)) {}

  std::shared_ptr<detail::session_state> state_;
  download_actor handle_;
};

/// Starts a session.
///
/// Fails: throws `failure` (`invalid_argument`) when an option is wrong.
[[nodiscard]] local_session
spawn_session(caf::actor_system& system,
              const session_options& options = session_options{});

} // namespace troupe::http
