#include "tests/support/difference.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <sstream>
#include <utility>

namespace kpid::proof {
namespace {

using metrics::Query;
using metrics::Result;
using metrics::Value;
using metrics::ValueDetail;

constexpr double kTolerance = 1e-9;
constexpr double kSmallest = 1e-6;  // Below it nothing is told apart: durations end there.

std::string Text(const std::optional<double>& number) {
  if (!number.has_value()) return "-";
  std::ostringstream out;
  out << std::setprecision(17) << *number;
  return out.str();
}

// `size`: that of the numbers that a and b were made of.
bool Near(const std::optional<double>& a, const std::optional<double>& b, double size = kSmallest) {
  if (a.has_value() != b.has_value()) return false;
  if (!a.has_value()) return true;
  return std::abs(*a - *b) <= kTolerance * std::max({std::abs(*a), std::abs(*b), size});
}

std::string CurrencyOf(const Result& result, const Value& value) {
  return value.currency < result.currencies.size() ? result.currencies[value.currency] : "";
}

// The reference's value with only what was asked for, and only the counts that the KPI has.
ReferenceValue AskedFor(const metrics::ResolvedKpi& kpi, ValueDetail detail, ReferenceValue value) {
  if (detail != ValueDetail::kInterval) value.lower = value.upper = std::nullopt;
  if (detail == ValueDetail::kBare) {
    value.numerator = value.denominator = std::nullopt;
    value.sample_count = 0;
    value.counts.clear();
  }
  std::map<std::string, int64_t> counts;
  for (std::string_view name : kpi.definition->counts) {
    const auto count = value.counts.find(std::string(name));
    if (count != value.counts.end()) counts.insert(*count);
  }
  value.counts = std::move(counts);
  return value;
}

std::string Text(const Query& query, const std::vector<ReferenceDimension>& dimensions) {
  std::string text = "slice (";
  for (size_t i = 0; i < dimensions.size(); ++i) {
    if (i > 0) text += ", ";
    text += metrics::DimensionKindName(query.group_by[i].kind);
    text += "=" + (dimensions[i].missing ? "(none)" : dimensions[i].value);
  }
  return text + ")";
}

std::vector<ReferenceDimension> DimensionsOf(const metrics::Slice& slice) {
  std::vector<ReferenceDimension> dimensions;
  for (const metrics::DimensionValue& dimension : slice.dimensions) {
    dimensions.push_back({dimension.missing, dimension.value});
  }
  return dimensions;
}

std::optional<std::string> ValuesDifference(const Query& query, const Result& engine_result,
                                            const std::vector<Value>& engine,
                                            const std::vector<ReferenceValue>& reference,
                                            const std::string& place) {
  for (size_t kpi = 0; kpi < query.kpis.size(); ++kpi) {
    const auto difference = ValueDifference(query.kpis[kpi], query.value_detail, engine_result,
                                            engine[kpi], reference[kpi]);
    if (difference.has_value()) {
      return place + ", " + query.kpis[kpi].name + " (" +
             metrics::StatisticText(query.kpis[kpi].statistic) + "): " + *difference;
    }
  }
  return std::nullopt;
}

std::optional<std::string> SliceDifference(const Query& query, const Result& engine_result,
                                           const metrics::Slice& engine,
                                           const ReferenceSlice& reference) {
  const std::string place = Text(query, reference.dimensions);
  if (engine.other != reference.other) return place + ": other or not";
  if (DimensionsOf(engine) != reference.dimensions) {
    return "the engine has " + Text(query, DimensionsOf(engine)) + ", the reference " + place;
  }
  if (engine.total.size() != query.kpis.size() ||
      engine.series.size() != query.kpis.size() * query.buckets.size()) {
    return place + ": the engine's number of values is wrong";
  }
  const auto total = ValuesDifference(query, engine_result, engine.total.Part(0, query.kpis.size()),
                                      reference.total, place);
  if (total.has_value()) return total;
  for (size_t bucket = 0; bucket < query.buckets.size(); ++bucket) {
    const auto difference = ValuesDifference(
        query, engine_result, engine.series.Part(bucket * query.kpis.size(), query.kpis.size()),
        reference.series[bucket], place + " bucket " + std::to_string(bucket));
    if (difference.has_value()) return difference;
  }
  return std::nullopt;
}

bool Same(const Result& a_result, const Value& a, const Result& b_result, const Value& b) {
  return a.value == b.value && a.numerator == b.numerator && a.denominator == b.denominator &&
         a.lower == b.lower && a.upper == b.upper && a.sample_count == b.sample_count &&
         a.counts == b.counts && CurrencyOf(a_result, a) == CurrencyOf(b_result, b) &&
         a.no_value_reason == b.no_value_reason;
}

}  // namespace

ReferenceValue Translated(const metrics::ResolvedKpi& kpi, const Result& engine_result,
                          const Value& engine) {
  ReferenceValue translated;
  translated.value = engine.value;
  translated.numerator = engine.numerator;
  translated.denominator = engine.denominator;
  translated.lower = engine.lower;
  translated.upper = engine.upper;
  translated.sample_count = engine.sample_count;
  for (size_t i = 0; i < kpi.definition->counts.size(); ++i) {
    if (engine.counts[i] != 0) {
      translated.counts[std::string(kpi.definition->counts[i])] = engine.counts[i];
    }
  }
  translated.currency = CurrencyOf(engine_result, engine);
  translated.no_value_reason = engine.no_value_reason;
  return translated;
}

std::string ReasonName(metrics::NoValueReason reason) {
  switch (reason) {
    case metrics::NoValueReason::kNone:
      return "";
    case metrics::NoValueReason::kNoData:
      return "NO_DATA";
    case metrics::NoValueReason::kZeroDenominator:
      return "ZERO_DENOMINATOR";
    case metrics::NoValueReason::kImmature:
      return "IMMATURE";
    case metrics::NoValueReason::kSuppressedSmallGroup:
      return "SUPPRESSED_SMALL_GROUP";
    case metrics::NoValueReason::kNotApplicable:
      return "NOT_APPLICABLE";
    case metrics::NoValueReason::kMixedCurrencies:
      return "MIXED_CURRENCIES";
    case metrics::NoValueReason::kMixedScales:
      return "MIXED_SCALES";
  }
  return "unknown reason";
}

std::string Text(const ReferenceValue& value) {
  std::string text = "value " + Text(value.value);
  text += " numerator " + Text(value.numerator) + " denominator " + Text(value.denominator);
  text += " interval " + Text(value.lower) + ".." + Text(value.upper);
  text += " samples " + std::to_string(value.sample_count);
  for (const auto& [name, count] : value.counts) text += " " + name + " " + std::to_string(count);
  if (!value.currency.empty()) text += " currency " + value.currency;
  return text + " " + ReasonName(value.no_value_reason);
}

std::optional<std::string> ValueDifference(const metrics::ResolvedKpi& kpi, ValueDetail detail,
                                           const Result& engine_result, const Value& engine,
                                           const ReferenceValue& reference) {
  const ReferenceValue is = Translated(kpi, engine_result, engine);
  const ReferenceValue must = AskedFor(kpi, detail, reference);
  // A bound is a value give or take: it is as exact as they are.
  const double size = std::max(1.0, std::abs(must.value.value_or(0)));
  if (Near(is.value, must.value) && Near(is.numerator, must.numerator) &&
      Near(is.denominator, must.denominator) && Near(is.lower, must.lower, size) &&
      Near(is.upper, must.upper, size) && is.sample_count == must.sample_count &&
      is.counts == must.counts && is.currency == must.currency &&
      is.no_value_reason == must.no_value_reason) {
    return std::nullopt;
  }
  return "\n  engine:    " + Text(is) + "\n  reference: " + Text(must);
}

std::optional<std::string> Difference(const Query& query, const Result& engine,
                                      const ReferenceResult& reference) {
  if (engine.total.size() != query.kpis.size()) return "the engine's totals are missing";
  const auto total = ValuesDifference(query, engine, engine.total, reference.total, "total");
  if (total.has_value()) return total;
  for (size_t i = 0; i < std::min(engine.slices.size(), reference.slices.size()); ++i) {
    const auto slice = SliceDifference(query, engine, engine.slices[i], reference.slices[i]);
    if (slice.has_value()) return slice;
  }
  if (engine.slices.size() == reference.slices.size()) return std::nullopt;
  return "the engine has " + std::to_string(engine.slices.size()) + " slices, the reference " +
         std::to_string(reference.slices.size());
}

std::optional<std::string> Difference(const Query& query, const Result& a, const Result& b) {
  if (a.slices.size() != b.slices.size()) return "different numbers of slices";
  for (size_t k = 0; k < query.kpis.size(); ++k) {
    if (!Same(a, a.total[k], b, b.total[k])) return "total of " + query.kpis[k].name;
  }
  for (size_t s = 0; s < a.slices.size(); ++s) {
    const std::string place = Text(query, DimensionsOf(a.slices[s]));
    if (a.slices[s].other != b.slices[s].other) return place + ": other or not";
    if (a.slices[s].dimensions != b.slices[s].dimensions) return place + ": other dimensions";
    for (size_t k = 0; k < query.kpis.size(); ++k) {
      if (!Same(a, a.slices[s].total[k], b, b.slices[s].total[k])) {
        return place + ": total of " + query.kpis[k].name;
      }
    }
    for (size_t i = 0; i < a.slices[s].series.size(); ++i) {
      if (!Same(a, a.slices[s].series[i], b, b.slices[s].series[i])) {
        return place + ": point " + std::to_string(i);
      }
    }
  }
  return std::nullopt;
}

}  // namespace kpid::proof
