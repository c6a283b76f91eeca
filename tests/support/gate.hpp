#pragma once

#include "support/fd.hpp"

#include <chrono>
#include <memory>

namespace troupe::test {

/// Lets a test order the events of several threads.
///
/// Copies share the same gate, so handlers capture it by value.
/// Threads: from any.
class gate {
public:
  gate();

  /// Lets through all who wait, now and later.
  void open() const;

  /// Waits until the gate is open.
  ///
  /// @return False once `limit` has passed.
  bool wait(std::chrono::milliseconds limit = patience) const;

  bool is_open() const;

  /// Readable while the gate is open.
  int fd() const { return event_->get(); }

private:
  std::shared_ptr<const unique_fd> event_;
};

} // namespace troupe::test
