#include "cli/command.hpp"
#include "support/nginx.hpp"
#include "support/scripted_server.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace troupe::test {

namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class GetListTest : public testing::Test {
protected:
  GetListTest() { server.on_other(respond(200, "hello")); }

  process_options here() { return process_options{}.cwd(folder.path()); }

  /// Makes a named pipe and opens it for writing.
  [[nodiscard]] unique_fd make_pipe(const std::string& name) {
    checked(::mkfifo((folder / name).c_str(), 0600));
    // For reading too, so that opening does not wait.
    return checked_fd(::open((folder / name).c_str(), O_RDWR | O_CLOEXEC),
                      name);
  }

  static void checked(int result) {
    if (result != 0)
      throw_errno("mkfifo");
  }

  static void write(const unique_fd& pipe, const std::string& text) {
    EXPECT_EQ(::write(pipe.get(), text.data(), text.size()),
              static_cast<ssize_t>(text.size()));
  }

  scripted_server server;
  temp_dir folder{temp_dir::place::memory};
};

TEST_F(GetListTest, TakesPathsChecksumsAndComments) {
  folder.write(
    "list",
    "# two files\n" + server.url("/a") + "\n\n" + server.url("/b")
      + " dir/b.txt "
        "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b98"
        "24\r\n");
  auto x = run_command({"get", "-i", "list", "-o", "out"}, here());
  EXPECT_TRUE(x.status.ok()) << x.err;
  EXPECT_THAT(folder.files(), ElementsAre("list", "out/a", "out/dir/b.txt"));
}

TEST_F(GetListTest, ReadsStandardInput) {
  auto text = server.url("/a") + "\n" + server.url("/b") + "\n";
  auto x = run_command({"get", "-i", "-"}, here().input(text));
  EXPECT_TRUE(x.status.ok()) << x.err;
  EXPECT_THAT(folder.files(), ElementsAre("a", "b"));
}

TEST_F(GetListTest, IsDoneAtOnceWithAnEmptyList) {
  auto x = run_command({"get", "-i", "/dev/null"});
  EXPECT_TRUE(x.status.ok()) << x.err;
  EXPECT_THAT(x.err, HasSubstr("0 of 0 files"));
}

