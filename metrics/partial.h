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

#include "metrics/calendar.h"
#include "metrics/catalogue.h"
#include "metrics/confidence.h"
#include "metrics/exact_sum.h"
#include "metrics/fact_chunk.h"
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
  kOtherCurrency,  // In, with a revenue of 0; costs: left out.
  kTransfers,      // Left by a transfer inside the company.
  kWithoutValue,   // Targets whose KPI has none.
  kPromoters,
  kPassives,
  kDetractors,

  // Why facts are left out that no value counts: for explanations only (Sample::reason).
  kOutbound,
  kNotHandled,
  kNotAbandoned,
  kBeforeQueue,      // Abandoned before a queue was reached.
  kFlowedOut,        // Left the queue for another destination.
  kNoResponse,       // Not handled, and nobody responded.
  kNotAnswered,      // A survey without an answer.
  kOtherKind,        // A survey of another kind.
  kNotOffered,       // Nothing was offered in the contact.
  kNotEligible,      // No sale was possible.
  kNotFirstContact,  // Follows another one of the case or customer within the window.
  kNotFirstOfCase,   // Of no case, or not the first of its case.
  kOtherState,       // Time in a state that is not asked for.
  kNoPoints,         // An evaluation without items that count.
  kAutoFailed,       // In; an item took all points of the evaluation.
  kFinished,         // A ticket that was resolved or closed before the range's end.
  kEnd
};
// Those that values count come first.
inline constexpr size_t kCountKinds = static_cast<size_t>(CountKind::kOutbound);
std::string_view CountName(CountKind kind);  // "pending", ...; "" for those that no value counts.

// "PENDING", "PROMOTER", "OUTBOUND", ...; "" for kNone. Lives as long as the process.
std::string_view ReasonName(CountKind kind);

using CountValues = std::array<int64_t, kValueCountsMax>;

// What is done with a cost that does not name a dimension that is grouped by.
enum class Allocation : uint8_t { kNone, kByContacts, kByHandleTime };

// How the values of one KPI are finished.
struct FinishContext {
  ValueDetail detail = ValueDetail::kCounts;
  Statistic statistic;
  Confidence* confidence = nullptr;             // Of the thread; given when values are finished.
  std::array<int8_t, kCountKinds> count_index;  // Place in Value::counts; -1: not carried.

  const Calendar* calendar = nullptr;  // Of the question.
  TimeRange bucket;                    // Of the value that is being finished.

  // By parameters of some KPIs.
  int64_t sample_minimum = 0;  // Values of fewer samples are suppressed.
  bool annualized = false;
  Allocation allocation = Allocation::kNone;
  Code currency = kNoCode;  // Of all costs, when only those in one count.

  FinishContext() { count_index.fill(-1); }
  bool WithInterval() const { return detail == ValueDetail::kInterval; }
};

// Says in *value why there is none, from the counts in it.
void SetNoValue(const FinishContext& context, Value* value);

// What a fact is for a KPI: `counted` is what it is counted as apart, if anything. `reason` says
// what else there is to say of it, for explanations: evaluation never reads it, so that the
// compiler leaves out of its loops what is only there to tell reasons apart. Of a fact that counts
// in a number of facts it means nothing.
struct CountSample {
  bool counts = false;
  CountKind counted = CountKind::kNone;
  CountKind reason = CountKind::kNone;
};

struct RatioSample {
  bool numerator = false;
  bool denominator = false;
  CountKind counted = CountKind::kNone;
  CountKind reason = CountKind::kNone;
};

struct AmountSample {
  bool included = false;
  CountKind counted = CountKind::kNone;
  int64_t amount = 0;
  CountKind reason = CountKind::kNone;
};

enum class Attitude : uint8_t { kNone, kPromoter, kPassive, kDetractor };
struct AttitudeSample {
  Attitude attitude = Attitude::kNone;
  CountKind counted = CountKind::kNone;
  CountKind reason = CountKind::kNone;
};

