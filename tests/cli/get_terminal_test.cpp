#include "cli/command.hpp"
#include "support/pty_process.hpp"
#include "support/scripted_server.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace troupe::test {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view redraw = "\x1b[J";

using frame = std::vector<std::string>;

/// What a command drew: the whole lines of each redraw.
std::vector<frame> frames_of(std::string_view output) {
  std::vector<frame> result;
  for (auto at = output.find(redraw); at != std::string_view::npos;) {
    at += redraw.size();
    auto end = output.find(redraw, at);
    auto text = output.substr(at, end - at);
    frame lines;
    for (auto next = text.find("\r\n"); next != std::string_view::npos;
         next = text.find("\r\n")) {
      lines.emplace_back(text.substr(0, next));
      text.remove_prefix(next + 2);
    }
    result.push_back(std::move(lines));
    at = end;
  }
  return result;
}

std::size_t columns_of(const std::string& line) {
  return static_cast<std::size_t>(
    std::count_if(line.begin(), line.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
    }));
}

/// Whether a frame came that satisfies the condition.
auto a_frame(auto condition) {
  return [condition](std::string_view output) {
    auto frames = frames_of(output);
    return std::any_of(frames.begin(), frames.end(), condition);
  };
}

class GetTerminalTest : public testing::Test {
protected:
  GetTerminalTest() {
    server.on_other([this](connection& c) {
      c.send("HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n");
      c.send(std::string(512, 'x'));
      c.wait(rest);
      c.send(std::string(512, 'x'));
    });
  }

  std::vector<std::string> get(int files,
                               std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), "get");
    for (auto i = 1; i <= files; ++i)
      arguments.push_back(server.url("/f" + std::to_string(i)));
    return command(arguments);
  }

  /// Runs a command, and tells whether it gave the terminal back as it was.
  static std::vector<std::string>
  with_check(const std::vector<std::string>& command) {
    std::vector<std::string> result{
      "sh", "-c",
      "trap : INT QUIT; before=$(stty -g); \"$@\"; code=$?; "
      "[ \"$before\" = \"$(stty -g)\" ] && echo restored; exit $code",
      "sh"};
    result.insert(result.end(), command.begin(), command.end());
    return result;
  }

  process_options here() { return process_options{}.cwd(folder.path()); }

  gate rest; // of each file
  scripted_server server;
  temp_dir folder{temp_dir::place::memory};
};

TEST_F(GetTerminalTest, HasARowForEachTransferAndATotal) {
  pty_process child{get(3), here()};
  ASSERT_TRUE(child.read_until(a_frame([](const frame& lines) {
    return lines.size() == 4 && lines[0].starts_with("f1 ")
           && lines[0].ends_with("  50%  512 B of 1.0 KiB")
           && lines[1].starts_with("f2 ") && lines[2].starts_with("f3 ")
           && lines[3].starts_with("0/3 files  1.5 KiB  ")
           && lines[3].find("/s  ETA 0:0") != std::string::npos;
  })))
    << child.output();
  rest.open();
  EXPECT_TRUE(child.wait().ok()) << child.output();
  auto last = frames_of(child.output()).back();
  EXPECT_THAT(last, ElementsAre(StartsWith("3 of 3 files, 3.0 KiB in ")));
}

TEST_F(GetTerminalTest, HasAtMostEightRows) {
  pty_process child{get(12), here()};
  EXPECT_TRUE(child.read_until(a_frame([](const frame& lines) {
    return lines.size() == 9 && lines[8].starts_with("0/12 files  6.0 KiB");
  })))
    << child.output();
  rest.open();
  EXPECT_TRUE(child.wait().ok());
  for (const auto& lines : frames_of(child.output()))
    EXPECT_LE(lines.size(), 9U);
}

TEST_F(GetTerminalTest, KeepsToALowTerminal) {
  pty_process child{get(6), here(), {80, 4}};
  EXPECT_TRUE(child.read_until(a_frame([](const frame& lines) {
    return lines.size() == 3 && lines[2].starts_with("0/6 files");
  })))
    << child.output();
  rest.open();
  EXPECT_TRUE(child.wait().ok());
  for (const auto& lines : frames_of(child.output()))
    EXPECT_LE(lines.size(), 3U);
}

