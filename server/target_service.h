// kpid.v1.TargetService.
#pragma once

#include "absl/status/status.h"
#include "kpid/v1/target_service.grpc.pb.h"
#include "server/call_guard.h"
#include "server/ingest_call.h"
#include "storage/target_store.h"

namespace kpid::server {

using TargetServiceBase = v1::TargetService::WithStreamedUnaryMethod_UpsertTargets<
    v1::TargetService::WithStreamedUnaryMethod_ListTargets<
        v1::TargetService::WithStreamedUnaryMethod_UpsertScorecards<
            v1::TargetService::WithStreamedUnaryMethod_ListScorecards<
                v1::TargetService::Service>>>>;

// Safe for concurrent use. Targets compete with records for admission, the rest with the roster.
class TargetService final : public TargetServiceBase {
 public:
  template <typename Request, typename Response>
  using UnaryStreamer = grpc::ServerUnaryStreamer<Request, Response>;

  // `store_batch` is that of IngestService. Both others must outlive this.
  TargetService(StoreBatch store_batch, storage::TargetStore* store, CallGuard* guard);

  // What the methods beside UpsertTargets do, inside the guard.
  absl::Status List(Call& call, const v1::ListTargetsRequest& request,
                    v1::ListTargetsResponse* response);
  absl::Status Upsert(Call& call, const v1::UpsertScorecardsRequest& request,
                      v1::UpsertScorecardsResponse* response);
  absl::Status List(Call& call, const v1::ListScorecardsRequest& request,
                    v1::ListScorecardsResponse* response);

  grpc::Status StreamedUpsertTargets(
      grpc::ServerContext* context,
      UnaryStreamer<v1::UpsertTargetsRequest, v1::UpsertTargetsResponse>* streamer) override;
  grpc::Status StreamedListTargets(
      grpc::ServerContext* context,
      UnaryStreamer<v1::ListTargetsRequest, v1::ListTargetsResponse>* streamer) override;
  grpc::Status StreamedUpsertScorecards(
      grpc::ServerContext* context,
      UnaryStreamer<v1::UpsertScorecardsRequest, v1::UpsertScorecardsResponse>* streamer) override;
  grpc::Status StreamedListScorecards(
      grpc::ServerContext* context,
      UnaryStreamer<v1::ListScorecardsRequest, v1::ListScorecardsResponse>* streamer) override;

 private:
  const StoreBatch store_batch_;
  storage::TargetStore* const store_;
  CallGuard* const guard_;
};

}  // namespace kpid::server
