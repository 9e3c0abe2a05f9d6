#include "server/query_response.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decoded_response.h"
#include "metrics/error_reason.h"
#include "metrics/fact_snapshot.h"
#include "server/effective_targets.h"
#include "test_server.h"
#include "violation_matchers.h"

namespace kpid::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsNan;

constexpr int64_t kMarch = 1'772'323'200;  // 2026-03-01.
constexpr int64_t kDay = 86'400;

metrics::Instant DayOfMarch(int day) {
  return metrics::Instant(std::chrono::seconds(kMarch + (day - 1) * kDay));
}

metrics::Value ServiceLevel(double percent) {
  metrics::Value value;
  value.value = percent;
  value.numerator = 3;
  value.denominator = 4;
  value.lower = percent - 10;
  value.upper = percent + 10;
  value.sample_count = 4;
  value.counts[0] = 2;
  return value;
}

class QueryResponseTest : public testing::Test {
 protected:
  // One KPI by queue in two buckets; one slice with a value, and none in the second bucket.
  QueryResponseTest() {
    v1::QueryKpisRequest request = MarchQuestion("sl");
    request.mutable_interval()->mutable_end_time()->set_seconds(kMarch + 2 * kDay);
    request.set_granularity(v1::GRANULARITY_DAY);
    request.set_compare_to(v1::COMPARISON_PERIOD_PREVIOUS_PERIOD);
    request.add_group_by()->set_kind(v1::DIMENSION_KIND_QUEUE);
    ViolationList violations;
    question_ = ReadQueryKpis(request, &violations);
    EXPECT_TRUE(violations.empty());
    none_.no_value_reason = metrics::NoValueReason::kNoData;
    metrics::Value value = ServiceLevel(75);
    value.currency = 1;
    metrics::Result& result = answer_.result;
    result.total = {value};
    result.currencies = {"", "EUR"};
    result.slices.push_back({{{"sales", "Sales", false}}, {value}, {value, none_}});
    result.slices.push_back({{{"", "", true}}, {none_}, {none_, none_}});
    answer_.slice_count = 7;
    SetTargets({});
  }

  // An earlier span of which the second day has no counterpart.
  void Compare(const metrics::Value& before) {
    answer_.before = answer_.result;
    answer_.before->total = {before};
    answer_.before->slices[0].total = {before};
    answer_.before->slices[0].series = {before, none_};
    answer_.compared.range = {DayOfMarch(1) - std::chrono::days(2), DayOfMarch(1)};
    answer_.compared.buckets = {answer_.compared.range};
    answer_.compared.counterpart = {0, std::nullopt};
  }

  // A target of 80 % for each scope and range.
  static metrics::Target Target(const std::string& id, metrics::TargetScope scope,
                                const std::string& scope_id, metrics::TimeRange range) {
    metrics::Target target;
    target.target_id = id;
    EXPECT_THAT(metrics::ResolveKpi("service_level", "", {}, "", &target.kpi), IsEmpty());
    target.scope = scope;
    target.scope_id = scope_id;
    target.target_value = 80;
    target.worst_value = 60;
    target.best_value = 100;
    target.range = range;
    return target;
  }

  void SetTargets(std::vector<metrics::Target> targets) {
    metrics::FactSnapshot::Builder builder;
    builder.SetTargets(metrics::TargetSet(std::move(targets)));
    answer_.snapshot = builder.Build();
  }

  v1::QueryKpisResponse Response(metrics::ValueDetail detail) {
    question_.asked.query.value_detail = detail;
    EncodedResponse encoded(int64_t{1} << 30);
    v1::QueryKpisResponse resolved;
    SetQuestion(question_, &resolved);
    absl::Status status = encoded.Append(resolved);
    if (status.ok()) status = AppendAnswer(question_, answer_, 1, &encoded);
    EXPECT_TRUE(status.ok()) << status;
    return Decoded<v1::QueryKpisResponse>(encoded);
  }

  Question question_;
  metrics::Answer answer_;
  metrics::Value none_;
};

