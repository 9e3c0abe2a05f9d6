#include "metrics/comparison.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <utility>

#include "metrics/error_reason.h"

namespace kpid::metrics {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_days;
using std::chrono::months;

// An earlier span may have some more buckets than the question's: hours of a longer day.
constexpr int64_t kComparedBucketsMax = 2 * kBucketsMax;

// The local time that an earlier span has in place of one; absent: it has none, for example no
// 31st day.
using Counterpart = std::function<std::optional<LocalTime>(LocalTime)>;

struct Shift {
  TimeRange range;
  Counterpart counterpart;
};

// What the clock shows, but midnight at the start of a day that begins later (because the clock is
// put forward at midnight): the start of a day stays one.
LocalTime LocalBound(Instant instant, const Calendar& calendar) {
  const LocalTime local = calendar.Local(instant);
  const local_days day = floor<days>(local);
  return calendar.FirstShowing(day) == instant ? day : local;
}

std::optional<LocalTime> MonthsEarlier(LocalTime local, months count) {
  const local_days day = floor<days>(local);
  const auto earlier = std::chrono::year_month_day(day) - count;
  if (!earlier.ok()) return std::nullopt;
  return local_days(earlier) + (local - day);
}

// The last day of the month in place of one that it lacks.
LocalTime MonthsEarlierInMonth(LocalTime local, months count) {
  if (const auto earlier = MonthsEarlier(local, count)) return *earlier;
  const local_days day = floor<days>(local);
  const auto month = std::chrono::year_month_day(day) - count;
  return local_days(month.year() / month.month() / std::chrono::last) + (local - day);
}

// As much time before.
Shift ShiftByTime(TimeRange range) {
  const Duration length = range.Length();
  return {{range.start - length, range.start}, [=](LocalTime local) { return local - length; }};
}

// As many of `whole`, the range's days, before.
Shift ShiftByWholeDays(TimeRange range, const std::vector<local_days>& whole,
                       const Calendar& calendar) {
  std::map<local_days, local_days> earlier;
  local_days first = whole.front();
  for (size_t i = 0; i < whole.size(); ++i) first = calendar.DayBefore(first);
  const TimeRange before{calendar.FirstShowing(first), range.start};
  const auto days_before = *calendar.WholeDays(before);
  for (size_t i = 0; i < whole.size(); ++i) earlier.emplace(whole[i], days_before[i]);
  return {before, [earlier = std::move(earlier)](LocalTime local) -> std::optional<LocalTime> {
            const local_days day = floor<days>(local);
            return earlier.at(day) + (local - day);
          }};
}

Shift ShiftToPreviousPeriod(TimeRange range, const Calendar& calendar) {
  if (const auto count = calendar.WholeMonths(range)) {
    const months by(*count);
    const LocalTime start = MonthsEarlierInMonth(LocalBound(range.start, calendar), by);
    return {{calendar.FirstShowing(start), range.start},
            [by](LocalTime local) { return MonthsEarlier(local, by); }};
  }
  if (const auto whole = calendar.WholeDays(range)) {
    return ShiftByWholeDays(range, *whole, calendar);
  }
  return ShiftByTime(range);
}

// The same local times earlier. A span that a change of the clock, or the end of a month, leaves
// nothing of is as long as the question's.
TimeRange RangeOr(TimeRange earlier, TimeRange range) {
  if (earlier.Empty()) earlier.end = earlier.start + range.Length();
  return earlier;
}

Shift ShiftByDays(TimeRange range, days by, const Calendar& calendar) {
  const auto earlier = [&](Instant instant) {
    return calendar.FirstShowing(LocalBound(instant, calendar) - by);
  };
  return {RangeOr({earlier(range.start), earlier(range.end)}, range),
          [by](LocalTime local) { return local - by; }};
}

Shift ShiftByMonths(TimeRange range, months by, const Calendar& calendar) {
  const LocalTime start = MonthsEarlierInMonth(LocalBound(range.start, calendar), by);
  const LocalTime end = LocalBound(range.end, calendar);
  LocalTime earlier_end = MonthsEarlierInMonth(end, by);
  // An end at midnight belongs to the day before, of which nothing is to be lost.
  if (end == floor<days>(end) && !MonthsEarlier(end, by).has_value()) earlier_end += days(1);
  return {RangeOr({calendar.FirstShowing(start), calendar.FirstShowing(earlier_end)}, range),
          [by](LocalTime local) { return MonthsEarlier(local, by); }};
}

Shift ShiftOf(ComparisonPeriod period, TimeRange range, const Calendar& calendar) {
  switch (period) {
    case ComparisonPeriod::kLastWeek:
      return ShiftByDays(range, days(7), calendar);
    case ComparisonPeriod::kLastMonth:
      return ShiftByMonths(range, months(1), calendar);
    case ComparisonPeriod::kLastYear:
      return ShiftByMonths(range, months(12), calendar);
    case ComparisonPeriod::kNone:
    case ComparisonPeriod::kPreviousPeriod:
      break;
  }
  return ShiftToPreviousPeriod(range, calendar);
}

bool ByNumber(Granularity granularity) {
  switch (granularity) {
    case Granularity::kMinutes15:
    case Granularity::kMinutes30:
    case Granularity::kHour:
    case Granularity::kDay:
      return false;
    default:
      return true;
  }
}

// By bucket of the question. A local time that the clock shows twice has two counterparts, or
// one, or none for the second.
std::vector<std::optional<size_t>> Counterparts(const Query& query,
                                                const std::vector<TimeRange>& earlier,
                                                const Counterpart& counterpart,
                                                const Calendar& calendar) {
  const auto start_of = [&](const TimeRange& bucket) {
    return query.granularity == Granularity::kDay ? LocalBound(bucket.start, calendar)
                                                  : calendar.Local(bucket.start);
  };
  std::map<LocalTime, std::vector<size_t>> by_start;
  for (size_t i = 0; i < earlier.size(); ++i) by_start[start_of(earlier[i])].push_back(i);
  std::vector<std::optional<size_t>> result(query.buckets.size());
  std::map<LocalTime, size_t> seen;
  for (size_t i = 0; i < query.buckets.size(); ++i) {
    const LocalTime start = start_of(query.buckets[i]);
    const size_t times_before = seen[start]++;
    const std::optional<LocalTime> wanted = counterpart(start);
    if (!wanted.has_value()) continue;
    const auto found = by_start.find(*wanted);
    if (found == by_start.end() || times_before >= found->second.size()) continue;
    result[i] = found->second[times_before];
  }
  return result;
}

}  // namespace

