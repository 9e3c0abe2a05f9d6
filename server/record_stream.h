// The work of one StreamRecords call, apart from gRPC's machinery: a bounded queue of messages
// in, transactions, acknowledgements out.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/arena.h"
#include "grpcpp/support/byte_buffer.h"
#include "kpid/v1/ingest_service.pb.h"
#include "server/ingest_requests.h"
#include "server/rejected_record.h"
#include "storage/record_store.h"

namespace kpid::server {

// Bounds of one stream.
struct RecordStreamLimits {
  // Messages and bytes that wait for their transaction; then nothing more is read from the
  // client. One message is always taken, whatever its size. Together with `streams` of the
  // configuration this bounds memory.
  size_t queued_messages_max = 256;
  size_t queued_bytes_max = 4 << 20;

  // A transaction takes no further message once it has this many records: larger ones gain
  // nothing, and delay acknowledgements.
  size_t transaction_records_max = 10'000;

  // Nor once it has this many rejected records: acknowledgements list them, and clients take
  // 4 MiB by default.
  int rejected_records_max = 1'000;
};

// Figures for the log line.
struct RecordStreamTotals {
  int64_t messages = 0;
  int64_t transactions = 0;
  int64_t rejected = 0;
  storage::IngestOutcome outcome;
};

// One thread runs Run; any other may call the rest.
class RecordStream {
 public:
  // Commits one transaction; OK means on disk.
  using Commit = StoreTransaction;
  // Sends an acknowledgement; false when the client has gone.
  using Send = std::function<bool(const v1::StreamRecordsResponse&)>;
  // Called by Run when there is room again after Offer said that there was none.
  using Resume = std::function<void()>;

  RecordStream(RecordStreamLimits limits, std::string request_id, Commit commit, Send send,
               Resume resume);

  // Takes a message in. Returns whether there is room for another now.
  bool Offer(grpc::ByteBuffer message);

  // The client has said all: what is queued is stored, then Run returns OK.
  void CloseInput();

  // The client has gone: Run returns CANCELLED soon, without storing what is queued.
  void Cancel();

  // The server stops: what is queued is stored, then Run returns UNAVAILABLE, SHUTTING_DOWN.
  void Drain();

  // Stores and acknowledges until the stream ends. OK after CloseInput. INVALID_ARGUMENT for a
  // message that is no StreamRecordsRequest, has too many records, or whose sequence does not
  // increase (reason SEQUENCE_NOT_INCREASING); an error of `commit`. In every case what came
  // before is acknowledged, and nothing is acknowledged that is not committed.
  absl::Status Run();

  // REQUIRES: Run has returned.
  const RecordStreamTotals& totals() const { return totals_; }

 private:
  enum class Input : uint8_t { kOpen, kClosed, kDraining, kCancelled };

  // Messages that one transaction stores.
  struct Group {
    CheckedRecords records;
    v1::StreamRecordsResponse response;
    int64_t messages = 0;
  };

  // Takes the next message; with `wait` until there is one or the input ends. False: none.
  bool Take(bool wait, grpc::ByteBuffer* message);
  // Adds a message to the group; an error ends the stream after the group.
  absl::Status AddMessage(grpc::ByteBuffer message, RejectionList* rejections, Group* group);
  absl::Status Finish(Group* group, RejectionList* rejections);
  absl::Status EndOfInput();

  const RecordStreamLimits limits_;
  const std::string request_id_;
  const Commit commit_;
  const Send send_;
  const Resume resume_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<grpc::ByteBuffer> queue_;
  size_t queued_bytes_ = 0;
  bool paused_ = false;  // Offer said that there is no room.
  Input input_ = Input::kOpen;

  // Run's own.
  google::protobuf::Arena arena_;
  int64_t last_sequence_ = 0;
  RecordStreamTotals totals_;
};

}  // namespace kpid::server
