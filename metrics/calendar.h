// Civil time: cuts ranges into buckets in an IANA time zone (kpis.md, section 1, rule 2).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "metrics/time.h"

namespace kpid::metrics {

enum class Granularity : uint8_t {
  kRange,
  kMinutes15,
  kMinutes30,
  kHour,
  kDay,
  kWeek,
  kMonth,
  kQuarter,
  kYear
};

// First day of week buckets; Monday is 0.
enum class Weekday : uint8_t {
  kMonday,
  kTuesday,
  kWednesday,
  kThursday,
  kFriday,
  kSaturday,
  kSunday
};

// A civil day, for dates given without a time.
struct CivilDay {
  int year = 1970;
  int month = 1;
  int day = 1;
};

// What the local clock shows, with its date.
using LocalTime = std::chrono::local_time<Duration>;

// One time zone. Immutable; safe for concurrent use.
class Calendar {
 public:
  // The zone of an IANA name ("" means UTC). NOT_FOUND when the system has no such zone; only
  // names are accepted, no paths.
  static absl::StatusOr<Calendar> Create(std::string_view time_zone);

  // The name as resolved, for example "UTC" or "Europe/Amsterdam".
  const std::string& time_zone() const { return time_zone_; }

  // Buckets that cover `range` in order without gaps: the first and last are clipped to it.
  //
  // Days and longer begin at the first instant whose local date is theirs; a local day that does
  // not exist (Pacific/Apia, 2011-12-30) has no bucket. Minutes and hours are cut where the local
  // clock shows a multiple of them; an hour that the clock shows twice is two buckets, and a
  // clock change on the grid of either side is a cut.
  //
  // OUT_OF_RANGE when there would be more than buckets_max. REQUIRES: !range.Empty().
  absl::StatusOr<std::vector<TimeRange>> Buckets(TimeRange range, Granularity granularity,
                                                 Weekday week_start, int64_t buckets_max) const;

  // First instant of a local day.
  Instant DayStart(CivilDay day) const;

  // What the clock shows at an instant.
  LocalTime Local(Instant instant) const;

  // The first instant at which the clock shows this; where it never does, because it was put
  // forward past it, that of the change.
  Instant FirstShowing(LocalTime local) const;

  // The local days that the range consists of, when it begins and ends at the start of one;
  // nullopt when it does not, or is empty. A day that does not exist is not among them.
  std::optional<std::vector<std::chrono::local_days>> WholeDays(TimeRange range) const;

  // The local day before that exists.
  std::chrono::local_days DayBefore(std::chrono::local_days day) const;

  // How many months the range is, when it begins and ends at the start of a local month; nullopt
  // when it does not, or is empty.
  std::optional<int64_t> WholeMonths(TimeRange range) const;

 private:
  class Zone;
  explicit Calendar(std::string time_zone, const Zone* zone)
      : time_zone_(std::move(time_zone)), zone_(zone) {}

  std::string time_zone_;
  const Zone* zone_;  // Never freed: zones are shared and live as long as the process.
};

}  // namespace kpid::metrics