TEST_F(GetTerminalTest, FollowsTheWidthOfTheTerminal) {
  pty_process child{get(2), here(), {60, 24}};
  auto wide_as = [](std::size_t least, std::size_t most) {
    return a_frame([=](const frame& lines) {
      return lines.size() == 3 && columns_of(lines[0]) >= least
             && columns_of(lines[0]) <= most;
    });
  };
  ASSERT_TRUE(child.read_until(wide_as(50, 59))) << child.output();
  child.resize({30, 24});
  ASSERT_TRUE(child.read_until(wide_as(20, 29))) << child.output();
  child.resize({100, 24});
  ASSERT_TRUE(child.read_until(wide_as(90, 99))) << child.output();
  for (const auto& lines : frames_of(child.output()))
    for (const auto& line : lines)
      EXPECT_LE(columns_of(line), 99U);
  rest.open();
  EXPECT_TRUE(child.wait().ok());
}

TEST_F(GetTerminalTest, IsNeverWiderThanTheTerminal) {
  pty_process child{
    get(2, {server.url("/" + std::string(200, 'x'))}), here(), {35, 24}};
  EXPECT_TRUE(child.read_until(
    a_frame([](const frame& lines) { return lines.size() == 4; })));
  auto frames = frames_of(child.output());
  ASSERT_THAT(frames, Not(IsEmpty()));
  for (const auto& lines : frames)
    for (const auto& line : lines)
      EXPECT_LE(columns_of(line), 34U) << line;
  rest.open();
  EXPECT_TRUE(child.wait().ok());
}

TEST_F(GetTerminalTest, RedrawsAtMostTenTimesASecond) {
  server.on("/drip", [](connection& c) {
    c.send("HTTP/1.1 200 OK\r\nContent-Length: 1500\r\n\r\n");
    c.drip(std::string(1500, 'x'), 1ms);
  });
  auto began = steady_clock::now();
  pty_process child{command({"get", "--discard", server.url("/drip")})};
  // Every change of the size asks for a redraw.
  for (unsigned short i = 0; child.wait(2ms) == exit_status::running; ++i)
    child.resize({static_cast<unsigned short>(60 + i % 20), 24});
  EXPECT_TRUE(child.wait().ok());
  auto seconds =
    std::chrono::duration<double>(steady_clock::now() - began).count();
  auto count = static_cast<double>(frames_of(child.output()).size());
  EXPECT_GE(count, 5);
  EXPECT_LE(count, seconds * 10 + 1); // one more clears
}

TEST_F(GetTerminalTest, PrintsFailuresAboveTheBar) {
  server.on("/none", respond(404, ""));
  pty_process child{get(1, {server.url("/none")}), here()};
  EXPECT_TRUE(child.read_until(a_frame([](const frame& lines) {
    return lines.size() == 3 && lines[0].starts_with("failed: ")
           && lines[1].starts_with("f1 ")
           && lines[2].find("1 failed") != std::string::npos;
  })))
    << child.output();
  rest.open();
  EXPECT_EQ(child.wait().code, 1);
}

TEST_F(GetTerminalTest, PausesAndResumes) {
  pty_process child{with_check(get(1)), here()};
  ASSERT_TRUE(child.read_until("0/1 files  512 B")) << child.output();
  child.write("p");
  ASSERT_TRUE(child.read_until("[paused]")) << child.output();
  rest.open();
  EXPECT_EQ(child.wait(500ms), exit_status::running); // nothing comes
  auto paused = frames_of(child.output()).back();
  EXPECT_THAT(paused.back(),
              AllOf(StartsWith("0/1 files  512 B"), EndsWith("[paused]")));
  child.write("p");
  EXPECT_TRUE(child.wait().ok()) << child.output();
  EXPECT_THAT(child.output(), HasSubstr("1 of 1 files, 1.0 KiB"));
  EXPECT_THAT(child.output(), EndsWith("restored\r\n"));
  EXPECT_THAT(folder.files(), ElementsAre("f1"));
}

TEST_F(GetTerminalTest, CancelsByKey) {
  pty_process child{with_check(get(2)), here()};
  ASSERT_TRUE(child.read_until("0/2 files  1.0 KiB")) << child.output();
  child.write("q");
  EXPECT_EQ(child.wait().code, 130) << child.output();
  EXPECT_THAT(child.output(),
              AllOf(HasSubstr("2 cancelled"), EndsWith("restored\r\n")));
  EXPECT_THAT(folder.files(), IsEmpty());
}

TEST_F(GetTerminalTest, CancelsWhilePaused) {
  pty_process child{with_check(get(2)), here()};
  ASSERT_TRUE(child.read_until("0/2 files  1.0 KiB")) << child.output();
  child.write("p");
  ASSERT_TRUE(child.read_until("[paused]")) << child.output();
  child.write("q");
  EXPECT_EQ(child.wait().code, 130) << child.output();
  EXPECT_THAT(child.output(), EndsWith("restored\r\n"));
  EXPECT_THAT(folder.files(), IsEmpty());
}

