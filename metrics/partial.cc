#include "metrics/partial.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace kpid::metrics {
namespace {

constexpr double kMicroseconds = 1e6;  // A second.
constexpr double kThousandths = 1e3;   // A point of a score.
constexpr double kMillionths = 1e6;    // A unit of money.

double ToDouble(Int128 amount, double unit) {
  return static_cast<double>(static_cast<long double>(amount) / unit);
}

// Fills *value with the mean of a sum whose amounts are in `unit`s.
template <class Squares>
void FinishMean(const FinishContext& context, const Sum<Squares>& sum, double unit, Value* value) {
  value->sample_count = sum.n;
  value->numerator = ToDouble(sum.sum, unit);
  value->denominator = static_cast<double>(sum.n);
  if (sum.n == 0) return SetNoValue(context, value);
  const long double n = static_cast<long double>(sum.n);
  value->value = static_cast<double>(static_cast<long double>(sum.sum) / n / unit);
  if constexpr (std::is_same_v<Squares, SquareSum>) {
    if (!context.WithInterval() || sum.n < 2) return;
    const long double distances = SquaredDistances(sum.n, sum.sum, sum.squares) / unit / unit;
    const Bounds bounds =
        context.confidence->Mean(*value->value, static_cast<double>(distances), sum.n);
    value->lower = bounds.lower;
    value->upper = bounds.upper;
  }
}

// The sample standard deviation (n - 1).
void FinishDeviation(const FinishContext& context, const Sum<SquareSum>& sum, Value* value) {
  value->sample_count = sum.n;
  if (sum.n == 0) return SetNoValue(context, value);
  if (sum.n < 2) {
    value->no_value_reason = NoValueReason::kZeroDenominator;
    return;
  }
  const long double distances = SquaredDistances(sum.n, sum.sum, sum.squares);
  const long double variance = distances / static_cast<long double>(sum.n - 1);
  value->value = static_cast<double>(std::sqrt(variance) / kMicroseconds);
}

// An amount in several units at once has no meaning.
void SetMixed(NoValueReason reason, int64_t n, Value* value) {
  value->sample_count = n;
  value->denominator = static_cast<double>(n);
  value->no_value_reason = reason;
}

// Nothing to divide by, but perhaps facts of the KPI's kind.
void SetNoQuotient(const FinishContext& context, bool has_facts, Value* value) {
  SetNoValue(context, value);
  if (has_facts && value->no_value_reason == NoValueReason::kNoData) {
    value->no_value_reason = NoValueReason::kZeroDenominator;
  }
}

// How often the bucket fits into a year: by its months where it is whole months.
double PeriodsInYear(const FinishContext& context) {
  if (const auto months = context.calendar->WholeMonths(context.bucket)) {
    return 12.0 / static_cast<double>(*months);
  }
  constexpr double kYear = 365.25 * 86'400;  // In seconds.
  return kYear * kMicroseconds / static_cast<double>(context.bucket.Length().count());
}

}  // namespace

std::string_view CountName(CountKind kind) {
  switch (kind) {
    case CountKind::kNone:
      return "";
    case CountKind::kPending:
      return "pending";
    case CountKind::kUnknownDuration:
      return "unknown_duration";
    case CountKind::kShortAbandoned:
      return "short_abandoned";
    case CountKind::kImmature:
      return "immature";
    case CountKind::kUnknownCustomer:
      return "unknown_customer";
    case CountKind::kUnmarked:
      return "unmarked";
    case CountKind::kOtherCurrency:
      return "other_currency";
    case CountKind::kTransfers:
      return "transfers";
    case CountKind::kWithoutValue:
      return "without_value";
    case CountKind::kPromoters:
      return "promoters";
    case CountKind::kPassives:
      return "passives";
    case CountKind::kDetractors:
      return "detractors";
    default:
      return "";
  }
}

