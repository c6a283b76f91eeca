#include "cli/board.hpp"

#include "troupe/http/file_name.hpp"
#include "troupe/msg/setup.hpp"

#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace troupe::cli {

namespace {

constexpr std::size_t most_rows = 8;
constexpr std::size_t many_ended = 1024;

std::string name_of(const job& x) {
  return x.path.empty() ? http::name_from_url(x.url) : x.path;
}

} // namespace

board::board(bool successes)
  : successes_(successes), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

board::~board() {
  ::close(wake_);
}

void board::added(job what) {
  std::lock_guard lock{mutex_};
  jobs_.emplace(next_id_++, std::move(what));
  ++counts_.total;
}

void board::all_added() {
  {
    std::lock_guard lock{mutex_};
    all_added_ = true;
    total_ = counts_.total;
  }
  ::eventfd_write(wake_, 1);
}

void board::set_total(std::uint64_t total) {
  std::lock_guard lock{mutex_};
  total_ = total;
}

void board::group_progressed(const v1::GroupProgress& x) {
  std::lock_guard lock{mutex_};
  group_state_ = x.state();
  group_bytes_ = x.bytes();
}

void board::started(child_id id) {
  std::lock_guard lock{mutex_};
  running_.try_emplace(id);
}

void board::progressed(child_id id, std::uint64_t bytes,
                       std::uint64_t total_bytes) {
  std::lock_guard lock{mutex_};
  auto at = running_.find(id);
  if (at == running_.end())
    return;
  running_bytes_ += bytes - at->second.bytes;
  at->second = {bytes, total_bytes};
}

void board::ended(child_id id, v1::Outcome outcome,
                  const v1::DownloadResult& result) {
  auto last = false;
  auto room = false;
  auto many = false;
  {
    std::lock_guard lock{mutex_};
    if (auto running = running_.extract(id))
      running_bytes_ -= running.mapped().bytes;
    auto node = jobs_.extract(id);
    std::string_view status = status_of(outcome, result);
    ++(status == "done"        ? counts_.done
       : status == "skipped"   ? counts_.skipped
       : status == "cancelled" ? counts_.cancelled
                               : counts_.failed);
    if (status == "done")
      counts_.bytes += result.bytes();
    last = all_added_ && jobs_.empty();
    if (successes_ || outcome.state() != v1::TASK_STATE_SUCCEEDED)
      ended_.push_back({std::move(node.mapped()), std::move(outcome), result});
    else
      room = count_in_hand() == wanted_;
    many = ended_.size() == many_ended;
  }
  if (room)
    room_.notify_one();
  if (last || many)
    ::eventfd_write(wake_, 1);
}

std::vector<ended_job> board::take_ended() {
  std::lock_guard lock{mutex_};
  auto result = std::exchange(ended_, {});
  if (count_in_hand() <= wanted_)
    room_.notify_one();
  return result;
}

void board::wait_for_room(std::uint64_t most) {
  std::unique_lock lock{mutex_};
  wanted_ = most;
  room_.wait(lock, [&] { return count_in_hand() <= most; });
  wanted_ = 0;
}

std::uint64_t board::in_hand() {
  std::lock_guard lock{mutex_};
  return count_in_hand();
}

v1::GroupState board::group_state() {
  std::lock_guard lock{mutex_};
  return group_state_;
}

bool board::finished() {
  std::lock_guard lock{mutex_};
  return all_added_ && jobs_.empty() && ended_.empty();
}

totals board::counts() {
  std::lock_guard lock{mutex_};
  return counts_;
}

void board::fill(view& what) {
  std::lock_guard lock{mutex_};
  what.running.clear();
  what.running_share = 0;
  for (const auto& [id, x] : running_) {
    if (what.running.size() < most_rows)
      what.running.push_back({name_of(jobs_.at(id)), x.bytes, x.total_bytes});
    if (x.total_bytes > 0)
      what.running_share += std::min(
        1.0, static_cast<double>(x.bytes) / static_cast<double>(x.total_bytes));
  }
  what.ended = counts_.total - jobs_.size();
  what.total = total_;
  what.failed = counts_.failed;
  // Without a watcher of each child, only the group tells of those running.
  what.bytes = std::max(counts_.bytes + running_bytes_, group_bytes_);
}

void board::clear_wake() const {
  eventfd_t ignored = 0;
  ::eventfd_read(wake_, &ignored);
}

board_watchers spawn_board_watcher(caf::actor_system& system, board& where) {
  using watcher =
    outcome_watcher::extend_with<child_watcher>::extend_with<progress_watcher>;
  auto behave = [&where](watcher::pointer self) -> watcher::behavior_type {
    answer_clearly(self);
    return {
      [&where](v1::TaskFinished& x, const payload& value) {
        auto result = value.get<v1::DownloadResult>();
        where.ended(x.task(), std::move(*x.mutable_outcome()),
                    result ? **result : v1::DownloadResult::default_instance());
      },
      [&where](const v1::TaskStarted& x) { where.started(x.task()); },
      [&where](const v1::TaskProgress& x) {
        where.progressed(x.task(), x.bytes(), x.total_bytes());
      },
      [&where](const v1::GroupProgress& x) { where.group_progressed(x); },
    };
  };
  auto actor = system.spawn(behave);
  return {actor, actor, actor};
}

} // namespace troupe::cli
