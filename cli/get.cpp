#include "cli/get.hpp"

#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "cli/usage_error.hpp"
#include "troupe/core/scheduler.hpp"
#include "troupe/core/supervisor_actor.hpp"
#include "troupe/http/session_actor.hpp"
#include "troupe/http/url.hpp"
#include "troupe/msg/failure.hpp"
#include "troupe/msg/setup.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <optional>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace troupe::cli {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto redraw_interval = 100ms;
constexpr auto plain_interval = 2s;
constexpr int exit_failed = 1;
constexpr int exit_cancelled = 130;
constexpr const char* owner = "user";

struct system_config : caf::actor_system_config {
  system_config() {
    configure(*this);
    // The actors have little to do beside the threads that transfer and write.
    use_scheduler(*this, 1);
  }
};

/// How many jobs have an actor beside those that transfer: those of a host that
/// is slow or silent wait in it, while the jobs behind them go on.
constexpr std::uint64_t window = 1024;

/// Adds the jobs of a list to a group, not many more at a time than can run.
class feeder {
public:
  feeder(const get_options& options, job_list& jobs, board& where,
         const http::local_session& session,
         const local_supervisor_actor& group)
    : options_(options), jobs_(jobs), board_(where), session_(session),
      group_(group), most_(options.session.jobs() * 2 + window),
      thread_([this] { run(); }) {}

  ~feeder() { thread_.join(); }

  feeder(const feeder&) = delete;
  feeder& operator=(const feeder&) = delete;

  /// The list was wrong. To be asked once all was added.
  [[nodiscard]] const std::exception_ptr& failure() const { return failure_; }

private:
  void run() {
    try {
      while (auto next = jobs_.next())
        add(std::move(*next));
    } catch (const usage_error&) {
      failure_ = std::current_exception();
      caf::anon_send(group_, v1::GroupCancel{});
    }
    flush();
    caf::anon_send(group_, v1::GroupClose{});
    board_.all_added();
  }

  void add(job x) {
    if (board_.in_hand() >= most_) {
      flush();
      board_.wait_for_room(most_ * 3 / 4); // not a wake-up for each
    }
    batch_.push_back(session_.child(download_of(x)));
    board_.added(std::move(x));
    constexpr std::size_t most_of_batch = 32;
    if (batch_.size() == most_of_batch || jobs_.is_stream())
      flush();
  }

  void flush() {
    if (!batch_.empty())
      caf::anon_send(group_, add_children{std::exchange(batch_, {})});
  }

  [[nodiscard]] v1::Download download_of(const job& x) const {
    v1::Download result;
    result.set_url(x.url);
    if (x.checksum.algorithm() != v1::CHECKSUM_ALGORITHM_UNSPECIFIED)
      *result.mutable_checksum() = x.checksum;
    if (options_.discard) {
      result.mutable_discard();
    } else {
      result.mutable_file()->set_folder(options_.folder);
      result.mutable_file()->set_name(x.path);
    }
    return result;
  }

  const get_options& options_;
  job_list& jobs_;
  board& board_;
  const http::local_session& session_;
  const local_supervisor_actor& group_;
  std::uint64_t most_;
  std::vector<child_factory> batch_;
  std::exception_ptr failure_;
  std::thread thread_;
};

/// Shows the downloads and takes what the user says to them.
class get_run : group_control {
public:
  get_run(const get_options& options, job_list jobs,
          std::optional<std::uint64_t> total, signals& from_outside)
    : options_(options), jobs_(std::move(jobs)), total_(total),
      signals_(from_outside), style_(style_of(options, jobs_)),
      board_(!options.report.empty() || total_ == 1) {
    if (total_)
      board_.set_total(*total_);
  }

  int run(const std::function<void(group_control&)>& on_tick) {
    system_config config;
    caf::actor_system system{config};
    auto session = start_session(system);
    report_.emplace(options_.report);
    auto watchers = spawn_board_watcher(system, board_);
    auto shows_rows = style_ == progress_style::bar;
    group_ = spawn_supervisor(
      system,
      supervisor_options{}.on_error(options_.on_error).keep_outcomes(false),
      watchers.outcomes, shows_rows ? watchers.children : child_watcher{});
    v1::GroupWatch watch;
    watch.set_interval_ms(50);
    caf::anon_send(group_, watch, watchers.progress);
    if (style_ == progress_style::bar)
      screen_.emplace();
    began_ = last_draw_ = steady_clock::now();
    std::exception_ptr failure;
    {
      feeder feeds{options_, jobs_, board_, session, group_};
      while (!board_.finished()) {
        wait();
        if (on_tick)
          on_tick(*this);
      }
      failure = feeds.failure();
    }
    group_ = nullptr;
    auto code = finish();
    if (failure)
      std::rethrow_exception(failure);
    return code;
  }

private:
  static progress_style style_of(const get_options& options,
                                 const job_list& jobs) {
    if (options.quiet)
      return progress_style::none;
    if (options.progress != progress_style::automatic)
      return options.progress;
    auto needs_terminal =
      jobs.is_typed()
      || (options.report == "-" && ::isatty(STDOUT_FILENO) != 0);
    return terminal::present() && !needs_terminal ? progress_style::bar
                                                  : progress_style::plain;
  }

