#include <gtest/gtest.h>

#include "tests/metrics/fact_set.h"

namespace kpid::metrics {
namespace {

FactSet Sales() {
  FactSet facts;
  auto& a = facts.Handled(minutes(0), seconds(1), seconds(60));
  a.upsell_offered = a.upsell_accepted = a.conversion_eligible = a.converted = true;
  auto& b = facts.Handled(minutes(1), seconds(1), seconds(60));
  b.upsell_offered = b.conversion_eligible = true;
  auto& c = facts.Handled(minutes(2), seconds(1), seconds(60));
  c.direction = Direction::kOutbound;
  c.converted = true;  // Without being eligible.
  facts.Handled(minutes(3), seconds(1), seconds(60));
  facts.Abandoned(minutes(4), seconds(1)).conversion_eligible = true;
  facts.Contact(Outcome::kInProgress, minutes(5)).upsell_offered = true;
  return facts;
}

TEST(UpsellRate, FollowsBasis) {
  const Value handled = Total(Sales(), "upsell_rate");
  EXPECT_DOUBLE_EQ(*handled.value, 25);
  EXPECT_EQ(CountOf(handled, "upsell_rate", "pending"), 1);
  const Value offered = Total(Sales(), "upsell_rate:basis=offered");
  EXPECT_DOUBLE_EQ(*offered.value, 50);
  EXPECT_EQ(*offered.denominator, 2);
}

TEST(ConversionRate, FollowsBasis) {
  EXPECT_DOUBLE_EQ(*Total(Sales(), "conversion_rate").value, 50);
  const Value eligible = Total(Sales(), "conversion_rate:basis=eligible");
  EXPECT_EQ(*eligible.numerator, 1);  // The other conversion was not among the eligible.
  EXPECT_EQ(*eligible.denominator, 2);
}

TEST(RevenuePerContact, IsOverHandled) {
  FactSet facts;
  facts.Handled(minutes(0), seconds(1), seconds(60)).revenue = facts.Money("EUR", 10.5);
  facts.Handled(minutes(1), seconds(1), seconds(60)).revenue = facts.Money("EUR", -0.5);
  facts.Handled(minutes(2), seconds(1), seconds(60));
  facts.Handled(minutes(3), seconds(1), seconds(60)).direction = Direction::kOutbound;
  facts.Abandoned(minutes(4), seconds(1)).revenue = facts.Money("EUR", 100);
  const Query query = Ask({"revenue_per_contact"});
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_DOUBLE_EQ(*result.total[0].value, 2.5);
  EXPECT_DOUBLE_EQ(*result.total[0].numerator, 10);
  EXPECT_EQ(*result.total[0].denominator, 4);
  EXPECT_EQ(result.currencies.at(result.total[0].currency), "EUR");
}

TEST(RevenuePerContact, MixedCurrenciesHaveNoValue) {
  FactSet facts;
  facts.Handled(minutes(0), seconds(1), seconds(60)).revenue = facts.Money("EUR", 10);
  facts.Handled(hours(30), seconds(1), seconds(60)).revenue = facts.Money("USD", 20);
  Query query =
      Ask({"revenue_per_contact", "revenue_per_contact:currency=USD"}, days(2), Granularity::kDay);
  query.value_detail = ValueDetail::kInterval;
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_EQ(result.total[0].value, std::nullopt);
  EXPECT_EQ(result.total[0].numerator, std::nullopt);
  EXPECT_EQ(result.total[0].no_value_reason, NoValueReason::kMixedCurrencies);
  EXPECT_DOUBLE_EQ(*result.total[1].value, 10);
  EXPECT_EQ(CountOf(result.total[1], "revenue_per_contact", "other_currency"), 1);
  const auto& series = result.slices[0].series;
  EXPECT_DOUBLE_EQ(*series[0].value, 10);
  EXPECT_EQ(result.currencies.at(series[0].currency), "EUR");
  EXPECT_DOUBLE_EQ(*series[1].value, 0);  // The one in USD is left out, its contact is not.
  EXPECT_EQ(result.currencies.at(series[1].currency), "USD");
  EXPECT_DOUBLE_EQ(*series[2].value, 20);
}

TEST(RevenuePerContact, CurrencyThatNobodyUses) {
  FactSet facts;
  facts.Handled(minutes(0), seconds(1), seconds(60)).revenue = facts.Money("EUR", 10);
  const Result result = Answers(Ask({"revenue_per_contact:currency=CHF"}), *facts.Snapshot());
  EXPECT_DOUBLE_EQ(*result.total[0].value, 0);
  EXPECT_EQ(result.currencies.at(result.total[0].currency), "CHF");
}

}  // namespace
}  // namespace kpid::metrics
