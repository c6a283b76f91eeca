#include "troupe/http/download_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace troupe::http {

namespace {

using namespace std::chrono_literals;
using rules = download_rules;
using testing::ElementsAre;
using testing::IsEmpty;

/// Speaks of what the rules say in words.
class DownloadRulesTest : public testing::Test {
protected:
  std::vector<std::string> step(const rules::input& in) {
    std::vector<std::string> result;
    for (const auto& out : machine.step(in, time))
      result.push_back(std::visit([](const auto& x) { return word(x); }, out));
    return result;
  }

  std::vector<std::string> fail(bool transient = true) {
    return step(rules::failed{
      {{errc::unavailable, "lost"}, transient, 0, duration::zero()}, 1.0});
  }

  void advance(duration length) { time += length; }

  time_point time{1000s};
  session_options options = session_options{}.backoff(1s).backoff_limit(10s);
  rules machine{options, 2};

private:
  static std::string word(const rules::check_part&) { return "check"; }
  static std::string word(const rules::submit& x) {
    return x.goes_on ? "go on" : "submit";
  }
  static std::string word(const rules::hold_try& x) {
    return "hold " + std::to_string(x.pause);
  }
  static std::string word(const rules::release_try&) { return "release"; }
  static std::string word(const rules::cancel_try&) { return "cancel"; }
  static std::string word(const rules::parked& x) {
    return "parked " + std::to_string(x.pause);
  }
  static std::string word(const rules::finish& x) {
    return x.why ? "finish " + std::string{to_string(x.why.code())} : "finish";
  }
};

} // namespace

TEST_F(DownloadRulesTest, OneTryMayBeEnough) {
  EXPECT_EQ(machine.tries(), 0U);
  EXPECT_THAT(step(rules::start{}), ElementsAre("submit"));
  EXPECT_EQ(machine.wakeup(), never);
  EXPECT_THAT(step(rules::succeeded{}), ElementsAre("finish"));
  EXPECT_EQ(machine.tries(), 1U);
}

TEST_F(DownloadRulesTest, TheTargetMayBeThereAlready) {
  EXPECT_THAT(step(rules::succeeded{}), ElementsAre("finish"));
  EXPECT_EQ(machine.tries(), 0U);
}

TEST_F(DownloadRulesTest, AFailureIsTriedAgainAfterAWait) {
  step(rules::start{});
  EXPECT_THAT(fail(), IsEmpty());
  EXPECT_EQ(machine.wakeup(), time + 1s);
  advance(999ms);
  EXPECT_THAT(step(rules::tick{}), IsEmpty());
  advance(1ms);
  EXPECT_THAT(step(rules::tick{}), ElementsAre("submit"));
  EXPECT_EQ(machine.wakeup(), never);
  fail();
  EXPECT_EQ(machine.wakeup(), time + 2s);
  advance(2s);
  step(rules::tick{});
  EXPECT_THAT(fail(), ElementsAre("finish unavailable"));
  EXPECT_EQ(machine.tries(), 3U);
}

TEST_F(DownloadRulesTest, ALastingFailureIsTheEnd) {
  step(rules::start{});
  EXPECT_THAT(fail(false), ElementsAre("finish unavailable"));
}

TEST_F(DownloadRulesTest, ARedirectIsPartOfATry) {
  step(rules::start{});
  EXPECT_THAT(step(rules::redirected{}), ElementsAre("go on"));
  EXPECT_THAT(step(rules::redirected{}), ElementsAre("go on"));
  EXPECT_EQ(machine.tries(), 1U);
  EXPECT_EQ(machine.wakeup(), never);
  fail();
  advance(1s);
  EXPECT_THAT(step(rules::tick{}), ElementsAre("submit"));
  EXPECT_EQ(machine.tries(), 2U);
}

TEST_F(DownloadRulesTest, ATryThatIsRedirectedWhileItIsToldToStandIsParked) {
  step(rules::start{});
  EXPECT_THAT(step(rules::pause{1}), ElementsAre("hold 1"));
  EXPECT_THAT(step(rules::redirected{}), ElementsAre("parked 1"));
  EXPECT_EQ(machine.wakeup(), never);
  EXPECT_THAT(step(rules::stopped{1}), IsEmpty());
  EXPECT_THAT(step(rules::resume{}), ElementsAre("go on"));
  EXPECT_EQ(machine.tries(), 1U);
}

TEST_F(DownloadRulesTest, ATryThatIsRedirectedOnceParkedIsNotParkedAgain) {
  step(rules::start{});
  step(rules::pause{1});
  step(rules::stopped{1});
  EXPECT_THAT(step(rules::redirected{}), IsEmpty());
  EXPECT_THAT(step(rules::resume{}), ElementsAre("go on"));
}