TEST_F(GetListTest, NamesAWrongLineBeforeAnythingIsDone) {
  folder.write("list", server.url("/a") + "\n# comment\nwrong\n");
  folder.write("report", "old");
  auto x = run_command({"get", "-i", "list", "-o", "out", "--report", "report"},
                       here());
  EXPECT_EQ(x.status.code, 2);
  EXPECT_THAT(x.err, AllOf(HasSubstr("list, line 3: "), HasSubstr("wrong")));
  EXPECT_THAT(server.requests(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
  EXPECT_EQ(folder.read("report"), "old");
}

TEST_F(GetListTest, NamesAWrongLineOfAStream) {
  auto x = run_command(
    {"get", "-i", "-"},
    here().input(std::string{"\n"}.append(server.url("/a")).append(" ../a\n")));
  EXPECT_EQ(x.status.code, 2);
  EXPECT_THAT(x.err, HasSubstr("standard input, line 2: the path \"../a\""));
}

TEST_F(GetListTest, BeginsBeforeAPipeEnds) {
  auto pipe = make_pipe("pipe");
  process child{command({"get", "-i", "pipe"}), here()};
  write(pipe, server.url("/a") + "\n");
  EXPECT_TRUE(server.wait_for_requests("/a", 1));
  EXPECT_EQ(child.wait(0ms), exit_status::running);
  write(pipe, server.url("/b") + "\n");
  EXPECT_TRUE(server.wait_for_requests("/b", 1));
  pipe.reset();
  EXPECT_TRUE(child.wait().ok()) << child.err();
  EXPECT_THAT(folder.files(), ElementsAre("a", "b", "pipe"));
}

TEST_F(GetListTest, IsCancelledWhileAPipeIsSilent) {
  auto pipe = make_pipe("pipe");
  process child{command({"get", "-i", "pipe", "--report", "-"}), here()};
  write(pipe, server.url("/a") + "\n");
  EXPECT_TRUE(child.wait_for_output("\"done\""));
  child.signal(SIGINT);
  EXPECT_EQ(child.wait().code, 130);
}

TEST_F(GetListTest, EndsAfterAFailureWhileAPipeIsSilent) {
  server.on("/none", respond(404, ""));
  auto pipe = make_pipe("pipe");
  process child{command({"get", "-i", "pipe", "--on-error", "cancel"}), here()};
  write(pipe, server.url("/none") + "\n");
  EXPECT_EQ(child.wait().code, 1);
}

TEST_F(GetListTest, ASilentHostDoesNotHoldUpTheOthers) {
  scripted_server silent;
  silent.on_other([](connection& c) { c.hold(); });
  std::string list;
  for (auto i = 0; i < 1000; ++i)
    list += silent.url("/") + std::to_string(i) + '\n';
  folder.write("list", list + server.url("/good") + '\n');
  process child{command({"get", "-i", "list", "--discard", "-j", "8",
                         "--per-host", "4", "--report", "-"}),
                here()};
  EXPECT_TRUE(child.wait_for_output(server.url("/good")));
  EXPECT_LE(silent.requests().size(), 4U);
  child.signal(SIGINT);
  EXPECT_EQ(child.wait().code, 130);
}

TEST_F(GetListTest, NamesALineWhoseUrlIsNone) {
  auto list = server.url("/a") + "\nhttp://[bad\n";
  folder.write("list", list);
  auto x = run_command({"get", "-i", "list", "-o", "out"}, here());
  EXPECT_EQ(x.status.code, 2);
  EXPECT_THAT(x.err, HasSubstr("list, line 2: \"http://[bad\" is no URL"));
  EXPECT_THAT(server.requests(), IsEmpty());
  auto stream =
    run_command({"get", "-i", "-", "--discard"}, here().input(list));
  EXPECT_EQ(stream.status.code, 2);
  EXPECT_THAT(stream.err, HasSubstr("standard input, line 2: "));
}

/// Memory that a child used at most, in MiB. At least as much as this process
/// had when it started the child.
long peak_of_children() {
  rusage used{};
  ::getrusage(RUSAGE_CHILDREN, &used);
  return used.ru_maxrss / 1024;
}

class MillionTest : public GetListTest {
protected:
  static constexpr int million = 1'000'000;
#if defined(__SANITIZE_ADDRESS__)
  static constexpr long most_memory = 3000;
#else
  static constexpr long most_memory = 200;
#endif

  void make_list(const std::string& url, int lines = million) {
    std::ofstream out{folder / "list"};
    for (auto i = 0; i < lines; ++i)
      out << url << i << '\n';
  }
};

TEST_F(MillionTest, CostsLittleMemoryWhenCancelled) {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "with a sanitizer it takes minutes";
#endif
  make_list(server.url("/"));
  process child{command({"get", "-i", "list", "--discard", "-j", "64",
                         "--report", "report"}),
                here()};
  ASSERT_TRUE(server.wait_for_requests(3000, 60s));
  child.signal(SIGINT);
  EXPECT_EQ(child.wait(60s).code, 130);
  EXPECT_THAT(child.err(), HasSubstr(" of 1000000 files"));
  EXPECT_LT(peak_of_children(), most_memory);
}

// A tenth of a million, for the sake of time: `./dev bench get --scenario
// million` comes to the end of all. Nothing is written here, so that no names
// are kept: `FileNamesTest` has what a million of them cost.
TEST_F(MillionTest, CostsLittleMemoryToTheEnd) {
  constexpr int lines = million / 10;
  nginx files;
  files.add_file("x", "hello");
  make_list(files.url("/x?"), lines);
  auto x = run_command({"get", "-i", "list", "--discard", "-j", "64",
                        "--per-host", "64", "--report", "report"},
                       here(), 100s);
  EXPECT_TRUE(x.status.ok()) << x.err;
  EXPECT_THAT(x.err, HasSubstr("100000 of 100000 files"));
  EXPECT_LT(peak_of_children(), most_memory);
}

} // namespace

} // namespace troupe::test
