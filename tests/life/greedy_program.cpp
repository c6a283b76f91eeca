// A program whose tasks never have to wait: greedy_program WAY THREADS. SIGINT
// ends it all the same; see starvation_test.
#include "life/greedy.hpp"
#include "troupe/run.hpp"
#include "troupe/sleep.hpp"
#include "troupe/spawn.hpp"

#include <algorithm>
#include <cstdio>
#include <string>

namespace {

troupe::task<void> say_that_it_runs() {
  std::puts("running");
  std::fflush(stdout);
  co_return;
}

/// On one thread the main task sleeps beside a greedy one; on more it is one of
/// as many greedy tasks as there are threads.
troupe::task<void> be_greedy(troupe::greedy_way way, std::size_t threads) {
  auto others = threads == 1 ? 1 : threads - 1;
  for (; others != 0; --others)
    troupe::spawn(way.loop());
  co_await say_that_it_runs();
  if (threads == 1)
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
                     troupe::run_options{}.threads(threads));
}
