// What each operation costs: four times as much of it may cost about four times
// as much, and leaves no memory behind.
#include "life/cost.hpp"
#include "life/work_meter.hpp"
#include "troupe/run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <new>
#include <string>

namespace {

std::atomic<std::int64_t> blocks = 0; // of memory, that are in use

} // namespace

// Counts what the whole process allocates and frees.
// g++ 12 sees `free` where it inlined one of them, and not the other.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
// NOLINTBEGIN
void* operator new(std::size_t size) {
  blocks.fetch_add(1, std::memory_order_relaxed);
  if (auto* result = std::malloc(size))
    return result;
  throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept {
  blocks.fetch_sub(memory ? 1 : 0, std::memory_order_relaxed);
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  operator delete(memory);
}
// NOLINTEND

namespace troupe {
namespace {

using namespace std::chrono_literals;

/// Linear work is 4 times as much, quadratic 16 times. Caches, and others who
/// use the machine, can make linear work look like more.
constexpr auto most_growth = 8.0;

/// Of each count, what other builds have the time for.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t share = 20;
#else
constexpr std::size_t share = 2;
#endif

struct costs {
  double few = 0;
  double many = 0;
  std::int64_t blocks_left = 0;

  [[nodiscard]] double growth() const { return many / few; }
};

/// Waits until nothing is done any more: until no memory comes or goes.
task<void> come_to_rest() {
  auto before = blocks.load();
  auto quiet = 0;
  for (int tries = 0; tries != 1'000 && quiet != 5; ++tries) {
    co_await sleep(1ms);
    co_await settle();
    quiet = std::exchange(before, blocks.load()) == before ? quiet + 1 : 0;
  }
}

/// The work of one run, and of whatever comes of it: timers that were taken
/// back, actors that end, those that hear of it.
task<double> cost_of(cost_row row, std::size_t count) {
  work_meter meter;
  co_await row.work(count);
  co_await come_to_rest();
  co_return meter.work();
}

task<costs> costs_of(cost_row row) {
  costs result;
  auto count = row.count / share;
  result.few = co_await cost_of(row, count);
  auto before = blocks.load();
  result.many = co_await cost_of(row, 4 * count);
  result.blocks_left = blocks.load() - before;
  co_return result;
}

cost_table whole_table() {
  cost_table result;
  for (auto part : {time_costs, task_costs, set_costs, group_costs, sync_costs,
                    queue_costs, broadcast_costs})
    std::ranges::copy(part(), std::back_inserter(result));
  return result;
}

class CostTest : public ::testing::TestWithParam<cost_row> {};

std::string name_of(const ::testing::TestParamInfo<cost_row>& row) {
  return std::string{row.param.name};
}

INSTANTIATE_TEST_SUITE_P(Of, CostTest, ::testing::ValuesIn(whole_table()),
                         name_of);

TEST_P(CostTest, IsLinearAndLeavesNoMemory) {
  const auto& row = GetParam();
  costs best;
  for (int tries = 0; tries != 3; ++tries) {
    auto measured = block_on(costs_of(row), run_options{}.threads(1));
    // Less than a block for each eighth turn: what grows once is no leak.
    EXPECT_LT(measured.blocks_left, static_cast<std::int64_t>(row.count) / 2)
      << "blocks of memory are left after " << 4 * row.count << " turns";
    if (tries == 0 || measured.growth() < best.growth())
      best = measured;
    if (best.growth() < most_growth)
      break;
  }
  RecordProperty("growth", std::to_string(best.growth()));
  EXPECT_LT(best.growth(), most_growth)
    << row.count << " cost " << best.few << " " << work_meter::unit() << ", "
    << 4 * row.count << " cost " << best.many;
  if (std::getenv("TROUPE_COSTS")) // NOLINT(concurrency-mt-unsafe)
    std::printf("%-52s %8zu  %6.2f  %8.2f ms  %lld\n", row.name.data(),
                row.count, best.growth(), best.few / 1e6,
                static_cast<long long>(best.blocks_left));
}

} // namespace
} // namespace troupe
