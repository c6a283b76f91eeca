// Plain CAF, without coroutines: downloads URLs into memory, and prints what
// came of each: a session, a group of its downloads, results in order.
//
//     09_plain_caf https://example.org https://example.com
#include "troupe/core/supervisor_actor.hpp"
#include "troupe/http/session_actor.hpp"
#include "troupe/msg/setup.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <cstdio>
#include <exception>
#include <vector>

namespace {

void print(const troupe::v1::DownloadResult& result) {
  if (result.has_error())
    std::printf("%s: %s\n", result.url().c_str(),
                to_string(troupe::from_proto(result.error())).c_str());
  else
    std::printf("%s: status %u, %zu bytes\n", result.url().c_str(),
                result.http_status(), result.body().size());
}

} // namespace

int main(int argc, char** argv) try {
  caf::actor_system_config config;
  troupe::configure(config);
  caf::actor_system system{config};

  auto session = troupe::http::spawn_session(system);
  auto group = troupe::spawn_supervisor(
    system, troupe::supervisor_options{}.on_error(troupe::on_error::collect));

  std::vector<troupe::child_factory> downloads;
  for (int i = 1; i < argc; ++i) {
    troupe::v1::Download what;
    what.set_url(argv[i]);
    what.mutable_memory();
    downloads.push_back(session.child(what));
  }
  caf::anon_send(group, troupe::add_children{std::move(downloads)});
  caf::anon_send(group, troupe::v1::GroupClose{});

  int exit_code = 0;
  caf::scoped_actor self{system};
  self->request(group, caf::infinite, troupe::v1::GroupJoin{})
    .receive(
      [&](const troupe::v1::GroupResult& all, const troupe::payloads& values) {
        for (const auto& value : values)
          if (auto result = value.get<troupe::v1::DownloadResult>())
            print(**result);
        exit_code = all.has_error() ? 1 : 0;
      },
      [&](const caf::error& failed) {
        std::fprintf(stderr, "%s\n",
                     to_string(troupe::from_caf(failed)).c_str());
        exit_code = 1;
      });
  return exit_code;
} catch (const std::exception& failed) {
  std::fprintf(stderr, "%s\n", failed.what());
  return 1;
}
