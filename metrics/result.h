// An answer: values by slice and bucket.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "metrics/query.h"
#include "metrics/time.h"

namespace kpid::metrics {

enum class NoValueReason : uint8_t {
  kNone,
  kNoData,
  kZeroDenominator,
  kImmature,
  kSuppressedSmallGroup,
  kNotApplicable,
  kMixedCurrencies,
  kMixedScales
};

// Most counts that one KPI may carry (KpiDefinition::counts).
inline constexpr int kValueCountsMax = 6;

// One number and what it rests on. numerator and denominator are in the unit's base: counts,
// seconds, money, score points. Absent fields were not asked for or do not exist.
struct Value {
  std::optional<double> value;
  std::optional<double> numerator;
  std::optional<double> denominator;
  std::optional<double> lower;  // Confidence interval.
  std::optional<double> upper;
  int64_t sample_count = 0;
  std::array<int64_t, kValueCountsMax> counts{};  // By KpiDefinition::counts.
  Code currency = kNoCode;                        // Of money; Result::currencies names it.
  NoValueReason no_value_reason = NoValueReason::kNone;
};

// values[k] is that of Query::kpis[k]; series[b * kpis + k] that of bucket b.
struct Slice {
  std::vector<DimensionValue> dimensions;  // As Query::group_by.
  std::vector<Value> total;
  std::vector<Value> series;
  bool other = false;  // All slices that were not selected, together; without dimensions.
};

struct Result {
  std::vector<Value> total;             // All facts that pass the filters.
  std::vector<Slice> slices;            // As selected, or by dimension values, missing last.
  std::vector<std::string> currencies;  // By Value::currency.
  Instant data_watermark{};             // All records committed before it are in.
};

}  // namespace kpid::metrics
