// kpid.v1.QueryService.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kpid/v1/query_service.grpc.pb.h"
#include "metrics/explanation.h"
#include "metrics/fact_source.h"
#include "server/call_guard.h"
#include "server/clock.h"
#include "server/encoded_response.h"
#include "server/kpi_watches.h"
#include "server/resident_store.h"
#include "storage/record_names.h"
#include "storage/records.h"
#include "storage/survey_comments.h"

namespace kpid::server {

// Unary methods run on gRPC's threads for blocking handlers; QueryKpis, which is not among those
// named here, as well: its response is encoded part by part (encoded_response.h). WatchKpis waits
// long, and is fed by threads of its own (kpi_watches.h).
using QueryServiceBase = v1::QueryService::WithStreamedUnaryMethod_ListKpis<
    v1::QueryService::WithStreamedUnaryMethod_GetScorecard<
        v1::QueryService::WithStreamedUnaryMethod_ExplainKpi<
            v1::QueryService::WithStreamedUnaryMethod_ListSurveyComments<
                v1::QueryService::WithRawCallbackMethod_WatchKpis<v1::QueryService::Service>>>>>;

// The stored definition of an id, as storage::TargetStore::GetScorecard; nullopt: there is none.
using FindScorecard = std::function<absl::StatusOr<std::optional<storage::ScorecardRecord>>(
    const std::string& scorecard_id, const metrics::CallLimits& limits)>;

// What storage finds beside facts.
struct RecordSearch {
  // As storage::RecordNames::Find.
  std::function<absl::StatusOr<std::vector<std::string>>(std::span<const metrics::ExplainedRecord>,
                                                         const metrics::CallLimits&)>
      find_ids;

  // As storage::SurveyComments::List.
  std::function<absl::StatusOr<storage::CommentPage>(const storage::CommentQuery&,
                                                     const metrics::CallLimits&)>
      list_comments;
};

// Both must outlive the search.
RecordSearch SearchIn(storage::RecordNames* names, storage::SurveyComments* comments);

struct QueryServiceOptions {
  // Most threads that one query computes on.
  int threads_max = 1;
};

// Safe for concurrent use.
class QueryService final : public QueryServiceBase {
 public:
  // All must outlive this; `resident` is what ListKpis reports on, null: nothing is held.
  // `watches`: null: WatchKpis is UNIMPLEMENTED.
  QueryService(QueryServiceOptions options, metrics::FactSource* facts,
               FindScorecard find_scorecard, RecordSearch search, Clock* clock, CallGuard* guard,
               const ResidentStore* resident = nullptr, KpiWatches* watches = nullptr);

  // What the methods do, inside the guard.
  absl::Status List(Call& call, const v1::ListKpisRequest& request, v1::ListKpisResponse* response);
  absl::Status Query(Call& call, const v1::QueryKpisRequest& request, EncodedResponse* response);
  absl::Status Score(Call& call, const v1::GetScorecardRequest& request,
                     v1::GetScorecardResponse* response);
  absl::Status Explain(Call& call, const v1::ExplainKpiRequest& request,
                       v1::ExplainKpiResponse* response);
  absl::Status ListComments(Call& call, const v1::ListSurveyCommentsRequest& request,
                            v1::ListSurveyCommentsResponse* response);

  grpc::Status StreamedListKpis(
      grpc::ServerContext* context,
      grpc::ServerUnaryStreamer<v1::ListKpisRequest, v1::ListKpisResponse>* streamer) override;
  grpc::Status StreamedGetScorecard(
      grpc::ServerContext* context,
      grpc::ServerUnaryStreamer<v1::GetScorecardRequest, v1::GetScorecardResponse>* streamer)
      override;

  grpc::Status StreamedExplainKpi(
      grpc::ServerContext* context,
      grpc::ServerUnaryStreamer<v1::ExplainKpiRequest, v1::ExplainKpiResponse>* streamer) override;
  grpc::Status StreamedListSurveyComments(
      grpc::ServerContext* context,
      grpc::ServerUnaryStreamer<v1::ListSurveyCommentsRequest, v1::ListSurveyCommentsResponse>*
          streamer) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchKpis(grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request) override;

 private:
  using EncodedQueryKpis = grpc::ServerUnaryStreamer<v1::QueryKpisRequest, EncodedResponse>;

  // Has gRPC call EncodedQueryKpis for QueryKpis, as generated code does it for the others.
  void ServeEncodedQueryKpis();

  const QueryServiceOptions options_;
  metrics::FactSource* const facts_;
  const FindScorecard find_scorecard_;
  const RecordSearch search_;
  Clock* const clock_;
  CallGuard* const guard_;
  const ResidentStore* const resident_;
  KpiWatches* const watches_;
};

}  // namespace kpid::server
