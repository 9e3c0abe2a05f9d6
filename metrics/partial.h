// Partial results of one slice and bucket: what a KPI keeps while it reads facts.
//
// Each has Add (a sample, made from a fact by the KPI's row of the catalogue), Merge and Finish.
// Merge is exact, commutative and associative, and leaves its source alone: the parts of any
// partition of the facts merge to what the whole gives. Value types; one thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "metrics/catalogue.h"
#include "metrics/confidence.h"
#include "metrics/exact_sum.h"
#include "metrics/result.h"

namespace kpid::metrics {

// What facts are counted as beside numerator and denominator (KpiDefinition::counts): those that
// a KPI leaves out though they are of its kind, and some that are in.
enum class CountKind : uint8_t {
  kNone,
  kPending,          // In progress.
  kUnknownDuration,  // A time that the duration needs is missing. In for service_level.
  kShortAbandoned,   // Abandoned within the threshold and left out for it.
  kImmature,         // Too recent to be judged.
  kUnknownCustomer,
  kUnmarked,       // Handled, without a mark of resolution.
  kOtherCurrency,  // In, with a revenue of 0.
  kPromoters,
  kPassives,
  kDetractors,
  kEnd
};
inline constexpr size_t kCountKinds = static_cast<size_t>(CountKind::kEnd);
std::string_view CountName(CountKind kind);  // "pending", ...

using CountValues = std::array<int64_t, kValueCountsMax>;

// How the values of one KPI are finished.
struct FinishContext {
  ValueDetail detail = ValueDetail::kCounts;
  Statistic statistic;
  Confidence* confidence = nullptr;             // Given when detail is kInterval.
  std::array<int8_t, kCountKinds> count_index;  // Place in Value::counts; -1: not carried.

  FinishContext() { count_index.fill(-1); }
  bool WithInterval() const { return detail == ValueDetail::kInterval; }
};

// Says in *value why there is none, from the counts in it.
void SetNoValue(const FinishContext& context, Value* value);

// What a fact is for a KPI: `counted` is what it is counted as apart, if anything.
struct CountSample {
  bool counts = false;
  CountKind counted = CountKind::kNone;
};

struct RatioSample {
  bool numerator = false;
  bool denominator = false;
  CountKind counted = CountKind::kNone;
};

struct AmountSample {
  bool included = false;
  CountKind counted = CountKind::kNone;
  int64_t amount = 0;
};

enum class Attitude : uint8_t { kNone, kPromoter, kPassive, kDetractor };
struct AttitudeSample {
  Attitude attitude = Attitude::kNone;
  CountKind counted = CountKind::kNone;
};

struct ScoreSample {
  bool included = false;
  CountKind counted = CountKind::kNone;
  int64_t thousandths = 0;
  int64_t scale_minimum = 0;
  int64_t scale_maximum = 0;
};

struct MoneySample {
  bool included = false;
  CountKind counted = CountKind::kNone;
  Code currency = kNoCode;  // kNoCode: an amount of 0 in any currency.
  int64_t millionths = 0;
};

// A number of facts.
struct CountPartial {
  using Sample = CountSample;
  int64_t count = 0;

  void Add(const CountSample& sample) { count += sample.counts; }
  void Merge(const CountPartial& other) { count += other.count; }
  void Finish(const FinishContext& context, Value* value) const;
};

// A percentage of facts.
struct RatioPartial {
  using Sample = RatioSample;
  int64_t numerator = 0;
  int64_t denominator = 0;

  void Add(const RatioSample& sample) {
    numerator += sample.numerator;
    denominator += sample.denominator;
  }
  void Merge(const RatioPartial& other) {
    numerator += other.numerator;
    denominator += other.denominator;
  }
  void Finish(const FinishContext& context, Value* value) const;
};

// Where squares are not asked for.
struct NoSquares {
  void Add(int64_t) {}
  void Merge(const NoSquares&) {}
};

// An exact sum of n amounts, and of their squares where asked for.
template <class Squares>
struct Sum {
  Int128 sum = 0;
  int64_t n = 0;
  [[no_unique_address]] Squares squares;

