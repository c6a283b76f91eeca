#include "cli/display.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace troupe::cli {

namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

view two_rows() {
  view result;
  result.running = {{"a.bin", 512, 1024}, {"b.bin", 2048, 0}};
  result.ended = 1;
  result.total = 3;
  result.bytes = 3 << 20;
  result.seconds = 10;
  result.bytes_per_second = 1 << 20;
  result.running_share = 0.5;
  return result;
}

/// What a bar prints.
std::string printed(auto action) {
  testing::internal::CaptureStderr();
  action();
  return testing::internal::GetCapturedStderr();
}

TEST(HumanBytesTest, TakesTheLargestUnitThatFits) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(1023), "1023 B");
  EXPECT_EQ(human_bytes(1536), "1.5 KiB");
  EXPECT_EQ(human_bytes(1 << 20), "1.0 MiB");
  EXPECT_EQ(human_bytes(5e15), "4547.5 TiB");
}

TEST(HumanSecondsTest, ShowsHoursOnlyWhereThereAreSome) {
  EXPECT_EQ(human_seconds(5), "0:05");
  EXPECT_EQ(human_seconds(59.6), "1:00");
  EXPECT_EQ(human_seconds(3599), "59:59");
  EXPECT_EQ(human_seconds(7265), "2:01:05");
}

TEST(HumanElapsedTest, ShowsTenthsOfShortTimes) {
  EXPECT_EQ(human_elapsed(0.25), "0.2 s");
  EXPECT_EQ(human_elapsed(75), "1:15");
}

TEST(TotalLineTest, HasCountBytesRateAndTimeLeft) {
  EXPECT_EQ(total_line(two_rows()), "1/3 files  3.0 MiB  1.0 MiB/s  ETA 0:10");
}

TEST(TotalLineTest, KnowsATimeLeftBeforeTheFirstFileEnded) {
  view what;
  what.total = 1;
  what.running_share = 0.25;
  what.seconds = 20;
  EXPECT_THAT(total_line(what), EndsWith("ETA 1:00"));
}

TEST(TotalLineTest, HasNoTimeLeftWhereNothingIsKnown) {
  auto unread = two_rows();
  unread.total.reset();
  EXPECT_EQ(total_line(unread), "1 files  3.0 MiB  1.0 MiB/s");
  view fresh;
  fresh.total = 3;
  fresh.seconds = 1;
  EXPECT_THAT(total_line(fresh), Not(HasSubstr("ETA")));
  auto over = two_rows();
  over.ended = 3;
  EXPECT_THAT(total_line(over), Not(HasSubstr("ETA")));
}

TEST(TotalLineTest, TellsFailuresAndTheState) {
  auto what = two_rows();
  what.failed = 2;
  what.state = "paused";
  EXPECT_THAT(total_line(what), EndsWith("  2 failed  [paused]"));
}

TEST(FittedTest, CutsToColumns) {
  EXPECT_EQ(fitted("abcdef", 6), "abcdef");
  EXPECT_EQ(fitted("abcdef", 4), "abc…");
  EXPECT_EQ(fitted("abcdef", 1), "…");
  EXPECT_EQ(fitted("abcdef", 0), "");
}

TEST(FittedTest, CountsColumnsAndNotBytes) {
  EXPECT_EQ(fitted("äöüäöü", 6), "äöüäöü");
  EXPECT_EQ(fitted("äöüäöü", 4), "äöü…");
}

TEST(FittedTest, CountsWideCharactersTwice) {
  EXPECT_EQ(fitted("日本語", 6), "日本語");
  EXPECT_EQ(fitted("日本語", 5), "日本…");
  EXPECT_EQ(fitted("日本語", 4), "日…");
}

TEST(FittedTest, CountsCombiningMarksNotAtAll) {
  EXPECT_EQ(fitted("e\u0301e\u0301", 2), "e\u0301e\u0301");
}

TEST(PrintableTest, ReplacesWhatATerminalWouldObey) {
  EXPECT_EQ(printable("a\x1b[31mb\r\n\x7f"), "a?[31mb???");
  EXPECT_EQ(printable("a\u009bb\u202ec"), "a?b?c");
}

TEST(PrintableTest, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(printable("a\xff\xc3"), "a??");
  EXPECT_EQ(printable("\xc0\xaf\xed\xa0\x80"), "??"); // RFC 3629
  EXPECT_EQ(printable("ä日🙂"), "ä日🙂");
}

TEST(BarLinesTest, HasARowForEachTransferAndATotal) {
  EXPECT_THAT(bar_lines(two_rows(), 60, 24),
              ElementsAre(HasSubstr(" 50%  512 B of 1.0 KiB"),
                          EndsWith("  2.0 KiB"), total_line(two_rows())));
}

TEST(BarLinesTest, IsNeverWiderThanTheTerminal) {
  auto what = two_rows();
  what.running[0].name = std::string(300, 'x');
  what.running[1].name = "日本語日本語日本語日本語日本語日本語日本語";
  for (int columns = 1; columns < 120; ++columns)
    for (const auto& line : bar_lines(what, columns, 24)) {
      auto width = static_cast<std::size_t>(std::max(columns - 1, 1));
      EXPECT_EQ(fitted(line, width), line) << columns;
    }
}

TEST(BarLinesTest, LeavesRowsOutThatTheTerminalHasNot) {
  view what;
  what.running.resize(8);
  EXPECT_THAT(bar_lines(what, 80, 24), SizeIs(9));
  EXPECT_THAT(bar_lines(what, 80, 5), SizeIs(4));
  EXPECT_THAT(bar_lines(what, 80, 1), SizeIs(1));
}

TEST(BarTest, DrawsOverWhatItDrewBefore) {
  bar x;
  EXPECT_EQ(printed([&] { x.draw({"a", "b"}, 80); }), "\r\x1b[Ja\nb\n");
  EXPECT_EQ(printed([&] { x.draw({"c"}, 80); }), "\x1b[2A\r\x1b[Jc\n");
}

TEST(BarTest, PrintsNothingWhereNothingChanged) {
  bar x;
  printed([&] { x.draw({"a"}, 80); });
  EXPECT_EQ(printed([&] { x.draw({"a"}, 80); }), "");
}

TEST(BarTest, PutsOtherLinesAbove) {
  bar x;
  printed([&] { x.draw({"a"}, 80); });
  EXPECT_EQ(printed([&] { x.draw({"a"}, 80, "said\n"); }),
            "\x1b[1A\r\x1b[Jsaid\na\n");
}

TEST(BarTest, FindsItsLinesAgainWhenTheTerminalGotNarrower) {
  bar x;
  printed([&] { x.draw({std::string(50, 'x'), "b"}, 80); });
  EXPECT_THAT(printed([&] { x.draw({"c"}, 20); }), HasSubstr("\x1b[4A"));
}

TEST(BarTest, ClearsOnlyWhatItDrew) {
  bar x;
  EXPECT_EQ(printed([&] { x.clear(); }), "");
  printed([&] { x.draw({"a"}, 80); });
  EXPECT_EQ(printed([&] { x.clear(); }), "\x1b[1A\r\x1b[J");
  EXPECT_EQ(printed([&] { x.clear(); }), "");
}

} // namespace

} // namespace troupe::cli
