#include "server/ingest_requests.h"

#include "server/field_checks.h"
#include "server/interaction.h"
#include "server/join_text.h"
#include "server/reasons.h"
#include "server/survey_response.h"

namespace kpid::server {
namespace {

// What differs between the kinds of records.
struct InteractionKind {
  static constexpr std::string_view kList = "interactions";
  static void Validate(const v1::Interaction& message, const FieldPath& path,
                       ViolationList* violations) {
    ValidateInteraction(message, path, violations);
  }
  static const std::string& Id(const v1::Interaction& message) { return message.interaction_id(); }
  static void Add(const v1::Interaction& message, storage::RecordBatch* batch) {
    batch->interactions.push_back(ToInteractionRecord(message));
  }
};

struct SurveyKind {
  static constexpr std::string_view kList = "survey_responses";
  static void Validate(const v1::SurveyResponse& message, const FieldPath& path,
                       ViolationList* violations) {
    ValidateSurveyResponse(message, path, violations);
  }
  static const std::string& Id(const v1::SurveyResponse& message) { return message.response_id(); }
  static void Add(const v1::SurveyResponse& message, storage::RecordBatch* batch) {
    batch->surveys.push_back(ToSurveyRecord(message));
  }
};

template <typename Kind, typename Items>
absl::Status ReadBatch(const Items& items, bool allow_partial, RejectionList* rejections,
                       storage::RecordBatch* batch) {
  const FieldPath root = FieldPath::Root();
  ViolationList violations;
  if (!CheckBatchSize(root.Field(Kind::kList), items.size(), &violations)) {
    return violations.ToStatus();
  }
  for (int i = 0; i < items.size(); ++i) {
    const int64_t found_before = violations.found();
    Kind::Validate(items[i], root.Element(Kind::kList, i), &violations);
    if (violations.found() == found_before) {
      // Without allow_partial nothing is stored after the first violation.
      if (violations.empty()) Kind::Add(items[i], batch);
    } else if (allow_partial) {
      rejections->Add(i, /*sequence=*/0, Kind::Id(items[i]), violations);
      violations.clear();
    }
  }
  return violations.empty() ? absl::OkStatus() : violations.ToStatus();
}

}  // namespace

absl::Status ReadRecords(const v1::IngestInteractionsRequest& request, RejectionList* rejections,
                         storage::RecordBatch* batch) {
  batch->interactions.reserve(std::min(request.interactions_size(), kBatchItemsMax));
  return ReadBatch<InteractionKind>(request.interactions(), request.allow_partial(), rejections,
                                    batch);
}

absl::Status ReadRecords(const v1::IngestSurveyResponsesRequest& request, RejectionList* rejections,
                         storage::RecordBatch* batch) {
  batch->surveys.reserve(std::min(request.survey_responses_size(), kBatchItemsMax));
  return ReadBatch<SurveyKind>(request.survey_responses(), request.allow_partial(), rejections,
                               batch);
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
    const v1::StreamRecord& record = request.records(i);
    const FieldPath path = root.Element("records", i);
    std::string_view id;
    switch (record.record_case()) {
      case v1::StreamRecord::kInteraction:
        ValidateInteraction(record.interaction(), path.Field("interaction"), &violations);
        id = record.interaction().interaction_id();
        if (violations.empty()) InteractionKind::Add(record.interaction(), batch);
        break;
      case v1::StreamRecord::kSurveyResponse:
        ValidateSurveyResponse(record.survey_response(), path.Field("survey_response"),
                               &violations);
        id = record.survey_response().response_id();
        if (violations.empty()) SurveyKind::Add(record.survey_response(), batch);
        break;
      case v1::StreamRecord::RECORD_NOT_SET:
        violations.Add(path.Field("record"), reason::kFieldRequired,
                       "is required: an interaction or a survey_response");
        break;
    }
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
