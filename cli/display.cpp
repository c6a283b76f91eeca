#include "cli/display.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace troupe::cli {

namespace {

std::string print(const char* format, auto... values) {
  std::array<char, 128> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

/// Characters from `first` to `last`, in order.
struct range {
  char32_t first;
  char32_t last;
};

/// Those that take no column: combining marks and joiners.
constexpr std::array narrow_ranges{
  range{0x300, 0x36F},   range{0x483, 0x489},   range{0x591, 0x5BD},
  range{0x610, 0x61A},   range{0x64B, 0x65F},   range{0x1AB0, 0x1AFF},
  range{0x1DC0, 0x1DFF}, range{0x200B, 0x200D}, range{0x20D0, 0x20FF},
  range{0xFE00, 0xFE0F}, range{0xFE20, 0xFE2F},
};

/// Those that take two: East Asian Wide and Fullwidth (UAX #11), roughly.
constexpr std::array wide_ranges{
  range{0x1100, 0x115F},   range{0x231A, 0x231B},   range{0x23E9, 0x23F3},
  range{0x25FD, 0x25FE},   range{0x2614, 0x2615},   range{0x2648, 0x2653},
  range{0x267F, 0x26FF},   range{0x2705, 0x27BF},   range{0x2B1B, 0x2B55},
  range{0x2E80, 0x303E},   range{0x3041, 0xA4CF},   range{0xA960, 0xA97F},
  range{0xAC00, 0xD7A3},   range{0xF900, 0xFAFF},   range{0xFE30, 0xFE6F},
  range{0xFF00, 0xFF60},   range{0xFFE0, 0xFFE6},   range{0x16FE0, 0x1B2FF},
  range{0x1F004, 0x1F2FF}, range{0x1F300, 0x1FAFF}, range{0x20000, 0x3FFFD},
};

bool contains(const auto& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(), [c](const range& x) {
    return c >= x.first && c <= x.last;
  });
}

/// Control characters, and those that change the direction of a text.
bool controls(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x2028 && c <= 0x202E)
         || c == 0x200E || c == 0x200F || (c >= 0x2066 && c <= 0x2069);
}

/// A character of UTF-8.
struct character {
  char32_t code;
  std::string_view bytes;
};

/// Takes the first character off a text; what cannot be shown becomes "?".
character take_character(std::string_view& text) {
  auto byte = [&](std::size_t i) {
    return static_cast<unsigned char>(i < text.size() ? text[i] : '\0');
  };
  auto first = byte(0);
  std::size_t length = first < 0x80              ? 1
                       : (first & 0xE0U) == 0xC0 ? 2
                       : (first & 0xF0U) == 0xE0 ? 3
                       : (first & 0xF8U) == 0xF0 ? 4
                                                 : 0;
  char32_t code = length == 1 ? first : first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80)
      length = 0;
    code = code << 6U | (byte(i) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  character result{U'?', "?"};
  if (length > 0 && code >= least.at(length) && code <= 0x10FFFF
      && (code < 0xD800 || code > 0xDFFF) && !controls(code))
    result = {code, text.substr(0, length)};
  text.remove_prefix(std::max<std::size_t>(length, 1));
  return result;
}

std::size_t columns_of(const character& x) {
  return x.code < 0x300                    ? 1
         : contains(narrow_ranges, x.code) ? 0
         : contains(wide_ranges, x.code)   ? 2
                                           : 1;
}

std::size_t columns_of(std::string_view text) {
  std::size_t result = 0;
  while (!text.empty())
    result += columns_of(take_character(text));
  return result;
}

/// When all may be over, going by the part of the jobs that is done.
std::string time_left(const view& what) {
  if (!what.total || what.ended >= *what.total)
    return {};
  auto all = static_cast<double>(*what.total);
  auto done = static_cast<double>(what.ended) + what.running_share;
  if (done <= 0)
    return {};
  return "  ETA "
         + human_seconds(what.seconds * std::max(0.0, all - done) / done);
}

} // namespace

