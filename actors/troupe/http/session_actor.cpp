#include "troupe/http/session_actor.hpp"

#include "troupe/core/alarm.hpp"
#include "troupe/core/detail/lean.hpp"
#include "troupe/http/admission.hpp"
#include "troupe/http/detail/session_state.hpp"
#include "troupe/http/url.hpp"
#include "troupe/msg/answer.hpp"
#include "troupe/msg/setup.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <curl/curl.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe::http {

namespace {

using namespace detail;

class session_impl
  : public troupe::detail::listed<session_actor::base,
                                  troupe::detail::activity::works> {
public:
  session_impl(caf::actor_config& config, std::shared_ptr<session_state> shared)
    : listed(config), shared_(std::move(shared)),
      queue_(shared_->options.jobs(), shared_->options.per_host(),
             shared_->options.starts_per_host()) {
    answer_clearly(static_cast<caf::scheduled_actor*>(this));
    auto loops = shared_->options.loops();
    // Who waits for the rate stands in one line.
    if (shared_->options.rate() > 0)
      loops = 1;
    else if (loops == 0)
      loops = std::clamp(std::thread::hardware_concurrency(), 1U, 2U);
    for (std::size_t i = 0; i < loops; ++i)
      engines_.push_back({std::make_unique<engine>(
        shared_->options, shared_->files, shared_->certificates, shared_->rate,
        shared_->out)});
  }

  const char* name() const override { return "troupe.http.session"; }

  // Not one of the engines' threads: those hold downloads, never the session.
  void on_exit() override {
    alarm_.clear(*this);
    askers_.clear(); // some may be left if it was killed
    waiting_.clear();
    engines_.clear();
    shared_.reset();
  }

protected:
  behavior_type make_behavior() override {
    return {
      [this](v1::Download& what) {
        answer<v1::DownloadResult> to{this};
        auto later = to.later();
        auto child =
          spawn_download(system(), shared_, this,
                         std::make_shared<const v1::Download>(std::move(what)),
                         download_owner::asker);
        askers_.emplace(child.id(), std::move(to));
        return later;
      },
      [this](submit_transfer& x) {
        catch_up();
        const auto& what = x.what->get();
        auto id = what.id;
        auto as = admission::entry::begins;
        if (what.where.redirects > 0) {
          as = admission::entry::goes_on;
          leave(id); // where it was before
        }
        queue_.submit(id, what.where.host, as);
        waiting_.emplace(id, std::move(x.what));
        start();
      },
      [this](const leave_session& x) {
        catch_up();
        leave(x.id);
        start();
      },
      [this](const hold_transfer& x) {
        catch_up();
        if (!queue_.hold(x.id, x.held))
          hold_running(x);
        else if (x.held)
          send(waiting_.at(x.id)->get().client, transfer_parked{x.id, x.pause});
        start();
      },
      [this](const cancel_transfer& x) {
        auto at = waiting_.find(x.id);
        if (at != waiting_.end()) {
          at->second->refuse({errc::cancelled, "the download was cancelled"});
          leave(x.id); // or it would start yet
        } else if (auto* loop = loop_of(x.id)) {
          loop->cancel(x.id);
          wake();
        }
      },
      [this](answer_asker& x) {
        auto to = askers_.extract(x.id);
        if (to && x.result)
          to.mapped().deliver(std::move(*x.result));
      },
      [this](wake_engines) {
        wakes_ = false;
        for (auto& x : engines_)
          x.loop->wake();
      },
    };
  }

private:
  /// Those that were due before what happens now start before it, too.
  void catch_up() {
    if (queue_.wakeup() != never)
      start();
  }

  struct loop_state {
    std::unique_ptr<engine> loop;
    std::size_t active = 0;
  };

  void start() {
    for (auto id : queue_.start(clock().now())) {
      auto node = waiting_.extract(id);
      auto& least = *std::min_element(
        engines_.begin(), engines_.end(),
        [](const auto& a, const auto& b) { return a.active < b.active; });
      ++least.active;
      running_.emplace(id, &least);
      least.loop->start(node.mapped()->take());
      wake();
    }
    alarm_.set(*this, queue_.wakeup(), [this] { start(); });
  }

  /// Wakes the engines once for all that is in the mailbox now.
  void wake() {
    if (!std::exchange(wakes_, true))
      send(this, wake_engines{});
  }

  void leave(transfer_id id) {
    queue_.leave(id);
    waiting_.erase(id);
    if (auto at = running_.find(id); at != running_.end()) {
      --at->second->active;
      running_.erase(at);
    }
  }

  engine* loop_of(transfer_id id) {
    auto at = running_.find(id);
    return at == running_.end() ? nullptr : at->second->loop.get();
  }

  void hold_running(const hold_transfer& x) {
    if (auto* loop = loop_of(x.id)) {
      if (x.held)
        loop->pause(x.id, x.pause);
      else
        loop->resume(x.id);
      wake();
    }
  }

  std::shared_ptr<session_state> shared_;
  admission queue_;
  alarm alarm_;
  std::unordered_map<transfer_id, std::shared_ptr<queued_transfer>> waiting_;
  std::unordered_map<transfer_id, loop_state*> running_;
  std::unordered_map<transfer_id, answer<v1::DownloadResult>> askers_;
  std::vector<loop_state> engines_;
  bool wakes_ = false;
};

/// Throws what is wrong with options.
void check(const session_options& options) {
  auto require = [](bool good, const char* why) {
    if (!good)
      throw failure{{errc::invalid_argument, why}};
  };
  require(options.jobs() > 0, "a session needs jobs() of at least 1");
  require(options.per_host() > 0, "a session needs per_host() of at least 1");
  require(options.backoff() >= duration::zero()
            && options.backoff_limit() >= duration::zero()
            && options.retry_after_limit() >= duration::zero()
            && options.connect_timeout() > duration::zero()
            && options.timeout() > duration::zero()
            && options.low_speed_time() > duration::zero(),
          "a session's times must not be negative, nor its timeouts zero");
  for (const auto& line : options.headers())
    check_header(line).value();
  if (const auto& proxy = options.proxy(); !proxy.empty())
    if (auto good = check_proxy(proxy); !good)
      throw failure{
        {errc::invalid_argument, "the proxy " + good.error().message()}};
  if (const auto& file = options.ca_file(); !file.empty())
    if (!std::ifstream{file})
      throw failure{{errc::invalid_argument,
                     "the certificates \"" + file + "\" cannot be read"}};
}

} // namespace

child_factory local_session::child(v1::Download what) const {
  return [state = state_, session = caf::actor_cast<session_actor>(handle_),
          what = std::make_shared<const v1::Download>(std::move(what))](
           caf::actor_system& system) {
    return spawn_download(system, state, session, what, download_owner::group);
  };
}

local_session spawn_session(caf::actor_system& system,
                            const session_options& options) {
  check(options);
  // Before any thread; more than once is fine.
  static const auto ready = curl_global_init(CURL_GLOBAL_ALL);
  if (ready != CURLE_OK)
    throw failure{{errc::internal, "libcurl cannot be initialised"}};
  auto state = std::make_shared<session_state>(system, options);
  auto actor = system.spawn<session_impl>(state);
  return local_session{std::move(state), actor};
}

} // namespace troupe::http
