// Positions of the feed: what lies between two snapshots.
#include "storage/feed_position.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kpid::storage {
namespace {

using ::testing::ElementsAre;

FeedPosition At(std::string_view text, bool standby = false) {
  const auto position = FeedPosition::Parse(text, standby);
  EXPECT_TRUE(position.ok()) << text;
  return *position;
}

TEST(FeedPosition, RangeSinceTheLastSnapshot) {
  EXPECT_THAT(At("10:20:").ChangesUntil(At("15:30:")),
              ElementsAre("changed_xid >= '20' AND changed_xid < '30'"));
}

TEST(FeedPosition, TransactionsThatRanThenByTheirNumbers) {
  EXPECT_THAT(At("10:20:15,10").ChangesUntil(At("15:30:15")),
              ElementsAre("changed_xid >= '20' AND changed_xid < '30'",
                          "changed_xid = ANY('{10,15}'::xid8[])"));
  EXPECT_EQ(At("10:20:15,10").first_unseen(), 10u);
  EXPECT_EQ(At("20:20:").first_unseen(), 20u);
}

TEST(FeedPosition, SameOnlyWhenNoTransactionEnded) {
  EXPECT_TRUE(At("10:20:10,15").SameAs(At("10:20:10,15")));
  EXPECT_FALSE(At("10:20:10,15").SameAs(At("15:20:15")));
  EXPECT_FALSE(At("10:20:10").SameAs(At("10:21:10")));
}

TEST(FeedPosition, StandbyDoesNotNameRunningTransactions) {
  const FeedPosition standby = At("10:20:", true);
  EXPECT_THAT(standby.ChangesUntil(At("12:30:", true)),
              ElementsAre("changed_xid >= '10' AND changed_xid < '30'"));
  EXPECT_FALSE(standby.SameAs(At("10:20:", true)));
  EXPECT_EQ(standby.first_unseen(), 10u);
}

TEST(FeedPosition, KnowsAnEarlierState) {
  EXPECT_TRUE(At("10:20:").IsAfter(At("5:19:")));
  EXPECT_FALSE(At("10:20:").IsAfter(At("10:20:")));
}

TEST(FeedPosition, RefusesOtherText) {
  for (const char* text : {"", "10", "10:20", "a:20:", "10:b:", "10:20:c", "20:10:", "10:20:1:"}) {
    EXPECT_FALSE(FeedPosition::Parse(text, false).ok()) << text;
  }
}

}  // namespace
}  // namespace kpid::storage
