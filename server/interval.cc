#include "server/interval.h"

#include <utility>

#include "metrics/query.h"
#include "server/field_checks.h"
#include "server/join_text.h"
#include "server/reasons.h"
#include "server/time_conversion.h"

namespace kpid::server {
namespace {

// Longest time zone name, in bytes: the longest of the IANA has 32.
constexpr size_t kTimeZoneBytesMax = 64;

}  // namespace

std::optional<metrics::TimeRange> ReadInterval(const v1::Interval* interval, const FieldPath& root,
                                               ViolationList* violations) {
  const FieldPath path = root.Field("interval");
  if (interval == nullptr) {
    violations->Add(path, reason::kFieldRequired, "is required");
    return std::nullopt;
  }
  const FieldChecks checks(path, violations);
  const auto start = checks.Time("start_time", interval->has_start_time(), interval->start_time(),
                                 Presence::kRequired);
  const auto end = checks.Time("end_time", interval->has_end_time(), interval->end_time(),
                               Presence::kRequired, metrics::kInstantEnd);
  if (!start || !end) return std::nullopt;
  if (*end <= *start) {
    checks.Add("end_time", reason::kTimeOrder, "must be later than start_time");
    return std::nullopt;
  }
  if (*end - *start > metrics::kRangeDaysMax) {
    violations->Add(path, reason::kRangeTooLong,
                    JoinText("must be at most ", metrics::kRangeDaysMax.count(), " days"));
    return std::nullopt;
  }
  return metrics::TimeRange{*start, *end};
}

std::optional<metrics::Calendar> ReadTimeZone(const std::string& time_zone, const FieldPath& root,
                                              ViolationList* violations) {
  const FieldChecks checks(root, violations);
  const int64_t found_before = violations->found();
  checks.Text("time_zone", time_zone, kTimeZoneBytesMax);
  if (violations->found() != found_before) return std::nullopt;
  auto calendar = metrics::Calendar::Create(time_zone);
  if (calendar.ok()) return *std::move(calendar);
  checks.Add("time_zone", reason::kTimeZoneUnknown,
             "is no IANA time zone, for example Europe/Amsterdam");
  return std::nullopt;
}

void SetInterval(metrics::TimeRange range, v1::Interval* message) {
  SetTimestamp(range.start, message->mutable_start_time());
  SetTimestamp(range.end, message->mutable_end_time());
}

}  // namespace kpid::server
