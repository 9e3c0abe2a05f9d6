#include "storage/load_plan.h"

#include <algorithm>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/time.h"

namespace kpid::storage {
namespace {

using metrics::Instant;
using metrics::TimeRange;

// A part of fewer days than this is not worth a statement of its own.
constexpr std::chrono::days kPartDaysMin{2};

std::string Within(const char* column, TimeRange range) {
  return absl::Substitute("($0 >= $1 AND $0 < $2)", column, TimeLiteral(range.start),
                          TimeLiteral(range.end));
}

// Rows whose time is in the range, in parts.
std::vector<std::string> WithinParts(const char* column, TimeRange range, int parts_max) {
  std::vector<std::string> conditions;
  for (const TimeRange& part : SplitByDays(range, parts_max)) {
    conditions.push_back(Within(column, part));
  }
  return conditions;
}

// Rows that begin in the range, in parts, and rows that began before it and reach into it. $0 of
// `reaches` is its start.
std::vector<std::string> Touching(const char* begin_column, const char* reaches, TimeRange range,
                                  int parts_max) {
  std::vector<std::string> conditions = WithinParts(begin_column, range, parts_max);
  if (range.Empty()) return conditions;
  const std::string start = TimeLiteral(range.start);
  conditions.push_back(
      absl::Substitute("$0 < $1 AND ($2)", begin_column, start, absl::Substitute(reaches, start)));
  return conditions;
}

}  // namespace

std::vector<TimeRange> SplitByDays(TimeRange range, int parts_max) {
  std::vector<TimeRange> parts;
  if (range.Empty()) return parts;
  const auto first_day = std::chrono::floor<std::chrono::days>(range.start);
  const auto end_day = std::chrono::ceil<std::chrono::days>(range.end);
  const int64_t days = (end_day - first_day).count();
  const int64_t count = std::clamp<int64_t>(days / kPartDaysMin.count(), 1, parts_max);
  Instant start = range.start;
  for (int64_t i = 1; i <= count; ++i) {
    const Instant cut = first_day + std::chrono::days(days * i / count);
    const Instant end = i == count ? range.end : cut;
    parts.push_back({start, end});
    start = end;
  }
  return parts;
}

std::string TimeLiteral(Instant instant) {
  return absl::StrCat("timestamptz '",
                      absl::FormatTime("%E4Y-%m-%d %H:%M:%E6S+00",
                                       absl::FromUnixMicros(instant.time_since_epoch().count()),
                                       absl::UTCTimeZone()),
                      "'");
}

std::string ArrivesIn(TimeRange range) { return Within("i.arrive_time", range); }

std::string HandledBefore(Instant start, Instant end_from) {
  // Written so that each alternative is found by the block ranges of arrive and end times.
  return absl::Substitute(
      "i.outcome = $0 AND i.arrive_time < $1 AND (i.end_time >= $2 OR (i.end_time IS NULL AND"
      " (i.answer_time >= $2 OR (i.answer_time IS NULL AND i.arrive_time >= $2))))",
      static_cast<int>(metrics::Outcome::kHandled), TimeLiteral(start), TimeLiteral(end_from));
}

std::vector<std::string> SurveyConditions(const metrics::FactDemand& demand, int parts_max) {
  const auto& by_respond = demand.surveys_by_respond;
  const auto& by_invite = demand.surveys_by_invite;
  std::vector<std::string> wanted;
  std::optional<TimeRange> whole;
  if (by_respond && !by_respond->Empty()) {
    whole = *by_respond;
    wanted.push_back(Within("r.respond_time", *by_respond));
  }
  if (by_invite && !by_invite->Empty()) {
    whole = whole ? TimeRange{std::min(whole->start, by_invite->start),
                              std::max(whole->end, by_invite->end)}
                  : *by_invite;
    wanted.push_back(Within("r.invite_time", *by_invite));
    wanted.push_back(
        absl::StrCat("(r.invite_time IS NULL AND ", Within("r.respond_time", *by_invite), ")"));
  }
  std::vector<std::string> conditions;
  if (!whole) return conditions;
  std::string any = "(";
  for (const std::string& one : wanted) absl::StrAppend(&any, any.size() > 1 ? " OR " : "", one);
  any.push_back(')');
  // Those answered within the ranges, cut by that; then those invited within but not answered
  // there.
  for (const TimeRange& part : SplitByDays(*whole, parts_max)) {
    conditions.push_back(absl::StrCat(Within("r.respond_time", part), " AND ", any));
  }
  if (by_invite && !by_invite->Empty()) {
    conditions.push_back(absl::Substitute(
        "$0 AND (r.respond_time IS NULL OR r.respond_time < $1 OR r.respond_time >= $2)",
        Within("r.invite_time", *by_invite), TimeLiteral(whole->start), TimeLiteral(whole->end)));
  }
  return conditions;
}

std::vector<std::string> QualityConditions(TimeRange range, int parts_max) {
  return WithinParts("r.evaluate_time", range, parts_max);
}

std::vector<std::string> AgentActivityConditions(TimeRange range, int parts_max) {
  return Touching("r.start_time", "r.end_time > $0 OR r.end_time IS NULL", range, parts_max);
}

std::vector<std::string> ScheduledActivityConditions(TimeRange range, int parts_max) {
  return Touching("r.start_time", "r.end_time > $0", range, parts_max);
}

std::vector<std::string> CostConditions(TimeRange range, int parts_max) {
  return Touching("r.start_time", "r.end_time > $0", range, parts_max);
}

std::vector<std::string> TicketConditions(TimeRange range, int parts_max) {
  // Each alternative by itself is found by an index: open tickets, or a time from the range's
  // start on.
  return Touching("r.open_time",
                  "r.last_resolve_time >= $0"
                  " OR (r.last_resolve_time IS NULL AND r.close_time IS NULL)"
                  " OR (r.last_resolve_time IS NULL AND r.close_time >= $0)"
                  " OR (r.last_resolve_time IS NULL AND r.first_resolve_time >= $0)",
                  range, parts_max);
}

}  // namespace kpid::storage
