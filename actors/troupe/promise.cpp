#include "troupe/promise.hpp"

#include "troupe/msg/failure.hpp"

namespace troupe::detail {

std::exception_ptr as_exception(error why) {
  return why.cause() ? why.cause()
                     : std::make_exception_ptr(failure{std::move(why)});
}

std::exception_ptr broken_promise() {
  return std::make_exception_ptr(
    failure{{errc::broken_promise, "the promise was dropped"}});
}

void throw_no_exception() {
  throw failure{{errc::invalid_argument, "there is no exception"}};
}

void throw_no_promise() {
  throw failure{{errc::already_taken, "the promise was moved from"}};
}

} // namespace troupe::detail
