#include "tests/golden/golden_text.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "metrics/catalogue.h"

namespace kpid::proof {
namespace {

using metrics::CivilDay;
using metrics::Duration;
using metrics::Instant;

absl::Status Bad(const std::string& what, const std::string& text) {
  return absl::InvalidArgumentError(absl::StrCat("not ", what, ": '", text, "'"));
}

Instant FromAbsl(absl::Time time) {
  return Instant(Duration(absl::ToInt64Microseconds(time - absl::UnixEpoch())));
}

absl::StatusOr<Instant> ParseAbsolute(const std::string& text) {
  for (const char* format : {"%Y-%m-%dT%H:%M:%E*S%Ez", "%Y-%m-%dT%H:%M%Ez", "%Y-%m-%d"}) {
    absl::Time time;
    if (absl::ParseTime(format, text, &time, nullptr)) return FromAbsl(time);
  }
  return Bad("a time", text);
}

absl::StatusOr<double> ParseFraction(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, '/');
  double numerator = 0;
  double denominator = 1;
  if (parts.size() > 2 || !absl::SimpleAtod(parts[0], &numerator) ||
      (parts.size() == 2 && !absl::SimpleAtod(parts[1], &denominator))) {
    return Bad("a number", text);
  }
  return numerator / denominator;
}

}  // namespace

absl::StatusOr<CivilDay> ParseDay(const std::string& text) {
  absl::CivilDay day;
  if (!absl::ParseCivilTime(text, &day)) return Bad("a day", text);
  return CivilDay{static_cast<int>(day.year()), day.month(), day.day()};
}

absl::StatusOr<Instant> ParseTime(const std::string& text, const TimeContext& context) {
  if (text.starts_with('+')) {
    const std::optional<Duration> duration = metrics::ParseDuration(text.substr(1));
    if (!duration.has_value()) return Bad("a duration", text);
    if (!context.relative.has_value()) return Bad("usable here", text);
    return *context.relative + *duration;
  }
  if (text.size() > 2 && text[2] == ':') {
    if (!context.day.has_value()) return Bad("usable without 'day'", text);
    const CivilDay& day = *context.day;
    const std::string date = absl::FormatCivilTime(absl::CivilDay(day.year, day.month, day.day));
    return ParseAbsolute(absl::StrCat(date, "T", text, "Z"));
  }
  return ParseAbsolute(text);
}

absl::StatusOr<Instant> ParseTimeInZone(const std::string& text, const TimeContext& context,
                                        const metrics::Calendar& calendar) {
  const absl::StatusOr<CivilDay> day = ParseDay(text);
  if (day.ok()) return calendar.DayStart(*day);
  return ParseTime(text, context);
}

absl::StatusOr<ExpectedNumber> ParseExpectedNumber(const std::string& text) {
  ExpectedNumber number{.text = text, .value = 0, .tolerance = 0};
  const bool rounded = text.starts_with('~');
  const std::string rest = text.substr(rounded ? 1 : 0);
  const absl::StatusOr<double> value = ParseFraction(rest);
  if (!value.ok()) return value.status();
  number.value = *value;
  number.tolerance = 1e-9 * std::max(1.0, std::abs(*value));
  if (rounded) {
    const size_t point = rest.find('.');
    const size_t digits = point == std::string::npos ? 0 : rest.size() - point - 1;
    number.tolerance = 0.5000001 * std::pow(10.0, -static_cast<double>(digits));
  }
  return number;
}

absl::StatusOr<metrics::Granularity> ParseGranularity(const std::string& text) {
  using metrics::Granularity;
  static const auto* const names = new std::map<std::string_view, Granularity>{
      {"range", Granularity::kRange},   {"15m", Granularity::kMinutes15},
      {"30m", Granularity::kMinutes30}, {"hour", Granularity::kHour},
      {"day", Granularity::kDay},       {"week", Granularity::kWeek},
      {"month", Granularity::kMonth},   {"quarter", Granularity::kQuarter},
      {"year", Granularity::kYear}};
  const auto found = names->find(text);
  if (found == names->end()) return Bad("a granularity", text);
  return found->second;
}

absl::StatusOr<metrics::Weekday> ParseWeekday(const std::string& text) {
  int day = 0;
  for (std::string_view name :
       {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}) {
    if (text == name) return static_cast<metrics::Weekday>(day);
    ++day;
  }
  return Bad("a day of the week", text);
}

absl::StatusOr<metrics::Dimension> ParseDimension(const std::string& text) {
  using metrics::DimensionKind;
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits(':', 1));
  metrics::Dimension dimension{.kind = DimensionKind::kNone, .name = parts.second};
  if (parts.first == "agent") dimension.kind = DimensionKind::kAgent;
  if (parts.first == "agent_group") dimension.kind = DimensionKind::kAgentGroup;
  if (parts.first == "queue") dimension.kind = DimensionKind::kQueue;
  if (parts.first == "channel") dimension.kind = DimensionKind::kChannel;
  if (parts.first == "direction") dimension.kind = DimensionKind::kDirection;
  if (parts.first == "priority") dimension.kind = DimensionKind::kPriority;
  if (parts.first == "attribute") dimension.kind = DimensionKind::kAttribute;
  const bool named =
      dimension.kind == DimensionKind::kAgentGroup || dimension.kind == DimensionKind::kAttribute;
  if (dimension.kind == DimensionKind::kNone || named == dimension.name.empty()) {
    return Bad("a dimension", text);
  }
  return dimension;
}

absl::StatusOr<metrics::Filter> ParseFilter(const std::string& text) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('=', 1));
  const absl::StatusOr<metrics::Dimension> dimension = ParseDimension(parts.first);
  if (!dimension.ok()) return dimension.status();
  metrics::Filter filter;
  filter.dimension = *dimension;
  for (std::string& value : std::vector<std::string>(absl::StrSplit(parts.second, ','))) {
    if (value == "(none)") {
      filter.include_missing = true;
    } else {
      filter.values.push_back(std::move(value));
    }
  }
  return filter;
}

ReferenceDimension ParseDimensionValue(const std::string& text) {
  if (text == "(none)") return {.missing = true, .value = ""};
  return {.missing = false, .value = text};
}

}  // namespace kpid::proof
