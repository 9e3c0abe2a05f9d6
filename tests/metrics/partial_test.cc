// The algebra of partials: what parts merge to does not depend on how the facts were parted.
#include "metrics/partial.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace kpid::metrics {
namespace {

template <class Sample>
Sample RandomSample(std::mt19937* random);

template <>
CountSample RandomSample(std::mt19937* random) {
  return {(*random)() % 2 == 0};
}
template <>
RatioSample RandomSample(std::mt19937* random) {
  const bool denominator = (*random)() % 3 != 0;
  return {.numerator = denominator && (*random)() % 2 == 0, .denominator = denominator};
}
template <>
AmountSample RandomSample(std::mt19937* random) {
  return {.included = (*random)() % 4 != 0,
          .amount = static_cast<int64_t>((*random)()) * 1'000'003 - 5'000'000};
}
template <>
AttitudeSample RandomSample(std::mt19937* random) {
  return {static_cast<Attitude>((*random)() % 4)};
}
template <>
ScoreSample RandomSample(std::mt19937* random) {
  return {.included = (*random)() % 4 != 0,
          .thousandths = static_cast<int64_t>((*random)() % 5000),
          .scale_minimum = 1000,
          .scale_maximum = (*random)() % 50 == 0 ? 10'000 : 5000};
}
template <>
MoneySample RandomSample(std::mt19937* random) {
  return {.included = (*random)() % 4 != 0,
          .currency = (*random)() % 60 == 0 ? 2 : static_cast<Code>((*random)() % 2),
          .millionths = static_cast<int64_t>((*random)()) - 1000};
}
template <>
QuotientSample RandomSample(std::mt19937* random) {
  if ((*random)() % 5 == 0) return {.excluded = true};
  // Up to an evaluation of 200 items at their limits.
  const Int128 whole = Int128{(*random)()} * ((*random)() % 2 == 0 ? 1 : 40'000'000'000) + 1;
  return {
      .firsts = kFirstEverywhere, .numerator = whole / (1 + (*random)() % 9), .denominator = whole};
}

std::string Finished(auto partial, const FinishContext& context) {
  Value value;
  partial.Finish(context, &value);
  char buffer[200];
  snprintf(buffer, sizeof(buffer), "%a %a %a %a %a %ld %u %d", value.value.value_or(-1),
           value.numerator.value_or(-1), value.denominator.value_or(-1), value.lower.value_or(-1),
           value.upper.value_or(-1), static_cast<long>(value.sample_count), value.currency,
           static_cast<int>(value.no_value_reason));
  return buffer;
}

template <class Partial>
class PartialTest : public testing::Test {
 protected:
  PartialTest() {
    context_.detail = ValueDetail::kInterval;
    context_.confidence = &confidence_;
    context_.statistic = {Statistic::Kind::kPercentile, 90};
  }

  static Partial Make(const std::vector<typename Partial::Sample>& samples) {
    Partial partial;
    for (const auto& sample : samples) partial.Add(sample);
    return partial;
  }

  Confidence confidence_{0.95};
  FinishContext context_;
};

using Partials =
    testing::Types<CountPartial, RatioPartial, MeanPartial<NoSquares>, MeanPartial<SquareSum>,
                   ExtremePartial<true>, ExtremePartial<false>, DistributionPartial,
                   NetScorePartial, ScorePartial<SquareSum>, MoneyPartial<SquareSum>,
                   QuotientPartial<PercentScale, PairProducts>>;
TYPED_TEST_SUITE(PartialTest, Partials);

TYPED_TEST(PartialTest, AnyPartitionMergesToTheWhole) {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    std::vector<typename TypeParam::Sample> whole;
    std::vector<std::vector<typename TypeParam::Sample>> parts(1 + random() % 5);
    const size_t count = random() % 60;
    for (size_t i = 0; i < count; ++i) {
      whole.push_back(RandomSample<typename TypeParam::Sample>(&random));
      parts[random() % parts.size()].push_back(whole.back());
    }
    TypeParam merged;
    for (const auto& part : parts) merged.Merge(this->Make(part));
    EXPECT_EQ(Finished(merged, this->context_), Finished(this->Make(whole), this->context_));
  }
}

TYPED_TEST(PartialTest, MergeIsCommutativeAndAssociativeAndLeavesItsSource) {
  std::mt19937 random(12);
  for (int round = 0; round < 200; ++round) {
    std::array<TypeParam, 3> p;
    for (TypeParam& partial : p) {
      const size_t count = random() % 20;
      for (size_t i = 0; i < count; ++i) {
        partial.Add(RandomSample<typename TypeParam::Sample>(&random));
      }
    }
    const auto merge = [](TypeParam a, const TypeParam& b) {
      a.Merge(b);
      return a;
    };
    const std::string before = Finished(p[1], this->context_);
    EXPECT_EQ(Finished(merge(p[0], p[1]), this->context_),
              Finished(merge(p[1], p[0]), this->context_));
    EXPECT_EQ(Finished(merge(merge(p[0], p[1]), p[2]), this->context_),
              Finished(merge(p[0], merge(p[1], p[2])), this->context_));
    EXPECT_EQ(before, Finished(p[1], this->context_));
    EXPECT_EQ(Finished(merge(p[0], TypeParam()), this->context_), Finished(p[0], this->context_));
  }
}

TYPED_TEST(PartialTest, EmptyIsNeverANumberThatIsNone) {
  TypeParam partial;
  Value value;
  partial.Finish(this->context_, &value);
  EXPECT_EQ(value.value.has_value(), (std::is_same_v<TypeParam, CountPartial>));
  EXPECT_EQ(value.lower, std::nullopt);
}

TEST(MeanPartial, SumsExactly) {
  // In floating point 1e15 + 1 - 1e15 in microseconds would lose the 1.
  MeanPartial<NoSquares> partial;
  for (const int64_t amount :
       {INT64_C(9'000'000'000'000'000'000), INT64_C(1), INT64_C(9'000'000'000'000'000'000)}) {
    partial.Add({.included = true, .amount = amount});
  }
  partial.Add({.included = true, .amount = INT64_C(-9'000'000'000'000'000'000)});
  partial.Add({.included = true, .amount = INT64_C(-9'000'000'000'000'000'000)});
  Value value;
  partial.Finish({}, &value);
  EXPECT_EQ(*value.numerator, 1e-6);
}

TEST(DistributionPartial, TakesTheNearestRank) {
  FinishContext context;
  DistributionPartial partial;
  for (const int64_t amount : {40, 15, 35, 20, 50}) {
    partial.Add({.included = true, .amount = amount * 1'000'000});
  }
  const auto percentile = [&](int p) {
    context.statistic = {Statistic::Kind::kPercentile, p};
    Value value;
    partial.Finish(context, &value);
    return *value.value;
  };
  EXPECT_EQ(percentile(5), 15);
  EXPECT_EQ(percentile(20), 15);
  EXPECT_EQ(percentile(21), 20);
  EXPECT_EQ(percentile(30), 20);
  EXPECT_EQ(percentile(40), 20);
  EXPECT_EQ(percentile(50), 35);
  EXPECT_EQ(percentile(99), 50);
}

TEST(SetNoValue, TellsWhy) {
  FinishContext context;
  context.count_index[static_cast<size_t>(CountKind::kPending)] = 0;
  context.count_index[static_cast<size_t>(CountKind::kImmature)] = 1;
  const auto reason = [&](int64_t pending, int64_t immature) {
    Value value;
    value.counts = {pending, immature};
    SetNoValue(context, &value);
    return value.no_value_reason;
  };
  EXPECT_EQ(reason(0, 0), NoValueReason::kNoData);
  EXPECT_EQ(reason(1, 0), NoValueReason::kZeroDenominator);
  EXPECT_EQ(reason(0, 1), NoValueReason::kImmature);
  EXPECT_EQ(reason(1, 1), NoValueReason::kImmature);
}

TEST(MoneyPartial, AmountsWithoutCurrencyMixWithAny) {
  MoneyPartial<NoSquares> partial;
  partial.Add({.included = true});
  partial.Add({.included = true, .currency = 3, .millionths = 5});
  partial.Add({.included = true});
  Value value;
  partial.Finish({}, &value);
  EXPECT_EQ(value.currency, 3U);
  partial.Add({.included = true, .currency = 4});
  Value mixed;
  partial.Finish({}, &mixed);
  EXPECT_EQ(mixed.no_value_reason, NoValueReason::kMixedCurrencies);
  EXPECT_EQ(mixed.currency, kNoCode);
}

}  // namespace
}  // namespace kpid::metrics
