#include "troupe/http/detail/engine.hpp"

#include "troupe/http/detail/lookups.hpp"
#include "troupe/http/detail/multi.hpp"
#include "troupe/http/detail/pace.hpp"
#include "troupe/http/detail/receiver.hpp"
#include "troupe/http/detail/request.hpp"

#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <new>
#include <optional>
#include <pthread.h>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe::http::detail {

namespace {

using namespace std::chrono_literals;

constexpr auto tick_length = 100ms;

time_point now() {
  return std::chrono::steady_clock::now();
}

} // namespace

struct engine::impl {
  /// A transfer that libcurl is busy with.
  struct running {
    running(impl& its_owner, transfer what, CURL* easy, bool looks_a_name_up)
      : owner(its_owner),
        answer(std::move(what), easy, owner.options, owner.files, owner.out),
        limits(owner.options, now(), this->what().where.spent),
        looks_up(looks_a_name_up) {}

    impl& owner;
    header_list headers; // of its request alone
    receiver answer;
    pace limits;
    std::uint64_t told_bytes = 0;
    bool looks_up; // the host's name, for all who wait for that

    // Reading stands still while one of these is set.
    bool paused = false;
    bool starved = false;   // the disk is behind
    bool throttled = false; // the rate is used up, or others wait for it

    [[nodiscard]] const transfer& what() const { return answer.what(); }
    [[nodiscard]] bool standing() const {
      return paused || starved || throttled;
    }
  };

  impl(const session_options& session, file_store& store, trust& trusted,
       throttle& all, outbox& told)
    : options(session), files(store), certificates(trusted), rate(all),
      out(told),
      curl(
        loop, [this](CURL* easy, CURLcode code) { on_done(easy, code); },
        [this] { tell(); }),
      tick_timer(loop) {
    curl.keep_connections(options.jobs() + 16);
    curl.watch();
    thread = std::thread([this] {
      ::pthread_setname_np(::pthread_self(), "troupe.http");
      loop.run();
    });
  }

  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  ~impl() {
    post([this] {
      stopping = true;
      for (auto& waiting : names.take_all())
        end_unstarted(waiting);
      for (auto& [id, waiting] : std::exchange(held, {}))
        end_unstarted(waiting);
      while (!active.empty())
        cancel(active.begin()->first);
      curl.stop();
      tick_timer.cancel();
      work.reset();
    });
    thread.join();
    for (auto* easy : idle)
      curl_easy_cleanup(easy);
  }

  // -- commands ---------------------------------------------------------------

  /// Lets others know of all that happened since the last time.
  void tell() {
    files.wake();
    out.flush();
  }

  /// Runs `f` in the loop after the next `wake`.
  void add(std::function<void()> f) {
    std::lock_guard lock{mutex};
    commands.push_back(std::move(f));
  }

  void wake() {
    std::lock_guard lock{mutex};
    if (!commands.empty() && !std::exchange(woken, true))
      asio::post(loop, [this] { run_commands(); });
  }

  void post(std::function<void()> f) {
    add(std::move(f));
    wake();
  }

  void run_commands() {
    std::vector<std::function<void()>> batch;
    {
      std::lock_guard lock{mutex};
      batch.swap(commands);
      woken = false;
    }
    for (auto& command : batch)
      command();
    if (!stopping)
      curl.settle();
    else
      tell();
  }

  void start(transfer what) {
    if (stopping) {
      end_unstarted(what);
      return;
    }
    if (auto first = names.add(std::move(what)))
      launch(std::move(first->what), first->looks_up);
  }

  void launch(transfer what, bool looks_up = false) {
    auto* easy = take_easy();
    auto x = std::make_unique<running>(*this, std::move(what), easy, looks_up);
    for (auto option :
         {CURLOPT_PRIVATE, CURLOPT_WRITEDATA, CURLOPT_HEADERDATA,
          CURLOPT_OPENSOCKETDATA, CURLOPT_PREREQDATA, CURLOPT_SSL_CTX_DATA})
      curl_easy_setopt(easy, option, x.get());
    x->headers = set_request(easy, x->what(), options, session_headers);
    curl.add(easy);
    auto& added = *active.emplace(x->what().id, std::move(x)).first->second;
    if (active.size() == 1)
      tick();
    if (is_late(added)) // after redirects
      end(added, CURLE_OPERATION_TIMEDOUT);
  }

  void cancel(transfer_id id) {
    if (auto* x = find(id)) {
      x->answer.fail({errc::cancelled, "the download was cancelled"});
      end(*x, CURLE_ABORTED_BY_CALLBACK);
      return;
    }
    if (auto waiting = take_unstarted(id))
      end_unstarted(*waiting);
  }

  /// One that waits for a look-up, or was paused while it did.
  std::optional<transfer> take_unstarted(transfer_id id) {
    if (auto waiting = held.extract(id))
      return std::move(waiting.mapped());
    return names.take(id);
  }

