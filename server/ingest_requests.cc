#include "server/ingest_requests.h"

#include <string>
#include <string_view>
#include <vector>

#include "server/agent_activity.h"
#include "server/cost.h"
#include "server/field_checks.h"
#include "server/interaction.h"
#include "server/join_text.h"
#include "server/quality_evaluation.h"
#include "server/reasons.h"
#include "server/survey_response.h"
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

template <typename Message, typename Record>
absl::Status ReadBatch(const RecordKind<Message, Record>& kind, std::string_view list,
                       const google::protobuf::RepeatedPtrField<Message>& items, bool allow_partial,
                       RejectionList* rejections, Batch* batch) {
  const FieldPath root = FieldPath::Root();
  ViolationList violations;
  if (!CheckBatchSize(root.Field(list), items.size(), &violations)) return violations.ToStatus();
  (batch->*kind.records).reserve(static_cast<size_t>(items.size()));
  for (int i = 0; i < items.size(); ++i) {
    const int64_t found_before = violations.found();
    kind.validate(items[i], root.Element(list, i), &violations);
    if (violations.found() == found_before) {
      // Without allow_partial nothing is stored after the first violation.
      if (violations.empty()) (batch->*kind.records).push_back(kind.convert(items[i]));
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
                         const FieldPath& path, ViolationList* violations, Batch* batch) {
  kind.validate(message, path, violations);
  if (violations->empty()) (batch->*kind.records).push_back(kind.convert(message));
  return (message.*kind.id)();
}

std::string_view ReadStreamRecord(const v1::StreamRecord& record, const FieldPath& path,
                                  ViolationList* violations, Batch* batch) {
  const auto read = [&](const auto& kind, const auto& message, std::string_view field) {
    return ReadOne(kind, message, path.Field(field), violations, batch);
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
    case v1::StreamRecord::RECORD_NOT_SET:
      break;
  }
  violations->Add(path.Field("record"), reason::kFieldRequired,
                  "is required: a record of a kind that this server knows");
  return {};
}

}  // namespace

absl::Status ReadRecords(const v1::IngestInteractionsRequest& request, RejectionList* rejections,
                         storage::RecordBatch* batch) {
  return ReadBatch(kInteraction, "interactions", request.interactions(), request.allow_partial(),
                   rejections, batch);
}

absl::Status ReadRecords(const v1::IngestSurveyResponsesRequest& request, RejectionList* rejections,
                         storage::RecordBatch* batch) {
  return ReadBatch(kSurvey, "survey_responses", request.survey_responses(), request.allow_partial(),
                   rejections, batch);
}

absl::Status ReadRecords(const v1::IngestQualityEvaluationsRequest& request,
                         RejectionList* rejections, storage::RecordBatch* batch) {
  return ReadBatch(kQualityEvaluation, "quality_evaluations", request.quality_evaluations(),
                   request.allow_partial(), rejections, batch);
}

absl::Status ReadRecords(const v1::IngestAgentActivitiesRequest& request, RejectionList* rejections,
                         storage::RecordBatch* batch) {
  return ReadBatch(kAgentActivity, "agent_activities", request.agent_activities(),
                   request.allow_partial(), rejections, batch);
}

absl::Status ReadRecords(const v1::IngestScheduledActivitiesRequest& request,
                         RejectionList* rejections, storage::RecordBatch* batch) {
  return ReadBatch(kScheduledActivity, "scheduled_activities", request.scheduled_activities(),
                   request.allow_partial(), rejections, batch);
}

absl::Status ReadRecords(const v1::IngestTicketsRequest& request, RejectionList* rejections,
                         storage::RecordBatch* batch) {
  return ReadBatch(kTicket, "tickets", request.tickets(), request.allow_partial(), rejections,
                   batch);
}

absl::Status ReadRecords(const v1::IngestCostsRequest& request, RejectionList* rejections,
                         storage::RecordBatch* batch) {
  return ReadBatch(kCost, "costs", request.costs(), request.allow_partial(), rejections, batch);
}

absl::Status ReadRecords(const v1::StreamRecordsRequest& request, RejectionList* rejections,
                         storage::RecordBatch* batch) {
  const FieldPath root = FieldPath::Root();
  ViolationList violations;
  if (request.records_size() > kBatchItemsMax) {
    violations.Add(root.Field("records"), reason::kTooManyItems,
                   JoinText("has ", request.records_size(), " items; at most ", kBatchItemsMax,
                            " are allowed"));
    return violations.ToStatus();
  }
  for (int i = 0; i < request.records_size(); ++i) {
    const std::string_view id =
        ReadStreamRecord(request.records(i), root.Element("records", i), &violations, batch);
    if (violations.empty()) continue;
    rejections->Add(i, request.sequence(), id, violations);
    violations.clear();
  }
  return absl::OkStatus();
}

void SetIngestCounts(const storage::IngestOutcome& outcome, int64_t rejected,
                     v1::IngestCounts* counts) {
  counts->set_inserted_count(outcome.inserted);
  counts->set_updated_count(outcome.updated);
  counts->set_unchanged_count(outcome.unchanged);
  counts->set_rejected_count(rejected);
}

}  // namespace kpid::server
