#include "troupe/detail/group_state.hpp"

#include "troupe/core/supervisor_actor.hpp"
#include "troupe/detail/handle_await.hpp"
#include "troupe/detail/messaging.hpp"
#include "troupe/detail/open_group.hpp"
#include "troupe/detail/runtime.hpp"
#include "troupe/detail/task_actor.hpp"
#include "troupe/log.hpp"
#include "troupe/msg/failure.hpp"

#include <caf/actor_system.hpp>
#include <caf/error.hpp>

#include <algorithm>
#include <utility>

namespace troupe::detail {

namespace {

supervised_actor as_child(const actor_ref& actor) {
  return caf::actor_cast<supervised_actor>(caf::strong_actor_ptr{actor.get()});
}

/// A task that a supervisor starts, in an actor that always says how it ended.
class task_source : public child_source {
public:
  explicit task_source(std::shared_ptr<runtime> host)
    : system(std::move(host)) {}

  [[nodiscard]] bool is_independent() const noexcept override { return true; }

protected:
  supervised_actor launch(std::shared_ptr<task_block> task,
                          const child_run& run) {
    return as_child(spawn_task(system, std::move(task), &run));
  }

  std::shared_ptr<runtime> system;
};

class one_task final : public task_source {
public:
  one_task(std::shared_ptr<runtime> host, std::shared_ptr<task_block> task)
    : task_source(std::move(host)), task_(std::move(task)) {}

  supervised_actor start(caf::actor_system&, const child_run& run) override {
    if (!task_->take_turn())
      throw failure{{errc::cancelled, "cancelled before it started"}};
    return launch(std::move(task_), run);
  }

  void abandon() noexcept override {
    auto late = system->now() >= task_->nearest_deadline();
    if (late)
      task_->set_past_deadline();
    task_->end_before_start(
      cancelled{late ? cancel_reason::deadline : cancel_reason::parent,
                "the group ended before the task started"});
  }

private:
  std::shared_ptr<task_block> task_;
};

/// A task that is made when it starts, and anew for each of its runs.
class made_task final : public task_source {
public:
  using maker = std::function<std::shared_ptr<task_block>()>;

  made_task(std::shared_ptr<runtime> host, maker make)
    : task_source(std::move(host)), make_(std::move(make)) {}