TEST_F(QueryResponseTest, SlicesAndPointsAreInPlace) {
  const v1::QueryKpisResponse response = Response(metrics::ValueDetail::kCounts);
  EXPECT_EQ(response.kpis(0).id(), "service_level");
  EXPECT_EQ(response.kpis(0).unit(), v1::UNIT_PERCENT);
  EXPECT_EQ(response.kpis(0).parameters().at("threshold"), "20s");
  EXPECT_EQ(response.time_zone(), "UTC");
  EXPECT_EQ(response.confidence_level(), 0.95);
  EXPECT_EQ(response.slice_count(), 7);
  EXPECT_EQ(response.total().values(0).value(), 75);
  ASSERT_EQ(response.slices_size(), 2);
  const v1::Slice& sales = response.slices(0);
  EXPECT_EQ(sales.dimensions(0).dimension().kind(), v1::DIMENSION_KIND_QUEUE);
  EXPECT_EQ(sales.dimensions(0).value(), "sales");
  EXPECT_EQ(sales.dimensions(0).display_name(), "Sales");
  EXPECT_FALSE(sales.dimensions(0).missing());
  EXPECT_FALSE(sales.other());
  ASSERT_EQ(sales.series_size(), 2);
  EXPECT_EQ(sales.series(0).interval().start_time().seconds(), kMarch);
  EXPECT_EQ(sales.series(1).interval().start_time().seconds(), kMarch + kDay);
  EXPECT_EQ(sales.series(0).values(0).value(), 75);
  EXPECT_FALSE(sales.series(1).values(0).has_value());
  EXPECT_EQ(sales.series(1).values(0).no_value_reason(), v1::NO_VALUE_REASON_NO_DATA);
  EXPECT_TRUE(response.slices(1).dimensions(0).missing());
}

TEST_F(QueryResponseTest, DetailDecidesWhatAValueCarries) {
  const v1::KpiValue bare = Response(metrics::ValueDetail::kBare).total().values(0);
  EXPECT_EQ(bare.value(), 75);
  EXPECT_EQ(bare.currency_code(), "EUR");
  EXPECT_FALSE(bare.has_numerator() || bare.has_denominator());
  EXPECT_FALSE(bare.has_confidence_interval());
  EXPECT_FALSE(bare.has_target() || bare.has_comparison());
  EXPECT_EQ(bare.sample_count(), 0);
  EXPECT_THAT(bare.counts(), IsEmpty());

  const v1::KpiValue counts = Response(metrics::ValueDetail::kCounts).total().values(0);
  EXPECT_EQ(counts.numerator(), 3);
  EXPECT_EQ(counts.denominator(), 4);
  EXPECT_EQ(counts.sample_count(), 4);
  EXPECT_EQ(counts.counts().size(), 1u) << "only those that are not 0";
  EXPECT_EQ(counts.counts().begin()->second, 2);
  EXPECT_FALSE(counts.has_confidence_interval());

  const v1::KpiValue interval = Response(metrics::ValueDetail::kInterval).total().values(0);
  EXPECT_EQ(interval.confidence_interval().lower(), 65);
  EXPECT_EQ(interval.confidence_interval().upper(), 85);
}

TEST_F(QueryResponseTest, OtherSlicesAreMarkedAndNameless) {
  answer_.result.slices[1].dimensions.clear();
  answer_.result.slices[1].other = true;
  const v1::QueryKpisResponse response = Response(metrics::ValueDetail::kBare);
  EXPECT_TRUE(response.slices(1).other());
  EXPECT_EQ(response.slices(1).dimensions_size(), 0);
}

