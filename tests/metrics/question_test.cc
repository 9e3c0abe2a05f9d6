#include "metrics/question.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "metrics/error_reason.h"
#include "tests/metrics/fact_set.h"

namespace kpid::metrics {
namespace {

// Gives the same facts to every demand, and remembers what was demanded.
class FixedFacts final : public FactSource {
 public:
  explicit FixedFacts(const FactSet& facts) : snapshot_(facts.Snapshot()) {}

  absl::StatusOr<std::shared_ptr<const FactSnapshot>> Snapshot(const FactDemand& demand,
                                                               const CallLimits&) override {
    demands.push_back(demand);
    if (demands.size() >= failing_from) return absl::UnavailableError("no database");
    return snapshot_;
  }

  std::vector<FactDemand> demands;
  size_t failing_from = ~size_t{0};  // The first call that fails, from 1.

 private:
  std::shared_ptr<const FactSnapshot> snapshot_;
};

// Every snapshot is of an earlier state than the one before.
class AgeingFacts final : public FactSource {
 public:
  absl::StatusOr<std::shared_ptr<const FactSnapshot>> Snapshot(const FactDemand&,
                                                               const CallLimits&) override {
    FactSnapshot::Builder builder;
    builder.SetDataWatermark(kStart - hours(++snapshots_));
    return builder.Build();
  }

 private:
  int snapshots_ = 0;
};

// Each of these in turn, the last one from then on.
class ChangingFacts final : public FactSource {
 public:
  explicit ChangingFacts(std::vector<FactSet> states) : states_(std::move(states)) {}

  absl::StatusOr<std::shared_ptr<const FactSnapshot>> Snapshot(const FactDemand&,
                                                               const CallLimits&) override {
    const size_t state = std::min(next_++, states_.size() - 1);
    return states_[state].Snapshot();
  }

 private:
  const std::vector<FactSet> states_;
  size_t next_ = 0;
};

// As AgeingFacts, but what is demanded at once is of one state.
class AgeingFactsAtOnce final : public FactSource {
 public:
  absl::StatusOr<std::shared_ptr<const FactSnapshot>> Snapshot(const FactDemand& demand,
                                                               const CallLimits& limits) override {
    return ageing_.Snapshot(demand, limits);
  }
  absl::StatusOr<std::vector<std::shared_ptr<const FactSnapshot>>> Snapshots(
      std::span<const FactDemand> demands, const CallLimits& limits) override {
    return std::vector(demands.size(), *ageing_.Snapshot(FactDemand{}, limits));
  }

