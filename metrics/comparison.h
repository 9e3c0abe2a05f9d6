// Comparing with an earlier span of time. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "metrics/calendar.h"
#include "metrics/query.h"
#include "metrics/result.h"
#include "metrics/time.h"

namespace kpid::metrics {

enum class ComparisonPeriod : uint8_t {
  kNone,
  kPreviousPeriod,  // Directly before: as many months, else as many days, else as much time.
  kLastWeek,        // The same local times 7 days earlier.
  kLastMonth,       // A month earlier; a day that the month lacks is its last one.
  kLastYear,        // A year earlier; 29 February is 28 February.
};

// The earlier span and its buckets.
struct ComparedSpan {
  TimeRange range;
  std::vector<TimeRange> buckets;

  // By bucket of the question: its counterpart among `buckets`. Weeks and longer (and the whole
  // range) go by their number; shorter ones by their local start, so that an hour keeps its
  // counterpart across a clock change (the second of two that look alike has the second, if there
  // is one). Absent: there is none, for example no 31st day. None is the counterpart of two.
  std::vector<std::optional<size_t>> counterpart;
};

// The span that a question is compared with. Local times that the clock skipped are that of the
// change, and the start of a day stays one; an end at midnight whose day the month lacks takes in
// the month's last day; a span of which nothing would be left is as long as the question's.
// REQUIRES: period != kNone.
// OUT_OF_RANGE (reason TIME_OUT_OF_RANGE) when it would begin before 1970.
absl::StatusOr<ComparedSpan> SpanComparedWith(ComparisonPeriod period, const Query& query,
                                              const Calendar& calendar);

enum class Significance : uint8_t { kNotJudged, kSignificant, kNotSignificant };

// From an earlier value to a later one. What cannot be told is absent.
struct Change {
  std::optional<double> absolute;          // after - before.
  std::optional<double> relative_percent;  // Of the size of `before`; not when that is 0.

  // Confidence interval of `absolute`, from those of the two values (square-and-add; for
  // proportions Newcombe's hybrid score interval).
  std::optional<double> lower;
  std::optional<double> upper;

  // By whether the interval holds 0. Not judged where a value's own interval has no width: of
  // samples that are all alike the formulas of means and scores say nothing.
  Significance significance = Significance::kNotJudged;
};

// `same_currency`: whether the values are in one currency, or none is in any.
Change ChangeBetween(const Value& before, const Value& after, bool same_currency);

}  // namespace kpid::metrics
