// Programs that use sockets, downloads, pauses and all else at once, and leave
// something when their main task ends, or are told to end: end_program MODE.
#include "troupe/http/session.hpp"
#include "troupe/io/loop.hpp"
#include "troupe/io/use_await.hpp"
#include "troupe/troupe.hpp"

#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;
using troupe::any_handle;
using troupe::group;
using troupe::handle;
using troupe::lock;
using troupe::queue;
using troupe::run_options;
using troupe::spawn;
using troupe::spawn_options;
using troupe::task;
using troupe::use_await;

void say(const char* line) {
  std::puts(line);
  std::fflush(stdout);
}

/// Where connections are taken, and nobody ever answers.
class silent_server {
public:
  explicit silent_server(asio::io_context& context)
    : acceptor_(context, {asio::ip::address_v4::loopback(), 0}) {}

  [[nodiscard]] tcp::endpoint where() const {
    return acceptor_.local_endpoint();
  }
  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(where().port()) + "/";
  }

private:
  tcp::acceptor acceptor_;
};

std::optional<troupe::io::loop> global_loop;
std::optional<silent_server> global_server;
std::optional<troupe::http::session> global_session;
std::vector<any_handle> global_tasks;
std::vector<troupe::pause_guard> global_pauses;

task<void> sleep_for_ever() {
  co_await troupe::sleep(troupe::forever);
}

// -- what a main task leaves --------------------------------------------------

task<void> leave_a_paused_task() {
  auto sleeper = spawn(sleep_for_ever(), spawn_options{}.name("paused"));
  co_await troupe::yield();
  global_pauses.push_back(co_await sleeper.pause());
}

task<void> keep_a_paused_group() {
  co_await troupe::with_group([](group& all) -> task<void> {
    all.spawn(sleep_for_ever());
    global_pauses.push_back(co_await all.pause());
    co_await troupe::sleep(troupe::forever);
  });
}

task<void> leave_a_paused_group() {
  spawn(keep_a_paused_group(), spawn_options{}.name("keeper"));
  co_await troupe::sleep(5ms);
}

/// Two tasks that wait for each other, and a third that waits for itself.
task<void> leave_cycles() {
  auto wait_for_it = [](std::shared_ptr<handle<void>> whom) -> task<void> {
    co_await troupe::yield();
    co_await *whom;
  };
  auto first = std::make_shared<handle<void>>();
  auto second = std::make_shared<handle<void>>();
  *first = spawn(wait_for_it(second));
  *second = spawn(wait_for_it(first));
  queue<int> mine;
  auto feed_itself = [](queue<int> from, queue<int> to) -> task<void> {
    for (;;)
      co_await to.put(co_await from.get());
  };
  spawn(feed_itself(mine, mine));
  co_await mine.put(1);
  co_await troupe::sleep(5ms);
}

task<void> read(tcp::endpoint from) {
  tcp::socket socket{global_loop->context()};
  co_await socket.async_connect(from, use_await);
  char data = 0;
  co_await socket.async_read_some(asio::buffer(&data, 1), use_await);
}

task<void> leave_a_reader() {
  global_loop.emplace();
  global_server.emplace(global_loop->context());
  spawn(read(global_server->where()), spawn_options{}.name("reader"));
  co_await troupe::sleep(5ms);
}

task<void> leave_downloads() {
  global_loop.emplace();
  global_server.emplace(global_loop->context());
  global_session.emplace();
  for (int i = 0; i != 20; ++i)
    global_tasks.push_back(spawn(global_session->get(global_server->url())));
  co_await troupe::sleep(20ms);
}

// -- all of it, until a signal comes ------------------------------------------

task<void> take_turns(lock mutex, queue<int> from, queue<int> to) {
  for (;;) {
    auto item = co_await from.get();
    {
      auto mine = co_await mutex.acquire();
      co_await troupe::yield();
    }
    co_await to.put(item + 1);
  }
}

task<void> tick(asio::steady_timer timer) {
  for (;;) {
    timer.expires_after(1ms);
    co_await timer.async_wait(use_await);
  }
}

task<void> call_for_ever() {
  auto call = [] { std::this_thread::sleep_for(1ms); };
  for (;;)
    co_await troupe::to_thread(call);
}

task<void> pause_now_and_then(handle<void> whom) {
  for (;;) {
    auto guard = co_await whom.pause();
    co_await troupe::sleep(1ms);
  }
}

task<void> give_up_again_and_again() {
  queue<int> empty;
  for (;;)
    co_await troupe::attempt(troupe::wait_for(empty.get(), 1ms));
}

task<void> sleep_a_little(troupe::duration how_long) {
  co_await troupe::sleep(how_long);
}

task<void> spawn_for_ever() {
  for (;;)
    co_await troupe::gather(sleep_a_little(100us), sleep_a_little(200us));
}

task<void> do_everything() {
  troupe::io::loop loop;
  silent_server server{loop.context()};
  troupe::http::session session;
  co_await troupe::with_group([&](group& all) -> task<void> {
    lock mutex;
    queue<int> there;
    queue<int> back;
    for (int i = 0; i != 4; ++i) {
      all.spawn(take_turns(mutex, there, back));
      all.spawn(take_turns(mutex, back, there));
      co_await there.put(i);
    }
    all.spawn(tick(asio::steady_timer{loop.context()}));
    all.spawn(call_for_ever());
    all.spawn(pause_now_and_then(all.spawn(sleep_for_ever())));
    all.spawn(give_up_again_and_again());
    all.spawn(spawn_for_ever());
    auto get = [](troupe::http::session from, std::string url) -> task<void> {
      co_await from.get(std::move(url));
    };
    for (int i = 0; i != 3; ++i)
      all.spawn(get(session, server.url()));
    say("running");
  });
}

/// The same, left behind by the main task: it ends with a grace.
task<void> leave_everything() {
  global_tasks.push_back(spawn(do_everything()));
  co_await troupe::sleep(50ms);
}

int main_program(const std::string& mode) {
  auto grace = mode == "left_for_long" ? 1h : troupe::duration{100ms};
  std::map<std::string, std::function<task<void>()>> modes{
    {"paused", leave_a_paused_task}, {"paused_group", leave_a_paused_group},
    {"cycles", leave_cycles},        {"reader", leave_a_reader},
    {"downloads", leave_downloads},  {"everything", do_everything},
    {"left", leave_everything},      {"left_for_long", leave_everything},
  };
  return troupe::run(modes.at(mode)(), run_options{}.grace(grace));
}

} // namespace

int main(int argc, char** argv) {
  auto code = main_program(argc > 1 ? argv[1] : "");
  say("main returns");
  return code;
}
