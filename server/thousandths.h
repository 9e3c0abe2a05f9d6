// Numbers that are kept as thousandths: scores, maxima, weights.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "server/field_checks.h"

namespace kpid::server {

// What a number may be, in whole units.
struct ThousandthsRange {
  int64_t minimum = 0;
  int64_t maximum = 0;
  bool above_minimum = false;  // The minimum itself is not allowed.
};

// Thousandths of a number, the nearest. REQUIRES: finite, within 10^15.
int64_t ToThousandths(double value);

// Thousandths of a field that is finite, in the range and has at most three decimals (as far as
// a double that was computed rather than written can tell); otherwise adds a violation.
std::optional<int64_t> ReadThousandths(std::string_view field, double value, ThousandthsRange range,
                                       const FieldChecks& checks);

}  // namespace kpid::server
