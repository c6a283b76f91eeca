#pragma once

#include "troupe/http/detail/transfer.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>

#include <mutex>
#include <variant>
#include <vector>

namespace troupe::http::detail {

/// A message for one download.
struct letter {
  transfer_client to;
  std::variant<transfer_parked, transfer_progress, transfer_ended> what;
};

using letters = std::vector<letter>;

/// Collects what threads that are no actors have to tell downloads, and sends
/// it together: waking an actor from outside costs many times a message between
/// actors.
///
/// Threads: any.
class outbox {
public:
  explicit outbox(caf::actor_system& system);

  template <class Message>
  void add(transfer_client to, Message message) {
    std::lock_guard lock{mutex_};
    letters_.push_back({std::move(to), std::move(message)});
  }

  /// Sends what was added. Everybody who adds flushes soon after.
  void flush();

private:
  std::mutex mutex_;
  letters letters_;
  actor<void(letters)> postman_;
};

} // namespace troupe::http::detail

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::http::detail::letters)
