// Ranges of time and time zones of questions.
#pragma once

#include <optional>
#include <string>

#include "kpid/v1/types.pb.h"
#include "metrics/calendar.h"
#include "metrics/time.h"
#include "server/field_path.h"
#include "server/violation_list.h"

namespace kpid::server {

// The range of a question, of its field `interval` (null: not given): required, within 1970 and
// 2200, not empty, at most kRangeDaysMax. Absent with violations.
std::optional<metrics::TimeRange> ReadInterval(const v1::Interval* interval, const FieldPath& root,
                                               ViolationList* violations);

// The calendar of a question, of its field `time_zone`; empty: UTC. Absent with violations.
std::optional<metrics::Calendar> ReadTimeZone(const std::string& time_zone, const FieldPath& root,
                                              ViolationList* violations);

void SetInterval(metrics::TimeRange range, v1::Interval* message);

}  // namespace kpid::server
