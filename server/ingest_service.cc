#include "server/ingest_service.h"

#include <utility>

#include "server/stream_reactor.h"

namespace kpid::server {

IngestService::IngestService(StoreBatch store, CallGuard* guard, RecordStreamLimits stream_limits)
    : store_(std::move(store)), guard_(guard), stream_limits_(stream_limits) {}

IngestService::~IngestService() {
  std::unique_lock lock(mutex_);
  stream_ended_.wait(lock, [this] { return streams_.empty(); });
}

template <typename Request, typename Response>
grpc::Status IngestService::Run(grpc::ServerContext* context,
                                UnaryStreamer<Request, Response>* streamer,
                                std::string_view method) {
  return guard_->RunUnary(context, streamer, Method{method, CallClass::kIngest},
                          [this](Call& call, const Request& request, Response* response) {
                            return IngestBatch(store_, call, request, response);
                          });
}

grpc::Status IngestService::StreamedIngestInteractions(
    grpc::ServerContext* context,
    UnaryStreamer<v1::IngestInteractionsRequest, v1::IngestInteractionsResponse>* streamer) {
  return Run(context, streamer, "kpid.v1.IngestService/IngestInteractions");
}

grpc::Status IngestService::StreamedIngestSurveyResponses(
    grpc::ServerContext* context,
    UnaryStreamer<v1::IngestSurveyResponsesRequest, v1::IngestSurveyResponsesResponse>* streamer) {
  return Run(context, streamer, "kpid.v1.IngestService/IngestSurveyResponses");
}

grpc::Status IngestService::StreamedIngestQualityEvaluations(
    grpc::ServerContext* context,
    UnaryStreamer<v1::IngestQualityEvaluationsRequest, v1::IngestQualityEvaluationsResponse>*
        streamer) {
  return Run(context, streamer, "kpid.v1.IngestService/IngestQualityEvaluations");
}

grpc::Status IngestService::StreamedIngestAgentActivities(
    grpc::ServerContext* context,
    UnaryStreamer<v1::IngestAgentActivitiesRequest, v1::IngestAgentActivitiesResponse>* streamer) {
  return Run(context, streamer, "kpid.v1.IngestService/IngestAgentActivities");
}

grpc::Status IngestService::StreamedIngestScheduledActivities(
    grpc::ServerContext* context,
    UnaryStreamer<v1::IngestScheduledActivitiesRequest, v1::IngestScheduledActivitiesResponse>*
        streamer) {
  return Run(context, streamer, "kpid.v1.IngestService/IngestScheduledActivities");
}

grpc::Status IngestService::StreamedIngestTickets(
    grpc::ServerContext* context,
    UnaryStreamer<v1::IngestTicketsRequest, v1::IngestTicketsResponse>* streamer) {
  return Run(context, streamer, "kpid.v1.IngestService/IngestTickets");
}

grpc::Status IngestService::StreamedIngestCosts(
    grpc::ServerContext* context,
    UnaryStreamer<v1::IngestCostsRequest, v1::IngestCostsResponse>* streamer) {
  return Run(context, streamer, "kpid.v1.IngestService/IngestCosts");
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* IngestService::StreamRecords(
    grpc::CallbackServerContext* context) {
  return new StreamReactor(this, context);  // Deletes itself in OnDone.
}

void IngestService::AddStream(StreamReactor* stream) {
  std::lock_guard lock(mutex_);
  streams_.insert(stream);
  if (draining_) stream->Drain();
}

void IngestService::RemoveStream(StreamReactor* stream) {
  std::lock_guard lock(mutex_);
  streams_.erase(stream);
  stream_ended_.notify_all();
}

void IngestService::Drain() {
  std::lock_guard lock(mutex_);
  draining_ = true;
  for (StreamReactor* stream : streams_) stream->Drain();
}

}  // namespace kpid::server
