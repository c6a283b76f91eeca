#pragma once

namespace troupe::detail {

/// Marks a place between two lines where another thread may come: between what
/// one line counts or publishes and the message by which the next one tells
/// others of it. Not in a header.
///
/// It is nothing, unless a test builds the source with TROUPE_RACE_POINTS: then
/// the test defines it, and delays the thread there at random. All sources
/// that have such places stand in tests/CMakeLists.txt.
#ifdef TROUPE_RACE_POINTS
void race_point(const char* file = __builtin_FILE(),
                int line = __builtin_LINE()) noexcept;
#else
inline void race_point() noexcept {}
#endif

} // namespace troupe::detail
