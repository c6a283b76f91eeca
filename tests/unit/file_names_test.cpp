#include "troupe/http/detail/file_names.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <fstream>
#include <string>
#include <unistd.h>

namespace troupe::http::detail {

namespace {

/// This process's memory, in bytes.
std::size_t resident() {
  std::ifstream in{"/proc/self/statm"};
  std::size_t size = 0; // in pages, as the next one
  std::size_t result = 0;
  in >> size >> result;
  return result * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

} // namespace

TEST(FileNamesTest, AFileAndItsPartExcludeEachOther) {
  for (bool unique : {false, true}) {
    file_names x{unique};
    EXPECT_TRUE(x.take("/d/a"));
    EXPECT_FALSE(x.take("/d/a"));
    EXPECT_FALSE(x.take("/d/a.part"));
    EXPECT_TRUE(x.take("/d/b.part"));
    EXPECT_FALSE(x.take("/d/b.part"));
    EXPECT_FALSE(x.take("/d/b"));
    EXPECT_TRUE(x.take("/d/c"));
  }
}

TEST(FileNamesTest, WhatIsRefusedTakesNothing) {
  file_names x{false};
  auto part = x.take("/d/a.part");
  ASSERT_TRUE(part);
  EXPECT_FALSE(x.take("/d/a"));
  EXPECT_FALSE(x.take("/d/a.part.part"));
  x.give_back(*part, false);
  auto file = x.take("/d/a");
  ASSERT_TRUE(file);
  EXPECT_TRUE(x.take("/d/a.part.part"));
  EXPECT_FALSE(x.take("/d/a.part"));
}

TEST(FileNamesTest, AFileThatIsDoneKeepsAUniqueName) {
  file_names x{true};
  for (std::string each : {"/d/a", "/d/b.part"}) {
    x.give_back(x.take(each).value(), false); // none was written
    x.give_back(x.take(each).value(), true);
    EXPECT_FALSE(x.take(each)) << each;
  }
  EXPECT_FALSE(x.take("/d/a.part"));
  EXPECT_FALSE(x.take("/d/b"));
}

TEST(FileNamesTest, ANameThatIsNotUniqueIsFreeAgain) {
  file_names x{false};
  x.give_back(x.take("/d/a").value(), false);
  x.give_back(x.take("/d/a").value(), true);
  EXPECT_TRUE(x.take("/d/a.part"));
}

// The only thing that grows with the list that `troupe get` is given.
TEST(FileNamesTest, AMillionNamesCostLittleMemory) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers have memory of their own";
#endif
  const std::string folder =
    "/home/somebody/downloads/a-mirror/with/some/folders/";
  auto before = resident();
  file_names x{true};
  for (int i = 0; i < 1'000'000; ++i) {
    auto key = x.take(folder + std::to_string(i) + ".tar.gz");
    ASSERT_TRUE(key) << i;
    x.give_back(*key, true);
  }
  EXPECT_LT(resident(), before + (std::size_t{80} << 20));
  EXPECT_FALSE(x.take(folder + "7.tar.gz"));
}

} // namespace troupe::http::detail
