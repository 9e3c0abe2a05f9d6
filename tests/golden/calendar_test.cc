// The calendar against cases that calendar/generate.py made with Python's zoneinfo.

#include "metrics/calendar.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "metrics/query.h"
#include "tests/golden/golden_text.h"

namespace kpid::proof {
namespace {

using metrics::Instant;
using metrics::TimeRange;

constexpr size_t kCasesMin = 700;  // The file is there and whole.

struct Case {
  std::string zone;
  metrics::Granularity granularity = metrics::Granularity::kRange;
  metrics::Weekday week_start = metrics::Weekday::kMonday;
  TimeRange range;
  std::vector<TimeRange> buckets;
};

// "zone granularity week_start start end size*count size ...".
Case ParseCase(const std::string& line) {
  std::istringstream words(line);
  std::string granularity;
  std::string week_start;
  std::string start;
  std::string end;
  Case result;
  words >> result.zone >> granularity >> week_start >> start >> end;
  result.granularity = ParseGranularity(granularity).value();
  result.week_start = ParseWeekday(week_start).value();
  result.range = {ParseTime(start, {}).value(), ParseTime(end, {}).value()};
  Instant edge = result.range.start;
  for (std::string word; words >> word;) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(word, '*');
    int64_t seconds = 0;
    int64_t count = 1;
    EXPECT_TRUE(absl::SimpleAtoi(parts.first, &seconds)) << word;
    EXPECT_TRUE(parts.second.empty() || absl::SimpleAtoi(parts.second, &count)) << word;
    for (int64_t i = 0; i < count; ++i) {
      const Instant next = edge + std::chrono::seconds(seconds);
      result.buckets.push_back({edge, next});
      edge = next;
    }
  }
  EXPECT_EQ(edge, result.range.end);
  return result;
}

std::string SizesOf(const std::vector<TimeRange>& buckets) {
  std::string text;
  for (const TimeRange& bucket : buckets) {
    text += " " + std::to_string(
                      std::chrono::duration_cast<std::chrono::seconds>(bucket.Length()).count());
  }
  return text;
}

TEST(CalendarTest, CutsAsPythonDoes) {
  std::ifstream in(KPID_CALENDAR_CASES);
  ASSERT_TRUE(in) << KPID_CALENDAR_CASES;
  size_t cases = 0;
  int line_number = 0;
  for (std::string line; std::getline(in, line);) {
    ++line_number;
    if (line.empty() || line[0] == '#') continue;
    ++cases;
    const Case expected = ParseCase(line);
    const auto calendar = metrics::Calendar::Create(expected.zone);
    ASSERT_TRUE(calendar.ok()) << expected.zone << ": " << calendar.status();
    const auto buckets = calendar->Buckets(expected.range, expected.granularity,
                                           expected.week_start, metrics::kBucketsMax);
    ASSERT_TRUE(buckets.ok()) << "line " << line_number << ": " << buckets.status();
    EXPECT_TRUE(*buckets == expected.buckets) << KPID_CALENDAR_CASES << ":" << line_number << ": "
                                              << line << "\n  is" << SizesOf(*buckets);
  }
  EXPECT_GE(cases, kCasesMin);
}

// Where a bucket of days begins, DayStart says so, too.
TEST(CalendarTest, DayStartsAreTheCuts) {
  std::ifstream in(KPID_CALENDAR_CASES);
  for (std::string line; std::getline(in, line);) {
    if (line.find(" day ") == std::string::npos) continue;
    const Case expected = ParseCase(line);
    const auto calendar = metrics::Calendar::Create(expected.zone).value();
    for (size_t i = 1; i < expected.buckets.size(); ++i) {
      // One of the UTC dates around the cut is the local date that begins there.
      const auto days = std::chrono::floor<std::chrono::days>(expected.buckets[i].start);
      bool found = false;
      for (int shift = -1; shift <= 1; ++shift) {
        const std::chrono::year_month_day date(days + std::chrono::days(shift));
        const metrics::CivilDay day{static_cast<int>(date.year()),
                                    static_cast<int>(static_cast<unsigned>(date.month())),
                                    static_cast<int>(static_cast<unsigned>(date.day()))};
        if (calendar.DayStart(day) == expected.buckets[i].start) found = true;
      }
      EXPECT_TRUE(found) << line << ": bucket " << i;
    }
  }
}

}  // namespace
}  // namespace kpid::proof
