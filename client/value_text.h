// Numbers of KPIs as people read them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "kpid/v1/query_service.pb.h"

namespace kpid::client {

// How the values of one KPI are written: the same for the whole column.
struct ValueStyle {
  v1::Unit unit = v1::UNIT_UNSPECIFIED;
  bool clock = false;    // Seconds as m:ss or h:mm:ss.
  std::string currency;  // Money: of all values, when it is the same one.
};

// The style for these values: times are written as m:ss when one of them is 100 s or longer.
ValueStyle StyleOf(v1::Unit unit, const std::vector<const v1::KpiValue*>& values);

// "%", "s", "m:ss", "points", "EUR" ...; "" for counts.
std::string UnitText(const ValueStyle& style);

// A number: counts with thousands parted (fractions only where there are such), percent, points
// and seconds with one decimal, scores and money with two.
std::string NumberText(const ValueStyle& style, double number);

// The value with its currency where the style has none, and its confidence interval where it has
// one: "81.2 [79.0, 83.1]". REQUIRES: it has a value.
std::string ValueText(const ValueStyle& style, const v1::KpiValue& value);

// Why there is no value, in words.
std::string NoValueText(v1::NoValueReason reason);

// A double in the fewest digits that read back as the same.
std::string ShortestNumber(double number);

absl::Time ToTime(const google::protobuf::Timestamp& time);

// A bucket by its start as long as its granularity: "2026-01-31 09:30", "2026-01-31", "2026-01",
// "2026-Q1", "2026".
std::string BucketText(absl::Time start, v1::Granularity granularity, absl::TimeZone zone);

// "2026-01-31T09:30:00+01:00".
std::string TimeText(absl::Time time, absl::TimeZone zone);

// "2026-01-01 to 2026-02-01", with times of day where one is not midnight.
std::string RangeText(const v1::Interval& interval, absl::TimeZone zone);

}  // namespace kpid::client
