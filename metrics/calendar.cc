#include "metrics/calendar.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cctz/civil_time.h"
#include "cctz/time_zone.h"
#include "metrics/absl_view.h"
#include "metrics/error_reason.h"

namespace kpid::metrics {
namespace {

using std::chrono::floor;
using std::chrono::seconds;

// Longer than any IANA name ("America/Argentina/ComodRivadavia" has 32).
constexpr size_t kZoneNameLengthMax = 64;

bool IsZoneName(std::string_view name) {
  if (name.empty() || name.size() > kZoneNameLengthMax || name.front() == '/') return false;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    if (!letter && !digit && c != '/' && c != '_' && c != '-' && c != '+') return false;
  }
  // What the machine has set is not a name that means the same everywhere.
  return name != "localtime" && name != "posixrules";
}

// cctz remembers every name it was asked for, also wrong ones: asking only for files that exist
// keeps that bounded.
bool ZoneFileExists(std::string_view name) {
  const char* directory = std::getenv("TZDIR");
  std::error_code error;
  return std::filesystem::is_regular_file(
      std::filesystem::path(directory != nullptr ? directory : "/usr/share/zoneinfo") / name,
      error);
}

absl::Status UnknownZone(std::string_view name) {
  return ErrorWithReason(absl::StatusCode::kNotFound,
                         absl::StrCat("no time zone is called \"", AbslView(name), "\""),
                         {"TIME_ZONE_UNKNOWN", {{"time_zone", std::string(name)}}});
}

seconds StepOf(Granularity granularity) {
  switch (granularity) {
    case Granularity::kMinutes15:
      return std::chrono::minutes(15);
    case Granularity::kMinutes30:
      return std::chrono::minutes(30);
    default:
      return std::chrono::hours(1);
  }
}

cctz::civil_day PeriodStart(cctz::civil_day day, Granularity granularity, Weekday week_start) {
  switch (granularity) {
    case Granularity::kWeek: {
      const int ahead =
          (static_cast<int>(cctz::get_weekday(day)) - static_cast<int>(week_start) + 7) % 7;
      return day - ahead;
    }
    case Granularity::kMonth:
      return cctz::civil_day(day.year(), day.month());
    case Granularity::kQuarter:
      return cctz::civil_day(day.year(), (day.month() - 1) / 3 * 3 + 1);
    case Granularity::kYear:
      return cctz::civil_day(day.year());
    default:
      return day;
  }
}

cctz::civil_day NextPeriod(cctz::civil_day start, Granularity granularity) {
  switch (granularity) {
    case Granularity::kWeek:
      return start + 7;
    case Granularity::kMonth:
      return cctz::civil_day(cctz::civil_month(start) + 1);
    case Granularity::kQuarter:
      return cctz::civil_day(cctz::civil_month(start) + 3);
    case Granularity::kYear:
      return cctz::civil_day(cctz::civil_year(start) + 1);
    default:
      return start + 1;
  }
}

static_assert(static_cast<int>(cctz::weekday::monday) == static_cast<int>(Weekday::kMonday));
static_assert(static_cast<int>(cctz::weekday::sunday) == static_cast<int>(Weekday::kSunday));

// Collects the instants at which buckets are cut, ascending; instants outside the range and
// repeated ones are left out.
class Cuts {
 public:
  Cuts(TimeRange range, int64_t buckets_max) : range_(range), buckets_max_(buckets_max) {}

  // False when there are too many buckets.
  bool Add(Instant instant) {
    const Instant last = cuts_.empty() ? range_.start : cuts_.back();
    if (instant <= last || instant >= range_.end) return true;
    cuts_.push_back(instant);
    return static_cast<int64_t>(cuts_.size()) < buckets_max_;
  }

  std::vector<TimeRange> Buckets() const {
    std::vector<TimeRange> buckets;
    buckets.reserve(cuts_.size() + 1);
    Instant start = range_.start;
    for (const Instant cut : cuts_) {
      buckets.push_back({start, cut});
      start = cut;
    }
    buckets.push_back({start, range_.end});
    return buckets;
  }

 private:
  TimeRange range_;
  int64_t buckets_max_;
  std::vector<Instant> cuts_;
};

}  // namespace

class Calendar::Zone {
 public:
  explicit Zone(cctz::time_zone zone) : zone_(std::move(zone)) {}

  cctz::civil_day DayOf(Instant instant) const {
    return cctz::civil_day(zone_.lookup(floor<seconds>(instant)).cs);
  }

  // First instant whose local date is `day`; where the day does not exist, the next one's.
  Instant DayStart(cctz::civil_day day) const {
    const auto found = zone_.lookup(cctz::civil_second(day));
    return found.kind == cctz::time_zone::civil_lookup::SKIPPED ? found.trans : found.pre;
  }

  Instant FirstShowing(LocalTime local) const {
    const auto shown = floor<seconds>(local);
    const auto found =
        zone_.lookup(cctz::civil_second(1970, 1, 1, 0, 0, 0) + shown.time_since_epoch().count());
    if (found.kind == cctz::time_zone::civil_lookup::SKIPPED) return found.trans;
    return found.pre + (local - shown);
  }

  LocalTime Local(Instant instant) const {
    return LocalTime(instant.time_since_epoch() + OffsetAt(instant));
  }

  Instant DayStart(std::chrono::local_days day) const { return FirstShowing(day); }

  bool Exists(std::chrono::local_days day) const {
    return DayStart(day) < DayStart(day + std::chrono::days(1));
  }

