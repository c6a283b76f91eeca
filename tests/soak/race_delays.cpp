#include "soak/race_delays.hpp"

#include "troupe/core/detail/race_point.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

namespace troupe {

namespace {

using namespace std::chrono_literals;

std::atomic<std::uint64_t> hot = 1;

std::uint64_t mixed(std::uint64_t x) noexcept { // splitmix64
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

std::uint64_t random_here() noexcept {
  static std::atomic<std::uint64_t> threads = 0;
  thread_local std::uint64_t state = mixed(++threads);
  return mixed(state++);
}

void spin(std::uint64_t rounds) noexcept {
  for (std::atomic<std::uint64_t> i = 0; i != rounds; ++i) {
  }
}

/// One of those places. They are few, so that a plain list does.
struct place {
  std::atomic<const char*> file = nullptr;
  std::atomic<int> line = 0;
  std::atomic<std::uint64_t> visits = 0;
};
std::array<place, 128> places;

place* find(const char* file, int line) noexcept {
  for (auto& x : places) {
    const char* known = x.file.load(std::memory_order_acquire);
    if (!known && x.file.compare_exchange_strong(known, file)) {
      x.line = line;
      return &x;
    }
    if (known == file && x.line.load(std::memory_order_relaxed) == line)
      return &x;
  }
  return nullptr;
}

} // namespace

namespace testing {

void choose_delays(std::uint64_t seed) {
  hot = mixed(seed);
}

void delay_a_little() noexcept {
  auto dice = random_here();
  if (dice % 512 == 0)
    std::this_thread::sleep_for(50us);
  else if (dice % 64 == 1)
    std::this_thread::yield();
  else if (dice % 2 == 0)
    spin(dice >> 32 & 255);
  else if (dice % 8 == 1)
    spin(dice >> 32 & 4'095);
}

void print_race_points(std::FILE* to) {
  for (const auto& x : places)
    if (const auto* file = x.file.load())
      std::fprintf(to, "%12llu  %s:%d\n",
                   static_cast<unsigned long long>(x.visits.load()), file,
                   x.line.load());
}

} // namespace testing

void detail::race_point(const char* file, int line) noexcept {
  if (auto* here = find(file, line))
    here->visits.fetch_add(1, std::memory_order_relaxed);
  auto mine = mixed(static_cast<std::uint64_t>(line) * 31 + std::strlen(file));
  auto is_hot = (mine ^ hot.load(std::memory_order_relaxed)) % 4 == 0;
  if (is_hot || random_here() % 16 == 0)
    testing::delay_a_little();
}

} // namespace troupe
