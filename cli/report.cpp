#include "cli/report.hpp"

#include "cli/usage_error.hpp"
#include "troupe/http/digest.hpp"
#include "troupe/msg/error.hpp"

#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>

namespace troupe::cli {

namespace {

using json = nlohmann::ordered_json;

std::string line_of(const json& object) {
  // Names come from servers: what is no UTF-8 is replaced, not refused.
  return object.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
}

} // namespace

const char* status_of(const v1::Outcome& outcome,
                      const v1::DownloadResult& result) {
  switch (outcome.state()) {
  case v1::TASK_STATE_SUCCEEDED:
    return result.skipped() ? "skipped" : "done";
  case v1::TASK_STATE_CANCELLED:
    return "cancelled";
  default:
    return "failed";
  }
}

const v1::Error& ended_job::error() const {
  return outcome.error();
}

void report::closer::operator()(std::FILE* file) const noexcept {
  if (file != stdout)
    std::fclose(file);
}

report::report(const std::string& file) {
  if (file.empty())
    return;
  file_.reset(file == "-" ? stdout : std::fopen(file.c_str(), "we"));
  if (!file_)
    throw usage_error{"--report: cannot write \"" + file
                      + "\": " + std::generic_category().message(errno)};
}

void report::write(const std::string& line) {
  if (file_
      && std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size())
    failed_ = true;
}

void report::add(const ended_job& job) {
  if (!file_)
    return;
  const auto& result = job.result;
  json object{
    {"url", job.what.url},
    {"path", result.path().empty() ? job.what.path : result.path()},
    {"status", job.status()},
    {"http_status", result.http_status()},
    {"bytes", result.bytes()},
    {"resumed_from", result.resumed_from()},
    {"attempts", result.attempts()},
    {"redirects", result.redirects()},
  };
  if (!result.checksum().hex().empty())
    object[std::string{http::to_string(result.checksum().algorithm())}] =
      result.checksum().hex();
  object["elapsed_ms"] = result.elapsed_ms();
  if (job.outcome.has_error())
    object["error"] = {
      {"code", to_string(from_proto(job.error()).code())},
      {"message", job.error().message()},
    };
  write(line_of(object));
}

void report::flush() {
  if (file_ && std::fflush(file_.get()) != 0)
    failed_ = true;
}

bool report::finish(const totals& all) {
  if (!file_)
    return true;
  write(line_of({{"summary",
                  {
                    {"total", all.total},
                    {"done", all.done},
                    {"failed", all.failed},
                    {"cancelled", all.cancelled},
                    {"skipped", all.skipped},
                    {"bytes", all.bytes},
                    {"elapsed_ms", all.elapsed_ms},
                  }}}));
  return std::fflush(file_.get()) == 0 && !failed_;
}

} // namespace troupe::cli
