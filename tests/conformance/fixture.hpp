#pragma once

#include "troupe/cancelled.hpp"
#include "troupe/detail/fiber.hpp"
#include "troupe/detail/runtime.hpp"
#include "troupe/error_group.hpp"
#include "troupe/finally.hpp"
#include "troupe/handle.hpp"
#include "troupe/log.hpp"
#include "troupe/msg/failure.hpp"
#include "troupe/sleep.hpp"
#include "troupe/spawn.hpp"
#include "troupe/task.hpp"
#include "troupe/testing/virtual_system.hpp"
#include "troupe/this_task.hpp"

#include <caf/actor_registry.hpp>
#include <caf/local_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace troupe {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// What tasks write down; copies are the same journal.
class journal {
public:
  void add(std::string line) const { lines_->push_back(std::move(line)); }
  [[nodiscard]] const std::vector<std::string>& lines() const {
    return *lines_;
  }

private:
  std::shared_ptr<std::vector<std::string>> lines_ =
    std::make_shared<std::vector<std::string>>();
};

/// Virtual time; checks in the end that no coroutine and no actor was
/// forgotten.
class TaskConformanceTest : public ::testing::Test {
protected:
  void SetUp() override {
    frames_before_ = detail::frames_alive.value();
    set_log_sink([this](log_level, std::string_view, std::string_view text) {
      reports.emplace_back(text);
    });
  }

  void TearDown() override {
    system.run_ready();
    EXPECT_EQ(detail::frames_alive.value(), frames_before_);
    EXPECT_EQ(system->registry().running(), 0u);
    if (detail::frames_alive.value() != frames_before_) { // else it would hang
      detail::runtime::of(system.get())->shut_down();
      system.run_ready();
    }
    set_log_sink(nullptr);
  }

  template <class T>
  T run(task<T> work) {
    return system.run(std::move(work));
  }

  /// Spawns a task, and lets it run until it waits.
  template <class T>
  handle<T> start(task<T> work) {
    auto result = spawn(system.get(), std::move(work));
    system.run_ready();
    return result;
  }

  testing::virtual_system system;
  journal notes;
  std::vector<std::string> reports; // that were logged

private:
  std::int64_t frames_before_ = 0;
};

/// How an operation ends: "value", "cancelled", the name of a code, "error
/// group", or what an exception tells.
template <class Op>
task<std::string> ending_of(Op op) {
  try {
    if constexpr (std::is_base_of_v<any_handle, Op>)
      static_cast<void>(co_await op);
    else
      static_cast<void>(co_await std::move(op));
    co_return "value";
  } catch (const cancelled&) {
    co_return "cancelled";
  } catch (const error_group&) {
    co_return "error group";
  } catch (const failure& what) {
    co_return std::string{to_string(what.code())};
  } catch (const std::exception& what) {
    co_return what.what();
  }
}

inline task<int> value_after(duration length, int value) {
  co_await sleep(length);
  co_return value;
}

inline task<int> fail_after(duration length, std::string text) {
  co_await sleep(length);
  throw std::runtime_error{text};
}

inline task<void> write(journal log, std::string line) {
  log.add(std::move(line));
  co_return;
}

/// Waits for ever; writes "cancelled" when it is.
inline task<int> wait_for_ever(journal log) {
  try {
    co_await sleep(forever);
  } catch (const cancelled&) {
    log.add("cancelled");
    throw;
  }
  co_return 0;
}

/// Waits for ever; its cleanup takes so long, and writes "clean".
inline task<int> clean_up_for(duration length, journal log) {
  auto cleanup = [&]() -> task<void> {
    co_await sleep(length);
    log.add("clean");
  };
  co_await finally(sleep(forever), cleanup);
  co_return 0;
}

/// Ignores every cancel for so long, and gives a value then.
inline task<int> ignore_cancels_for(duration length, int value) {
  auto end = this_task::now() + length;
  while (this_task::now() < end) {
    try {
      co_await sleep_until(end);
    } catch (const cancelled&) {
    }
  }
  co_return value;
}

template <class T>
task<T> result_of(handle<T> work) {
  co_return co_await work;
}

/// Time passes while the running task does not wait.
inline void stay_busy(duration length) {
  auto& system = detail::fiber::require().host().self().system();
  dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler())
    .clock()
    .advance_time(length);
}

} // namespace troupe
