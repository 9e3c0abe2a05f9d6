// kpid.v1.QueryService.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "kpid/v1/query_service.grpc.pb.h"
#include "metrics/fact_source.h"
#include "server/call_guard.h"
#include "server/clock.h"

namespace kpid::server {

using QueryServiceBase = v1::QueryService::WithStreamedUnaryMethod_ListKpis<
    v1::QueryService::WithStreamedUnaryMethod_QueryKpis<v1::QueryService::Service>>;

struct QueryServiceOptions {
  // Most threads that one query computes on.
  int threads_max = 1;

  // Largest answer, in bytes; as CallGuardOptions::send_bytes_max.
  int64_t send_bytes_max = 64 << 20;
};

// Safe for concurrent use.
class QueryService final : public QueryServiceBase {
 public:
  // All must outlive this.
  QueryService(QueryServiceOptions options, metrics::FactSource* facts, Clock* clock,
               CallGuard* guard)
      : options_(options), facts_(facts), clock_(clock), guard_(guard) {}

  // What the methods do, inside the guard.
  absl::Status List(Call& call, const v1::ListKpisRequest& request, v1::ListKpisResponse* response);
  absl::Status Query(Call& call, const v1::QueryKpisRequest& request,
                     v1::QueryKpisResponse* response);

  grpc::Status StreamedListKpis(
      grpc::ServerContext* context,
      grpc::ServerUnaryStreamer<v1::ListKpisRequest, v1::ListKpisResponse>* streamer) override;
  grpc::Status StreamedQueryKpis(
      grpc::ServerContext* context,
      grpc::ServerUnaryStreamer<v1::QueryKpisRequest, v1::QueryKpisResponse>* streamer) override;

 private:
  const QueryServiceOptions options_;
  metrics::FactSource* const facts_;
  Clock* const clock_;
  CallGuard* const guard_;
};

}  // namespace kpid::server
