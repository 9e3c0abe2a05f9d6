// All WatchKpis calls of a server: their board, and what feeds it.
#pragma once

#include <condition_variable>
#include <mutex>

#include "absl/status/statusor.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "server/call_guard.h"
#include "server/clock.h"
#include "server/kpi_watch.h"
#include "server/resident_store.h"
#include "server/watch_board.h"
#include "server/watch_request.h"

namespace kpid::server {

struct KpiWatchesOptions {
  KpiWatchOptions watch;
  WatchBoardOptions board;
};

// Safe for concurrent use.
class KpiWatches {
 public:
  // All must outlive this. `resident`, whose listener it becomes: what `facts` are from; null: none
  // are held.
  KpiWatches(const KpiWatchesOptions& options, metrics::FactSource* facts, ResidentStore* resident,
             Clock* clock, CallGuard* guard);

  // Waits for the last call. REQUIRES: the server that it was registered with has shut down.
  ~KpiWatches();

  // A call; it deletes itself.
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Watch(grpc::CallbackServerContext* context,
                                                    const grpc::ByteBuffer& request);

  // As WatchBoard::Drain.
  void Drain() { board_.Drain(); }

 private:
  friend class WatchReactor;

  CallGuard* guard() const { return guard_; }
  WatchBoard* board() { return &board_; }
  absl::StatusOr<WatchRequest> Read(const v1::WatchKpisRequest& message) const;
  void Join(WatchRequest request, WatchSink* sink);
  void Add();
  void Remove();

  const KpiWatchesOptions options_;
  ResidentStore* const resident_;
  Clock* const clock_;
  CallGuard* const guard_;
  WatchFacts facts_;
  WatchBoard board_;

  std::mutex mutex_;
  std::condition_variable call_ended_;
  int calls_ = 0;
};

}  // namespace kpid::server
