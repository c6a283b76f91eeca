#include "life/cost.hpp"
#include "troupe/attempt.hpp"
#include "troupe/cancelled.hpp"
#include "troupe/finally.hpp"
#include "troupe/gather.hpp"
#include "troupe/handler.hpp"
#include "troupe/log.hpp"
#include "troupe/msg/actor.hpp"
#include "troupe/msg/event.hpp"
#include "troupe/msg/failure.hpp"
#include "troupe/post.hpp"
#include "troupe/promise.hpp"
#include "troupe/request.hpp"
#include "troupe/retry.hpp"
#include "troupe/run.hpp"
#include "troupe/shield.hpp"
#include "troupe/this_task.hpp"
#include "troupe/to_thread.hpp"
#include "troupe/tree.hpp"

#include "troupe/v1/common.pb.h"
#include "troupe/v1/tree.pb.h"

#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <exception>
#include <latch>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

// Tasks, handles, promises, requests and threads.
namespace troupe {

namespace {

using namespace std::chrono_literals;

task<void> nothing() {
  co_return;
}

task<int> one() {
  co_return 1;
}

task<void> fail() {
  throw std::runtime_error{"as planned"};
  co_return;
}

task<void> for_an_hour() {
  co_await sleep(1h);
}

task<void> shielded(handle<void> what) {
  co_await shield(what);
}

/// Does not throw what it threw.
task<void> ended(any_handle what) {
  std::vector all{what};
  co_await wait(all);
}

task<void> deep(std::size_t depth) {
  if (depth == 0)
    co_await sleep(1h);
  else
    co_await deep(depth - 1);
}

task<void> around(task<void> inner) {
  co_await std::move(inner);
}

// One that every program of troupe knows, so nothing has to be registered.
using echo_actor = actor<v1::EventState(v1::EventQuery)>;

echo_actor::behavior_type echo() {
  return {[](const v1::EventQuery&) { return v1::EventState{}; }};
}

echo_actor make_slow_echo() {
  auto slowly = [](v1::EventQuery) -> task<v1::EventState> {
    co_await yield();
    co_return v1::EventState{};
  };
  auto make = [slowly](echo_actor::pointer self) {
    return echo_actor::behavior_type{handler(self, slowly)};
  };
  return this_task::system().spawn(make);
}

struct open_requests {
  std::vector<answer<v1::EventState>> all;
};

echo_actor::behavior_type
silent(echo_actor::stateful_pointer<open_requests> self) {
  return {[self](const v1::EventQuery&) -> caf::result<v1::EventState> {
    self->state.all.emplace_back(self);
    return self->state.all.back().later();
  }};
}

task<void> ask(echo_actor whom) {
  co_await request(whom, v1::EventQuery{});
}

} // namespace

cost_table task_costs() {
  return {
    {"AwaitingTasksInline", "task", 200'000,
     [](std::size_t n) -> task<void> {
       for (; n != 0; --n)
         co_await nothing();
     }},
    {"AwaitingTasksDeepInside", "task", 10'000,
     [](std::size_t n) -> task<void> {
       auto all = co_await crowd(1, [&] { return deep(n); });
       co_await cancel_all(all);
     }},
    {"DroppingAChainOfTasksThatNeverRan", "task", 10'000,
     [](std::size_t n) -> task<void> {
       auto chain = nothing();
       for (; n != 0; --n)
         chain = around(std::move(chain));
       co_return;
     }},
    {"SpawningAndAwaiting", "spawn handle", 20'000,
     [](std::size_t n) -> task<void> {
       for (; n != 0; --n)
         static_cast<void>(co_await spawn(one()));
     }},
    {"SpawningEagerly", "spawn", 20'000,
     [](std::size_t n) -> task<void> {
       for (; n != 0; --n)
         co_await spawn(nothing(), spawn_options{}.eager_start());
     }},
    {"SpawningWithDeadlines", "spawn", 20'000,
     [](std::size_t n) -> task<void> {
       auto late = spawn_options{}.deadline(this_task::now() + 1h);
       for (; n != 0; --n)
         co_await spawn(nothing(), late);
     }},
    {"SpawningMany", "spawn", 20'000,
     [](std::size_t n) -> task<void> {
       co_await wait(co_await crowd(n, nothing));
     }},
    {"AwaitingAHandleThatIsDone",
     "handle any_handle::done any_handle::was_cancelled any_handle::name",
     200'000,
     [](std::size_t n) -> task<void> {
       auto done = spawn(one());
       std::size_t sum = 0;
       for (; n != 0; --n) {
         sum += static_cast<std::size_t>(co_await done);
         sum += done.done() + done.was_cancelled() + done.name().size();
       }
       co_return static_cast<void>(sum);
     }},
    {"CancellingAndThinkingBetterOfIt",
     "any_handle::cancel any_handle::uncancel any_handle::cancelling "
     "this_task::uncancel",
     100'000,
     [](std::size_t n) -> task<void> {
       auto other = spawn(for_an_hour());
       for (auto me = this_task::handle(); n != 0; --n) {
         me.cancel();
         me.cancel();
         me.uncancel();
         this_task::uncancel();
         co_await nothing();
       }
       other.cancel();
       co_await ended(other);
     }},
    {"CancelsThatAreIgnored", "any_handle::cancel cancelled", 10'000,
     [](std::size_t n) -> task<void> {
       for (auto me = this_task::handle(); n != 0; --n) {
         me.cancel();
         try {
           co_await yield();
         } catch (const cancelled&) {
           this_task::uncancel();
         }
       }
     }},
    {"PausingAndResuming", "any_handle::pause any_handle::resume", 10'000,
     [](std::size_t n) -> task<void> {
       auto other = spawn(for_an_hour());
       for (; n != 0; --n) {
         auto guard = co_await other.pause();
         other.resume();
         auto again = co_await other.pause();
       }
       other.cancel();
       co_await ended(other);
     }},
    {"PausingACrowd", "any_handle::pause", 10'000,
     [](std::size_t n) -> task<void> {
       auto all = co_await crowd(n, for_an_hour);
       std::vector<pause_guard> guards;
       for (auto& x : all)
         guards.push_back(co_await x.pause());
       guards.clear();
       co_await cancel_all(all);
     }},
    {"SettingPromises",
     "promise::get_handle promise::set_value promise::set_error "
     "promise::set_exception",
     30'000,
     [](std::size_t n) -> task<void> {
       for (; n != 0; --n) {
         promise<int> value;
         value.set_value(1);
         static_cast<void>(co_await value.get_handle());
         promise<> failed;
         auto how = failed.get_handle();
         failed.set_error({errc::full, "as planned"});
         co_await ended(how);
         detail::handle_access::block(how)->collect();
         static_cast<void>(failed.set_exception(std::make_exception_ptr(1)));
       }
     }},
    {"AFewTasksThatWaitForPromises", "promise", 20'000,
     [](std::size_t n) -> task<void> {
       for (; n != 0; --n) {
         promise<> end;
         auto other = spawn(shielded(end.get_handle()));
         co_await yield();
         end.set_value();
         co_await other;
       }
     }},
    {"ACrowdThatWaitsForAPromise", "promise shield", 10'000,
     [](std::size_t n) -> task<void> {
       promise<> end;
       auto what = end.get_handle();
       auto all = co_await crowd(n, [&] { return shielded(what); });
       end.set_value();
       co_await wait(all);
     }},
    {"CancellingACrowdThatIsShielded", "shield", 20'000,
     [](std::size_t n) -> task<void> {
       promise<> end;
       auto what = end.get_handle();
       co_await cancel_all(co_await crowd(n, [&] { return shielded(what); }));
       end.set_value();
     }},
    {"ShieldingTasks", "shield", 20'000,
     [](std::size_t n) -> task<void> {
       for (; n != 0; --n)
         static_cast<void>(co_await shield(one()));
     }},
    {"AttemptsThatSucceedAndFail", "attempt", 5'000,
     [](std::size_t n) -> task<void> {
       for (; n != 0; --n) {
         static_cast<void>(co_await attempt(one()));
         static_cast<void>(co_await attempt(fail()));
       }
     }},
    {"CleaningUp", "finally", 100'000,
     [](std::size_t n) -> task<void> {
       for (; n != 0; --n)
         co_await finally(nothing(), nothing);
     }},
    {"TryingAgain", "retry retry_budget::earn retry_budget::spend", 5'000,
     [](std::size_t n) -> task<void> {
       auto policy =
         retry_policy{}.attempts(3).initial(0s).budget(retry_budget{1});
       for (; n != 0; --n) {
         auto left = 1;
         auto make = [&] { return left-- > 0 ? fail() : nothing(); };
         co_await retry(policy, make);
       }
     }},
    {"CallsInThreads", "to_thread", 5'000,
     [](std::size_t n) -> task<void> {
       auto twice = [](std::size_t x) { return 2 * x; };
       for (; n != 0; --n)
         static_cast<void>(co_await to_thread(twice, n));
     }},
    {"CancellingCallsThatHaveNotBegun", "to_thread", 10'000,
     [](std::size_t n) -> task<void> {
       auto gate = std::make_shared<std::latch>(1);
       auto call = [](std::shared_ptr<std::latch> until) -> task<void> {
         auto block = [](const std::shared_ptr<std::latch>& x) { x->wait(); };
         co_await to_thread(block, until);
       };
       auto busy = co_await crowd(40, [&] { return call(gate); });
       co_await cancel_all(co_await crowd(n, [&] { return call(gate); }));
       gate->count_down();
       co_await wait(busy);
       // Threads pass over what was cancelled: this call comes after all of it.
       auto nothing_more = [] {};
       for (int i = 0; i != 40; ++i)
         co_await to_thread(nothing_more);
     }},
    {"PostingTasksFromOutside", "post", 3'000,
     [](std::size_t n) -> task<void> {
       auto outside = [](caf::actor_system* system, std::size_t left) {
         for (; left != 0; --left)
           post(*system, nothing()).result.get();
       };
       co_await to_thread(outside, &this_task::system(), n);
     }},
    {"Requests", "request", 100'000,
     [](std::size_t n) -> task<void> {
       auto whom = this_task::system().spawn(echo);
       for (; n != 0; --n)
         co_await request(whom, v1::EventQuery{});
     }},
    {"RequestsWithALimit", "request", 20'000,
     [](std::size_t n) -> task<void> {
       auto whom = this_task::system().spawn(echo);
       for (; n != 0; --n)
         co_await request(whom, v1::EventQuery{}, 1h);
     }},
    {"RequestsToAHandlerThatAwaits", "handler", 20'000,
     [](std::size_t n) -> task<void> {
       auto whom = make_slow_echo();
       for (; n != 0; --n)
         co_await request(whom, v1::EventQuery{});
     }},
    // CAF looks for each answer among all that the actor waits for.
    {"AFewThatAskAHandlerThatAwaits", "handler", 5'000,
     [](std::size_t n) -> task<void> {
       auto whom = make_slow_echo();
       std::vector<task<void>> jobs;
       for (; n != 0; --n)
         jobs.push_back(ask(whom));
       co_await gather(std::move(jobs), gather_options{}.limit(16));
     }},
    {"CancellingACrowdThatAsks", "request", 10'000,
     [](std::size_t n) -> task<void> {
       auto whom = this_task::system().spawn(silent);
       co_await cancel_all(co_await crowd(n, [&] { return ask(whom); }));
     }},
    {"LoggingWhatIsDropped", "log set_log_level set_log_sink", 200'000,
     [](std::size_t n) -> task<void> {
       set_log_level(log_level::error);
       set_log_sink({});
       for (; n != 0; --n)
         log(log_level::debug, "a task", "nothing happens");
       set_log_level(log_level::warning);
       co_return;
     }},
    {"LookingAtAllTasks", "tree to_string to_proto report_stuck", 10'000,
     [](std::size_t n) -> task<void> {
       auto all = co_await crowd(n, for_an_hour);
       all.push_back(spawn(report_stuck(1h)));
       co_await yield();
       auto now = tree(this_task::system());
       static_cast<void>(to_string(now).size());
       static_cast<void>(to_proto(now).ByteSizeLong());
       co_await cancel_all(all);
     }},
    {"ProgramsThatBeginAndEnd", "run block_on", 10,
     [](std::size_t n) -> task<void> {
       auto call = [] { return block_on(one(), run_options{}.threads(1)); };
       for (; n != 0; --n)
         static_cast<void>(co_await to_thread(call));
     }},
  };
}

} // namespace troupe
