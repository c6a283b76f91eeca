#pragma once

#include "conformance/queue_users.hpp"

#include <cstddef>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace troupe {

enum class used_by { tasks, actors };

inline void PrintTo(used_by x, std::ostream* out) {
  *out << (x == used_by::tasks ? "tasks" : "actors");
}

/// A queue of numbers that is used by tasks, and by plain actors. Each call is
/// made by a client of its own, and those that were begun before run first.
class QueueConformanceTest : public TaskConformanceTest,
                             public ::testing::WithParamInterface<used_by> {
protected:
  void SetUp() override {
    TaskConformanceTest::SetUp();
    make();
  }

  void TearDown() override {
    for (const auto& one : calls_)
      if (one.waits())
        one.cancel();
    system.run_ready();
    user_.reset();
    TaskConformanceTest::TearDown();
  }

  static constexpr auto all_orders = {queue_order::fifo, queue_order::lifo,
                                      queue_order::priority};

  /// From now on it is another queue, which nobody used yet.
  void make(std::size_t max_size = 0, queue_order order = queue_order::fifo) {
    auto options = queue_options{}.max_size(max_size).order(order);
    if (GetParam() == used_by::actors)
      user_ = std::make_unique<queue_actor_user>(system.get(), options);
    else if (order == queue_order::fifo)
      user_ = by_tasks<queue<int>>(options);
    else if (order == queue_order::lifo)
      user_ = by_tasks<lifo_queue<int>>(options);
    else
      user_ = by_tasks<priority_queue<int>>(options);
  }

  // Calls that are made when the next one is looked at, or `tick`s.
  call put(int value, int priority = 0) {
    return keep(user_->put(value, priority, false));
  }
  call put_within(duration limit, int value) {
    return keep(user_->put_within(limit, value));
  }
  call get() { return keep(user_->get(false)); }
  call get_within(duration limit) { return keep(user_->get_within(limit)); }
  call join() { return keep(user_->join()); }

  void tick() { system.run_ready(); }

  // Calls that are made at once.
  std::string puts(int value, int priority = 0) {
    return now(put(value, priority));
  }
  std::string puts_now(int value) { return now(user_->put(value, 0, true)); }
  std::string puts_many(std::vector<int> values) {
    return now(user_->put_many(std::move(values)));
  }
  std::string gets() { return now(get()); }
  std::string gets_now() { return now(user_->get(true)); }
  std::string gets_many(std::size_t max) { return now(user_->get_many(max)); }
  std::string tasks_done() { return now(user_->task_done()); }
  std::string joins() { return now(join()); }
  std::string shuts_down(bool immediate = false) {
    return now(user_->shutdown(immediate));
  }
  queue_state looks() {
    queue_state result;
    EXPECT_EQ(now(user_->look(result)), "ok");
    return result;
  }

  /// Starts a call, and lets it wait.
  call waiting(const call& x) {
    tick();
    EXPECT_TRUE(x.waits()) << x.result();
    return x;
  }

private:
  template <class Queue>
  std::unique_ptr<queue_user> by_tasks(const queue_options& options) {
    return std::make_unique<queue_task_user<Queue>>(system.get(), options);
  }

  call keep(call x) {
    calls_.push_back(x);
    return x;
  }

  std::string now(const call& x) {
    keep(x);
    tick();
    return x.result();
  }

  std::unique_ptr<queue_user> user_;
  std::vector<call> calls_;
};

} // namespace troupe