 private:
  AgeingFacts ageing_;
};

Answer AnswerTo(const Question& question, FactSource* facts) {
  EvaluateOptions options;
  options.now = kStart + days(365);
  absl::StatusOr<Answer> answer = Ask(question, facts, options);
  EXPECT_TRUE(answer.ok()) << answer.status();
  return answer.ok() ? *std::move(answer) : Answer{};
}

Answer AnswerTo(const Question& question, const FactSet& facts) {
  FixedFacts source(facts);
  return AnswerTo(question, &source);
}

// "a", "b", "-" (missing), "*" (other), by slice; dimensions of one slice are joined by "/".
std::string Slices(const Result& result) {
  std::string text;
  for (const Slice& slice : result.slices) {
    if (!text.empty()) text += ' ';
    if (slice.other) text += '*';
    for (size_t d = 0; d < slice.dimensions.size(); ++d) {
      if (d > 0) text += '/';
      text += slice.dimensions[d].missing ? "-" : slice.dimensions[d].value;
    }
  }
  return text;
}

std::vector<double> Totals(const Result& result, size_t kpi = 0) {
  std::vector<double> values;
  for (const Slice& slice : result.slices) values.push_back(slice.total[kpi].value.value_or(-1));
  return values;
}

std::vector<double> Series(const ValueList& series) {
  std::vector<double> values;
  for (const Value& value : series) values.push_back(value.value.value_or(-1));
  return values;
}

using Doubles = std::vector<double>;

// Queue a: 2 contacts of 10s and 30s; b: 3 of 100s; c: 1 of 60s; none: 1 of 7s. A week before:
// a: 1 of 20s; b: 1 of 10s; d: 1 of 50s.
FactSet Week() {
  FactSet facts;
  const auto add = [&](std::string_view queue, Duration arrive, Duration talk) {
    InteractionFact& fact = facts.Handled(arrive, seconds(5), talk);
    fact.queue = queue.empty() ? kNoCode : facts.Queue(queue);
  };
  add("a", hours(1), seconds(10));
  add("a", days(1), seconds(30));
  for (int i = 0; i < 3; ++i) add("b", days(i), seconds(100));
  add("c", days(3), seconds(60));
  add("", days(4), seconds(7));
  add("a", hours(1) - days(7), seconds(20));
  add("b", hours(2) - days(7), seconds(10));
  add("d", hours(2) - days(6), seconds(50));
  return facts;
}

Question ByQueue(std::initializer_list<std::string_view> kpis,
                 Granularity granularity = Granularity::kRange) {
  Question question;
  question.query = Ask(kpis, days(7), granularity);
  question.query.group_by = {By(DimensionKind::kQueue)};
  return question;
}

TEST(Ask, AnswersAsEvaluateWhereNothingMoreIsAsked) {
  const FactSet facts = Week();
  FixedFacts source(facts);
  const Question question = ByQueue({"average_talk_time", "contacts_handled"});
  const Answer answer = AnswerTo(question, &source);
  EXPECT_EQ(Slices(answer.result), "a b c -");
  EXPECT_EQ(Totals(answer.result), (Doubles{20, 100, 60, 7}));
  EXPECT_EQ(answer.slice_count, 4);
  EXPECT_FALSE(answer.next.has_value());
  EXPECT_FALSE(answer.before.has_value());
  EXPECT_NE(answer.snapshot, nullptr);
  EXPECT_EQ(source.demands.size(), 1U);
  EXPECT_EQ(answer.result.data_watermark, kStart + days(30));
}

TEST(Ask, OrdersByAValueMissingOnesLast) {
  Question question = ByQueue({"average_talk_time", "contacts_handled", "csat"});
  question.order_by = {{.kpi = 0, .descending = true}};
  EXPECT_EQ(Slices(AnswerTo(question, Week()).result), "b c a -");
  question.order_by = {{.kpi = 0}};
  EXPECT_EQ(Slices(AnswerTo(question, Week()).result), "- a c b");
  question.order_by = {{.kpi = 2}, {.kpi = 1}};
  EXPECT_EQ(Slices(AnswerTo(question, Week()).result), "c - a b") << "ties by dimension values";
}

TEST(Ask, PutsSlicesBeyondTheTopTogether) {
  Question question =
      ByQueue({"average_talk_time", "average_talk_time:statistic=median", "contacts_handled"},
              Granularity::kDay);
  question.order_by = {{.kpi = 2, .descending = true}};
  question.top = 1;
  const Answer answer = AnswerTo(question, Week());
  EXPECT_EQ(Slices(answer.result), "b *");
  EXPECT_TRUE(answer.result.slices[1].other);
  EXPECT_EQ(Totals(answer.result, 0), (Doubles{100, 26.75}));
  EXPECT_EQ(Totals(answer.result, 1), (Doubles{100, 10}));
  EXPECT_EQ(answer.slice_count, 4);
  EXPECT_EQ(answer.result.total[2].value, 7);
  EXPECT_EQ(answer.result.slices[1].series.size(), 21U);

  question.with_other = false;
  EXPECT_EQ(Slices(AnswerTo(question, Week()).result), "b");
  question.with_other = true;
  question.top = 4;
  EXPECT_EQ(Slices(AnswerTo(question, Week()).result), "b a c -");
}

TEST(Ask, ComparesTheSameSlices) {
  Question question = ByQueue({"contacts_handled"});
  question.compare_to = ComparisonPeriod::kPreviousPeriod;
  FixedFacts source(Week());
  const Answer answer = AnswerTo(question, &source);
  ASSERT_TRUE(answer.before.has_value());
  EXPECT_EQ(Slices(*answer.before), "a b c -");
  EXPECT_EQ(Totals(*answer.before), (Doubles{1, 1, 0, 0}));
  EXPECT_EQ(answer.before->total[0].value, 3) << "also what is in none of the slices";
  EXPECT_EQ(source.demands.size(), 2U);
  EXPECT_EQ(source.demands[1].interactions, (TimeRange{kStart - days(7), kStart}));
  const Change change = ChangeOf(answer, 1, std::nullopt, 0);
  EXPECT_EQ(change.absolute, 2);
  EXPECT_EQ(change.relative_percent, 200);
  EXPECT_EQ(ChangeOf(answer, std::nullopt, std::nullopt, 0).absolute, 4);
}

TEST(Ask, OrdersByChange) {
  Question question = ByQueue({"contacts_handled"});
  question.compare_to = ComparisonPeriod::kPreviousPeriod;
  question.order_by = {{.kpi = 0, .by = SliceOrder::By::kAbsoluteChange, .descending = true}};
  EXPECT_EQ(Slices(AnswerTo(question, Week()).result), "b a c -");
  question.order_by = {{.kpi = 0, .by = SliceOrder::By::kRelativeChange}};
  EXPECT_EQ(Slices(AnswerTo(question, Week()).result), "a b c -") << "no change of nothing";
}

TEST(Ask, PagesGoOnAfterTheLastSlice) {
  for (const Granularity granularity : {Granularity::kRange, Granularity::kDay}) {
    Question question = ByQueue({"contacts_handled"}, granularity);
    question.order_by = {{.kpi = 0, .descending = true}};
    question.page_size = 3;
    Answer answer = AnswerTo(question, Week());
    EXPECT_EQ(Slices(answer.result), "b a c");
    EXPECT_EQ(answer.slice_count, 4);
    EXPECT_EQ(answer.result.total[0].value, 7);
    ASSERT_TRUE(answer.next.has_value());
    question.after = answer.next;
    answer = AnswerTo(question, Week());
    EXPECT_EQ(Slices(answer.result), "-");
    EXPECT_EQ(answer.slice_count, 4);
    EXPECT_EQ(answer.result.total[0].value, 7);
    EXPECT_FALSE(answer.next.has_value());
  }
}

TEST(Ask, BringsSeriesToTheQuestionsBuckets) {
  Question question = ByQueue({"contacts_handled"}, Granularity::kDay);
  question.compare_to = ComparisonPeriod::kLastWeek;
  const Answer answer = AnswerTo(question, Week());
  EXPECT_EQ(Series(answer.result.slices[0].series), (Doubles{1, 1, 0, 0, 0, 0, 0}));
  EXPECT_EQ(Series(answer.before->slices[0].series), (Doubles{1, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(ChangeOf(answer, 0, 1, 0).absolute, 1);
}

TEST(Ask, WithholdsWhatRestsOnTooLittle) {
  Question question = ByQueue({"average_talk_time", "contacts_handled", "csat"});
  question.sample_minimum = 2;
  question.order_by = {{.kpi = 0}};
  const Answer answer = AnswerTo(question, Week());
  EXPECT_EQ(Slices(answer.result), "a b c -");
  const Value& value = answer.result.slices[2].total[0];
  EXPECT_FALSE(value.value.has_value());
  EXPECT_FALSE(value.numerator.has_value());
  EXPECT_EQ(value.sample_count, 1);
  EXPECT_EQ(value.no_value_reason, NoValueReason::kSuppressedSmallGroup);
  EXPECT_EQ(answer.result.slices[2].total[1].value, 1) << "counts are not withheld";
  EXPECT_EQ(answer.result.slices[2].total[2].no_value_reason, NoValueReason::kNoData);
  EXPECT_EQ(answer.result.total[0].sample_count, 7);
}

TEST(Ask, WithholdsOnBothSidesOfAChange) {
  Question question = ByQueue({"average_talk_time"});
  question.sample_minimum = 2;
  question.compare_to = ComparisonPeriod::kPreviousPeriod;
  question.query.value_detail = ValueDetail::kBare;
  const Answer answer = AnswerTo(question, Week());
  EXPECT_EQ(answer.result.slices[1].total[0].value, 100);
  EXPECT_FALSE(answer.result.slices[2].total[0].lower.has_value());
  const Value& before = answer.before->slices[1].total[0];
  EXPECT_EQ(before.no_value_reason, NoValueReason::kSuppressedSmallGroup);
  EXPECT_EQ(before.sample_count, 1);
  EXPECT_FALSE(ChangeOf(answer, 1, std::nullopt, 0).absolute.has_value());
  EXPECT_EQ(ChangeOf(answer, std::nullopt, std::nullopt, 0).absolute.has_value(), true);
}

TEST(Ask, JudgesChangesByIntervals) {
  FactSet facts;
  for (int i = 0; i < 40; ++i) {
    facts.Handled(hours(i), seconds(5 + i % 2), seconds(100 + i % 3));
    facts.Handled(hours(i) - days(7), seconds(5 + i % 2), seconds(90 + i % 3));
  }
  Question question;
  question.query = Ask({"average_talk_time", "average_speed_of_answer", "contacts_handled"});
  question.query.value_detail = ValueDetail::kBare;
  question.compare_to = ComparisonPeriod::kLastWeek;
  const Answer answer = AnswerTo(question, facts);
  const Change talk = ChangeOf(answer, std::nullopt, std::nullopt, 0);
  EXPECT_NEAR(*talk.absolute, 10, 0.1);
  EXPECT_LT(*talk.lower, 10);
  EXPECT_GT(*talk.upper, 10);
  EXPECT_EQ(talk.significance, Significance::kSignificant);
  EXPECT_EQ(ChangeOf(answer, std::nullopt, std::nullopt, 1).significance,
            Significance::kNotSignificant);
  EXPECT_EQ(ChangeOf(answer, 0, std::nullopt, 2).significance, Significance::kNotJudged);
}

TEST(Ask, ComparesMoneyOfOneCurrency) {
  FactSet facts;
  const auto sell = [&](std::string_view queue, Duration arrive, std::string_view currency,
                        double amount) {
    InteractionFact& fact = facts.Handled(arrive, seconds(5), seconds(10));
    fact.queue = facts.Queue(queue);
    if (!currency.empty()) fact.revenue = facts.Money(currency, amount);
  };
  sell("a", hours(1) - days(7), "EUR", 10);
  sell("a", hours(1), "EUR", 15);
  sell("b", hours(1) - days(7), "USD", 10);
  sell("b", hours(1), "EUR", 15);
  sell("c", hours(1) - days(7), "", 0);
  sell("c", hours(1), "EUR", 15);
  Question question = ByQueue({"revenue_per_contact"});
  question.compare_to = ComparisonPeriod::kPreviousPeriod;
  const Answer answer = AnswerTo(question, facts);
  EXPECT_EQ(ChangeOf(answer, 0, std::nullopt, 0).absolute, 5);
  EXPECT_FALSE(ChangeOf(answer, 1, std::nullopt, 0).absolute.has_value());
  EXPECT_EQ(ChangeOf(answer, 2, std::nullopt, 0).absolute, 15) << "no revenue is 0 in any currency";
}

TEST(Ask, PutsTheOthersOfBothSpansTogether) {
  Question question = ByQueue({"contacts_handled", "average_talk_time"}, Granularity::kDay);
  question.compare_to = ComparisonPeriod::kPreviousPeriod;
  question.order_by = {{.kpi = 0, .descending = true}};
  question.top = 1;
  const Answer answer = AnswerTo(question, Week());
  EXPECT_EQ(Slices(answer.result), "b *");
  EXPECT_EQ(Slices(*answer.before), "b *");
  EXPECT_EQ(Totals(*answer.before), (Doubles{1, 2})) << "a and d";
  EXPECT_EQ(Totals(*answer.before, 1), (Doubles{10, 35}));
  EXPECT_EQ(ChangeOf(answer, 1, std::nullopt, 0).absolute, 2);
  EXPECT_EQ(answer.before->slices[1].series.size(), 14U);
}

TEST(Ask, AchievementCountsTargetsOfKpisThatAreNotAskedFor) {
  FactSet facts = Week();
  facts.AddTarget("average_talk_time", 50);
  facts.AddTarget("contacts_handled", 3);
  FixedFacts source(facts);
  Question question = ByQueue({"kpi_achievement"});
  question.compare_to = ComparisonPeriod::kPreviousPeriod;
  question.order_by = {{.kpi = 0, .descending = true}};
  Answer answer = AnswerTo(question, &source);
  EXPECT_EQ(Slices(answer.result), "a b c -");
  EXPECT_EQ(Totals(answer.result), (Doubles{50, 50, 0, -1}));
  EXPECT_EQ(answer.result.total[0].value, 0);
  EXPECT_EQ(answer.result.total.size(), 1U);
  EXPECT_EQ(Totals(*answer.before), (Doubles{50, 50, 0, -1}));
  ASSERT_EQ(source.demands.size(), 3U);
  EXPECT_FALSE(source.demands[0].interactions.has_value()) << "which targets there are";
  EXPECT_TRUE(source.demands[1].interactions.has_value());

  question.top = 2;
  answer = AnswerTo(question, facts);
  EXPECT_EQ(Slices(answer.result), "a b *");
  EXPECT_EQ(answer.result.slices[2].total[0].no_value_reason, NoValueReason::kNoData);
}

// Targets come and change while they are asked about: those of the facts count.
TEST(Ask, AchievementIsOfOneState) {
  FactSet none = Week();
  FactSet easy = Week();
  easy.AddTarget("service_level", 0);
  FactSet hard = Week();
  hard.AddTarget("service_level", 101);
  ChangingFacts added({none, easy});
  EXPECT_EQ(AnswerTo(ByQueue({"kpi_achievement"}), &added).result.total[0].value, 100);
  ChangingFacts changed({easy, hard});
  EXPECT_EQ(AnswerTo(ByQueue({"kpi_achievement"}), &changed).result.total[0].value, 0);
  ChangingFacts deleted({easy, none});
  EXPECT_EQ(AnswerTo(ByQueue({"kpi_achievement"}), &deleted).result.total[0].no_value_reason,
            NoValueReason::kNoData);
}

// Facts are asked for until those of any of the targets are there.
TEST(Ask, AchievementIsAnsweredWhileTargetsComeAndGo) {
  std::vector<FactSet> states;
  for (int i = 0; i < 30; ++i) {
    states.push_back(Week());
    states.back().AddTarget(i % 2 == 0 ? "contacts_handled" : "ticket_volume", 1);
  }
  ChangingFacts facts(std::move(states));
  EXPECT_TRUE(metrics::Ask(ByQueue({"kpi_achievement"}), &facts, {}).ok());
}

TEST(Ask, AchievementOfTargetsThatNeverRestIsRefused) {
  std::vector<FactSet> states;
  for (int hours = 1; hours < 30; ++hours) {
    states.push_back(Week());
    states.back().AddTarget(absl::StrCat("first_contact_resolution:window=", hours, "h"), 1);
  }
  ChangingFacts facts(std::move(states));
  const auto answer = metrics::Ask(ByQueue({"kpi_achievement"}), &facts, {});
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(answer.status())->reason, "CONFLICT");
}

// What is withheld is not told by whether it meets a target.
TEST(Ask, AchievementIsNotOfWithheldValues) {
  FactSet facts = Week();
  for (int value = 0; value < 2; ++value) facts.AddTarget("average_talk_time", 50);
  facts.AddTarget("average_talk_time:statistic=p90", 50);
  Question question = ByQueue({"kpi_achievement"});
  question.sample_minimum = 2;
  const Answer answer = AnswerTo(question, facts);
  EXPECT_EQ(answer.result.slices[0].total[0].value, 100);
  EXPECT_EQ(answer.result.slices[2].total[0].no_value_reason, NoValueReason::kZeroDenominator);
  EXPECT_EQ(CountOf(answer.result.slices[2].total[0], "kpi_achievement", "without_value"), 2);
}

TEST(Ask, TheWatermarkIsTheEarlierOne) {
  Question question;
  question.query = Ask({"contacts_handled"});
  question.compare_to = ComparisonPeriod::kPreviousPeriod;
  AgeingFacts facts;
  const Answer answer = AnswerTo(question, &facts);
  EXPECT_EQ(answer.result.data_watermark, kStart - hours(2));
  EXPECT_EQ(answer.before->data_watermark, kStart - hours(2));
}

TEST(Ask, BothSpansAreOfOneStateWhereTheSourceCan) {
  Question question;
  question.query = Ask({"contacts_handled"});
  question.compare_to = ComparisonPeriod::kPreviousPeriod;
  AgeingFactsAtOnce facts;
  EXPECT_EQ(AnswerTo(question, &facts).result.data_watermark, kStart - hours(1));
}

TEST(Ask, PassesErrorsOn) {
  Question question = ByQueue({"kpi_achievement", "contacts_handled"});
  question.compare_to = ComparisonPeriod::kPreviousPeriod;
  for (const size_t call : {1U, 2U, 3U}) {
    FixedFacts facts(Week());
    facts.failing_from = call;
    EXPECT_EQ(metrics::Ask(question, &facts, {}).status().code(), absl::StatusCode::kUnavailable);
  }
  FixedFacts facts(Week());
  EvaluateOptions options;
  options.limits.cancelled = [] { return true; };
  EXPECT_EQ(metrics::Ask(question, &facts, options).status().code(), absl::StatusCode::kCancelled);
  question.query.time_zone = "Nowhere/At_All";
  EXPECT_EQ(ReasonOf(metrics::Ask(question, &facts, {}).status())->reason, "TIME_ZONE_UNKNOWN");
  question = ByQueue({"contacts_handled"});
  question.query.range = {kInstantMin, kInstantMin + days(1)};
  question.query.buckets = {question.query.range};
  question.compare_to = ComparisonPeriod::kLastYear;
  EXPECT_EQ(ReasonOf(metrics::Ask(question, &facts, {}).status())->reason, "TIME_OUT_OF_RANGE");
}

// The first pass takes one bucket only: an answer that is too large as a whole has pages.
TEST(Ask, PagesOfWhatIsTooLargeAsAWhole) {
  FactSet facts;
  for (int agent = 0; agent < 500; ++agent) {
    facts.Handled(minutes(agent), seconds(1), seconds(1)).agent =
        facts.Agent("a" + std::to_string(1'000 + agent));
  }
  Question question;
  question.query = Ask({"contacts_handled"}, days(300), Granularity::kMinutes30);
  question.query.group_by = {By(DimensionKind::kAgent)};
  FixedFacts source(facts);
  EXPECT_EQ(ReasonOf(metrics::Ask(question, &source, {}).status())->reason, "RESULT_TOO_LARGE");
  question.page_size = 10;
  const Answer answer = AnswerTo(question, &source);
  EXPECT_EQ(answer.result.slices.size(), 10U);
  EXPECT_EQ(answer.slice_count, 500);
  EXPECT_EQ(answer.result.slices[9].dimensions[0].value, "a1009");
  EXPECT_EQ(answer.result.slices[9].series.size(), 14'400U);
}

TEST(Ask, GoesOnAfterAnyPosition) {
  Question question = ByQueue({"contacts_handled"});
  question.order_by = {{.kpi = 0, .descending = true}};
  question.page_size = 10;
  const auto after = [&](SlicePosition position) {
    question.after = std::move(position);
    return Slices(AnswerTo(question, Week()).result);
  };
  const auto named = [](std::string value, bool missing = false) {
    return DimensionValue{.value = std::move(value), .display_name = "", .missing = missing};
  };
  EXPECT_EQ(after({{3}, {named("b")}}), "a c -");
  EXPECT_EQ(after({{2.5}, {named("b")}}), "a c -") << "a value that no slice has any more";
  EXPECT_EQ(after({{1}, {named("d")}}), "-") << "a slice that is gone";
  EXPECT_EQ(after({{1}, {named("", true)}}), "");
  EXPECT_EQ(after({{std::nullopt}, {named("a")}}), "");
  EXPECT_EQ(after({{std::nan("")}, {}}), "");
  EXPECT_EQ(after({{}, {}}), "");
  question.order_by.clear();
  EXPECT_EQ(after({{}, {named("aa")}}), "b c -");
  EXPECT_EQ(after({{7, 8}, {}}), "a b c -");
  EXPECT_EQ(AnswerTo(question, Week()).slice_count, 4);
}

TEST(Ask, WithoutDimensionsThereIsOneSlice) {
  Question question;
  question.query = Ask({"contacts_handled"}, days(7), Granularity::kDay);
  question.order_by = {{.kpi = 0}};
  question.page_size = 1;
  question.compare_to = ComparisonPeriod::kPreviousPeriod;
  const Answer answer = AnswerTo(question, Week());
  EXPECT_EQ(answer.result.slices.size(), 1U);
  EXPECT_EQ(answer.slice_count, 1);
  EXPECT_FALSE(answer.next.has_value());
  EXPECT_EQ(Totals(answer.result), (Doubles{7}));
  EXPECT_EQ(Totals(*answer.before), (Doubles{3}));
}

// Costs are spread day by day: over the whole week a would get half of it, and b too.
TEST(Ask, OrdersBySpreadCostsAsTheyAreGiven) {
  FactSet facts;
  for (int i = 0; i < 3; ++i) {
    facts.Handled(hours(i), seconds(1), seconds(1)).queue = facts.Queue("a");
    facts.Handled(days(1) + hours(i), seconds(1), seconds(1)).queue = facts.Queue("b");
  }
  facts.Cost("EUR", 100, days(1), days(2));
  facts.Cost("EUR", 10, days(0), days(1)).queue = facts.Queue("a");
  Question question = ByQueue({"cost_per_contact:allocate=by_contacts"}, Granularity::kDay);
  question.order_by = {{.kpi = 0, .descending = true}};
  question.page_size = 1;
  const Answer answer = AnswerTo(question, facts);
  EXPECT_EQ(Slices(answer.result), "b");
  EXPECT_EQ(answer.result.slices[0].total[0].numerator, 100);
}

// A ticket that is open at the end of Monday only has a slice, also where slices are chosen.
TEST(Ask, SlicesOfTheBacklogAreThoseOfAllBuckets) {
  FactSet facts;
  TicketFact& monday = facts.Ticket(hours(1));
  monday.queue = facts.Queue("monday");
  monday.first_resolve = monday.last_resolve = kStart + hours(30);
  facts.Ticket(hours(1)).queue = facts.Queue("week");
  Question question = ByQueue({"ticket_backlog"}, Granularity::kDay);
  question.order_by = {{.kpi = 0, .descending = true}};
  question.top = 5;
  const Answer answer = AnswerTo(question, facts);
  EXPECT_EQ(Slices(answer.result), "week monday");
  EXPECT_EQ(Series(answer.result.slices[1].series), (Doubles{1, 0, 0, 0, 0, 0, 0}));
}

}  // namespace
}  // namespace kpid::metrics
