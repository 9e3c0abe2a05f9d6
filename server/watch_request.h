// The arrow of a watch: WatchKpisRequest -> checked -> what is asked at an instant.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "kpid/v1/query_service.pb.h"
#include "metrics/calendar.h"
#include "metrics/time.h"
#include "server/violation_list.h"

namespace kpid::server {

// Bounds of WatchKpisRequest.minimum_interval, and what it is when absent.
inline constexpr std::chrono::milliseconds kWatchIntervalMin{20};
inline constexpr std::chrono::milliseconds kWatchIntervalMax{3'600'000};
inline constexpr std::chrono::milliseconds kWatchIntervalDefault{1'000};

// A range at an instant, and when it becomes another one.
struct WatchedRange {
  metrics::TimeRange range;
  std::optional<metrics::Instant> moves;
};

// Which range is watched: a fixed one, the last so much time, or the period that now is in.
class RangeRule {
 public:
  static RangeRule Fixed(metrics::TimeRange range);
  // REQUIRES: last >= 1 s.
  static RangeRule Last(metrics::Duration last);
  // REQUIRES: not Granularity::kRange.
  static RangeRule Current(metrics::Granularity period, metrics::Weekday week_start,
                           metrics::Calendar calendar);

  bool slides() const { return !fixed_; }
  WatchedRange At(metrics::Instant now) const;

 private:
  RangeRule() = default;

  std::optional<metrics::TimeRange> fixed_;
  metrics::Duration last_{0};  // 0: a period.
  metrics::Granularity period_ = metrics::Granularity::kDay;
  metrics::Weekday week_start_ = metrics::Weekday::kMonday;
  std::optional<metrics::Calendar> calendar_;
};

// A watch as asked for.
struct WatchRequest {
  v1::QueryKpisRequest query;  // Its interval is that of the instant of reading.
  std::optional<RangeRule> range;
  std::chrono::milliseconds minimum_interval = kWatchIntervalDefault;

  // The same for the same question, whatever its minimum interval.
  std::string key;
};

// Checks everything that the request alone can tell, all with paths. With violations the result is
// incomplete and not to be used.
WatchRequest ReadWatchKpis(const v1::WatchKpisRequest& request, metrics::Instant now,
                           ViolationList* violations);

}  // namespace kpid::server
