#pragma once

#include "troupe/core/time.hpp"
#include "troupe/handle.hpp"
#include "troupe/spawn.hpp"
#include "troupe/task.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

namespace caf::scheduler {
class test_coordinator;
} // namespace caf::scheduler

namespace troupe::testing {

class choices;

/// An actor system for tests: no threads, time that only the test moves, and
/// every order of actors at the test's choice.
///
///     testing::virtual_system system;
///     auto child = system->spawn(…);
///     system.run_ready();
///     system.advance(5s);
///
/// Threads: everything happens in the calling thread.
class virtual_system {
public:
  virtual_system();
  /// @param config Takes troupe's messages, and runs without threads from now
  ///               on. Has to outlive the system.
  explicit virtual_system(caf::actor_system_config& config);
  /// Cancels the tasks that are left, and lets time pass until they have ended.
  ~virtual_system();
  virtual_system(const virtual_system&) = delete;
  virtual_system& operator=(const virtual_system&) = delete;

  [[nodiscard]] caf::actor_system& get() noexcept { return *system_; }
  caf::actor_system& operator*() noexcept { return *system_; }
  caf::actor_system* operator->() noexcept { return system_.get(); }

  /// Lets actors handle their messages, first come, first served, until no
  /// message is left. Fires no timer.
  void run_ready();

  /// The same, where `way` chooses which actor is next. No timer goes off
  /// between them: that is a choice of `step` alone.
  void run_ready(choices& way);

  /// Lets one actor run.
  ///
  /// @return Whether there was one.
  bool run_one(choices& way);

  /// Lets one actor run, or the next timer go off, as `way` chooses.
  ///
  /// @param preemptions How often that may still be another one than the actor
  ///                    that ran last, if that can go on; counts down.
  /// @return Whether anything could happen.
  bool step(choices& way, std::size_t& preemptions);

  /// How many actors could run now.
  [[nodiscard]] std::size_t ready() const;

  /// Moves the clock to each timer in between, letting actors run, and to the
  /// end. `forever` ends at the last timer.
  void advance(duration length);

  /// Moves the clock to the next timer, and lets actors run.
  ///
  /// @return Whether there was one.
  bool fire_next_timer();

  [[nodiscard]] time_point now() const;

  /// Runs a task, moving the clock whenever everybody waits, until it has
  /// ended.
  ///
  /// Fails: throws what the task threw; `failure` (`would_deadlock`) with the
  ///        list of all tasks when it can never end.
  template <class T>
  T run(task<T> work) {
    auto handle = spawn(get(), std::move(work));
    run_until_done(handle);
    rethrow(handle);
    if constexpr (!std::is_void_v<T>)
      return detail::handle_access::block(handle)->steal();
  }

  /// The same for a task that runs already.
  void run_until_done(const any_handle& work);

  /// Throws what a task that has ended threw, if it did.
  static void rethrow(const any_handle& ended);

private:
  void end_tasks();
  bool run_first();
  bool fire_timer();

  std::unique_ptr<caf::actor_system> system_;
  caf::scheduler::test_coordinator& scheduler_;
  const void* last_ = nullptr; // the actor that ran last
};

} // namespace troupe::testing
