#include "metrics/question.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

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
    return snapshot_;
  }

  std::vector<FactDemand> demands;

 private:
  std::shared_ptr<const FactSnapshot> snapshot_;
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

std::vector<double> Series(const std::vector<Value>& series) {
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

}  // namespace
}  // namespace kpid::metrics
