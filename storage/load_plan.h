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

// Conditions on kpid.survey_responses (as r) that together find every survey of the demand once.
std::vector<std::string> SurveyConditions(const metrics::FactDemand& demand, int parts_max);

// Conditions on the tables of the further kinds (as r) that together find every row that belongs
// to the range once: evaluations made in it; activities, plans and costs of which a part is in it
// (and void ones that begin in it); tickets opened before its end and neither resolved nor closed
// before its start. A ticket resolved in the range counts as such although it was closed before.
std::vector<std::string> QualityConditions(metrics::TimeRange range, int parts_max);
std::vector<std::string> AgentActivityConditions(metrics::TimeRange range, int parts_max);
std::vector<std::string> ScheduledActivityConditions(metrics::TimeRange range, int parts_max);
std::vector<std::string> CostConditions(metrics::TimeRange range, int parts_max);
std::vector<std::string> TicketConditions(metrics::TimeRange range, int parts_max);

}  // namespace kpid::storage
