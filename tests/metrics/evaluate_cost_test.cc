#include <gtest/gtest.h>

#include "metrics/fact_source.h"
#include "tests/metrics/fact_set.h"

namespace kpid::metrics {
namespace {

TEST(CostPerContact, ProratesByOverlap) {
  FactSet facts;
  facts.Cost("EUR", 30, days(-1), days(2));
  facts.Cost("EUR", 0.000001, hours(0), days(3));  // Comes as its last third ends.
  for (int i = 0; i < 4; ++i) facts.Handled(hours(1), seconds(0), seconds(60));
  facts.Handled(hours(30), seconds(0), seconds(60));
  facts.Contact(Outcome::kInProgress, hours(2));
  const Query query = Ask({"cost_per_contact"}, days(3), Granularity::kDay);
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_EQ(Numerators(result, 1, 0), (std::vector<double>{10, 10, 0.000001}));
  EXPECT_EQ(result.slices[0].series[0].value, 2.5);
  EXPECT_EQ(result.slices[0].series[1].value, 10);
  EXPECT_EQ(result.slices[0].series[2].no_value_reason, NoValueReason::kZeroDenominator);
  EXPECT_DOUBLE_EQ(*result.total[0].value, 20.000001 / 5);
  EXPECT_EQ(result.currencies[result.total[0].currency], "EUR");
  EXPECT_EQ(CountOf(result.total[0], "cost_per_contact", "pending"), 1);
  EXPECT_TRUE(DemandOf(query).costs.has_value());
  EXPECT_TRUE(DemandOf(query).interactions.has_value());
}

TEST(CostPerContact, RefundsAreRoundedDownToo) {
  FactSet facts;
  facts.Cost("EUR", -0.000001, hours(0), days(3));
  facts.Handled(hours(1), seconds(0), seconds(60));
  const Result result =
      Answers(Ask({"cost_per_contact"}, days(3), Granularity::kDay), *facts.Snapshot());
  EXPECT_EQ(Numerators(result, 1, 0), (std::vector<double>{-0.000001, 0, 0}));
}

TEST(CostPerContact, CurrenciesDoNotMix) {
  FactSet facts;
  facts.Cost("EUR", 30, hours(0), hours(1));
  facts.Cost("USD", 70, hours(0), hours(48));
  facts.Handled(hours(1), seconds(0), seconds(60));
  EXPECT_EQ(Total(facts, "cost_per_contact").no_value_reason, NoValueReason::kMixedCurrencies);
  const Result result = Answers(Ask({"cost_per_contact:currency=EUR"}, days(2), Granularity::kDay),
                                *facts.Snapshot());
  EXPECT_EQ(result.total[0].value, 30);
  EXPECT_EQ(CountOf(result.total[0], "cost_per_contact", "other_currency"), 1);
  EXPECT_EQ(CountOf(result.slices[0].series[1], "cost_per_contact", "other_currency"), 1);
}

// A cost of queue q and one of nothing; contacts in q, r and none.
FactSet TwoQueues() {
  FactSet facts;
  facts.Cost("EUR", 40, hours(0), hours(1)).queue = facts.Queue("q");
  facts.Cost("EUR", 60, hours(0), hours(1));
  for (int i = 0; i < 3; ++i) facts.Handled(minutes(1), seconds(0), seconds(60));
  for (int i = 0; i < 2; ++i) {
    facts.Handled(minutes(1), seconds(0), seconds(120)).queue = facts.Queue("r");
  }
  facts.Handled(minutes(1), seconds(0), seconds(60)).queue = kNoCode;
  return facts;
}

std::vector<double> ByQueue(const FactSet& facts, std::string_view kpi) {
  Query query = Ask({kpi}, hours(2), Granularity::kHour);
  query.group_by = {By(DimensionKind::kQueue)};
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_EQ(result.total[0].numerator, 100);
  EXPECT_DOUBLE_EQ(*result.total[0].value, 100.0 / 6);
  std::vector<double> costs;
  for (const std::string_view queue : {"q", "r", ""}) {
    costs.push_back(*Find(result, {queue})->total[0].numerator);
    EXPECT_DOUBLE_EQ(*Find(result, {queue})->series[0].numerator, costs.back());
  }
  return costs;
}

TEST(CostPerContact, UnattributedCostStaysApartOrIsSpread) {
  const FactSet facts = TwoQueues();
  EXPECT_EQ(ByQueue(facts, "cost_per_contact"), (std::vector<double>{40, 0, 60}));
  EXPECT_EQ(ByQueue(facts, "cost_per_contact:allocate=by_contacts"),
            (std::vector<double>{70, 20, 10}));
  const auto by_time = ByQueue(facts, "cost_per_contact:allocate=by_handle_time");
  EXPECT_DOUBLE_EQ(by_time[0], 40 + 60.0 * 3 / 8);
  EXPECT_DOUBLE_EQ(by_time[1], 60.0 * 4 / 8);
  EXPECT_DOUBLE_EQ(by_time[2], 60.0 * 1 / 8);
}

TEST(CostPerContact, ACurrencyAskedForStaysWhereCostWasSpreadAway) {
  FactSet facts = TwoQueues();
  facts.Handled(minutes(1), seconds(0), seconds(0)).queue = facts.Queue("quick");
  Query query = Ask({"cost_per_contact:allocate=by_handle_time,currency=EUR"});
  query.group_by = {By(DimensionKind::kQueue)};
  const Result result = Answers(query, *facts.Snapshot());
  const Value& quick = Find(result, {"quick"})->total[0];
  EXPECT_EQ(quick.value, 0);
  EXPECT_EQ(result.currencies[quick.currency], "EUR");
  facts.interactions().clear();
  facts.Handled(minutes(1), seconds(0), seconds(60));
  facts.Handled(minutes(1), seconds(0), seconds(0)).queue = kNoCode;
  const Result spread = Answers(query, *facts.Snapshot());
  const Value& missing = Find(spread, {""})->total[0];
  EXPECT_EQ(missing.value, 0);
  EXPECT_EQ(result.currencies[missing.currency], "EUR");
}

TEST(CostPerContact, SpreadsOnlyOverSlicesThatItIsFor) {
  FactSet facts;
  facts.Cost("EUR", 10, hours(0), hours(1)).queue = facts.Queue("q");
  facts.Cost("EUR", 7, hours(0), hours(1)).queue = facts.Queue("idle");
  facts.Handled(minutes(1), seconds(0), seconds(60));
  facts.Handled(minutes(1), seconds(0), seconds(60)).channel = Channel::kChat;
  facts.Handled(minutes(1), seconds(0), seconds(60)).queue = facts.Queue("r");
  Query query = Ask({"cost_per_contact:allocate=by_contacts"});
  query.group_by = {By(DimensionKind::kQueue), By(DimensionKind::kChannel)};
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_EQ(Find(result, {"q", "voice"})->total[0].value, 5);
  EXPECT_EQ(Find(result, {"q", "chat"})->total[0].value, 5);
  EXPECT_EQ(Find(result, {"r", "voice"})->total[0].value, 0);
  EXPECT_EQ(Find(result, {"q", ""})->total[0].numerator, 0);
  EXPECT_EQ(Find(result, {"idle", ""})->total[0].numerator, 7);  // Nothing to spread over.
  EXPECT_EQ(result.total[0].numerator, 17);
}

TEST(CostPerContact, AGroupsCostIsThatOfItsAncestorsToo) {
  FactSet facts;
  facts.AddGroup("north", "site", "");
  facts.AddGroup("red", "team", "north");
  facts.Cost("EUR", 8, hours(0), hours(1)).group = facts.Group("red");
  facts.Cost("EUR", 5, hours(0), hours(1)).group = facts.Group("north");
  facts.Member("a", "red");
  facts.Handled(minutes(1), seconds(0), seconds(60));
  Query query = Ask({"cost_per_contact"});
  query.group_by = {By(DimensionKind::kAgentGroup, "site")};
  EXPECT_EQ(Find(Answers(query, *facts.Snapshot()), {"north"})->total[0].value, 13);
  query.group_by = {By(DimensionKind::kAgentGroup, "team")};
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_EQ(Find(result, {"red"})->total[0].value, 8);
  EXPECT_EQ(Find(result, {""})->total[0].numerator, 5);
}

TEST(CostPerContact, FiltersPassWhatIsNamed) {
  const FactSet facts = TwoQueues();
  const auto cost = [&](Filter filter) {
    Query query = Ask({"cost_per_contact"});
    query.filters = {std::move(filter)};
    return *Answers(query, *facts.Snapshot()).total[0].numerator;
  };
  EXPECT_EQ(cost({By(DimensionKind::kQueue), {"q"}, false}), 40);
  EXPECT_EQ(cost({By(DimensionKind::kQueue), {"q"}, true}), 100);
  EXPECT_EQ(cost({By(DimensionKind::kAgent), {"a"}, false}), 0);
  EXPECT_EQ(cost({By(DimensionKind::kAgent), {"a"}, true}), 100);
}

}  // namespace
}  // namespace kpid::metrics
