// google.protobuf times <-> metrics times. Pure functions; digits finer than a microsecond are
// rounded down.
#pragma once

#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "metrics/time.h"

namespace kpid::server {

// Longest duration that a record may have.
inline constexpr metrics::Duration kRecordDurationMax = std::chrono::days(366);

// REQUIRES: the timestamp is within years 1 to 9999 and its nanos are 0 to 999,999,999.
inline metrics::Instant ToInstant(const google::protobuf::Timestamp& timestamp) {
  return metrics::Instant(std::chrono::seconds(timestamp.seconds()) +
                          std::chrono::microseconds(timestamp.nanos() / 1'000));
}

// REQUIRES: not negative, at most 366 days, nanos 0 to 999,999,999.
inline metrics::Duration ToDuration(const google::protobuf::Duration& duration) {
  return std::chrono::seconds(duration.seconds()) +
         std::chrono::microseconds(duration.nanos() / 1'000);
}

inline void SetTimestamp(metrics::Instant instant, google::protobuf::Timestamp* timestamp) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(instant);
  timestamp->set_seconds(seconds.time_since_epoch().count());
  timestamp->set_nanos(static_cast<int32_t>((instant - seconds).count()) * 1'000);
}

inline void SetDuration(metrics::Duration value, google::protobuf::Duration* duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(value);
  duration->set_seconds(seconds.count());
  duration->set_nanos(static_cast<int32_t>((value - seconds).count()) * 1'000);
}

}  // namespace kpid::server
