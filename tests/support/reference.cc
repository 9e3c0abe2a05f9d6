// From contributions to slices, buckets and values.

#include "tests/support/reference.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <tuple>

#include "tests/support/reference_contribution.h"

namespace kpid::proof {
namespace {

using metrics::Dimension;
using metrics::DimensionKind;
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

// The agent's group of a type at an instant; "" when there is none. A membership in a group of
// the type wins; otherwise the nearest ancestor of that type of the agent's groups, looked at by
// type name, then code.
std::string GroupAt(const Records& records, const std::string& agent, const std::string& type,
                    Instant instant) {
  const auto position_of = [&](const std::string& group_id) {
    size_t position = 0;
    while (position < records.groups.size() && records.groups[position].group_id != group_id) {
      ++position;
    }
    return position;
  };
  std::vector<std::pair<std::string, size_t>> own;  // Type and position of the agent's groups.
  for (const storage::MembershipRecord& membership : records.memberships) {
    const TimeRange range{membership.start, membership.end.value_or(metrics::kInstantEnd)};
    if (agent.empty() || membership.agent_id != agent || !range.Contains(instant)) continue;
    const size_t position = position_of(membership.group_id);
    if (position < records.groups.size()) own.emplace_back(records.groups[position].type, position);
  }
  std::sort(own.begin(), own.end());
  for (const auto& [own_type, position] : own) {
    if (own_type == type) return records.groups[position].group_id;
  }
  for (const auto& [own_type, own_position] : own) {
    size_t position = own_position;
    for (size_t steps = 0; steps < records.groups.size(); ++steps) {  // A circle ends, too.
      position = position_of(records.groups[position].parent_group_id);
      if (position == records.groups.size()) break;
      if (records.groups[position].type == type) return records.groups[position].group_id;
    }
  }
  return "";
}

std::string NameOf(metrics::Channel channel) {
  switch (channel) {
    case metrics::Channel::kNone:
      return "";
    case metrics::Channel::kVoice:
      return "voice";
    case metrics::Channel::kChat:
      return "chat";
    case metrics::Channel::kEmail:
      return "email";
    case metrics::Channel::kMessaging:
      return "messaging";
    case metrics::Channel::kSocial:
      return "social";
    case metrics::Channel::kOther:
      return "other";
  }
  return "";
}

// A survey's dimensions are those of its interaction, where that is known.
std::string DimensionText(const Dimension& dimension, const Contribution& contribution,
                          const Records& records) {
  const storage::SurveyRecord* survey = contribution.survey;
  const storage::InteractionRecord* interaction =
      survey == nullptr ? contribution.interaction : InteractionOf(*survey, records);
  const std::string agent = interaction != nullptr ? interaction->agent_id : survey->agent_id;
  switch (dimension.kind) {
    case DimensionKind::kNone:
      return "";
    case DimensionKind::kAgent:
      return agent;
    case DimensionKind::kAgentGroup:
      return GroupAt(records, agent, dimension.name, contribution.time);
    case DimensionKind::kQueue:
      return interaction != nullptr ? interaction->queue_id : survey->queue_id;
    case DimensionKind::kChannel:
      return NameOf(interaction != nullptr ? interaction->channel : survey->channel);
    case DimensionKind::kDirection:
      if (interaction == nullptr) return "";
      return interaction->direction == metrics::Direction::kOutbound ? "outbound" : "inbound";
    case DimensionKind::kAttribute:
      for (const auto& [key, value] : interaction->attributes) {
        if (key == dimension.name) return value;
      }
      return "";
  }
  return "";
}

ReferenceDimension DimensionOf(const Dimension& dimension, const Contribution& contribution,
                               const Records& records) {
  const std::string text = DimensionText(dimension, contribution, records);
  return {.missing = text.empty(), .value = text};
}

// Surveys have no attributes.
bool Applies(const Dimension& dimension, const ResolvedKpi& kpi) {
  return dimension.kind != DimensionKind::kAttribute || !ReadsSurveys(kpi);
}

bool Passes(const Filter& filter, const Contribution& contribution, const Records& records) {
  const ReferenceDimension value = DimensionOf(filter.dimension, contribution, records);
  if (value.missing) return filter.include_missing;
  return std::find(filter.values.begin(), filter.values.end(), value.value) != filter.values.end();
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
  if (shape == Shape::kProportion) {  // Wilson.
    const double z = NormalQuantile(probability);
    const double p = static_cast<double>(parts.Sum()) / n;
    const double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
    const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    value.lower = 100 * (middle - half);
    value.upper = 100 * (middle + half);
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
  SetValue(kpi, level, parts, value);
  return value;
}

ReferenceValue NotApplicable() {
  ReferenceValue value;
  value.no_value_reason = NoValueReason::kNotApplicable;
  return value;
}

// --- Slices -----------------------------------------------------------------------------------

// The contributions of one KPI that pass the filters, in the range.
struct Reading {
  bool filters_apply = true;
  bool group_by_applies = true;
  std::vector<Contribution> contributions;
  std::vector<std::vector<ReferenceDimension>> keys;  // Of each contribution.
};

Reading Read(const Query& query, const ResolvedKpi& kpi, const Records& records, Instant now) {
  Reading reading;
  for (const Filter& filter : query.filters) {
    if (!Applies(filter.dimension, kpi)) reading.filters_apply = false;
  }
  for (const Dimension& dimension : query.group_by) {
    if (!Applies(dimension, kpi)) reading.group_by_applies = false;
  }
  if (!reading.filters_apply) return reading;
  for (Contribution& contribution : ContributionsOf(kpi, records, now)) {
    const auto passes = [&](const Filter& filter) { return Passes(filter, contribution, records); };
    if (!query.range.Contains(contribution.time)) continue;
    if (!std::all_of(query.filters.begin(), query.filters.end(), passes)) continue;
    std::vector<ReferenceDimension> key;
    if (reading.group_by_applies) {
      for (const Dimension& dimension : query.group_by) {
        key.push_back(DimensionOf(dimension, contribution, records));
      }
    }
    reading.keys.push_back(std::move(key));
    reading.contributions.push_back(std::move(contribution));
  }
  return reading;
}

ReferenceValue ValueIn(const Query& query, size_t kpi, const Reading& reading,
                       const std::vector<ReferenceDimension>* slice, const TimeRange& range) {
  if (!reading.filters_apply) return NotApplicable();
  if (slice != nullptr && !reading.group_by_applies) return NotApplicable();
  Cell cell;
  for (size_t i = 0; i < reading.contributions.size(); ++i) {
    if (slice != nullptr && reading.keys[i] != *slice) continue;
    if (!range.Contains(reading.contributions[i].time)) continue;
    cell.push_back(&reading.contributions[i]);
  }
  return ValueOf(query.kpis[kpi], query.confidence_level, cell);
}

}  // namespace

ReferenceResult ReferenceEvaluate(const Query& query, const Records& records, Instant now) {
  std::vector<Reading> readings;
  for (const ResolvedKpi& kpi : query.kpis) readings.push_back(Read(query, kpi, records, now));

  // A slice exists when any record that some KPI reads has the combination.
  std::set<std::vector<ReferenceDimension>> keys;
  if (query.group_by.empty()) keys.emplace();
  for (const Reading& reading : readings) {
    if (reading.group_by_applies) keys.insert(reading.keys.begin(), reading.keys.end());
  }

  ReferenceResult result;
  for (size_t kpi = 0; kpi < query.kpis.size(); ++kpi) {
    result.total.push_back(ValueIn(query, kpi, readings[kpi], nullptr, query.range));
  }
  for (const std::vector<ReferenceDimension>& key : keys) {
    ReferenceSlice slice{.dimensions = key, .total = {}, .series = {}};
    for (size_t kpi = 0; kpi < query.kpis.size(); ++kpi) {
      slice.total.push_back(ValueIn(query, kpi, readings[kpi], &key, query.range));
    }
    for (const TimeRange& bucket : query.buckets) {
      std::vector<ReferenceValue>& values = slice.series.emplace_back();
      for (size_t kpi = 0; kpi < query.kpis.size(); ++kpi) {
        values.push_back(ValueIn(query, kpi, readings[kpi], &key, bucket));
      }
    }
    result.slices.push_back(std::move(slice));
  }
  return result;
}

}  // namespace kpid::proof
