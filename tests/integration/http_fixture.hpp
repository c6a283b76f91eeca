#pragma once

#include "support/fd.hpp"
#include "support/temp_dir.hpp"
#include "troupe/core/supervisor_actor.hpp"
#include "troupe/http/session_actor.hpp"

#include "troupe/v1/download.pb.h"
#include "troupe/v1/group.pb.h"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

namespace troupe::v1 {
void PrintTo(const DownloadResult& result, std::ostream* out);
} // namespace troupe::v1

namespace troupe::test {

/// What is to be downloaded: the body in memory, in a file, or thrown away.
v1::Download to_memory(const std::string& url, std::uint64_t limit = 0);
v1::Download to_file(const std::string& url,
                     const std::filesystem::path& folder,
                     const std::string& name = {});
v1::Download to_nowhere(const std::string& url);

/// Options that retry at once.
http::session_options quick();

/// Bytes that are the same for the same size, and no two parts of them alike.
std::string body_of(std::size_t size);

/// "f7"
std::string numbered(const std::string& name, std::size_t number);

/// Watches a value that must not change, for as long as given.
bool stays(const std::function<std::uint64_t()>& value,
           std::chrono::milliseconds length);

/// A group of downloads that run, as its owner sees it.
///
/// What waits fails the test when it takes too long.
class download_group {
public:
  download_group(caf::actor_system& system, const http::local_session& session,
                 const std::vector<v1::Download>& list,
                 const supervisor_options& options =
                   supervisor_options{}.on_error(on_error::collect));

  /// Returns once every download stands still or has ended.
  void pause();
  void resume();
  /// Returns once every download has ended.
  v1::GroupResult cancel();
  v1::GroupProgress progress();

  /// Waits for the end of all.
  v1::GroupResult join();
  /// The same; in the order in which they were given. One that was never
  /// started has none of its own.
  std::vector<v1::DownloadResult> results();

  void drop() { supervisor_ = nullptr; }

private:
  template <class Reply, class Request>
  Reply ask(Request request);

  caf::scoped_actor self_;
  local_supervisor_actor supervisor_;
};

/// A real actor system, with a thread for each core, and a folder.
class http_test : public ::testing::Test {
protected:
  http_test();

  http::local_session session(const http::session_options& options = quick()) {
    return http::spawn_session(*system, options);
  }

  download_group start(const http::local_session& session,
                       const std::vector<v1::Download>& list) {
    return {*system, session, list};
  }

  std::vector<v1::DownloadResult> run(const http::local_session& session,
                                      const std::vector<v1::Download>& list) {
    return start(session, list).results();
  }

  v1::DownloadResult run(const http::local_session& session,
                         const v1::Download& what) {
    return run(session, std::vector{what}).at(0);
  }

  v1::DownloadResult run(const v1::Download& what) {
    return run(session(), what);
  }

  temp_dir folder{temp_dir::place::memory};
  caf::actor_system_config config;
  std::unique_ptr<caf::actor_system> system;
};

/// A result's error code.
inline v1::Errc code_of(const v1::DownloadResult& result) {
  return result.error().code();
}

MATCHER(IsOk, "") {
  *result_listener << "error: " << arg.error().ShortDebugString();
  return !arg.has_error();
}

MATCHER_P(FailedWith, code, "failed with " + v1::Errc_Name(code)) {
  *result_listener << "error: " << arg.error().ShortDebugString();
  return arg.error().code() == code;
}

} // namespace troupe::test
