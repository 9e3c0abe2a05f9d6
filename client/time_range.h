// From the options of kpid query to a range of time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "metrics/calendar.h"
#include "metrics/time.h"

namespace kpid::client {

// What the options say; empty strings are options not given.
struct TimeRangeOptions {
  std::string from{};  // First instant: RFC 3339, or a date (its start in the zone).
  std::string to{};    // First instant after: the same; a date is exclusive. Empty: now.
  std::string last{};  // "7d", "4w": that many whole days (weeks of 7) before today.
                       // "24h", "90m": up to now.
  bool today = false;  // Today, the whole day.
  bool last_month = false;
  bool this_month = false;  // Up to and with today.
};

// INVALID_ARGUMENT when not exactly one way to say a range was taken, a text is malformed, or the
// range is empty.
absl::StatusOr<metrics::TimeRange> ResolveTimeRange(const TimeRangeOptions& options,
                                                    const metrics::Calendar& calendar,
                                                    metrics::Instant now);

// The time up to now that `last` says; nullopt when it says days or weeks, or nothing that is
// right.
std::optional<metrics::Duration> LastUpToNow(const std::string& last);

// "2026-01-31". Must exist in the Gregorian calendar.
absl::StatusOr<metrics::CivilDay> ParseDate(std::string_view text);

// The local day of an instant, and the day so many days after another.
metrics::CivilDay LocalDay(const metrics::Calendar& calendar, metrics::Instant instant);
metrics::CivilDay DaysAfter(metrics::CivilDay day, int days);

}  // namespace kpid::client
