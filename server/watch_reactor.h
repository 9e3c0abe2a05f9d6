// One WatchKpis call: gRPC's callbacks on one side, the board on the other.
#pragma once

#include <memory>

#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "server/call_guard.h"
#include "server/kpi_watches.h"
#include "server/watch_board.h"

namespace kpid::server {

// Lives from the start of the call to OnDone, which deletes it. No callback blocks.
class WatchReactor final : public grpc::ServerWriteReactor<grpc::ByteBuffer>, private WatchSink {
 public:
  WatchReactor(KpiWatches* watches, grpc::CallbackServerContext* context,
               const grpc::ByteBuffer& request);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  ~WatchReactor() override = default;

  // Takes a place and joins the board; an error: it has not.
  absl::Status Begin(const grpc::ByteBuffer& request);

  void Send(std::shared_ptr<const WatchAnswer> answer, int64_t sequence, WatchCause cause) override;
  void End(const absl::Status& status, int64_t answers) override;

  KpiWatches* const watches_;
  grpc::CallbackServerContext* const context_;
  Call call_;
  Admission::Place place_;
  grpc::ByteBuffer outgoing_;
};

}  // namespace kpid::server