std::string_view ReasonName(CountKind kind) {
  switch (kind) {
    case CountKind::kNone:
    case CountKind::kEnd:
      break;
    case CountKind::kPending:
      return "PENDING";
    case CountKind::kUnknownDuration:
      return "UNKNOWN_DURATION";
    case CountKind::kShortAbandoned:
      return "SHORT_ABANDONED";
    case CountKind::kImmature:
      return "IMMATURE";
    case CountKind::kUnknownCustomer:
      return "UNKNOWN_CUSTOMER";
    case CountKind::kUnmarked:
      return "UNMARKED";
    case CountKind::kOtherCurrency:
      return "OTHER_CURRENCY";
    case CountKind::kTransfers:
      return "TRANSFER";
    case CountKind::kWithoutValue:
      return "WITHOUT_VALUE";
    case CountKind::kPromoters:
      return "PROMOTER";
    case CountKind::kPassives:
      return "PASSIVE";
    case CountKind::kDetractors:
      return "DETRACTOR";
    case CountKind::kOutbound:
      return "OUTBOUND";
    case CountKind::kNotHandled:
      return "NOT_HANDLED";
    case CountKind::kNotAbandoned:
      return "NOT_ABANDONED";
    case CountKind::kBeforeQueue:
      return "BEFORE_QUEUE";
    case CountKind::kFlowedOut:
      return "FLOWED_OUT";
    case CountKind::kNoResponse:
      return "NO_RESPONSE";
    case CountKind::kNotAnswered:
      return "NOT_ANSWERED";
    case CountKind::kOtherKind:
      return "OTHER_KIND";
    case CountKind::kNotOffered:
      return "NOT_OFFERED";
    case CountKind::kNotEligible:
      return "NOT_ELIGIBLE";
    case CountKind::kNotFirstContact:
      return "NOT_FIRST_CONTACT";
    case CountKind::kNotFirstOfCase:
      return "NOT_FIRST_OF_CASE";
    case CountKind::kOtherState:
      return "OTHER_STATE";
    case CountKind::kNoPoints:
      return "NO_POINTS";
    case CountKind::kAutoFailed:
      return "AUTO_FAILED";
    case CountKind::kFinished:
      return "FINISHED";
  }
  return "";
}

void SetNoValue(const FinishContext& context, Value* value) {
  const int immature = context.count_index[static_cast<size_t>(CountKind::kImmature)];
  if (immature >= 0 && value->counts[static_cast<size_t>(immature)] > 0) {
    value->no_value_reason = NoValueReason::kImmature;
  } else if (std::any_of(value->counts.begin(), value->counts.end(),
                         [](int64_t count) { return count > 0; })) {
    value->no_value_reason = NoValueReason::kZeroDenominator;
  } else {
    value->no_value_reason = NoValueReason::kNoData;
  }
}

void CountPartial::Finish(const FinishContext&, Value* value) const {
  value->value = static_cast<double>(count);
  value->numerator = value->value;
  value->sample_count = count;
}

void RatioPartial::Finish(const FinishContext& context, Value* value) const {
  value->sample_count = denominator;
  value->numerator = static_cast<double>(numerator);
  value->denominator = static_cast<double>(denominator);
  if (denominator == 0) return SetNoValue(context, value);
  value->value = 100 * *value->numerator / *value->denominator;
  if (!context.WithInterval()) return;
  const Bounds bounds = context.confidence->Proportion(numerator, denominator);
  value->lower = bounds.lower;
  value->upper = bounds.upper;
}

template <class Squares>
void MeanPartial<Squares>::Finish(const FinishContext& context, Value* value) const {
  if constexpr (std::is_same_v<Squares, SquareSum>) {
    if (context.statistic.kind == Statistic::Kind::kStandardDeviation) {
      return FinishDeviation(context, sum, value);
    }
  }
  FinishMean(context, sum, kMicroseconds, value);
}
template struct MeanPartial<NoSquares>;
template struct MeanPartial<SquareSum>;

template <bool kGreatest>
void ExtremePartial<kGreatest>::Finish(const FinishContext& context, Value* value) const {
  value->sample_count = n;
  if (n == 0) return SetNoValue(context, value);
  value->value = static_cast<double>(extreme) / kMicroseconds;
}
template struct ExtremePartial<false>;
template struct ExtremePartial<true>;

void DistributionPartial::Finish(const FinishContext& context, Value* value) {
  value->sample_count = static_cast<int64_t>(amounts.size());
  if (amounts.empty()) return SetNoValue(context, value);
  // Nearest rank: the least amount that at least p percent of all do not exceed.
  const size_t rank =
      (static_cast<size_t>(context.statistic.percentile) * amounts.size() + 99) / 100;
  const auto nth = amounts.begin() + static_cast<ptrdiff_t>(rank - 1);
  std::nth_element(amounts.begin(), nth, amounts.end());
  value->value = static_cast<double>(*nth) / kMicroseconds;
}

