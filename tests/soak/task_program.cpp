#include "soak/task_program.hpp"

#include "soak/pausable.hpp"
#include "troupe/detail/runtime.hpp"
#include "troupe/troupe.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <random>
#include <stdexcept>

namespace troupe::testing {

void program::wrong(std::string what) {
  std::lock_guard lock{mutex_};
  complaints_.push_back(std::move(what));
}

std::vector<std::string> program::complaints() const {
  std::lock_guard lock{mutex_};
  return complaints_;
}

namespace {

using program_ptr = std::shared_ptr<program>;

/// Random numbers of one task; what others do does not change them.
class dice {
public:
  explicit dice(std::uint64_t seed) : random_(seed) {}

  std::uint64_t roll(std::uint64_t sides) { return random_() % sides; }
  bool one_in(std::uint64_t sides) { return roll(sides) == 0; }
  std::uint64_t seed() { return random_(); }
  duration time(const program& all, int most = 8) {
    return all.tick * static_cast<int>(roll(static_cast<unsigned>(most)));
  }

private:
  std::mt19937_64 random_;
};

/// A late cancel comes after the last await: one that a group delivers again
/// counts (asyncio row K9), one from another thread has come too late.
enum class ending { none, value, late_cancel, cancelled, failed };

bool cancel_pending() {
  return detail::handle_access::block(this_task::handle())->cancel_pending();
}

/// A place from which children do not escape, and how each of them ended.
struct scope {
  /// @param maker Null if a pause of that does not cover them.
  scope(const program_ptr& x, const pausable_ptr& maker)
    : all(x), tasks(std::make_shared<pausable>(x, maker)) {
    for (auto& one : each)
      one = std::make_shared<pausable>(x, tasks);
  }

