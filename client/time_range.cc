#include "client/time_range.h"

#include <charconv>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "client/field_text.h"
#include "metrics/catalogue.h"

namespace kpid::client {
namespace {

using metrics::Calendar;
using metrics::CivilDay;
using metrics::Instant;

// Longest range that the service computes.
constexpr int kLastDaysMax = 3660;

std::chrono::sys_days ToSysDays(CivilDay day) {
  return std::chrono::year_month_day(std::chrono::year(day.year),
                                     std::chrono::month(static_cast<unsigned>(day.month)),
                                     std::chrono::day(static_cast<unsigned>(day.day)));
}

CivilDay ToCivilDay(std::chrono::sys_days days) {
  const std::chrono::year_month_day date(days);
  return {static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day()))};
}

absl::StatusOr<Instant> ParseBound(std::string_view option, std::string_view text,
                                   const Calendar& calendar) {
  google::protobuf::Timestamp time;
  if (ParseTime(text, &time)) {
    return Instant(std::chrono::seconds(time.seconds()) +
                   std::chrono::microseconds(time.nanos() / 1000));
  }
  const absl::StatusOr<CivilDay> day = ParseDate(text);
  if (day.ok()) return calendar.DayStart(*day);
  return absl::InvalidArgumentError(
      absl::StrCat(std::string(option), " \"", std::string(text),
                   "\": expected a date (2026-01-31) or a time with an offset "
                   "(2026-01-31T09:30:00Z)"));
}

// "7d": 7; "4w": 28; nullopt: no such text.
std::optional<int> WholeDaysOf(const std::string& last) {
  int count = 0;
  const char* end = last.data() + last.size();
  const std::from_chars_result number = std::from_chars(last.data(), end, count);
  const std::string_view unit(number.ptr, static_cast<size_t>(end - number.ptr));
  const bool whole = number.ec == std::errc() && count > 0 && count <= kLastDaysMax;
  if (!whole || (unit != "d" && unit != "w")) return std::nullopt;
  return unit == "d" ? count : 7 * count;
}

absl::StatusOr<metrics::TimeRange> ResolveLast(const std::string& last, const Calendar& calendar,
                                               Instant now) {
  if (const std::optional<int> days = WholeDaysOf(last)) {
    const CivilDay today = LocalDay(calendar, now);
    return metrics::TimeRange{calendar.DayStart(DaysAfter(today, -*days)),
                              calendar.DayStart(today)};
  }
  const std::optional<metrics::Duration> length = LastUpToNow(last);
  if (!length.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--last \"", last,
                     "\": expected a number of d(ays), w(eeks), h(ours) or m(inutes), for "
                     "example 7d"));
  }
  return metrics::TimeRange{now - *length, now};
}

metrics::TimeRange ResolveMonth(const TimeRangeOptions& options, const Calendar& calendar,
                                Instant now) {
  const CivilDay today = LocalDay(calendar, now);
  const CivilDay month_start{today.year, today.month, 1};
  if (options.this_month) {
    return {calendar.DayStart(month_start), calendar.DayStart(DaysAfter(today, 1))};
  }
  CivilDay before = DaysAfter(month_start, -1);
  before.day = 1;
  return {calendar.DayStart(before), calendar.DayStart(month_start)};
}

}  // namespace

std::optional<metrics::Duration> LastUpToNow(const std::string& last) {
  if (WholeDaysOf(last)) return std::nullopt;
  const bool has_unit = !last.empty() && (last.back() < '0' || last.back() > '9');
  const std::optional<metrics::Duration> length = metrics::ParseDuration(last);
  if (!length || length->count() <= 0 || !has_unit) return std::nullopt;
  return length;
}

absl::StatusOr<CivilDay> ParseDate(std::string_view text) {
  // A time of day lets ParseTime check the rest.
  google::protobuf::Timestamp time;
  if (text.size() != 10 || !ParseTime(absl::StrCat(std::string(text), "T00:00:00Z"), &time)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", std::string(text), "\": expected a date, for example 2026-01-31"));
  }
  return ToCivilDay(std::chrono::sys_days(std::chrono::days(time.seconds() / 86'400)));
}

CivilDay LocalDay(const Calendar& calendar, Instant instant) {
  // Zones differ from UTC by less than a day: the local day is that of UTC or one beside it.
  const auto utc = std::chrono::floor<std::chrono::days>(instant);
  std::chrono::sys_days day = utc + std::chrono::days(1);
  while (calendar.DayStart(ToCivilDay(day)) > instant) day -= std::chrono::days(1);
  return ToCivilDay(day);
}

CivilDay DaysAfter(CivilDay day, int days) {
  return ToCivilDay(ToSysDays(day) + std::chrono::days(days));
}

absl::StatusOr<metrics::TimeRange> ResolveTimeRange(const TimeRangeOptions& options,
                                                    const Calendar& calendar, Instant now) {
  const int ways = (options.from.empty() && options.to.empty() ? 0 : 1) +
                   (options.last.empty() ? 0 : 1) + (options.today ? 1 : 0) +
                   (options.last_month ? 1 : 0) + (options.this_month ? 1 : 0);
  if (ways != 1) {
    return absl::InvalidArgumentError(
        "give the range of time by one of: --from (and --to), --last, --today, --last-month, "
        "--this-month");
  }
  if (options.today) {
    const CivilDay today = LocalDay(calendar, now);
    return metrics::TimeRange{calendar.DayStart(today), calendar.DayStart(DaysAfter(today, 1))};
  }
  if (options.last_month || options.this_month) return ResolveMonth(options, calendar, now);
  if (!options.last.empty()) return ResolveLast(options.last, calendar, now);
  if (options.from.empty()) return absl::InvalidArgumentError("--to needs --from");
  const absl::StatusOr<Instant> start = ParseBound("--from", options.from, calendar);
  if (!start.ok()) return start.status();
  const absl::StatusOr<Instant> end =
      options.to.empty() ? now : ParseBound("--to", options.to, calendar);
  if (!end.ok()) return end.status();
  if (*end <= *start) {
    return absl::InvalidArgumentError(
        "the range is empty: --to must be later than --from (a --to date is exclusive)");
  }
  return metrics::TimeRange{*start, *end};
}

}  // namespace kpid::client
