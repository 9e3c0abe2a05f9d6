#include "metrics/comparison.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "metrics/error_reason.h"

namespace kpid::metrics {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr auto kPrevious = ComparisonPeriod::kPreviousPeriod;
constexpr auto kWeek = ComparisonPeriod::kLastWeek;
constexpr auto kMonth = ComparisonPeriod::kLastMonth;
constexpr auto kYear = ComparisonPeriod::kLastYear;

// A question's range and buckets, of local times like "2024-03-01T10:30", in a zone. Times that
// begin with a "+" are the second of that name.
struct Asked {
  Asked(std::string_view zone_name, std::string_view start, std::string_view end,
        Granularity granularity = Granularity::kRange)
      : calendar(*Calendar::Create(zone_name)) {
    query.time_zone = zone_name;
    query.granularity = granularity;
    query.range = {At(start), At(end)};
    query.buckets = *calendar.Buckets(query.range, granularity, query.week_start, kBucketsMax);
  }

  // As absl reads it, so that the tests do not rest on the calendar that they test.
  Instant At(std::string_view text) const {
    absl::TimeZone zone;
    EXPECT_TRUE(absl::LoadTimeZone(calendar.time_zone(), &zone));
    const bool second = text.front() == '+';
    if (second) text.remove_prefix(1);
    absl::CivilSecond civil;
    EXPECT_TRUE(absl::ParseLenientCivilTime(std::string(text), &civil)) << text;
    const absl::TimeZone::TimeInfo info = zone.At(civil);
    return Instant(std::chrono::microseconds(absl::ToUnixMicros(second ? info.post : info.pre)));
  }

  TimeRange Span(std::string_view start, std::string_view end) const {
    return {At(start), At(end)};
  }

  ComparedSpan ComparedWith(ComparisonPeriod period) const {
    const absl::StatusOr<ComparedSpan> span = SpanComparedWith(period, query, calendar);
    EXPECT_TRUE(span.ok()) << span.status();
    return span.ok() ? *span : ComparedSpan{};
  }

  // The start of the counterpart of the bucket that starts at a time, as a local time; "" for
  // none.
  std::string CounterpartOf(const ComparedSpan& span, std::string_view start) const {
    absl::TimeZone zone;
    EXPECT_TRUE(absl::LoadTimeZone(calendar.time_zone(), &zone));
    for (size_t i = 0; i < query.buckets.size(); ++i) {
      if (query.buckets[i].start != At(start)) continue;
      if (!span.counterpart.at(i).has_value()) return "";
      const Instant found = span.buckets.at(*span.counterpart[i]).start;
      return absl::FormatTime("%Y-%m-%dT%H:%M",
                              absl::FromUnixMicros(found.time_since_epoch().count()), zone);
    }
    ADD_FAILURE() << "no bucket starts at " << start;
    return "";
  }

