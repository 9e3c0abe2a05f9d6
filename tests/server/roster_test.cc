#include "server/roster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record_builders.h"
#include "server/roster_lists.h"
#include "wrong_fields.h"

namespace kpid::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

v1::Date Day(int year, int month, int day) {
  v1::Date date;
  date.set_year(year);
  date.set_month(month);
  date.set_day(day);
  return date;
}

TEST(RosterTest, WrongAgentsAreNamed) {
  v1::UpsertAgentsRequest request;
  EXPECT_THAT(LinesOf(ValidateUpsertAgents, request), ElementsAre("agents TOO_FEW_ITEMS"));
  request.add_agents();
  request.add_agents()->set_agent_id(kLong);
  request.add_agents()->set_agent_id("same");
  request.add_agents()->set_agent_id("same");
  auto* agent = request.add_agents();
  agent->set_agent_id("a4");
  agent->set_name(std::string(257, 'x'));
  agent->set_leave_reason(std::string(65, 'x'));
  *agent->mutable_hire_date() = Day(2026, 2, 29);
  *agent->mutable_leave_date() = Day(2200, 1, 1);
  agent = request.add_agents();
  agent->set_agent_id("a5");
  agent->set_name(kNul);
  agent->set_leave_reason("transfer");
  agent = request.add_agents();
  agent->set_agent_id("a6");
  *agent->mutable_hire_date() = Day(2026, 2, 28);
  *agent->mutable_leave_date() = Day(2026, 2, 28);
  agent = request.add_agents();
  agent->set_agent_id("a7");
  *agent->mutable_hire_date() = Day(2026, 13, 1);
  EXPECT_THAT(
      LinesOf(ValidateUpsertAgents, request),
      ElementsAre("agents[0].agent_id FIELD_REQUIRED", "agents[1].agent_id FIELD_TOO_LONG",
                  "agents[3].agent_id DUPLICATE_ITEM", "agents[4].name FIELD_TOO_LONG",
                  "agents[4].hire_date FIELD_MALFORMED", "agents[4].leave_date TIME_OUT_OF_RANGE",
                  "agents[4].leave_reason FIELD_TOO_LONG", "agents[5].name FIELD_INVALID_TEXT",
                  "agents[5].leave_reason FIELD_CONTRADICTS", "agents[6].leave_date TIME_ORDER",
                  "agents[7].hire_date FIELD_MALFORMED"));
  for (int i = 0; i < 10'000; ++i) request.add_agents();
  EXPECT_THAT(LinesOf(ValidateUpsertAgents, request), ElementsAre("agents TOO_MANY_ITEMS"));
}

TEST(RosterTest, WrongGroupsAreNamed) {
  v1::UpsertAgentGroupsRequest request;
  EXPECT_THAT(LinesOf(ValidateUpsertAgentGroups, request),
              ElementsAre("agent_groups TOO_FEW_ITEMS"));
  auto* group = request.add_agent_groups();
  group = request.add_agent_groups();
  group->set_group_id("g1");
  group->set_type("Team");
  group->set_name(std::string(257, 'x'));
  group->set_parent_group_id(kLong);
  group = request.add_agent_groups();
  group->set_group_id("g2");
  group->set_type("team");
  group->set_parent_group_id("g2");
  EXPECT_THAT(
      LinesOf(ValidateUpsertAgentGroups, request),
      ElementsAre("agent_groups[0].group_id FIELD_REQUIRED", "agent_groups[0].type FIELD_REQUIRED",
                  "agent_groups[1].name FIELD_TOO_LONG", "agent_groups[1].type FIELD_MALFORMED",
                  "agent_groups[1].parent_group_id FIELD_TOO_LONG",
                  "agent_groups[2].parent_group_id GROUP_CIRCLE"));
}

TEST(RosterTest, WrongMembershipsAreNamed) {
  v1::UpsertMembershipsRequest request;
  EXPECT_THAT(LinesOf(ValidateUpsertMemberships, request),
              ElementsAre("memberships TOO_FEW_ITEMS"));
  request.add_memberships();
  auto* membership = request.add_memberships();
  membership->set_agent_id("a");
  membership->set_group_id("g");
  *membership->mutable_start_time() = At(10);
  *membership->mutable_end_time() = At(9);
  membership = request.add_memberships();
  membership->set_agent_id("a");
  membership->set_group_id("g");
  *membership->mutable_start_time() = At(10, 1);
  *membership->mutable_end_time() = At(10, 1);  // Void, but allowed.
  membership = request.add_memberships();
  membership->set_agent_id("a");
  membership->set_group_id("g");
  *membership->mutable_start_time() = At(10, 999);  // The same microsecond.
  membership = request.add_memberships();
  membership->set_agent_id("a");
  membership->set_group_id("g");
  membership->mutable_start_time()->set_seconds(-1);
  EXPECT_THAT(
      LinesOf(ValidateUpsertMemberships, request),
      ElementsAre("memberships[0].agent_id FIELD_REQUIRED",
                  "memberships[0].group_id FIELD_REQUIRED",
                  "memberships[0].start_time FIELD_REQUIRED", "memberships[1].end_time TIME_ORDER",
                  "memberships[3].start_time DUPLICATE_ITEM",
                  "memberships[4].start_time TIME_OUT_OF_RANGE"));
}

TEST(RosterTest, WrongQueuesAreNamed) {
  v1::UpsertQueuesRequest request;
  EXPECT_THAT(LinesOf(ValidateUpsertQueues, request), ElementsAre("queues TOO_FEW_ITEMS"));
  request.add_queues()->set_channel(static_cast<v1::Channel>(9));
  request.add_queues()->set_queue_id("q");
  request.add_queues()->set_queue_id("q");
  request.add_queues()->set_name(std::string(257, 'x'));
  EXPECT_THAT(LinesOf(ValidateUpsertQueues, request),
              ElementsAre("queues[0].queue_id FIELD_REQUIRED", "queues[0].channel ENUM_UNKNOWN",
                          "queues[2].queue_id DUPLICATE_ITEM", "queues[3].queue_id FIELD_REQUIRED",
                          "queues[3].name FIELD_TOO_LONG"));
}

TEST(RosterTest, RecordsComeBackAsTheyWent) {
  v1::Agent agent;
  agent.set_agent_id("a");
  agent.set_name("Anna");
  *agent.mutable_hire_date() = Day(2020, 2, 29);
  *agent.mutable_leave_date() = Day(2026, 1, 1);
  agent.set_leave_reason("transfer");
  v1::Agent agent_back;
  SetAgent(ToAgentRecord(agent), &agent_back);
  EXPECT_EQ(agent_back.SerializeAsString(), agent.SerializeAsString());

  v1::AgentGroup group;
  group.set_group_id("g");
  group.set_name("North");
  group.set_type("site");
  group.set_parent_group_id("p");
  v1::AgentGroup group_back;
  SetAgentGroup(ToAgentGroupRecord(group), &group_back);
  EXPECT_EQ(group_back.SerializeAsString(), group.SerializeAsString());

  v1::Membership membership;
  membership.set_agent_id("a");
  membership.set_group_id("g");
  *membership.mutable_start_time() = At(0, 1'000);
  *membership.mutable_end_time() = At(5);
  v1::Membership membership_back;
  SetMembership(ToMembershipRecord(membership), &membership_back);
  EXPECT_EQ(membership_back.SerializeAsString(), membership.SerializeAsString());

  v1::Queue queue;
  queue.set_queue_id("q");
  queue.set_name("Sales");
  queue.set_channel(v1::CHANNEL_EMAIL);
  v1::Queue queue_back;
  SetQueue(ToQueueRecord(queue), &queue_back);
  EXPECT_EQ(queue_back.SerializeAsString(), queue.SerializeAsString());
}

TEST(RosterTest, ProblemsOfTheStoreBecomeViolations) {
  ViolationList violations;
  AddRosterProblems(
      {{3, "group_id", "GROUP_UNKNOWN", "is not there"}, {4, "", "MEMBERSHIP_OVERLAP", "overlaps"}},
      "memberships", &violations);
  EXPECT_THAT(Lines(violations), ElementsAre("memberships[3].group_id GROUP_UNKNOWN",
                                             "memberships[4] MEMBERSHIP_OVERLAP"));
}

TEST(RosterListsTest, PageSizeHasDefaultAndLimit) {
  ViolationList violations;
  EXPECT_EQ(ReadListPage(0, "", {"agents"}, 1, &violations).size, 100);
  EXPECT_EQ(ReadListPage(7, "", {"agents"}, 1, &violations).size, 7);
  EXPECT_EQ(ReadListPage(1'001, "", {"agents"}, 1, &violations).size, 1'000);
  EXPECT_THAT(Lines(violations), IsEmpty());
  ReadListPage(-1, "x", {"agents"}, 1, &violations);
  EXPECT_THAT(Lines(violations),
              ElementsAre("page_size NUMBER_OUT_OF_RANGE", "page_token PAGE_TOKEN_INVALID"));
}

TEST(RosterListsTest, FiltersAreChecked) {
  ViolationList violations;
  v1::ListAgentGroupsRequest groups;
  groups.set_type("Team");
  ListArguments(groups, &violations);
  v1::ListMembershipsRequest memberships;
  memberships.set_agent_id(kLong);
  memberships.set_group_id(kNul);
  ListArguments(memberships, &violations);
  EXPECT_THAT(Lines(violations), ElementsAre("type FIELD_MALFORMED", "agent_id FIELD_TOO_LONG",
                                             "group_id FIELD_INVALID_TEXT"));
}

TEST(RosterListsTest, MembershipPositionsComeBack) {
  storage::MembershipRecord record;
  record.agent_id = "a";
  record.group_id = "g";
  record.start = metrics::Instant(metrics::Duration(1'234'567));
  const auto back = MembershipAt(MembershipPosition(record));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->agent_id, "a");
  EXPECT_EQ(back->group_id, "g");
  EXPECT_EQ(back->start, record.start);
  EXPECT_EQ(MembershipAt({}), std::nullopt);
  EXPECT_EQ(MembershipAt({"a", "g", "x"}), std::nullopt);
}

}  // namespace
}  // namespace kpid::server
