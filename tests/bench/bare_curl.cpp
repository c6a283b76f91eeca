// bare_curl --list FILE --jobs N [--buffer BYTES] [--cacert FILE]
//           (--dir DIR | --discard)
//
// What libcurl costs by itself: one multi handle, one epoll, one thread, and
// nothing that a downloader adds (no queue, retries, safe names or renames).
// FILE holds a URL per line; a file is named by what follows the last slash.
#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fcntl.h>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <unistd.h>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;

struct settings {
  std::string list;
  std::string dir; // empty: throw the bodies away
  std::string cacert;
  std::size_t jobs = 64;
  long buffer = 16L * 1024;
};

settings parse(int argc, char** argv) {
  settings s;
  bool discard = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--discard") {
      discard = true;
      continue;
    }
    if (++i == argc)
      throw std::invalid_argument("missing value of " + std::string{name});
    const std::string value = argv[i];
    if (name == "--list")
      s.list = value;
    else if (name == "--dir")
      s.dir = value;
    else if (name == "--cacert")
      s.cacert = value;
    else if (name == "--jobs")
      s.jobs = std::stoul(value);
    else if (name == "--buffer")
      s.buffer = std::stol(value);
    else
      throw std::invalid_argument("unknown option " + std::string{name});
  }
  if (s.list.empty() || s.jobs == 0 || s.dir.empty() != discard)
    throw std::invalid_argument("needs --list, and --dir or --discard");
  return s;
}

std::vector<std::string> read_lines(const std::string& path) {
  std::ifstream in{path};
  if (!in)
    throw std::runtime_error("cannot read " + path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    if (!line.empty())
      lines.push_back(line);
  return lines;
}

class downloader {
public:
  explicit downloader(settings s)
    : settings_(std::move(s)), urls_(read_lines(settings_.list)),
      multi_(curl_multi_init()), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, on_interest);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS,
                      static_cast<long>(settings_.jobs));
  }

  downloader(const downloader&) = delete;
  downloader& operator=(const downloader&) = delete;

  ~downloader() {
    for (auto& t : transfers_)
      curl_easy_cleanup(t->easy);
    curl_multi_cleanup(multi_);
    close(epoll_);
  }

  // Returns whether every URL was read whole.
  bool run() {
    const auto count = std::min(settings_.jobs, urls_.size());
    for (std::size_t i = 0; i < count; ++i) {
      transfers_.push_back(make_transfer());
      start(*transfers_.back());
    }
    settle();
    while (running_ > 0) {
      dispatch();
      settle();
    }
    std::printf("%zu done, %zu failed, %zu bytes\n", done_, failed_, bytes_);
    return failed_ == 0;
  }

