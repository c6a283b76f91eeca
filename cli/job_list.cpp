#include "cli/job_list.hpp"

#include "cli/display.hpp"
#include "cli/usage_error.hpp"
#include "troupe/http/digest.hpp"
#include "troupe/http/file_name.hpp"
#include "troupe/http/url.hpp"

#include <algorithm>
#include <cstring>
#include <strings.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace troupe::cli {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

std::string_view take_word(std::string_view& rest) {
  const auto* first = std::find_if_not(rest.begin(), rest.end(), is_blank);
  const auto* last = std::find_if(first, rest.end(), is_blank);
  std::string_view word{first, last};
  rest = {last, rest.end()};
  return word;
}

/// What is refused may hold anything.
[[noreturn]] void refuse(const std::string& why) {
  throw usage_error{printable(why)};
}

/// "http://host:80"
std::string_view server_of(std::string_view url) {
  return url.substr(0, url.find_first_of("/?#", url.find("//") + 2));
}

bool has_scheme(const std::string& url, const char* scheme) {
  return strncasecmp(url.c_str(), scheme, std::strlen(scheme)) == 0;
}

} // namespace

job parse_job(std::string_view line) {
  std::string server;
  return parse_job(line, server);
}

job parse_job(std::string_view line, std::string& server) {
  job result;
  result.url = take_word(line);
  if (!has_scheme(result.url, "http://") && !has_scheme(result.url, "https://"))
    refuse("\"" + http::without_credentials(result.url)
           + "\" is not a URL of http:// or https://");
  if (auto of_this = server_of(result.url); of_this != server) {
    if (auto good = http::check_url(std::string{of_this}); !good)
      refuse(good.error().message());
    server = of_this;
  }
  auto take_more = [&line] {
    auto word = take_word(line);
    if (word.starts_with('#'))
      word = line = {}; // a comment
    return word;
  };
  auto word = take_more();
  if (!word.empty() && word.find(':') == std::string_view::npos) {
    if (auto checked = http::check_relative_path(word); !checked)
      refuse(checked.error().message());
    result.path = word;
    word = take_more();
  }
  if (!word.empty()) {
    auto checksum = http::parse_checksum(word);
    if (!checksum)
      refuse(checksum.error().message());
    result.checksum = *checksum;
    word = take_more();
  }
  if (!word.empty())
    refuse("\"" + std::string{word}
           + "\" is too much: a line is URL [PATH] [ALGO:HEX]");
  return result;
}

job_list::job_list(std::vector<job> jobs) : jobs_(std::move(jobs)) {}

job_list::job_list(std::string file) : file_(std::move(file)) {
  open();
}

void job_list::open() {
  line_ = 0;
  try {
    lines_ = std::make_unique<line_reader>(file_);
  } catch (const std::system_error& failed) {
    throw usage_error{"--input: cannot read \"" + file_
                      + "\": " + failed.code().message()};
  }
  struct stat info {};
  auto known =
    file_ == "-" ? ::fstat(STDIN_FILENO, &info) : ::stat(file_.c_str(), &info);
  // Where standard input stands in a file is not ours to change.
  stream_ = file_ == "-" || known != 0 || !S_ISREG(info.st_mode);
  if (known == 0 && S_ISDIR(info.st_mode))
    throw usage_error{"--input: \"" + file_ + "\" is a folder"};
}

bool job_list::is_typed() const {
  return file_ == "-" && ::isatty(STDIN_FILENO) != 0;
}

std::optional<job> job_list::next() {
  if (!lines_)
    return next_job_ < jobs_.size() ? std::optional{jobs_[next_job_++]}
                                    : std::nullopt;
  auto name = file_ == "-" ? "standard input" : file_;
  try {
    while (auto line = lines_->next()) {
      ++line_;
      auto first = std::find_if_not(line->begin(), line->end(), is_blank);
      if (first != line->end() && *first != '#')
        return parse_job(*line, server_);
    }
  } catch (const usage_error& wrong) {
    throw usage_error{name + ", line " + std::to_string(line_) + ": "
                      + wrong.what()};
  } catch (const std::system_error& failed) {
    throw usage_error{"--input: cannot read \"" + name
                      + "\": " + failed.code().message()};
  }
  return std::nullopt;
}

std::optional<std::uint64_t> job_list::count() {
  if (!lines_)
    return jobs_.size();
  if (stream_)
    return std::nullopt;
  std::uint64_t result = 0;
  while (next())
    ++result;
  open();
  return result;
}

void job_list::stop_waiting() const {
  if (stream_)
    lines_->stop();
}

} // namespace troupe::cli