  supervised_actor start(caf::actor_system&, const child_run& run) override {
    auto task = make_();
    task->created_at = system->now();
    return launch(std::move(task), run);
  }

private:
  maker make_;
};

/// Tasks that are made one after the other, each when it can start.
class made_in_turn final : public task_source,
                           public std::enable_shared_from_this<made_in_turn> {
public:
  using maker = std::function<std::shared_ptr<task_block>()>;

  made_in_turn(std::shared_ptr<runtime> host, maker next)
    : task_source(std::move(host)), make_next_(std::move(next)) {}

  /// The next child: always this one.
  child_factory next() {
    try {
      task_ = make_next_();
      if (!task_)
        return {};
    } catch (...) {
      thrown_ = std::current_exception();
    }
    return child_factory{shared_from_this()};
  }

  supervised_actor start(caf::actor_system&, const child_run& run) override {
    if (thrown_)
      std::rethrow_exception(std::exchange(thrown_, nullptr));
    task_->created_at = system->now();
    return launch(std::move(task_), run);
  }

  void abandon() noexcept override { task_ = nullptr; }

private:
  maker make_next_;
  std::shared_ptr<task_block> task_;
  std::exception_ptr thrown_;
};

/// Tells people of a restart.
void log_restart(const restart_note& what) {
  std::string text = what.given_up ? "ended again, and is given up"
                     : what.why.code() == errc::cancelled
                       ? "was stopped, and is started again"
                       : "ended, and is started again";
  if (!what.why.message().empty())
    text += ": " + what.why.message();
  log(what.given_up ? log_level::error : log_level::info, what.child, text);
}

v1::GroupCancel cancel_message(const cancelled& why) {
  v1::GroupCancel message;
  message.set_reason(static_cast<v1::CancelReason>(why.reason()));
  message.set_text(why.text());
  return message;
}

} // namespace

// -- group_state --------------------------------------------------------------

std::shared_ptr<group_state>
group_state::make(const supervisor_options& options, bool keep_values) {
  auto& owner = fiber::require();
  auto result = std::make_shared<group_state>(owner, options, keep_values);
  owner.system()->add(*result);
  return result;
}

group_state::group_state(fiber& owner, const supervisor_options& options,
                         bool keep_values)
  : options_(options), system_(owner.system()), parent_(owner.block()),
    limit_(owner.limit()) {
  options_.keep_outcomes(keep_values);
  if (options_.restart() != restart::temporary)
    options_.on_restart(log_restart);
  if (limit_)
    options_.outer_deadline([around = limit_] { return around->nearest(); });
  auto actor = spawn_supervisor(owner.system()->system(), options_);
  supervisor_ = actor_ref{caf::actor_cast<caf::strong_actor_ptr>(actor).get()};
  // Where a pause moves the group's own deadline, only the supervisor knows it.
  if (options_.deadline() != never && !options_.stop_clock())
    limit_ = std::make_shared<const time_limit>(options_.deadline(), limit_);
}

group_state::~group_state() {
  if (auto system = system_.lock())
    system->remove(*this);
}

void group_state::adopt(task_block& task) {
  task.group = weak_from_this();
  task.inherited = limit_;
}

void group_state::spawn(const std::vector<std::shared_ptr<task_block>>& tasks) {
  check_open();
  check_runs_once();
  const auto& system = fiber::require().system();
  auto now = system->now();
  add_children children;
  children.factories.reserve(tasks.size());
  for (const auto& task : tasks) {
    adopt(*task);
    task->wait_for_turn();
    task->created_at = now;
    children.factories.emplace_back(std::make_shared<one_task>(system, task));
  }
  {
    std::lock_guard lock{mutex_};
    if (tasks_.size() + tasks.size() > sweep_at_)
      forget_ended();
    tasks_.insert(tasks_.end(), tasks.begin(), tasks.end());
  }
  add(std::move(children));
}

void group_state::spawn_made(
  std::function<std::shared_ptr<task_block>()> next) {
  auto make = [self = shared_from_this(), next = std::move(next)] {
    auto task = next();
    if (task)
      self->adopt(*task);
    return task;
  };
  auto source =
    std::make_shared<made_in_turn>(fiber::require().system(), std::move(make));
  add_children children;
  children.more = [source = std::move(source)] { return source->next(); };
  add(std::move(children));
}

void group_state::supervise(std::function<std::shared_ptr<task_block>()> make) {
  check_open();
  auto make_run = [weak = weak_from_this(), make = std::move(make)] {
    auto task = make();
    task->collect(); // how a run failed is the supervisor's business
    if (auto self = weak.lock())
      self->adopt(*task);
    return task;
  };
  add_children children;
  children.factories.emplace_back(std::make_shared<made_task>(
    fiber::require().system(), std::move(make_run)));
  add(std::move(children));
}

void group_state::check_open() const {
  if (closed())
    throw failure{{errc::closed, "the group takes no further tasks"}};
}

void group_state::check_runs_once() const {
  if (options_.restart() != restart::temporary)
    throw failure{{errc::invalid_argument,
                   "a task can run only once: in a group that restarts what "
                   "ends, pass what makes it to `supervise`"}};
}

void group_state::leave_to_enclosing() {
  auto& owner = fiber::require();
  actor_ref around;
  if (auto group = owner.block()->group.lock())
    around = group->supervisor();
  for (const auto* open : owner.groups())
    if (open->supervisor() != supervisor_)
      around = open->supervisor();
  if (!around)
    return;
  add_children self;
  self.factories.push_back([supervisor = supervisor_](caf::actor_system&) {
    return as_child(supervisor);
  });
  tell(owner, around, std::move(self));
}

void group_state::add(add_children children) {
  tell(fiber::require(), supervisor_, std::move(children));
}

void group_state::close() {
  tell(fiber::require(), supervisor_, v1::GroupClose{});
}

void group_state::cancel(const cancelled& why) {
  closed_.store(true, std::memory_order_release);
  // Nobody waits for the answer: the end is what GroupJoin tells.
  tell_unanswered(supervisor_, cancel_message(why));
}

void group_state::child_failed() noexcept {
  // One that is started again has not failed; the supervisor knows when.
  if (options_.on_error() == on_error::cancel_siblings
      && options_.restart() == restart::temporary)
    closed_.store(true, std::memory_order_release);
}

void group_state::forget_ended() {
  auto failures_count = options_.on_error() != on_error::collect;
  std::erase_if(tasks_, [failures_count](const auto& task) {
    auto failed = task->state() == task_block::phase::failed;
    return task->done() && !(failed && failures_count);
  });
  sweep_at_ = std::max<std::size_t>(64, 2 * tasks_.size());
}

bool group_state::waits_in_vain() const {
  if (fiber::require().block()->guards == 0)
    return false;
  auto tasks = [this] {
    std::lock_guard lock{mutex_};
    return tasks_;
  }();
  return std::any_of(tasks.begin(), tasks.end(), [](const auto& task) {
    return deadlock_with(*task) != nullptr;
  });
}

std::vector<std::shared_ptr<task_block>> group_state::not_started() const {
  std::lock_guard lock{mutex_};
  auto result = tasks_;
  std::erase_if(result, [](const auto& task) {
    return task->state() != task_block::phase::created;
  });
  return result;
}

std::vector<std::shared_ptr<task_block>> group_state::take_ended() {
  std::lock_guard lock{mutex_};
  auto result = std::exchange(tasks_, {});
  std::erase_if(result, [](const auto& task) {
    return !task->done() || task->state() == task_block::phase::succeeded;
  });
  std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) {
    return a->end_stamp() < b->end_stamp();
  });
  for (const auto& task : result)
    task->collect();
  return result;
}

// -- group_join ---------------------------------------------------------------

group_join::~group_join() {
  if (slot() != 0) // destroyed while it waits
    group_->cancel(cancelled{cancel_reason::shutdown});
}

void group_join::await_suspend(std::coroutine_handle<> coroutine) {
  suspend(coroutine, "group");
  ask(owner(), slot(), group_->supervisor(), v1::GroupJoin{});
}

group_end group_join::await_resume() {
  check();
  return std::move(end_);
}

void group_join::on_answer(content& what) {
  if (!what.empty()
      && what.matches(0, caf::make_rtti_pair<v1::GroupResult>())) {
    const auto& result = what.get_as<v1::GroupResult>(0);
    end_.failed = result.has_error();
    end_.reason = static_cast<cancel_reason>(result.reason());
    end_.why = from_proto(result.error());
    take_values(what);
  } else if (!what.empty()
             && what.matches(0, caf::make_rtti_pair<caf::error>())) {
    end_.failed = true;
    end_.why = from_caf(what.get_as<caf::error>(0));
  }
  finish();
}

bool group_join::on_cancel(const cancelled& why) {
  if (cancelled_by_) {
    on_further_cancel(why);
  } else {
    cancelled_by_ = why;
    group_->cancel(cancelled{cancel_reason::parent, why.text()});
  }
  return true;
}

} // namespace troupe::detail
