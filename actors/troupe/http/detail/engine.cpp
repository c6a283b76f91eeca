#include "troupe/http/detail/engine.hpp"

#include "troupe/http/detail/curl_errors.hpp"
#include "troupe/http/detail/multi.hpp"
#include "troupe/http/file_name.hpp"
#include "troupe/http/url.hpp"

#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <functional>
#include <mutex>
#include <pthread.h>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace troupe::http::detail {

namespace {

using namespace std::chrono_literals;

constexpr auto tick_length = 100ms;
constexpr std::size_t all_buffers = 4 << 20;
constexpr std::size_t smallest_buffer = 64 << 10;
constexpr std::size_t largest_buffer = 256 << 10;
constexpr std::size_t small_piece = 64 << 10;
constexpr std::size_t large_piece = 256 << 10;
constexpr std::uint64_t large_body = 1 << 20;
constexpr std::uint64_t default_memory_limit = 64 << 20;
constexpr std::size_t most_header_bytes = 256 << 10;
constexpr std::size_t most_unwanted_bytes = 64 << 10;
constexpr std::size_t most_known_hosts = 10'000;
constexpr curl_off_t longest_retry_after = 1'000'000'000; // seconds

time_point now() {
  return std::chrono::steady_clock::now();
}

/// The value of a header line if it is this header.
std::optional<std::string_view> value_of(std::string_view line,
                                         std::string_view name) {
  if (line.size() <= name.size() || line[name.size()] != ':'
      || curl_strnequal(line.data(), name.data(), name.size()) == 0)
    return std::nullopt;
  line.remove_prefix(name.size() + 1);
  auto first = line.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{}
                                         : line.substr(first);
}

template <class T>
T info(CURL* easy, CURLINFO what) {
  T result{};
  curl_easy_getinfo(easy, what, &result);
  return result;
}

/// As libcurl takes it: an empty header ends in a semicolon.
std::string line_of(const v1::HttpHeader& header) {
  return header.value().empty() ? header.name() + ";"
                                : header.name() + ": " + header.value();
}

/// Whether libcurl would find a proxy for some URL.
bool environment_names_proxy() {
  const auto names = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                      "ALL_PROXY"};
  return std::any_of(names.begin(), names.end(), [](const char* name) {
    return std::getenv(name); // NOLINT(concurrency-mt-unsafe): so does libcurl
  });
}

long milliseconds(duration x) {
  return static_cast<long>(
    std::chrono::duration_cast<std::chrono::milliseconds>(x).count());
}

} // namespace

struct engine::impl {
  /// A transfer that libcurl is busy with.
  struct running {
    impl* owner = nullptr;
    transfer what;
    CURL* easy = nullptr;
    curl_slist* headers = nullptr;
    char text[CURL_ERROR_SIZE] = {};

    // Of the newest answer.
    std::string disposition;
    std::vector<v1::HttpHeader> header_lines;
    bool chunked = false;

    std::size_t header_bytes = 0; // of all answers
    bool head_is_whole = false;
    bool wants_body = false;
    bool body_began = false;
    std::size_t unwanted_bytes = 0;
    error failure;     // ours; libcurl only knows that we refused to write
    std::string piece; // the whole body, when it is kept in memory
    std::uint64_t bytes = 0;
    std::uint64_t told_bytes = 0;
    digest checksum; // of a body that no file is made of

    // Reading stands still while one of these is set.
    bool paused = false;
    bool starved = false;   // the disk is behind
    bool throttled = false; // the rate is used up, or others wait for it

    bool looks_up = false; // the host's name, for all who wait for that
    time_point began;
    time_point paused_at;
    time_point slow_since; // start of the window whose speed is measured
    std::uint64_t slow_bytes = 0;

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
    for (const auto& line : options.headers())
      session_headers = curl_slist_append(session_headers, line.c_str());
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
      for (auto& [host, queue] : std::exchange(resolving, {}))
        for (auto& waiting : queue)
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
    curl_slist_free_all(session_headers);
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
    auto lookup = resolving.find(what.host);
    if (lookup != resolving.end()) { // one look-up of a new name is enough
      lookup->second.push_back(std::move(what));
      return;
    }
    auto looks_up = false;
    if (!known_hosts.contains(what.host)) {
      auto where = origin_of(what.what->url());
      looks_up = where && where->is_name;
      if (looks_up)
        resolving.try_emplace(what.host);
      else
        remember(what.host);
    }
    launch(std::move(what), looks_up);
  }