  // Cuts at the starts of days, weeks, months, quarters or years. False: too many.
  bool CutPeriods(TimeRange range, Granularity granularity, Weekday week_start, Cuts* cuts) const {
    for (auto day = PeriodStart(DayOf(range.start), granularity, week_start);;
         day = NextPeriod(day, granularity)) {
      const Instant start = DayStart(day);
      if (start >= range.end) return true;
      if (!cuts->Add(start)) return false;
    }
  }

  // Cuts where the local clock shows a multiple of `step`. False: too many.
  bool CutClock(TimeRange range, seconds step, Cuts* cuts) const {
    Instant segment = range.start;
    while (segment < range.end) {
      // In a segment the distance to UTC is constant.
      const seconds offset = OffsetAt(segment);
      const std::optional<Instant> change = NextChange(segment);
      const Instant end = change.has_value() ? std::min(*change, range.end) : range.end;
      const seconds local = floor<seconds>(segment).time_since_epoch() + offset;
      auto next = floor<seconds>(segment) - Modulo(local, step);
      for (; next < end; next += step) {
        if (next >= segment && !cuts->Add(next)) return false;
      }
      if (end == range.end) return true;
      // The change is a cut when the clock would have shown a multiple; what it shows after the
      // change is looked at by the next segment.
      const seconds before = floor<seconds>(end).time_since_epoch() + offset;
      if (Modulo(before, step) == seconds(0) && !cuts->Add(end)) return false;
      segment = end;
    }
    return true;
  }

 private:
  static seconds Modulo(seconds value, seconds step) {
    const seconds rest = value % step;
    return rest < seconds(0) ? rest + step : rest;
  }

  seconds OffsetAt(Instant instant) const {
    return seconds(zone_.lookup(floor<seconds>(instant)).offset);
  }

  // First change of the clock after the instant.
  std::optional<Instant> NextChange(Instant instant) const {
    cctz::time_zone::civil_transition transition;
    if (!zone_.next_transition(floor<seconds>(instant), &transition)) return std::nullopt;
    return zone_.lookup(transition.to).trans;
  }

  cctz::time_zone zone_;
};

absl::StatusOr<Calendar> Calendar::Create(std::string_view time_zone) {
  const std::string name(time_zone.empty() ? std::string_view("UTC") : time_zone);
  if (!IsZoneName(name)) return UnknownZone(time_zone);

  static auto* mutex = new std::mutex;
  static auto* zones = new std::map<std::string, std::unique_ptr<const Zone>, std::less<>>;
  const std::lock_guard lock(*mutex);
  if (const auto found = zones->find(name); found != zones->end()) {
    return Calendar(name, found->second.get());
  }
  cctz::time_zone zone = cctz::utc_time_zone();
  if (name != "UTC" && (!ZoneFileExists(name) || !cctz::load_time_zone(name, &zone))) {
    return UnknownZone(time_zone);
  }
  const auto added = zones->emplace(name, std::make_unique<const Zone>(std::move(zone))).first;
  return Calendar(name, added->second.get());
}

absl::StatusOr<std::vector<TimeRange>> Calendar::Buckets(TimeRange range, Granularity granularity,
                                                         Weekday week_start,
                                                         int64_t buckets_max) const {
  Cuts cuts(range, buckets_max);
  bool fits = buckets_max >= 1;
  switch (granularity) {
    case Granularity::kRange:
      break;
    case Granularity::kMinutes15:
    case Granularity::kMinutes30:
    case Granularity::kHour:
      fits = fits && zone_->CutClock(range, StepOf(granularity), &cuts);
      break;
    default:
      fits = fits && zone_->CutPeriods(range, granularity, week_start, &cuts);
  }
  if (!fits) {
    return ErrorWithReason(absl::StatusCode::kOutOfRange,
                           absl::StrCat("the range has more than ", buckets_max, " buckets"),
                           {"TOO_MANY_BUCKETS", {{"limit", absl::StrCat(buckets_max)}}});
  }
  return cuts.Buckets();
}

std::optional<int64_t> Calendar::WholeMonths(TimeRange range) const {
  const auto month_of = [&](Instant instant) -> std::optional<cctz::civil_month> {
    const cctz::civil_month month(zone_->DayOf(instant));
    if (zone_->DayStart(cctz::civil_day(month)) != instant) return std::nullopt;
    return month;
  };
  const auto start = month_of(range.start);
  const auto end = month_of(range.end);
  if (!start.has_value() || !end.has_value() || *end <= *start) return std::nullopt;
  return *end - *start;
}

LocalTime Calendar::Local(Instant instant) const { return zone_->Local(instant); }

Instant Calendar::FirstShowing(LocalTime local) const { return zone_->FirstShowing(local); }

std::optional<std::vector<std::chrono::local_days>> Calendar::WholeDays(TimeRange range) const {
  using std::chrono::days;
  const auto end = floor<days>(Local(range.end));
  auto day = floor<days>(Local(range.start));
  if (range.Empty() || zone_->DayStart(day) != range.start || zone_->DayStart(end) != range.end) {
    return std::nullopt;
  }
  std::vector<std::chrono::local_days> whole;
  for (; day < end; day += days(1)) {
    if (zone_->Exists(day)) whole.push_back(day);
  }
  return whole;
}

std::chrono::local_days Calendar::DayBefore(std::chrono::local_days day) const {
  do {
    day -= std::chrono::days(1);
  } while (!zone_->Exists(day));
  return day;
}

Instant Calendar::DayStart(CivilDay day) const {
  return zone_->DayStart(cctz::civil_day(day.year, day.month, day.day));
}

}  // namespace kpid::metrics
