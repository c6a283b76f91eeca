#include "life/cost.hpp"
#include "troupe/attempt.hpp"
#include "troupe/gather.hpp"
#include "troupe/map.hpp"
#include "troupe/msg/failure.hpp"
#include "troupe/promise.hpp"
#include "troupe/race.hpp"
#include "troupe/shield.hpp"
#include "troupe/timeout.hpp"
#include "troupe/wait.hpp"

#include <chrono>
#include <stdexcept>
#include <utility>
#include <vector>

// Tasks side by side: gather, map, race, wait, as_completed.
namespace troupe {

namespace {

using namespace std::chrono_literals;

task<void> nothing() {
  co_return;
}

task<int> one() {
  co_return 1;
}

task<int> one_later() {
  co_await yield();
  co_return 1;
}

task<int> fail() {
  throw std::runtime_error{"as planned"};
  co_return 0;
}

task<void> for_an_hour() {
  co_await sleep(1h);
}

template <class Make>
auto many(std::size_t count, Make make) {
  std::vector<decltype(make())> result;
  result.reserve(count);
  while (result.size() != count)
    result.push_back(make());
  return result;
}

auto spawned(std::size_t count) {
  return many(count, [] { return spawn(one_later()); });
}

task<void> gather_an_hour(std::size_t count) {
  co_await gather(many(count, for_an_hour));
}

/// A map whose time is over before it has begun.
task<void> map_too_late() {
  auto make = [](int) -> task<int> { co_return co_await sleep(1h, 1); };
  std::vector<int> two(2);
  co_await attempt(wait_for(map(two, make), 1us));
}

task<void> map_an_hour(std::size_t count, std::size_t limit) {
  auto make = [](std::size_t) -> task<int> { co_return co_await sleep(1h, 1); };
  co_await map(std::vector<std::size_t>(count), make,
               map_options{}.limit(limit));
}

task<void> wait_for_first(std::vector<handle<void>> all, duration limit) {
  co_await wait(all, first_completed, limit);
}

task<void> take_next(completions<handle<void>> from) {
  co_await from.next();
}

} // namespace

cost_table set_costs() {
  return {
    {"GatheringNothing", "gather", 50'000,
     [](std::size_t n) -> task<void> {
       for (; n != 0; --n)
         co_await gather(std::vector<task<void>>{});
     }},
    {"GatheringTwoAgainAndAgain", "gather", 5'000,
     [](std::size_t n) -> task<void> {
       for (; n != 0; --n)
         co_await gather(one(), nothing());
     }},
    {"GatheringMany", "gather", 10'000,
     [](std::size_t n) -> task<void> { co_await gather(many(n, one)); }},
    {"GatheringManyAFewAtATime", "gather", 10'000,
     [](std::size_t n) -> task<void> {
       co_await gather(many(n, one_later), gather_options{}.limit(8));
     }},
    {"GatheringManyOfWhichOneFails", "gather", 5'000,
     [](std::size_t n) -> task<void> {
       auto jobs = many(n, one_later);
       jobs.push_back(fail());
       try {
         co_await gather(std::move(jobs));
       } catch (const std::exception&) {
       }
     }},
    {"CancellingAGatherOfMany", "gather", 5'000,
     [](std::size_t n) -> task<void> {
       co_await cancel_all(
         co_await crowd(1, [&] { return gather_an_hour(n); }));
     }},
    {"GatheringManyHandles", "gather", 10'000,
     [](std::size_t n) -> task<void> { co_await gather(spawned(n)); }},
    {"GatheringOutcomesOfFailures", "gather_outcomes", 3'000,
     [](std::size_t n) -> task<void> {
       co_await gather_outcomes(many(n, fail));
     }},
    {"MappingMany", "map", 10'000,
     [](std::size_t n) -> task<void> {
       auto make = [](std::size_t) { return one(); };
       co_await map(std::vector<std::size_t>(n), make, map_options{}.limit(8));
     }},
    {"MappingOutcomesOfFailures", "map_outcomes", 3'000,
     [](std::size_t n) -> task<void> {
       auto make = [](std::size_t) { return fail(); };
       co_await map_outcomes(std::vector<std::size_t>(n), make,
                             outcomes_options{}.limit(8));
     }},
    {"MapsThatAreTooLate", "map", 5'000,
     [](std::size_t n) -> task<void> {
       for (; n != 0; --n)
         co_await map_too_late();
     }},
    {"CancellingAMapOfManyThatHaveNotBegun", "map", 20'000,
     [](std::size_t n) -> task<void> {
       co_await cancel_all(
         co_await crowd(1, [&] { return map_an_hour(n, 8); }));
     }},
    {"RacingTwoAgainAndAgain", "race", 5'000,
     [](std::size_t n) -> task<void> {
       for (; n != 0; --n)
         co_await race(many(2, one));
     }},
    {"RacingMany", "race", 5'000,
     [](std::size_t n) -> task<void> { co_await race(many(n, one_later)); }},
    {"TheFirstSuccessAfterManyFailures", "first_success", 3'000,
     [](std::size_t n) -> task<void> {
       auto jobs = many(n, fail);
       jobs.push_back(one_later());
       co_await first_success(std::move(jobs));
     }},
    {"WaitingForMany", "wait", 10'000,
     [](std::size_t n) -> task<void> { co_await wait(spawned(n)); }},
    {"WaitingForTheFirstOfManyAndGivingUp", "wait", 10'000,
     [](std::size_t n) -> task<void> {
       auto all = many(n, [] { return spawn(for_an_hour()); });
       co_await wait(all, first_completed, 1ms);
       co_await cancel_all(all);
     }},
    {"WaitingAndGivingUpAgainAndAgain", "wait", 10'000,
     [](std::size_t n) -> task<void> {
       promise<> end;
       std::vector what{end.get_handle()};
       for (; n != 0; --n)
         co_await wait(what, first_exception, 0s);
       end.set_value();
     }},
    {"WaitingForWhatIsDoneWithALimit", "wait", 10'000,
     [](std::size_t n) -> task<void> {
       std::vector what{spawn(nothing())};
       for (; n != 0; --n)
         co_await wait(what, all_completed, 1h);
     }},
    {"ACrowdThatWaitsAndGivesUp", "wait", 10'000,
     [](std::size_t n) -> task<void> {
       promise<> end;
       std::vector what{end.get_handle()};
       auto all = co_await crowd(n, [&] { return wait_for_first(what, 20ms); });
       co_await wait(all);
       end.set_value();
     }},
    {"CancellingACrowdThatWaits", "wait", 10'000,
     [](std::size_t n) -> task<void> {
       promise<> end;
       std::vector what{end.get_handle()};
       co_await cancel_all(
         co_await crowd(n, [&] { return wait_for_first(what, forever); }));
       end.set_value();
     }},
    {"TakingManyAsTheyEnd", "as_completed completions::next", 10'000,
     [](std::size_t n) -> task<void> {
       auto ended = as_completed(spawned(n), 1h);
       while (co_await ended.next()) {
       }
     }},
    {"ManyThatShareThoseThatEnd", "completions::next", 10'000,
     [](std::size_t n) -> task<void> {
       promise<> end;
       auto ended = as_completed(std::vector{end.get_handle()});
       auto all = co_await crowd(n, [&] { return take_next(ended); });
       end.set_value();
       co_await wait(all);
     }},
    {"CancellingACrowdThatSharesThoseThatEnd", "completions::next", 10'000,
     [](std::size_t n) -> task<void> {
       promise<> end;
       auto ended = as_completed(std::vector{end.get_handle()});
       co_await cancel_all(co_await crowd(n, [&] { return take_next(ended); }));
       end.set_value();
     }},
    {"DroppingManyThatWaitForTheSameEnd", "as_completed", 20'000,
     [](std::size_t n) -> task<void> {
       promise<> end;
       std::vector what{end.get_handle()};
       std::vector<completions<handle<void>>> all;
       for (; n != 0; --n)
         all.push_back(as_completed(what));
       for (auto& one : all) // from the first to the last
         auto dropped = std::exchange(one, all.back());
       all.clear();
       end.set_value();
       co_return;
     }},
    {"DroppingWhatWouldEndAgainAndAgain", "as_completed", 10'000,
     [](std::size_t n) -> task<void> {
       promise<> end;
       std::vector what{end.get_handle()};
       for (; n != 0; --n)
         static_cast<void>(as_completed(what));
       end.set_value();
       co_return;
     }},
  };
}

} // namespace troupe
