#include "server/scorecard.h"

#include <cstdio>
#include <string_view>

#include "metrics/error_reason.h"
#include "metrics/question.h"
#include "server/field_checks.h"
#include "server/interval.h"
#include "server/join_text.h"
#include "server/kpi_request.h"
#include "server/kpi_value.h"
#include "server/query_request.h"
#include "server/reasons.h"
#include "server/scorecard_definition.h"
#include "server/time_conversion.h"

namespace kpid::server {
namespace {

constexpr char kPeerGroupType[] = "peer_group_type";

metrics::ScorecardSubject ReadSubject(const v1::GetScorecardRequest& request, const FieldPath& root,
                                      ViolationList* violations) {
  const FieldChecks checks(root, violations);
  checks.Id("agent_id", request.agent_id(), Presence::kOptional);
  checks.Id("group_id", request.group_id(), Presence::kOptional);
  if (request.agent_id().empty() && request.group_id().empty()) {
    checks.Add("agent_id", reason::kFieldRequired, "is required, or group_id");
  } else if (!request.agent_id().empty() && !request.group_id().empty()) {
    checks.Add("group_id", reason::kFieldContradicts, "must be empty with agent_id");
  }
  if (request.group_id().empty()) {
    return {metrics::ScorecardSubject::Kind::kAgent, request.agent_id()};
  }
  return {metrics::ScorecardSubject::Kind::kGroup, request.group_id()};
}

void ReadPeerGroupType(const v1::GetScorecardRequest& request, const FieldPath& root,
                       ViolationList* violations) {
  const std::string& type = request.peer_group_type();
  if (type.empty()) return;
  const FieldChecks checks(root, violations);
  if (!IsName(type, /*dot_allowed=*/false)) {
    checks.Add(kPeerGroupType, reason::kFieldMalformed,
               "must be 1 to 64 bytes of [a-z0-9_-] starting with a letter");
  } else if (!request.group_id().empty()) {
    checks.Add(kPeerGroupType, reason::kFieldContradicts,
               "must be empty with group_id: peers of a group are those of its type");
  }
}

// Range and zone, and that the period before the range is not before all times.
void ReadPeriod(const v1::GetScorecardRequest& request, const FieldPath& root,
                ViolationList* violations, metrics::ScorecardQuestion* question) {
  const auto range =
      ReadInterval(request.has_interval() ? &request.interval() : nullptr, root, violations);
  const auto calendar = ReadTimeZone(request.time_zone(), root, violations);
  if (!range || !calendar) return;
  question->range = *range;
  question->time_zone = calendar->time_zone();
  metrics::Query query;
  query.range = *range;
  query.buckets = {*range};
  if (!metrics::SpanComparedWith(metrics::ComparisonPeriod::kPreviousPeriod, query, *calendar)
           .ok()) {
    violations->Add(root.Field("interval"), reason::kTimeOutOfRange,
                    "the previous period would begin before 1970");
  }
}

// "212.4 s", "86.1 %", "4.21": values of KPIs that warnings are about.
std::string ValueText(const metrics::ResolvedKpi& kpi, const metrics::Value& value) {
  char text[64];
  switch (kpi.unit) {
    case metrics::Unit::kSeconds:
      std::snprintf(text, sizeof(text), "%.1f s", value.value.value_or(0));
      break;
    case metrics::Unit::kPercent:
      std::snprintf(text, sizeof(text), "%.1f %%", value.value.value_or(0));
      break;
    default:
      std::snprintf(text, sizeof(text), "%.2f", value.value.value_or(0));
      break;
  }
  return text;
}

// "Average handle time", "Average handle time (p90)".
std::string TitleOf(const metrics::ResolvedKpi& kpi) {
  const bool plain = kpi.statistic.kind == metrics::Statistic::Kind::kNone ||
                     kpi.statistic.kind == metrics::Statistic::Kind::kMean;
  if (plain) return std::string(kpi.definition->title);
  return JoinText(kpi.definition->title, " (", metrics::StatisticText(kpi.statistic), ")");
}

std::string ChangeText(const metrics::ScorecardLine& line) {
  return JoinText("from ", ValueText(line.kpi, line.before), " to ",
                  ValueText(line.kpi, line.value));
}

std::string WarningText(const metrics::ImbalanceWarning& warning) {
  return JoinText(TitleOf(warning.improved.kpi), " improved ", ChangeText(warning.improved),
                  ", while ", TitleOf(warning.worsened.kpi), " worsened by more than chance, ",
                  ChangeText(warning.worsened), ".");
}

void SetLineValue(const metrics::ScorecardLine& line, v1::KpiValue* message) {
  constexpr auto kDetail = metrics::ValueDetail::kInterval;
  SetKpiValue(*line.kpi.definition, line.value, line.currency, kDetail, message);
  if (line.target) SetTarget({&*line.target, line.status, line.attainment}, message);
  SetComparison(line.before, line.change, kDetail, message);
}

void SetLine(const metrics::ScorecardLine& line, v1::ScorecardLine* message) {
  SetResolvedKpi(line.kpi, message->mutable_kpi());
  message->set_area(static_cast<v1::ScorecardArea>(line.area));
  message->set_weight(line.weight);
  SetLineValue(line, message->mutable_value());
  if (line.rank) message->set_rank(*line.rank);
  message->set_peer_count(line.peers);
}

void SetTotal(const metrics::ScorecardTotal& total, v1::ScorecardTotal* message) {
  message->set_area(static_cast<v1::ScorecardArea>(total.area));
  if (total.attainment) message->set_attainment(*total.attainment);
  message->set_covered_weight(total.covered_weight);
  message->set_weight(total.weight);
  message->set_met_count(total.met);
  message->set_missed_count(total.missed);
}

}  // namespace

metrics::ScorecardQuestion ReadGetScorecard(const v1::GetScorecardRequest& request,
                                            ViolationList* violations) {
  const FieldPath root = FieldPath::Root();
  const FieldChecks checks(root, violations);
  metrics::ScorecardQuestion question;
  checks.Id("scorecard_id", request.scorecard_id(), Presence::kOptional);
  question.subject = ReadSubject(request, root, violations);
  ReadPeriod(request, root, violations, &question);
  question.confidence_level = ReadConfidenceLevel(request.confidence_level(), root, violations);
  ReadPeerGroupType(request, root, violations);
  question.peer_group_type = request.peer_group_type();
  question.sample_minimum = request.minimum_sample_size();
  if (question.sample_minimum < 0 || question.sample_minimum > metrics::kSampleMinimumMax) {
    checks.Add("minimum_sample_size", reason::kNumberOutOfRange,
               JoinText("must be 0 to ", metrics::kSampleMinimumMax));
  }
  return question;
}

std::string ScorecardIdOf(const v1::GetScorecardRequest& request) {
  return request.scorecard_id().empty() ? std::string(metrics::kBalancedScorecardId)
                                        : request.scorecard_id();
}

absl::Status UnknownScorecard(const std::string& scorecard_id) {
  return metrics::ErrorWithReason(absl::StatusCode::kNotFound, "there is no such scorecard",
                                  {reason::kScorecardUnknown, {{"scorecard_id", scorecard_id}}});
}

absl::Status ScoreError(const absl::Status& status) {
  const auto found = metrics::ReasonOf(status);
  if (status.code() != absl::StatusCode::kInvalidArgument || !found ||
      found->reason != reason::kGroupTypeUnknown) {
    return status;
  }
  ViolationList violations;
  violations.Add(FieldPath::Root().Field(kPeerGroupType), reason::kGroupTypeUnknown,
                 "no agent group has this type");
  return violations.ToStatus();
}

void SetScorecardResult(const storage::ScorecardRecord& record,
                        const metrics::ScorecardQuestion& question,
                        const metrics::ScorecardResult& result,
                        v1::GetScorecardResponse* response) {
  SetScorecard(record, response->mutable_scorecard());
  response->set_display_name(result.display_name);
  for (const metrics::ScorecardLine& line : result.lines) SetLine(line, response->add_lines());
  SetTotal(result.total, response->mutable_total());
  for (const metrics::ScorecardTotal& area : result.areas) SetTotal(area, response->add_areas());
  for (const metrics::ImbalanceWarning& warning : result.warnings) {
    v1::ImbalanceWarning* added = response->add_warnings();
    SetResolvedKpi(warning.improved.kpi, added->mutable_improved_kpi());
    SetLineValue(warning.improved, added->mutable_improved_value());
    SetResolvedKpi(warning.worsened.kpi, added->mutable_worsened_kpi());
    SetLineValue(warning.worsened, added->mutable_worsened_value());
    added->set_description(WarningText(warning));
  }
  SetInterval(question.range, response->mutable_interval());
  SetInterval(result.before_range, response->mutable_comparison_interval());
  response->set_time_zone(question.time_zone);
  response->set_confidence_level(question.confidence_level);
  SetTimestamp(result.data_watermark, response->mutable_data_watermark());
}

}  // namespace kpid::server
