#include "server/query_service.h"

#include <chrono>
#include <memory>

#include "metrics/error_reason.h"
#include "metrics/evaluate.h"
#include "server/dimension.h"
#include "server/join_text.h"
#include "server/query_request.h"
#include "server/query_response.h"
#include "server/reasons.h"
#include "server/time_conversion.h"

namespace kpid::server {
namespace {

constexpr Method kListKpis = {"kpid.v1.QueryService/ListKpis", CallClass::kQuery};
constexpr Method kQueryKpis = {"kpid.v1.QueryService/QueryKpis", CallClass::kQuery};

}  // namespace

absl::Status QueryService::List(Call& call, const v1::ListKpisRequest& request,
                                v1::ListKpisResponse* response) {
  ViolationList violations;
  ListCatalogue(request, &violations, response);
  if (!violations.empty()) return violations.ToStatus();
  call.Count("kpis", response->kpis_size());
  return absl::OkStatus();
}

absl::Status QueryService::Query(Call& call, const v1::QueryKpisRequest& request,
                                 v1::QueryKpisResponse* response) {
  const Clock::TimePoint start = clock_->Now();
  ViolationList violations;
  const Question question = ReadQueryKpis(request, &violations);
  if (!violations.empty()) return violations.ToStatus();
  SetQuestion(question, response);
  const metrics::Query& query = question.query;
  call.Count("kpis", static_cast<int64_t>(query.kpis.size()));
  call.Count("buckets", static_cast<int64_t>(query.buckets.size()));

  const bool needs_snapshot =
      !request.validate_only() || NamesGroupTypes(query.group_by, query.filters);
  if (!needs_snapshot) return absl::OkStatus();
  const metrics::FactDemand demand =
      request.validate_only() ? metrics::FactDemand{} : metrics::DemandOf(query);
  const auto snapshot = facts_->Snapshot(demand, call.limits());
  if (!snapshot.ok()) return snapshot.status();
  CheckGroupTypes(query.group_by, query.filters, (*snapshot)->roster(), FieldPath::Root(),
                  &violations);
  if (!violations.empty()) return violations.ToStatus();
  if (request.validate_only()) return absl::OkStatus();

  metrics::EvaluateOptions options;
  options.threads_max = options_.threads_max;
  options.now = clock_->WallNow();
  options.limits = call.limits();
  const auto result = metrics::Evaluate(query, **snapshot, options);
  if (!result.ok()) return result.status();
  if (const int64_t bytes = LeastResultBytes(query, *result); bytes > options_.send_bytes_max) {
    return metrics::ErrorWithReason(
        absl::StatusCode::kResourceExhausted,
        JoinText("the answer would have more than send_bytes_max = ", options_.send_bytes_max,
                 " bytes: ask for less"),
        {reason::kResultTooLarge, {{"limit", JoinText(options_.send_bytes_max)}}});
  }
  SetResult(query, *result, response);
  SetDuration(std::chrono::duration_cast<metrics::Duration>(clock_->Now() - start),
              response->mutable_compute_duration());
  call.Count("slices", static_cast<int64_t>(result->slices.size()));
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

grpc::Status QueryService::StreamedQueryKpis(
    grpc::ServerContext* context,
    grpc::ServerUnaryStreamer<v1::QueryKpisRequest, v1::QueryKpisResponse>* streamer) {
  return guard_->RunUnary(
      context, streamer, kQueryKpis,
      [this](Call& call, const v1::QueryKpisRequest& request, v1::QueryKpisResponse* response) {
        return Query(call, request, response);
      });
}

}  // namespace kpid::server
