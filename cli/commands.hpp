#pragma once

// NOLINTNEXTLINE(readability-identifier-naming): it is CLI11's
namespace CLI {
class App;
} // namespace CLI

namespace troupe::cli {

// Each adds a subcommand, which sets the exit code when it is called.
void add_get(CLI::App& app, int& exit_code);
void add_demo(CLI::App& app, int& exit_code);

} // namespace troupe::cli
