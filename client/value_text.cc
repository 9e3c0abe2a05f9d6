#include "client/value_text.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/grouped_number.h"

namespace kpid::client {
namespace {

constexpr double kClockFromSeconds = 100;

std::string ClockText(double seconds) {
  const int64_t whole = std::llround(std::abs(seconds));
  const char* sign = seconds < 0 && whole > 0 ? "-" : "";
  if (whole < 3600) return absl::StrFormat("%s%d:%02d", sign, whole / 60, whole % 60);
  return absl::StrFormat("%s%d:%02d:%02d", sign, whole / 3600, whole / 60 % 60, whole % 60);
}

// With a fixed number of decimals and thousands parted; never "-0.0".
std::string DecimalText(double number, int decimals) {
  const std::string text = absl::StrFormat("%.*f", decimals, number);
  const bool zero = text.find_first_of("123456789") == std::string::npos;
  return GroupThousands(zero && text.front() == '-' ? text.substr(1) : text);
}

}  // namespace

ValueStyle StyleOf(v1::Unit unit, const std::vector<const v1::KpiValue*>& values) {
  ValueStyle style;
  style.unit = unit;
  bool one_currency = true;
  for (const v1::KpiValue* value : values) {
    if (!value->has_value()) continue;
    if (std::abs(value->value()) >= kClockFromSeconds) style.clock = unit == v1::UNIT_SECONDS;
    if (value->currency_code().empty()) continue;
    if (style.currency.empty()) style.currency = value->currency_code();
    one_currency = one_currency && style.currency == value->currency_code();
  }
  if (!one_currency) style.currency.clear();
  return style;
}

std::string UnitText(const ValueStyle& style) {
  switch (style.unit) {
    case v1::UNIT_PERCENT:
      return "%";
    case v1::UNIT_SECONDS:
      return style.clock ? "m:ss" : "s";
    case v1::UNIT_POINTS:
      return "points";
    case v1::UNIT_SCORE:
      return "score";
    case v1::UNIT_MONEY:
      return style.currency;
    case v1::UNIT_PER_HOUR:
      return "/h";
    default:
      return "";
  }
}

std::string NumberText(const ValueStyle& style, double number) {
  switch (style.unit) {
    case v1::UNIT_COUNT:
      return DecimalText(number, number == std::floor(number) ? 0 : 1);
    case v1::UNIT_SECONDS:
      return style.clock ? ClockText(number) : DecimalText(number, 1);
    case v1::UNIT_SCORE:
    case v1::UNIT_MONEY:
      return DecimalText(number, 2);
    default:
      return DecimalText(number, 1);
  }
}

std::string ValueText(const ValueStyle& style, const v1::KpiValue& value) {
  std::string text = NumberText(style, value.value());
  if (style.currency.empty() && !value.currency_code().empty()) {
    absl::StrAppend(&text, " ", value.currency_code());
  }
  if (value.has_confidence_interval()) {
    absl::StrAppend(&text, " [", NumberText(style, value.confidence_interval().lower()), ", ",
                    NumberText(style, value.confidence_interval().upper()), "]");
  }
  return text;
}

std::string NoValueText(v1::NoValueReason reason) {
  switch (reason) {
    case v1::NO_VALUE_REASON_NO_DATA:
      return "no records";
    case v1::NO_VALUE_REASON_ZERO_DENOMINATOR:
      return "records, but none that counts in the denominator";
    case v1::NO_VALUE_REASON_IMMATURE:
      return "all records are too recent to be judged";
    case v1::NO_VALUE_REASON_SUPPRESSED_SMALL_GROUP:
      return "too few records to be shown";
    case v1::NO_VALUE_REASON_NOT_APPLICABLE:
      return "the KPI cannot be split or filtered so";
    case v1::NO_VALUE_REASON_MIXED_CURRENCIES:
      return "amounts in more than one currency (choose one: currency=EUR)";
    case v1::NO_VALUE_REASON_MIXED_SCALES:
      return "scores on more than one scale";
    default:
      return "no value";
  }
}

std::string ShortestNumber(double number) {
  char buffer[32];
  const std::to_chars_result result = std::to_chars(buffer, buffer + sizeof(buffer), number);
  return std::string(buffer, result.ptr);
}

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

std::string BucketText(absl::Time start, v1::Granularity granularity, absl::TimeZone zone) {
  const absl::CivilSecond civil = zone.At(start).cs;
  switch (granularity) {
    case v1::GRANULARITY_MINUTES_15:
    case v1::GRANULARITY_MINUTES_30:
    case v1::GRANULARITY_HOUR:
      return absl::FormatTime("%Y-%m-%d %H:%M", start, zone);
    case v1::GRANULARITY_MONTH:
      return absl::FormatTime("%Y-%m", start, zone);
    case v1::GRANULARITY_QUARTER:
      return absl::StrFormat("%04d-Q%d", civil.year(), (civil.month() - 1) / 3 + 1);
    case v1::GRANULARITY_YEAR:
      return absl::StrFormat("%04d", civil.year());
    default:
      return absl::FormatTime("%Y-%m-%d", start, zone);
  }
}

std::string TimeText(absl::Time time, absl::TimeZone zone) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*S%Ez", time, zone);
}

std::string RangeText(const v1::Interval& interval, absl::TimeZone zone) {
  const absl::Time start = ToTime(interval.start_time());
  const absl::Time end = ToTime(interval.end_time());
  const auto is_midnight = [&](absl::Time time) {
    const absl::CivilSecond civil = zone.At(time).cs;
    return absl::CivilSecond(absl::CivilDay(civil)) == civil;
  };
  const char* format = is_midnight(start) && is_midnight(end) ? "%Y-%m-%d" : "%Y-%m-%d %H:%M:%S";
  return absl::StrCat(absl::FormatTime(format, start, zone), " to ",
                      absl::FormatTime(format, end, zone));
}

}  // namespace kpid::client
