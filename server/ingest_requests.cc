#include "server/ingest_requests.h"

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "server/agent_activity.h"
#include "server/cost.h"
#include "server/field_checks.h"
#include "server/interaction.h"
#include "server/join_text.h"
#include "server/quality_evaluation.h"
#include "server/reasons.h"
#include "server/survey_response.h"
#include "server/target.h"
#include "server/ticket.h"

namespace kpid::server {
namespace {

// A kind of records: all that ingest needs to know of it.
template <typename Message, typename Record>
struct RecordKind {
  const std::string& (Message::*id)() const;
  void (*validate)(const Message&, const FieldPath&, ViolationList*);
  Record (*convert)(const Message&);
  std::vector<Record> storage::RecordBatch::*records;
};

using Batch = storage::RecordBatch;
constexpr RecordKind kInteraction = {&v1::Interaction::interaction_id, ValidateInteraction,
                                     ToInteractionRecord, &Batch::interactions};
constexpr RecordKind kSurvey = {&v1::SurveyResponse::response_id, ValidateSurveyResponse,
                                ToSurveyRecord, &Batch::surveys};
constexpr RecordKind kQualityEvaluation = {&v1::QualityEvaluation::evaluation_id,
                                           ValidateQualityEvaluation, ToQualityEvaluationRecord,
                                           &Batch::quality_evaluations};
constexpr RecordKind kAgentActivity = {&v1::AgentActivity::activity_id, ValidateAgentActivity,
                                       ToAgentActivityRecord, &Batch::agent_activities};
constexpr RecordKind kScheduledActivity = {&v1::ScheduledActivity::schedule_id,
                                           ValidateScheduledActivity, ToScheduledActivityRecord,
                                           &Batch::scheduled_activities};
constexpr RecordKind kTicket = {&v1::Ticket::ticket_id, ValidateTicket, ToTicketRecord,
                                &Batch::tickets};
constexpr RecordKind kCost = {&v1::Cost::cost_id, ValidateCost, ToCostRecord, &Batch::costs};
constexpr RecordKind kTarget = {&v1::Target::target_id, ValidateTarget, ToTargetRecord,
                                &Batch::targets};

template <typename Message, typename Record>
void AddRecord(const RecordKind<Message, Record>& kind, const Message& message, RecordOrigin origin,
               CheckedRecords* records) {
  (records->batch.*kind.records).push_back(kind.convert(message));
  if constexpr (std::is_same_v<Message, v1::Cost>) records->cost_origins.push_back(origin);
}

template <typename Message, typename Record>
absl::Status ReadBatch(const RecordKind<Message, Record>& kind, std::string_view list,
                       const google::protobuf::RepeatedPtrField<Message>& items, bool allow_partial,
                       RejectionList* rejections, CheckedRecords* records) {
  const FieldPath root = FieldPath::Root();
  ViolationList violations;
  records->partial = allow_partial;
  if (!CheckBatchSize(root.Field(list), items.size(), &violations)) return violations.ToStatus();
  (records->batch.*kind.records).reserve(static_cast<size_t>(items.size()));
  for (int i = 0; i < items.size(); ++i) {
    const int64_t found_before = violations.found();
    kind.validate(items[i], root.Element(list, i), &violations);
    if (violations.found() == found_before) {
      // Without allow_partial nothing is stored after the first violation.
      if (violations.empty()) AddRecord(kind, items[i], {i}, records);
    } else if (allow_partial) {
      rejections->Add(i, /*sequence=*/0, (items[i].*kind.id)(), violations);
      violations.clear();
    }
  }
  return violations.empty() ? absl::OkStatus() : violations.ToStatus();
}

// Checks one record of a stream and adds it when it is valid. Returns its id.
template <typename Message, typename Record>
std::string_view ReadOne(const RecordKind<Message, Record>& kind, const Message& message,
                         const FieldPath& path, ViolationList* violations, RecordOrigin origin,
                         CheckedRecords* records) {
  kind.validate(message, path, violations);
  if (violations->empty()) AddRecord(kind, message, origin, records);
  return (message.*kind.id)();
}

std::string_view ReadStreamRecord(const v1::StreamRecord& record, const FieldPath& path,
                                  ViolationList* violations, RecordOrigin origin,
                                  CheckedRecords* records) {
  const auto read = [&](const auto& kind, const auto& message, std::string_view field) {
    return ReadOne(kind, message, path.Field(field), violations, origin, records);
  };
  switch (record.record_case()) {
    case v1::StreamRecord::kInteraction:
      return read(kInteraction, record.interaction(), "interaction");
    case v1::StreamRecord::kSurveyResponse:
      return read(kSurvey, record.survey_response(), "survey_response");
    case v1::StreamRecord::kQualityEvaluation:
      return read(kQualityEvaluation, record.quality_evaluation(), "quality_evaluation");
    case v1::StreamRecord::kAgentActivity:
      return read(kAgentActivity, record.agent_activity(), "agent_activity");
    case v1::StreamRecord::kScheduledActivity:
      return read(kScheduledActivity, record.scheduled_activity(), "scheduled_activity");
    case v1::StreamRecord::kTicket:
      return read(kTicket, record.ticket(), "ticket");
    case v1::StreamRecord::kCost:
      return read(kCost, record.cost(), "cost");
    case v1::StreamRecord::kTarget:
      return read(kTarget, record.target(), "target");
    case v1::StreamRecord::RECORD_NOT_SET:
      break;
  }
  violations->Add(path.Field("record"), reason::kFieldRequired,
                  "is required: a record of a kind that this server knows");
  return {};
}

void AddUnknownGroup(RecordOrigin origin, ViolationList* violations) {
  constexpr char kDescription[] = "no agent group with this id is stored";
  const FieldPath root = FieldPath::Root();
  if (origin.sequence == 0) {
    violations->Add(root.Element("costs", origin.index).Field("group_id"), reason::kGroupUnknown,
                    kDescription);
  } else {
    violations->Add(root.Element("records", origin.index).Field("cost").Field("group_id"),
                    reason::kGroupUnknown, kDescription);
  }
}

// Takes the costs at `indexes`, ascending, out of the records.
void RejectCosts(const std::vector<size_t>& indexes, CheckedRecords* records,
                 RejectionList* rejections) {
  std::vector<storage::CostRecord>& costs = records->batch.costs;
  size_t kept = 0;
  size_t next = 0;
  for (size_t i = 0; i < costs.size(); ++i) {
    const RecordOrigin origin = records->cost_origins[i];
    if (next < indexes.size() && indexes[next] == i) {
      ++next;
      ViolationList violations;
      AddUnknownGroup(origin, &violations);
      rejections->Add(origin.index, origin.sequence, costs[i].cost_id, violations);
      continue;
    }
    if (kept != i) costs[kept] = std::move(costs[i]);
    records->cost_origins[kept++] = origin;
  }
  costs.resize(kept);
  records->cost_origins.resize(kept);
  rejections->Sort();
}

}  // namespace

absl::Status ReadRecords(const v1::IngestInteractionsRequest& request, RejectionList* rejections,
                         CheckedRecords* records) {
  return ReadBatch(kInteraction, "interactions", request.interactions(), request.allow_partial(),
                   rejections, records);
}

absl::Status ReadRecords(const v1::IngestSurveyResponsesRequest& request, RejectionList* rejections,
                         CheckedRecords* records) {
  return ReadBatch(kSurvey, "survey_responses", request.survey_responses(), request.allow_partial(),
                   rejections, records);
}

absl::Status ReadRecords(const v1::IngestQualityEvaluationsRequest& request,
                         RejectionList* rejections, CheckedRecords* records) {
  return ReadBatch(kQualityEvaluation, "quality_evaluations", request.quality_evaluations(),
                   request.allow_partial(), rejections, records);
}

absl::Status ReadRecords(const v1::IngestAgentActivitiesRequest& request, RejectionList* rejections,
                         CheckedRecords* records) {
  return ReadBatch(kAgentActivity, "agent_activities", request.agent_activities(),
                   request.allow_partial(), rejections, records);
}

absl::Status ReadRecords(const v1::IngestScheduledActivitiesRequest& request,
                         RejectionList* rejections, CheckedRecords* records) {
  return ReadBatch(kScheduledActivity, "scheduled_activities", request.scheduled_activities(),
                   request.allow_partial(), rejections, records);
}

absl::Status ReadRecords(const v1::IngestTicketsRequest& request, RejectionList* rejections,
                         CheckedRecords* records) {
  return ReadBatch(kTicket, "tickets", request.tickets(), request.allow_partial(), rejections,
                   records);
}

absl::Status ReadRecords(const v1::IngestCostsRequest& request, RejectionList* rejections,
                         CheckedRecords* records) {
  return ReadBatch(kCost, "costs", request.costs(), request.allow_partial(), rejections, records);
}

absl::Status ReadRecords(const v1::UpsertTargetsRequest& request, RejectionList* rejections,
                         CheckedRecords* records) {
  return ReadBatch(kTarget, "targets", request.targets(), request.allow_partial(), rejections,
                   records);
}

absl::Status ReadRecords(const v1::StreamRecordsRequest& request, RejectionList* rejections,
                         CheckedRecords* records) {
  const FieldPath root = FieldPath::Root();
  ViolationList violations;
  if (request.records_size() > kBatchItemsMax) {
    violations.Add(root.Field("records"), reason::kTooManyItems,
                   JoinText("has ", request.records_size(), " items; at most ", kBatchItemsMax,
                            " are allowed"));
    return violations.ToStatus();
  }
  for (int i = 0; i < request.records_size(); ++i) {
    const std::string_view id = ReadStreamRecord(request.records(i), root.Element("records", i),
                                                 &violations, {i, request.sequence()}, records);
    if (violations.empty()) continue;
    rejections->Add(i, request.sequence(), id, violations);
    violations.clear();
  }
  return absl::OkStatus();
}

absl::StatusOr<storage::IngestOutcome> StoreRecords(const StoreTransaction& store,
                                                    CheckedRecords* records,
                                                    RejectionList* rejections) {
  // Ends: each turn but the last leaves out at least one cost.
  while (records->batch.size() > 0) {
    auto outcome = store(records->batch);
    if (!outcome.ok() || outcome->costs_of_unknown_group.empty()) return outcome;
    if (!records->partial) {
      ViolationList violations;
      for (const size_t index : outcome->costs_of_unknown_group) {
        AddUnknownGroup(records->cost_origins[index], &violations);
      }
      return violations.ToStatus();
    }
    RejectCosts(outcome->costs_of_unknown_group, records, rejections);
  }
  return storage::IngestOutcome{};
}

void SetIngestCounts(const storage::IngestOutcome& outcome, int64_t rejected,
                     v1::IngestCounts* counts) {
  counts->set_inserted_count(outcome.inserted);
  counts->set_updated_count(outcome.updated);
  counts->set_unchanged_count(outcome.unchanged);
  counts->set_rejected_count(rejected);
}

}  // namespace kpid::server
