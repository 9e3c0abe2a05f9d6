// kpid.v1.IngestService.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <unordered_set>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kpid/v1/ingest_service.grpc.pb.h"
#include "server/call_guard.h"
#include "server/record_stream.h"
#include "storage/record_store.h"

namespace kpid::server {

class StreamReactor;  // server/stream_reactor.h

// Unary methods run on gRPC's threads for blocking handlers; StreamRecords is fed by callbacks,
// and works on a thread of its own, so that it can end with a full error while its client is
// silent.
using IngestServiceBase = v1::IngestService::WithStreamedUnaryMethod_IngestInteractions<
    v1::IngestService::WithStreamedUnaryMethod_IngestSurveyResponses<
        v1::IngestService::WithRawCallbackMethod_StreamRecords<v1::IngestService::Service>>>;

// Safe for concurrent use.
class IngestService final : public IngestServiceBase {
 public:
  // Stores a batch: RecordStore::Ingest, or what a test makes of it.
  using StoreBatch = std::function<absl::StatusOr<storage::IngestOutcome>(
      const storage::RecordBatch&, const metrics::CallLimits&)>;

  // `guard` must outlive this.
  IngestService(StoreBatch store, CallGuard* guard, RecordStreamLimits stream_limits = {});

  // Waits for the last stream. REQUIRES: the server that it was registered with has shut down.
  ~IngestService() override;

  // What the methods do, inside the guard.
  absl::Status Ingest(Call& call, const v1::IngestInteractionsRequest& request,
                      v1::IngestInteractionsResponse* response);
  absl::Status Ingest(Call& call, const v1::IngestSurveyResponsesRequest& request,
                      v1::IngestSurveyResponsesResponse* response);

  // Streams end as RecordStream::Drain says, also those that begin later.
  void Drain();

  grpc::Status StreamedIngestInteractions(
      grpc::ServerContext* context,
      grpc::ServerUnaryStreamer<v1::IngestInteractionsRequest, v1::IngestInteractionsResponse>*
          streamer) override;
  grpc::Status StreamedIngestSurveyResponses(
      grpc::ServerContext* context,
      grpc::ServerUnaryStreamer<v1::IngestSurveyResponsesRequest,
                                v1::IngestSurveyResponsesResponse>* streamer) override;
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StreamRecords(
      grpc::CallbackServerContext* context) override;

 private:
  friend class StreamReactor;

  template <typename Request, typename Response>
  absl::Status IngestBatch(Call& call, const Request& request, Response* response);
  void AddStream(StreamReactor* stream);
  void RemoveStream(StreamReactor* stream);

  const StoreBatch store_;
  CallGuard* const guard_;
  const RecordStreamLimits stream_limits_;

  std::mutex mutex_;
  std::condition_variable stream_ended_;
  std::unordered_set<StreamReactor*> streams_;
  bool draining_ = false;
};

}  // namespace kpid::server
