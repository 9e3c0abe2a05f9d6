#include <gtest/gtest.h>

#include "tests/metrics/fact_set.h"

namespace kpid::metrics {
namespace {

TEST(Tickets, AreCountedByTheirTimes) {
  FactSet facts;
  facts.Ticket(hours(-5)).last_resolve = kStart + hours(1);
  auto& ticket = facts.Ticket(hours(2));
  ticket.first_resolve = kStart + hours(3);
  ticket.last_resolve = kStart + hours(30);
  ticket.reopen_count = 2;
  facts.Ticket(hours(25));
  const Query query =
      Ask({"ticket_volume", "tickets_resolved", "ticket_reopen_rate"}, days(2), Granularity::kDay);
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_EQ(Numerators(result, 3, 0), (std::vector<double>{1, 1}));
  EXPECT_EQ(Numerators(result, 3, 1), (std::vector<double>{1, 1}));
  EXPECT_EQ(Numerators(result, 3, 2), (std::vector<double>{0, 1}));
  EXPECT_EQ(result.total[0].value, 2);
  EXPECT_EQ(result.total[2].value, 50);
}

TEST(AverageResolutionTime, IsOfTheLastOrFirstResolution) {
  FactSet facts;
  auto& ticket = facts.Ticket(hours(1));
  ticket.first_resolve = kStart + hours(2);
  ticket.last_resolve = kStart + hours(5);
  facts.Ticket(hours(1)).last_resolve = kStart + hours(3);  // No first one: the last.
  facts.Ticket(hours(1));
  EXPECT_EQ(Total(facts, "average_resolution_time").value, 3 * 3600);
  EXPECT_EQ(Total(facts, "art_resolution:resolve=first").value, 1.5 * 3600);
  EXPECT_EQ(Total(facts, "art_resolution:resolve=first,statistic=maximum").value, 2 * 3600);
  EXPECT_EQ(Kpi("art_resolution:resolve=first").time_basis, TimeBasis::kFirstResolve);
}

TEST(TicketFirstResponseTime, CountsTicketsWithoutResponseApart) {
  FactSet facts;
  auto& ticket = facts.Ticket(hours(1));
  ticket.first_response = ticket.open + seconds(90);
  facts.Ticket(hours(2));
  const Value value = Total(facts, "ticket_first_response_time");
  EXPECT_EQ(value.value, 90);
  EXPECT_EQ(value.sample_count, 1);
  EXPECT_EQ(CountOf(value, "ticket_first_response_time", "pending"), 1);
}

TEST(TicketBacklog, IsThatOfEachBucketsEnd) {
  FactSet facts;
  facts.Ticket(hours(-100));                                 // Open for ever.
  facts.Ticket(hours(-100)).close = kStart;                  // Closed before the first end.
  facts.Ticket(hours(1)).last_resolve = kStart + hours(30);  // At the end of day 1.
  facts.Ticket(hours(24));                                   // Opened at the end of day 1: later.
  facts.Ticket(hours(2)).last_resolve = kStart + hours(24);  // At the end itself: still open.
  facts.Ticket(hours(3)).first_resolve = kStart + hours(4);  // Only reopened since.
  facts.Ticket(hours(50)).close = kStart + hours(71);
  const Query query = Ask({"ticket_backlog"}, days(3), Granularity::kDay);
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_EQ(Numerators(result, 1, 0), (std::vector<double>{4, 3, 3}));
  EXPECT_EQ(result.total[0].value, 3);  // Not 10.
  EXPECT_EQ(result.slices[0].total[0].value, 3);
}

TEST(TicketBacklog, FollowsTheAgentsGroup) {
  FactSet facts;
  facts.Ticket(hours(1));
  facts.Member("a", "red", kInstantMin, kStart + hours(48));
  facts.Member("a", "blue", kStart + hours(48));
  Query query = Ask({"ticket_backlog"}, days(3), Granularity::kDay);
  query.group_by = {By(DimensionKind::kAgentGroup, "team")};
  const Result result = Answers(query, *facts.Snapshot());
  const auto values = [&](std::string_view team) {
    std::vector<double> all;
    for (const Value& value : Find(result, {team})->series) all.push_back(*value.value);
    return all;
  };
  EXPECT_EQ(values("red"), (std::vector<double>{1, 0, 0}));
  EXPECT_EQ(values("blue"), (std::vector<double>{0, 1, 1}));
  EXPECT_EQ(Find(result, {"red"})->total[0].value, 0);
  EXPECT_EQ(Find(result, {"blue"})->total[0].value, 1);
  query.filters = {{query.group_by[0], {"red"}, false}};
  EXPECT_EQ(Answers(query, *facts.Snapshot()).total[0].value, 0);
}

TEST(Tickets, HavePriorityAndNoDirection) {
  FactSet facts;
  facts.Ticket(hours(1)).priority = facts.dictionaries().priorities.FindOrAdd("high");
  facts.Ticket(hours(2));
  facts.Handled(hours(1), seconds(0), seconds(1));
  Query query = Ask({"ticket_volume", "ticket_backlog", "contacts_handled"});
  query.group_by = {By(DimensionKind::kPriority)};
  Result result = Answers(query, *facts.Snapshot());
  ASSERT_EQ(result.slices.size(), 2U);
  EXPECT_EQ(Find(result, {"high"})->total[0].value, 1);
  EXPECT_EQ(Find(result, {""})->total[1].value, 1);
  EXPECT_EQ(Find(result, {"high"})->total[2].no_value_reason, NoValueReason::kNotApplicable);
  EXPECT_EQ(result.total[2].value, 1);
  query.filters = {{query.group_by[0], {"high"}, false}};
  EXPECT_EQ(Answers(query, *facts.Snapshot()).total[0].value, 1);
  query.group_by = {By(DimensionKind::kDirection)};
  query.filters.clear();
  result = Answers(query, *facts.Snapshot());
  EXPECT_EQ(Find(result, {"inbound"})->total[0].no_value_reason, NoValueReason::kNotApplicable);
}

}  // namespace
}  // namespace kpid::metrics