TEST_F(DownloadRulesTest, ARedirectAfterACancelIsNotFollowed) {
  step(rules::start{});
  EXPECT_THAT(step(rules::cancel{}), ElementsAre("cancel"));
  EXPECT_THAT(step(rules::redirected{}), ElementsAre("finish cancelled"));
}

TEST_F(DownloadRulesTest, ACancelEndsARedirectThatWaits) {
  step(rules::start{});
  step(rules::pause{1});
  step(rules::redirected{});
  EXPECT_THAT(step(rules::cancel{}), ElementsAre("finish cancelled"));
}

TEST_F(DownloadRulesTest, ARunningTryIsParkedWhenItStands) {
  step(rules::start{});
  EXPECT_THAT(step(rules::pause{7}), ElementsAre("hold 7"));
  EXPECT_THAT(step(rules::stopped{7}), ElementsAre("parked 7"));
  EXPECT_THAT(step(rules::stopped{7}), IsEmpty()); // once for each pause
  EXPECT_THAT(step(rules::pause{7}), IsEmpty());
  EXPECT_THAT(step(rules::resume{}), ElementsAre("release"));
  EXPECT_THAT(step(rules::resume{}), IsEmpty());
  EXPECT_THAT(step(rules::succeeded{}), ElementsAre("finish"));
}

TEST_F(DownloadRulesTest, AnAnswerToAnEarlierPauseDoesNotCount) {
  step(rules::start{});
  step(rules::pause{1});
  step(rules::resume{});
  EXPECT_THAT(step(rules::pause{2}), ElementsAre("hold 2"));
  EXPECT_THAT(step(rules::stopped{1}), IsEmpty());
  EXPECT_THAT(step(rules::stopped{2}), ElementsAre("parked 2"));
}

TEST_F(DownloadRulesTest, AnAnswerAfterTheResumeDoesNotCount) {
  step(rules::start{});
  step(rules::pause{1});
  step(rules::resume{});
  EXPECT_THAT(step(rules::stopped{1}), IsEmpty());
}

TEST_F(DownloadRulesTest, ATryThatEndsWhileItIsToldToStandCounts) {
  step(rules::start{});
  step(rules::pause{1});
  EXPECT_THAT(step(rules::succeeded{}), ElementsAre("finish"));
  EXPECT_THAT(step(rules::stopped{1}), IsEmpty());
}

TEST_F(DownloadRulesTest, ATryThatFailsWhileItIsToldToStandIsParked) {
  step(rules::start{});
  step(rules::pause{1});
  EXPECT_THAT(fail(), ElementsAre("parked 1"));
  EXPECT_EQ(machine.wakeup(), never);
  advance(1h);
  EXPECT_THAT(step(rules::tick{}), IsEmpty());
  EXPECT_THAT(step(rules::resume{}), ElementsAre("submit"));
}

TEST_F(DownloadRulesTest, ATryThatFailsOnceParkedIsNotParkedAgain) {
  step(rules::start{});
  step(rules::pause{1});
  step(rules::stopped{1});
  EXPECT_THAT(fail(), IsEmpty());
  EXPECT_THAT(step(rules::resume{}), IsEmpty()); // the wait is not over
  EXPECT_EQ(machine.wakeup(), time + 1s);
}

TEST_F(DownloadRulesTest, AWaitIsParkedAtOnce) {
  step(rules::start{});
  fail();
  EXPECT_THAT(step(rules::pause{1}), ElementsAre("parked 1"));
  EXPECT_EQ(machine.wakeup(), never);
  EXPECT_THAT(step(rules::resume{}), IsEmpty());
  advance(1s);
  EXPECT_THAT(step(rules::tick{}), ElementsAre("submit"));
}

TEST_F(DownloadRulesTest, OneThatHasNotBegunIsParkedAtOnce) {
  EXPECT_THAT(step(rules::pause{1}), ElementsAre("parked 1"));
  EXPECT_THAT(step(rules::start{}), IsEmpty());
  EXPECT_EQ(machine.tries(), 0U);
  EXPECT_THAT(step(rules::tick{}), IsEmpty());
  EXPECT_THAT(step(rules::resume{}), ElementsAre("submit"));
}

TEST_F(DownloadRulesTest, OneThatIsResumedBeforeItBeginsBeginsAsUsual) {
  step(rules::pause{1});
  EXPECT_THAT(step(rules::resume{}), IsEmpty());
  EXPECT_THAT(step(rules::start{}), ElementsAre("submit"));
  EXPECT_THAT(step(rules::start{}), IsEmpty());
}