  void remember(const std::string& host) {
    if (known_hosts.size() >= most_known_hosts)
      known_hosts.clear(); // libcurl has forgotten most of them by now
    known_hosts.insert(host);
  }

  void launch(transfer what, bool looks_up = false) {
    auto x = std::make_unique<running>();
    x->owner = this;
    x->what = std::move(what);
    x->looks_up = looks_up;
    x->began = x->slow_since = now();
    x->easy = take_easy();
    const auto& request = *x->what.what;
    curl_easy_setopt(x->easy, CURLOPT_PRIVATE, x.get());
    curl_easy_setopt(x->easy, CURLOPT_WRITEDATA, x.get());
    curl_easy_setopt(x->easy, CURLOPT_HEADERDATA, x.get());
    curl_easy_setopt(x->easy, CURLOPT_OPENSOCKETDATA, x.get());
    curl_easy_setopt(x->easy, CURLOPT_PREREQDATA, x.get());
    curl_easy_setopt(x->easy, CURLOPT_SSL_CTX_DATA, x.get());
    curl_easy_setopt(x->easy, CURLOPT_ERRORBUFFER, x->text);
    curl_easy_setopt(x->easy, CURLOPT_URL, request.url().c_str());
    // What is written to disk is what the server has; see RFC 9110, 12.5.3.
    curl_easy_setopt(x->easy, CURLOPT_ACCEPT_ENCODING,
                     request.has_memory() ? "" : nullptr);
    if (!request.headers().empty()) {
      for (const auto& line : options.headers())
        x->headers = curl_slist_append(x->headers, line.c_str());
      for (const auto& header : request.headers())
        x->headers = curl_slist_append(x->headers, line_of(header).c_str());
    }
    curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER,
                     x->headers ? x->headers : session_headers);
    // Without TLS there is no HTTP/2 to wait for, and libcurl would wait until
    // the first transfer ends.
    curl_easy_setopt(
      x->easy, CURLOPT_PIPEWAIT,
      long{!options.http1() && x->what.host.starts_with("https")});
    curl.add(x->easy);
    active.emplace(x->what.id, std::move(x));
    if (active.size() == 1)
      tick();
  }

  void cancel(transfer_id id) {
    if (auto* x = find(id)) {
      x->failure = {errc::cancelled, "the download was cancelled"};
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
    for (auto& [host, queue] : resolving) {
      auto at = std::find_if(queue.begin(), queue.end(),
                             [&](const transfer& x) { return x.id == id; });
      if (at == queue.end())
        continue;
      auto result = std::move(*at);
      queue.erase(at);
      return result;
    }
    return std::nullopt;
  }

  void pause(transfer_id id, std::uint64_t number) {
    if (auto* x = find(id)) {
      if (!std::exchange(x->paused, true)) {
        x->paused_at = now();
        curl_easy_pause(x->easy, CURLPAUSE_RECV);
      }
      out.add(x->what.client, transfer_parked{id, number});
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
    auto stood = now() - x->paused_at;
    x->began += stood;
    restart_window(*x);
    end_if_failed(*x, go_on(*x));
  }

  // -- libcurl's callbacks ----------------------------------------------------

  static std::size_t on_header(char* data, std::size_t, std::size_t size,
                               void* user) {
    auto& x = *static_cast<running*>(user);
    x.header_bytes += size;
    if (x.header_bytes > most_header_bytes) {
      x.failure = {errc::protocol_error, "the server's headers do not end"};
      return 0;
    }
    std::string_view line{data, size};
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
      line.remove_suffix(1);
    x.head_is_whole = line.empty();
    if (line.starts_with("HTTP/")) { // another answer: after a redirect, say
      x.disposition.clear();
      x.header_lines.clear();
      x.chunked = false;
    } else if (auto suggested = value_of(line, "Content-Disposition")) {
      x.disposition = *suggested;
    } else if (auto coding = value_of(line, "Transfer-Encoding")) {
      x.chunked = coding->find("chunked") != std::string_view::npos;
    }
    if (auto colon = line.find(':');
        x.what.what->has_memory() && colon != std::string_view::npos) {
      v1::HttpHeader header;
      header.set_name(std::string{line.substr(0, colon)});
      header.set_value(std::string{*value_of(line, line.substr(0, colon))});
      x.header_lines.push_back(std::move(header));
    }
    return size;
  }

  static std::size_t on_body(char* data, std::size_t, std::size_t size,
                             void* user) {
    auto& x = *static_cast<running*>(user);
    return x.owner->take_body(x, data, size);
  }

  static curl_socket_t on_open_socket(void* user, curlsocktype,
                                      curl_sockaddr* address) {
    auto& x = *static_cast<running*>(user);
    x.owner->resolved(x);
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC,
                    address->protocol);
  }

  /// Before each new connection of TLS.
  static CURLcode on_tls(CURL*, void* context, void* user) {
    auto& x = *static_cast<running*>(user);
    auto failed = x.owner->certificates.give(static_cast<SSL_CTX*>(context));
    if (!failed)
      return CURLE_OK;
    x.failure = failed;
    return CURLE_SSL_CACERT_BADFILE;
  }

  /// Before each request, also on a connection that was idle.
  static int on_connected(void* user, char*, char*, int, int) {
    auto& x = *static_cast<running*>(user);
    x.owner->resolved(x);
    return CURL_PREREQFUNC_OK;
  }

  std::size_t take_body(running& x, const char* data, std::size_t size) {
    constexpr std::size_t refuse = 0;
    if (!std::exchange(x.body_began, true) && !begin_body(x))
      return refuse;
    if (x.paused)
      return CURL_WRITEFUNC_PAUSE;
    if (rate.limited() && !may_take(x, size)) {
      x.throttled = true;
      in_line.push_back(x.what.id);
      return CURL_WRITEFUNC_PAUSE;
    }
    if (!x.wants_body) {
      // Read to its end if that is near: the connection is of use then.
      x.unwanted_bytes += size;
      return x.unwanted_bytes <= most_unwanted_bytes ? size : refuse;
    }
    if (x.what.file) {
      if (file_store::broken(*x.what.file))
        return refuse; // the file tells why
      if (!files.has_room(*x.what.file, [this, id = x.what.id] {
            post([this, id] { fed(id); });
          })) {
        x.starved = true;
        return CURL_WRITEFUNC_PAUSE;
      }
    }
    x.bytes += size;
    if (x.what.what->has_memory()) {
      auto limit = x.what.what->memory().limit_bytes();
      if (limit == 0)
        limit = default_memory_limit;
      if (x.bytes > limit) {
        x.failure = {errc::too_large, "the body is longer than "
                                        + std::to_string(limit) + " bytes"};
        return refuse;
      }
    }
    if (x.what.file || x.what.what->has_memory())
      x.piece.append(data, size);
    if (!x.what.file)
      x.checksum.update(data, size);
    else if (x.piece.size()
             >= (x.bytes > large_body ? large_piece : small_piece))
      files.append(x.what.file, std::exchange(x.piece, {}));
    return size;
  }

  /// Whether the body of an answer is what was asked for.
  static bool wants(const v1::Download& request, long status) {
    return request.has_memory() || (status >= 200 && status < 300);
  }

  /// The answer's head is known: decides what becomes of its body.
  ///
  /// @return Whether there is a place for it.
  bool begin_body(running& x) {
    x.body_began = true;
    const auto& request = *x.what.what;
    auto status = info<long>(x.easy, CURLINFO_RESPONSE_CODE);
    x.wants_body = wants(request, status);
    if (!x.wants_body)
      return true;
    if (status == 206 && !request.has_memory() && !asks_for_part(request)) {
      x.failure = {errc::protocol_error,
                   "the server sent a part, which nobody asked for"};
      return false;
    }
    auto algorithm = request.has_checksum() ? request.checksum().algorithm()
                                            : request.compute();
    if (!request.has_file()) {
      x.checksum = digest{algorithm};
      return true;
    }
    if (!x.what.file) {
      auto name = request.file().name();
      if (name.empty() && !x.disposition.empty())
        name = name_from_disposition("attachment; " + x.disposition);
      if (name.empty())
        name = name_from_url(info<char*>(x.easy, CURLINFO_EFFECTIVE_URL));
      auto file = files.take(request.file().folder(), name, algorithm);
      if (!file) {
        x.failure = file.error();
        return false;
      }
      x.what.file = *file;
    }
    files.begin(x.what.file);
    return true;
  }

  /// Whether the user asks for a range of bytes.
  [[nodiscard]] bool asks_for_part(const v1::Download& request) const {
    auto is_range = [](const std::string& line) {
      return value_of(line, "Range").has_value();
    };
    const auto& common = options.headers();
    const auto& own = request.headers();
    return std::any_of(common.begin(), common.end(), is_range)
           || std::any_of(own.begin(), own.end(), [&](const auto& header) {
                return is_range(line_of(header));
              });
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
    auto code = curl_easy_pause(x.easy, CURLPAUSE_CONT);
    // Said of one that still waits for a connection.
    return code == CURLE_BAD_FUNCTION_ARGUMENT ? CURLE_OK : code;
  }

  void end_if_failed(running& x, CURLcode code) {
    if (code != CURLE_OK)
      end(x, code);
  }

  void end(running& x, CURLcode code) {
    curl.remove(x.easy);
    on_done(x.easy, code);
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
    return (in_line.empty() || x.what.id == has_turn) && rate.take(size, now());
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
      has_turn = x.what.id;
      end_if_failed(x, go_on(x));
    }
    has_turn = 0;
    in_line.insert(in_line.begin(), line.begin(), line.end());
  }

  void restart_window(running& x) {
    x.slow_since = now();
    x.slow_bytes = x.bytes;
  }

  /// The name is known, or not needed since a proxy looks it up, so that the
  /// others need no look-up of their own.
  void resolved(running& x) {
    if (!std::exchange(x.looks_up, false))
      return;
    remember(x.what.host);
    post([this, host = x.what.host] { // we may be inside of libcurl
      if (auto waiting = resolving.extract(host))
        for (auto& each : waiting.mapped())
          launch(std::move(each));
    });
  }

  /// The look-up failed, and so for all who wait for it; or it came to no end,
  /// and one of them looks up.
  void look_up_ended(const running& x, CURLcode code, const failed_try& how) {
    if (code == CURLE_COULDNT_RESOLVE_HOST
        || code == CURLE_COULDNT_RESOLVE_PROXY
        || code == CURLE_OPERATION_TIMEDOUT) {
      if (auto waiting = resolving.extract(x.what.host))
        for (auto& each : waiting.mapped())
          end_unstarted(each, how);
      return;
    }
    // Later: if a whole group is being cancelled, they leave one by one.
    post([this, host = x.what.host] {
      auto at = resolving.find(host);
      if (at == resolving.end())
        return;
      if (at->second.empty()) {
        resolving.erase(at);
        return;
      }
      auto next = std::move(at->second.front());
      at->second.pop_front();
      launch(std::move(next), true);
    });
  }

  void on_done(CURL* easy, CURLcode code) {
    auto* x = reinterpret_cast<running*>(info<char*>(easy, CURLINFO_PRIVATE));
    auto node = active.extract(x->what.id);
    if (x->throttled)
      std::erase(in_line, x->what.id);
    if (code == CURLE_OK && !x->body_began && !begin_body(*x))
      code = CURLE_WRITE_ERROR;
    auto report = make_report(*x, code);
    if (x->looks_up)
      look_up_ended(*x, code, report->failed);
    give_easy(*x);
    // Whoever hears of the end has the file's name to give: nobody else may
    // hold it by then.
    auto file = std::exchange(x->what.file, nullptr);
    if (!file) {
      out.add(x->what.client, transfer_ended{x->what.id, report});
      return;
    }
    file_store::stop_waiting(*file);
    auto broken =
      file_store::broken(*file) && report->failed.why.code() != errc::cancelled;
    if (report->failed.why && !broken) {
      files.discard(std::move(file), [box = &out, report, id = x->what.id,
                                      client = x->what.client] {
        box->add(client, transfer_ended{id, report});
      });
      return;
    }
    files.finish(std::move(file), std::move(x->piece),
                 x->what.what->checksum().hex(),
                 [box = &out, report, id = x->what.id,
                  client = x->what.client](const finished_file& done) {
                   auto& result = report->result;
                   report->failed.why = done.why;
                   report->failed.transient = false;
                   if (!done.why)
                     result.set_path(done.path);
                   if (result.has_checksum())
                     result.mutable_checksum()->set_hex(done.checksum);
                   box->add(client, transfer_ended{id, report});
                 });
  }

  std::shared_ptr<transfer_report> make_report(running& x, CURLcode code) {
    auto report = std::make_shared<transfer_report>();
    auto& failed = report->failed;
    auto& result = report->result;
    const auto& request = *x.what.what;
    auto status = info<long>(x.easy, CURLINFO_RESPONSE_CODE);
    failed.http_status = static_cast<std::uint32_t>(status);
    failed.retry_after = std::chrono::seconds{std::clamp<curl_off_t>(
      info<curl_off_t>(x.easy, CURLINFO_RETRY_AFTER), 0, longest_retry_after)};
    result.set_url(request.url());
    if (const auto* url = info<char*>(x.easy, CURLINFO_EFFECTIVE_URL))
      result.set_effective_url(url);
    if (const auto* type = info<char*>(x.easy, CURLINFO_CONTENT_TYPE))
      result.set_content_type(type);
    result.set_http_status(failed.http_status);
    result.set_bytes(x.bytes);
    for (auto& header : x.header_lines)
      *result.add_headers() = std::move(header);
    result.set_length_unverified(
      code == CURLE_OK && !x.chunked && status != 204
      && info<long>(x.easy, CURLINFO_HTTP_VERSION) <= CURL_HTTP_VERSION_1_1
      && info<curl_off_t>(x.easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T) < 0);
    auto ended_well = !x.failure && code == CURLE_OK;
    if (is_refused(x, status)
        || (ended_well && is_transient(failed.http_status))) {
      failed.why = {errc::http_status,
                    "the server answered " + std::to_string(status)};
    } else if (x.failure) {
      failed.why = x.failure;
      failed.transient = x.failure.code() == errc::timed_out;
    } else if (code != CURLE_OK) {
      auto meaning = meaning_of(code);
      // What we asked for was in order; where it led to was not.
      if (meaning.code == errc::invalid_argument && status != 0)
        meaning.code = errc::protocol_error;
      // A wrong proxy is named as it was given.
      failed.why = {
        meaning.code,
        without_credentials(x.text[0] ? x.text : curl_easy_strerror(code))};
      failed.transient = meaning.transient;
      failed.http_status = 0; // the connection failed, whatever was said first
    }
    if (request.has_checksum() || request.compute())
      result.mutable_checksum()->set_algorithm(
        request.has_checksum() ? request.checksum().algorithm()
                               : request.compute());
    if (request.has_memory()
        && (!failed.why || failed.why.code() == errc::http_status))
      result.set_body(std::move(x.piece));
    if (!request.has_file() && result.has_checksum()) {
      result.mutable_checksum()->set_hex(x.checksum.finish());
      if (!failed.why && request.has_checksum()
          && request.checksum().hex() != result.checksum().hex()) {
        result.clear_body();
        failed.why = {errc::checksum_mismatch,
                      std::string{to_string(request.checksum().algorithm())}
                        + " is " + result.checksum().hex() + ", not "
                        + request.checksum().hex()};
      }
    }
    report->file = x.what.file;
    return report;
  }

  /// Whether the answer's head says why there is no body of use: what becomes
  /// of the rest of the answer does not matter then.
  static bool is_refused(const running& x, long status) {
    return x.failure.code() != errc::cancelled && !wants(*x.what.what, status)
           && (x.body_began || (x.head_is_whole && status >= 400));
  }

  void end_unstarted(transfer& x,
                     const failed_try& how = {
                       {errc::cancelled, "the download was cancelled"}}) {
    auto report = std::make_shared<transfer_report>();
    report->failed = how;
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
        if (tell && std::exchange(x->told_bytes, x->bytes) != x->bytes)
          out.add(x->what.client,
                  transfer_progress{id, x->bytes, total_of(*x)});
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

  static std::uint64_t total_of(const running& x) {
    auto length = info<curl_off_t>(x.easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T);
    return length < 0 ? 0 : static_cast<std::uint64_t>(length);
  }

  /// Whether a limit of time or speed has passed; `failure` tells which.
  bool is_late(running& x) {
    if (x.paused)
      return false;
    auto time = now();
    if (time - x.began >= options.timeout()) {
      x.failure = {errc::timed_out,
                   "not complete after "
                     + std::to_string(milliseconds(options.timeout())) + " ms"};
      return true;
    }
    if (options.low_speed() == 0 || x.starved || x.throttled
        || time - x.slow_since < options.low_speed_time())
      return false;
    auto seconds = std::chrono::duration<double>(time - x.slow_since).count();
    auto speed = static_cast<double>(x.bytes - x.slow_bytes) / seconds;
    restart_window(x);
    if (speed >= static_cast<double>(options.low_speed()))
      return false;
    x.failure = {errc::timed_out,
                 "slower than " + std::to_string(options.low_speed())
                   + " bytes per second for "
                   + std::to_string(milliseconds(options.low_speed_time()))
                   + " ms"};
    return true;
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
    auto set = [easy](CURLoption option, auto value) {
      curl_easy_setopt(easy, option, value);
    };
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);
    // Few transfers are large ones, which fewer and larger reads make faster.
    set(CURLOPT_BUFFERSIZE,
        static_cast<long>(std::clamp(all_buffers / options.jobs(),
                                     smallest_buffer, largest_buffer)));
    set(CURLOPT_WRITEFUNCTION, on_body);
    set(CURLOPT_HEADERFUNCTION, on_header);
    set(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    set(CURLOPT_PREREQFUNCTION, on_connected);
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 1L);
    set(CURLOPT_MAXREDIRS, 20L);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    // Servers close what is idle for longer, mostly after 60 s or more.
    set(CURLOPT_MAXAGE_CONN, 60L);
    set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options.connect_timeout()));
    set(CURLOPT_USERAGENT, options.user_agent().c_str());
    // libcurl would read them itself, and hold all transfers up meanwhile.
    set(CURLOPT_SSL_CTX_FUNCTION, on_tls);
    for (auto place : {CURLOPT_CAINFO, CURLOPT_CAPATH, CURLOPT_PROXY_CAINFO,
                       CURLOPT_PROXY_CAPATH})
      set(place, static_cast<char*>(nullptr));
    if (!options.proxy().empty())
      set(CURLOPT_PROXY, options.proxy().c_str());
    else if (!environment_names_proxy())
      set(CURLOPT_NOPROXY, "*"); // or each transfer looks for one again
    if (options.netrc())
      set(CURLOPT_NETRC, long{CURL_NETRC_OPTIONAL});
    if (options.http1())
      set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
    return easy;
  }

  void give_easy(running& x) {
    curl_easy_setopt(x.easy, CURLOPT_ERRORBUFFER, nullptr);
    curl_easy_setopt(x.easy, CURLOPT_HTTPHEADER, nullptr);
    curl_slist_free_all(x.headers);
    idle.push_back(x.easy);
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

  curl_slist* session_headers = nullptr;
  std::unordered_map<transfer_id, std::unique_ptr<running>> active;
  std::vector<CURL*> idle;
  // Hosts whose name the first transfer is looking up, and the others.
  std::unordered_map<std::string, std::deque<transfer>> resolving;
  std::unordered_set<std::string> known_hosts;
  // Those of them that were paused.
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
