#include "cli/commands.hpp"
#include "cli/display.hpp"
#include "cli/get.hpp"
#include "cli/usage_error.hpp"
#include "troupe/http/digest.hpp"
#include "troupe/http/url.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <iomanip>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace troupe::cli {

namespace {

/// The options as they are written, before they are checked together.
struct written {
  std::vector<std::string> urls;
  std::string input;
  std::string checksum;
  std::size_t jobs = 64;
  std::size_t per_host = 16;
  std::uint64_t starts_per_host = 0;
  std::uint32_t retries = 5;
  std::uint32_t max_redirects = 20;
  double connect_timeout = 30;
  double timeout = 0;
  std::uint64_t low_speed = 1;
  std::uint64_t rate = 0;
  std::vector<std::string> headers;
  std::string proxy;
  std::string ca_file;
  bool netrc = false;
  bool http1 = false;
  std::string on_error = "continue";
  std::string progress = "auto";
  get_options get;
};

enum class zero { refused, taken };

/// Takes numbers from `least` to `most`.
///
/// @param nought Whether 0 is taken as well.
CLI::Validator number(double least, double most, zero nought = zero::refused) {
  auto check = [=](std::string& text) -> std::string {
    double x = 0;
    const auto* end = text.data() + text.size();
    auto read = std::from_chars(text.data(), end, x);
    auto takes_zero = nought == zero::taken;
    if (read.ec == std::errc{} && read.ptr == end
        && ((x >= least && x <= most) || (takes_zero && x == 0)))
      return {};
    std::ostringstream out;
    out << std::setprecision(9) << '"' << text << "\" is not "
        << (takes_zero ? "0, nor " : "") << "a number from " << least << " to "
        << most;
    return out.str();
  };
  return CLI::Validator{check, ""};
}

/// Takes bytes, as "500K" or "1.5M", and makes a plain number of them.
CLI::Validator byte_count() {
  auto check = [](std::string& text) -> std::string {
    double x = 0;
    const auto* end = text.data() + text.size();
    auto read = std::from_chars(text.data(), end, x);
    auto unit = CLI::detail::to_lower(std::string{read.ptr, end});
    constexpr std::string_view letters = "bkmgt";
    auto power = unit.empty() ? 0 : letters.find(unit.front());
    auto rest = unit.empty() ? unit : unit.substr(1);
    auto suffix = rest.empty() || (power > 0 && (rest == "b" || rest == "ib"));
    constexpr double most = 1e18;
    if (read.ec != std::errc{} || power == std::string_view::npos || !suffix
        || !(x >= 0) || !((x *= std::pow(1024, power)) <= most))
      return '"' + text + "\" is not a number of bytes, as 500K or 2M";
    text = std::to_string(static_cast<std::uint64_t>(x));
    return {};
  };
  return CLI::Validator{check, ""};
}

CLI::Validator one_of(std::initializer_list<std::string> words) {
  auto check = [words = std::vector<std::string>{words}](
                 const std::string& text) -> std::string {
    std::string list;
    for (const auto& word : words) {
      if (word == text)
        return {};
      list += (list.empty() ? "" : ", ") + word;
    }
    return '"' + text + "\" is none of " + list;
  };
  return CLI::Validator{check, ""};
}

CLI::Validator readable() {
  auto check = [](const std::string& file) -> std::string {
    std::ifstream in{file};
    (void)in.peek(); // a folder can be opened
    return in.is_open() && !in.bad() ? "" : "\"" + file + "\" cannot be read";
  };
  return CLI::Validator{check, ""};
}

duration seconds(double x) {
  return std::chrono::duration_cast<duration>(std::chrono::duration<double>(x));
}

job_list jobs_of(const written& x) {
  if (!x.input.empty() && !x.urls.empty())
    throw usage_error{"--input: give either a list or URLs, not both"};
  if (!x.input.empty()) {
    if (!x.checksum.empty())
      throw usage_error{"--checksum is for a single URL; in a list each line "
                        "may have its own"};
    return job_list{x.input};
  }
  if (x.urls.empty())
    throw usage_error{"nothing to download: give a URL or --input FILE"};
  if (!x.checksum.empty() && x.urls.size() > 1)
    throw usage_error{"--checksum is for a single URL"};
  std::vector<job> jobs;
  for (const auto& url : x.urls) {
    if (url.find_first_of(" \t\r\n") != std::string::npos)
      throw usage_error{"URL: \"" + printable(http::without_credentials(url))
                        + "\" has a blank in it, which is written %20"};
    jobs.push_back(parse_job(url));
  }
  if (!x.checksum.empty()) {
    auto checksum = http::parse_checksum(x.checksum);
    if (!checksum)
      throw usage_error{"--checksum: " + checksum.error().message()};
    jobs.front().checksum = *checksum;
  }
  return job_list{std::move(jobs)};
}

get_options options_of(const written& x) {
  auto result = x.get;
  result.on_error =
    x.on_error == "cancel" ? on_error::cancel_siblings : on_error::collect;
  static const std::map<std::string, progress_style> styles{
    {"auto", progress_style::automatic},
    {"bar", progress_style::bar},
    {"plain", progress_style::plain},
    {"none", progress_style::none}};
  result.progress = styles.at(x.progress);
  result.session.jobs(x.jobs)
    .per_host(x.per_host)
    .starts_per_host(x.starts_per_host)
    .retries(x.retries)
    .max_redirects(x.max_redirects)
    .connect_timeout(seconds(x.connect_timeout))
    .timeout(x.timeout > 0 ? seconds(x.timeout) : forever)
    .low_speed(x.low_speed)
    .rate(x.rate)
    .proxy(x.proxy)
    .ca_file(x.ca_file)
    .netrc(x.netrc)
    .http1(x.http1)
    .unique_targets(true);
  if (!x.proxy.empty())
    if (auto good = http::check_proxy(x.proxy); !good)
      throw usage_error{"--proxy: " + good.error().message()};
  for (const auto& header : x.headers) {
    auto name = std::string_view{header}.substr(0, header.find(':'));
    if (name.empty() || name.size() == header.size()
        || name.find_first_of(" \t") != std::string_view::npos
        || header.find_first_of("\r\n") != std::string::npos)
      throw usage_error{"--header: \"" + header + "\" is not NAME: VALUE"};
    result.session.header(header);
  }
  return result;
}

} // namespace

