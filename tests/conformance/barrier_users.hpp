#pragma once

#include "conformance/users.hpp"
#include "troupe/barrier.hpp"
#include "troupe/core/barrier_actor.hpp"

#include <cstddef>
#include <string>
#include <utility>

namespace troupe {

/// What a task has of a barrier.
struct no_hold {};

/// Uses a `troupe::barrier`.
class barrier_task_user final : public task_user<no_hold> {
public:
  using subject = barrier;
  static barrier make(caf::actor_system& system, std::size_t parties = 3) {
    return barrier{system, parties};
  }
  static std::size_t waiting(testing::virtual_system& system,
                             const barrier& of) {
    return system.run(of.waiting());
  }
  static bool is_broken(testing::virtual_system& system, const barrier& of) {
    return system.run(of.broken());
  }

  barrier_task_user(caf::actor_system& system, barrier of)
    : task_user(system), barrier_(std::move(of)) {}

  /// Passes it so many times; the state is its index then.
  void wait(int times = 1) {
    tell([this, times](no_hold&) -> task<void> {
      for (int i = 0; i != times; ++i) {
        state = std::to_string(co_await barrier_.wait());
        ++passed;
      }
    });
  }
  void reset() {
    tell([this](no_hold&) -> task<void> {
      co_await barrier_.reset();
      state = "reset";
    });
  }
  void abort() {
    tell([this](no_hold&) -> task<void> {
      co_await barrier_.abort();
      state = "aborted";
    });
  }

  int passed = 0; ///< how often

private:
  barrier barrier_;
};

/// Sends messages to a `barrier_actor`.
class barrier_actor_user final : public actor_user {
public:
  using subject = barrier_actor;
  static barrier_actor make(caf::actor_system& system,
                            std::size_t parties = 3) {
    return spawn_barrier(system, parties);
  }
  static std::size_t waiting(testing::virtual_system& system,
                             const barrier_actor& of) {
    return state_of(system, of).waiting();
  }
  static bool is_broken(testing::virtual_system& system,
                        const barrier_actor& of) {
    return state_of(system, of).broken();
  }

  barrier_actor_user(caf::actor_system& system, barrier_actor of)
    : actor_user(system), barrier_(std::move(of)) {}

  void wait(int times = 1) {
    v1::BarrierWait what;
    what.set_ticket(new_ticket());
    ask<v1::BarrierPassed>(barrier_, what, [=, this](const auto& x) {
      ++passed;
      if (times > 1)
        wait(times - 1);
      return std::to_string(x.index());
    });
  }
  void reset() { change(v1::BarrierReset{}, "reset"); }
  void abort() { change(v1::BarrierAbort{}, "aborted"); }
  void cancel() { cancel_at(barrier_); }

  int passed = 0; ///< how often

private:
  static v1::BarrierState state_of(testing::virtual_system& system,
                                   const barrier_actor& of) {
    v1::BarrierState result;
    plain_client client{system.get()};
    client.ask<v1::BarrierState>(of, v1::BarrierQuery{},
                                 [&](const auto& x) { result = x; });
    system.run_ready();
    return result;
  }

  template <class Message>
  void change(const Message& what, const char* then) {
    ask<v1::BarrierState>(barrier_, what, [then](const auto&) { return then; });
  }

  barrier_actor barrier_;
};

} // namespace troupe
