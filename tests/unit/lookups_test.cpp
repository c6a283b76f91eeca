#include "troupe/http/detail/lookups.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace troupe::http::detail {

namespace {

const std::string host = "http://example.org:80";

transfer to(const std::string& where, transfer_id id) {
  transfer result;
  result.id = id;
  result.where.url = where + "/file";
  result.where.host = where;
  return result;
}

template <class Transfers>
std::vector<transfer_id> ids(const Transfers& those) {
  std::vector<transfer_id> result;
  for (const auto& x : those)
    result.push_back(x.id);
  return result;
}

using list = std::vector<transfer_id>;

} // namespace

TEST(LookupsTest, TheFirstLooksUpAndTheOthersWait) {
  lookups x;
  auto first = x.add(to(host, 1));
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->looks_up);
  EXPECT_FALSE(x.add(to(host, 2)));
  EXPECT_FALSE(x.add(to(host, 3)));
  EXPECT_EQ(ids(x.found(host)), (list{2, 3}));
}

TEST(LookupsTest, AKnownNameIsNotLookedUp) {
  lookups x;
  (void)x.add(to(host, 1));
  (void)x.found(host);
  auto next = x.add(to(host, 2));
  ASSERT_TRUE(next);
  EXPECT_EQ(next->what.id, 2U);
  EXPECT_FALSE(next->looks_up);
}

TEST(LookupsTest, NamesDoNotWaitForOneAnother) {
  lookups x;
  (void)x.add(to(host, 1));
  auto other = x.add(to("http://example.com:80", 2));
  ASSERT_TRUE(other);
  EXPECT_TRUE(other->looks_up);
}

TEST(LookupsTest, AddressesNeedNoLookUp) {
  lookups x;
  for (const auto* where : {"http://127.0.0.1:80", "http://[::1]:80"})
    for (transfer_id id = 1; id != 3; ++id) {
      auto one = x.add(to(where, id));
      ASSERT_TRUE(one);
      EXPECT_FALSE(one->looks_up);
    }
}

TEST(LookupsTest, AFailureIsThatOfAllWhoWait) {
  lookups x;
  (void)x.add(to(host, 1));
  (void)x.add(to(host, 2));
  EXPECT_EQ(ids(x.failed(host)), list{2});
  auto again = x.add(to(host, 3));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->looks_up);
}

TEST(LookupsTest, TheNextLooksUpAfterOneThatWasCancelled) {
  lookups x;
  (void)x.add(to(host, 1));
  (void)x.add(to(host, 2));
  (void)x.add(to(host, 3));
  auto next = x.next(host);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->id, 2U);
  EXPECT_EQ(ids(x.found(host)), list{3});
}

TEST(LookupsTest, WithNobodyLeftTheNameIsNewAgain) {
  lookups x;
  (void)x.add(to(host, 1));
  EXPECT_FALSE(x.next(host));
  auto again = x.add(to(host, 2));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->looks_up);
}

TEST(LookupsTest, OneThatWaitsMayLeave) {
  lookups x;
  (void)x.add(to(host, 1));
  (void)x.add(to(host, 2));
  (void)x.add(to(host, 3));
  EXPECT_FALSE(x.take(1)); // it does not wait
  auto two = x.take(2);
  ASSERT_TRUE(two);
  EXPECT_EQ(two->id, 2U);
  EXPECT_EQ(ids(x.take_all()), list{3});
  EXPECT_TRUE(x.found(host).empty());
}

} // namespace troupe::http::detail
