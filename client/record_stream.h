// Sends records by IngestService.StreamRecords and sees to it that every one is acknowledged:
// after a broken stream what was not acknowledged is sent again, in order.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "client/record_batch.h"
#include "grpcpp/grpcpp.h"
#include "kpid/v1/ingest_service.grpc.pb.h"

namespace kpid::client {

// Messages on the way and not acknowledged, for each stream: enough to keep the server busy while
// an acknowledgement travels, few enough to bound memory and what is sent again.
inline constexpr size_t kMessagesInFlightMax = 4;

// A message is closed at this size (estimated) whatever its number of records: below the 4 MiB
// that gRPC servers accept unless configured otherwise.
inline constexpr size_t kMessageBytesMax = 2 * 1024 * 1024;

// How a stream that broke is taken up again.
struct RetryPolicy {
  // Tries in a row without any acknowledgement, after which the stream is given up: with the
  // delays below about two minutes, longer than a server takes to restart and recover.
  int tries_max = 60;
  std::chrono::milliseconds delay_first{100};  // Doubles with each try ...
  std::chrono::milliseconds delay_max{4'000};  // ... up to here; drawn from its upper half.

  // No acknowledgement for so long while some are due: the stream is broken off and tried again.
  std::chrono::milliseconds silence_max{60'000};

  std::function<void(std::chrono::milliseconds)> sleep;  // Default: waits.
  std::function<double()> random;                        // In [0, 1). Default: is random.
};

// How long to wait before try number `tries` (1 is the first repetition), `asked` being what the
// server asked for (RetryInfo), 0 when nothing.
std::chrono::milliseconds RetryDelay(const RetryPolicy& policy, int tries,
                                     std::chrono::milliseconds asked);

// Whether a stream that ended so is worth another try. Errors that kpid names itself are judged
// by their code; others come from the network, a proxy or a dying server.
bool IsWorthRetrying(const grpc::Status& status);

// Told what becomes of the records; from several threads.
class RecordStreamObserver {
 public:
  virtual ~RecordStreamObserver() = default;

  // A batch was committed. Its rejected records were given before by OnRejected.
  virtual void OnAcknowledged(const RecordBatch& batch) = 0;
  virtual void OnRejected(const RecordBatch& batch, const v1::RejectedRecord& rejected) = 0;
  virtual void OnCounts(const v1::IngestCounts& counts) = 0;

  // The stream broke and will be tried again; `records` will be sent again.
  virtual void OnRetry(const grpc::Status& status, int tries, std::chrono::milliseconds delay,
                       int64_t records) = 0;
};

// One stream. Send and Finish are for one thread.
class RecordStream {
 public:
  // REQUIRES: observer outlives the stream.
  RecordStream(std::shared_ptr<grpc::Channel> channel, RetryPolicy policy,
               RecordStreamObserver* observer);

  // Breaks off what is not acknowledged.
  ~RecordStream();

  // Takes a batch; waits while kMessagesInFlightMax are on the way. The status of the last try,
  // when the stream was given up.
  grpc::Status Send(std::shared_ptr<RecordBatch> batch);

  // Waits until everything is acknowledged.
  grpc::Status Finish();

 private:
  using Stream = grpc::ClientReaderWriter<v1::StreamRecordsRequest, v1::StreamRecordsResponse>;
  using Lock = std::unique_lock<std::mutex>;

  void Run();
  grpc::Status Attempt();
  void Write(Stream* stream);
  void Read(Stream* stream);
  bool Take(const v1::StreamRecordsResponse& response);
  bool IsFinished() const { return closing_ && pending_.empty(); }
  int64_t PendingRecords() const;
  template <class Condition>
  void WaitWatching(Lock* lock, Condition condition);

  std::unique_ptr<v1::IngestService::Stub> stub_;
  RetryPolicy policy_;
  RecordStreamObserver* observer_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<RecordBatch>> pending_;  // Not acknowledged, in order.
  size_t written_ = 0;  // How many of them were written to the present stream.
  int64_t next_sequence_ = 1;
  int64_t acknowledged_ = 0;                // Sequence.
  bool closing_ = false;                    // No more batches will come.
  bool abandoned_ = false;                  // The owner goes.
  bool broken_ = false;                     // The present stream has ended.
  bool done_ = false;                       // Run has returned.
  grpc::Status status_;                     // Not OK: given up.
  grpc::Status protocol_error_;             // What the server did wrong.
  grpc::ClientContext* context_ = nullptr;  // Of the present stream.
  std::chrono::steady_clock::time_point last_progress_;
  std::thread thread_;
};

}  // namespace kpid::client
