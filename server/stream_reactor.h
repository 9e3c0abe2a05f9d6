// One StreamRecords call: gRPC's callbacks on one side, a RecordStream on a thread on the other.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "server/call_guard.h"
#include "server/ingest_service.h"
#include "server/record_stream.h"

namespace kpid::server {

// Lives from the start of the call to OnDone, which deletes it. No callback blocks.
class StreamReactor final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  StreamReactor(IngestService* service, grpc::CallbackServerContext* context);

  void Drain();

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  ~StreamReactor() override = default;

  // On the thread.
  void Work();
  bool Send(const v1::StreamRecordsResponse& response);
  absl::StatusOr<storage::IngestOutcome> Commit(const storage::RecordBatch& batch);

  void ReadNext();

  IngestService* const service_;
  CallGuard* const guard_;
  grpc::CallbackServerContext* const context_;
  Call call_;
  Admission::Place place_;  // Among streams.

  RecordStream stream_;

  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer outgoing_;
  std::mutex mutex_;
  std::condition_variable written_;
  bool write_pending_ = false;
  bool write_ok_ = false;
  bool finished_ = false;  // Nothing more may be read.

  std::thread thread_;
};

}  // namespace kpid::server
