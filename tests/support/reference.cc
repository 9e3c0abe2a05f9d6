// From contributions to slices, buckets and values.

#include "tests/support/reference.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <set>
#include <tuple>

#include "tests/support/reference_achievement.h"
#include "tests/support/reference_contribution.h"
#include "tests/support/reference_dimension.h"
#include "tests/support/reference_parameter.h"
#include "tests/support/reference_piece.h"

namespace kpid::proof {
namespace {

using metrics::Dimension;
using metrics::Filter;
using metrics::Instant;
using metrics::NoValueReason;
using metrics::Query;
using metrics::ResolvedKpi;
using metrics::Statistic;
using metrics::TimeRange;
using Standing = Contribution::Standing;
using Cell = std::vector<const Contribution*>;

// --- Dimensions -----------------------------------------------------------------------------

// Surveys' are those of their interaction, where that is known.
Traits TraitsOfRecord(const Contribution& contribution, const Records& records) {
  Traits traits;
  if (contribution.ticket != nullptr) {
    traits.agent = contribution.ticket->agent_id;
    traits.queue = contribution.ticket->queue_id;
    traits.channel = NameOf(contribution.ticket->channel);
    traits.priority = contribution.ticket->priority;
  } else if (contribution.interaction != nullptr) {
    traits = TraitsOf(*contribution.interaction);
  } else if (const auto* of = InteractionOf(contribution.survey->interaction_id, records)) {
    traits = TraitsOf(*of);
  } else {
    traits.agent = contribution.survey->agent_id;
    traits.queue = contribution.survey->queue_id;
    traits.channel = NameOf(contribution.survey->channel);
  }
  traits.instant = contribution.time;
  return traits;
}

// --- Values ---------------------------------------------------------------------------------

struct Parts {
  std::vector<int64_t> amounts;  // Of what is counted, ascending.
  int64_t excluded = 0;
  std::set<std::string> currencies;
  std::set<std::pair<int32_t, int32_t>> scales;

  long double Sum() const {
    long double sum = 0;
    for (int64_t amount : amounts) sum += static_cast<long double>(amount);
    return sum;
  }
  long double Count() const { return static_cast<long double>(amounts.size()); }

