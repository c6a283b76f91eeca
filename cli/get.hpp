#pragma once

#include "cli/board.hpp"
#include "cli/job_list.hpp"
#include "troupe/core/supervisor.hpp"
#include "troupe/http/session_options.hpp"

#include <functional>
#include <string>

namespace troupe::cli {

enum class progress_style { automatic, bar, plain, none };

/// What `troupe get` was asked for.
struct get_options {
  http::session_options session;
  std::string folder = ".";
  bool discard = false;
  troupe::on_error on_error = troupe::on_error::collect;
  std::string report; // a file, or "-"
  bool quiet = false;
  progress_style progress = progress_style::automatic;
};

/// What may be done to downloads that run.
class group_control {
public:
  group_control() = default;
  group_control(const group_control&) = delete;
  group_control& operator=(const group_control&) = delete;
  virtual ~group_control() = default;
  virtual void pause() = 0;
  virtual void resume() = 0;
  virtual board& state() = 0;
};

/// Downloads everything on the list, and shows how it goes.
///
/// Signals have to be blocked, see `signals::block`.
///
/// @param on_tick Called about ten times a second.
/// @return The exit code: 0 all done, 1 some failed, 130 cancelled.
/// Fails: throws `usage_error`.
int get(const get_options& options, job_list jobs,
        const std::function<void(group_control&)>& on_tick = {});

} // namespace troupe::cli
