#include "server/query_service.h"

#include <chrono>

#include "metrics/scorecard.h"
#include "server/admitted_facts.h"
#include "server/catalogue_list.h"
#include "server/checked_facts.h"
#include "server/comment_request.h"
#include "server/dimension.h"
#include "server/explain_request.h"
#include "server/explain_response.h"
#include "server/query_answer.h"
#include "server/query_request.h"
#include "server/query_response.h"
#include "server/scorecard.h"
#include "server/scorecard_definition.h"
#include "server/time_conversion.h"
#include "storage/target_store.h"

namespace kpid::server {
namespace {

constexpr Method kListKpis = {"kpid.v1.QueryService/ListKpis", CallClass::kQuery};
constexpr Method kQueryKpis = {"kpid.v1.QueryService/QueryKpis", CallClass::kQuery};
constexpr Method kGetScorecard = {"kpid.v1.QueryService/GetScorecard", CallClass::kQuery};
constexpr Method kExplainKpi = {"kpid.v1.QueryService/ExplainKpi", CallClass::kQuery};
constexpr Method kListSurveyComments = {"kpid.v1.QueryService/ListSurveyComments",
                                        CallClass::kQuery};

void SetResidentFacts(const ResidentReport& report, v1::ResidentFacts* message) {
  if (report.start) SetTimestamp(*report.start, message->mutable_start_time());
  message->set_loading(report.loading);
  message->set_fact_count(report.size.facts);
  message->set_interaction_count(report.size.interactions);
  message->set_memory_bytes(report.size.memory_bytes);
  message->set_interaction_memory_bytes(report.size.interaction_bytes);
  if (report.lag) SetDuration(*report.lag, message->mutable_lag());
}

}  // namespace

RecordSearch SearchIn(storage::RecordNames* names, storage::SurveyComments* comments) {
  return {[names](std::span<const metrics::ExplainedRecord> records,
                  const metrics::CallLimits& limits) { return names->Find(records, limits); },
          [comments](const storage::CommentQuery& query, const metrics::CallLimits& limits) {
            return comments->List(query, limits);
          }};
}

QueryService::QueryService(QueryServiceOptions options, metrics::FactSource* facts,
                           FindScorecard find_scorecard, RecordSearch search, Clock* clock,
                           CallGuard* guard, const ResidentStore* resident, KpiWatches* watches)
    : options_(options),
      facts_(facts),
      find_scorecard_(std::move(find_scorecard)),
      search_(std::move(search)),
      clock_(clock),
      guard_(guard),
      resident_(resident),
      watches_(watches) {
  ServeEncodedQueryKpis();
}

void QueryService::ServeEncodedQueryKpis() {
  const int index = v1::QueryKpisRequest::descriptor()
                        ->file()
                        ->FindServiceByName("QueryService")
                        ->FindMethodByName("QueryKpis")
                        ->index();
  MarkMethodStreamed(
      index, new grpc::internal::StreamedUnaryHandler<v1::QueryKpisRequest, EncodedResponse>(
                 [this](grpc::ServerContext* context, EncodedQueryKpis* streamer) {
                   return guard_->RunEncoded(context, streamer, kQueryKpis,
                                             [this](Call& call, const v1::QueryKpisRequest& request,
                                                    EncodedResponse* response) {
                                               return Query(call, request, response);
                                             });
                 }));
}

absl::Status QueryService::List(Call& call, const v1::ListKpisRequest& request,
                                v1::ListKpisResponse* response) {
  ViolationList violations;
  ListCatalogue(request, &violations, response);
  if (!violations.empty()) return violations.ToStatus();
  if (resident_ != nullptr) {
    SetResidentFacts(resident_->Report(), response->mutable_resident_facts());
  }
  call.Count("kpis", response->kpis_size());
  return absl::OkStatus();
}

absl::Status QueryService::Query(Call& call, const v1::QueryKpisRequest& request,
                                 EncodedResponse* response) {
  const Clock::TimePoint start = clock_->Now();
  ViolationList violations;
  const Question question = ReadQueryKpis(request, &violations);
  if (!violations.empty()) return violations.ToStatus();
  v1::QueryKpisResponse resolved;
  SetQuestion(question, &resolved);
  if (absl::Status status = response->Append(resolved); !status.ok()) return status;
  const metrics::Query& query = question.query();
  call.Count("kpis", static_cast<int64_t>(query.kpis.size()));
  call.Count("buckets", static_cast<int64_t>(query.buckets.size()));

  if (request.validate_only()) {
    if (!NamesGroupTypes(query.group_by, query.filters)) return absl::OkStatus();
    return CheckedFacts(query, facts_).Snapshot({}, call.limits()).status();
  }
  metrics::EvaluateOptions options;
  options.threads_max = options_.threads_max;
  options.now = clock_->WallNow();
  options.limits = call.limits();
  AdmittedFacts admitted(facts_, guard_, call);
  const auto answered =
      AnswerQuestion(request, question, &admitted, options, FieldPath::Root(), response);
  if (!answered.ok()) return answered.status();
  call.Count("slices", answered->slice_count);
  v1::QueryKpisResponse end;
  SetTimestamp(answered->data_watermark, end.mutable_data_watermark());
  SetDuration(std::chrono::duration_cast<metrics::Duration>(clock_->Now() - start),
              end.mutable_compute_duration());
  return response->Append(end);
}

absl::Status QueryService::Score(Call& call, const v1::GetScorecardRequest& request,
                                 v1::GetScorecardResponse* response) {
  const Clock::TimePoint start = clock_->Now();
  ViolationList violations;
  metrics::ScorecardQuestion question = ReadGetScorecard(request, &violations);
  if (!violations.empty()) return violations.ToStatus();
  const std::string id = ScorecardIdOf(request);
  auto record = find_scorecard_(id, call.limits());
  if (!record.ok()) return record.status();
  if (!*record && id == metrics::kBalancedScorecardId) *record = BalancedScorecardRecord();
  if (!*record) return UnknownScorecard(id);
  auto definition = storage::ToScorecardDefinition(**record);
  if (!definition.ok()) return definition.status();
  question.definition = *std::move(definition);
  call.Count("kpis", static_cast<int64_t>(question.definition.entries.size()));

  metrics::EvaluateOptions options;
  options.threads_max = options_.threads_max;
  options.now = clock_->WallNow();
  options.limits = call.limits();
  AdmittedFacts facts(facts_, guard_, call);
  const auto result = metrics::Score(question, &facts, options);
  if (!result.ok()) return ScoreError(result.status());
  SetScorecardResult(**record, question, *result, response);
  SetDuration(std::chrono::duration_cast<metrics::Duration>(clock_->Now() - start),
              response->mutable_compute_duration());
  call.Count("warnings", static_cast<int64_t>(result->warnings.size()));
  return absl::OkStatus();
}

absl::Status QueryService::Explain(Call& call, const v1::ExplainKpiRequest& request,
                                   v1::ExplainKpiResponse* response) {
  ViolationList violations;
  const metrics::ExplainQuestion question = ReadExplainKpi(request, &violations);
  if (!violations.empty()) return violations.ToStatus();
  AdmittedFacts admitted(facts_, guard_, call);
  CheckedFacts facts(question.query, &admitted);
  metrics::EvaluateOptions options;
  options.threads_max = options_.threads_max;
  options.now = clock_->WallNow();
  options.limits = call.limits();
  const auto explanation = metrics::Explain(question, &facts, options);
  if (!explanation.ok()) return explanation.status();
  const auto ids = search_.find_ids(explanation->records, call.limits());
  if (!ids.ok()) return ids.status();
  SetExplanation(question, *explanation, *ids, response);
  if (explanation->more) {
    response->set_next_page_token(MakeExplainToken(request, explanation->records.back().position));
  }
  call.Count("records", response->records_size());
  return absl::OkStatus();
}

absl::Status QueryService::ListComments(Call& call, const v1::ListSurveyCommentsRequest& request,
                                        v1::ListSurveyCommentsResponse* response) {
  ViolationList violations;
  CommentRequest checked = ReadListSurveyComments(request, &violations);
  if (!violations.empty()) return violations.ToStatus();
  if (!checked.filters.empty()) {
    metrics::Query names;
    names.filters = checked.filters;
    const auto snapshot = CheckedFacts(names, facts_).Snapshot({}, call.limits());
    if (!snapshot.ok()) return snapshot.status();
    AddFilters(checked.filters, *snapshot, &checked.query);
  }
  const auto page = search_.list_comments(checked.query, call.limits());
  if (!page.ok()) return page.status();
  SetComments(request, *page, response);
  call.Count("comments", response->comments_size());
  return absl::OkStatus();
}

grpc::Status QueryService::StreamedListKpis(
    grpc::ServerContext* context,
    grpc::ServerUnaryStreamer<v1::ListKpisRequest, v1::ListKpisResponse>* streamer) {
  return guard_->RunUnary(
      context, streamer, kListKpis,
      [this](Call& call, const v1::ListKpisRequest& request, v1::ListKpisResponse* response) {
        return List(call, request, response);
      });
}

grpc::Status QueryService::StreamedGetScorecard(
    grpc::ServerContext* context,
    grpc::ServerUnaryStreamer<v1::GetScorecardRequest, v1::GetScorecardResponse>* streamer) {
  return guard_->RunUnary(
      context, streamer, kGetScorecard,
      [this](Call& call, const v1::GetScorecardRequest& request,
             v1::GetScorecardResponse* response) { return Score(call, request, response); });
}

grpc::Status QueryService::StreamedExplainKpi(
    grpc::ServerContext* context,
    grpc::ServerUnaryStreamer<v1::ExplainKpiRequest, v1::ExplainKpiResponse>* streamer) {
  return guard_->RunUnary(
      context, streamer, kExplainKpi,
      [this](Call& call, const v1::ExplainKpiRequest& request, v1::ExplainKpiResponse* response) {
        return Explain(call, request, response);
      });
}

grpc::Status QueryService::StreamedListSurveyComments(
    grpc::ServerContext* context,
    grpc::ServerUnaryStreamer<v1::ListSurveyCommentsRequest, v1::ListSurveyCommentsResponse>*
        streamer) {
  return guard_->RunUnary(context, streamer, kListSurveyComments,
                          [this](Call& call, const v1::ListSurveyCommentsRequest& request,
                                 v1::ListSurveyCommentsResponse* response) {
                            return ListComments(call, request, response);
                          });
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* QueryService::WatchKpis(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  if (watches_ == nullptr) return QueryServiceBase::WatchKpis(context, request);
  return watches_->Watch(context, *request);
}

}  // namespace kpid::server
