// Slices that a question names (Query::selection).

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/metrics/fact_set.h"

namespace kpid::metrics {
namespace {

DimensionValue Named(std::string_view value) {
  return {.value = std::string(value), .display_name = "", .missing = false};
}

DimensionValue Missing() { return {.value = "", .display_name = "", .missing = true}; }

// Contacts of 10s, 20s, ... one of each, of these queues in turn; "" is none.
FactSet Contacts(const std::vector<std::string>& queues) {
  FactSet facts;
  for (size_t i = 0; i < queues.size(); ++i) {
    InteractionFact& fact = facts.Handled(hours(i), seconds(1), seconds(10) * (i + 1));
    fact.queue = queues[i].empty() ? kNoCode : facts.Queue(queues[i]);
  }
  return facts;
}

Query ByQueue(std::initializer_list<std::string_view> kpis) {
  Query query = Ask(kpis);
  query.group_by = {By(DimensionKind::kQueue)};
  query.selection.emplace();
  return query;
}

std::vector<double> Totals(const Result& result, size_t kpi = 0) {
  std::vector<double> values;
  for (const Slice& slice : result.slices) values.push_back(slice.total[kpi].value.value_or(-1));
  return values;
}

using Doubles = std::vector<double>;

TEST(Selection, GivesSlicesInItsOrder) {
  const FactSet facts = Contacts({"a", "b", "c", "a"});
  Query query = ByQueue({"contacts_handled", "average_talk_time"});
  query.selection->slices = {{Named("c")}, {Named("a")}};
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_EQ(Totals(result), (Doubles{1, 2}));
  EXPECT_EQ(result.slices[0].dimensions[0].value, "c");
  EXPECT_EQ(result.total[0].value, 4) << "others count in the total";
  EXPECT_EQ(result.total[1].value, 25);
}

TEST(Selection, AValueThatNoFactHasMatchesNothing) {
  const FactSet facts = Contacts({"a", "", "b"});
  Query query = ByQueue({"contacts_handled", "average_talk_time"});
  query.selection->slices = {{Named("none such")}, {Named("")}, {Missing()}};
  query.selection->with_other = true;
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_EQ(Totals(result), (Doubles{0, 0, 1, 2}));
  EXPECT_EQ(result.slices[0].total[1].no_value_reason, NoValueReason::kNoData);
  EXPECT_EQ(result.slices[0].dimensions[0].value, "none such");
}

TEST(Selection, ValuesThatExistMayHaveNoCombination) {
  FactSet facts = Contacts({"a", "b"});
  facts.Handled(hours(5), seconds(1), seconds(1)).agent = facts.Agent("z");
  Query query = ByQueue({"contacts_handled"});
  query.group_by.push_back(By(DimensionKind::kAgent));
  query.selection->slices = {{Named("a"), Named("z")},
                             {Named("q"), Named("z")},
                             {Named("b"), Named("none such")},
                             {Named("b"), Named("a")}};
  query.selection->with_other = true;
  EXPECT_EQ(Totals(Answers(query, *facts.Snapshot())), (Doubles{0, 1, 0, 1, 1}));
}

TEST(Selection, OtherIsExactWhereValuesDoNotAddUp) {
  const FactSet facts = Contacts({"a", "b", "c", "b", "", "d"});
  Query query = ByQueue({"average_talk_time:statistic=median", "longest_wait",
                         "average_talk_time:statistic=standard_deviation"});
  query.selection->slices = {{Named("b")}};
  query.selection->with_other = true;
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_TRUE(result.slices[1].other);
  EXPECT_TRUE(result.slices[1].dimensions.empty());
  EXPECT_EQ(result.slices[1].total[0].value, 30) << "of 10, 30, 50, 60";
  EXPECT_EQ(result.slices[1].total[0].sample_count, 4);
  EXPECT_NEAR(*result.slices[1].total[2].value, 22.17356, 1e-5);
}

// One activity of an agent of two of the other slices is one sample.
TEST(Selection, OtherCountsASpanOnce) {
  FactSet facts;
  for (const std::string_view team : {"t1", "t2", "t3"}) facts.AddGroup(team, "team", "");
  facts.Member("a", "t1", kInstantMin, kStart + hours(1));
  facts.Member("a", "t2", kStart + hours(1), kStart + hours(2));
  facts.Member("a", "t3", kStart + hours(2));
  facts.Activity(AgentState::kHandling, hours(0), hours(3));
  Query query = Ask({"occupancy"});
  query.group_by = {By(DimensionKind::kAgentGroup, "team")};
  query.selection = SliceSelection{.slices = {{Named("t1")}}, .with_other = true};
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_EQ(result.slices[0].total[0].numerator, 3600);
  EXPECT_EQ(result.slices[1].total[0].numerator, 7200);
  EXPECT_EQ(result.slices[1].total[0].sample_count, 1);
  EXPECT_EQ(result.total[0].sample_count, 1);
}

// A cost of no queue goes to the queues by their contacts, whether they are selected or not.
TEST(Selection, CostsAreSpreadOverAllSlices) {
  FactSet facts = Contacts({"a", "a", "b", "c"});
  facts.Cost("EUR", 100, hours(0), days(7));
  CostFact& own = facts.Cost("EUR", 10, hours(0), days(7));
  own.queue = facts.Queue("b");
  Query query = ByQueue({"cost_per_contact:allocate=by_contacts", "cost_per_contact"});
  query.selection->slices = {{Named("a")}, {Missing()}};
  query.selection->with_other = true;
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_EQ(result.slices[0].total[0].numerator, 50);
  EXPECT_EQ(result.slices[0].total[0].value, 25);
  EXPECT_EQ(result.slices[1].total[0].numerator, 0) << "nothing stays without a queue";
  EXPECT_EQ(result.slices[2].total[0].numerator, 60);
  EXPECT_EQ(result.slices[2].total[0].value, 30);
  EXPECT_EQ(result.total[0].numerator, 110);
  EXPECT_EQ(result.slices[0].total[1].numerator, 0);
  EXPECT_EQ(result.slices[1].total[1].numerator, 100);
  EXPECT_EQ(result.slices[2].total[1].numerator, 10);
}

TEST(Selection, KpisThatLackADimensionDoNotApply) {
  FactSet facts = Contacts({"a", "b"});
  facts.Activity(AgentState::kHandling, hours(0), hours(3));
  Query query = ByQueue({"occupancy", "contacts_handled"});
  query.selection->slices = {{Named("a")}};
  query.selection->with_other = true;
  const Result result = Answers(query, *facts.Snapshot());
  for (const Slice& slice : result.slices) {
    EXPECT_EQ(slice.total[0].no_value_reason, NoValueReason::kNotApplicable);
    EXPECT_EQ(slice.total[1].value, 1);
  }
  EXPECT_EQ(result.total[0].value, 100);
}

TEST(Selection, OfNothingLeavesTheTotal) {
  const FactSet facts = Contacts({"a", "b"});
  Query query = ByQueue({"contacts_handled", "contacts_per_hour"});
  query.group_by = {By(DimensionKind::kAgent)};
  EXPECT_TRUE(Answers(query, *facts.Snapshot()).slices.empty());
  EXPECT_EQ(Answers(query, *facts.Snapshot()).total[0].value, 2);
  query.selection->with_other = true;
  EXPECT_EQ(Totals(Answers(query, *facts.Snapshot())), (Doubles{2}));
  query.group_by.clear();
  EXPECT_EQ(Totals(Answers(query, *facts.Snapshot())), (Doubles{2})) << "not looked at";
}

// More combinations than a table has room for: codes are looked up instead.
TEST(Selection, HoldsAmongManyCombinations) {
  FactSet facts = Contacts({"a", "b", "c"});
  facts.dictionaries().agents.Add(3'000'000, "far");
  facts.interactions()[1].agent = 3'000'000;
  Query query = ByQueue({"contacts_handled"});
  query.group_by.push_back(By(DimensionKind::kAgent));
  query.selection->slices = {{Named("b"), Named("far")}, {Named("b"), Named("a")}};
  query.selection->with_other = true;
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_EQ(Totals(result), (Doubles{1, 0, 2}));
  EXPECT_EQ(result.total[0].value, 3);
}

}  // namespace
}  // namespace kpid::metrics
