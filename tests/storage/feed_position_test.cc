// Positions of the feed: what lies between two snapshots.
#include "storage/feed_position.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kpid::storage {
namespace {

using ::testing::ElementsAre;

FeedPosition At(std::string_view text, uint64_t newest = 0, bool standby = false,
                std::string_view process = "1") {
  auto position = FeedPosition::Parse(text, standby, process);
  EXPECT_TRUE(position.ok()) << text;
  position->set_newest(newest);
  return *position;
}

TEST(FeedPosition, RangeSinceTheNewestTransactionSeen) {
  EXPECT_THAT(At("10:20:", 17).ChangesUntil(At("15:30:")),
              ElementsAre("changed_xid >= '18' AND changed_xid < '30'"));
  EXPECT_EQ(At("10:20:", 17).first_unseen(), 18u);
}

TEST(FeedPosition, TransactionsThatRanThenAndEndedByTheirNumbers) {
  EXPECT_THAT(At("10:20:15,10", 17).ChangesUntil(At("15:30:15")),
              ElementsAre("changed_xid = ANY('{10}'::xid8[])",
                          "changed_xid >= '18' AND changed_xid < '30'"));
  EXPECT_EQ(At("10:20:15,10", 17).first_unseen(), 10u);
}

TEST(FeedPosition, TransactionsThatRanThenAndAreNewerThanAnyRowAreInTheRange) {
  EXPECT_THAT(At("10:20:18,10", 17).ChangesUntil(At("30:30:")),
              ElementsAre("changed_xid = ANY('{10}'::xid8[])",
                          "changed_xid >= '18' AND changed_xid < '30'"));
}

TEST(FeedPosition, RowsOfTransactionsThatStillRunAreNotLookedAt) {
  EXPECT_THAT(At("10:20:", 17).ChangesUntil(At("12:30:12,18,22,29")),
              ElementsAre("changed_xid >= '19' AND changed_xid < '22'",
                          "changed_xid >= '23' AND changed_xid < '29'"));
}

TEST(FeedPosition, NotMorePartsThanAFew) {
  const auto conditions =
      At("10:20:", 17).ChangesUntil(At("20:90:20,22,24,26,28,30,32,34,36,38,40"));
  EXPECT_EQ(conditions.size(), FeedPosition::kRangesMax);
  EXPECT_EQ(conditions.back(), "changed_xid >= '33' AND changed_xid < '90'");
}

TEST(FeedPosition, SameOnlyWhenNoTransactionEnded) {
  EXPECT_TRUE(At("10:20:10,15").SameAs(At("10:20:10,15")));
  EXPECT_FALSE(At("10:20:10,15").SameAs(At("15:20:15")));
  EXPECT_FALSE(At("10:20:10").SameAs(At("10:21:10")));
  // After a crash numbers are given again.
  EXPECT_FALSE(At("10:20:10").SameAs(At("10:20:10", 0, false, "2")));
}

TEST(FeedPosition, StandbyDoesNotNameRunningTransactions) {
  const FeedPosition standby = At("10:20:", 17, true);
  EXPECT_THAT(standby.ChangesUntil(At("12:30:", 0, true)),
              ElementsAre("changed_xid >= '10' AND changed_xid < '30'"));
  EXPECT_FALSE(standby.SameAs(At("10:20:", 17, true)));
  EXPECT_EQ(standby.first_unseen(), 10u);
}

TEST(FeedPosition, KnowsAnEarlierState) {
  EXPECT_TRUE(At("10:20:", 17).IsAfter(At("5:17:")));
  EXPECT_FALSE(At("10:20:", 17).IsAfter(At("5:18:")));
}

TEST(FeedPosition, RefusesOtherText) {
  for (const char* text : {"", "10", "10:20", "a:20:", "10:b:", "10:20:c", "20:10:", "10:20:1:"}) {
    EXPECT_FALSE(FeedPosition::Parse(text, false, "1").ok()) << text;
  }
}

}  // namespace
}  // namespace kpid::storage