struct ScoreSample {
  bool included = false;
  CountKind counted = CountKind::kNone;
  int64_t thousandths = 0;
  int64_t scale_minimum = 0;
  int64_t scale_maximum = 0;
  CountKind reason = CountKind::kNone;
};

struct MoneySample {
  bool included = false;
  CountKind counted = CountKind::kNone;
  Code currency = kNoCode;  // kNoCode: an amount of 0 in any currency.
  int64_t millionths = 0;
  CountKind reason = CountKind::kNone;
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

// All durations, for exact percentiles. Once there are many, those of whole seconds are counted by
// their number of seconds; the others are kept. REQUIRES: fewer than 2^32, as facts of a kind are
// (FactStore numbers them in 32 bits).
struct DistributionPartial {
  using Sample = AmountSample;
  // Amounts that are kept before any are counted: about as large as the counts then are.
  static constexpr size_t kKeptMin = 1024;
  // Seconds that are counted are fewer: 4.5 hours, 64 KiB of counts.
  static constexpr size_t kSecondsMax = 16'384;

  std::vector<int64_t> amounts;  // In any order.
  std::vector<uint32_t> counts;  // By seconds; empty at first.

  void Add(const AmountSample& sample) {
    if (sample.included) AddAmount(sample.amount);
  }
  void AddAmount(int64_t amount) {
    const uint64_t seconds = static_cast<uint64_t>(amount) / kSecond;
    if (seconds < counts.size() && seconds * kSecond == static_cast<uint64_t>(amount)) {
      ++counts[seconds];
    } else {
      AddUncounted(amount);
    }
  }
  // The amount is units * unit.
  void AddUnits(uint32_t units, int64_t unit) {
    if (unit == static_cast<int64_t>(kSecond) && units < counts.size()) {
      ++counts[units];
    } else {
      AddAmount(units * unit);
    }
  }
  void Merge(const DistributionPartial& other);
  // Puts the amounts into another order.
  void Finish(const FinishContext& context, Value* value);

 private:
  static constexpr uint64_t kSecond = 1'000'000;

  void AddUncounted(int64_t amount);
  void StartCounting();
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

// A part of a quotient. `firsts` says where it counts as a sample (bits of First).
struct QuotientSample {
  uint8_t firsts = 0;
  CountKind counted = CountKind::kNone;
  bool excluded = false;  // A fact of the KPI's kind that gives nothing to either.
  Int128 numerator = 0;
  Int128 denominator = 0;
  CountKind reason = CountKind::kNone;
};

struct ChangeSample {
  CountKind counted = CountKind::kNone;
  int64_t change = 0;
  CountKind reason = CountKind::kNone;
};

// Employed time of an agent, or the agent's leaving.
struct StaffSample {
  uint8_t firsts = 0;
  CountKind counted = CountKind::kNone;
  bool left = false;
  int64_t microseconds = 0;
  CountKind reason = CountKind::kNone;
};

// A part of a cost, or a contact.
struct CostSample {
  uint8_t firsts = 0;  // Of a cost in another currency.
  bool cost = false;
  CountKind counted = CountKind::kNone;
  Code currency = kNoCode;
  int64_t millionths = 0;
  int64_t handled = 0;
  int64_t weight = 0;  // For its share of costs that are spread.
  CountKind reason = CountKind::kNone;
};

// Number of sources (activities, plans, agents) of which a cell has parts. A source has parts in
// several cells, so that numbers of cells do not add up to those of their union: each cell also
// keeps how many it has that no cell before it has.
struct SourceCount {
  int64_t in_cell = 0;
  int64_t in_slice = 0;  // Not in an earlier bucket of the slice.
  int64_t in_all = 0;    // Not in an earlier cell.

