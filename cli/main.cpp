// The command `troupe`.
#include "cli/commands.hpp"
#include "cli/signals.hpp"
#include "cli/usage_error.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <string>
#include <sys/resource.h>

namespace {

/// A connection and a file for each transfer may be more than the 1024 that
/// most systems allow at first.
void allow_all_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int run(int argc, char** argv) {
  constexpr int wrong_usage = 2;
  troupe::cli::signals::block();
  allow_all_descriptors();
  CLI::App app{"troupe: asyncio for C++, made of actors", "troupe"};
  app.set_version_flag("--version", "troupe " TROUPE_VERSION);
  app.failure_message([](const CLI::App* failed, const CLI::Error& wrong) {
    auto subcommands = failed->get_subcommands();
    auto name = subcommands.empty() ? std::string{"troupe"}
                                    : "troupe " + subcommands[0]->get_name();
    return std::string{"troupe: "} + wrong.what() + "\nSee \"" + name
           + " --help\".\n";
  });
  app.require_subcommand(0, 1);
  int exit_code = 0;
  troupe::cli::add_get(app, exit_code);
  troupe::cli::add_demo(app, exit_code);
  try {
    app.parse(argc, argv);
    if (app.get_subcommands().empty())
      throw troupe::cli::usage_error{
        "say what to do: get or demo\nSee \"troupe --help\"."};
    return exit_code;
  } catch (const CLI::ParseError& wrong) {
    return app.exit(wrong) == 0 ? 0 : wrong_usage;
  } catch (const troupe::cli::usage_error& wrong) {
    std::fprintf(stderr, "troupe: %s\n", wrong.what());
    return wrong_usage;
  }
}

} // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "troupe: %s\n", failed.what());
  } catch (...) {
    std::fputs("troupe: failed\n", stderr);
  }
  return 1;
}
