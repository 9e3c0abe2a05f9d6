#include "storage/roster_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/storage/record_builders.h"

namespace kpid::storage {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

auto Problem(int index, const std::string& field, const std::string& reason) {
  return AllOf(Field(&RosterProblem::index, index), Field(&RosterProblem::field, field),
               Field(&RosterProblem::reason, reason));
}

AgentGroupRecord Group(const std::string& id, const std::string& parent,
                       const std::string& type = "team") {
  return {id, "", type, parent};
}

MembershipRecord Membership(const std::string& group, int64_t start,
                            std::optional<int64_t> end = std::nullopt,
                            const std::string& agent = "ann") {
  MembershipRecord record{agent, group, At(start), std::nullopt};
  if (end) record.end = At(*end);
  return record;
}

TEST(CheckGroups, ParentMayComeInTheSameBatch) {
  const std::vector<AgentGroupRecord> batch = {Group("a", "b"), Group("b", "c"), Group("d", "")};
  EXPECT_THAT(CheckGroups(batch, {{"c", {"site", ""}}}), IsEmpty());
}

TEST(CheckGroups, UnknownParent) {
  const std::vector<AgentGroupRecord> batch = {Group("a", ""), Group("b", "x")};
  EXPECT_THAT(CheckGroups(batch, {}), ElementsAre(Problem(1, "parent_group_id", "GROUP_UNKNOWN")));
}

TEST(CheckGroups, TypeChanged) {
  const std::vector<AgentGroupRecord> batch = {Group("a", "", "site")};
  EXPECT_THAT(CheckGroups(batch, {{"a", {"team", ""}}}),
              ElementsAre(Problem(0, "type", "GROUP_TYPE_CHANGED")));
}

TEST(CheckGroups, CircleOfItself) {
  const std::vector<AgentGroupRecord> batch = {Group("a", "a")};
  EXPECT_THAT(CheckGroups(batch, {}), ElementsAre(Problem(0, "parent_group_id", "GROUP_CIRCLE")));
}

TEST(CheckGroups, CircleThroughStoredGroups) {
  // b -> c -> a are stored; a gets the parent b. d only leads into the circle.
  const std::vector<AgentGroupRecord> batch = {Group("d", "a"), Group("a", "b")};
  EXPECT_THAT(CheckGroups(batch, {{"a", {"team", ""}}, {"b", {"team", "c"}}, {"c", {"team", "a"}}}),
              ElementsAre(Problem(1, "parent_group_id", "GROUP_CIRCLE")));
}

TEST(CheckGroups, BatchMayBreakUpAStoredChain) {
  const std::vector<AgentGroupRecord> batch = {Group("a", "b"), Group("b", "")};
  EXPECT_THAT(CheckGroups(batch, {{"a", {"team", ""}}, {"b", {"team", "a"}}}), IsEmpty());
}

TEST(CheckMemberships, MoveIsOneBatch) {
  const StoredGroups groups = {{"red", {"team", ""}}, {"blue", {"team", ""}}};
  const std::vector<MembershipRecord> stored = {Membership("red", 0)};
  const std::vector<MembershipRecord> move = {Membership("red", 0, 100), Membership("blue", 100)};
  EXPECT_THAT(CheckMemberships(move, groups, stored), IsEmpty());
  const std::vector<MembershipRecord> half = {Membership("blue", 100)};
  EXPECT_THAT(CheckMemberships(half, groups, stored),
              ElementsAre(Problem(0, "start_time", "MEMBERSHIP_OVERLAP")));
}

TEST(CheckMemberships, OtherTypesAndAgentsDoNotOverlap) {
  const StoredGroups groups = {{"red", {"team", ""}}, {"spanish", {"skill", ""}}};
  const std::vector<MembershipRecord> batch = {Membership("red", 0), Membership("spanish", 0),
                                               Membership("red", 5, 10, "bob")};
  EXPECT_THAT(CheckMemberships(batch, groups, {}), IsEmpty());
}

TEST(CheckMemberships, LongOneOverlapsLaterOnes) {
  const StoredGroups groups = {{"red", {"team", ""}}, {"blue", {"team", ""}}};
  const std::vector<MembershipRecord> stored = {Membership("blue", 10, 20),
                                                Membership("blue", 30, 40)};
  const std::vector<MembershipRecord> batch = {Membership("red", 0, 35)};
  EXPECT_THAT(CheckMemberships(batch, groups, stored),
              ElementsAre(Problem(0, "start_time", "MEMBERSHIP_OVERLAP")));
  const std::vector<MembershipRecord> inside = {Membership("red", 12, 13)};
  EXPECT_THAT(CheckMemberships(inside, groups, stored),
              ElementsAre(Problem(0, "start_time", "MEMBERSHIP_OVERLAP")));
  const std::vector<MembershipRecord> between = {Membership("red", 20, 30)};
  EXPECT_THAT(CheckMemberships(between, groups, stored), IsEmpty());
}

TEST(CheckMemberships, VoidOnesTakeNoTime) {
  const StoredGroups groups = {{"red", {"team", ""}}, {"blue", {"team", ""}}};
  const std::vector<MembershipRecord> stored = {Membership("red", 0)};
  const std::vector<MembershipRecord> batch = {Membership("blue", 50, 50)};
  EXPECT_THAT(CheckMemberships(batch, groups, stored), IsEmpty());
  const std::vector<MembershipRecord> correction = {Membership("red", 0, 0), Membership("blue", 0)};
  EXPECT_THAT(CheckMemberships(correction, groups, stored), IsEmpty());
}

TEST(CheckMemberships, UnknownGroup) {
  const std::vector<MembershipRecord> batch = {Membership("red", 0)};
  EXPECT_THAT(CheckMemberships(batch, {}, {}),
              ElementsAre(Problem(0, "group_id", "GROUP_UNKNOWN")));
}

TEST(CheckMemberships, LooksForSoManyProblemsOnly) {
  std::vector<MembershipRecord> batch;
  for (int i = 0; i < 100; ++i) batch.push_back(Membership("none", i, i + 1));
  EXPECT_EQ(CheckMemberships(batch, {}, {}).size(), kRosterProblemsMax);
}

}  // namespace
}  // namespace kpid::storage
