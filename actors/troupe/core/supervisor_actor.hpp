#pragma once

#include "troupe/core/child_link.hpp"
#include "troupe/core/supervisor.hpp"
#include "troupe/msg/group.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace troupe {

/// Makes the actor of a child when it is its turn, inside the supervisor's
/// handler: so it must not wait. What it throws is how the child failed.
class child_source {
public:
  child_source() = default;
  child_source(const child_source&) = delete;
  child_source& operator=(const child_source&) = delete;
  virtual ~child_source() = default;

  /// Called once for each run of the child.
  virtual supervised_actor start(caf::actor_system& system,
                                 const child_run& run) = 0;

  /// Called instead if it is never started.
  virtual void abandon() noexcept {}

  /// Whether the actor knows its run from the beginning, so that it needs no
  /// `TaskStart`, and says `TaskFinished` however it ends, so that nobody has
  /// to monitor it.
  [[nodiscard]] virtual bool is_independent() const noexcept { return false; }
};

/// A `child_source`, or any function that makes the actor. Cheap to copy.
class child_factory {
public:
  child_factory() = default;

  template <std::derived_from<child_source> Source>
  explicit child_factory(std::shared_ptr<Source> source)
    : source_(std::move(source)) {}

  template <class F>
  requires std::is_invocable_r_v<supervised_actor, F&, caf::actor_system&>
  // NOLINTNEXTLINE(google-explicit-constructor): as std::function's
  child_factory(F make)
    : source_(std::make_shared<function<F>>(std::move(make))) {}

  explicit operator bool() const noexcept { return source_ != nullptr; }
  [[nodiscard]] child_source* operator->() const noexcept {
    return source_.get();
  }

private:
  template <class F>
  class function final : public child_source {
  public:
    explicit function(F make) : make_(std::move(make)) {}
    supervised_actor start(caf::actor_system& system,
                           const child_run&) override {
      return make_(system);
    }

  private:
    F make_;
  };

  std::shared_ptr<child_source> source_;
};

/// Children for a group. Stays inside the process.
class add_children {
public:
  add_children() = default;
  explicit add_children(std::vector<child_factory> list)
    : factories(std::move(list)) {}

  std::vector<child_factory> factories;

  /// Gives further ones, each when it can start at once, inside the
  /// supervisor's handler, and a null one after the last. What it holds goes
  /// once the group is cancelled or done. One for a group at a time.
  std::function<child_factory()> more;
};

/// A supervisor in the same process, which takes children as well.
using local_supervisor_actor =
  supervisor_actor::extend_with<actor<void(add_children)>>;

/// Spawns a group of children.
///
/// It lives as long as somebody holds it or a child runs, and answers
/// `GroupJoin` once it is done: closed by `GroupClose` and every child
/// terminal, or cancelled.
///
/// @param outcomes Takes the end of every child, in the order in which they
///                 end. Default: nobody.
/// @param children Takes their starts and progress. Default: nobody.
/// Cancel: `GroupCancel`, as often as one likes; answered when every child is
///         terminal.
/// Order:  results stand in the order in which children were added.
[[nodiscard]] local_supervisor_actor
spawn_supervisor(caf::actor_system& system,
                 const supervisor_options& options = supervisor_options{},
                 outcome_watcher outcomes = {}, child_watcher children = {});

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::add_children)
