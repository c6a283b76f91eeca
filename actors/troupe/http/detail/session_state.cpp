#include "troupe/http/detail/session_state.hpp"

#include <caf/send.hpp>

#include <utility>

namespace troupe::http::detail {

queued_transfer::queued_transfer(transfer what) : what_(std::move(what)) {}

queued_transfer::~queued_transfer() {
  if (what_.client)
    refuse({errc::lost, "the session ended"});
}

transfer queued_transfer::take() {
  auto result = std::move(what_);
  what_.client = nullptr;
  return result;
}

void queued_transfer::refuse(error why) {
  auto report = std::make_shared<transfer_report>();
  report->failed.why = std::move(why);
  report->spent = what_.where.spent;
  report->result.set_url(what_.what->url());
  report->file = std::move(what_.file);
  caf::anon_send(std::exchange(what_.client, nullptr),
                 transfer_ended{what_.id, std::move(report)});
}

} // namespace troupe::http::detail