TEST_F(QueryResponseTest, ChangesStandBesideValues) {
  Compare(ServiceLevel(50));
  const v1::QueryKpisResponse response = Response(metrics::ValueDetail::kInterval);
  EXPECT_EQ(response.comparison_interval().start_time().seconds(), kMarch - 2 * kDay);
  EXPECT_EQ(response.comparison_interval().end_time().seconds(), kMarch);
  const v1::Slice& sales = response.slices(0);
  for (const v1::KpiValue& value :
       {response.total().values(0), sales.total().values(0), sales.series(0).values(0)}) {
    const v1::Comparison& comparison = value.comparison();
    EXPECT_EQ(comparison.previous_value(), 50);
    EXPECT_EQ(comparison.previous_sample_count(), 4);
    EXPECT_FALSE(comparison.has_absolute_change()) << "75 EUR after 50 of no currency";
  }
  EXPECT_EQ(sales.series(0).comparison_interval().start_time().seconds(), kMarch - 2 * kDay);
  EXPECT_FALSE(sales.series(1).has_comparison_interval()) << "a day without a counterpart";
  const v1::Comparison& nothing = sales.series(1).values(0).comparison();
  EXPECT_FALSE(nothing.has_previous_value());
  EXPECT_EQ(nothing.previous_no_value_reason(), v1::NO_VALUE_REASON_NO_DATA);
  EXPECT_EQ(nothing.significance(), v1::CHANGE_SIGNIFICANCE_UNSPECIFIED);
}

TEST_F(QueryResponseTest, DetailDecidesWhatAChangeCarries) {
  answer_.result.total = {ServiceLevel(75)};
  Compare(ServiceLevel(50));
  const auto change_with = [&](metrics::ValueDetail detail) {
    return Response(detail).total().values(0).comparison();
  };
  const v1::Comparison bare = change_with(metrics::ValueDetail::kBare);
  EXPECT_EQ(bare.previous_value(), 50);
  EXPECT_EQ(bare.absolute_change(), 25);
  EXPECT_EQ(bare.relative_change_percent(), 50);
  EXPECT_EQ(bare.significance(), v1::CHANGE_SIGNIFICANCE_SIGNIFICANT);
  EXPECT_EQ(bare.previous_sample_count(), 0);
  EXPECT_FALSE(bare.has_change_interval());
  const v1::Comparison counts = change_with(metrics::ValueDetail::kCounts);
  EXPECT_EQ(counts.previous_sample_count(), 4);
  EXPECT_FALSE(counts.has_change_interval());
  const v1::Comparison interval = change_with(metrics::ValueDetail::kInterval);
  EXPECT_NEAR(interval.change_interval().lower(), 25 - std::sqrt(200), 1e-9);
  EXPECT_NEAR(interval.change_interval().upper(), 25 + std::sqrt(200), 1e-9);
}

TEST_F(QueryResponseTest, TargetsAreOfTheBucketAndTheScope) {
  const metrics::Instant noon = DayOfMarch(1) + std::chrono::hours(12);
  SetTargets({Target("sales", metrics::TargetScope::kQueue, "sales", {DayOfMarch(1), noon}),
              Target("all", metrics::TargetScope::kAll, "",
                     {metrics::Instant::min(), metrics::kInstantEnd}),
              Target("service", metrics::TargetScope::kQueue, "service",
                     {metrics::Instant::min(), metrics::kInstantEnd})});
  answer_.result.currencies.clear();
  const v1::QueryKpisResponse response = Response(metrics::ValueDetail::kBare);
  const v1::TargetAssessment total = response.total().values(0).target();
  EXPECT_EQ(total.target_id(), "all");
  EXPECT_EQ(total.target_value(), 80);
  EXPECT_FALSE(total.has_band_end_value());
  EXPECT_EQ(total.status(), v1::TARGET_STATUS_MISSED);
  EXPECT_NEAR(total.attainment(), 15.0 / 40, 1e-12);
  const v1::Slice& sales = response.slices(0);
  EXPECT_EQ(sales.total().values(0).target().target_id(), "sales") << "the range's start";
  EXPECT_EQ(sales.series(0).values(0).target().target_id(), "sales");
  EXPECT_EQ(sales.series(1).values(0).target().target_id(), "all") << "ended at noon";
  EXPECT_EQ(sales.series(1).values(0).target().status(), v1::TARGET_STATUS_NO_VALUE);
  EXPECT_FALSE(sales.series(1).values(0).target().has_attainment());
}

