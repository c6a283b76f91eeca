#pragma once

#include "troupe/core/supervisor_options.hpp"
#include "troupe/detail/task_block.hpp"
#include "troupe/msg/error.hpp"
#include "troupe/task.hpp"

#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace troupe::detail {

struct group_end;

using blocks = std::vector<std::shared_ptr<task_block>>;

/// Runs tasks in actors of their own, and waits for all of them. What that
/// means for failures is in the options.
///
/// Fails:  throws what the first task to fail threw, unless failures are
///         collected or enough succeeded; `cancelled` if a task was.
/// Cancel: cancels the tasks, whose end is still waited for.
task<void> run_children(blocks tasks, supervisor_options options);

/// Tasks that are made one after the other, each when it can start, and of
/// which only the results are kept.
///
/// Threads: `next` is called from the supervisor's actor. Where failures leave
/// tasks running that goes on while results are looked at.
class made_tasks : public std::enable_shared_from_this<made_tasks> {
public:
  made_tasks() = default;
  made_tasks(const made_tasks&) = delete;
  made_tasks& operator=(const made_tasks&) = delete;
  virtual ~made_tasks() = default;

  /// Makes the next task; null after the last.
  ///
  /// Fails: throws what `read` or `make` threw: so the task has failed.
  std::shared_ptr<task_block> next();

  [[nodiscard]] blocks running() const;

  /// Throws what `read` threw, if it did.
  void check_read() const;

  /// Throws what the first task that failed threw, or the making of it; else,
  /// that one was cancelled; else, that the group failed.
  void check(const group_end& end) const;

protected:
  /// Whether there is one more.
  virtual bool read() = 0;
  /// Makes the task of what was read.
  virtual std::shared_ptr<task_block> make() = 0;
  /// A task has succeeded. One call at a time.
  virtual void keep(std::size_t index, task_block& task) = 0;
  /// One was not made, has failed or was cancelled. One call at a time.
  virtual void keep(std::size_t, const std::exception_ptr&) {}

private:
  void ended(std::size_t index, task_block& task);
  void failed(std::size_t index, const std::exception_ptr& thrown,
              const std::string& name);

  mutable std::mutex mutex_; // of all that is kept
  std::size_t count_ = 0;
  bool over_ = false;
  std::unordered_map<std::size_t, std::weak_ptr<task_block>> running_;
  std::exception_ptr unread_;
  std::exception_ptr failed_;
  std::exception_ptr cancelled_;
  std::string cancelled_name_;
};

/// The same as `run_children` for such tasks, but throws nothing of theirs.
task<group_end> run_made(std::shared_ptr<made_tasks> tasks,
                         supervisor_options options);

/// Why a task did not start, in a group that ended so.
[[nodiscard]] error not_started(const group_end& end);

} // namespace troupe::detail
