#pragma once

#include "cli/get.hpp"

#include <functional>

// NOLINTNEXTLINE(readability-identifier-naming): it is CLI11's
namespace CLI {
class App;
} // namespace CLI

namespace troupe::cli {

// Each adds a subcommand, which sets the exit code when it is called.
void add_get(CLI::App& app, int& exit_code);
/// @param get Called instead with what was asked for.
void add_get(CLI::App& app,
             const std::function<void(const get_options&, job_list)>& get);
void add_demo(CLI::App& app, int& exit_code);

} // namespace troupe::cli
