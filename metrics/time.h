// Time inside kpid: instants and half-open ranges.
//
// Resolution is one microsecond (that of PostgreSQL). Everything here is a value type; safe to
// use from several threads like an int.
#pragma once

#include <chrono>

namespace kpid::metrics {

using Duration = std::chrono::microseconds;

// An instant, counted from 1970-01-01T00:00:00 UTC without leap seconds.
using Instant = std::chrono::time_point<std::chrono::system_clock, Duration>;

// Instants that records and queries may hold: [1970-01-01, 2200-01-01) UTC.
inline constexpr Instant kInstantMin{std::chrono::seconds(0)};
inline constexpr Instant kInstantEnd{std::chrono::seconds(7'258'118'400)};

// [start, end): start is inside, end is not. Empty when end <= start.
struct TimeRange {
  Instant start{};
  Instant end{};

  bool Contains(Instant t) const { return start <= t && t < end; }
  bool Empty() const { return end <= start; }
  Duration Length() const { return Empty() ? Duration{0} : end - start; }
  friend bool operator==(const TimeRange&, const TimeRange&) = default;
};

}  // namespace kpid::metrics
