#include "server/stream_reactor.h"

#include <system_error>
#include <utility>

#include "grpcpp/impl/codegen/proto_utils.h"
#include "metrics/error_reason.h"
#include "server/reasons.h"

namespace kpid::server {
namespace {

constexpr Method kStreamRecords = {"kpid.v1.IngestService/StreamRecords", CallClass::kStream};

}  // namespace

StreamReactor::StreamReactor(IngestService* service, grpc::CallbackServerContext* context)
    : service_(service),
      guard_(service->guard_),
      context_(context),
      call_(guard_->Begin(context, kStreamRecords, Call::Life::kStream)),
      stream_(
          service->stream_limits_, call_.request_id(),
          [this](const storage::RecordBatch& batch) { return Commit(batch); },
          [this](const v1::StreamRecordsResponse& response) { return Send(response); },
          [this] { ReadNext(); }) {
  service_->AddStream(this);
  auto place = guard_->EnterStream(call_);
  absl::Status status = place.status();
  if (status.ok()) {
    place_ = *std::move(place);
    try {
      thread_ = std::thread([this] { Work(); });
    } catch (const std::system_error&) {
      status = metrics::ErrorWithReason(absl::StatusCode::kResourceExhausted,
                                        "no thread can be started; try again later",
                                        {reason::kOverloaded, {}});
    }
  }
  if (status.ok()) {
    ReadNext();
  } else {
    finished_ = true;
    Finish(guard_->End(call_, context_, status));
  }
}

void StreamReactor::ReadNext() {
  std::lock_guard lock(mutex_);
  if (!finished_) StartRead(&incoming_);
}

void StreamReactor::OnReadDone(bool ok) {
  if (!ok) {
    stream_.CloseInput();
    return;
  }
  grpc::ByteBuffer message;
  message.Swap(&incoming_);
  if (stream_.Offer(std::move(message))) ReadNext();
}

void StreamReactor::OnWriteDone(bool ok) {
  std::lock_guard lock(mutex_);
  write_pending_ = false;
  write_ok_ = ok;
  written_.notify_one();
}

void StreamReactor::OnCancel() { stream_.Cancel(); }

void StreamReactor::Drain() { stream_.Drain(); }

bool StreamReactor::Send(const v1::StreamRecordsResponse& response) {
  bool own_buffer = false;
  if (!grpc::SerializationTraits<v1::StreamRecordsResponse>::Serialize(response, &outgoing_,
                                                                       &own_buffer)
           .ok()) {
    return false;
  }
  std::unique_lock lock(mutex_);
  write_pending_ = true;
  StartWrite(&outgoing_);
  // Ends at the latest with the call: a client that reads nothing is cut by its deadline, the
  // keepalive or the shutdown.
  written_.wait(lock, [this] { return !write_pending_; });
  return write_ok_;
}

absl::StatusOr<storage::IngestOutcome> StreamReactor::Commit(const storage::RecordBatch& batch) {
  auto place = guard_->EnterTransaction(call_);
  if (!place.ok()) return place.status();
  return service_->store_(batch, guard_->TransactionLimits(call_));
}

void StreamReactor::Work() {
  const absl::Status status = guard_->Guard(call_, [this] { return stream_.Run(); });
  const RecordStreamTotals& totals = stream_.totals();
  call_.Count("messages", totals.messages);
  call_.Count("transactions", totals.transactions);
  call_.Count("inserted", totals.outcome.inserted);
  call_.Count("updated", totals.outcome.updated);
  call_.Count("unchanged", totals.outcome.unchanged);
  call_.Count("rejected", totals.rejected);
  const grpc::Status end = guard_->End(call_, context_, status);
  place_ = {};
  {
    std::lock_guard lock(mutex_);
    finished_ = true;
  }
  Finish(end);  // OnDone may run, and wait for this thread, from here on.
}

void StreamReactor::OnDone() {
  if (thread_.joinable()) thread_.join();  // It has called Finish, its last act.
  service_->RemoveStream(this);            // The service may end after this.
  delete this;
}

}  // namespace kpid::server
