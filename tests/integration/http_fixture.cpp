#include "integration/http_fixture.hpp"

#include "troupe/msg/group.hpp"
#include "troupe/msg/setup.hpp"

#include <algorithm>
#include <ostream>
#include <thread>
#include <utility>

namespace troupe::v1 {

void PrintTo(const DownloadResult& result, std::ostream* out) {
  *out << result.ShortDebugString();
}

} // namespace troupe::v1

namespace troupe::test {

namespace {

constexpr std::chrono::seconds long_wait{60};

} // namespace

v1::Download to_memory(const std::string& url, std::uint64_t limit) {
  v1::Download result;
  result.set_url(url);
  result.mutable_memory()->set_limit_bytes(limit);
  return result;
}

v1::Download to_file(const std::string& url,
                     const std::filesystem::path& folder,
                     const std::string& name) {
  v1::Download result;
  result.set_url(url);
  result.mutable_file()->set_folder(folder.string());
  result.mutable_file()->set_name(name);
  return result;
}

v1::Download to_nowhere(const std::string& url) {
  v1::Download result;
  result.set_url(url);
  result.mutable_discard();
  return result;
}

http::session_options quick() {
  using std::chrono::milliseconds;
  return http::session_options{}
    .backoff(milliseconds{2})
    .backoff_limit(milliseconds{10})
    .retries(2);
}

std::string body_of(std::size_t size) {
  std::string result;
  result.reserve(size + 16);
  for (std::size_t i = 0; result.size() < size; ++i)
    result += std::to_string(i * 2654435761U) + '\n';
  result.resize(size);
  return result;
}

std::string numbered(const std::string& name, std::size_t number) {
  return name + std::to_string(number);
}

bool stays(const std::function<std::uint64_t()>& value,
           std::chrono::milliseconds length) {
  auto first = value();
  return !eventually([&] { return value() != first; }, length);
}

download_group::download_group(caf::actor_system& system,
                               const http::local_session& session,
                               const std::vector<v1::Download>& list,
                               const supervisor_options& options)
  : self_(system), supervisor_(spawn_supervisor(system, options)) {
  add_children children;
  for (const auto& what : list)
    children.factories.push_back(session.child(what));
  self_->send(supervisor_, std::move(children));
  self_->send(supervisor_, v1::GroupClose{});
}

template <class Reply, class Request>
Reply download_group::ask(Request request) {
  Reply result;
  self_->request(supervisor_, long_wait, std::move(request))
    .receive([&](Reply& x) { result = std::move(x); },
             [&](caf::error& x) { ADD_FAILURE() << to_string(from_caf(x)); });
  return result;
}

void download_group::pause() {
  v1::GroupPause request;
  request.set_owner("test");
  ask<v1::GroupPaused>(std::move(request));
}

void download_group::resume() {
  v1::GroupResume request;
  request.set_owner("test");
  ask<v1::GroupResumed>(std::move(request));
}

v1::GroupResult download_group::cancel() {
  return ask<v1::GroupResult>(v1::GroupCancel{});
}

v1::GroupProgress download_group::progress() {
  return ask<v1::GroupProgress>(v1::GroupGetProgress{});
}

v1::GroupResult download_group::join() {
  v1::GroupResult result;
  self_->request(supervisor_, long_wait, v1::GroupJoin{})
    .receive([&](v1::GroupResult& x, payloads&) { result = std::move(x); },
             [&](caf::error& x) { ADD_FAILURE() << to_string(from_caf(x)); });
  return result;
}

std::vector<v1::DownloadResult> download_group::results() {
  std::vector<v1::DownloadResult> result;
  self_->request(supervisor_, long_wait, v1::GroupJoin{})
    .receive(
      [&](v1::GroupResult& x, payloads& values) {
        for (std::size_t i = 0; i < values.size(); ++i) {
          if (!values[i].empty()) {
            result.push_back(values[i].as<v1::DownloadResult>().value());
            continue;
          }
          auto& none = result.emplace_back();
          *none.mutable_error() = x.outcomes(static_cast<int>(i)).error();
        }
      },
      [&](caf::error& x) { ADD_FAILURE() << to_string(from_caf(x)); });
  return result;
}

http_test::http_test() {
  configure(config);
  config.set("scheduler.max-threads",
             std::max<std::size_t>(std::thread::hardware_concurrency(), 1));
  system = std::make_unique<caf::actor_system>(config);
}

} // namespace troupe::test
