// kpid.v1.IngestService.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string_view>
#include <unordered_set>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kpid/v1/ingest_service.grpc.pb.h"
#include "server/call_guard.h"
#include "server/ingest_call.h"
#include "server/record_stream.h"

namespace kpid::server {

class StreamReactor;  // server/stream_reactor.h

// Unary methods run on gRPC's threads for blocking handlers; StreamRecords is fed by callbacks,
// and works on a thread of its own, so that it can end with a full error while its client is
// silent.
using IngestServiceBase = v1::IngestService::WithStreamedUnaryMethod_IngestInteractions<
    v1::IngestService::WithStreamedUnaryMethod_IngestSurveyResponses<
        v1::IngestService::WithStreamedUnaryMethod_IngestQualityEvaluations<
            v1::IngestService::WithStreamedUnaryMethod_IngestAgentActivities<
                v1::IngestService::WithStreamedUnaryMethod_IngestScheduledActivities<
                    v1::IngestService::WithStreamedUnaryMethod_IngestTickets<
                        v1::IngestService::WithStreamedUnaryMethod_IngestCosts<
                            v1::IngestService::WithRawCallbackMethod_StreamRecords<
                                v1::IngestService::Service>>>>>>>>;

// Safe for concurrent use.
class IngestService final : public IngestServiceBase {
 public:
  using StoreBatch = server::StoreBatch;

  template <typename Request, typename Response>
  using UnaryStreamer = grpc::ServerUnaryStreamer<Request, Response>;

  // `guard` must outlive this.
  IngestService(StoreBatch store, CallGuard* guard, RecordStreamLimits stream_limits = {});

  // Waits for the last stream. REQUIRES: the server that it was registered with has shut down.
  ~IngestService() override;

  // Streams end as RecordStream::Drain says, also those that begin later.
  void Drain();

  grpc::Status StreamedIngestInteractions(
      grpc::ServerContext* context,
      UnaryStreamer<v1::IngestInteractionsRequest, v1::IngestInteractionsResponse>* streamer)
      override;
  grpc::Status StreamedIngestSurveyResponses(
      grpc::ServerContext* context,
      UnaryStreamer<v1::IngestSurveyResponsesRequest, v1::IngestSurveyResponsesResponse>* streamer)
      override;
  grpc::Status StreamedIngestQualityEvaluations(
      grpc::ServerContext* context,
      UnaryStreamer<v1::IngestQualityEvaluationsRequest, v1::IngestQualityEvaluationsResponse>*
          streamer) override;
  grpc::Status StreamedIngestAgentActivities(
      grpc::ServerContext* context,
      UnaryStreamer<v1::IngestAgentActivitiesRequest, v1::IngestAgentActivitiesResponse>* streamer)
      override;
  grpc::Status StreamedIngestScheduledActivities(
      grpc::ServerContext* context,
      UnaryStreamer<v1::IngestScheduledActivitiesRequest, v1::IngestScheduledActivitiesResponse>*
          streamer) override;
  grpc::Status StreamedIngestTickets(
      grpc::ServerContext* context,
      UnaryStreamer<v1::IngestTicketsRequest, v1::IngestTicketsResponse>* streamer) override;
  grpc::Status StreamedIngestCosts(
      grpc::ServerContext* context,
      UnaryStreamer<v1::IngestCostsRequest, v1::IngestCostsResponse>* streamer) override;
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StreamRecords(
      grpc::CallbackServerContext* context) override;

 private:
  friend class StreamReactor;

  // What all unary methods do.
  template <typename Request, typename Response>
  grpc::Status Run(grpc::ServerContext* context, UnaryStreamer<Request, Response>* streamer,
                   std::string_view method);
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
