// The slow reference: every KPI computed straight from its definition, in plain loops over plain
// records, so that a reader can hold it against the definitions line by line. It shares no code
// with the engine that it proves, only the types of a question.
//
// Its time is square in the number of records, or worse: for some hundreds of them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/query.h"
#include "metrics/result.h"
#include "metrics/time.h"
#include "storage/records.h"

namespace kpid::proof {

// The stored state that a question is asked of.
struct Records {
  // In the order of their row keys: the first has row key 1.
  std::vector<storage::InteractionRecord> interactions;

  // Those whose interaction is among `interactions` take its agent, queue, channel, direction
  // and customer.
  std::vector<storage::SurveyRecord> surveys;

  // As surveys, but for the agent, which is their own.
  std::vector<storage::QualityEvaluationRecord> evaluations;

  // In the order of their row keys.
  std::vector<storage::AgentActivityRecord> activities;
  std::vector<storage::ScheduledActivityRecord> plans;

  std::vector<storage::TicketRecord> tickets;
  std::vector<storage::CostRecord> costs;

  // Those with a hire or leave date.
  std::vector<storage::AgentRecord> agents;

  // In the order of their codes.
  std::vector<storage::AgentGroupRecord> groups;
  std::vector<storage::MembershipRecord> memberships;

  std::vector<storage::TargetRecord> targets;

  // Up to when activities without end last.
  metrics::Instant data_watermark = metrics::kInstantEnd;

  // Latest arrive time stored, where it is not the latest of `interactions`.
  std::optional<metrics::Instant> latest_arrive;
};

// As metrics::Value, with names instead of codes. Everything is there, whatever was asked for.
struct ReferenceValue {
  std::optional<double> value;
  std::optional<double> numerator;
  std::optional<double> denominator;
  std::optional<double> lower;
  std::optional<double> upper;
  int64_t sample_count = 0;
  std::map<std::string, int64_t> counts;  // Names that are absent are 0.
  std::string currency;
  metrics::NoValueReason no_value_reason = metrics::NoValueReason::kNone;
};

// "" and missing, or a value.
struct ReferenceDimension {
  bool missing = false;  // First, so that missing ones come last.
  std::string value;

  friend auto operator<=>(const ReferenceDimension&, const ReferenceDimension&) = default;
};

// As metrics::Slice: series[bucket][kpi].
struct ReferenceSlice {
  std::vector<ReferenceDimension> dimensions;
  std::vector<ReferenceValue> total;
  std::vector<std::vector<ReferenceValue>> series;
  bool other = false;
};

struct ReferenceResult {
  std::vector<ReferenceValue> total;
  std::vector<ReferenceSlice> slices;  // In the order of the answer.
};

// The KPIs that the reference knows, by id. Of others it gives nothing that means anything.
const std::set<std::string_view>& ReferenceKpis();

// The answer. `now` bounds what is mature, as EvaluateOptions::now.
ReferenceResult ReferenceEvaluate(const metrics::Query& query, const Records& records,
                                  metrics::Instant now);

}  // namespace kpid::proof