void add_get(CLI::App& app, int& exit_code) {
  add_get(app, [&exit_code](const get_options& options, job_list jobs) {
    exit_code = get(options, std::move(jobs));
  });
}

void add_get(CLI::App& app,
             const std::function<void(const get_options&, job_list)>& get) {
  auto* get_app = app.add_subcommand("get", "Download files concurrently");
  auto x = std::make_shared<written>();
  constexpr double shortest = 0.001; // libcurl counts milliseconds
  constexpr double longest = 1e6;

  get_app->add_option("URL", x->urls, "What to download, from http or https")
    ->option_text("...");
  get_app
    ->add_option("-i,--input", x->input,
                 "Read a list, \"-\" from standard input; a line is\n"
                 "URL [PATH] [ALGO:HEX], with no blank in a path and\n"
                 "no \":\"; # after a blank begins a comment")
    ->type_name("FILE");
  get_app
    ->add_option("-o,--output-dir", x->get.folder,
                 "Where files go, made if missing (default: here)")
    ->type_name("DIR");
  get_app->add_option("-j,--jobs", x->jobs, "Most transfers at once (64)")
    ->type_name("N")
    ->check(number(1, 100000));
  get_app
    ->add_option("--per-host", x->per_host,
                 "Most transfers at once from one host (16)")
    ->type_name("N")
    ->check(number(1, 100000));
  get_app
    ->add_option("--starts-per-host", x->starts_per_host,
                 "Most transfers that begin in a second at one host,\n"
                 "further tries and redirects too (0: no limit)")
    ->type_name("N")
    ->check(number(0, 1e6));
  get_app->add_option("--retries", x->retries, "Tries after the first (5)")
    ->type_name("N")
    ->check(number(0, 1000));
  get_app
    ->add_option("--max-redirects", x->max_redirects,
                 "Most redirects to follow (20); with 0 they fail")
    ->type_name("N")
    ->check(number(0, 1000));
  get_app
    ->add_option("--connect-timeout", x->connect_timeout,
                 "Longest time to connect (30)")
    ->type_name("SECONDS")
    ->check(number(shortest, longest));
  get_app
    ->add_option("--timeout", x->timeout,
                 "Longest time of one try, pauses aside (0: no end)")
    ->type_name("SECONDS")
    ->check(number(shortest, longest, zero::taken));
  get_app
    ->add_option("--low-speed", x->low_speed,
                 "End a try that is slower than this for 60 s (1);\n"
                 "0 never does")
    ->type_name("BYTES/s")
    ->transform(byte_count());
  get_app
    ->add_option("--rate", x->rate,
                 "Most bytes per second of all together, as 500K or\n"
                 "2M (0: no limit)")
    ->type_name("BYTES/s")
    ->transform(byte_count());
  get_app
    ->add_option("--checksum", x->checksum,
                 "What a single URL must have: sha256, sha512, md5;\n"
                 "a file that has it already is not downloaded")
    ->type_name("ALGO:HEX");
  get_app
    ->add_option("--header", x->headers,
                 "Send \"NAME: VALUE\" with every request; repeatable")
    ->option_text("HEADER")
    ->type_name("HEADER")
    ->allow_extra_args(false);
  get_app
    ->add_option("--proxy", x->proxy,
                 "Go through a proxy (default: http_proxy and the\n"
                 "like from the environment)")
    ->type_name("URL");
  get_app->add_option("--cacert", x->ca_file, "Trust these certificates only")
    ->type_name("FILE")
    ->check(readable());
  get_app->add_flag("--netrc", x->netrc, "Take passwords from ~/.netrc");
  get_app->add_flag("--http1.1", x->http1, "Do not use HTTP/2");
  get_app
    ->add_option("--on-error", x->on_error,
                 "After a failure, \"continue\" with the others or\n"
                 "\"cancel\" them (continue)")
    ->type_name("WHAT")
    ->check(one_of({"continue", "cancel"}));
  get_app->add_flag("--discard", x->get.discard,
                    "Read everything and throw it away");
  get_app
    ->add_option("--report", x->get.report,
                 "Write a line of JSON for each download and one for\n"
                 "all; \"-\" to standard output")
    ->type_name("FILE");
  get_app->add_flag("-q,--quiet", x->get.quiet, "Print failures only");
  get_app
    ->add_option("--progress", x->progress,
                 "auto, bar, plain or none (auto: a bar on a\n"
                 "terminal, else plain lines)")
    ->type_name("HOW")
    ->check(one_of({"auto", "bar", "plain", "none"}));
  get_app->footer(
    "Keys while the bar is shown: p pauses and resumes, q cancels. Ctrl-C\n"
    "always cancels; a second one exits at once. A large file is NAME.part\n"
    "until it is whole.\n"
    "Exit code: 0 all done, 1 some failed, 2 wrong usage, 130 cancelled.");
  get_app->callback([x, get] { get(options_of(*x), jobs_of(*x)); });
}

} // namespace troupe::cli
