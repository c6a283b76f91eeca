#include "cli/get_fixture.hpp"

namespace troupe::test {

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(CommandTest, HasHelpAndAVersion) {
  auto version = run_command({"--version"});
  EXPECT_THAT(version, ExitsWith(0));
  EXPECT_THAT(version.out, StartsWith("troupe 0."));
  auto help = run_command({"--help"});
  EXPECT_THAT(help, ExitsWith(0));
  EXPECT_THAT(help.out, AllOf(HasSubstr("get "), HasSubstr("demo ")));
  auto get = run_command({"get", "--help"});
  EXPECT_THAT(get, ExitsWith(0));
  for (const auto* option :
       {"-i,--input", "-o,--output-dir",   "-j,--jobs",  "--per-host",
        "--retries",  "--connect-timeout", "--timeout",  "--low-speed",
        "--rate",     "--checksum",        "--header",   "--proxy",
        "--cacert",   "--netrc",           "--http1.1",  "--on-error",
        "--discard",  "--report",          "-q,--quiet", "--progress",
        "Exit code",  "--starts-per-host", "no blank"})
    EXPECT_THAT(get.out, HasSubstr(option));
  for (const auto& line : lines_of(get.out))
    EXPECT_LE(line.size(), 80U) << line;
}

struct wrong_usage {
  std::vector<std::string> arguments;
  std::string named;
};

class WrongUsageTest : public testing::TestWithParam<wrong_usage> {};

TEST_P(WrongUsageTest, IsNamed) {
  auto x = run_command(GetParam().arguments);
  EXPECT_THAT(x, ExitsWith(2));
  EXPECT_THAT(x.out, IsEmpty());
  EXPECT_THAT(x.err,
              AllOf(StartsWith("troupe: "), HasSubstr(GetParam().named)));
}

constexpr const char* any_url = "http://127.0.0.1:1/";

INSTANTIATE_TEST_SUITE_P(
  All, WrongUsageTest,
  testing::Values(
    wrong_usage{{}, "get or demo"}, wrong_usage{{"got"}, "got"},
    wrong_usage{{"get"}, "--input"},
    wrong_usage{{"get", "--bogus", any_url}, "--bogus"},
    wrong_usage{{"get", "ftp://h/x"}, "\"ftp://h/x\""},
    wrong_usage{{"get", "http://h/a b"}, "\"http://h/a b\""},
    wrong_usage{{"get", "http://[bad"}, "\"http://[bad\" is no URL"},
    wrong_usage{{"get", "-i", "/dev/null", any_url}, "--input"},
    wrong_usage{{"get", "-i", "/no/list"}, "--input: cannot read \"/no/list\""},
    wrong_usage{{"get", "-i", "/"}, "--input: \"/\" is a folder"},
    wrong_usage{{"get", "-o", "/proc/x", any_url},
                "--output-dir: cannot create \"/proc/x\": No such"},
    wrong_usage{{"get", "--jobs", "0", any_url}, "--jobs: \"0\""},
    wrong_usage{{"get", "--jobs"}, "--jobs"},
    wrong_usage{{"get", "--jobs", "many", any_url}, "--jobs: \"many\""},
    wrong_usage{{"get", "--per-host", "0", any_url}, "--per-host"},
    wrong_usage{{"get", "--starts-per-host=-1", any_url}, "--starts-per-host"},
    wrong_usage{{"get", "--retries=-1", any_url}, "--retries"},
    wrong_usage{{"get", "--max-redirects=-1", any_url}, "--max-redirects"},
    wrong_usage{{"get", "--connect-timeout", "0", any_url},
                "--connect-timeout"},
    wrong_usage{{"get", "--connect-timeout", "1e-12", any_url},
                "--connect-timeout: \"1e-12\""},
    wrong_usage{{"get", "--timeout", "nan", any_url}, "--timeout"},
    wrong_usage{{"get", "--timeout", "1e-12", any_url},
                "--timeout: \"1e-12\" is not 0, nor a number from 0.001"},
    wrong_usage{{"get", "--low-speed=-3", any_url}, "--low-speed"},
    wrong_usage{{"get", "--rate", "5X", any_url}, "--rate: \"5X\""},
    wrong_usage{{"get", "--rate=-5", any_url}, "--rate: \"-5\""},
    wrong_usage{{"get", "--checksum", "sha256:12", any_url}, "--checksum"},
    wrong_usage{{"get", "--checksum", "md5:12", any_url, any_url},
                "--checksum"},
    wrong_usage{{"get", "--checksum", "md5:12", "-i", "-"}, "--checksum"},
    wrong_usage{{"get", "--header", "none", any_url}, "--header: \"none\""},
    wrong_usage{{"get", "--header", "My Header: x", any_url},
                "--header: \"My Header: x\""},
    wrong_usage{{"get", "--header", ": x", any_url}, "--header: \": x\""},
    wrong_usage{{"get", "--cacert", "/no/file", any_url},
                "--cacert: \"/no/file\" cannot be read"},
    wrong_usage{{"get", "--cacert", "/", any_url}, "--cacert: \"/\""},
    wrong_usage{{"get", "--proxy", "http://a:secret@h:bad", any_url},
                "--proxy: \"http://***@h:bad\" is no URL"},
    wrong_usage{{"get", "--proxy", "ftp://a:secret@h:1", any_url},
                "--proxy: \"ftp://***@h:1\" is no proxy: its scheme, ftp, is"},
    wrong_usage{{"get", "--proxy", "nonsense://x", any_url},
                "--proxy: \"nonsense://x\""},
    wrong_usage{{"get", "--on-error", "stop", any_url}, "--on-error: \"stop\""},
    wrong_usage{{"get", "--progress", "lots", any_url}, "--progress: \"lots\""},
    wrong_usage{{"get", "--report", "/no/report", any_url},
                "--report: cannot write \"/no/report\""}));

} // namespace

} // namespace troupe::test
