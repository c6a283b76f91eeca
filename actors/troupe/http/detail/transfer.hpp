#pragma once

#include "troupe/http/detail/file_store.hpp"
#include "troupe/http/retry.hpp"
#include "troupe/msg/actor.hpp"

#include "troupe/v1/download.pb.h"

#include <caf/allowed_unsafe_message_type.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace troupe::http::detail {

using transfer_id = std::uint64_t;

/// What one try came to, or a part of it that ended with a redirect.
struct transfer_report {
  failed_try failed;    // `failed.why` is unset if it did not
  std::string redirect; // where the try goes on; empty if it is over
  duration spent = duration::zero(); // by the try so far, on the network
  v1::DownloadResult result;
  std::shared_ptr<target_file> file; // whose name the next try needs as well
};

/// The transfer stands still, as the pause with this number asked for.
struct transfer_parked {
  transfer_id id;
  std::uint64_t pause;
};

struct transfer_progress {
  transfer_id id;
  std::uint64_t bytes;
  std::uint64_t total_bytes; // 0 if the server did not say
};

struct transfer_ended {
  transfer_id id;
  std::shared_ptr<transfer_report> report;
};

/// Who is told of a transfer.
using transfer_client =
  actor<void(transfer_parked), void(transfer_progress), void(transfer_ended)>;

/// Where a try is on its way: at the URL that was asked for, or where redirects
/// led.
struct waypoint {
  std::string url;
  std::string host;            // scheme, name and port
  std::uint32_t redirects = 0; // that led here
  // Whether one of them led to another host: what is secret between us and the
  // first one stays behind from there on.
  bool strange = false;
  duration spent = duration::zero(); // by the try, on the network
};

/// One try of a download, up to its end or the next redirect.
struct transfer {
  transfer_id id = 0;
  std::shared_ptr<const v1::Download> what;
  waypoint where;
  std::uint32_t max_redirects = 0;
  std::shared_ptr<target_file> file; // unset if not to a file, or not named yet
  transfer_client client;
};

/// Where a URL leads.
struct origin {
  std::string key;      // "https://example.org:443"
  bool is_name = false; // not an address, so that it has to be looked up
};

/// Fails: `invalid_argument` for what is no URL of http or https.
expected<origin> origin_of(const std::string& url);

/// Remembers where URLs lead that begin alike: parsing one takes longer than
/// all else that is done for a small file in memory.
///
/// Threads: any.
class origins {
public:
  /// As `origin_of`, but what follows the authority is not looked at.
  expected<origin> find(const std::string& url);

private:
  std::mutex mutex_;
  std::unordered_map<std::string, origin> known_;
};

/// Checks a line "Name: value" of a request.
///
/// Fails: `invalid_argument` when it has no name, or would be several lines.
expected<void> check_header(std::string_view line);

} // namespace troupe::http::detail

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::http::detail::transfer_parked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::http::detail::transfer_progress)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::http::detail::transfer_ended)
