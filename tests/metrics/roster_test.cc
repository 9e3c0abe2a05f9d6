#include "metrics/roster.h"

#include <gtest/gtest.h>

namespace kpid::metrics {
namespace {

Instant At(int hour) { return Instant(std::chrono::hours(hour)); }
TimeRange Hours(int start, int end) { return {At(start), At(end)}; }

TEST(Roster, KnowsTypes) {
  const Roster roster({{1, "team", kNoCode}, {5, "site", kNoCode}}, {});
  EXPECT_TRUE(roster.HasType("team"));
  EXPECT_TRUE(roster.HasType("site"));
  EXPECT_FALSE(roster.HasType("skill"));
  EXPECT_FALSE(roster.HasType(""));
  EXPECT_FALSE(Roster().HasType("team"));
  EXPECT_EQ(roster.TypeOf(5), "site");
  EXPECT_EQ(roster.TypeOf(2), "");
  EXPECT_EQ(roster.TypeOf(6), "");
  EXPECT_EQ(roster.TypeOf(kNoCode), "");
}

TEST(Roster, FollowsMembershipsOverTime) {
  const Roster roster({{1, "team", kNoCode}, {2, "team", kNoCode}}, {{3, 2, Hours(20, 30)},
                                                                     {3, 1, Hours(10, 20)},
                                                                     {3, 1, Hours(40, 50)},
                                                                     {4, 1, {At(0), kInstantEnd}}});
  const GroupTimeline timeline = roster.Timeline("team");
  EXPECT_EQ(timeline.GroupAt(3, At(9)), kNoCode);
  EXPECT_EQ(timeline.GroupAt(3, At(10)), 1U);
  EXPECT_EQ(timeline.GroupAt(3, At(20) - Duration(1)), 1U);
  EXPECT_EQ(timeline.GroupAt(3, At(20)), 2U);
  EXPECT_EQ(timeline.GroupAt(3, At(30)), kNoCode);
  EXPECT_EQ(timeline.GroupAt(3, At(45)), 1U);
  EXPECT_EQ(timeline.GroupAt(4, At(1000)), 1U);
  EXPECT_EQ(timeline.GroupAt(kNoCode, At(1)), kNoCode);
  EXPECT_EQ(timeline.GroupAt(99, At(1)), kNoCode);
  EXPECT_EQ(timeline.GroupAt(1, At(15)), kNoCode);
  EXPECT_EQ(timeline.GreatestGroup(), 2U);
}

TEST(Roster, SpansReachToTheNextChange) {
  const Roster roster({{1, "team", kNoCode}},
                      {{3, 1, Hours(10, 20)}, {3, 1, Hours(20, 30)}, {3, 1, Hours(40, 50)}});
  const GroupTimeline timeline = roster.Timeline("team");
  // Two memberships of one group that touch are one span.
  EXPECT_EQ(timeline.SpanAt(3, At(15)).range, Hours(10, 30));
  EXPECT_EQ(timeline.SpanAt(3, At(35)).range, Hours(30, 40));
  EXPECT_EQ(timeline.SpanAt(3, At(35)).group, kNoCode);
  EXPECT_EQ(timeline.SpanAt(3, At(5)).range, (TimeRange{Instant::min(), At(10)}));
  EXPECT_EQ(timeline.SpanAt(3, At(60)).range, (TimeRange{At(50), Instant::max()}));
  EXPECT_EQ(timeline.SpanAt(7, At(60)).range, (TimeRange{Instant::min(), Instant::max()}));
}

TEST(Roster, TakesTheNearestAncestorOfTheType) {
  // 1 team < 2 site < 3 region < 4 site.
  const Roster roster({{1, "team", 2}, {2, "site", 3}, {3, "region", 4}, {4, "site", kNoCode}},
                      {{9, 1, Hours(0, 10)}});
  EXPECT_EQ(roster.Timeline("team").GroupAt(9, At(1)), 1U);
  EXPECT_EQ(roster.Timeline("site").GroupAt(9, At(1)), 2U);
  EXPECT_EQ(roster.Timeline("region").GroupAt(9, At(1)), 3U);
  EXPECT_EQ(roster.Timeline("skill").GroupAt(9, At(1)), kNoCode);
}

TEST(Roster, OwnMembershipWinsOverAncestors) {
  const Roster roster({{1, "team", 2}, {2, "site", kNoCode}, {3, "site", kNoCode}},
                      {{9, 1, Hours(0, 30)}, {9, 3, Hours(10, 20)}});
  const GroupTimeline timeline = roster.Timeline("site");
  EXPECT_EQ(timeline.GroupAt(9, At(5)), 2U);
  EXPECT_EQ(timeline.GroupAt(9, At(15)), 3U);
  EXPECT_EQ(timeline.GroupAt(9, At(25)), 2U);
}

TEST(Roster, LooksAtGroupsByTypeThenCode) {
  // Groups of types "b", "a", "a" with different sites.
  const Roster roster({{1, "b", 11},
                       {2, "a", 12},
                       {3, "a", 13},
                       {11, "site", kNoCode},
                       {12, "site", kNoCode},
                       {13, "site", kNoCode}},
                      {{9, 1, Hours(0, 10)}, {9, 3, Hours(0, 10)}, {9, 2, Hours(0, 5)}});
  const GroupTimeline timeline = roster.Timeline("site");
  EXPECT_EQ(timeline.GroupAt(9, At(1)), 12U);
  EXPECT_EQ(timeline.GroupAt(9, At(6)), 13U);
}

TEST(Roster, CutsCircles) {
  const Roster roster({{1, "team", 2}, {2, "team2", 1}}, {{9, 1, Hours(0, 10)}});
  EXPECT_EQ(roster.Timeline("site").GroupAt(9, At(1)), kNoCode);
  EXPECT_EQ(roster.Timeline("team2").GroupAt(9, At(1)), 2U);
}

TEST(Roster, IgnoresEmptyMembershipsAndUnknownGroups) {
  const Roster roster({{1, "team", kNoCode}}, {{9, 1, Hours(5, 5)}, {9, 77, Hours(0, 10)}});
  EXPECT_EQ(roster.Timeline("team").GroupAt(9, At(5)), kNoCode);
  EXPECT_EQ(roster.Timeline("").GroupAt(9, At(5)), kNoCode);
}

TEST(Roster, SharesTimelines) {
  const Roster roster({{1, "team", kNoCode}}, {{9, 1, {At(0), At(2)}}});
  const GroupTimeline& team = roster.SharedTimeline("team");
  EXPECT_EQ(team.GroupAt(9, At(1)), 1U);
  EXPECT_EQ(team.GroupAt(9, At(2)), kNoCode);
  EXPECT_EQ(&roster.SharedTimeline("team"), &team);
  EXPECT_EQ(roster.SharedTimeline("site").GroupAt(9, At(1)), kNoCode);
  EXPECT_EQ(roster.SharedTimeline("").GreatestGroup(), kNoCode);
}

}  // namespace
}  // namespace kpid::metrics
