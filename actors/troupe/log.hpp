#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace troupe {

enum class log_level : std::uint8_t { debug, info, warning, error, none };

/// Takes what troupe has to tell people: at most one call at a time.
///
/// @param task The name of the task that it is about; may be empty.
using log_sink = std::function<void(log_level level, std::string_view task,
                                    std::string_view text)>;

/// Sends all that troupe logs in this process somewhere else; an empty function
/// back to stderr, the default. What the sink itself logs, and a line that it
/// throws at, goes to stderr too.
///
/// Threads: any.
void set_log_sink(log_sink sink);

/// What is less important is dropped. Default: `warning`.
void set_log_level(log_level least);

/// Logs a line.
///
/// Threads: any.
void log(log_level level, std::string_view task, std::string_view text);

} // namespace troupe
