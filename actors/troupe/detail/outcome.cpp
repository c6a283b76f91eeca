#include "troupe/detail/outcome.hpp"

#include "troupe/cancelled.hpp"
#include "troupe/core/child_link.hpp"
#include "troupe/detail/task_block.hpp"
#include "troupe/msg/errc_of.hpp"
#include "troupe/msg/failure.hpp"

#include <system_error>
#include <typeinfo>

namespace troupe::detail {

namespace {

/// A task that fails as what it asked of others was cancelled has failed.
v1::Outcome failure_of(const std::exception_ptr& thrown) {
  auto result = failed(error_of(thrown));
  if (result.state() == v1::TASK_STATE_CANCELLED)
    result.set_state(v1::TASK_STATE_FAILED);
  return result;
}

} // namespace

v1::Outcome outcome_of(const task_block& task) {
  switch (task.state()) {
  case task_block::phase::succeeded:
    return succeeded();
  case task_block::phase::cancelled: // why is known to who cancelled it
    return failed(error{errc::cancelled});
  default:
    return failure_of(task.thrown());
  }
}

bool is_cancel(const std::exception_ptr& thrown) noexcept {
  // To throw it only to see its type costs as much as the cancel itself.
  return thrown && *thrown.__cxa_exception_type() == typeid(cancelled);
}

std::string about_task(const std::string& name, const std::string& text) {
  if (name.empty() || text.starts_with("task `"))
    return text;
  return "task `" + name + "`: " + text;
}

void rethrow_to_others(const std::exception_ptr& thrown,
                       const std::string& name) {
  if (!is_cancel(thrown))
    std::rethrow_exception(thrown);
  try {
    std::rethrow_exception(thrown);
  } catch (const cancelled& what) {
    if (!what.task().empty())
      throw; // of one that it waited for
    throw cancelled{what.reason(), what.text(), name};
  }
}

error error_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const cancelled& what) {
    return {errc::cancelled, to_string(what), thrown};
  } catch (const failure& what) {
    return {what.code(), what.error().message(), thrown};
  } catch (const std::system_error& what) {
    auto code = errc_of(what.code());
    return {code != errc::ok ? code : errc::internal, what.what(), thrown};
  } catch (const std::exception& what) {
    return {errc::internal, what.what(), thrown};
  } catch (...) {
    return {errc::internal, "an exception of unknown type", thrown};
  }
}

} // namespace troupe::detail