TEST_F(QueryResponseTest, NobodysSlicesHaveNoTarget) {
  SetTargets({Target("all", metrics::TargetScope::kAll, "",
                     {metrics::Instant::min(), metrics::kInstantEnd})});
  answer_.result.currencies.clear();
  answer_.result.slices.push_back(answer_.result.slices[0]);
  answer_.result.slices[2].other = true;
  answer_.result.slices[2].dimensions.clear();
  const v1::QueryKpisResponse response = Response(metrics::ValueDetail::kCounts);
  EXPECT_TRUE(response.slices(0).total().values(0).has_target());
  for (const v1::Slice& slice : {response.slices(1), response.slices(2)}) {
    EXPECT_FALSE(slice.total().values(0).has_target());
    EXPECT_FALSE(slice.series(0).values(0).has_target());
  }
}

TEST_F(QueryResponseTest, TargetsOfOtherParametersAreNoTargets) {
  metrics::Target other = Target("60s", metrics::TargetScope::kAll, "",
                                 {metrics::Instant::min(), metrics::kInstantEnd});
  EXPECT_THAT(metrics::ResolveKpi("sl", "", {{"threshold", "60s"}}, "", &other.kpi), IsEmpty());
  SetTargets({other});
  EXPECT_FALSE(Response(metrics::ValueDetail::kCounts).total().values(0).has_target());
}

// Whatever the order of buckets and edges, what is found is what the set says.
TEST_F(QueryResponseTest, EffectiveTargetsAreThoseOfTheSet) {
  std::vector<metrics::Target> targets;
  for (int i = 0; i < 6; ++i) {
    targets.push_back(Target("t" + std::to_string(i),
                             i % 2 == 0 ? metrics::TargetScope::kAll : metrics::TargetScope::kQueue,
                             i % 2 == 0 ? "" : "sales",
                             {DayOfMarch(1 + i), DayOfMarch(3 + 2 * i)}));
  }
  SetTargets(targets);
  EffectiveTargets effective(question_.query(), *answer_.snapshot);
  for (const metrics::Slice* slice :
       {static_cast<const metrics::Slice*>(nullptr),
        static_cast<const metrics::Slice*>(&answer_.result.slices[0])}) {
    effective.Begin(slice);
    const metrics::ValueScope scope =
        metrics::ScopeOf(question_.query(), slice, answer_.snapshot->roster(),
                         answer_.snapshot->dictionaries().groups);
    for (metrics::Instant t = DayOfMarch(0); t < DayOfMarch(20); t += std::chrono::hours(8)) {
      EXPECT_EQ(effective.Find(0, t),
                answer_.snapshot->targets().Effective(question_.query().kpis[0], scope, t));
    }
  }
}

TEST_F(QueryResponseTest, NumbersAreTheSameValuesWithoutMessages) {
  question_.numbers = true;
  const v1::QueryKpisResponse response = Response(metrics::ValueDetail::kBare);
  EXPECT_EQ(response.kpis(0).id(), "service_level");
  EXPECT_FALSE(response.has_total());
  EXPECT_THAT(response.total_numbers().values(), ElementsAre(75));
  EXPECT_THAT(response.total_numbers().no_value_reasons(), IsEmpty());
  ASSERT_EQ(response.buckets_size(), 2);
  EXPECT_EQ(response.buckets(1).start_time().seconds(), kMarch + kDay);
  EXPECT_EQ(response.slice_count(), 7);
  ASSERT_EQ(response.slices_size(), 2);
  const v1::Slice& sales = response.slices(0);
  EXPECT_EQ(sales.dimensions(0).value(), "sales");
  EXPECT_EQ(sales.dimensions(0).display_name(), "Sales");
  EXPECT_FALSE(sales.has_total());
  EXPECT_EQ(sales.series_size(), 0);
  EXPECT_THAT(sales.total_numbers().values(), ElementsAre(75));
  EXPECT_THAT(sales.series_numbers().values(), ElementsAre(75, IsNan()));
  EXPECT_THAT(sales.series_numbers().no_value_reasons(),
              ElementsAre(v1::NO_VALUE_REASON_UNSPECIFIED, v1::NO_VALUE_REASON_NO_DATA));
  EXPECT_THAT(sales.series_numbers().currency_codes(), IsEmpty()) << "percent";
  EXPECT_TRUE(response.slices(1).dimensions(0).missing());
  EXPECT_THAT(response.slices(1).total_numbers().values(), ElementsAre(IsNan()));
}