TEST_F(GetTerminalTest, CancelsGracefullyOnCtrlC) {
  pty_process child{with_check(get(2)), here()};
  ASSERT_TRUE(child.read_until("0/2 files  1.0 KiB")) << child.output();
  child.write("\x03");
  EXPECT_EQ(child.wait().code, 130) << child.output();
  EXPECT_THAT(child.output(),
              AllOf(HasSubstr("2 cancelled"), EndsWith("restored\r\n")));
  EXPECT_THAT(folder.files(), IsEmpty());
}

TEST_F(GetTerminalTest, CancelsGracefullyOnCtrlBackslash) {
  pty_process child{with_check(get(2)), here()};
  ASSERT_TRUE(child.read_until("0/2 files  1.0 KiB")) << child.output();
  child.write("\x1c");
  EXPECT_EQ(child.wait().code, 130) << child.output();
  EXPECT_THAT(child.output(),
              AllOf(HasSubstr("2 cancelled"), EndsWith("restored\r\n")));
  EXPECT_THAT(folder.files(), IsEmpty());
}

TEST_F(GetTerminalTest, ExitsAtOnceOnASecondCtrlC) {
  pty_process child{with_check(get(2)), here()};
  ASSERT_TRUE(child.read_until("0/2 files  1.0 KiB")) << child.output();
  child.write("\x03\x03");
  EXPECT_EQ(child.wait(2s).code, 130) << child.output();
  EXPECT_THAT(child.output(), EndsWith("restored\r\n"));
}

/// A shell with job control, in which a command is run.
class GetJobControlTest : public GetTerminalTest {
protected:
  GetJobControlTest() {
    EXPECT_TRUE(shell.read_until("ready> ")) << shell.output();
  }

  void run(const std::string& line) { shell.write(line + "\r"); }

  /// Whether the keys of the command in the foreground do what they should.
  void expect_keys() {
    shell.write("p");
    EXPECT_TRUE(shell.read_until("[paused]")) << shell.output();
    shell.write("p");
    rest.open();
    EXPECT_TRUE(shell.read_until("1 of 1 files")) << shell.output();
    run("exit");
    EXPECT_TRUE(shell.wait().ok()) << shell.output();
  }

  pty_process shell{{"bash", "--norc", "--noediting", "-i"},
                    here().env("PS1", "ready> ").env("SERVER", server.url())};
};

TEST_F(GetJobControlTest, GivesTheTerminalBackWhileItIsSuspended) {
  run("stty -g > before; " TROUPE_COMMAND " get ${SERVER}f1");
  ASSERT_TRUE(shell.read_until("0/1 files  512 B")) << shell.output();
  shell.write("\x1a");
  ASSERT_TRUE(shell.read_until("Stopped")) << shell.output();
  run("stty -g | cmp - before && echo sa''me; fg");
  EXPECT_TRUE(shell.read_until("same")) << shell.output();
  EXPECT_TRUE(shell.read_until("0/1 files  512 B")) << shell.output();
  expect_keys();
}

TEST_F(GetJobControlTest, TakesTheTerminalOnceItIsInTheForegroundAgain) {
  run(TROUPE_COMMAND " get ${SERVER}f1");
  ASSERT_TRUE(shell.read_until("0/1 files  512 B")) << shell.output();
  shell.write("\x1a");
  ASSERT_TRUE(shell.read_until("Stopped")) << shell.output();
  run("bg; echo no''w");
  ASSERT_TRUE(shell.read_until("now")) << shell.output();
  run("fg");
  EXPECT_TRUE(shell.read_until("0/1 files  512 B")) << shell.output();
  expect_keys();
}

TEST_F(GetJobControlTest, TakesTheTerminalAfterAStartInTheBackground) {
  run(TROUPE_COMMAND " get ${SERVER}f1 &");
  ASSERT_TRUE(shell.read_until("0/1 files  512 B")) << shell.output();
  run("fg");
  EXPECT_TRUE(shell.read_until("0/1 files  512 B")) << shell.output();
  expect_keys();
}

TEST_F(GetTerminalTest, LeavesTheTerminalToAListThatIsTyped) {
  rest.open();
  pty_process child{command({"get", "-i", "-"}), here()};
  child.write(server.url("/typed") + "\r");
  EXPECT_TRUE(server.wait_for_requests("/typed", 1));
  child.write("\x04"); // the end
  EXPECT_TRUE(child.wait().ok()) << child.output();
  EXPECT_THAT(child.output(), HasSubstr("1 of 1 files"));
  EXPECT_THAT(child.output(), Not(HasSubstr("\x1b")));
}

} // namespace

} // namespace troupe::test
