#include "server/kpi_watches.h"

#include <memory>
#include <utility>

#include "server/watch_reactor.h"

namespace kpid::server {

KpiWatches::KpiWatches(const KpiWatchesOptions& options, metrics::FactSource* facts,
                       ResidentStore* resident, Clock* clock, CallGuard* guard)
    : options_(options),
      resident_(resident),
      clock_(clock),
      guard_(guard),
      board_(options.board, clock) {
  facts_.facts = facts;
  if (resident_ == nullptr) return;
  facts_.state = [resident](bool own_commits, Clock::TimePoint since,
                            const metrics::CallLimits& limits) {
    return resident->State(own_commits, since, limits);
  };
  resident_->SetListener({[this](uint64_t version) { board_.FactsChanged(version); },
                          [this] { board_.ReleaseFacts(); }});
}

KpiWatches::~KpiWatches() {
  {
    std::unique_lock lock(mutex_);
    call_ended_.wait(lock, [this] { return calls_ == 0; });
  }
  if (resident_ != nullptr) resident_->SetListener({});
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* KpiWatches::Watch(grpc::CallbackServerContext* context,
                                                              const grpc::ByteBuffer& request) {
  return new WatchReactor(this, context, request);  // Deletes itself in OnDone.
}

absl::StatusOr<WatchRequest> KpiWatches::Read(const v1::WatchKpisRequest& message) const {
  ViolationList violations;
  WatchRequest request = ReadWatchKpis(message, clock_->WallNow(), &violations);
  if (!violations.empty()) return violations.ToStatus();
  return request;
}

void KpiWatches::Join(WatchRequest request, WatchSink* sink) {
  const std::chrono::milliseconds interval = request.minimum_interval;
  const std::string key = request.key;
  board_.Join(key, interval, sink, [&] {
    return std::make_unique<KpiWatch>(std::move(request), options_.watch, &facts_, clock_);
  });
}

void KpiWatches::Add() {
  const std::lock_guard lock(mutex_);
  ++calls_;
}

void KpiWatches::Remove() {
  const std::lock_guard lock(mutex_);
  --calls_;
  call_ended_.notify_all();
}

}  // namespace kpid::server