private:
  struct transfer {
    CURL* easy;
    downloader* owner;
    int file = -1;
    bool write_failed = false;
  };

  std::unique_ptr<transfer> make_transfer() {
    auto t = std::make_unique<transfer>(transfer{curl_easy_init(), this});
    curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t.get());
    curl_easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(t->easy, CURLOPT_BUFFERSIZE, settings_.buffer);
    curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t.get());
    curl_easy_setopt(t->easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(t->easy, CURLOPT_CLOSESOCKETDATA, this);
    if (!settings_.cacert.empty()) {
      curl_easy_setopt(t->easy, CURLOPT_CAINFO, settings_.cacert.c_str());
      // A folder of certificates would switch libcurl's cache of them off.
      curl_easy_setopt(t->easy, CURLOPT_CAPATH, nullptr);
    }
    return t;
  }

  void start(transfer& t) {
    const auto& url = urls_[next_++];
    if (!settings_.dir.empty()) {
      const auto path = settings_.dir + url.substr(url.rfind('/'));
      t.file =
        open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
      t.write_failed = t.file < 0;
    }
    curl_easy_setopt(t.easy, CURLOPT_URL, url.c_str());
    curl_multi_add_handle(multi_, t.easy);
    ++running_;
  }

  void finish(transfer& t, CURLcode result) {
    long status = 0;
    curl_easy_getinfo(t.easy, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(multi_, t.easy);
    --running_;
    if (t.file >= 0 && close(t.file) != 0)
      t.write_failed = true;
    t.file = -1;
    if (result == CURLE_OK && status == 200 && !t.write_failed) {
      ++done_;
    } else if (failed_++ == 0) {
      std::fprintf(stderr, "bare_curl: %s, status %ld\n",
                   curl_easy_strerror(result), status);
    }
    t.write_failed = false;
    if (next_ < urls_.size())
      start(t);
  }

  // Waits for sockets and the timer, and tells libcurl.
  void dispatch() {
    std::array<epoll_event, 256> events;
    const int count =
      epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                 milliseconds_to_timer());
    int running = 0;
    for (int i = 0; i < count; ++i) {
      int what = 0;
      if (events[i].events & EPOLLIN)
        what |= CURL_CSELECT_IN;
      if (events[i].events & EPOLLOUT)
        what |= CURL_CSELECT_OUT;
      if (events[i].events & (EPOLLERR | EPOLLHUP))
        what |= CURL_CSELECT_ERR;
      curl_multi_socket_action(multi_, events[i].data.fd, what, &running);
    }
    if (timer_set_ && clock_type::now() >= timer_) {
      timer_set_ = false;
      curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
    }
  }

  int milliseconds_to_timer() const {
    if (!timer_set_)
      return -1;
    const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(timer_ - clock_type::now());
    return static_cast<int>(std::max<long>(0, left.count()));
  }

  void settle() {
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE)
        continue;
      transfer* t = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
      finish(*t, message->data.result);
    }
  }

  static std::size_t on_body(char* data, std::size_t, std::size_t size,
                             void* user) {
    auto& t = *static_cast<transfer*>(user);
    t.owner->bytes_ += size;
    if (t.owner->settings_.dir.empty())
      return size;
    return write(t.file, data, size) == static_cast<ssize_t>(size) ? size : 0;
  }

  static int on_timer(CURLM*, long milliseconds, void* user) {
    auto& self = *static_cast<downloader*>(user);
    self.timer_set_ = milliseconds >= 0;
    self.timer_ = clock_type::now() + std::chrono::milliseconds{milliseconds};
    return 0;
  }

  static int on_interest(CURL*, curl_socket_t fd, int what, void* user, void*) {
    auto& self = *static_cast<downloader*>(user);
    const auto index = static_cast<std::size_t>(fd);
    if (index >= self.watched_.size())
      self.watched_.resize(index + 64);
    if (what == CURL_POLL_REMOVE) {
      if (self.watched_[index])
        epoll_ctl(self.epoll_, EPOLL_CTL_DEL, fd, nullptr);
      self.watched_[index] = false;
      return 0;
    }
    epoll_event event{};
    event.data.fd = fd;
    if (what & CURL_POLL_IN)
      event.events |= EPOLLIN;
    if (what & CURL_POLL_OUT)
      event.events |= EPOLLOUT;
    epoll_ctl(self.epoll_, self.watched_[index] ? EPOLL_CTL_MOD : EPOLL_CTL_ADD,
              fd, &event);
    self.watched_[index] = true;
    return 0;
  }

  // libcurl does not always withdraw its interest before it closes a socket.
  static int on_close(void* user, curl_socket_t fd) {
    auto& self = *static_cast<downloader*>(user);
    const auto index = static_cast<std::size_t>(fd);
    if (index < self.watched_.size())
      self.watched_[index] = false;
    return close(fd);
  }

  const settings settings_;
  const std::vector<std::string> urls_;
  CURLM* multi_;
  int epoll_;
  std::vector<bool> watched_; // by descriptor
  std::vector<std::unique_ptr<transfer>> transfers_;
  clock_type::time_point timer_;
  bool timer_set_ = false;
  std::size_t next_ = 0;
  std::size_t running_ = 0;
  std::size_t done_ = 0;
  std::size_t failed_ = 0;
  std::size_t bytes_ = 0;
};

} // namespace

int main(int argc, char** argv) try {
  if (argc == 2 && std::string_view{argv[1]} == "--version") {
    std::puts(curl_version());
    return 0;
  }
  downloader d{parse(argc, argv)};
  return d.run() ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bare_curl: %s\n", error.what());
  return 2;
}