TEST_F(DownloadRulesTest, AFileThatIsThereIsCheckedPartByPart) {
  EXPECT_THAT(step(rules::check{}), ElementsAre("check"));
  EXPECT_THAT(step(rules::checked_part{}), ElementsAre("check"));
  EXPECT_THAT(step(rules::start{}), ElementsAre("submit"));
  EXPECT_EQ(machine.tries(), 1U);
}

TEST_F(DownloadRulesTest, ACheckIsParkedBetweenTwoParts) {
  step(rules::check{});
  EXPECT_THAT(step(rules::pause{1}), IsEmpty());
  EXPECT_THAT(step(rules::checked_part{}), ElementsAre("parked 1"));
  EXPECT_THAT(step(rules::pause{2}), ElementsAre("parked 2"));
  EXPECT_THAT(step(rules::resume{}), ElementsAre("check"));
  EXPECT_THAT(step(rules::resume{}), IsEmpty());
  EXPECT_THAT(step(rules::checked_part{}), ElementsAre("check"));
}

TEST_F(DownloadRulesTest, ACheckThatIsResumedInTimeGoesOn) {
  step(rules::check{});
  step(rules::pause{1});
  EXPECT_THAT(step(rules::resume{}), IsEmpty());
  EXPECT_THAT(step(rules::checked_part{}), ElementsAre("check"));
}

TEST_F(DownloadRulesTest, ACheckThatEndsWhileToldToStandIsParked) {
  step(rules::check{});
  step(rules::pause{1});
  EXPECT_THAT(step(rules::start{}), ElementsAre("parked 1"));
  EXPECT_THAT(step(rules::resume{}), ElementsAre("submit"));
}

TEST_F(DownloadRulesTest, ACheckThatFindsTheFileIsTheEnd) {
  step(rules::check{});
  step(rules::pause{1});
  EXPECT_THAT(step(rules::succeeded{}), ElementsAre("finish"));
}

TEST_F(DownloadRulesTest, ACancelEndsACheck) {
  step(rules::check{});
  EXPECT_THAT(step(rules::cancel{}), ElementsAre("finish cancelled"));
  EXPECT_THAT(step(rules::checked_part{}), IsEmpty());
}

TEST_F(DownloadRulesTest, ACancelWaitsForTheRunningTry) {
  step(rules::start{});
  EXPECT_THAT(step(rules::cancel{}), ElementsAre("cancel"));
  EXPECT_THAT(step(rules::cancel{}), IsEmpty());
  EXPECT_THAT(fail(), ElementsAre("finish cancelled"));
}

TEST_F(DownloadRulesTest, WhatSucceededFirstStaysSo) {
  step(rules::start{});
  step(rules::cancel{});
  EXPECT_THAT(step(rules::succeeded{}), ElementsAre("finish"));
}

TEST_F(DownloadRulesTest, ACancelEndsAWait) {
  step(rules::start{});
  fail();
  EXPECT_THAT(step(rules::cancel{}), ElementsAre("finish cancelled"));
  EXPECT_EQ(machine.wakeup(), never);
}

TEST_F(DownloadRulesTest, ACancelEndsWhatHasNotBegun) {
  EXPECT_THAT(step(rules::cancel{}), ElementsAre("finish cancelled"));
  EXPECT_THAT(step(rules::start{}), IsEmpty());
}

TEST_F(DownloadRulesTest, ACancelWinsOverAPause) {
  step(rules::start{});
  step(rules::pause{1});
  step(rules::stopped{1});
  EXPECT_THAT(step(rules::cancel{}), ElementsAre("cancel"));
  EXPECT_THAT(fail(), ElementsAre("finish cancelled"));
}

TEST_F(DownloadRulesTest, ACancelSaysWhy) {
  auto text_of = [](rules x, const std::string& text) {
    auto out = x.step(rules::cancel{text}, {});
    return std::get<rules::finish>(out[0]).why.message();
  };
  EXPECT_EQ(text_of(machine, "a sibling failed"), "a sibling failed");
  EXPECT_EQ(text_of(machine, ""), "the download was cancelled");
}

TEST_F(DownloadRulesTest, NothingFollowsTheEnd) {
  step(rules::start{});
  step(rules::succeeded{});
  for (const rules::input& in : std::vector<rules::input>{
         rules::start{}, rules::succeeded{}, rules::stopped{1}, rules::pause{1},
         rules::resume{}, rules::cancel{}, rules::tick{}})
    EXPECT_THAT(step(in), IsEmpty());
  EXPECT_THAT(fail(), IsEmpty());
  EXPECT_EQ(machine.wakeup(), never);
}

} // namespace troupe::http
