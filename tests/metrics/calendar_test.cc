#include "metrics/calendar.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "metrics/error_reason.h"

namespace kpid::metrics {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr int64_t kMany = 1'000'000;

Calendar Zone(std::string_view name) {
  absl::StatusOr<Calendar> calendar = Calendar::Create(name);
  EXPECT_TRUE(calendar.ok()) << calendar.status();
  return *calendar;
}

// The local day, from its start to the next one's.
TimeRange Day(const Calendar& calendar, int year, int month, int day) {
  const auto next = std::chrono::year_month_day(
      std::chrono::sys_days(std::chrono::year(year) / month / day) + std::chrono::days(1));
  return {calendar.DayStart({year, month, day}),
          calendar.DayStart({static_cast<int>(next.year()),
                             static_cast<int>(static_cast<unsigned>(next.month())),
                             static_cast<int>(static_cast<unsigned>(next.day()))})};
}

size_t CountOf(const Calendar& calendar, TimeRange range, Granularity granularity) {
  return calendar.Buckets(range, granularity, Weekday::kMonday, kMany)->size();
}

TEST(Calendar, TakesNamesOnly) {
  EXPECT_EQ(Zone("").time_zone(), "UTC");
  EXPECT_EQ(Zone("UTC").time_zone(), "UTC");
  EXPECT_EQ(Zone("Europe/Amsterdam").time_zone(), "Europe/Amsterdam");
  for (const std::string_view name :
       {"Europe/Nowhere", "/usr/share/zoneinfo/UTC", "../zoneinfo/UTC", "Europe/../UTC",
        "localtime", "libc:localtime", "Fixed/UTC+01:00:00", "Europe", "zone.tab", "UTC ", "+01:00",
        "file:/etc/localtime"}) {
    const auto calendar = Calendar::Create(name);
    EXPECT_EQ(calendar.status().code(), absl::StatusCode::kNotFound) << name;
    EXPECT_EQ(ReasonOf(calendar.status())->reason, "TIME_ZONE_UNKNOWN");
  }
  EXPECT_FALSE(Calendar::Create(std::string("Europe/Amsterdam\0x", 18)).ok());
  EXPECT_FALSE(Calendar::Create(std::string(1000, 'x')).ok());
}

TEST(Calendar, DaysHave23To25Hours) {
  const Calendar amsterdam = Zone("Europe/Amsterdam");
  EXPECT_EQ(CountOf(amsterdam, Day(amsterdam, 2024, 3, 31), Granularity::kHour), 23U);
  EXPECT_EQ(CountOf(amsterdam, Day(amsterdam, 2024, 4, 1), Granularity::kHour), 24U);
  EXPECT_EQ(CountOf(amsterdam, Day(amsterdam, 2024, 10, 27), Granularity::kHour), 25U);
  EXPECT_EQ(CountOf(amsterdam, Day(amsterdam, 2024, 10, 27), Granularity::kMinutes15), 100U);
  EXPECT_EQ(Day(amsterdam, 2024, 10, 27).Length(), hours(25));
}

TEST(Calendar, HalfHourChanges) {
  const Calendar lord_howe = Zone("Australia/Lord_Howe");
  // From 2:00 back to 1:30: the half-hour that is shown twice is two buckets.
  const TimeRange autumn = Day(lord_howe, 2024, 4, 7);
  EXPECT_EQ(autumn.Length(), hours(24) + minutes(30));
  EXPECT_EQ(CountOf(lord_howe, autumn, Granularity::kMinutes30), 49U);
  const auto buckets = *lord_howe.Buckets(autumn, Granularity::kHour, Weekday::kMonday, kMany);
  EXPECT_EQ(buckets.size(), 25U);
  EXPECT_EQ(buckets[1].Length(), hours(1));
  EXPECT_EQ(buckets[2].Length(), minutes(30));
}

TEST(Calendar, QuarterHourOffsets) {
  const Calendar kathmandu = Zone("Asia/Kathmandu");
  const auto buckets =
      *kathmandu.Buckets(Day(kathmandu, 2024, 5, 1), Granularity::kHour, Weekday::kMonday, kMany);
  EXPECT_EQ(buckets.size(), 24U);
  EXPECT_EQ(buckets[0].start.time_since_epoch() % hours(1), minutes(15));  // 18:15 UTC.
}

TEST(Calendar, DayThatDoesNotExistHasNoBucket) {
  const Calendar apia = Zone("Pacific/Apia");
  const Instant start = apia.DayStart({2011, 12, 29});
  const Instant end = apia.DayStart({2012, 1, 1});
  EXPECT_EQ(apia.DayStart({2011, 12, 30}), apia.DayStart({2011, 12, 31}));
  const auto days = *apia.Buckets({start, end}, Granularity::kDay, Weekday::kMonday, kMany);
  ASSERT_EQ(days.size(), 2U);
  EXPECT_EQ(days[0].Length(), hours(24));
  EXPECT_EQ(days[1].Length(), hours(24));
}

TEST(Calendar, DayWithoutMidnightBeginsLater) {
  const Calendar sao_paulo = Zone("America/Sao_Paulo");
  const TimeRange day = Day(sao_paulo, 2018, 11, 4);
  EXPECT_EQ(day.Length(), hours(23));
  EXPECT_EQ(CountOf(sao_paulo, day, Granularity::kHour), 23U);
}

TEST(Calendar, ClipsTheFirstAndLastBucket) {
  const Calendar utc = Zone("UTC");
  const TimeRange range{Instant(hours(30) + Duration(5)), Instant(hours(100) - Duration(7))};
  const auto buckets = *utc.Buckets(range, Granularity::kDay, Weekday::kMonday, kMany);
  ASSERT_EQ(buckets.size(), 4U);
  EXPECT_EQ(buckets.front(), (TimeRange{range.start, Instant(hours(48))}));
  EXPECT_EQ(buckets.back(), (TimeRange{Instant(hours(96)), range.end}));
  // A range inside one bucket is that bucket.
  const TimeRange within{Instant(minutes(61)), Instant(minutes(62))};
  EXPECT_EQ(*utc.Buckets(within, Granularity::kYear, Weekday::kMonday, 1),
            std::vector<TimeRange>{within});
  EXPECT_EQ(*utc.Buckets(range, Granularity::kRange, Weekday::kMonday, 1),
            std::vector<TimeRange>{range});
}

TEST(Calendar, RefusesTooManyBuckets) {
  const Calendar utc = Zone("UTC");
  const TimeRange range{Instant(hours(0)), Instant(hours(10))};
  EXPECT_TRUE(utc.Buckets(range, Granularity::kHour, Weekday::kMonday, 10).ok());
  const auto buckets = utc.Buckets(range, Granularity::kHour, Weekday::kMonday, 9);
  EXPECT_EQ(buckets.status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ReasonOf(buckets.status())->reason, "TOO_MANY_BUCKETS");
  EXPECT_EQ(ReasonOf(buckets.status())->metadata.at("limit"), "9");
  // A long range stops soon.
  EXPECT_FALSE(
      utc.Buckets({kInstantMin, kInstantEnd}, Granularity::kMinutes15, Weekday::kMonday, 40'000)
          .ok());
}

TEST(Calendar, WorksAtTheEndsOfTime) {
  const Calendar zone = Zone("Pacific/Kiritimati");
  const auto buckets =
      *zone.Buckets({kInstantMin, kInstantEnd}, Granularity::kYear, Weekday::kMonday, kMany);
  EXPECT_EQ(buckets.size(), 232U);  // 1969 to 2200, as its clock shows.
  EXPECT_EQ(buckets.front().start, kInstantMin);
  EXPECT_EQ(buckets.back().end, kInstantEnd);
}

// Cases made with Python's zoneinfo, minute by minute (make_calendar_cases.py).
TEST(Calendar, AgreesWithZoneinfo) {
  const std::map<std::string, Granularity> granularities = {
      {"15m", Granularity::kMinutes15},   {"30m", Granularity::kMinutes30},
      {"hour", Granularity::kHour},       {"day", Granularity::kDay},
      {"week", Granularity::kWeek},       {"month", Granularity::kMonth},
      {"quarter", Granularity::kQuarter}, {"year", Granularity::kYear}};
  std::ifstream cases(CALENDAR_CASES);
  std::string line;
  int count = 0;
  while (std::getline(cases, line)) {
    std::istringstream in(line);
    std::string zone, granularity;
    int week_start = 0;
    in >> zone >> granularity >> week_start;
    std::vector<Instant> edges;
    for (int64_t edge = 0; in >> edge;) edges.emplace_back(seconds(edge));
    ASSERT_GE(edges.size(), 2U) << line;
    std::vector<TimeRange> expected;
    for (size_t i = 0; i + 1 < edges.size(); ++i) expected.push_back({edges[i], edges[i + 1]});
    const auto buckets =
        Zone(zone).Buckets({edges.front(), edges.back()}, granularities.at(granularity),
                           static_cast<Weekday>(week_start), kMany);
    EXPECT_TRUE(*buckets == expected) << line.substr(0, 60);
    ++count;
  }
  EXPECT_GE(count, 80);
}

std::chrono::local_days LocalDay(int year, unsigned month, unsigned day) {
  return std::chrono::local_days(std::chrono::year(year) / static_cast<int>(month) /
                                 static_cast<int>(day));
}

TEST(Calendar, TellsWhatTheClockShows) {
  const Calendar amsterdam = Zone("Europe/Amsterdam");
  const Instant winter{seconds(1'709'510'400)};  // 2024-03-04T00:00:00Z.
  EXPECT_EQ(amsterdam.Local(winter + Duration(7)), LocalDay(2024, 3, 4) + hours(1) + Duration(7));
  EXPECT_EQ(amsterdam.FirstShowing(LocalDay(2024, 3, 4) + hours(1) + Duration(7)),
            winter + Duration(7));
  const Calendar new_york = Zone("America/New_York");
  EXPECT_EQ(new_york.Local(Instant{} - Duration(1)),
            LocalDay(1969, 12, 31) + hours(19) - Duration(1));
}

TEST(Calendar, TheFirstOfTwoTimesIsTheEarlier) {
  const Calendar amsterdam = Zone("Europe/Amsterdam");
  const Instant day = amsterdam.DayStart({2024, 10, 27});
  EXPECT_EQ(amsterdam.FirstShowing(LocalDay(2024, 10, 27) + minutes(150)), day + minutes(150));
  EXPECT_EQ(amsterdam.FirstShowing(LocalDay(2024, 10, 27) + hours(3)), day + hours(4));
  EXPECT_EQ(amsterdam.Local(day + minutes(210)), LocalDay(2024, 10, 27) + minutes(150));
}

TEST(Calendar, ATimeThatIsNotShownIsThatOfTheChange) {
  const Calendar amsterdam = Zone("Europe/Amsterdam");
  const Instant change = amsterdam.DayStart({2024, 3, 31}) + hours(2);
  EXPECT_EQ(amsterdam.FirstShowing(LocalDay(2024, 3, 31) + minutes(150)), change);
  EXPECT_EQ(amsterdam.FirstShowing(LocalDay(2024, 3, 31) + hours(3)), change);
}

TEST(Calendar, WholeDaysAreThoseThatExist) {
  const Calendar apia = Zone("Pacific/Apia");
  const TimeRange range{apia.DayStart({2011, 12, 29}), apia.DayStart({2012, 1, 1})};
  EXPECT_EQ(apia.WholeDays(range), (std::vector{LocalDay(2011, 12, 29), LocalDay(2011, 12, 31)}));
  EXPECT_EQ(apia.DayBefore(LocalDay(2011, 12, 31)), LocalDay(2011, 12, 29));
  EXPECT_EQ(apia.DayBefore(LocalDay(2012, 3, 1)), LocalDay(2012, 2, 29));
  EXPECT_FALSE(apia.WholeDays({range.start, range.end - Duration(1)}).has_value());
  EXPECT_FALSE(apia.WholeDays({range.start + Duration(1), range.end}).has_value());
  EXPECT_FALSE(apia.WholeDays({range.end, range.start}).has_value());
}

}  // namespace
}  // namespace kpid::metrics