  void Add(int64_t amount) {
    sum += amount;
    ++n;
    squares.Add(amount);
  }
  void Merge(const Sum& other) {
    sum += other.sum;
    n += other.n;
    squares.Merge(other.squares);
  }
};

// Mean of durations; with SquareSum also its interval, or the standard deviation.
template <class Squares>
struct MeanPartial {
  using Sample = AmountSample;
  Sum<Squares> sum;

  void Add(const AmountSample& sample) {
    if (sample.included) sum.Add(sample.amount);
  }
  void Merge(const MeanPartial& other) { sum.Merge(other.sum); }
  void Finish(const FinishContext& context, Value* value) const;
};

// Greatest (or least) duration.
template <bool kGreatest>
struct ExtremePartial {
  using Sample = AmountSample;
  int64_t extreme = 0;
  int64_t n = 0;

  void Add(const AmountSample& sample) {
    if (sample.included) Take(sample.amount, 1);
  }
  void Merge(const ExtremePartial& other) {
    if (other.n > 0) Take(other.extreme, other.n);
  }
  void Finish(const FinishContext& context, Value* value) const;

 private:
  void Take(int64_t amount, int64_t count) {
    if (n == 0 || (kGreatest ? amount > extreme : amount < extreme)) extreme = amount;
    n += count;
  }
};

// All durations, for exact percentiles.
struct DistributionPartial {
  using Sample = AmountSample;
  std::vector<int64_t> amounts;

  void Add(const AmountSample& sample) {
    if (sample.included) amounts.push_back(sample.amount);
  }
  void Merge(const DistributionPartial& other) {
    amounts.insert(amounts.end(), other.amounts.begin(), other.amounts.end());
  }
  // Puts the amounts into another order.
  void Finish(const FinishContext& context, Value* value);
};

// Net promoter score.
struct NetScorePartial {
  using Sample = AttitudeSample;
  int64_t promoters = 0;
  int64_t passives = 0;
  int64_t detractors = 0;

  void Add(const AttitudeSample& sample) {
    promoters += sample.attitude == Attitude::kPromoter;
    passives += sample.attitude == Attitude::kPassive;
    detractors += sample.attitude == Attitude::kDetractor;
  }
  void Merge(const NetScorePartial& other) {
    promoters += other.promoters;
    passives += other.passives;
    detractors += other.detractors;
  }
  void Finish(const FinishContext& context, Value* value) const;
};

// Mean score, of one scale.
template <class Squares>
struct ScorePartial {
  using Sample = ScoreSample;
  Sum<Squares> sum;
  int64_t scale_minimum = 0;  // Of the first answer.
  int64_t scale_maximum = 0;
  bool mixed = false;

  void Add(const ScoreSample& sample) {
    if (!sample.included) return;
    TakeScale(sample.scale_minimum, sample.scale_maximum);
    sum.Add(sample.thousandths);
  }
  void Merge(const ScorePartial& other) {
    if (other.sum.n == 0) return;
    TakeScale(other.scale_minimum, other.scale_maximum);
    mixed |= other.mixed;
    sum.Merge(other.sum);
  }
  void Finish(const FinishContext& context, Value* value) const;

 private:
  void TakeScale(int64_t minimum, int64_t maximum) {
    if (sum.n == 0) {
      scale_minimum = minimum;
      scale_maximum = maximum;
    } else {
      mixed |= scale_minimum != minimum || scale_maximum != maximum;
    }
  }
};

// Mean amount of money, of one currency.
template <class Squares>
struct MoneyPartial {
  using Sample = MoneySample;
  static constexpr Code kMixed = ~Code{0};
  Sum<Squares> sum;
  Code currency = kNoCode;

  void Add(const MoneySample& sample) {
    if (!sample.included) return;
    TakeCurrency(sample.currency);
    sum.Add(sample.millionths);
  }
  void Merge(const MoneyPartial& other) {
    TakeCurrency(other.currency);
    sum.Merge(other.sum);
  }
  void Finish(const FinishContext& context, Value* value) const;

 private:
  void TakeCurrency(Code other) {
    if (other == kNoCode || other == currency) return;
    currency = currency == kNoCode ? other : kMixed;
  }
};

}  // namespace kpid::metrics
