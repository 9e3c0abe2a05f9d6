#include "storage/record_names.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "storage/retry.h"
#include "storage/session_pool.h"

namespace kpid::storage {
namespace {

using metrics::CallLimits;
using metrics::ExplainedRecord;
using metrics::Instant;
using metrics::RecordKind;

// How the ids of one kind are found: by row keys $1 between the times $2 and $3, by one of which
// each record is counted, or which are in the span of time that is; and by row keys alone.
struct NameStatements {
  RecordKind kind;
  Statement near;
  Statement anywhere;
};

constexpr NameStatements kNameStatements[] = {
    {RecordKind::kInteraction,
     {"names_of_interactions",
      "SELECT row_key, interaction_id FROM kpid.interactions"
      " WHERE arrive_time BETWEEN $2 AND $3 AND row_key = ANY($1)"},
     {"names_of_interactions_anywhere",
      "SELECT row_key, interaction_id FROM kpid.interactions WHERE row_key = ANY($1)"}},
    {RecordKind::kSurvey,
     {"names_of_surveys",
      "SELECT row_key, response_id FROM kpid.survey_responses"
      " WHERE (respond_time BETWEEN $2 AND $3 OR invite_time BETWEEN $2 AND $3)"
      " AND row_key = ANY($1)"},
     {"names_of_surveys_anywhere",
      "SELECT row_key, response_id FROM kpid.survey_responses WHERE row_key = ANY($1)"}},
    {RecordKind::kQualityEvaluation,
     {"names_of_quality_evaluations",
      "SELECT row_key, evaluation_id FROM kpid.quality_evaluations"
      " WHERE evaluate_time BETWEEN $2 AND $3 AND row_key = ANY($1)"},
     {"names_of_quality_evaluations_anywhere",
      "SELECT row_key, evaluation_id FROM kpid.quality_evaluations WHERE row_key = ANY($1)"}},
    {RecordKind::kAgentActivity,
     {"names_of_agent_activities",
      "SELECT row_key, activity_id FROM kpid.agent_activities"
      " WHERE start_time <= $3 AND (end_time >= $2 OR end_time IS NULL) AND row_key = ANY($1)"},
     {"names_of_agent_activities_anywhere",
      "SELECT row_key, activity_id FROM kpid.agent_activities WHERE row_key = ANY($1)"}},
    {RecordKind::kScheduledActivity,
     {"names_of_scheduled_activities",
      "SELECT row_key, schedule_id FROM kpid.scheduled_activities"
      " WHERE start_time <= $3 AND end_time >= $2 AND row_key = ANY($1)"},
     {"names_of_scheduled_activities_anywhere",
      "SELECT row_key, schedule_id FROM kpid.scheduled_activities WHERE row_key = ANY($1)"}},
    {RecordKind::kTicket,
     {"names_of_tickets",
      "SELECT row_key, ticket_id FROM kpid.tickets WHERE open_time <= $3"
      " AND (open_time >= $2 OR first_resolve_time >= $2 OR last_resolve_time >= $2"
      "  OR close_time >= $2 OR (last_resolve_time IS NULL AND close_time IS NULL))"
      " AND row_key = ANY($1)"},
     {"names_of_tickets_anywhere",
      "SELECT row_key, ticket_id FROM kpid.tickets WHERE row_key = ANY($1)"}},
    {RecordKind::kCost,
     {"names_of_costs",
      "SELECT row_key, cost_id FROM kpid.costs"
      " WHERE start_time <= $3 AND end_time >= $2 AND row_key = ANY($1)"},
     {"names_of_costs_anywhere",
      "SELECT row_key, cost_id FROM kpid.costs WHERE row_key = ANY($1)"}}};

using Names = std::unordered_map<int64_t, std::string>;

// Records of one kind whose names are wanted.
struct Wanted {
  std::vector<int64_t> keys;
  Instant least = Instant::max();
  Instant greatest = Instant::min();
};

Wanted WantedOf(std::span<const ExplainedRecord> records, RecordKind kind) {
  Wanted wanted;
  for (const ExplainedRecord& record : records) {
    if (record.position.kind != kind) continue;
    wanted.keys.push_back(record.position.key);
    wanted.least = std::min(wanted.least, record.position.time);
    wanted.greatest = std::max(wanted.greatest, record.position.time);
  }
  return wanted;
}

Parameter KeysParameter(const std::vector<int64_t>& keys) {
  ArrayEncoder encoder(TypeOid::kInt8, keys.size());
  for (const int64_t key : keys) encoder.AppendLong(key);
  return ArrayParameter(&encoder);
}

absl::Status Read(Session* session, const Statement& statement,
                  std::span<const Parameter> parameters, const CallLimits& limits, Names* names) {
  const absl::StatusOr<Rows> rows = session->Execute(statement, parameters, limits);
  if (!rows.ok()) return rows.status();
  for (int i = 0; i < rows->size(); ++i) {
    names->emplace(rows->At(i, 0).Long(), rows->At(i, 1).Text());
  }
  return absl::OkStatus();
}

absl::Status ReadNames(Session* session, const NameStatements& statements, const Wanted& wanted,
                       const CallLimits& limits, Names* names) {
  const Parameter near[] = {KeysParameter(wanted.keys), InstantParameter(wanted.least),
                            InstantParameter(wanted.greatest)};
  absl::Status status = Read(session, statements.near, near, limits, names);
  if (!status.ok() || names->size() == wanted.keys.size()) return status;
  std::vector<int64_t> missing;
  for (const int64_t key : wanted.keys) {
    if (!names->contains(key)) missing.push_back(key);
  }
  const Parameter anywhere = KeysParameter(missing);
  return Read(session, statements.anywhere, {&anywhere, 1}, limits, names);
}

}  // namespace

absl::StatusOr<std::vector<std::string>> RecordNames::Find(std::span<const ExplainedRecord> records,
                                                           const CallLimits& limits) {
  std::vector<std::string> ids(records.size());
  const auto read = [&](Session* session) -> absl::Status {
    for (const NameStatements& statements : kNameStatements) {
      const Wanted wanted = WantedOf(records, statements.kind);
      if (wanted.keys.empty()) continue;
      Names names;
      const absl::Status status = ReadNames(session, statements, wanted, limits, &names);
      if (!status.ok()) return status;
      for (size_t i = 0; i < records.size(); ++i) {
        if (records[i].position.kind != statements.kind) continue;
        if (const auto name = names.find(records[i].position.key); name != names.end()) {
          ids[i] = name->second;
        }
      }
    }
    return absl::OkStatus();
  };
  const bool any = std::any_of(records.begin(), records.end(), [](const ExplainedRecord& record) {
    return record.position.kind < RecordKind::kTarget;
  });
  if (!any) return ids;
  const absl::Status status = Retry({}, RealRetryEnvironment(), limits, [&]() -> absl::Status {
    absl::StatusOr<SessionLease> session = database_->readers().Acquire(limits);
    if (!session.ok()) return session.status();
    return read(session->get());
  });
  if (!status.ok()) return status;
  return ids;
}

}  // namespace kpid::storage
