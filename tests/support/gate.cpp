#include "support/gate.hpp"

namespace troupe::test {

gate::gate() : event_(std::make_shared<const unique_fd>(make_event_fd())) {}

void gate::open() const {
  raise_event(*event_);
}

bool gate::wait(std::chrono::milliseconds limit) const {
  pollfd ready{fd(), POLLIN, 0};
  return poll_until({&ready, 1}, deadline_after(limit));
}

bool gate::is_open() const {
  return wait(std::chrono::milliseconds{0});
}

} // namespace troupe::test
