#pragma once

#include "cli/display.hpp"
#include "cli/report.hpp"
#include "troupe/core/supervisor_actor.hpp"

#include <caf/fwd.hpp>

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace troupe::cli {

/// What is known of the downloads: written by an actor that watches them and by
/// the thread that feeds them, read by the one that shows them.
///
/// Threads: any.
class board {
public:
  /// @param successes Whether `take_ended` tells of successes, too.
  explicit board(bool successes);
  ~board();
  board(const board&) = delete;
  board& operator=(const board&) = delete;

  // -- writing ----------------------------------------------------------------

  /// A job is about to be added to the group; its ids count from 0.
  void added(job what);
  /// No more will be.
  void all_added();
  void set_total(std::uint64_t total);

  void group_progressed(const v1::GroupProgress& x);
  void started(child_id id);
  void progressed(child_id id, std::uint64_t bytes, std::uint64_t total_bytes);
  void ended(child_id id, v1::Outcome outcome,
             const v1::DownloadResult& result);

  // -- reading ----------------------------------------------------------------

  /// What ended since the last call and is worth telling, in that order.
  std::vector<ended_job> take_ended();

  /// How many were added and have not ended, or not been taken since.
  [[nodiscard]] std::uint64_t in_hand();

  /// Blocks until no more than this many are in hand.
  void wait_for_room(std::uint64_t most);

  /// Whether all were added and have ended.
  [[nodiscard]] bool finished();

  [[nodiscard]] v1::GroupState group_state();
  [[nodiscard]] totals counts();
  void fill(view& what);

  /// Becomes readable when the last job ended, and when many are to be taken.
  [[nodiscard]] int wake_fd() const noexcept { return wake_; }
  void clear_wake() const;

private:
  [[nodiscard]] std::uint64_t count_in_hand() const {
    return jobs_.size() + ended_.size();
  }

  struct started_job {
    std::uint64_t bytes = 0;
    std::uint64_t total_bytes = 0;
  };

  const bool successes_;
  std::mutex mutex_;
  std::condition_variable room_;
  int wake_;
  std::map<child_id, job> jobs_; // those that have not ended
  std::map<child_id, started_job> running_;
  std::vector<ended_job> ended_;
  totals counts_;
  std::optional<std::uint64_t> total_;
  child_id next_id_ = 0;
  std::uint64_t running_bytes_ = 0;
  std::uint64_t group_bytes_ = 0;
  bool all_added_ = false;
  std::uint64_t wanted_ = 0; // room is waited for below this
  v1::GroupState group_state_ = v1::GROUP_STATE_RUNNING;
};

/// Spawns the actor that writes what a group's children do on the board, which
/// has to outlive it.
struct board_watchers {
  outcome_watcher outcomes;
  child_watcher children;
  progress_watcher progress;
};
board_watchers spawn_board_watcher(caf::actor_system& system, board& where);

} // namespace troupe::cli