  Calendar calendar;
  Query query;
};

std::vector<std::optional<size_t>> Numbers(size_t count, size_t of) {
  std::vector<std::optional<size_t>> numbers(of);
  for (size_t i = 0; i < count; ++i) numbers[i] = i;
  return numbers;
}

size_t WithoutCounterpart(const ComparedSpan& span) {
  return static_cast<size_t>(
      std::count(span.counterpart.begin(), span.counterpart.end(), std::nullopt));
}

TEST(SpanComparedWith, WholeMonthsHaveAsManyMonthsBefore) {
  const Asked february("Europe/Amsterdam", "2024-02-01", "2024-03-01");
  EXPECT_EQ(february.ComparedWith(kPrevious).range, february.Span("2024-01-01", "2024-02-01"));
  const Asked quarter("Europe/Amsterdam", "2024-01-01", "2024-04-01", Granularity::kMonth);
  const ComparedSpan span = quarter.ComparedWith(kPrevious);
  EXPECT_EQ(span.range, quarter.Span("2023-10-01", "2024-01-01"));
  EXPECT_EQ(span.buckets.size(), 3U);
  EXPECT_EQ(span.counterpart, Numbers(3, 3));
  const Asked year("America/New_York", "2025-01-01", "2026-01-01");
  EXPECT_EQ(year.ComparedWith(kPrevious).range, year.Span("2024-01-01", "2025-01-01"));
}

TEST(SpanComparedWith, DaysOfMonthsGoByTheirNumberInTheMonth) {
  const Asked march("Europe/Amsterdam", "2023-03-01", "2023-04-01", Granularity::kDay);
  const ComparedSpan before = march.ComparedWith(kPrevious);
  EXPECT_EQ(before.buckets.size(), 28U);
  EXPECT_EQ(before.counterpart, Numbers(28, 31)) << "February has no 29th to 31st";
  EXPECT_EQ(march.ComparedWith(kMonth).counterpart, before.counterpart);

  const Asked two("Europe/Amsterdam", "2023-03-01", "2023-05-01", Granularity::kDay);
  const ComparedSpan months = two.ComparedWith(kPrevious);
  EXPECT_EQ(two.CounterpartOf(months, "2023-03-31"), "2023-01-31T00:00");
  EXPECT_EQ(two.CounterpartOf(months, "2023-04-01"), "2023-02-01T00:00");
  EXPECT_EQ(two.CounterpartOf(months, "2023-04-30"), "");
}

TEST(SpanComparedWith, WholeDaysHaveAsManyDaysBeforeOverAClockChange) {
  const Asked spring("Europe/Amsterdam", "2024-03-31", "2024-04-07", Granularity::kDay);
  const ComparedSpan week = spring.ComparedWith(kPrevious);
  EXPECT_EQ(week.range, spring.Span("2024-03-24", "2024-03-31"));
  EXPECT_EQ(week.counterpart, Numbers(7, 7));
  EXPECT_EQ(spring.query.range.Length(), hours(7 * 24 - 1));
  EXPECT_EQ(week.range.Length(), hours(7 * 24));

  const Asked autumn("Europe/Amsterdam", "2024-10-27", "2024-10-28", Granularity::kHour);
  const ComparedSpan day = autumn.ComparedWith(kPrevious);
  EXPECT_EQ(day.range, autumn.Span("2024-10-26", "2024-10-27"));
  EXPECT_EQ(autumn.query.buckets.size(), 25U);
  EXPECT_EQ(day.buckets.size(), 24U);
}

TEST(SpanComparedWith, OtherRangesHaveAsMuchTimeBefore) {
  const Asked odd("Europe/Amsterdam", "2024-03-04T10:15", "2024-03-04T13:45", Granularity::kHour);
  const ComparedSpan span = odd.ComparedWith(kPrevious);
  EXPECT_EQ(span.range, odd.Span("2024-03-04T06:45", "2024-03-04T10:15"));
  EXPECT_EQ(odd.CounterpartOf(span, "2024-03-04T10:15"), "2024-03-04T06:45");
  EXPECT_EQ(odd.CounterpartOf(span, "2024-03-04T11:00"), "") << "no bucket starts at 7:30";

  const Asked whole("UTC", "2024-03-04T12:00", "2024-03-06T12:00", Granularity::kDay);
  const ComparedSpan days = whole.ComparedWith(kPrevious);
  EXPECT_EQ(days.range, whole.Span("2024-03-02T12:00", "2024-03-04T12:00"));
  EXPECT_EQ(days.counterpart, Numbers(3, 3));

  // 24 hours that hold a clock change: what begins is earlier by the clock, but an hour of the
  // day stays one.
  const Asked change("Europe/Amsterdam", "2024-03-30T17:00", "2024-03-31T18:00",
                     Granularity::kHour);
  const ComparedSpan hour = change.ComparedWith(kPrevious);
  EXPECT_EQ(hour.range, change.Span("2024-03-29T17:00", "2024-03-30T17:00"));
  EXPECT_EQ(change.CounterpartOf(hour, "2024-03-31T03:00"), "2024-03-30T03:00");
  EXPECT_EQ(change.CounterpartOf(hour, "2024-03-31T17:00"), "") << "is in the question itself";
}

TEST(SpanComparedWith, MicrosecondsStay) {
  Asked asked("Europe/Amsterdam", "2024-03-04T10:15", "2024-03-04T13:45");
  asked.query.range.start += Duration(1);
  asked.query.range.end += Duration(7);
  const TimeRange week = asked.ComparedWith(kWeek).range;
  EXPECT_EQ(week.start, asked.At("2024-02-26T10:15") + Duration(1));
  EXPECT_EQ(week.end, asked.At("2024-02-26T13:45") + Duration(7));
}

TEST(SpanComparedWith, HoursKeepTheirCounterpartWhereLastWeekHadOneMore) {
  // The clock went back on Sunday 27 October 2024.
  const Asked after("Europe/Amsterdam", "2024-11-03", "2024-11-04", Granularity::kHour);
  const ComparedSpan span = after.ComparedWith(kWeek);
  EXPECT_EQ(span.range, after.Span("2024-10-27", "2024-10-28"));
  EXPECT_EQ(span.buckets.size(), 25U);
  EXPECT_EQ(WithoutCounterpart(span), 0U);
  EXPECT_EQ(after.CounterpartOf(span, "2024-11-03T02:00"), "2024-10-27T02:00");
  EXPECT_EQ(span.buckets[*span.counterpart[2]].start, after.At("2024-10-27T02:00"))
      << "the first of the two";
  EXPECT_EQ(after.CounterpartOf(span, "2024-11-03T03:00"), "2024-10-27T03:00");
  EXPECT_EQ(after.CounterpartOf(span, "2024-11-03T23:00"), "2024-10-27T23:00");
}

TEST(SpanComparedWith, HoursKeepTheirCounterpartWhereLastWeekHadOneLess) {
  // The clock went forward on Sunday 31 March 2024.
  const Asked after("Europe/Amsterdam", "2024-04-07", "2024-04-08", Granularity::kHour);
  const ComparedSpan span = after.ComparedWith(kWeek);
  EXPECT_EQ(span.buckets.size(), 23U);
  EXPECT_EQ(after.CounterpartOf(span, "2024-04-07T01:00"), "2024-03-31T01:00");
  EXPECT_EQ(after.CounterpartOf(span, "2024-04-07T02:00"), "") << "the clock did not show it";
  EXPECT_EQ(after.CounterpartOf(span, "2024-04-07T03:00"), "2024-03-31T03:00");
  EXPECT_EQ(WithoutCounterpart(span), 1U);
}

TEST(SpanComparedWith, AnHourMoreOrLessOfTheQuestionHasNone) {
  const Asked autumn("Europe/Amsterdam", "2024-10-27", "2024-10-28", Granularity::kHour);
  const ComparedSpan before = autumn.ComparedWith(kWeek);
  EXPECT_EQ(autumn.CounterpartOf(before, "2024-10-27T02:00"), "2024-10-20T02:00");
  EXPECT_EQ(autumn.CounterpartOf(before, "+2024-10-27T02:00"), "") << "shown for the second time";
  EXPECT_EQ(autumn.CounterpartOf(before, "2024-10-27T03:00"), "2024-10-20T03:00");
  const Asked spring("Europe/Amsterdam", "2024-03-31", "2024-04-01", Granularity::kHour);
  const ComparedSpan shorter = spring.ComparedWith(kWeek);
  EXPECT_EQ(shorter.buckets.size(), 24U);
  EXPECT_EQ(WithoutCounterpart(shorter), 0U);
  EXPECT_EQ(spring.CounterpartOf(shorter, "2024-03-31T03:00"), "2024-03-24T03:00");
}

TEST(SpanComparedWith, ATimeThatTheClockSkippedIsThatOfTheChange) {
  const Asked asked("Europe/Amsterdam", "2024-04-07T02:15", "2024-04-07T04:00",
                    Granularity::kMinutes15);
  const ComparedSpan span = asked.ComparedWith(kWeek);
  EXPECT_EQ(span.range, asked.Span("2024-03-31T03:00", "2024-03-31T04:00"));
  EXPECT_EQ(asked.CounterpartOf(span, "2024-04-07T02:15"), "");
  EXPECT_EQ(asked.CounterpartOf(span, "2024-04-07T03:15"), "2024-03-31T03:15");

  // A span of nothing but skipped time is as long as the question's.
  const Asked skipped("Europe/Amsterdam", "2024-04-07T02:15", "2024-04-07T02:45");
  EXPECT_EQ(skipped.ComparedWith(kWeek).range,
            skipped.Span("2024-03-31T03:00", "2024-03-31T03:30"));
}

TEST(SpanComparedWith, LastMonthIsTheSameLocalTimes) {
  const Asked whole("Europe/Amsterdam", "2024-03-01", "2024-04-01");
  EXPECT_EQ(whole.ComparedWith(kMonth).range, whole.Span("2024-02-01", "2024-03-01"));
  const Asked part("Europe/Amsterdam", "2024-04-10T09:00", "2024-04-12T17:30");
  EXPECT_EQ(part.ComparedWith(kMonth).range, part.Span("2024-03-10T09:00", "2024-03-12T17:30"));
}

TEST(SpanComparedWith, ADayThatTheMonthLacksIsItsLastOne) {
  const Asked last("Europe/Amsterdam", "2023-03-31", "2023-04-01", Granularity::kDay);
  const ComparedSpan span = last.ComparedWith(kMonth);
  EXPECT_EQ(span.range, last.Span("2023-02-28", "2023-03-01"));
  EXPECT_EQ(WithoutCounterpart(span), 1U) << "there was no 31st";
  const Asked thirtieth("Europe/Amsterdam", "2023-03-30", "2023-03-31");
  EXPECT_EQ(thirtieth.ComparedWith(kMonth).range, thirtieth.Span("2023-02-28", "2023-03-01"));
  const Asked most("Europe/Amsterdam", "2023-03-01", "2023-03-31", Granularity::kDay);
  EXPECT_EQ(most.ComparedWith(kMonth).range, most.Span("2023-02-01", "2023-03-01"));
  EXPECT_EQ(most.ComparedWith(kMonth).counterpart, Numbers(28, 30));
  const Asked noon("Europe/Amsterdam", "2023-03-30T09:00", "2023-03-31T12:00");
  EXPECT_EQ(noon.ComparedWith(kMonth).range, noon.Span("2023-02-28T09:00", "2023-02-28T12:00"));
  // From 22:00 to 2:00 would end before it begins.
  const Asked night("Europe/Amsterdam", "2023-03-30T22:00", "2023-03-31T02:00");
  EXPECT_EQ(night.ComparedWith(kMonth).range, night.Span("2023-02-28T22:00", "2023-03-01T02:00"));
}

TEST(SpanComparedWith, The29thOfFebruaryIsThe28thLastYear) {
  const Asked day("Europe/Amsterdam", "2024-02-29", "2024-03-01", Granularity::kDay);
  EXPECT_EQ(day.ComparedWith(kYear).range, day.Span("2023-02-28", "2023-03-01"));
  EXPECT_EQ(WithoutCounterpart(day.ComparedWith(kYear)), 1U);
  const Asked until("Europe/Amsterdam", "2024-02-01", "2024-02-29");
  EXPECT_EQ(until.ComparedWith(kYear).range, until.Span("2023-02-01", "2023-03-01"));
  const Asked noon("Europe/Amsterdam", "2024-02-29T12:00", "2024-02-29T13:00");
  EXPECT_EQ(noon.ComparedWith(kYear).range, noon.Span("2023-02-28T12:00", "2023-02-28T13:00"));
  const Asked year("Europe/Amsterdam", "2024-01-01", "2025-01-01", Granularity::kDay);
  const ComparedSpan span = year.ComparedWith(kYear);
  EXPECT_EQ(span.range, year.Span("2023-01-01", "2024-01-01"));
  EXPECT_EQ(year.CounterpartOf(span, "2024-02-29"), "");
  EXPECT_EQ(year.CounterpartOf(span, "2024-03-01"), "2023-03-01T00:00");
  EXPECT_EQ(WithoutCounterpart(span), 1U);
  const Asked leap("Europe/Amsterdam", "2025-01-01", "2026-01-01", Granularity::kDay);
  EXPECT_EQ(WithoutCounterpart(leap.ComparedWith(kYear)), 0U);
}

TEST(SpanComparedWith, WeeksAndLongerGoByNumber) {
  const Asked weeks("Europe/Amsterdam", "2024-03-06", "2024-03-27", Granularity::kWeek);
  const ComparedSpan span = weeks.ComparedWith(kPrevious);
  EXPECT_EQ(span.range, weeks.Span("2024-02-14", "2024-03-06"));
  EXPECT_EQ(span.counterpart, Numbers(4, 4));
  const Asked month("Europe/Amsterdam", "2024-03-01", "2024-04-01", Granularity::kWeek);
  EXPECT_EQ(month.ComparedWith(kMonth).counterpart, Numbers(5, 5));
  const Asked fewer("Europe/Amsterdam", "2023-05-01", "2023-06-01", Granularity::kWeek);
  EXPECT_EQ(fewer.ComparedWith(kMonth).buckets.size(), 5U);
  EXPECT_EQ(fewer.query.buckets.size(), 5U);
  const Asked whole("Europe/Amsterdam", "2024-03-06", "2024-03-27");
  EXPECT_EQ(whole.ComparedWith(kYear).counterpart, Numbers(1, 1));
}

// Samoa had no 30 December 2011.
TEST(SpanComparedWith, ADayThatDoesNotExistIsNoDay) {
  const Asked over("Pacific/Apia", "2011-12-29", "2012-01-01", Granularity::kDay);
  ASSERT_EQ(over.query.buckets.size(), 2U);
  const ComparedSpan two = over.ComparedWith(kPrevious);
  EXPECT_EQ(two.range, over.Span("2011-12-27", "2011-12-29"));
  EXPECT_EQ(over.CounterpartOf(two, "2011-12-31"), "2011-12-28T00:00");

  const Asked after("Pacific/Apia", "2011-12-31", "2012-01-02", Granularity::kDay);
  const ComparedSpan before = after.ComparedWith(kPrevious);
  EXPECT_EQ(before.range, after.Span("2011-12-28", "2011-12-31"));
  EXPECT_EQ(before.counterpart, Numbers(2, 2));
  EXPECT_EQ(after.CounterpartOf(before, "2012-01-01"), "2011-12-29T00:00");

  const Asked week("Pacific/Apia", "2012-01-05", "2012-01-08", Granularity::kDay);
  const ComparedSpan last = week.ComparedWith(kWeek);
  EXPECT_EQ(last.range, week.Span("2011-12-29", "2012-01-01"));
  EXPECT_EQ(week.CounterpartOf(last, "2012-01-06"), "");
  EXPECT_EQ(week.CounterpartOf(last, "2012-01-07"), "2011-12-31T00:00");

  // Nothing but the day that was not.
  const Asked none("Pacific/Apia", "2012-01-06", "2012-01-07");
  EXPECT_EQ(none.ComparedWith(kWeek).range, none.Span("2011-12-31", "2012-01-01"));
}

// Havana puts the clock forward at midnight: 10 March 2024 began at 1:00.
TEST(SpanComparedWith, TheStartOfADayThatBeginsAtOneIsMidnightElsewhere) {
  const Asked asked("America/Havana", "2024-03-10", "2024-03-12", Granularity::kDay);
  EXPECT_EQ(asked.query.range.Length(), hours(47));
  const ComparedSpan last = asked.ComparedWith(kWeek);
  EXPECT_EQ(last.range, asked.Span("2024-03-03", "2024-03-05"));
  EXPECT_EQ(last.counterpart, Numbers(2, 2));
  EXPECT_EQ(asked.ComparedWith(kMonth).range, asked.Span("2024-02-10", "2024-02-12"));
  const Asked next("America/Havana", "2024-03-17", "2024-03-18", Granularity::kHour);
  const ComparedSpan span = next.ComparedWith(kWeek);
  EXPECT_EQ(span.range, next.Span("2024-03-10", "2024-03-11"));
  EXPECT_EQ(next.CounterpartOf(span, "2024-03-17"), "");
  EXPECT_EQ(next.CounterpartOf(span, "2024-03-17T01:00"), "2024-03-10T01:00");
}

TEST(SpanComparedWith, RefusesWhatWouldBeginBefore1970) {
  for (const ComparisonPeriod period : {kPrevious, kWeek, kMonth, kYear}) {
    const Asked asked("UTC", "1970-01-03", "1970-01-07");
    const auto span = SpanComparedWith(period, asked.query, asked.calendar);
    EXPECT_EQ(span.status().code(), absl::StatusCode::kOutOfRange);
    EXPECT_EQ(ReasonOf(span.status())->reason, "TIME_OUT_OF_RANGE");
  }
  const Asked first("UTC", "1971-01-01", "1972-01-01");
  EXPECT_EQ(first.ComparedWith(kPrevious).range.start, kInstantMin);
  EXPECT_EQ(first.ComparedWith(kYear).range.start, kInstantMin);
}

Value Of(double value) {
  Value result;
  result.value = value;
  return result;
}

Value Of(double lower, double value, double upper) {
  Value result = Of(value);
  result.lower = lower;
  result.upper = upper;
  return result;
}

TEST(ChangeBetween, IsAfterMinusBefore) {
  const Change change = ChangeBetween(Of(4), Of(5), true);
  EXPECT_EQ(change.absolute, 1);
  EXPECT_EQ(change.relative_percent, 25);
  EXPECT_FALSE(change.lower.has_value());
  EXPECT_EQ(change.significance, Significance::kNotJudged);
}

TEST(ChangeBetween, IsRelativeToTheSizeOfBefore) {
  EXPECT_EQ(ChangeBetween(Of(-10), Of(5), true).relative_percent, 150);
  EXPECT_EQ(ChangeBetween(Of(-10), Of(-15), true).relative_percent, -50);
  EXPECT_EQ(ChangeBetween(Of(0), Of(5), true).absolute, 5);
  EXPECT_FALSE(ChangeBetween(Of(0), Of(5), true).relative_percent.has_value());
  EXPECT_FALSE(ChangeBetween(Of(0), Of(0), true).relative_percent.has_value());
  const double tiny = std::numeric_limits<double>::denorm_min();
  EXPECT_FALSE(ChangeBetween(Of(tiny), Of(5), true).relative_percent.has_value());
}

TEST(ChangeBetween, NeedsBothValuesInOneCurrency) {
  EXPECT_FALSE(ChangeBetween(Value{}, Of(5), true).absolute.has_value());
  EXPECT_FALSE(ChangeBetween(Of(5), Value{}, true).absolute.has_value());
  EXPECT_FALSE(ChangeBetween(Of(5), Of(6), false).absolute.has_value());
}

// Newcombe 1998, method 10 (hybrid score): 56/70 against 48/80 has 0.0524 to 0.3339.
TEST(ChangeBetween, OfProportionsHasNewcombesInterval) {
  const Value after = Of(100 * 0.6919, 100 * 56.0 / 70, 100 * 0.8779);
  const Value before = Of(100 * 0.4904, 100 * 48.0 / 80, 100 * 0.7004);
  const Change change = ChangeBetween(before, after, true);
  EXPECT_NEAR(*change.lower, 5.24, 0.3);
  EXPECT_NEAR(*change.upper, 33.39, 0.3);
  EXPECT_EQ(change.significance, Significance::kSignificant);
}

TEST(ChangeBetween, IsSignificantWhereTheIntervalLeaves0Out) {
  EXPECT_EQ(ChangeBetween(Of(7, 10, 13), Of(14, 18, 22), true).lower, 3);
  EXPECT_EQ(ChangeBetween(Of(7, 10, 13), Of(14, 18, 22), true).upper, 13);
  EXPECT_EQ(ChangeBetween(Of(7, 10, 13), Of(14, 18, 22), true).significance,
            Significance::kSignificant);
  EXPECT_EQ(ChangeBetween(Of(14, 18, 22), Of(7, 10, 13), true).significance,
            Significance::kSignificant);
  EXPECT_EQ(ChangeBetween(Of(7, 10, 13), Of(11, 15, 19), true).significance,
            Significance::kNotSignificant)
      << "an interval that ends at 0 holds it";
  EXPECT_EQ(ChangeBetween(Of(5, 5, 5), Of(14, 18, 22), true).significance,
            Significance::kNotJudged)
      << "samples that are all alike say nothing";
  EXPECT_EQ(ChangeBetween(Of(7, 10, 13), Of(15), true).significance, Significance::kNotJudged);
}

}  // namespace
}  // namespace kpid::metrics
