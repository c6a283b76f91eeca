#include "troupe/http/file_name.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <optional>

namespace troupe::http {

namespace {

constexpr std::string_view part_suffix = ".part";
constexpr std::size_t longest_name = 255 - part_suffix.size();

std::string percent_decoded(std::string_view text) {
  auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9')
      return c - '0';
    auto lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  };
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0
        && digit(text[i + 2]) >= 0) {
      result += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

/// How many bytes the UTF-8 sequence at the start of `text` has; 0 if it is
/// none. Overlong forms and surrogates are none (RFC 3629).
std::size_t utf8_length(std::string_view text) {
  auto byte = [&](std::size_t i) {
    return static_cast<std::uint8_t>(i < text.size() ? text[i] : 0);
  };
  auto first = byte(0);
  if (first < 0x80)
    return 1;
  std::size_t length = 0;
  if (first >= 0xC2 && first <= 0xDF)
    length = 2;
  else if ((first & 0xF0) == 0xE0)
    length = 3;
  else if (first >= 0xF0 && first <= 0xF4)
    length = 4;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80)
      return 0;
  if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F)
      || (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F))
    return 0;
  return length;
}

/// Shortens a name and keeps what stands behind its last dot.
std::string shortened(const std::string& name) {
  if (name.size() <= longest_name)
    return name;
  auto dot = name.rfind('.');
  auto extension = dot == std::string::npos || name.size() - dot > 16
                     ? std::string{}
                     : name.substr(dot);
  auto keep = longest_name - extension.size();
  while (keep > 0 && (static_cast<std::uint8_t>(name[keep]) & 0xC0) == 0x80)
    --keep; // not in the middle of a character
  return name.substr(0, keep) + extension;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty()
         && std::isspace(static_cast<unsigned char>(text.front())))
    text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
    text.remove_suffix(1);
  return text;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) {
                      return std::tolower(x) == std::tolower(y);
                    });
}

/// Takes one `; name=value` off the front of a header; quotes are undone.
std::optional<std::pair<std::string_view, std::string>>
take_parameter(std::string_view& rest) {
  auto equals = rest.find('=');
  auto semicolon = rest.substr(0, equals).rfind(';');
  if (equals == std::string_view::npos || semicolon == std::string_view::npos)
    return std::nullopt;
  rest.remove_prefix(semicolon + 1);
  equals -= semicolon + 1;
  auto name = trimmed(rest.substr(0, equals));
  rest = trimmed(rest.substr(equals + 1));
  std::string value;
  if (!rest.empty() && rest.front() == '"') {
    std::size_t i = 1;
    for (; i < rest.size() && rest[i] != '"'; ++i) {
      if (rest[i] == '\\' && i + 1 < rest.size())
        ++i;
      value += rest[i];
    }
    rest.remove_prefix(std::min(i + 1, rest.size()));
  } else {
    auto end = std::min(rest.find(';'), rest.size());
    value = trimmed(rest.substr(0, end));
    rest.remove_prefix(end);
  }
  return std::pair{name, value};
}

} // namespace

std::string name_from_url(std::string_view url) {
  url = url.substr(0, std::min(url.find('?'), url.find('#')));
  if (auto scheme = url.find("://"); scheme != std::string_view::npos)
    url.remove_prefix(scheme + 3);
  auto path = url.find('/');
  auto last = path == std::string_view::npos ? std::string_view{}
                                             : url.substr(url.rfind('/') + 1);
  auto name = safe_name(percent_decoded(last));
  return name.empty() ? "index.html" : name;
}

std::string name_from_disposition(std::string_view header) {
  std::string plain;
  while (auto parameter = take_parameter(header)) {
    auto& [name, value] = *parameter;
    if (equal_ignoring_case(name, "filename*")) {
      // charset'language'text; we know UTF-8 and its part ASCII.
      auto first = value.find('\'');
      auto second =
        first == std::string::npos ? first : value.find('\'', first + 1);
      if (second != std::string::npos
          && equal_ignoring_case(value.substr(0, first), "utf-8"))
        if (auto safe = safe_name(
              percent_decoded(std::string_view{value}.substr(second + 1)));
            !safe.empty())
          return safe;
    } else if (equal_ignoring_case(name, "filename") && plain.empty()) {
      plain = safe_name(value);
    }
  }
  return plain;
}

std::string safe_name(std::string_view suggested) {
  suggested = suggested.substr(0, suggested.find('\0'));
  if (auto slash = suggested.find_last_of("/\\");
      slash != std::string_view::npos)
    suggested.remove_prefix(slash + 1);
  std::string result;
  for (auto rest = trimmed(suggested); !rest.empty();) {
    auto length = utf8_length(rest);
    auto first = static_cast<unsigned char>(rest.front());
    if (length == 0 || first < 0x20 || first == 0x7F)
      result += '_';
    else
      result += rest.substr(0, length);
    rest.remove_prefix(std::max<std::size_t>(length, 1));
  }
  if (result.find_first_not_of('.') == std::string::npos)
    return {};
  if (result.front() == '.' || result.front() == '-')
    result.front() = '_';
  return shortened(result);
}

expected<void> check_relative_path(std::string_view path) {
  auto bad = [&](const char* why) {
    return error{errc::invalid_argument,
                 "the path \"" + std::string{path} + "\" " + why};
  };
  if (path.empty())
    return bad("is empty");
  if (path.find('\0') != std::string_view::npos)
    return bad("has a zero byte");
  if (path.front() == '/')
    return bad("is absolute");
  for (auto rest = path;;) {
    auto slash = rest.find('/');
    auto part = rest.substr(0, slash);
    if (part == "..")
      return bad("leaves its folder");
    auto last = slash == std::string_view::npos;
    if (part.size() > (last ? longest_name : 255))
      return bad("has a part that is too long");
    if (last)
      return part.empty() || part == "." ? expected<void>{bad("names a folder")}
                                         : expected<void>{};
    rest.remove_prefix(slash + 1);
  }
}

} // namespace troupe::http