  // The sample one, with n - 1. REQUIRES: at least two amounts.
  long double StandardDeviation() const {
    const long double mean = Sum() / Count();
    long double squares = 0;
    for (int64_t amount : amounts) {
      const long double distance = static_cast<long double>(amount) - mean;
      squares += distance * distance;
    }
    return std::sqrt(squares / (Count() - 1));
  }
};

// How many of an amount's units make one of the value's.
long double UnitsOf(Shape shape) {
  switch (shape) {
    case Shape::kMeanSeconds:
    case Shape::kLongest:
    case Shape::kMeanMoney:
      return 1e6L;
    case Shape::kMeanScore:
      return 1e3L;
    default:
      return 1;
  }
}

int64_t CountOf(const ReferenceValue& value, const std::string& name) {
  const auto count = value.counts.find(name);
  return count == value.counts.end() ? 0 : count->second;
}

void SetInterval(Shape shape, const Parts& parts, double level, ReferenceValue& value) {
  const double probability = 0.5 + level / 2;
  const double n = static_cast<double>(parts.amounts.size());
  if (shape == Shape::kProportion) {
    const auto [lower, upper] = WilsonInterval(static_cast<double>(parts.Sum()), n, level);
    value.lower = lower;
    value.upper = upper;
  } else if (shape == Shape::kPoints) {
    const double z = NormalQuantile(probability);
    const double p = static_cast<double>(CountOf(value, "promoters")) / n;
    const double d = static_cast<double>(CountOf(value, "detractors")) / n;
    const double half = 100 * z * std::sqrt((p + d - (p - d) * (p - d)) / n);
    value.lower = std::max(-100.0, *value.value - half);
    value.upper = std::min(100.0, *value.value + half);
  } else if (parts.amounts.size() >= 2) {  // Means.
    const int64_t size = static_cast<int64_t>(parts.amounts.size());
    const double factor =
        size > 100 ? NormalQuantile(probability) : StudentQuantile(probability, size - 1);
    const double deviation = static_cast<double>(parts.StandardDeviation() / UnitsOf(shape));
    value.lower = *value.value - factor * deviation / std::sqrt(n);
    value.upper = *value.value + factor * deviation / std::sqrt(n);
  }
}

// Drawn from the single durations: percentiles by nearest rank, extremes, standard deviation.
double DrawnValue(const Statistic& statistic, const Parts& parts) {
  if (statistic.kind == Statistic::Kind::kMinimum) {
    return static_cast<double>(parts.amounts.front()) / 1e6;
  }
  if (statistic.kind == Statistic::Kind::kPercentile) {
    // The smallest rank r with r / n >= percentile / 100.
    const size_t n = parts.amounts.size();
    size_t rank = 1;
    while (rank * 100 < static_cast<size_t>(statistic.percentile) * n) ++rank;
    return static_cast<double>(parts.amounts[rank - 1]) / 1e6;
  }
  if (statistic.kind == Statistic::Kind::kStandardDeviation) {
    return static_cast<double>(parts.StandardDeviation() / 1e6L);
  }
  return static_cast<double>(parts.amounts.back()) / 1e6;  // Maximum, longest.
}

NoValueReason WhyNothing(const Parts& parts, const ReferenceValue& value) {
  if (value.counts.contains("immature")) return NoValueReason::kImmature;
  return parts.excluded > 0 ? NoValueReason::kZeroDenominator : NoValueReason::kNoData;
}

bool IsDrawn(Shape shape, const Statistic& statistic) {
  return shape == Shape::kLongest ||
         (shape == Shape::kMeanSeconds && statistic.kind != Statistic::Kind::kMean);
}

void SetValue(const ResolvedKpi& kpi, double level, const Parts& parts, ReferenceValue& value) {
  const Shape shape = ShapeOf(kpi);
  if (shape == Shape::kCount) {
    value.value = value.numerator = static_cast<double>(parts.amounts.size());
    return;
  }
  if (IsDrawn(shape, kpi.statistic)) {
    if (parts.amounts.empty()) {
      value.no_value_reason = WhyNothing(parts, value);
    } else if (kpi.statistic.kind == Statistic::Kind::kStandardDeviation &&
               parts.amounts.size() < 2) {
      value.no_value_reason = NoValueReason::kZeroDenominator;
    } else {
      value.value = DrawnValue(kpi.statistic, parts);
    }
    return;
  }
  value.denominator = static_cast<double>(parts.amounts.size());
  if (parts.scales.size() > 1 || parts.currencies.size() > 1) {  // No sum has a meaning.
    value.no_value_reason =
        parts.scales.size() > 1 ? NoValueReason::kMixedScales : NoValueReason::kMixedCurrencies;
    return;
  }
  value.numerator = static_cast<double>(parts.Sum() / UnitsOf(shape));
  if (parts.amounts.empty()) {
    value.no_value_reason = WhyNothing(parts, value);
    return;
  }
  const bool per_hundred = shape == Shape::kProportion || shape == Shape::kPoints;
  value.value =
      static_cast<double>((per_hundred ? 100 : 1) * parts.Sum() / (UnitsOf(shape) * parts.Count()));
  SetInterval(shape, parts, level, value);
}

ReferenceValue ValueOf(const ResolvedKpi& kpi, double level, const Cell& cell) {
  ReferenceValue value;
  Parts parts;
  for (const Contribution* contribution : cell) {
    for (const std::string& tally : contribution->tallies) ++value.counts[tally];
    if (contribution->standing == Standing::kExcluded) ++parts.excluded;
    if (contribution->standing != Standing::kCounted) continue;
    parts.amounts.push_back(contribution->amount);
    if (!contribution->currency.empty()) parts.currencies.insert(contribution->currency);
    if (ShapeOf(kpi) == Shape::kMeanScore) {
      parts.scales.emplace(contribution->scale_minimum, contribution->scale_maximum);
    }
  }
  std::sort(parts.amounts.begin(), parts.amounts.end());
  value.sample_count = static_cast<int64_t>(parts.amounts.size());
  if (parts.currencies.size() == 1) value.currency = *parts.currencies.begin();
  if (kpi.definition->id == "employee_satisfaction" &&
      static_cast<double>(value.sample_count) < Parameter<double>(kpi, "minimum_respondents")) {
    ReferenceValue suppressed;  // Nothing of it is told.
    suppressed.no_value_reason = NoValueReason::kSuppressedSmallGroup;
    return suppressed;
  }
  SetValue(kpi, level, parts, value);
  return value;
}

ReferenceValue NotApplicable() {
  ReferenceValue value;
  value.no_value_reason = NoValueReason::kNotApplicable;
  return value;
}

// --- Slices -----------------------------------------------------------------------------------

using Key = std::vector<ReferenceDimension>;

// What one KPI reads that passes the filters, in the range: contributions or pieces.
struct Reading {
  bool filters_apply = true;
  bool group_by_applies = true;
  std::vector<Contribution> contributions;
  std::vector<Piece> pieces;
  std::vector<Key> keys;  // Of each contribution, or piece.
  std::set<Key> slices;   // Those of the keys, and of costs before they were spread.
};

std::optional<Key> KeyOf(const Query& query, const Reading& reading, const Traits& traits,
                         const Records& records) {
  for (const Filter& filter : query.filters) {
    if (!Passes(filter, traits, records)) return std::nullopt;
  }
  Key key;
  if (!reading.group_by_applies) return key;
  for (const Dimension& dimension : query.group_by) {
    key.push_back(DimensionOf(dimension, traits, records));
  }
  return key;
}

size_t BucketOf(const Query& query, Instant instant) {
  size_t bucket = 0;
  while (!query.buckets[bucket].Contains(instant)) ++bucket;
  return bucket;
}

// Whether a slice has the values that the cost names.
bool Agrees(const Key& slice, const Key& of_cost) {
  for (size_t i = 0; i < slice.size(); ++i) {
    if (!of_cost[i].missing && slice[i] != of_cost[i]) return false;
  }
  return true;
}

// Spreads the costs that lack a dimension over the slices that agree with what they name, by the
// weights of the same bucket. Without any they stay where they are.
void Spread(Reading& reading) {
  std::vector<Piece> pieces;
  std::vector<Key> keys;
  for (size_t i = 0; i < reading.pieces.size(); ++i) {
    const Piece& cost = reading.pieces[i];
    std::map<Key, long double> weights;
    long double all = 0;
    const bool lacks = std::any_of(reading.keys[i].begin(), reading.keys[i].end(),
                                   [](const ReferenceDimension& value) { return value.missing; });
    for (size_t k = 0; cost.is_cost && lacks && k < reading.pieces.size(); ++k) {
      const Piece& contact = reading.pieces[k];
      if (contact.weight <= 0 || !Agrees(reading.keys[k], reading.keys[i])) continue;
      if (contact.bucket != cost.bucket) continue;
      weights[reading.keys[k]] += contact.weight;
      all += contact.weight;
    }
    if (weights.empty()) weights[reading.keys[i]] = all = 1;
    if (!weights.contains(reading.keys[i])) weights[reading.keys[i]] = 0;  // It was there.
    for (const auto& [key, weight] : weights) {
      pieces.push_back(cost);
      pieces.back().numerator *= weight / all;
      pieces.back().is_spread = weight == 0;
      if (key != reading.keys[i]) pieces.back().other_currency.clear();  // Is not spread.
      keys.push_back(key);
    }
  }
  reading.pieces = std::move(pieces);
  reading.keys = std::move(keys);
}

void ReadPieces(const Query& query, const ResolvedKpi& kpi, const Records& records,
                Reading& reading) {
  for (Piece& piece : PiecesOf(query, kpi, records)) {
    std::optional<Key> key = KeyOf(query, reading, piece.traits, records);
    if (!key.has_value()) continue;
    piece.bucket = BucketOf(query, piece.time);
    reading.slices.insert(*key);
    reading.keys.push_back(*std::move(key));
    reading.pieces.push_back(std::move(piece));
  }
  if (kpi.definition->id == "cost_per_contact" && Choice(kpi, "allocate") != "none") {
    Spread(reading);
  }
}

Reading Read(const Query& query, const ResolvedKpi& kpi, const Records& records, Instant now) {
  Reading reading;
  for (const Filter& filter : query.filters) {
    if (!Applies(filter.dimension, kpi)) reading.filters_apply = false;
  }
  for (const Dimension& dimension : query.group_by) {
    if (!Applies(dimension, kpi)) reading.group_by_applies = false;
  }
  if (IsAchievement(kpi)) reading.filters_apply = false;  // It reads no records.
  if (!reading.filters_apply) return reading;
  if (HasPieces(kpi)) {
    ReadPieces(query, kpi, records, reading);
    return reading;
  }
  for (Contribution& contribution : ContributionsOf(kpi, records, now)) {
    if (!query.range.Contains(contribution.time)) continue;
    std::optional<Key> key = KeyOf(query, reading, TraitsOfRecord(contribution, records), records);
    if (!key.has_value()) continue;
    reading.slices.insert(*key);
    reading.keys.push_back(*std::move(key));
    reading.contributions.push_back(std::move(contribution));
  }
  return reading;
}

// Whether a slice holds what has a key.
using Holds = std::function<bool(const Key&)>;

// `slice` is null for the total.
ReferenceValue ValueIn(const Query& query, size_t kpi, const Reading& reading, const Holds* slice,
                       const TimeRange& range) {
  if (!reading.filters_apply) return NotApplicable();
  if (slice != nullptr && !reading.group_by_applies) return NotApplicable();
  if (HasPieces(query.kpis[kpi])) {
    // The backlog of a range is that at its end.
    const bool at_end = query.kpis[kpi].definition->id == "ticket_backlog" && range == query.range;
    const TimeRange& within = at_end ? query.buckets.back() : range;
    std::vector<const Piece*> cell;
    for (size_t i = 0; i < reading.pieces.size(); ++i) {
      if (slice != nullptr && !(*slice)(reading.keys[i])) continue;
      if (within.Contains(reading.pieces[i].time)) cell.push_back(&reading.pieces[i]);
    }
    return ValueOfPieces(query, query.kpis[kpi], range, cell);
  }
  Cell cell;
  for (size_t i = 0; i < reading.contributions.size(); ++i) {
    if (slice != nullptr && !(*slice)(reading.keys[i])) continue;
    if (!range.Contains(reading.contributions[i].time)) continue;
    cell.push_back(&reading.contributions[i]);
  }
  return ValueOf(query.kpis[kpi], query.confidence_level, cell);
}

ReferenceSlice SliceOf(const Query& query, const std::vector<Reading>& readings,
                       const Holds& holds) {
  ReferenceSlice slice;
  for (size_t kpi = 0; kpi < query.kpis.size(); ++kpi) {
    slice.total.push_back(ValueIn(query, kpi, readings[kpi], &holds, query.range));
  }
  for (const TimeRange& bucket : query.buckets) {
    std::vector<ReferenceValue>& values = slice.series.emplace_back();
    for (size_t kpi = 0; kpi < query.kpis.size(); ++kpi) {
      values.push_back(ValueIn(query, kpi, readings[kpi], &holds, bucket));
    }
  }
  return slice;
}

// Those asked for; otherwise a slice exists when any record that some KPI reads has the
// combination.
std::vector<Key> KeysOfSlices(const Query& query, const std::vector<Reading>& readings) {
  if (query.selection.has_value() && !query.group_by.empty()) {
    std::vector<Key> keys;
    for (const std::vector<metrics::DimensionValue>& slice : query.selection->slices) {
      Key& key = keys.emplace_back();
      for (const metrics::DimensionValue& value : slice) {
        key.push_back({value.missing, value.value});
      }
    }
    return keys;
  }
  std::set<Key> keys;
  if (query.group_by.empty()) keys.emplace();
  for (const Reading& reading : readings) {
    if (reading.group_by_applies) keys.insert(reading.slices.begin(), reading.slices.end());
  }
  return {keys.begin(), keys.end()};
}

// The answer, in which kpi_achievement does not apply yet.
ReferenceResult FromRecords(const Query& query, const Records& records, Instant now) {
  std::vector<Reading> readings;
  for (const ResolvedKpi& kpi : query.kpis) readings.push_back(Read(query, kpi, records, now));

  ReferenceResult result;
  for (size_t kpi = 0; kpi < query.kpis.size(); ++kpi) {
    result.total.push_back(ValueIn(query, kpi, readings[kpi], nullptr, query.range));
  }
  const std::vector<Key> keys = KeysOfSlices(query, readings);
  for (const Key& key : keys) {
    result.slices.push_back(
        SliceOf(query, readings, [&](const Key& other) { return other == key; }));
    result.slices.back().dimensions = key;
  }
  if (query.selection.has_value() && query.selection->with_other && !query.group_by.empty()) {
    result.slices.push_back(SliceOf(query, readings, [&](const Key& key) {
      return std::find(keys.begin(), keys.end(), key) == keys.end();
    }));
    result.slices.back().other = true;
  }
  return result;
}

}  // namespace

const std::set<std::string_view>& ReferenceKpis() {
  static const std::set<std::string_view> kIds = {"contacts_offered",
                                                  "contacts_handled",
                                                  "contacts_abandoned",
                                                  "service_level",
                                                  "abandonment_rate",
                                                  "average_speed_of_answer",
                                                  "first_response_time",
                                                  "longest_wait",
                                                  "average_time_to_abandon",
                                                  "average_handle_time",
                                                  "average_talk_time",
                                                  "average_hold_time",
                                                  "average_wrap_up_time",
                                                  "transfer_rate",
                                                  "occupancy",
                                                  "utilization",
                                                  "schedule_adherence",
                                                  "schedule_conformance",
                                                  "shrinkage",
                                                  "contacts_per_hour",
                                                  "first_contact_resolution",
                                                  "repeat_contact_rate",
                                                  "ticket_volume",
                                                  "tickets_resolved",
                                                  "ticket_backlog",
                                                  "average_resolution_time",
                                                  "ticket_first_response_time",
                                                  "ticket_reopen_rate",
                                                  "csat",
                                                  "csat_mean",
                                                  "nps",
                                                  "customer_effort_score",
                                                  "survey_response_rate",
                                                  "quality_score",
                                                  "contact_quality",
                                                  "upsell_rate",
                                                  "conversion_rate",
                                                  "revenue_per_contact",
                                                  "cost_per_contact",
                                                  "employee_satisfaction",
                                                  "employee_turnover_rate",
                                                  "headcount",
                                                  "kpi_achievement"};
  return kIds;
}

ReferenceResult ReferenceEvaluate(const Query& query, const Records& records, Instant now) {
  if (std::none_of(query.kpis.begin(), query.kpis.end(), IsAchievement)) {
    return FromRecords(query, records, now);
  }
  const Query widened = WithKpisOfTargets(query, records);
  ReferenceResult result = FromRecords(widened, records, now);
  SetAchievement(query, widened, records, result);
  return result;
}

}  // namespace kpid::proof