  void pause(transfer_id id, std::uint64_t number) {
    if (auto* x = find(id)) {
      if (!std::exchange(x->paused, true)) {
        x->limits.pause(now());
        curl_easy_pause(x->answer.easy(), CURLPAUSE_RECV);
      }
      out.add(x->what().client, transfer_parked{id, number});
      return;
    }
    if (auto waiting = take_unstarted(id)) {
      out.add(waiting->client, transfer_parked{id, number});
      held.emplace(id, std::move(*waiting));
    }
  }

  void resume(transfer_id id) {
    if (auto waiting = held.extract(id)) {
      start(std::move(waiting.mapped()));
      return;
    }
    auto* x = find(id);
    if (!x || !std::exchange(x->paused, false))
      return;
    x->limits.resume(now(), x->answer.bytes());
    end_if_failed(*x, go_on(*x));
  }

  // -- libcurl's callbacks ----------------------------------------------------

  static std::size_t on_header(char* data, std::size_t, std::size_t size,
                               void* user) {
    auto& x = *static_cast<running*>(user);
    return x.answer.take_header({data, size}) ? size : 0;
  }

  static std::size_t on_body(char* data, std::size_t, std::size_t size,
                             void* user) {
    auto& x = *static_cast<running*>(user);
    return x.owner.take_body(x, {data, size});
  }

