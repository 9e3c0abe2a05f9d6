#include "server/watch_request.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "server/field_checks.h"
#include "server/interval.h"
#include "server/query_request.h"
#include "server/reasons.h"
#include "server/request_bytes.h"
#include "server/time_conversion.h"

namespace kpid::server {
namespace {

using metrics::Calendar;
using metrics::Duration;
using metrics::Granularity;
using metrics::Instant;
using metrics::TimeRange;

constexpr std::chrono::seconds kLastMin{1};

// How finely the last so much time moves: in so many steps of its length, within bounds.
constexpr int kStepsOfLast = 60;
constexpr Duration kStepMin = std::chrono::seconds(1);
constexpr Duration kStepMax = std::chrono::minutes(1);

// Longer than any period on either side, so that the one around now is whole.
constexpr std::chrono::days kAroundPeriod{370};
constexpr std::chrono::days kAroundHours{2};

// Periods around now are few; the limit is that of any question.
constexpr int64_t kPeriodsMax = 40'000;

bool IsShort(Granularity period) {
  return period == Granularity::kMinutes15 || period == Granularity::kMinutes30 ||
         period == Granularity::kHour;
}

void ReadMinimumInterval(const v1::WatchKpisRequest& request, const FieldPath& root,
                         ViolationList* violations, WatchRequest* watch) {
  if (!request.has_minimum_interval()) return;
  const FieldChecks checks(root, violations);
  const int64_t found_before = violations->found();
  checks.Duration("minimum_interval", true, request.minimum_interval());
  if (violations->found() != found_before) return;
  const Duration interval = ToDuration(request.minimum_interval());
  if (interval < kWatchIntervalMin || interval > kWatchIntervalMax) {
    checks.Add("minimum_interval", reason::kDurationOutOfRange, "must be 20 ms to 1 h");
    return;
  }
  watch->minimum_interval = std::chrono::ceil<std::chrono::milliseconds>(interval);
}

std::optional<RangeRule> ReadLast(const v1::SlidingRange& sliding, const FieldPath& path,
                                  ViolationList* violations) {
  const FieldChecks checks(path, violations);
  const int64_t found_before = violations->found();
  checks.Duration("last_duration", true, sliding.last_duration());
  if (violations->found() != found_before) return std::nullopt;
  const Duration last = ToDuration(sliding.last_duration());
  if (last < kLastMin) {
    checks.Add("last_duration", reason::kDurationOutOfRange, "must be 1 s to 366 days");
    return std::nullopt;
  }
  return RangeRule::Last(last);
}

std::optional<RangeRule> ReadCurrent(const v1::WatchKpisRequest& request, const FieldPath& path,
                                     ViolationList* violations) {
  const v1::SlidingRange& sliding = request.sliding_range();
  const FieldChecks checks(path, violations);
  const int64_t found_before = violations->found();
  checks.Enum("current_period", sliding.current_period(),
              v1::Granularity_IsValid(sliding.current_period()), Presence::kRequired);
  if (violations->found() != found_before) return std::nullopt;
  if (sliding.current_period() == v1::GRANULARITY_RANGE) {
    checks.Add("current_period", reason::kFieldContradicts,
               "must be a size of buckets: the whole range has no size of its own");
    return std::nullopt;
  }
  // The zone's and the week's own violations are those of the query.
  const v1::QueryKpisRequest& query = request.query();
  auto calendar = Calendar::Create(query.time_zone());
  if (!calendar.ok() || !v1::Weekday_IsValid(query.week_start())) return std::nullopt;
  const auto week_start =
      static_cast<metrics::Weekday>(std::max(0, static_cast<int>(query.week_start()) - 1));
  return RangeRule::Current(static_cast<Granularity>(sliding.current_period() - 1), week_start,
                            *std::move(calendar));
}

std::optional<RangeRule> ReadSlidingRange(const v1::WatchKpisRequest& request,
                                          const FieldPath& root, ViolationList* violations) {
  const FieldPath path = root.Field("sliding_range");
  switch (request.sliding_range().range_case()) {
    case v1::SlidingRange::kLastDuration:
      return ReadLast(request.sliding_range(), path, violations);
    case v1::SlidingRange::kCurrentPeriod:
      return ReadCurrent(request, path, violations);
    case v1::SlidingRange::RANGE_NOT_SET:
      break;
  }
  violations->Add(path, reason::kFieldRequired,
                  "must have one of last_duration and current_period");
  return std::nullopt;
}

}  // namespace

RangeRule RangeRule::Fixed(TimeRange range) {
  RangeRule rule;
  rule.fixed_ = range;
  return rule;
}

RangeRule RangeRule::Last(Duration last) {
  RangeRule rule;
  rule.last_ = last;
  return rule;
}

RangeRule RangeRule::Current(Granularity period, metrics::Weekday week_start, Calendar calendar) {
  RangeRule rule;
  rule.period_ = period;
  rule.week_start_ = week_start;
  rule.calendar_ = std::move(calendar);
  return rule;
}

WatchedRange RangeRule::At(Instant now) const {
  if (fixed_) return {*fixed_, std::nullopt};
  if (!calendar_) {
    const Duration step = std::chrono::floor<std::chrono::seconds>(
        std::clamp(last_ / kStepsOfLast, kStepMin, kStepMax));
    const Instant end = Instant((now.time_since_epoch() / step + 1) * step);
    return {{end - last_, end}, end};
  }
  const Duration around = IsShort(period_) ? kAroundHours : kAroundPeriod;
  const auto periods =
      calendar_->Buckets({now - around, now + around}, period_, week_start_, kPeriodsMax);
  for (const TimeRange& period : *periods) {
    if (period.Contains(now)) return {period, period.end};
  }
  return {{now, now + Duration(1)}, now + Duration(1)};  // Not reached: buckets have no gaps.
}

WatchRequest ReadWatchKpis(const v1::WatchKpisRequest& request, Instant now,
                           ViolationList* violations) {
  const FieldPath root = FieldPath::Root();
  WatchRequest watch;
  ReadMinimumInterval(request, root, violations, &watch);
  if (!request.has_query()) {
    violations->Add(root.Field("query"), reason::kFieldRequired, "is required");
    return watch;
  }
  const FieldPath path = root.Field("query");
  watch.query = request.query();
  if (request.has_sliding_range()) {
    watch.range = ReadSlidingRange(request, root, violations);
    if (watch.query.has_interval()) {
      violations->Add(path.Field("interval"), reason::kFieldContradicts,
                      "must be absent with sliding_range");
    }
    // Where the rule is wrong any range lets the rest be checked.
    const RangeRule rule = watch.range.value_or(RangeRule::Last(kLastMin));
    SetInterval(rule.At(now).range, watch.query.mutable_interval());
  }
  if (!watch.query.page_token().empty()) {
    violations->Add(path.Field("page_token"), reason::kFieldContradicts,
                    "must be empty: a watch is of the first page");
    watch.query.clear_page_token();
  }
  if (watch.query.validate_only()) {
    violations->Add(path.Field("validate_only"), reason::kFieldContradicts,
                    "must not be set: QueryKpis checks questions");
    watch.query.clear_validate_only();
  }
  const Question question = ReadQueryKpis(watch.query, violations, path);
  if (!request.has_sliding_range()) watch.range = RangeRule::Fixed(question.query().range);
  v1::WatchKpisRequest same = request;
  same.clear_minimum_interval();
  watch.key = RequestBytes(same);
  return watch;
}

}  // namespace kpid::server
