// How a load is cut into statements: pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "metrics/fact_source.h"
#include "metrics/time.h"

namespace kpid::storage {

// Cuts a range at UTC midnights into at most parts_max parts of about equal length, in order and
// without gaps. Short ranges are one part: another connection would cost more than it brings.
std::vector<metrics::TimeRange> SplitByDays(metrics::TimeRange range, int parts_max);

// A timestamptz literal.
std::string TimeLiteral(metrics::Instant instant);

// Conditions on kpid.interactions (as i): arrive in the range.
std::string ArrivesIn(metrics::TimeRange range);

// Handled, arrived before `start`, and ended (without end: answered, else arrived) not before
// `end_from`.
std::string HandledBefore(metrics::Instant start, metrics::Instant end_from);

// Conditions on kpid.survey_responses (as s) that together find every survey of the demand once.
std::vector<std::string> SurveyConditions(const metrics::FactDemand& demand, int parts_max);

}  // namespace kpid::storage
