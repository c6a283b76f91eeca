#include "troupe/detail/shut_down.hpp"

#include "troupe/core/detail/nameplate.hpp"
#include "troupe/core/detail/roster.hpp"
#include "troupe/core/scheduler.hpp"
#include "troupe/detail/messaging.hpp"
#include "troupe/detail/runtime.hpp"
#include "troupe/detail/task_block.hpp"
#include "troupe/detail/thread_pool.hpp"
#include "troupe/log.hpp"
#include "troupe/tree.hpp"

#include <caf/actor_registry.hpp>
#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/local_actor.hpp>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace troupe::detail {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

// For what has been told to end.
constexpr auto last_wait = 1s;

// For locks, queues and the like that only tasks had: they end soon after them.
constexpr auto settling = 50ms;

/// Neither CAF's registry nor threads that block tell when they are done.
template <class Done>
bool wait_until(duration limit, Done done) {
  auto end = after(steady_clock::now(), limit);
  for (auto pause = 20us; !done(); pause = std::min(pause * 2, 5'000us)) {
    if (steady_clock::now() >= end)
      return false;
    std::this_thread::sleep_for(pause);
  }
  return true;
}

void kill(caf::actor_control_block* who) {
  who->get()->eq_impl(caf::make_message_id(), nullptr, nullptr,
                      caf::exit_msg{who->address(), caf::exit_reason::kill});
}

/// What is left of a system.
class remains {
public:
  remains(caf::actor_system& system, const runtime& tasks)
    : system_(system), tasks_(tasks), actors_(roster::of(system)),
      calls_(tasks.threads().busy()) {}

  /// Whether there is nothing that may come to an end by itself.
  [[nodiscard]] static bool quiet(caf::actor_system& system,
                                  const runtime& tasks) {
    if (tasks.has_tasks() || !tasks.threads().busy().empty())
      return false;
    remains left{system, tasks};
    return left.foreign() == 0
           && std::none_of(
             left.actors_.begin(), left.actors_.end(),
             [](const auto& x) { return x.what == activity::works; });
  }

  /// By name: "task 'a' (waits for sleep), 1 lock"; empty if there is nothing.
  [[nodiscard]] std::string to_string() const {
    std::string result;
    auto add = [&result](const std::string& text) {
      result += (result.empty() ? "" : ", ") + text;
    };
    auto all = tree(tasks_);
    for (std::size_t i = 0; i != std::min(all.size(), most_named); ++i)
      add("task '" + all[i].name + "' (" + all[i].state
          + (all[i].waits_for.empty() ? "" : " for " + all[i].waits_for) + ")");
    if (all.size() > most_named)
      add(std::to_string(all.size() - most_named) + " more tasks");
    for (const auto& name : calls_)
      add("a blocking call (to_thread) of task '" + name + "'");
    for (const auto& text : by_kind())
      add(text);
    if (auto count = foreign(); count != 0)
      add(std::to_string(count) + (count == 1 ? " actor" : " actors")
          + " of the program's own");
    return result;
  }

  void end() const {
    for (const auto& task : tasks_.tasks())
      if (auto actor = task->where())
        kill(actor.get());
    for (const auto& x : actors_)
      if (x.what != activity::serves)
        kill(x.who.get());
  }

private:
  static constexpr std::size_t most_named = 8; // tasks, and actors

  /// Actors that are neither tasks nor troupe's.
  [[nodiscard]] std::size_t foreign() const {
    auto running = system_.registry().running();
    auto known = actors_.size() + tasks_.tasks().size();
    return running > known ? running - known : 0;
  }

  /// Those of troupe's actors that have a name, some of them, and how many
  /// others there are of each kind.
  [[nodiscard]] std::vector<std::string> by_kind() const {
    constexpr std::string_view prefix = "troupe.";
    std::vector<std::string> result;
    std::map<std::string, std::size_t> others;
    auto plates = nameplate::all();
    for (const auto& x : actors_) {
      if (x.what == activity::serves)
        continue;
      auto plate = plates.find(x.who.get());
      if (plate != plates.end() && !plate->second.name.empty()
          && result.size() != most_named) {
        result.push_back(
          nameplate::text_of(plate->second.kind, plate->second.name));
        continue;
      }
      std::string_view name =
        static_cast<caf::local_actor*>(x.who->get())->name();
      if (name.starts_with(prefix))
        name.remove_prefix(prefix.size());
      ++others[std::string{name}];
    }
    std::sort(result.begin(), result.end());
    for (const auto& [kind, count] : others)
      result.push_back(std::to_string(count) + " " + kind);
    return result;
  }

  caf::actor_system& system_;
  const runtime& tasks_;
  std::vector<roster::entry> actors_;
  std::vector<std::string> calls_;
};

/// Whether there are no others than those that end with the system.
bool only_servers(caf::actor_system& system) {
  auto actors = roster::of(system);
  auto serving = std::all_of(actors.begin(), actors.end(), [](const auto& x) {
    return x.what == activity::serves;
  });
  return serving && system.registry().running() <= actors.size();
}

} // namespace

bool shut_down(caf::actor_system& system, const std::shared_ptr<runtime>& tasks,
               duration grace) {
  tasks->shut_down();
  auto in_time =
    wait_until(grace, [&] { return remains::quiet(system, *tasks); });
  if (in_time)
    wait_until(settling, [&] { return only_servers(system); });
  remains left{system, *tasks};
  if (auto text = left.to_string(); !text.empty())
    log(log_level::warning, {},
        (in_time ? "left when the main task had ended: "
                 : "left after a grace, when the main task had ended: ")
          + text + "; ended now");
  left.end();
  tasks->threads().abandon();
  if (wait_until(last_wait, [&] { return only_servers(system); })) {
    // Whoever they serve may be dead and still referred to.
    for (const auto& x : roster::of(system))
      kill(x.who.get());
    return true;
  }
  static_cast<void>(halt_scheduler(system, last_wait));
  return false;
}

} // namespace troupe::detail
