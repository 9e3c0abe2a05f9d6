#include "client/time_range.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace kpid::client {
namespace {

using metrics::Calendar;
using metrics::Instant;

Instant At(const std::string& text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << text << error;
  return Instant(std::chrono::microseconds(absl::ToUnixMicros(time)));
}

// The range as "START END" in UTC, or the error.
std::string Resolve(const TimeRangeOptions& options, const char* zone = "Europe/Amsterdam",
                    const char* now = "2026-03-30T12:00:00Z") {
  const absl::StatusOr<Calendar> calendar = Calendar::Create(zone);
  EXPECT_TRUE(calendar.ok());
  const auto range = ResolveTimeRange(options, *calendar, At(now));
  if (!range.ok()) return std::string(range.status().message());
  const auto text = [](Instant instant) {
    return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ",
                            absl::FromUnixMicros(instant.time_since_epoch().count()),
                            absl::UTCTimeZone());
  };
  return absl::StrCat(text(range->start), " ", text(range->end));
}

TEST(TimeRange, DatesAreStartsOfDaysInTheZone) {
  EXPECT_EQ(Resolve({.from = "2026-03-29", .to = "2026-03-30"}),
            "2026-03-28T23:00:00Z 2026-03-29T22:00:00Z");
  EXPECT_EQ(Resolve({.from = "2026-10-25", .to = "2026-10-26"}),
            "2026-10-24T22:00:00Z 2026-10-25T23:00:00Z");
  EXPECT_EQ(Resolve({.from = "2026-01-01", .to = "2026-01-02"}, "Asia/Kathmandu"),
            "2025-12-31T18:15:00Z 2026-01-01T18:15:00Z");
}

TEST(TimeRange, TakesInstantsAndEndsNow) {
  EXPECT_EQ(Resolve({.from = "2026-03-29T00:00:00+01:00", .to = "2026-03-29T10:00:00.5Z"}),
            "2026-03-28T23:00:00Z 2026-03-29T10:00:00.5Z");
  EXPECT_EQ(Resolve({.from = "2026-03-29T00:00:00Z"}), "2026-03-29T00:00:00Z 2026-03-30T12:00:00Z");
}

TEST(TimeRange, LastDaysAreWholeDaysBeforeToday) {
  EXPECT_EQ(Resolve({.last = "7d"}), "2026-03-22T23:00:00Z 2026-03-29T22:00:00Z");
  EXPECT_EQ(Resolve({.last = "1w"}), "2026-03-22T23:00:00Z 2026-03-29T22:00:00Z");
  EXPECT_EQ(Resolve({.last = "1d"}, "Pacific/Auckland", "2026-03-30T12:30:00Z"),
            "2026-03-29T11:00:00Z 2026-03-30T11:00:00Z");
  EXPECT_EQ(Resolve({.last = "1d"}, "Pacific/Pago_Pago", "2026-03-30T10:30:00Z"),
            "2026-03-28T11:00:00Z 2026-03-29T11:00:00Z");
}

TEST(TimeRange, LastHoursEndNow) {
  EXPECT_EQ(Resolve({.last = "24h"}), "2026-03-29T12:00:00Z 2026-03-30T12:00:00Z");
  EXPECT_EQ(Resolve({.last = "90m"}), "2026-03-30T10:30:00Z 2026-03-30T12:00:00Z");
}

TEST(TimeRange, TodayIsTheWholeDayInTheZone) {
  EXPECT_EQ(Resolve({.today = true}, "Pacific/Auckland", "2026-03-30T12:30:00Z"),
            "2026-03-30T11:00:00Z 2026-03-31T11:00:00Z");
}

TEST(TimeRange, TellsTimeUpToNowFromWholeDays) {
  EXPECT_EQ(LastUpToNow("90m"), metrics::Duration(std::chrono::minutes(90)));
  EXPECT_EQ(LastUpToNow("1.5d"), metrics::Duration(std::chrono::hours(36)));
  for (const char* other : {"7d", "4w", "90", "0s", "-5m", "x", ""}) {
    EXPECT_EQ(LastUpToNow(other), std::nullopt) << other;
  }
}

TEST(TimeRange, Months) {
  EXPECT_EQ(Resolve({.last_month = true}), "2026-01-31T23:00:00Z 2026-02-28T23:00:00Z");
  EXPECT_EQ(Resolve({.this_month = true}), "2026-02-28T23:00:00Z 2026-03-30T22:00:00Z");
  EXPECT_EQ(Resolve({.last_month = true}, "UTC", "2026-01-01T00:00:00Z"),
            "2025-12-01T00:00:00Z 2026-01-01T00:00:00Z");
}

TEST(TimeRange, RefusesOtherText) {
  EXPECT_THAT(Resolve({}), testing::HasSubstr("--last-month"));
  EXPECT_THAT(Resolve({.from = "2026-01-01", .last = "7d"}), testing::HasSubstr("one of"));
  EXPECT_THAT(Resolve({.to = "2026-01-01"}), testing::HasSubstr("--to needs --from"));
  EXPECT_THAT(Resolve({.from = "2026-01-02", .to = "2026-01-02"}), testing::HasSubstr("empty"));
  EXPECT_THAT(Resolve({.from = "01.01.2026"}), testing::HasSubstr("--from \"01.01.2026\""));
  EXPECT_THAT(Resolve({.from = "2026-02-30"}), testing::HasSubstr("expected a date"));
  EXPECT_THAT(Resolve({.from = "2026-01-01", .to = "x"}), testing::HasSubstr("--to \"x\""));
  for (const char* last : {"7", "d", "-7d", "7x", "0d", "99999d", ""}) {
    if (*last != '\0') {
      EXPECT_THAT(Resolve({.last = last}), testing::HasSubstr("--last \"")) << last;
    }
  }
}

}  // namespace
}  // namespace kpid::client