  http::local_session start_session(caf::actor_system& system) {
    auto jobs = options_.session.jobs();
    if (total_)
      jobs = std::clamp<std::size_t>(*total_, 1, jobs);
    try {
      return http::spawn_session(
        system, http::session_options{options_.session}.jobs(jobs));
    } catch (const troupe::failure& wrong) {
      if (wrong.code() == errc::invalid_argument)
        throw usage_error{wrong.error().message()};
      throw;
    }
  }

  // -- group_control ----------------------------------------------------------

  void pause() override {
    paused_ = true;
    v1::GroupPause message;
    message.set_owner(owner);
    caf::anon_send(group_, message);
  }

  void resume() override {
    paused_ = false;
    v1::GroupResume message;
    message.set_owner(owner);
    caf::anon_send(group_, message);
  }

  board& state() override { return board_; }

  void cancel() {
    cancelled_ = true;
    v1::GroupCancel message;
    message.set_text("cancelled by the user");
    caf::anon_send(group_, message);
    jobs_.stop_waiting();
  }

  // -- events -----------------------------------------------------------------

  void wait() {
    std::array<pollfd, 3> events{
      pollfd{signals_.fd(), POLLIN, 0}, pollfd{board_.wake_fd(), POLLIN, 0},
      pollfd{screen_ ? screen_->keys() : -1, POLLIN, 0}};
    auto until_draw = std::chrono::duration_cast<std::chrono::milliseconds>(
      last_draw_ + redraw_interval - steady_clock::now());
    ::poll(events.data(), events.size(),
           static_cast<int>(std::max(until_draw, 1ms).count()));
    on_keys();
    on_signals();
    board_.clear_wake();
    on_ended();
    auto state = board_.group_state();
    if (state == v1::GROUP_STATE_CANCELLING || state == v1::GROUP_STATE_DONE)
      jobs_.stop_waiting(); // what may come yet would not start
    if (steady_clock::now() - last_draw_ >= redraw_interval)
      draw();
  }

  void on_signals() {
    auto asked = signals_.take();
    if (asked.stop)
      cancel();
    if (asked.suspend)
      suspend();
  }

