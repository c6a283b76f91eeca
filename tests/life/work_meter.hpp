#pragma once

namespace troupe {

/// Counts the instructions that all threads of this process run from now on, in
/// its own code. Where the machine does not count any, as many virtual ones do
/// not, it measures the processor's time instead.
///
/// Threads: one at a time. Threads that were there before its first use in the
/// process are not counted.
class work_meter {
public:
  work_meter() : begin_(now()) {}

  /// Since it was made, in `unit`s.
  [[nodiscard]] double work() const { return now() - begin_; }

  /// "instructions" or "ns".
  [[nodiscard]] static const char* unit();

private:
  static double now();

  double begin_;
};

} // namespace troupe