  program_ptr all;
  std::atomic<bool> over{false};
  std::array<std::atomic<ending>, 8> endings{};
  pausable_ptr tasks; // all of them
  std::array<pausable_ptr, 8> each;
};
using scope_ptr = std::shared_ptr<scope>;

/// A task of the program while it runs.
class presence {
public:
  explicit presence(program_ptr all) : all_(std::move(all)) { ++all_->begun; }
  presence(const presence&) = delete;
  presence& operator=(const presence&) = delete;
  ~presence() { ++all_->ended; }

private:
  program_ptr all_;
};

task<int> steps(pausable_ptr me, std::uint64_t seed, unsigned depth);

/// One child, which writes down how it ended.
task<int> child(scope_ptr where, std::size_t place, std::uint64_t seed,
                unsigned depth) {
  const auto& all = where->all;
  presence here{all};
  auto me = where->each[place];
  me->begin();
  all->expect(!where->over, "a child starts after the end of its scope");
  auto& mine = where->endings[place];
  all->expect(mine == ending::none, "a child runs twice");
  try {
    auto result = co_await steps(me, seed, depth);
    all->expect(!where->over, "a child runs after the end of its scope");
    mine = cancel_pending() ? ending::late_cancel : ending::value;
    co_return result;
  } catch (const cancelled&) {
    mine = ending::cancelled;
    throw;
  } catch (...) {
    mine = ending::failed;
    throw;
  }
}

void check_outcome(program& all, const scope& where, std::size_t place,
                   const any_handle& work) {
  using phase = detail::task_block::phase;
  const auto& task = *detail::handle_access::block(work);
  all.expect(work.done(), "a scope ended before its child");
  auto how = where.endings[place].load();
  auto state = task.state();
  auto stopped =
    state == phase::cancelled || (state == phase::failed && task.timed_out());
  if (how == ending::value)
    all.expect(state == phase::succeeded, "a child's value was lost");
  else if (how == ending::late_cancel)
    all.expect(stopped || state == phase::succeeded, "a late cancel fails");
  else if (how == ending::failed)
    all.expect(state == phase::failed, "a child's failure was lost");
  else
    all.expect(stopped, "a child that did not end by itself was not cancelled");
}

std::vector<task<int>> children(const scope_ptr& where, dice& random,
                                unsigned depth) {
  std::vector<task<int>> result;
  auto count = 1 + random.roll(4);
  for (std::size_t i = 0; i != count; ++i)
    result.push_back(child(where, i, random.seed(), depth + 1));
  return result;
}

// -- groups -------------------------------------------------------------------

task<void> hold(any_handle who, pausable_ptr what, duration how_long) {
  auto guard = co_await who.pause();
  holding here{what};
  co_await sleep(how_long);
}

task<void> hold_group(group who, pausable_ptr what, duration how_long) {
  auto guard = co_await who.pause(pause_options{}.limit(how_long * 8));
  holding here{what};
  co_await sleep(how_long);
}

/// What the body of a group does to its tasks.
task<void> meddle(pausable_ptr me, scope_ptr where, group tasks,
                  std::vector<handle<int>> handles, std::uint64_t seed) {
  dice random{seed};
  const auto& all = me->all;
  auto which = random.roll(handles.size());
  auto& some = handles[which];
  co_await sleep(random.time(*all));
  me->goes_on();
  switch (random.roll(8)) {
  case 0:
    tasks.cancel();
    break;
  case 1:
    some.cancel();
    break;
  case 2:
    co_await hold(some, where->each[which], random.time(*all));
    break;
  case 3:
    co_await hold_group(tasks, where->tasks, random.time(*all));
    break;
  case 4:
    throw std::runtime_error{"the body fails"};
  case 5:
    static_cast<void>(co_await some);
    break;
  case 6: {
    auto progress = co_await tasks.progress();
    all->expect(progress.total == handles.size(), "a child is not counted");
    all->expect(progress.done + progress.failed + progress.cancelled
                    + progress.running + progress.paused
                  <= progress.total,
                "more children than there are");
    break;
  }
  default: {
    auto ended = as_completed(handles);
    while (auto one = co_await ended.next())
      all->expect(one->done(), "a child that runs is called completed");
  }
  }
}

group_options random_options(const program& all, dice& random) {
  group_options result;
  if (random.one_in(2))
    result.limit(1 + random.roll(3));
  if (random.one_in(3))
    result.on_error(on_error::collect);
  if (random.one_in(6))
    result.deadline(after(this_task::now(), random.time(all)));
  return result;
}

task<void> in_a_group(pausable_ptr me, std::uint64_t seed, unsigned depth) {
  dice random{seed};
  const auto& all = me->all;
  auto where = std::make_shared<scope>(all, me);
  std::vector<handle<int>> handles;
  auto body = [&](group& tasks) -> task<void> {
    for (auto& work : children(where, random, depth))
      handles.push_back(tasks.spawn(std::move(work)));
    co_await meddle(me, where, tasks, handles, random.seed());
  };
  auto options = random_options(*all, random);
  std::exception_ptr thrown;
  try {
    co_await with_group(body, options);
  } catch (...) {
    thrown = std::current_exception();
  }
  where->over = true;
  for (std::size_t i = 0; i != handles.size(); ++i)
    check_outcome(*all, *where, i, handles[i]);
  if (thrown)
    std::rethrow_exception(thrown);
}

/// Fails so many times, then succeeds.
task<void> shaky(pausable_ptr maker, std::shared_ptr<std::atomic<int>> failures,
                 duration length) {
  presence here{maker->all};
  pausable me{maker->all, maker};
  me.begin();
  co_await sleep(length);
  me.goes_on();
  if (--*failures >= 0)
    throw std::runtime_error{"it is shaky"};
}

task<void> supervised(pausable_ptr me, std::uint64_t seed) {
  dice random{seed};
  const auto& all = me->all;
  auto wanted = static_cast<int>(random.roll(4));
  auto failures = std::make_shared<std::atomic<int>>(wanted);
  auto length = random.time(*all);
  auto body = [&](group& tasks) -> task<void> {
    tasks.supervise(
      [me, failures, length] { return shaky(me, failures, length); });
    co_return;
  };
  auto gave_up = false;
  try {
    co_await with_group(body, group_options{}
                                .restart(restart::transient)
                                .intensity(2, std::chrono::hours{1}));
  } catch (const failure& what) {
    if (what.code() == errc::timed_out) // inherited
      throw;
    gave_up = what.code() == errc::restart_intensity;
    all->expect(gave_up, "a restarted task ends with another error");
  }
  // Once the main task has ended, each run is cancelled before it begins.
  all->expect(gave_up == (wanted > 2) || detail::runtime::current()->closing(),
              "the wrong number of restarts");
}

// -- the others ---------------------------------------------------------------

task<void> side_by_side(pausable_ptr me, std::uint64_t seed, unsigned depth) {
  dice random{seed};
  const auto& all = me->all;
  auto where = std::make_shared<scope>(all, me);
  auto jobs = children(where, random, depth);
  auto count = jobs.size();
  std::exception_ptr thrown;
  auto way = random.roll(3);
  try {
    if (way == 0) {
      auto values = co_await gather(std::move(jobs));
      all->expect(values.size() == count, "gather loses values");
    } else if (way == 1) {
      auto outcomes = co_await gather_outcomes(std::move(jobs));
      all->expect(outcomes.size() == count, "gather loses outcomes");
      for (std::size_t i = 0; i != count; ++i)
        all->expect(where->endings[i] == ending::late_cancel
                      || outcomes[i].has_value()
                           == (where->endings[i] == ending::value),
                    "an outcome of gather is of another child");
    } else {
      static_cast<void>(co_await first_success(std::move(jobs)));
    }
  } catch (...) {
    thrown = std::current_exception();
  }
  where->over = true;
  if (thrown)
    std::rethrow_exception(thrown);
}

task<void> limited(pausable_ptr me, std::uint64_t seed, unsigned depth) {
  dice random{seed};
  auto where = std::make_shared<scope>(me->all, me);
  auto work = child(where, 0, random.seed(), depth + 1);
  auto limit = random.time(*me->all);
  std::exception_ptr thrown;
  try {
    static_cast<void>(co_await wait_for(std::move(work), limit));
  } catch (...) {
    thrown = std::current_exception();
  }
  where->over = true;
  if (thrown)
    std::rethrow_exception(thrown);
}

/// A task of its own, which is shielded, paused or cancelled.
task<void> free_task(program_ptr all, std::uint64_t seed, unsigned depth) {
  dice random{seed};
  auto where = std::make_shared<scope>(all, nullptr);
  auto work = spawn(child(where, 0, random.seed(), depth + 1));
  detail::handle_access::block(work)->collect();
  auto limit = random.time(*all);
  switch (random.roll(4)) {
  case 0:
    work.cancel();
    break;
  case 1:
    co_await hold(work, where->each[0], limit);
    break;
  case 2: {
    auto wait = [&](timeout_scope&) -> task<int> {
      co_return co_await shield(work);
    };
    static_cast<void>(co_await with_timeout(limit, wait));
    break;
  }
  default:
    static_cast<void>(co_await wait_for(work, limit));
  }
  static_cast<void>(co_await work);
  check_outcome(*all, *where, 0, work);
}

task<void> keep(program_ptr all, promise<int> what, duration length, int how) {
  presence here{all};
  co_await sleep(length);
  if (how != 0)
    what.set_value(how);
}

task<void> promised(program_ptr all, std::uint64_t seed) {
  dice random{seed};
  promise<int> later;
  auto value = later.get_handle();
  auto how = static_cast<int>(random.roll(3));
  auto length = random.time(*all);
  auto giver = spawn(keep(all, std::move(later), length, how));
  auto given = co_await wait_for(value, random.time(*all, 16));
  all->expect(how != 0 && given == how, "a promise gives another value");
  co_await giver;
}

task<void> one_step(pausable_ptr me, std::uint64_t seed, unsigned depth) {
  dice random{seed};
  const auto& all = me->all;
  auto leaf = depth >= 4 || --all->left < 0;
  switch (random.roll(leaf ? 4 : 12)) {
  case 0:
    co_await yield();
    break;
  case 1:
    if (random.one_in(2))
      throw std::runtime_error{"a step fails"};
    break;
  case 2:
  case 3:
    co_await sleep(random.time(*all));
    break;
  case 4:
    co_await supervised(me, random.seed());
    break;
  case 5:
    co_await promised(all, random.seed());
    break;
  case 6:
    co_await limited(me, random.seed(), depth);
    break;
  case 7:
    co_await free_task(all, random.seed(), depth);
    break;
  case 8:
  case 9:
    co_await side_by_side(me, random.seed(), depth);
    break;
  default:
    co_await in_a_group(me, random.seed(), depth);
  }
}

task<int> steps(pausable_ptr me, std::uint64_t seed, unsigned depth) {
  dice random{seed};
  auto count = random.roll(4);
  for (std::uint64_t i = 0; i != count; ++i) {
    try {
      co_await one_step(me, random.seed(), depth);
      me->goes_on();
    } catch (const cancelled&) {
      me->goes_on();
      if (!random.one_in(8)) // else it ignores the cancel
        throw;
    } catch (const std::exception&) {
      me->goes_on();
      if (random.one_in(3))
        throw;
    }
  }
  co_return static_cast<int>(count);
}

} // namespace

task<void> play(std::shared_ptr<program> all) {
  presence here{all};
  dice random{all->seed};
  auto me = std::make_shared<pausable>(all, nullptr);
  for (int i = 0; i != 4; ++i) {
    try {
      co_await one_step(me, random.seed(), 0);
    } catch (const cancelled&) {
      // of a task that it waited for
    } catch (const std::exception&) {
      // as planned
    }
  }
}

} // namespace troupe::testing
