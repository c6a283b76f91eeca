#pragma once

#include "troupe/http/detail/file_store.hpp"
#include "troupe/http/detail/outbox.hpp"
#include "troupe/http/detail/throttle.hpp"
#include "troupe/http/detail/transfer.hpp"
#include "troupe/http/detail/trust.hpp"
#include "troupe/http/session_options.hpp"

#include <memory>

namespace troupe::http::detail {

/// One thread that transfers: a libcurl multi handle on an Asio loop.
///
/// Operations return at once and take effect, in the order in which they were
/// asked for, after the next `wake`. Each transfer that was started ends with
/// `transfer_ended` to its client, whether it was cancelled or not.
///
/// Threads: any.
class engine {
public:
  engine(const session_options& options, file_store& files, trust& certificates,
         throttle& rate, outbox& out);
  /// Ends the thread; what still runs ends as `cancelled`.
  ~engine();
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;

  void wake();

  void start(transfer what);
  /// Unknown transfers are ignored, here and below: they have ended.
  void cancel(transfer_id id);
  /// Stops reading; the client hears `transfer_parked`.
  void pause(transfer_id id, std::uint64_t pause);
  void resume(transfer_id id);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace troupe::http::detail
