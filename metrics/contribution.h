// What one record adds to a value, read from a partial result that has taken in nothing else.
#pragma once

#include "metrics/partial.h"

namespace kpid::metrics {

// Amounts are in the units of a ContributionScale. In neither: the record is left out.
struct Contribution {
  bool in_numerator = false;
  bool in_denominator = false;
  CountKind reason = CountKind::kNone;
  Int128 numerator = 0;
  Int128 denominator = 0;
};

// What 1 of a value's numerator and denominator are.
struct ContributionScale {
  double numerator = 1;
  double denominator = 1;
};

// Where contributions go.
class ContributionSink {
 public:
  virtual ~ContributionSink() = default;

  // `row`: of the block.
  virtual void Add(size_t row, const Contribution& contribution) = 0;
};

inline Contribution ContributionOf(const CountPartial& partial) {
  return {.in_numerator = partial.count > 0, .numerator = partial.count};
}

inline Contribution ContributionOf(const RatioPartial& partial) {
  return {.in_numerator = partial.numerator > 0,
          .in_denominator = partial.denominator > 0,
          .numerator = partial.numerator,
          .denominator = partial.denominator};
}

template <class Squares>
Contribution ContributionOf(const Sum<Squares>& sum) {
  return {.in_numerator = sum.n > 0,
          .in_denominator = sum.n > 0,
          .numerator = sum.sum,
          .denominator = sum.n};
}

template <class Squares>
Contribution ContributionOf(const MeanPartial<Squares>& partial) {
  return ContributionOf(partial.sum);
}
template <class Squares>
Contribution ContributionOf(const ScorePartial<Squares>& partial) {
  return ContributionOf(partial.sum);
}
template <class Squares>
Contribution ContributionOf(const MoneyPartial<Squares>& partial) {
  return ContributionOf(partial.sum);
}

template <bool kGreatest>
Contribution ContributionOf(const ExtremePartial<kGreatest>& partial) {
  return {.in_numerator = partial.n > 0, .numerator = partial.extreme};
}

inline Contribution ContributionOf(const DistributionPartial& partial) {
  if (partial.amounts.empty()) return {};
  return {.in_numerator = true, .numerator = partial.amounts.front()};
}

inline Contribution ContributionOf(const NetScorePartial& partial) {
  const int64_t score = partial.promoters - partial.detractors;
  return {.in_numerator = score != 0,
          .in_denominator = score != 0 || partial.passives > 0,
          .reason = partial.promoters > 0    ? CountKind::kPromoters
                    : partial.detractors > 0 ? CountKind::kDetractors
                    : partial.passives > 0   ? CountKind::kPassives
                                             : CountKind::kNone,
          .numerator = score,
          .denominator = score != 0 || partial.passives > 0};
}

template <class Scale, class Products>
Contribution ContributionOf(const QuotientPartial<Scale, Products>& partial) {
  return {.in_numerator = partial.numerator != 0,
          .in_denominator = partial.denominator != 0,
          .numerator = partial.numerator,
          .denominator = partial.denominator};
}

inline Contribution ContributionOf(const LevelPartial& partial) {
  return {.in_numerator = partial.level != 0, .numerator = partial.level};
}

// The denominator of a headcount is the length of the range, to which no agent adds.
inline Contribution ContributionOf(const HeadcountPartial& partial) {
  return {.in_numerator = partial.microseconds != 0, .numerator = partial.microseconds};
}
inline Contribution ContributionOf(const TurnoverPartial& partial) {
  return {.in_numerator = partial.leavers != 0,
          .in_denominator = partial.microseconds != 0,
          .numerator = partial.leavers,
          .denominator = partial.microseconds};
}

inline Contribution ContributionOf(const CostPartial& partial) {
  return {.in_numerator = partial.has_cost && partial.sources.in_cell == 0,
          .in_denominator = partial.handled != 0,
          .numerator = partial.millionths,
          .denominator = partial.handled};
}

// Units as those of Finish, in the value of `range`.
template <class Partial>
struct ScaleOf {
  static ContributionScale Of(const TimeRange&) { return {}; }
};
struct MicrosecondScale {
  static ContributionScale Of(const TimeRange&) { return {.numerator = 1e6}; }
};
template <class Squares>
struct ScaleOf<MeanPartial<Squares>> : MicrosecondScale {};
template <bool kGreatest>
struct ScaleOf<ExtremePartial<kGreatest>> : MicrosecondScale {};
template <>
struct ScaleOf<DistributionPartial> : MicrosecondScale {};
template <>
struct ScaleOf<HeadcountPartial> : MicrosecondScale {};
template <class Squares>
struct ScaleOf<ScorePartial<Squares>> {
  static ContributionScale Of(const TimeRange&) { return {.numerator = 1e3}; }
};
template <class Squares>
struct ScaleOf<MoneyPartial<Squares>> {
  static ContributionScale Of(const TimeRange&) { return {.numerator = 1e6}; }
};
template <>
struct ScaleOf<CostPartial> {
  static ContributionScale Of(const TimeRange&) { return {.numerator = 1e6}; }
};
template <class Scale, class Products>
struct ScaleOf<QuotientPartial<Scale, Products>> {
  static ContributionScale Of(const TimeRange&) {
    return {Scale::kNumeratorUnit, Scale::kDenominatorUnit};
  }
};
template <>
struct ScaleOf<TurnoverPartial> {
  static ContributionScale Of(const TimeRange& range) {
    return {.denominator = static_cast<double>(range.Length().count())};
  }
};

}  // namespace kpid::metrics