  void Add(uint8_t firsts) {
    in_cell += (firsts & kFirstInCell) != 0;
    in_slice += (firsts & kFirstInSlice) != 0;
    in_all += (firsts & kFirstOfAll) != 0;
  }
  void Merge(const SourceCount& other) {
    in_cell += other.in_cell;
    in_slice += other.in_slice;
    in_all += other.in_all;
  }
};

// What a quotient is in: 100 * numerator / denominator with both in millionths, ...
struct PercentScale {
  static constexpr double kFactor = 100;
  static constexpr double kNumeratorUnit = 1e6;
  static constexpr double kDenominatorUnit = 1e6;
};
// ... or a number per hour, with the denominator in microseconds.
struct PerHourScale {
  static constexpr double kFactor = 1;
  static constexpr double kNumeratorUnit = 1;
  static constexpr double kDenominatorUnit = 3.6e9;
};

// Where an interval is not asked for, or there is none.
struct NoProducts {
  void Add(Int128, Int128) {}
  void Merge(const NoProducts&) {}
};

// One sum over another; with PairProducts also its interval, of samples that are each counted once
// and lie in one cell.
template <class Scale, class Products>
struct QuotientPartial {
  using Sample = QuotientSample;
  Int128 numerator = 0;
  Int128 denominator = 0;
  bool excluded = false;
  SourceCount sources;
  [[no_unique_address]] Products products;

  void Add(const QuotientSample& sample) {
    excluded |= sample.excluded;
    numerator += sample.numerator;
    denominator += sample.denominator;
    sources.Add(sample.firsts);
    products.Add(sample.numerator, sample.denominator);
  }
  void Merge(const QuotientPartial& other) {
    excluded |= other.excluded;
    numerator += other.numerator;
    denominator += other.denominator;
    sources.Merge(other.sources);
    products.Merge(other.products);
  }
  void Finish(const FinishContext& context, Value* value) const;
};

// A number as of each bucket's end. Cells hold how it changes from bucket to bucket, so that its
// value is the sum of the cells up to the bucket's, and its total the last bucket's value.
struct LevelPartial {
  using Sample = ChangeSample;
  static constexpr bool kRunning = true;
  int64_t level = 0;

  void Add(const ChangeSample& sample) { level += sample.change; }
  void Merge(const LevelPartial& other) { level += other.level; }
  void Finish(const FinishContext& context, Value* value) const;
};

// Average number of agents; with kTurnover how many left, in percent of it.
template <bool kTurnover>
struct StaffPartial {
  using Sample = StaffSample;
  Int128 microseconds = 0;
  int64_t leavers = 0;
  SourceCount sources;

  void Add(const StaffSample& sample) {
    microseconds += sample.microseconds;
    leavers += sample.left;
    sources.Add(sample.firsts);
  }
  void Merge(const StaffPartial& other) {
    microseconds += other.microseconds;
    leavers += other.leavers;
    sources.Merge(other.sources);
  }
  void Finish(const FinishContext& context, Value* value) const;
};
using HeadcountPartial = StaffPartial<false>;
using TurnoverPartial = StaffPartial<true>;

// Cost over contacts handled, of one currency.
struct CostPartial {
  using Sample = CostSample;
  Int128 millionths = 0;
  long double spread = 0;  // Millionths that came from costs of no slice. Not in totals of all.
  Int128 weight = 0;
  int64_t handled = 0;
  Code currency = kNoCode;
  bool has_cost = false;
  SourceCount sources;  // Costs in another currency.

  void Add(const CostSample& sample) {
    has_cost |= sample.cost;
    sources.Add(sample.firsts);
    TakeCurrency(sample.currency);
    millionths += sample.millionths;
    weight += sample.weight;
    handled += sample.handled;
  }
  void Merge(const CostPartial& other) {
    has_cost |= other.has_cost;
    sources.Merge(other.sources);
    TakeCurrency(other.currency);
    millionths += other.millionths;
    spread += other.spread;
    weight += other.weight;
    handled += other.handled;
  }
  void Finish(const FinishContext& context, Value* value) const;

  void TakeCurrency(Code other) {
    if (other == kNoCode || other == currency) return;
    currency = currency == kNoCode ? other : kMixed;
  }
  static constexpr Code kMixed = ~Code{0};
};

}  // namespace kpid::metrics
