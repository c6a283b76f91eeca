#include "support/fd.hpp"
#include "support/temp_dir.hpp"
#include "troupe/attempt.hpp"
#include "troupe/io/lines.hpp"
#include "troupe/io/loop.hpp"
#include "troupe/msg/errc_of.hpp"
#include "troupe/msg/failure.hpp"
#include "troupe/run.hpp"
#include "troupe/shield.hpp"
#include "troupe/sleep.hpp"
#include "troupe/spawn.hpp"
#include "troupe/task.hpp"
#include "troupe/timeout.hpp"
#include "troupe/wait.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

// Lines of pipes, files, sockets and terminals.
namespace troupe::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using words = std::vector<std::string>;

struct ends {
  unique_fd read;
  unique_fd write;
};

ends make_pipe() {
  std::array<int, 2> both{};
  if (::pipe2(both.data(), O_CLOEXEC) != 0)
    throw_errno("pipe2");
  return {unique_fd{both[0]}, unique_fd{both[1]}};
}

ends make_sockets() {
  std::array<int, 2> both{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both.data()) != 0)
    throw_errno("socketpair");
  return {unique_fd{both[0]}, unique_fd{both[1]}};
}

/// What is typed at `write` comes from `read`, a terminal.
ends make_terminal() {
  auto keyboard =
    checked_fd(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), "posix_openpt");
  if (::grantpt(keyboard.get()) != 0 || ::unlockpt(keyboard.get()) != 0)
    throw_errno("unlockpt");
  std::array<char, 64> name{};
  if (::ptsname_r(keyboard.get(), name.data(), name.size()) != 0)
    throw_errno("ptsname_r");
  auto screen =
    checked_fd(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC), "open");
  return {std::move(screen), std::move(keyboard)};
}

void put(const unique_fd& to, std::string_view text) {
  ASSERT_EQ(::write(to.get(), text.data(), text.size()),
            static_cast<ssize_t>(text.size()));
}

bool blocks(const unique_fd& fd) {
  return (::fcntl(fd.get(), F_GETFL) & O_NONBLOCK) == 0;
}

task<words> rest_of(io::lines input) {
  words result;
  while (auto line = co_await input.next())
    result.push_back(*line);
  EXPECT_EQ(co_await input.next(), std::nullopt); // from then on
  co_return result;
}

/// All lines of a descriptor.
words read_all(const unique_fd& from,
               io::lines_options options = io::lines_options{}) {
  io::loop loop;
  return block_on(rest_of(io::lines{loop, from.get(), options}));
}

words lines_of(std::string_view text) {
  auto [read, write] = make_pipe();
  put(write, text);
  write.reset();
  return read_all(read);
}

TEST(LinesTest, GivesLinesWithoutTheirEnds) {
  EXPECT_THAT(lines_of(""), IsEmpty());
  EXPECT_THAT(lines_of("a\nb\n"), ElementsAre("a", "b"));
  EXPECT_THAT(lines_of("a\r\n\r\n\nb"), ElementsAre("a", "", "", "b"));
  EXPECT_THAT(lines_of("a\rb\n\n"), ElementsAre("a\rb", ""));
  EXPECT_THAT(lines_of(std::string_view{"\0x\n", 3}),
              ElementsAre(std::string("\0x", 2)));
}

TEST(LinesTest, WaitsForWhatComesLater) {
  for (auto make : {make_pipe, make_sockets, make_terminal}) {
    auto both = make();
    auto body = [&]() -> task<void> {
      io::loop loop;
      io::lines input{loop, both.read.get()};
      EXPECT_TRUE(blocks(both.read));
      auto first = spawn(input.next());
      co_await sleep(1ms); // most times it waits by then
      put(both.write, "one\ntw");
      EXPECT_EQ(co_await first, "one");
      auto second = spawn(input.next());
      EXPECT_TRUE(blocks(both.read));
      put(both.write, "o\n");
      EXPECT_EQ(co_await second, "two");
    };
    block_on(body());
    EXPECT_TRUE(blocks(both.read));
    EXPECT_TRUE(blocks(both.write));
  }
}

TEST(LinesTest, ATerminalEndsWhereItIsSaidTo) {
  auto [screen, keyboard] = make_terminal();
  put(keyboard, "one\ntwo\n\x04");
  EXPECT_THAT(read_all(screen), ElementsAre("one", "two"));
}

