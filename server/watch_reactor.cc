#include "server/watch_reactor.h"

#include <string>
#include <utility>

#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/support/slice.h"
#include "kpid/v1/query_service.pb.h"

namespace kpid::server {
namespace {

constexpr Method kWatchKpis = {"kpid.v1.QueryService/WatchKpis", CallClass::kWatch};

v1::WatchReason ReasonOf(WatchCause cause) {
  switch (cause) {
    case WatchCause::kFirst:
      return v1::WATCH_REASON_FIRST;
    case WatchCause::kFacts:
      return v1::WATCH_REASON_FACTS;
    case WatchCause::kClock:
      return v1::WATCH_REASON_CLOCK;
  }
  return v1::WATCH_REASON_UNSPECIFIED;
}

// The bytes of an answer, which watches share: not copied.
grpc::Slice SharedSlice(std::shared_ptr<const WatchAnswer> answer) {
  auto* owner = new std::shared_ptr<const WatchAnswer>(std::move(answer));
  const std::string& bytes = (*owner)->bytes;
  return grpc::Slice(
      const_cast<char*>(bytes.data()), bytes.size(),
      [](void* held) { delete static_cast<std::shared_ptr<const WatchAnswer>*>(held); }, owner);
}

}  // namespace

WatchReactor::WatchReactor(KpiWatches* watches, grpc::CallbackServerContext* context,
                           const grpc::ByteBuffer& request)
    : watches_(watches),
      context_(context),
      call_(watches->guard()->Begin(context, kWatchKpis, Call::Life::kWatch)) {
  watches_->Add();
  CallGuard* const guard = watches_->guard();
  const absl::Status status = guard->Guard(call_, [&] { return Begin(request); });
  // Once it has joined, the board ends it: nothing here may be touched any more.
  if (!status.ok()) End(status, 0);
}

absl::Status WatchReactor::Begin(const grpc::ByteBuffer& request) {
  auto place = watches_->guard()->EnterWatch(call_);
  if (!place.ok()) return place.status();
  v1::WatchKpisRequest message;
  grpc::ByteBuffer bytes(request);  // Reading takes a buffer that it may change.
  grpc::ProtoBufferReader reader(&bytes);
  if (!reader.status().ok() || !message.ParseFromZeroCopyStream(&reader)) {
    return CallGuard::UnreadableRequest(call_);
  }
  auto watch = watches_->Read(message);
  if (!watch.ok()) return watch.status();
  call_.Count("kpis", watch->query.kpis_size());
  place_ = *std::move(place);
  watches_->Join(*std::move(watch), this);
  return absl::OkStatus();
}

void WatchReactor::Send(std::shared_ptr<const WatchAnswer> answer, int64_t sequence,
                        WatchCause cause) {
  v1::WatchKpisResponse rest;
  rest.set_sequence(sequence);
  rest.set_reason(ReasonOf(cause));
  const grpc::Slice slices[] = {SharedSlice(std::move(answer)),
                                grpc::Slice(rest.SerializeAsString())};
  grpc::ByteBuffer message(slices, 2);
  outgoing_.Swap(&message);
  StartWrite(&outgoing_);  // OnWriteDone may run, and end all this, from here on.
}

void WatchReactor::End(const absl::Status& status, int64_t answers) {
  call_.Count("answers", answers);
  const grpc::Status end = watches_->guard()->End(call_, context_, status);
  place_ = {};
  Finish(end);  // OnDone may run from here on.
}

void WatchReactor::OnWriteDone(bool ok) { watches_->board()->Written(this, ok); }

void WatchReactor::OnCancel() { watches_->board()->Cancel(this); }

void WatchReactor::OnDone() {
  KpiWatches* const watches = watches_;
  delete this;
  watches->Remove();  // The watches may end after this.
}

}  // namespace kpid::server
