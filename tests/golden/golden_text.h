// The words of golden files: times, durations, numbers, dimensions, rows of records.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "metrics/calendar.h"
#include "metrics/query.h"
#include "metrics/time.h"
#include "tests/golden/golden_file.h"

namespace kpid::proof {

// What times of a scene may refer to.
struct TimeContext {
  std::optional<metrics::CivilDay> day;      // Of "09:00".
  std::optional<metrics::Instant> relative;  // Of "+20s".
};

// "09:00", "09:00:20.5" (UTC of the scene's day), "+20s", "2024-03-04" (UTC), or
// "2024-03-04T09:00Z" with any offset.
absl::StatusOr<metrics::Instant> ParseTime(const std::string& text, const TimeContext& context);

// As ParseTime; a bare date begins in the zone.
absl::StatusOr<metrics::Instant> ParseTimeInZone(const std::string& text,
                                                 const TimeContext& context,
                                                 const metrics::Calendar& calendar);

absl::StatusOr<metrics::CivilDay> ParseDay(const std::string& text);
absl::StatusOr<ExpectedNumber> ParseExpectedNumber(const std::string& text);
absl::StatusOr<metrics::Granularity> ParseGranularity(const std::string& text);
absl::StatusOr<metrics::Weekday> ParseWeekday(const std::string& text);

// "queue", "agent_group:team", "attribute:region".
absl::StatusOr<metrics::Dimension> ParseDimension(const std::string& text);

// "queue=a,b,(none)".
absl::StatusOr<metrics::Filter> ParseFilter(const std::string& text);

// "a" or "(none)".
ReferenceDimension ParseDimensionValue(const std::string& text);

// Adds the row of a table ("interactions", ...) to the records. Cells are by column; those that
// are "-" are left out before. REQUIRES: the table is one of README.md's.
absl::Status AddRow(const std::string& table, const std::map<std::string, std::string>& cells,
                    const TimeContext& context, Records& records);

}  // namespace kpid::proof