  /// Gives the terminal back while the shell has it.
  void suspend() {
    bar_.clear();
    auto had_screen = screen_.has_value();
    screen_.reset();
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGTSTP);
    ::raise(SIGTSTP);
    ::pthread_sigmask(SIG_UNBLOCK, &mask, nullptr); // stands still here
    ::pthread_sigmask(SIG_BLOCK, &mask, nullptr);
    if (had_screen)
      screen_.emplace();
  }

  void on_keys() {
    while (screen_) {
      auto key = screen_->key();
      if (!key)
        return;
      if (*key == 'q')
        signals_.ask_to_stop();
      else if (*key == 'p' && paused_)
        resume();
      else if (*key == 'p')
        pause();
    }
  }

  void on_ended() {
    auto list = board_.take_ended();
    for (const auto& x : list) {
      report_->add(x);
      if (std::string_view{x.status()} == "failed")
        say("failed: " + printable(http::without_credentials(x.what.url)) + ": "
            + printable(to_string(from_proto(x.error()))));
    }
    if (list.empty())
      return;
    report_->flush();
    last_path_ = list.back().result.path();
  }

  // -- showing ----------------------------------------------------------------

  /// Prints a line, or keeps it for the next redraw.
  void say(const std::string& line) {
    if (style_ == progress_style::bar)
      said_ += line + "\n";
    else
      std::fprintf(stderr, "%s\n", line.c_str());
  }

  void draw() {
    auto time = steady_clock::now();
    auto passed = std::chrono::duration<double>(time - last_draw_).count();
    last_draw_ = time;
    auto state = board_.group_state();
    if (state != v1::GROUP_STATE_PAUSED)
      view_.seconds += passed;
    auto before = view_.bytes;
    board_.fill(view_);
    auto grown = view_.bytes > before ? view_.bytes - before : 0;
    // About the mean of the last second.
    constexpr double weight = 0.1;
    auto rate = static_cast<double>(grown) / std::max(passed, 0.001);
    view_.bytes_per_second =
      view_.seconds < 1
        ? static_cast<double>(view_.bytes) / std::max(view_.seconds, 0.001)
        : (1 - weight) * view_.bytes_per_second + weight * rate;
    view_.state = state == v1::GROUP_STATE_PAUSED       ? "paused"
                  : state == v1::GROUP_STATE_PAUSING    ? "pausing"
                  : state == v1::GROUP_STATE_CANCELLING ? "cancelling"
                                                        : "";
    if (style_ == progress_style::bar) {
      auto size = screen_->measure();
      bar_.draw(bar_lines(view_, size.columns, size.rows), size.columns,
                std::exchange(said_, {}));
    } else if (style_ == progress_style::plain
               && time - last_line_ >= plain_interval) {
      if (last_line_ != steady_clock::time_point{})
        std::fprintf(stderr, "%s\n", total_line(view_).c_str());
      last_line_ = time;
    }
  }

  int finish() {
    bar_.clear(std::exchange(said_, {}));
    screen_.reset();
    auto all = board_.counts();
    auto seconds =
      std::chrono::duration<double>(steady_clock::now() - began_).count();
    all.elapsed_ms = static_cast<std::uint64_t>(seconds * 1000);
    if (!options_.quiet) {
      std::fprintf(stderr, "%s\n", summary_of(all, seconds).c_str());
      if (all.total == 1 && all.done == 1 && !last_path_.empty())
        std::fprintf(stderr, "saved as %s\n", printable(last_path_).c_str());
    }
    auto reported = report_->finish(all);
    if (!reported)
      std::fprintf(stderr, "troupe: --report: cannot write all of \"%s\"\n",
                   options_.report.c_str());
    return cancelled_                    ? exit_cancelled
           : all.failed > 0 || !reported ? exit_failed
                                         : 0;
  }

  static std::string summary_of(const totals& all, double seconds) {
    auto bytes = static_cast<double>(all.bytes);
    auto result = std::to_string(all.done) + " of " + std::to_string(all.total)
                  + " files, " + human_bytes(bytes) + " in "
                  + human_elapsed(seconds) + " ("
                  + human_bytes(bytes / std::max(seconds, 0.001)) + "/s)";
    auto add = [&](std::uint64_t count, const char* what) {
      if (count > 0)
        result += ", " + std::to_string(count) + " " + what;
    };
    add(all.skipped, "already there");
    add(all.failed, "failed");
    add(all.cancelled, "cancelled");
    return result;
  }

  const get_options& options_;
  job_list jobs_;
  std::optional<std::uint64_t> total_;
  signals& signals_;
  std::optional<report> report_;
  progress_style style_;
  board board_;
  local_supervisor_actor group_;
  std::optional<terminal> screen_;
  bar bar_;
  view view_;
  std::string said_; // to be printed above the bar
  std::string last_path_;
  bool paused_ = false;
  bool cancelled_ = false;
  steady_clock::time_point began_;
  steady_clock::time_point last_draw_;
  steady_clock::time_point last_line_;
};

/// Has the threads hand over many files at once, where there are more threads
/// than processors, instead of interrupting each other for every one.
void prefer_throughput() {
  sched_param none{};
  ::sched_setscheduler(0, SCHED_BATCH, &none); // if not, it works as well
}

void make_folder(const std::string& folder) {
  for (std::size_t end = 0; end != std::string::npos;) {
    end = folder.find('/', end + 1);
    auto part = folder.substr(0, end);
    struct stat info {};
    if (::mkdir(part.c_str(), 0777) == 0)
      continue;
    auto code = errno;
    if (::stat(part.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
      throw usage_error{"--output-dir: cannot create \"" + part
                        + "\": " + std::generic_category().message(code)};
  }
}

} // namespace

int get(const get_options& options, job_list jobs,
        const std::function<void(group_control&)>& on_tick) {
  prefer_throughput();  // before any thread, which inherits it
  signals from_outside; // first: what follows may take long
  // What is wrong leaves the folder and the last report alone.
  auto total = jobs.count();
  if (!options.discard)
    make_folder(options.folder);
  return get_run{options, std::move(jobs), total, from_outside}.run(on_tick);
}

} // namespace troupe::cli
