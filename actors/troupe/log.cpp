#include "troupe/log.hpp"

#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <utility>

namespace troupe {

namespace {

std::atomic<log_level> least_level{log_level::warning};

struct sink_state {
  std::mutex mutex; // one call at a time
  std::shared_ptr<const log_sink> sink;
};

/// Whether this thread is in the sink, and has its mutex.
constinit thread_local bool in_sink = false;

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

/// @return False if it threw: then the line goes where it can be seen.
bool give(const log_sink& sink, log_level level, std::string_view task,
          std::string_view text) {
  in_sink = true;
  auto taken = true;
  try {
    sink(level, task, text);
  } catch (...) {
    taken = false;
  }
  in_sink = false;
  return taken;
}

} // namespace

void set_log_sink(log_sink sink) {
  auto next =
    sink ? std::make_shared<const log_sink>(std::move(sink)) : nullptr;
  std::unique_lock lock{the_sink().mutex, std::defer_lock};
  if (!in_sink)
    lock.lock();
  the_sink().sink.swap(next); // the old one is destroyed after the lock
}

void set_log_level(log_level least) {
  least_level = least;
}

void log(log_level level, std::string_view task, std::string_view text) {
  if (level < least_level.load(std::memory_order_relaxed))
    return;
  std::unique_lock lock{the_sink().mutex, std::defer_lock};
  if (!in_sink) {
    lock.lock();
    if (auto sink = the_sink().sink; sink && give(*sink, level, task, text))
      return;
  }
  std::fprintf(stderr, "troupe %s: %.*s%s%.*s\n", name_of(level),
               static_cast<int>(task.size()), task.data(),
               task.empty() ? "" : ": ", static_cast<int>(text.size()),
               text.data());
}

} // namespace troupe
