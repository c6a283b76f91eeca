#include "troupe/log.hpp"

#include <atomic>
#include <cstdio>
#include <mutex>
#include <utility>

namespace troupe {

namespace {

std::atomic<log_level> least_level{log_level::warning};

struct sink_state {
  std::mutex mutex;
  log_sink sink;
};

// Never destroyed: tasks may end after main.
sink_state& the_sink() {
  static auto* instance = new sink_state;
  return *instance;
}

const char* name_of(log_level level) {
  switch (level) {
  case log_level::debug:
    return "debug";
  case log_level::info:
    return "info";
  case log_level::warning:
    return "warning";
  default:
    return "error";
  }
}

} // namespace

void set_log_sink(log_sink sink) {
  std::lock_guard lock{the_sink().mutex};
  the_sink().sink = std::move(sink);
}

void set_log_level(log_level least) {
  least_level = least;
}

void log(log_level level, std::string_view task, std::string_view text) {
  if (level < least_level.load(std::memory_order_relaxed))
    return;
  std::lock_guard lock{the_sink().mutex};
  if (the_sink().sink) {
    the_sink().sink(level, task, text);
    return;
  }
  std::fprintf(stderr, "troupe %s: %.*s%s%.*s\n", name_of(level),
               static_cast<int>(task.size()), task.data(),
               task.empty() ? "" : ": ", static_cast<int>(text.size()),
               text.data());
}

} // namespace troupe
