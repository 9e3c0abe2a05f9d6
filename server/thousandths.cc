#include "server/thousandths.h"

#include <cmath>

#include "server/join_text.h"
#include "server/reasons.h"

namespace kpid::server {
namespace {

// Of a thousandth: far more than computing with doubles spoils, far less than anybody means.
constexpr double kTolerance = 1e-6;

}  // namespace

int64_t ToThousandths(double value) { return std::llround(value * 1'000); }

std::optional<int64_t> ReadThousandths(std::string_view field, double value, ThousandthsRange range,
                                       const FieldChecks& checks) {
  const auto minimum = static_cast<double>(range.minimum);
  const auto maximum = static_cast<double>(range.maximum);
  const bool inside = range.above_minimum ? value > minimum : value >= minimum;
  if (!inside || !(value <= maximum)) {  // Also NaN.
    checks.Add(field, reason::kNumberOutOfRange,
               range.above_minimum
                   ? JoinText("must be above ", range.minimum, ", at most ", range.maximum)
                   : JoinText("must be a number from ", range.minimum, " to ", range.maximum));
    return std::nullopt;
  }
  const int64_t thousandths = ToThousandths(value);
  const bool too_small = range.above_minimum && thousandths <= range.minimum * 1'000;
  if (too_small || std::abs(value * 1'000 - static_cast<double>(thousandths)) > kTolerance) {
    checks.Add(field, reason::kNumberTooPrecise, "must have at most three decimals");
    return std::nullopt;
  }
  return thousandths;
}

}  // namespace kpid::server
