#include "life/cost.hpp"
#include "troupe/error_group.hpp"
#include "troupe/group.hpp"
#include "troupe/group_actor.hpp"
#include "troupe/msg/failure.hpp"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <vector>

// Groups.
namespace troupe {

namespace {

using namespace std::chrono_literals;

task<void> nothing() {
  co_return;
}

task<void> for_an_hour() {
  co_await sleep(1h);
}

task<void> empty_body(group&) {
  co_return;
}

task<void> hold_group(std::size_t count, group_options options) {
  auto body = [&](group& g) -> task<void> {
    for (auto left = count; left != 0; --left)
      g.spawn(for_an_hour());
    co_return;
  };
  co_await with_group(body, options);
}

/// Fails until it has run so often.
task<void> shaky(std::shared_ptr<std::size_t> left) {
  if (--*left != 0)
    throw std::runtime_error{"as planned"};
  co_return;
}

} // namespace

cost_table group_costs() {
  return {
    {"GroupsOfNobody", "with_group", 20'000,
     [](std::size_t n) -> task<void> {
       for (; n != 0; --n)
         co_await with_group(empty_body);
     }},
    {"GroupsOfTwo", "group::spawn", 5'000,
     [](std::size_t n) -> task<void> {
       auto body = [](group& g) -> task<void> {
         g.spawn(nothing());
         co_await g.spawn(nothing());
       };
       for (; n != 0; --n)
         co_await with_group(body, group_options{}.limit(1));
     }},
    {"GroupsWithADeadline", "with_group", 20'000,
     [](std::size_t n) -> task<void> {
       auto late =
         group_options{}.deadline(std::chrono::steady_clock::now() + 1h);
       for (; n != 0; --n)
         co_await with_group(empty_body, late);
     }},
    {"AGroupOfMany", "group::spawn", 10'000,
     [](std::size_t n) -> task<void> {
       auto body = [&](group& g) -> task<void> {
         for (; n != 0; --n)
           g.spawn(nothing());
         co_return;
       };
       co_await with_group(body);
     }},
    {"AGroupWhoseTasksComeAndGo", "group::spawn", 10'000,
     [](std::size_t n) -> task<void> {
       auto body = [&](group& g) -> task<void> {
         for (; n != 0; --n)
           co_await g.spawn(nothing());
       };
       co_await with_group(body);
     }},
    {"CancellingAGroupOfMany", "group::cancel", 5'000,
     [](std::size_t n) -> task<void> {
       auto body = [&](group& g) -> task<void> {
         for (; n != 0; --n)
           g.spawn(for_an_hour());
         co_await settle();
         g.cancel();
       };
       co_await with_group(body);
     }},
    {"CancellingWhoWaitsForAGroupOfMany", "with_group", 5'000,
     [](std::size_t n) -> task<void> {
       auto make = [&] { return hold_group(n, group_options{}); };
       co_await cancel_all(co_await crowd(1, make));
     }},
    {"CancellingAGroupWhoseTasksHaveNotBegun", "with_group", 10'000,
     [](std::size_t n) -> task<void> {
       auto make = [&] { return hold_group(n, group_options{}.limit(2)); };
       co_await cancel_all(co_await crowd(1, make));
     }},
    {"CancellingManyGroups", "with_group", 2'000,
     [](std::size_t n) -> task<void> {
       auto make = [] { return hold_group(1, group_options{}); };
       co_await cancel_all(co_await crowd(n, make));
     }},
    {"CancellingTheTasksOfAGroupOneByOne", "group::spawn", 5'000,
     [](std::size_t n) -> task<void> {
       auto body = [&](group& g) -> task<void> {
         std::vector<handle<void>> all;
         for (; n != 0; --n)
           all.push_back(g.spawn(for_an_hour()));
         co_await settle();
         co_await cancel_all(std::move(all));
       };
       co_await with_group(body);
     }},
    {"PausingAGroupAgainAndAgain", "group::pause", 3'000,
     [](std::size_t n) -> task<void> {
       auto body = [&](group& g) -> task<void> {
         g.spawn(for_an_hour());
         for (; n != 0; --n)
           auto guard = co_await g.pause(pause_options{}.limit(1h));
         g.cancel();
       };
       co_await with_group(body);
     }},
    {"PausingAGroupOfMany", "group::pause", 3'000,
     [](std::size_t n) -> task<void> {
       auto body = [&](group& g) -> task<void> {
         for (; n != 0; --n)
           g.spawn(for_an_hour());
         co_await settle();
         { auto guard = co_await g.pause(); }
         g.cancel();
       };
       co_await with_group(body);
     }},
    {"AskingHowFarAGroupIs", "group::progress actor_of", 20'000,
     [](std::size_t n) -> task<void> {
       auto body = [&](group& g) -> task<void> {
         g.spawn(for_an_hour());
         for (; n != 0; --n) {
           static_cast<void>(co_await g.progress());
           static_cast<void>(actor_of(g));
         }
         g.cancel();
       };
       co_await with_group(body);
     }},
    {"StartingATaskAgainAndAgain", "group::supervise", 2'000,
     [](std::size_t n) -> task<void> {
       auto left = std::make_shared<std::size_t>(n);
       auto body = [&](group& g) -> task<void> {
         g.supervise([left] { return shaky(left); });
         co_return;
       };
       co_await with_group(
         body, group_options{}.restart(restart::transient).intensity(n, 1h));
     }},
    {"AGroupOfManyFailures", "error_group::errors", 3'000,
     [](std::size_t n) -> task<void> {
       auto body = [&](group& g) -> task<void> {
         for (; n != 0; --n)
           g.spawn(shaky(std::make_shared<std::size_t>(2)));
         co_return;
       };
       try {
         co_await with_group(body, group_options{}.on_error(on_error::collect));
       } catch (const error_group& what) {
         static_cast<void>(what.errors().size());
       }
     }},
  };
}

} // namespace troupe
