// A demonstration: downloads generated files from a server of its own.
#include "cli/commands.hpp"
#include "cli/get.hpp"
#include "cli/origin.hpp"

#include <CLI/CLI.hpp>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <stdlib.h>
#include <string>
#include <system_error>

namespace troupe::cli {

namespace {

using std::chrono::steady_clock;

/// A folder of its own, removed in the end.
class scratch {
public:
  scratch() {
    auto name =
      (std::filesystem::temp_directory_path() / "troupe-demo-XXXXXX").string();
    if (!::mkdtemp(name.data()))
      throw std::system_error{errno, std::generic_category(), name};
    path_ = name;
  }
  ~scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

/// Pauses the group on the way, lets people see that nothing moves, and lets it
/// go on.
class one_pause {
public:
  void operator()(group_control& group) {
    auto& board = group.state();
    auto counts = board.counts();
    auto state = board.group_state();
    if (step_ == before && counts.done >= 50) {
      group.pause();
      step_ = asked;
    } else if (step_ == asked && state == v1::GROUP_STATE_PAUSED) {
      std::fprintf(stderr, "paused after %llu files, half a second\n",
                   static_cast<unsigned long long>(counts.done));
      since_ = steady_clock::now();
      step_ = paused;
    } else if (step_ == paused
               && steady_clock::now() - since_
                    > std::chrono::milliseconds(500)) {
      group.resume();
      step_ = resumed;
    }
  }

  [[nodiscard]] bool happened() const { return step_ == resumed; }

private:
  enum { before, asked, paused, resumed } step_ = before;
  steady_clock::time_point since_;
};

int demo() {
  // Whatever the environment says: no proxy leads to our loopback.
  // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread yet
  ::setenv("no_proxy", "127.0.0.1", 1);
  constexpr std::size_t count = 200;
  std::fprintf(stderr, "200 files of 1 KiB to 4 MiB, from a server on loopback "
                       "to a temporary folder\n");
  origin server{count};
  scratch folder;
  std::vector<job> jobs;
  for (const auto& file : server.files()) {
    job x;
    x.url = server.url(file);
    x.path = file.name;
    x.checksum.set_algorithm(v1::CHECKSUM_ALGORITHM_SHA256);
    x.checksum.set_hex(file.sha256);
    jobs.push_back(std::move(x));
  }
  get_options options;
  options.folder = folder.path().string();
  // Slow enough to be seen, and to be paused on the way.
  options.session.jobs(16).per_host(16).rate(std::uint64_t{64} << 20);
  one_pause pause;
  auto code = get(options, job_list{std::move(jobs)},
                  [&](group_control& group) { pause(group); });
  if (code == 0 && !pause.happened()) {
    std::fprintf(stderr, "the downloads were over before they were paused\n");
    return 1;
  }
  if (code == 0)
    std::fprintf(stderr, "every sha256 is right\n");
  return code;
}

} // namespace

void add_demo(CLI::App& app, int& exit_code) {
  app
    .add_subcommand("demo",
                    "Download 200 generated files from a server on loopback")
    ->callback([&exit_code] { exit_code = demo(); });
}

} // namespace troupe::cli
