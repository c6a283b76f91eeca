#include "troupe/core/alarm.hpp"
#include "troupe/core/child_link.hpp"
#include "troupe/core/detail/lean.hpp"
#include "troupe/http/detail/session_state.hpp"
#include "troupe/http/download_rules.hpp"
#include "troupe/http/file_name.hpp"
#include "troupe/msg/setup.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <optional>
#include <random>
#include <utility>

namespace troupe::http::detail {

namespace {

/// Whether an existing file was what we wanted.
struct checked_target {
  finished_file file;
  file_store::found what;
};

/// Connections may use TLS.
struct trust_loaded {};

} // namespace

} // namespace troupe::http::detail

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::http::detail::checked_target)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::http::detail::trust_loaded)

namespace troupe::http::detail {

namespace {

using download_base =
  supervised_actor::extend_with<transfer_client>::extend_with<
    actor<void(checked_target), void(trust_loaded)>>;

double random_fraction() {
  thread_local std::minstd_rand source{std::random_device{}()};
  return std::uniform_real_distribution<>{}(source);
}

class download_impl
  : public troupe::detail::listed<download_base::base,
                                  troupe::detail::activity::works> {
public:
  download_impl(caf::actor_config& config,
                std::shared_ptr<session_state> shared, session_actor session,
                std::shared_ptr<const v1::Download> what, download_owner owner)
    : listed(config), shared_(std::move(shared)), session_(std::move(session)),
      what_(std::move(what)),
      rules_(shared_->options, what_->has_retries()
                                 ? what_->retries()
                                 : shared_->options.retries()),
      asked_(owner == download_owner::asker) {
    answer_clearly(static_cast<caf::scheduled_actor*>(this));
  }

  const char* name() const override { return "troupe.download"; }

  void on_exit() override {
    if (in_session_) { // killed; it may be past being a sender
      caf::anon_send(session_, cancel_transfer{id()});
      caf::anon_send(session_, leave_session{id()});
    }
    if (asked_ && !finished_)
      caf::anon_send(session_, answer_asker{id(), std::nullopt});
    alarm_.clear(*this);
    file_.reset();
    session_ = nullptr;
    shared_.reset();
  }

protected:
  behavior_type make_behavior() override {
    if (asked_)
      begin();
    return {
      [this](const v1::TaskStart& x) {
        link_.start(*this, x);
        begin();
      },
      [this](transfer_ended& x) { on_ended(std::move(*x.report)); },
      [this](const v1::TaskCancel& x) {
        if (link_.is_mine(x))
          feed(download_rules::cancel{x.text()});
      },
      [this](const v1::TaskPause& x) {
        if (link_.is_mine(x))
          feed(download_rules::pause{x.pause()});
      },
      [this](const v1::TaskResume& x) {
        if (link_.is_mine(x))
          feed(download_rules::resume{});
      },
      [this](const transfer_parked& x) {
        feed(download_rules::stopped{x.pause});
      },
      [this](const transfer_progress& x) {
        link_.progress(x.bytes, x.total_bytes);
      },
      [this](checked_target& x) {
        if (x.what == file_store::found::more) {
          feed(download_rules::checked_part{});
        } else if (x.what == file_store::found::same) {
          result_.set_skipped(true);
          result_.set_path(x.file.path);
          *result_.mutable_checksum() = what_->checksum();
          feed(download_rules::succeeded{});
        } else {
          if (!is_named())
            file_.reset();
          start();
        }
      },
      [this](trust_loaded) { feed(download_rules::start{}); },
    };
  }

private:
  void begin() {
    result_.set_url(what_->url());
    auto where = shared_->hosts.find(what_->url());
    if (!where) {
      finish(where.error());
      return;
    }
    for (const auto& header : what_->headers())
      if (auto good = check_header(header.name() + ": " + header.value());
          !good) {
        finish(good.error());
        return;
      }
    host_ = std::move(where->key);
    if (is_named()) {
      // The name is ours from now on, also between two tries.
      auto file = take(what_->file().name());
      if (!file) {
        finish(file.error());
        return;
      }
      file_ = *file;
    } else if (what_->has_file() && what_->has_checksum()) {
      // The server may choose another name, but not of what is there already.
      if (auto file = take(name_from_url(what_->url())))
        file_ = *file;
    }
    if (file_ && what_->has_checksum())
      feed(download_rules::check{});
    else
      start();
  }

  [[nodiscard]] bool is_named() const {
    return what_->has_file() && !what_->file().name().empty();
  }

  expected<std::shared_ptr<target_file>> take(const std::string& name) {
    return shared_->files.take(
      what_->file().folder(), name,
      what_->has_checksum() ? what_->checksum().algorithm() : what_->compute());
  }

  void start() {
    if (!host_.starts_with("https")
        || shared_->certificates.load([self = download_base{this}] {
             caf::anon_send(self, trust_loaded{});
           }))
      feed(download_rules::start{});
  }

  void on_ended(transfer_report report) {
    in_session_ = false;
    file_ = std::move(report.file);
    result_ = std::move(report.result);
    result_.set_redirects(where_.redirects);
    where_.spent = report.spent;
    if (!report.redirect.empty()) {
      follow(std::move(report.redirect));
      return;
    }
    send(session_, leave_session{id()});
    ended_ = clock().now();
    if (!report.failed.why)
      feed(download_rules::succeeded{});
    else
      feed(download_rules::failed{report.failed, random_fraction()});
  }

  void follow(std::string url) {
    where_.host = shared_->hosts.find(url).value().key;
    where_.url = std::move(url);
    ++where_.redirects;
    where_.strange = where_.strange || where_.host != host_;
    feed(download_rules::redirected{});
    if (!in_session_) // it does not go on at once
      send(session_, leave_session{id()});
  }

  void feed(const download_rules::input& in) {
    auto outputs = rules_.step(in, clock().now());
    for (const auto& out : outputs)
      std::visit([this](const auto& x) { perform(x); }, out);
    if (!finished_)
      alarm_.set(*this, rules_.wakeup(),
                 [this] { feed(download_rules::tick{}); });
  }

  void perform(const download_rules::check_part&) {
    shared_->files.check(
      file_, what_->checksum().hex(),
      [self = download_base{this}](finished_file file, file_store::found what) {
        caf::anon_send(self, checked_target{std::move(file), what});
      });
    shared_->files.wake();
  }

  void perform(const download_rules::submit& how) {
    if (!how.goes_on) {
      if (ended_ != never) // there was a try before
        spent_ += where_.spent + (clock().now() - ended_);
      where_ = waypoint{what_->url(), host_};
    }
    transfer x;
    x.id = id();
    x.what = what_;
    x.where = where_;
    x.max_redirects = what_->has_max_redirects()
                        ? what_->max_redirects()
                        : shared_->options.max_redirects();
    x.file = file_;
    x.client = transfer_client{this};
    in_session_ = true;
    send(session_,
         submit_transfer{std::make_shared<queued_transfer>(std::move(x))});
  }

  void perform(const download_rules::hold_try& x) {
    send(session_, hold_transfer{id(), true, x.pause});
  }

  void perform(const download_rules::release_try&) {
    send(session_, hold_transfer{id(), false, 0});
  }

  void perform(const download_rules::cancel_try&) {
    send(session_, cancel_transfer{id()});
  }

  void perform(const download_rules::parked& x) { link_.parked(x.pause); }

  void perform(const download_rules::finish& x) { finish(x.why); }

  void finish(error why) {
    // In memory every answer is one; who asked looks at its status.
    if (what_->has_memory() && why.code() == errc::http_status)
      why = {};
    if (why)
      *result_.mutable_error() = to_proto(why);
    result_.set_attempts(rules_.tries());
    result_.set_elapsed_ms(static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(spent_
                                                            + where_.spent)
        .count()));
    finished_ = true;
    auto bytes = result_.bytes();
    file_.reset(); // its name is free before anybody hears of the end
    if (asked_)
      send(session_, answer_asker{id(), std::move(result_)});
    else if (link_.started())
      link_.finished(why ? failed(why) : succeeded(),
                     payload{std::move(result_)}, bytes);
    quit();
  }

  std::shared_ptr<session_state> shared_;
  session_actor session_;
  std::shared_ptr<const v1::Download> what_;
  download_rules rules_;
  const bool asked_;
  child_link link_;
  alarm alarm_;
  std::string host_;                  // of the URL that was asked for
  waypoint where_;                    // of the newest try
  duration spent_ = duration::zero(); // before it
  time_point ended_ = never;          // the one before it
  std::shared_ptr<target_file> file_;
  v1::DownloadResult result_;
  bool in_session_ = false;
  bool finished_ = false;
};

} // namespace

supervised_actor spawn_download(caf::actor_system& system,
                                std::shared_ptr<session_state> state,
                                session_actor session,
                                std::shared_ptr<const v1::Download> what,
                                download_owner owner) {
  return system.spawn<download_impl>(std::move(state), std::move(session),
                                     std::move(what), owner);
}

} // namespace troupe::http::detail
