#include "troupe/this_task.hpp"

#include "troupe/detail/fiber.hpp"
#include "troupe/detail/runtime.hpp"

namespace troupe::this_task {

const std::string& name() {
  return detail::fiber::require().block()->name();
}

std::uint32_t cancelling() {
  return detail::fiber::require().block()->cancelling();
}

std::uint32_t uncancel() {
  return detail::fiber::require().block()->uncancel();
}

time_point deadline() {
  return detail::fiber::require().deadline();
}

time_point now() {
  return detail::fiber::require().now();
}

caf::actor_system& system() {
  return detail::fiber::require().system()->system();
}

any_handle handle() {
  return detail::handle_access::make_any(detail::fiber::require().block());
}

} // namespace troupe::this_task