TEST_F(QueryResponseTest, NumbersOfMoneyHaveCurrencies) {
  question_.numbers = true;
  question_.asked.query.kpis[0].unit = metrics::Unit::kMoney;
  const v1::QueryKpisResponse response = Response(metrics::ValueDetail::kBare);
  EXPECT_THAT(response.slices(0).series_numbers().currency_codes(), ElementsAre("EUR", ""));
}

TEST_F(QueryResponseTest, NumbersOfOneBucketAreTheTotal) {
  question_.numbers = true;
  question_.asked.query.buckets.resize(1);
  for (metrics::Slice& slice : answer_.result.slices) {
    slice.series = metrics::ValueList(slice.series.Part(0, 1));
  }
  const v1::QueryKpisResponse response = Response(metrics::ValueDetail::kBare);
  EXPECT_FALSE(response.slices(0).has_series_numbers());
  EXPECT_THAT(response.slices(0).total_numbers().values(), ElementsAre(75));
}

TEST_F(QueryResponseTest, TheBytesDoNotDependOnThreads) {
  const metrics::Slice slice = answer_.result.slices[0];
  for (int i = 0; i < 5'000; ++i) {
    answer_.result.slices.push_back(slice);
    answer_.result.slices.back().dimensions[0].value = std::to_string(i);
    answer_.result.slices.back().series.Set(1, ServiceLevel(i % 90));
  }
  Compare(ServiceLevel(50));
  answer_.before->slices = answer_.result.slices;
  SetTargets(
      {Target("all", metrics::TargetScope::kAll, "", {metrics::kInstantMin, metrics::kInstantEnd}),
       Target("17", metrics::TargetScope::kQueue, "17",
              {metrics::kInstantMin, metrics::kInstantEnd})});
  for (const bool numbers : {false, true}) {
    question_.numbers = numbers;
    std::string expected;
    for (const int threads : {1, 2, 7}) {
      EncodedResponse encoded(int64_t{1} << 30);
      ASSERT_TRUE(AppendAnswer(question_, answer_, threads, &encoded).ok());
      if (threads == 1) expected = encoded.Joined();
      EXPECT_TRUE(encoded.Joined() == expected) << threads;
      EXPECT_EQ(encoded.bytes(), static_cast<int64_t>(expected.size()));
      EncodedResponse tight(encoded.bytes() - 1);
      EXPECT_EQ(AppendAnswer(question_, answer_, threads, &tight).code(),
                absl::StatusCode::kResourceExhausted);
    }
  }
}

TEST_F(QueryResponseTest, TooLargeAnswersAreRefusedWhileTheyAreWritten) {
  answer_.result.slices.assign(1'000, answer_.result.slices[0]);
  Compare(ServiceLevel(50));
  answer_.before->slices = answer_.result.slices;
  const int64_t bytes =
      static_cast<int64_t>(Response(metrics::ValueDetail::kCounts).ByteSizeLong());
  EncodedResponse response(bytes / 10);
  const absl::Status status = AppendAnswer(question_, answer_, 1, &response);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(metrics::ReasonOf(status).has_value());
  EXPECT_EQ(metrics::ReasonOf(status)->reason, "RESULT_TOO_LARGE");
  EXPECT_EQ(metrics::ReasonOf(status)->metadata.at("limit"), std::to_string(bytes / 10));
  EXPECT_LE(response.bytes(), bytes / 10) << "no further than the limit";
  EncodedResponse whole(bytes);
  EXPECT_TRUE(AppendAnswer(question_, answer_, 1, &whole).ok());
}

}  // namespace
}  // namespace kpid::server
