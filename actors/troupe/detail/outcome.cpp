#include "troupe/detail/outcome.hpp"

#include "troupe/cancelled.hpp"
#include "troupe/core/child_link.hpp"
#include "troupe/detail/task_block.hpp"
#include "troupe/msg/failure.hpp"

namespace troupe::detail {

v1::Outcome outcome_of(const task_block& task) {
  return task.state() == task_block::phase::succeeded
           ? succeeded()
           : failed(error_of(task.thrown()));
}

error error_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const cancelled& what) {
    return {errc::cancelled, to_string(what), thrown};
  } catch (const failure& what) {
    return {what.code(), what.error().message(), thrown};
  } catch (const std::exception& what) {
    return {errc::internal, what.what(), thrown};
  } catch (...) {
    return {errc::internal, "an exception of unknown type", thrown};
  }
}

} // namespace troupe::detail
