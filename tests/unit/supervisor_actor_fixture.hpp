#pragma once

#include "troupe/testing/virtual_system.hpp"
#include "unit/scripted_child.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace troupe::testing {

/// What somebody got who asked a group.
template <class... Reply>
struct reply {
  std::optional<std::tuple<Reply...>> value;
  std::optional<error> failed;
  int answers = 0;
};

/// A group of scripted children in a system without threads.
class SupervisorActorFixture : public ::testing::Test {
protected:
  using joined = reply<v1::GroupResult, payloads>;

  void make(const supervisor_options& options) {
    group = spawn_supervisor(system.get(), options);
  }

  /// A child that the test finds in `children`, in the order of starts.
  child_factory scripted(child_script script = {}) {
    return [this, script = std::move(script)](caf::actor_system& sys) {
      children.push_back(spawn_child(sys, script));
      return supervised_actor{children.back()};
    };
  }

  /// A child that succeeds at once.
  static child_factory quick(payload value = {}) {
    return [value = std::move(value)](caf::actor_system& sys) {
      child_script script;
      script.on_start = [value](child& self) {
        self.finish(succeeded(), value);
      };
      return supervised_actor{spawn_child(sys, script)};
    };
  }

  template <class... Factories>
  void add(Factories... factories) {
    caf::anon_send(group,
                   add_children{{child_factory{std::move(factories)}...}});
    system.run_ready();
  }

  template <class Message>
  void tell(Message message) {
    caf::anon_send(group, std::move(message));
    system.run_ready();
  }

  void in_child(std::size_t i, std::function<void(child&)> what) {
    caf::anon_send(children.at(i), errand{std::move(what)});
    system.run_ready();
  }

  /// Asks, and lets everybody run.
  template <class... Reply, class Request>
  std::shared_ptr<reply<Reply...>> ask(Request what) {
    auto result = std::make_shared<reply<Reply...>>();
    system->spawn(
      [result, whom = group, what](caf::event_based_actor* self) mutable {
        self->request(std::exchange(whom, nullptr), caf::infinite, what)
          .then(
            [result](const Reply&... x) {
              ++result->answers;
              result->value.emplace(x...);
            },
            [result](const caf::error& x) {
              ++result->answers;
              result->failed = from_caf(x);
            });
      });
    system.run_ready();
    return result;
  }

  std::shared_ptr<joined> join() {
    return ask<v1::GroupResult, payloads>(v1::GroupJoin{});
  }

  auto cancel() { return ask<v1::GroupResult>(v1::GroupCancel{}); }

  auto pause(const std::string& owner, std::uint64_t limit_ms = 0) {
    v1::GroupPause what;
    what.set_owner(owner);
    what.set_limit_ms(limit_ms);
    return ask<v1::GroupPaused>(what);
  }

  auto resume(const std::string& owner) {
    v1::GroupResume what;
    what.set_owner(owner);
    return ask<v1::GroupResumed>(what);
  }

  v1::GroupProgress progress() {
    return std::get<0>(
      ask<v1::GroupProgress>(v1::GroupGetProgress{})->value.value());
  }

  static std::vector<v1::TaskState> states(const v1::GroupResult& result) {
    std::vector<v1::TaskState> list;
    for (const auto& outcome : result.outcomes())
      list.push_back(outcome.state());
    return list;
  }

  /// Sets `flag` when an actor has ended.
  template <class Handle>
  static void notice_end(const Handle& whom, bool& flag) {
    whom->attach_functor([&flag] { flag = true; });
  }

  virtual_system system;
  std::vector<scripted_actor> children;
  local_supervisor_actor group = spawn_supervisor(system.get());
};

} // namespace troupe::testing
