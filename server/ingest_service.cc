#include "server/ingest_service.h"

#include <utility>

#include "server/ingest_requests.h"
#include "server/rejected_record.h"
#include "server/stream_reactor.h"

namespace kpid::server {
namespace {

constexpr Method kIngestInteractions = {"kpid.v1.IngestService/IngestInteractions",
                                        CallClass::kIngest};
constexpr Method kIngestSurveyResponses = {"kpid.v1.IngestService/IngestSurveyResponses",
                                           CallClass::kIngest};

}  // namespace

IngestService::IngestService(StoreBatch store, CallGuard* guard, RecordStreamLimits stream_limits)
    : store_(std::move(store)), guard_(guard), stream_limits_(stream_limits) {}

IngestService::~IngestService() {
  std::unique_lock lock(mutex_);
  stream_ended_.wait(lock, [this] { return streams_.empty(); });
}

template <typename Request, typename Response>
absl::Status IngestService::IngestBatch(Call& call, const Request& request, Response* response) {
  storage::RecordBatch batch;
  RejectionList rejections(response->mutable_rejected_records(), call.request_id());
  if (absl::Status status = ReadRecords(request, &rejections, &batch); !status.ok()) {
    return status;
  }
  storage::IngestOutcome outcome;
  if (batch.size() > 0) {
    auto stored = store_(batch, call.limits());
    if (!stored.ok()) return stored.status();
    outcome = *stored;
  }
  SetIngestCounts(outcome, rejections.size(), response->mutable_counts());
  call.Count("inserted", outcome.inserted);
  call.Count("updated", outcome.updated);
  call.Count("unchanged", outcome.unchanged);
  call.Count("rejected", rejections.size());
  return absl::OkStatus();
}

absl::Status IngestService::Ingest(Call& call, const v1::IngestInteractionsRequest& request,
                                   v1::IngestInteractionsResponse* response) {
  return IngestBatch(call, request, response);
}

absl::Status IngestService::Ingest(Call& call, const v1::IngestSurveyResponsesRequest& request,
                                   v1::IngestSurveyResponsesResponse* response) {
  return IngestBatch(call, request, response);
}

grpc::Status IngestService::StreamedIngestInteractions(
    grpc::ServerContext* context,
    grpc::ServerUnaryStreamer<v1::IngestInteractionsRequest, v1::IngestInteractionsResponse>*
        streamer) {
  return guard_->RunUnary(
      context, streamer, kIngestInteractions,
      [this](Call& call, const v1::IngestInteractionsRequest& request,
             v1::IngestInteractionsResponse* response) { return Ingest(call, request, response); });
}

grpc::Status IngestService::StreamedIngestSurveyResponses(
    grpc::ServerContext* context,
    grpc::ServerUnaryStreamer<v1::IngestSurveyResponsesRequest, v1::IngestSurveyResponsesResponse>*
        streamer) {
  return guard_->RunUnary(context, streamer, kIngestSurveyResponses,
                          [this](Call& call, const v1::IngestSurveyResponsesRequest& request,
                                 v1::IngestSurveyResponsesResponse* response) {
                            return Ingest(call, request, response);
                          });
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