std::string human_bytes(double bytes) {
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < units.size(); ++unit)
    bytes /= 1024;
  return unit == 0 ? print("%.0f B", bytes)
                   : print("%.1f %s", bytes, units.at(unit));
}

std::string human_seconds(double seconds) {
  auto all = static_cast<std::uint64_t>(std::llround(seconds));
  auto h = static_cast<unsigned long long>(all / 3600);
  auto m = static_cast<unsigned>(all / 60 % 60);
  auto s = static_cast<unsigned>(all % 60);
  return h > 0 ? print("%llu:%02u:%02u", h, m, s) : print("%u:%02u", m, s);
}

std::string human_elapsed(double seconds) {
  return seconds < 10 ? print("%.1f s", seconds) : human_seconds(seconds);
}

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty())
    result += take_character(text).bytes;
  return result;
}

std::string fitted(std::string_view text, std::size_t columns) {
  if (columns_of(text) <= columns)
    return printable(text);
  if (columns == 0)
    return {};
  std::string result;
  for (std::size_t used = 0;;) {
    auto next = take_character(text);
    used += columns_of(next);
    if (used > columns - 1)
      return result + "…";
    result += next.bytes;
  }
}

std::string total_line(const view& what) {
  auto result = std::to_string(what.ended);
  if (what.total)
    result.append("/").append(std::to_string(*what.total));
  result += " files  ";
  result += human_bytes(static_cast<double>(what.bytes)) + "  ";
  result += human_bytes(what.bytes_per_second) + "/s";
  result += time_left(what);
  if (what.failed > 0)
    result += "  " + std::to_string(what.failed) + " failed";
  if (*what.state)
    result += std::string{"  ["} + what.state + "]";
  return result;
}

std::vector<std::string> bar_lines(const view& what, int columns, int rows) {
  // The last column stays free: a terminal may wrap after it. So does a row,
  // for the cursor.
  auto width = static_cast<std::size_t>(std::max(columns - 1, 1));
  auto most = std::min(what.running.size(),
                       static_cast<std::size_t>(std::max(rows - 2, 0)));
  std::vector<std::string> result;
  for (std::size_t i = 0; i < most; ++i) {
    const auto& row = what.running[i];
    auto size = human_bytes(static_cast<double>(row.bytes));
    if (row.total_bytes > 0)
      size = print("%3.0f%%  %s of %s",
                   100 * static_cast<double>(row.bytes)
                     / static_cast<double>(row.total_bytes),
                   size.c_str(),
                   human_bytes(static_cast<double>(row.total_bytes)).c_str());
    constexpr std::size_t size_width = 30;
    auto name_width = width > size_width + 12 ? width - size_width : width / 2;
    auto name = fitted(row.name, name_width);
    name.append(name_width - columns_of(name), ' ');
    name += "  ";
    name += size;
    result.push_back(fitted(name, width));
  }
  result.push_back(fitted(total_line(what), width));
  return result;
}

void bar::draw(std::vector<std::string> lines, int columns,
               std::string_view above) {
  if (lines == drawn_ && columns == columns_ && above.empty())
    return;
  std::string out;
  if (auto rows = rows_of(columns); rows > 0)
    out += "\x1b[" + std::to_string(rows) + "A";
  out += "\r\x1b[J";
  out += above;
  for (const auto& line : lines)
    out += line + "\n";
  drawn_ = std::move(lines);
  columns_ = columns;
  std::fwrite(out.data(), 1, out.size(), stderr);
  std::fflush(stderr);
}

void bar::clear(std::string_view above) {
  if (!drawn_.empty() || !above.empty())
    draw({}, columns_, above);
}

std::size_t bar::rows_of(int columns) const {
  // A terminal that became narrower has wrapped what was drawn before.
  auto width = static_cast<std::size_t>(std::max(columns, 1));
  std::size_t result = 0;
  for (const auto& line : drawn_)
    result += std::max<std::size_t>((columns_of(line) + width - 1) / width, 1);
  return result;
}

} // namespace troupe::cli