  static curl_socket_t on_open_socket(void* user, curlsocktype,
                                      curl_sockaddr* address) {
    auto& x = *static_cast<running*>(user);
    x.owner.resolved(x);
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC,
                    address->protocol);
  }

  /// Before each new connection of TLS.
  static CURLcode on_tls(CURL*, void* context, void* user) {
    auto& x = *static_cast<running*>(user);
    auto failed = x.owner.certificates.give(static_cast<SSL_CTX*>(context));
    if (!failed)
      return CURLE_OK;
    x.answer.fail(failed);
    return CURLE_SSL_CACERT_BADFILE;
  }

  /// Before each request, also on a connection that was idle.
  static int on_connected(void* user, char*, char*, int, int) {
    auto& x = *static_cast<running*>(user);
    x.owner.resolved(x);
    return CURL_PREREQFUNC_OK;
  }

  std::size_t take_body(running& x, std::string_view piece) {
    constexpr std::size_t refuse = 0;
    if (!x.answer.begin_body())
      return refuse;
    if (x.paused)
      return CURL_WRITEFUNC_PAUSE;
    if (rate.limited() && !may_take(x, piece.size())) {
      x.throttled = true;
      in_line.push_back(x.what().id);
      return CURL_WRITEFUNC_PAUSE;
    }
    auto when_room = [this, id = x.what().id] {
      post([this, id] { fed(id); });
    };
    switch (x.answer.take_body(piece, when_room)) {
    case receiver::taken::yes:
      return piece.size();
    case receiver::taken::no_room:
      x.starved = true;
      return CURL_WRITEFUNC_PAUSE;
    default:
      return refuse;
    }
  }

  // -- rules ------------------------------------------------------------------

  running* find(transfer_id id) {
    auto at = active.find(id);
    return at == active.end() ? nullptr : at->second.get();
  }

  /// Reads again, and writes what was read before.
  ///
  /// @return How that went: libcurl does not end a transfer for it.
  CURLcode go_on(running& x) {
    if (x.standing())
      return CURLE_OK;
    auto code = curl_easy_pause(x.answer.easy(), CURLPAUSE_CONT);
    // Said of one that still waits for a connection.
    return code == CURLE_BAD_FUNCTION_ARGUMENT ? CURLE_OK : code;
  }

  void end_if_failed(running& x, CURLcode code) {
    if (code != CURLE_OK)
      end(x, code);
  }

  void end(running& x, CURLcode code) {
    auto* easy = x.answer.easy();
    curl.remove(easy);
    on_done(easy, code);
  }

  /// The disk has caught up.
  void fed(transfer_id id) {
    auto* x = find(id);
    if (!x || !std::exchange(x->starved, false))
      return;
    restart_window(*x);
    end_if_failed(*x, go_on(*x));
  }

  /// Whether the rate allows a piece, and nobody waits for that already.
  bool may_take(const running& x, std::size_t size) {
    return (in_line.empty() || x.what().id == has_turn)
           && rate.take(size, now());
  }

  /// Those that wait for the rate read on, as far as it goes: the first in line
  /// first. Whoever had a turn stands behind the others afterwards.
  void take_turns() {
    auto line = std::exchange(in_line, {});
    while (!line.empty() && !rate.used_up(now())) {
      auto& x = *active.at(line.front());
      line.pop_front();
      x.throttled = false;
      restart_window(x);
      has_turn = x.what().id;
      end_if_failed(x, go_on(x));
    }
    has_turn = 0;
    in_line.insert(in_line.begin(), line.begin(), line.end());
  }

  void restart_window(running& x) { x.limits.restart(now(), x.answer.bytes()); }

  /// The name is known, or not needed since a proxy looks it up, so that the
  /// others need no look-up of their own.
  void resolved(running& x) {
    if (!std::exchange(x.looks_up, false))
      return;
    post([this, host = x.what().where.host] { // we may be inside of libcurl
      for (auto& each : names.found(host))
        launch(std::move(each));
    });
  }

  /// The look-up failed, and so for all who wait for it; or it came to no end,
  /// and one of them looks up.
  void look_up_ended(const running& x, CURLcode code, const failed_try& how) {
    if (code == CURLE_COULDNT_RESOLVE_HOST
        || code == CURLE_COULDNT_RESOLVE_PROXY
        || code == CURLE_OPERATION_TIMEDOUT) {
      for (auto& each : names.failed(x.what().where.host))
        end_unstarted(each, how);
      return;
    }
    // Later: if a whole group is being cancelled, they leave one by one.
    post([this, host = x.what().where.host] {
      if (auto next = names.next(host))
        launch(std::move(*next), true);
    });
  }

  void on_done(CURL* easy, CURLcode code) {
    auto* x = reinterpret_cast<running*>(info<char*>(easy, CURLINFO_PRIVATE));
    auto node = active.extract(x->what().id);
    if (x->throttled)
      std::erase(in_line, x->what().id);
    auto report = x->answer.end(code);
    report->spent = x->limits.spent(now());
    if (x->looks_up)
      look_up_ended(*x, code, report->failed);
    x->answer.deliver(std::move(report));
    node.mapped().reset(); // it has an eye on the handle
    idle.push_back(easy);
  }

  void end_unstarted(transfer& x,
                     const failed_try& how = {
                       {errc::cancelled, "the download was cancelled"}}) {
    auto report = std::make_shared<transfer_report>();
    report->failed = how;
    report->spent = x.where.spent;
    report->result.set_url(x.what->url());
    report->file = std::exchange(x.file, nullptr);
    out.add(x.client, transfer_ended{x.id, report});
  }

  /// What has to be looked at while transfers run: their limits, how far they
  /// are, and the bytes that they may have again.
  void tick() {
    tick_timer.expires_after(tick_length);
    tick_timer.async_wait([this](asio::error_code failed) {
      if (failed || active.empty())
        return;
      auto tell = (++ticks % 2) == 0;
      std::vector<running*> late;
      for (auto& [id, x] : active) {
        auto bytes = x->answer.bytes();
        if (tell && std::exchange(x->told_bytes, bytes) != bytes)
          out.add(x->what().client,
                  transfer_progress{id, bytes, x->answer.total_bytes()});
        if (is_late(*x))
          late.push_back(x.get());
      }
      for (auto* x : late)
        end(*x, CURLE_OPERATION_TIMEDOUT);
      take_turns();
      curl.settle();
      if (!active.empty())
        tick();
    });
  }

  /// Whether a limit of time or speed has passed.
  static bool is_late(running& x) {
    auto why =
      x.limits.check(now(), x.answer.bytes(), x.starved || x.throttled);
    if (why)
      x.answer.fail(why);
    return bool{why};
  }

  // -- libcurl's handles ------------------------------------------------------

  CURL* take_easy() {
    if (!idle.empty()) {
      auto* easy = idle.back();
      idle.pop_back();
      return easy;
    }
    auto* easy = curl_easy_init();
    if (!easy)
      throw std::bad_alloc{};
    curl.adopt(easy);
    set_common(easy, options);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls);
    return easy;
  }

  const session_options options;
  file_store& files;
  trust& certificates;
  throttle& rate;
  outbox& out;

  asio::io_context loop{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{
    loop.get_executor()};
  multi curl;
  asio::steady_timer tick_timer;
  unsigned ticks = 0;
  bool stopping = false;

  const header_list session_headers = common_headers(options);
  std::unordered_map<transfer_id, std::unique_ptr<running>> active;
  std::vector<CURL*> idle;
  lookups names;
  // Those that were paused while they waited for a name.
  std::unordered_map<transfer_id, transfer> held;

  // Those that wait for the rate, and the one that reads on just now.
  std::deque<transfer_id> in_line;
  transfer_id has_turn = 0;

  std::mutex mutex;
  std::vector<std::function<void()>> commands;
  bool woken = false;
  std::thread thread;
};

engine::engine(const session_options& options, file_store& files,
               trust& certificates, throttle& rate, outbox& out)
  : impl_(std::make_unique<impl>(options, files, certificates, rate, out)) {}

void engine::wake() {
  impl_->wake();
}

engine::~engine() = default;

void engine::start(transfer what) {
  impl_->add([impl = impl_.get(), what = std::move(what)]() mutable {
    impl->start(std::move(what)); // and holds nothing of it afterwards
  });
}

void engine::cancel(transfer_id id) {
  impl_->add([impl = impl_.get(), id] { impl->cancel(id); });
}

void engine::pause(transfer_id id, std::uint64_t pause) {
  impl_->add([impl = impl_.get(), id, pause] { impl->pause(id, pause); });
}

void engine::resume(transfer_id id) {
  impl_->add([impl = impl_.get(), id] { impl->resume(id); });
}

} // namespace troupe::http::detail
