#include "integration/http_fixture.hpp"
#include "support/nginx.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <random>
#include <sys/resource.h>

namespace troupe::test {

namespace {

class DownloadStressTest : public http_test {
protected:
  /// Makes nginx serve `count` files of their own content each.
  void serve(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      server.add_file(numbered("f", i), content(i));
  }

  static std::string content(std::size_t i) {
    auto line = numbered("file ", i) + '\n';
    std::string result;
    while (result.size() < 1024)
      result += line;
    result.resize(1024);
    return result;
  }

  std::vector<v1::Download> list(std::size_t count) {
    std::vector<v1::Download> result;
    for (std::size_t i = 0; i < count; ++i)
      result.push_back(to_file(server.url(numbered("/f", i)), folder.path(),
                               numbered("f", i)));
    return result;
  }

  nginx server;
};

} // namespace

TEST_F(DownloadStressTest, TwentyThousandFilesAreAllRight) {
  constexpr std::size_t count = 20'000;
  serve(count);
  auto results = run(session(quick().per_host(64)), list(count));
  ASSERT_EQ(results.size(), count);
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_THAT(results[i], IsOk());
    ASSERT_EQ(results[i].path(), (folder / numbered("f", i)).string());
    ASSERT_EQ(folder.read(numbered("f", i)), content(i));
  }
  EXPECT_EQ(folder.files().size(), count);
}

TEST_F(DownloadStressTest, PausesAndCancelsInBetweenLoseNothing) {
  constexpr std::size_t count = 2'000;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it meanwhile
  const auto* given = std::getenv("TROUPE_SEED");
  auto seed = given ? std::strtoul(given, nullptr, 10) : std::random_device{}();
  SCOPED_TRACE("TROUPE_SEED=" + std::to_string(seed));
  std::mt19937 random{static_cast<std::mt19937::result_type>(seed)};
  serve(count);
  auto http = session();
  auto all = list(count);
  std::deque<download_group> groups;
  constexpr std::size_t size = 50;
  for (std::size_t i = 0; i < count; i += size)
    groups.emplace_back(
      *system, http,
      std::vector(all.begin() + static_cast<std::ptrdiff_t>(i),
                  all.begin() + static_cast<std::ptrdiff_t>(i + size)));
  std::vector<bool> cancelled(groups.size());
  for (int i = 0; i < 300; ++i) {
    auto which = random() % groups.size();
    switch (random() % 4) {
    case 0:
      groups[which].cancel();
      cancelled[which] = true;
      break;
    default:
      if (!cancelled[which]) {
        groups[which].pause();
        groups[which].resume();
      }
    }
  }
  std::size_t right = 0;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    auto results = groups[g].results();
    ASSERT_EQ(results.size(), size);
    for (std::size_t k = 0; k < size; ++k) {
      auto i = g * size + k;
      auto name = numbered("f", i);
      if (results[k].has_error()) {
        EXPECT_TRUE(cancelled[g]);
        EXPECT_THAT(results[k], FailedWith(v1::ERRC_CANCELLED));
        EXPECT_FALSE(folder.contains(name));
      } else {
        EXPECT_EQ(folder.read(name), content(i));
        ++right;
      }
    }
  }
  EXPECT_EQ(folder.files().size(), right);
  std::cout << right << " of " << count << " were not cancelled\n";
}

TEST_F(DownloadStressTest, FewDescriptorsLimitNobodyButTheJobs) {
  constexpr std::size_t count = 1'000;
  serve(count);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  // What is open already, and 50 for the downloads.
  auto open = std::filesystem::directory_iterator{"/proc/self/fd"};
  auto used = static_cast<rlim_t>(
    std::distance(begin(open), std::filesystem::directory_iterator{}));
  auto few = before;
  few.rlim_cur = used + 50;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  auto results = run(session(quick().jobs(8).retries(10)), list(count));
  ::setrlimit(RLIMIT_NOFILE, &before);
  for (const auto& result : results)
    EXPECT_THAT(result, IsOk());
  EXPECT_EQ(folder.files().size(), count);
}

} // namespace troupe::test
