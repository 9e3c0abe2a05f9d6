#include "tests/bench/stream_ingest.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <memory>
#include <semaphore>
#include <thread>

#include "absl/strings/str_cat.h"
#include "kpid/v1/ingest_service.grpc.pb.h"
#include "metrics/time.h"

namespace kpid::bench {
namespace {

// Messages under way: enough that the server never waits for the client.
constexpr int kInFlightMax = 8;

void SetTime(metrics::Instant instant, google::protobuf::Timestamp* out) {
  const int64_t micros = instant.time_since_epoch().count();
  out->set_seconds(micros / 1'000'000);
  out->set_nanos(static_cast<int32_t>(micros % 1'000'000 * 1000));
}

void SetDuration(metrics::Duration duration, google::protobuf::Duration* out) {
  out->set_seconds(duration.count() / 1'000'000);
  out->set_nanos(static_cast<int32_t>(duration.count() % 1'000'000 * 1000));
}

void Fill(const BenchRecord& record, v1::Interaction* out) {
  out->set_interaction_id(record.interaction_id);
  out->set_customer_id(absl::StrCat("customer-", record.customer));
  out->set_queue_id(absl::StrCat("queue-", record.queue));
  if (record.agent != 0) out->set_agent_id(absl::StrCat("agent-", record.agent));
  out->set_channel(static_cast<v1::Channel>(record.channel));
  out->set_direction(v1::DIRECTION_INBOUND);
  out->set_outcome(static_cast<v1::Outcome>(record.outcome));
  SetTime(record.arrive, out->mutable_arrive_time());
  SetTime(record.enqueue, out->mutable_enqueue_time());
  if (record.answer) SetTime(*record.answer, out->mutable_answer_time());
  SetTime(record.end, out->mutable_end_time());
  SetDuration(record.hold, out->mutable_hold_duration());
  SetDuration(record.wrap_up, out->mutable_wrap_up_duration());
}

using Stream = grpc::ClientReaderWriter<v1::StreamRecordsRequest, v1::StreamRecordsResponse>;

// Writes all messages; waits for a place before each.
void WriteAll(Stream* stream, const std::vector<BenchRecord>& records, size_t batch,
              std::counting_semaphore<>* places) {
  int64_t sequence = 0;
  for (size_t first = 0; first < records.size(); first += batch) {
    v1::StreamRecordsRequest request;
    request.set_sequence(++sequence);
    const size_t end = std::min(first + batch, records.size());
    for (size_t index = first; index < end; ++index) {
      Fill(records[index], request.add_records()->mutable_interaction());
    }
    places->acquire();
    if (!stream->Write(request)) break;
  }
  stream->WritesDone();
}

}  // namespace

absl::StatusOr<int64_t> StreamToServer(const std::string& address,
                                       const std::vector<BenchRecord>& records, size_t batch) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // A connection of its own.
  const auto stub = v1::IngestService::NewStub(
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
  grpc::ClientContext context;
  const std::unique_ptr<Stream> stream = stub->StreamRecords(&context);
  std::counting_semaphore<> places(kInFlightMax);
  std::thread writer(WriteAll, stream.get(), std::cref(records), batch, &places);

  v1::StreamRecordsResponse response;
  int64_t acknowledged = 0;
  int64_t inserted = 0;
  while (stream->Read(&response)) {
    inserted += response.counts().inserted_count();
    places.release(response.acknowledged_sequence() - acknowledged);
    acknowledged = response.acknowledged_sequence();
  }
  places.release(kInFlightMax);  // A broken stream: the writer sees it at its next message.
  writer.join();
  const grpc::Status status = stream->Finish();
  if (!status.ok()) return absl::UnavailableError(status.error_message());
  return inserted;
}

}  // namespace kpid::bench