absl::StatusOr<ComparedSpan> SpanComparedWith(ComparisonPeriod period, const Query& query,
                                              const Calendar& calendar) {
  const Shift shift = ShiftOf(period, query.range, calendar);
  if (shift.range.start < kInstantMin) {
    return ErrorWithReason(absl::StatusCode::kOutOfRange,
                           "the span to compare with begins before 1970",
                           {"TIME_OUT_OF_RANGE", {}});
  }
  absl::StatusOr<std::vector<TimeRange>> buckets =
      calendar.Buckets(shift.range, query.granularity, query.week_start, kComparedBucketsMax);
  if (!buckets.ok()) return buckets.status();
  ComparedSpan span{shift.range, *std::move(buckets), {}};
  if (ByNumber(query.granularity)) {
    span.counterpart.resize(query.buckets.size());
    const size_t common = std::min(query.buckets.size(), span.buckets.size());
    for (size_t i = 0; i < common; ++i) span.counterpart[i] = i;
  } else {
    span.counterpart = Counterparts(query, span.buckets, shift.counterpart, calendar);
  }
  return span;
}

Change ChangeBetween(const Value& before, const Value& after, bool same_currency) {
  Change change;
  if (!before.value.has_value() || !after.value.has_value() || !same_currency) return change;
  const double difference = *after.value - *before.value;
  change.absolute = difference;
  const double percent = 100 * difference / std::abs(*before.value);
  if (*before.value != 0 && std::isfinite(percent)) change.relative_percent = percent;
  if (!before.lower || !before.upper || !after.lower || !after.upper) return change;
  change.lower =
      difference - std::hypot(*after.value - *after.lower, *before.upper - *before.value);
  change.upper =
      difference + std::hypot(*after.upper - *after.value, *before.value - *before.lower);
  // Samples that are all alike have an interval without width: of a few that says nothing.
  if (*before.lower == *before.upper || *after.lower == *after.upper) return change;
  change.significance = *change.lower > 0 || *change.upper < 0 ? Significance::kSignificant
                                                               : Significance::kNotSignificant;
  return change;
}

}  // namespace kpid::metrics
