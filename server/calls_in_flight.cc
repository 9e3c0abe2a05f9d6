#include "server/calls_in_flight.h"

#include <utility>

#include "grpcpp/server.h"

namespace kpid::server {

// What gRPC tells about the blocking handlers of all servers of the process.
class BlockingHandlers final : public grpc::Server::GlobalCallbacks {
 public:
  void PreSynchronousRequest(grpc::ServerContext* /*context*/) override { entered = nullptr; }
  void PostSynchronousRequest(grpc::ServerContext* /*context*/) override {
    if (entered != nullptr) std::exchange(entered, nullptr)->Leave();
  }

  // By the handler that runs on the thread.
  static inline thread_local CallsInFlight* entered = nullptr;
};

void CallsInFlight::FollowBlockingHandlers() {
  static const bool set = [] {
    grpc::Server::SetGlobalCallbacks(new BlockingHandlers);  // For as long as the process lives.
    return true;
  }();
  static_cast<void>(set);
}

CallsInFlight::Entry CallsInFlight::Enter() {
  const std::lock_guard lock(mutex_);
  ++count_;
  return Entry(this);
}

void CallsInFlight::EnterUntilSent() {
  const std::lock_guard lock(mutex_);
  ++count_;
  BlockingHandlers::entered = this;
}

void CallsInFlight::Leave() {
  const std::lock_guard lock(mutex_);  // Held while it notifies: this may end right after.
  if (--count_ == 0) changed_.notify_all();
}

void CallsInFlight::AwaitNone(std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, longest, [this] { return count_ == 0 || hurry_; });
}

void CallsInFlight::Hurry() {
  const std::lock_guard lock(mutex_);
  hurry_ = true;
  changed_.notify_all();
}

}  // namespace kpid::server
