// The work of one StreamRecords call, apart from gRPC's machinery: a bounded queue of messages
// in, transactions, acknowledgements out. While one transaction commits, the messages of the next
// are read and checked.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
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
  // Messages and bytes that wait to be read and checked; then nothing more is taken from the
  // client. One message is always taken, whatever its size. Together with two transactions, one
  // that commits and one that is prepared, and `streams` of the configuration this bounds memory.
  size_t queued_messages_max = 256;
  size_t queued_bytes_max = 4 << 20;

  // How long the memory of a transaction is kept for the next one while no message comes. A busy
  // stream would have the system clear the same pages again and again, an idle one needs none.
  std::chrono::milliseconds memory_kept{1'000};

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

// One thread runs Run, which has one of its own for the transactions; any other may call the rest.
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
  // increase (reason SEQUENCE_NOT_INCREASING); an error of `commit`; RESOURCE_EXHAUSTED (reason
  // OVERLOADED) when no thread can be started. In every case what came before is acknowledged,
  // and nothing is acknowledged that is not committed. Transactions commit one after the other,
  // in the order of their messages; after one that failed none is begun.
  absl::Status Run();

  // REQUIRES: Run has returned.
  const RecordStreamTotals& totals() const { return totals_; }

 private:
  enum class Input : uint8_t { kOpen, kClosed, kDraining, kCancelled };

  // Messages that one transaction stores. Stays where it is: rejections point into the response.
  struct Group {
    explicit Group(const std::string& request_id)
        : rejections(response.mutable_rejected_records(), request_id) {}
    void Clear(const std::string& request_id);

    CheckedRecords records;
    v1::StreamRecordsResponse response;
    RejectionList rejections;
    int64_t messages = 0;
    int64_t last_sequence = 0;
  };

  // On the thread of Run: what it returns, as far as it is not for the transactions to say.
  absl::Status PrepareGroups();
  std::unique_ptr<Group> NewGroup();
  // Whether the group takes another message; it is full, or its transaction can begin: otherwise.
  bool TakesMore(const Group& group);
  // Takes the next message; with `wait` until there is one, the input ends or a transaction has
  // failed. False: none.
  bool Take(bool wait, grpc::ByteBuffer* message);
  // Adds a message to the group; an error ends the stream after the group.
  absl::Status AddMessage(grpc::ByteBuffer message, Group* group);
  // Gives the group to the thread of the transactions, as soon as that has none. Not OK: one
  // failed, or the client has gone; this one is not begun.
  absl::Status HandOver(std::unique_ptr<Group> group);
  absl::Status EndOfInput();

  // On the thread of the transactions: one after the other, until no more come.
  void CommitGroups();
  absl::Status Finish(Group* group);

  const RecordStreamLimits limits_;
  const std::string request_id_;
  const Commit commit_;
  const Send send_;
  const Resume resume_;

  std::mutex mutex_;
  std::condition_variable changed_;      // For the thread of Run.
  std::condition_variable handed_over_;  // For that of the transactions.
  std::deque<grpc::ByteBuffer> queue_;
  size_t queued_bytes_ = 0;
  bool paused_ = false;  // Offer said that there is no room.
  Input input_ = Input::kOpen;

  std::unique_ptr<Group> committing_;  // Null: a transaction can begin.
  std::unique_ptr<Group> spare_;       // Empty, for its memory; or null.
  bool no_more_groups_ = false;
  absl::Status commit_status_;           // Of the last transaction; none follows one that failed.
  std::exception_ptr commit_exception_;  // That it threw; Run throws it on.

  // Run's own.
  google::protobuf::Arena arena_;
  int64_t last_sequence_ = 0;

  // The transactions'.
  RecordStreamTotals totals_;
};

}  // namespace kpid::server
