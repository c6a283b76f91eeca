// A program whose tasks never have to wait: greedy_program WAY THREADS. SIGINT
// ends it all the same; see starvation_test.
#include "life/greedy.hpp"
#include "troupe/run.hpp"
#include "troupe/sleep.hpp"
#include "troupe/spawn.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>

namespace {

using namespace std::chrono_literals;

troupe::task<void> say_that_it_runs() {
  std::puts("running");
  std::fflush(stdout);
  co_return;
}

/// On one thread the main task sleeps beside a greedy one; on more it is one of
/// as many greedy tasks as there are threads, if a cancel reaches it there.
troupe::task<void> be_greedy(troupe::greedy_way way, std::size_t threads) {
  auto sleeps = threads == 1 || way.where == troupe::cancelled_at::nothing;
  for (auto others = sleeps ? threads : threads - 1; others != 0; --others)
    troupe::spawn(way.loop());
  co_await say_that_it_runs();
  if (sleeps)
    co_await troupe::sleep(troupe::forever);
  co_await way.loop();
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 3)
    return 2;
  auto ways = troupe::greedy_ways();
  auto way = std::ranges::find(ways, argv[1], &troupe::greedy_way::name);
  auto threads = std::stoul(argv[2]);
  if (way == ways.end())
    return 2;
  return troupe::run(be_greedy(*way, threads),
                     troupe::run_options{}.threads(threads).grace(100ms));
}