void NetScorePartial::Finish(const FinishContext& context, Value* value) const {
  const int64_t n = promoters + passives + detractors;
  value->sample_count = n;
  value->numerator = static_cast<double>(promoters - detractors);
  value->denominator = static_cast<double>(n);
  if (n == 0) return SetNoValue(context, value);
  const auto set_count = [&](CountKind kind, int64_t count) {
    const int index = context.count_index[static_cast<size_t>(kind)];
    if (index >= 0) value->counts[static_cast<size_t>(index)] = count;
  };
  set_count(CountKind::kPromoters, promoters);
  set_count(CountKind::kPassives, passives);
  set_count(CountKind::kDetractors, detractors);
  value->value = 100 * *value->numerator / *value->denominator;
  if (!context.WithInterval()) return;
  const Bounds bounds = context.confidence->NetScore(promoters, detractors, n);
  value->lower = bounds.lower;
  value->upper = bounds.upper;
}

template <class Squares>
void ScorePartial<Squares>::Finish(const FinishContext& context, Value* value) const {
  if (mixed) return SetMixed(NoValueReason::kMixedScales, sum.n, value);
  FinishMean(context, sum, kThousandths, value);
}
template struct ScorePartial<NoSquares>;
template struct ScorePartial<SquareSum>;

template <class Squares>
void MoneyPartial<Squares>::Finish(const FinishContext& context, Value* value) const {
  if (currency == kMixed) return SetMixed(NoValueReason::kMixedCurrencies, sum.n, value);
  value->currency = currency;
  FinishMean(context, sum, kMillionths, value);
}
template struct MoneyPartial<NoSquares>;
template struct MoneyPartial<SquareSum>;

template <class Scale, class Products>
void QuotientPartial<Scale, Products>::Finish(const FinishContext& context, Value* value) const {
  value->sample_count = sources.in_cell;
  value->numerator = ToDouble(numerator, Scale::kNumeratorUnit);
  value->denominator = ToDouble(denominator, Scale::kDenominatorUnit);
  if (denominator == 0) return SetNoQuotient(context, excluded || numerator != 0, value);
  // Rounded once, so that all of something is 100 and not a bit beside it: targets are judged by
  // it.
  constexpr long double kScale =
      Scale::kFactor * static_cast<long double>(Scale::kDenominatorUnit) / Scale::kNumeratorUnit;
  value->value = static_cast<double>(kScale * static_cast<long double>(numerator) /
                                     static_cast<long double>(denominator));
  if constexpr (std::is_same_v<Products, PairProducts>) {
    const int64_t n = sources.in_cell;
    if (!context.WithInterval() || n < 2) return;
    const auto residuals = static_cast<double>(SquaredResiduals(numerator, denominator, products));
    const Bounds bounds = context.confidence->RatioOfSums(*value->value, residuals, n);
    value->lower = bounds.lower;
    value->upper = bounds.upper;
  }
}
template struct QuotientPartial<PercentScale, NoProducts>;
template struct QuotientPartial<PercentScale, PairProducts>;
template struct QuotientPartial<PerHourScale, NoProducts>;

void LevelPartial::Finish(const FinishContext&, Value* value) const {
  value->value = static_cast<double>(level);
  value->numerator = value->value;
  value->sample_count = level;
}

template <bool kTurnover>
void StaffPartial<kTurnover>::Finish(const FinishContext& context, Value* value) const {
  const auto length = static_cast<long double>(context.bucket.Length().count());
  const long double agents = static_cast<long double>(microseconds) / length;
  value->sample_count = sources.in_cell;
  if constexpr (!kTurnover) {
    value->numerator = ToDouble(microseconds, kMicroseconds);
    value->denominator = static_cast<double>(length / kMicroseconds);
    value->value = static_cast<double>(agents);
    return;
  }
  value->numerator = static_cast<double>(leavers);
  value->denominator = static_cast<double>(agents);
  if (microseconds == 0) return SetNoQuotient(context, leavers != 0, value);
  value->value = static_cast<double>(100 * static_cast<long double>(leavers) / agents);
  if (context.annualized) *value->value *= PeriodsInYear(context);
}
template struct StaffPartial<false>;
template struct StaffPartial<true>;

void CostPartial::Finish(const FinishContext& context, Value* value) const {
  if (const int index = context.count_index[static_cast<size_t>(CountKind::kOtherCurrency)];
      index >= 0) {
    value->counts[static_cast<size_t>(index)] = sources.in_cell;
  }
  if (currency == kMixed) return SetMixed(NoValueReason::kMixedCurrencies, handled, value);
  value->currency = currency;
  value->sample_count = handled;
  const long double cost = static_cast<long double>(millionths) + spread;
  value->numerator = static_cast<double>(cost / kMillionths);
  value->denominator = static_cast<double>(handled);
  if (handled == 0) return SetNoQuotient(context, has_cost, value);
  value->value = static_cast<double>(cost / kMillionths / static_cast<long double>(handled));
}

}  // namespace kpid::metrics
