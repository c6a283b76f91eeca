#pragma once

#include "troupe/core/line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace troupe::testing {

/// What rules of waiting say, as a test spells it.
inline std::string to_string(const line::output& x) {
  struct printer {
    std::string operator()(const line::granted& x) const {
      return "grant " + std::to_string(x.request) + ": "
             + std::to_string(x.value);
    }
    std::string operator()(const line::refused& x) const {
      return "refuse " + std::to_string(x.request) + ": "
             + std::string{troupe::to_string(x.why)};
    }
    std::string operator()(const line::ended& x) const {
      return "end of " + std::to_string(x.client);
    }
  };
  return std::visit(printer{}, x);
}

/// Feeds rules of waiting, and spells what they say.
class LineFixture : public ::testing::Test {
protected:
  using outputs = std::vector<std::string>;

  static outputs spell(std::span<const line::output> what) {
    outputs result;
    for (const auto& out : what)
      result.push_back(to_string(out));
    return result;
  }

  /// The place of a client's request, whose ticket is its number.
  line::place place(line::client_id client, duration limit = forever) {
    ++request;
    return {request, client, request, after(now, limit)};
  }

  time_point now = time_point{} + std::chrono::hours{1};
  line::request_id request = 0;
};

} // namespace troupe::testing
