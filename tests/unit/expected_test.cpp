#include "troupe/msg/expected.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

using namespace troupe;

namespace {

expected<int> parse(const std::string& digits) {
  if (digits.empty())
    return error{errc::invalid_argument, "no digits"};
  return std::stoi(digits);
}

TEST(ExpectedTest, HoldsAValueOrAnError) {
  auto good = parse("12");
  ASSERT_TRUE(good);
  EXPECT_EQ(*good, 12);
  auto bad = parse("");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error(), (error{errc::invalid_argument, "no digits"}));
}

TEST(ExpectedTest, ConvertsWhatItIsMadeFrom) {
  expected<std::string> text = "hello";
  EXPECT_EQ(*text, "hello");
  EXPECT_EQ(text->size(), 5u);
}

TEST(ExpectedTest, ThrowsItsErrorWhereAValueIsWanted) {
  try {
    parse("").value();
    FAIL() << "did not throw";
  } catch (const failure& what) {
    EXPECT_EQ(what.code(), errc::invalid_argument);
    EXPECT_STREQ(what.what(), "invalid_argument: no digits");
  }
}

TEST(ExpectedTest, ThrowsTheExceptionBehindItsError) {
  expected<int> bad = error{errc::internal, "why",
                            std::make_exception_ptr(std::out_of_range{"why"})};
  EXPECT_THROW(bad.value(), std::out_of_range);
}

TEST(ExpectedTest, MovesItsValueOut) {
  expected<std::unique_ptr<int>> owner = std::make_unique<int>(3);
  auto taken = std::move(owner).value();
  EXPECT_EQ(*taken, 3);
  expected<std::unique_ptr<int>> other = std::make_unique<int>(4);
  EXPECT_EQ(**std::move(other), 4);
}

TEST(ExpectedTest, FallsBackToAnotherValue) {
  EXPECT_EQ(parse("12").value_or(5), 12);
  EXPECT_EQ(parse("").value_or(5), 5);
}

TEST(ExpectedTest, CanSucceedWithoutAValue) {
  expected<void> good;
  EXPECT_TRUE(good);
  EXPECT_NO_THROW(good.value());
  expected<void> bad = error{errc::closed};
  EXPECT_FALSE(bad);
  EXPECT_THROW(bad.value(), failure);
}

TEST(ExpectedTest, CopiesWithWhatItHolds) {
  auto good = parse("12");
  auto copy = good;
  good = parse("");
  EXPECT_EQ(*copy, 12);
  EXPECT_FALSE(good);
}

TEST(ExpectedTest, TellsAFalseValueFromAnError) {
  expected<bool> no = false;
  ASSERT_TRUE(no.has_value());
  EXPECT_FALSE(*no);
}

} // namespace
