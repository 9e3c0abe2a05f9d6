// One number of an answer, and what it rests on.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "metrics/fact.h"

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

}  // namespace kpid::metrics
