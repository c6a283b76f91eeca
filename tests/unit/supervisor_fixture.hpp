#pragma once

#include "troupe/core/child_link.hpp"
#include "troupe/core/supervisor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace troupe::testing {

/// An output of the supervisor's rules, as a test spells it.
inline std::string to_string(const supervisor::output& x) {
  struct printer {
    std::string on(const char* what, child_id id) const {
      std::string result{what};
      result += ' ';
      result += std::to_string(id);
      return result;
    }
    std::string operator()(const supervisor::start_child& x) const {
      return on("start", x.id);
    }
    std::string operator()(const supervisor::want_child&) const {
      return "want";
    }
    std::string operator()(const supervisor::cancel_child& x) const {
      return on("cancel", x.id);
    }
    std::string operator()(const supervisor::pause_child& x) const {
      return on("pause", x.id);
    }
    std::string operator()(const supervisor::resume_child& x) const {
      return on("resume", x.id);
    }
    std::string operator()(const supervisor::exit_child& x) const {
      return on("exit", x.id);
    }
    std::string operator()(const supervisor::kill_child& x) const {
      return on("kill", x.id);
    }
    std::string operator()(const supervisor::child_ended& x) const {
      return on("ended", x.id)
        .append(" ")
        .append(v1::TaskState_Name(x.outcome.state()).substr(11));
    }
    std::string operator()(const supervisor::pause_done& x) const {
      return "paused for " + x.owner;
    }
    std::string operator()(const supervisor::pause_failed& x) const {
      return "not paused for " + x.owner + ": "
             + std::string{troupe::to_string(x.why.code())};
    }
    std::string operator()(const supervisor::failed_early&) const {
      return "failed early";
    }
    std::string operator()(const supervisor::done&) const { return "done"; }
    std::string operator()(const supervisor::child_restarts& x) const {
      return on("restarts", x.id);
    }
  };
  return std::visit(printer{}, x);
}

/// Feeds the rules of a group and spells what they say.
class SupervisorFixture : public ::testing::Test {
protected:
  using outputs = std::vector<std::string>;

  void make(const supervisor_options& options) { group = supervisor{options}; }

  outputs take(const supervisor::input& in) {
    outputs result;
    for (const auto& out : group.step(in, now)) {
      if (const auto* asked = std::get_if<supervisor::pause_child>(&out))
        pause_number = asked->pause;
      if (const auto* failed = std::get_if<supervisor::pause_failed>(&out))
        pause_error = failed->why;
      result.push_back(to_string(out));
    }
    return result;
  }

  outputs add(int count = 1) {
    outputs result;
    for (int i = 0; i < count; ++i)
      for (auto& out : take(supervisor::add{}))
        result.push_back(std::move(out));
    return result;
  }

  outputs succeed(child_id id) {
    return take(supervisor::finished{id, 1, succeeded()});
  }

  outputs fail(child_id id,
               const error& why = {errc::file_error, "disk full"}) {
    return take(supervisor::finished{id, 1, failed(why)});
  }

  outputs end_cancelled(child_id id) {
    return fail(id, error{errc::cancelled});
  }

  outputs park(child_id id) {
    return take(supervisor::parked{id, 1, pause_number});
  }

  outputs pause(std::string owner, duration limit = forever) {
    return take(supervisor::pause{std::move(owner), after(now, limit)});
  }

  outputs resume(std::string owner) {
    return take(supervisor::resume{std::move(owner)});
  }

  outputs cancel() {
    return take(supervisor::cancel{v1::CANCEL_REASON_REQUESTED, "enough"});
  }

  outputs close() { return take(supervisor::close{}); }

  /// Moves the clock, and wakes the group if it wants to be.
  outputs pass(duration length) {
    now += length;
    if (group.wakeup() > now)
      return {};
    return take(supervisor::tick{});
  }

  /// How a child ended according to the result.
  v1::Outcome outcome(child_id id) {
    return group.result().outcomes(static_cast<int>(id));
  }

  errc result_code() { return from_proto(group.result().error()).code(); }

  time_point now = time_point{} + std::chrono::hours{1};
  supervisor group;
  std::uint64_t pause_number = 0;
  error pause_error;
};

} // namespace troupe::testing
