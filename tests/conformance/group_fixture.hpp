#pragma once

#include "troupe/attempt.hpp"
#include "troupe/cancelled.hpp"
#include "troupe/detail/fiber.hpp"
#include "troupe/detail/runtime.hpp"
#include "troupe/error_group.hpp"
#include "troupe/handle.hpp"
#include "troupe/log.hpp"
#include "troupe/msg/failure.hpp"
#include "troupe/sleep.hpp"
#include "troupe/spawn.hpp"
#include "troupe/task.hpp"
#include "troupe/testing/explore.hpp"
#include "troupe/testing/virtual_system.hpp"

#include <caf/actor_registry.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace troupe {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Runs a coroutine that captures as a task that may be spawned. These tests
/// have one thread, and what they capture outlives the task.
template <class Body>
std::invoke_result_t<Body&> job(Body body) {
  co_return co_await body();
}

/// A list of values. (g++ 12 takes no braces inside a co_await expression.)
template <class T, class... More>
std::vector<T> list(T first, More... more) {
  std::vector<T> result;
  result.push_back(std::move(first));
  (result.push_back(std::move(more)), ...);
  return result;
}

/// A list of tasks.
template <class T, class... More>
std::vector<task<T>> tasks(task<T> first, More... more) {
  return list(std::move(first), std::move(more)...);
}

template <class T = int>
task<T> gives(T value, duration when = duration::zero()) {
  co_await sleep(when);
  co_return value;
}

template <class T = void>
task<T> throws(std::string text, duration when = duration::zero()) {
  co_await sleep(when);
  throw std::runtime_error{text};
}

/// Ends when it is cancelled only.
template <class T = void>
task<T> never_ends() {
  co_await sleep(forever);
  throw std::logic_error{"the end of time"};
}

/// What an exception says, in a word: "boom", "cancelled", "timed_out",
/// "group(boom, bang)".
inline std::string told(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const error_group& what) {
    std::string all;
    for (const auto& one : what.errors())
      all += (all.empty() ? "" : ", ") + told(one);
    return "group(" + all + ")";
  } catch (const failure& what) {
    return std::string{to_string(what.code())};
  } catch (const std::exception& what) {
    return what.what();
  } catch (const cancelled&) {
    return "cancelled";
  } catch (...) {
    return "unknown";
  }
}

/// How something ended: "done", or what it threw.
template <class T>
task<std::string> ending(task<T> work) {
  try {
    co_await std::move(work);
  } catch (...) {
    co_return told(std::current_exception());
  }
  co_return "done";
}

template <class T>
task<std::string> ending(handle<T> work) {
  try {
    co_await work;
  } catch (...) {
    co_return told(std::current_exception());
  }
  co_return "done";
}

/// A system with virtual time, in which no coroutine and no actor may be left
/// at the end.
class group_fixture : public ::testing::Test {
protected:
  group_fixture() {
    set_log_sink([](log_level, std::string_view, std::string_view) {});
  }
  group_fixture(const group_fixture&) = delete;
  group_fixture& operator=(const group_fixture&) = delete;
  // Once what a test's own fixture holds is gone.
  ~group_fixture() override {
    system.run_ready();
    EXPECT_EQ(detail::frames_alive.value(), frames_) << "coroutines are left";
    EXPECT_EQ(system->registry().running(), 0u) << "actors are left";
    if (HasFailure()) { // the system would wait for them
      detail::runtime::of(system.get())->shut_down();
      system.run_ready();
    }
    set_log_sink(nullptr);
  }

  /// Runs a coroutine, which may capture, to its end.
  template <class Body>
  auto run(Body body) {
    return system.run(job(std::move(body)));
  }

  /// Starts one, and lets all run that can.
  template <class Body>
  auto start(Body body) {
    auto result = spawn(system.get(), job(std::move(body)));
    system.run_ready();
    return result;
  }

  /// How a coroutine ends.
  template <class Body>
  std::string end_of(Body body) {
    return system.run(ending(job(std::move(body))));
  }
  template <class T>
  std::string end_of(handle<T> work) {
    return system.run(ending(std::move(work)));
  }

  /// Lets one actor run after the other, until something is so.
  template <class Condition>
  void step_until(const Condition& met) {
    testing::choices in_order;
    while (!met())
      ASSERT_TRUE(system.run_one(in_order)) << "it never is";
  }

  /// The time since the test began.
  [[nodiscard]] duration elapsed() const { return system.now() - start_; }

  testing::virtual_system system;

private:
  std::int64_t frames_ = detail::frames_alive.value();
  time_point start_ = system.now();
};

} // namespace troupe