TEST(LinesTest, ReadsAFileFromWhereItStands) {
  temp_dir folder;
  auto path = folder.write("text", "skipped\none\ntwo");
  unique_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  ::lseek(file.get(), 8, SEEK_SET);
  EXPECT_THAT(read_all(file), ElementsAre("one", "two"));
  EXPECT_TRUE(blocks(file));
  unique_fd nothing{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  EXPECT_THAT(read_all(nothing), IsEmpty());
}

TEST(LinesTest, ReadsMoreThanItReadsAtOnce) {
  temp_dir folder;
  std::string text;
  for (int i = 0; i < 100'000; ++i)
    text += std::to_string(i) + "\n";
  auto path = folder.write("text", text);
  unique_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  auto lines = read_all(file);
  ASSERT_EQ(lines.size(), 100'000u);
  EXPECT_EQ(lines.back(), "99999");
}

TEST(LinesTest, ACancelLosesNothing) {
  auto pipe = make_pipe();
  const auto& read = pipe.read;
  const auto& write = pipe.write;
  auto body = [&]() -> task<void> {
    io::loop loop;
    io::lines input{loop, read.get()};
    auto limited = co_await attempt(wait_for(input.next(), 2ms));
    EXPECT_EQ(limited.error().code(), errc::timed_out);
    put(write, "par");
    limited = co_await attempt(wait_for(input.next(), 2ms));
    EXPECT_EQ(limited.error().code(), errc::timed_out);
    put(write, "ted\nnext\n");
    EXPECT_EQ(co_await input.next(), "parted");
    auto other = [](io::lines from) -> task<std::optional<std::string>> {
      co_return co_await from.next();
    };
    EXPECT_EQ(co_await spawn(other(input)), "next");
  };
  block_on(body());
}

TEST(LinesTest, EndsWithACancelThoughThereIsAlwaysMore) {
  unique_fd zeros{::open("/dev/zero", O_RDONLY | O_CLOEXEC)};
  auto body = [&]() -> task<void> {
    io::loop loop;
    io::lines input{loop, zeros.get(),
                    io::lines_options{}.longest(SIZE_MAX / 2)};
    auto reading = spawn(rest_of(input));
    co_await sleep(2ms);
    reading.cancel();
    std::vector all{reading};
    co_await wait(all);
    EXPECT_TRUE(reading.was_cancelled());
  };
  block_on(body());
}

TEST(LinesTest, ALineThatIsTooLongIsRefusedAndSkipped) {
  auto three = io::lines_options{}.longest(3);
  for (auto [text, expected] : std::vector<std::pair<std::string, words>>{
         {"abc\nabcd\nx\n", {"abc", "!", "x"}},
         {"abc\r\nabc\rd\nx", {"abc", "!", "x"}},
         {std::string(200'000, 'y') + "\nx\n", {"!", "x"}},
         {"abcd", {"!"}},
         {std::string(200'000, 'y'), {"!"}},
         {"abc", {"abc"}}}) {
    temp_dir folder;
    auto path = folder.write("text", text);
    unique_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    auto body = [&]() -> task<words> {
      io::loop loop;
      io::lines input{loop, file.get(), three};
      words result;
      for (;;) {
        auto line = co_await attempt(input.next());
        if (!line) {
          EXPECT_EQ(to_string(line.error()),
                    "too_large: a line is longer than 3 bytes; it is skipped");
          result.emplace_back("!");
        } else if (*line) {
          result.push_back(**line);
        } else {
          co_return result;
        }
      }
    };
    EXPECT_EQ(block_on(body()), expected) << text.substr(0, 20);
  }
}

TEST(LinesTest, OneTaskAtATimeWaits) {
  auto pipe = make_pipe();
  const auto& read = pipe.read;
  const auto& write = pipe.write;
  auto body = [&]() -> task<void> {
    io::loop loop;
    io::lines input{loop, read.get()};
    auto first = spawn(input.next());
    co_await yield();
    auto second = co_await attempt(input.next());
    EXPECT_EQ(second.error().code(), errc::busy);
    put(write, "x\n");
    EXPECT_EQ(co_await first, "x");
  };
  block_on(body(), run_options{}.threads(1));
}

TEST(LinesTest, FailsWithItsLoop) {
  auto pipe = make_pipe();
  const auto& read = pipe.read;
  auto body = [&]() -> task<errc> {
    auto loop = std::make_unique<io::loop>();
    io::lines input{*loop, read.get()};
    auto waiting = spawn(input.next());
    co_await yield();
    loop.reset();
    auto result = co_await attempt(shield(waiting));
    co_return result.error().code();
  };
  EXPECT_EQ(block_on(body(), run_options{}.threads(1)), errc::closed);
}

TEST(LinesTest, ADescriptorThatIsNotOpenIsSaidToBeThat) {
  io::loop loop;
  try {
    io::lines input{loop, 12345};
    ADD_FAILURE();
  } catch (const std::system_error& what) {
    EXPECT_EQ(errc_of(what.code()), errc::closed);
    EXPECT_THAT(what.what(), ::testing::HasSubstr("cannot read lines"));
  }
  temp_dir folder;
  unique_fd not_a_file{::open(folder.path().c_str(), O_RDONLY | O_CLOEXEC)};
  EXPECT_THROW(read_all(not_a_file), std::system_error);
}

} // namespace
} // namespace troupe::test
