// How many calls a server is at, for its end: gRPC tells only when all connections have gone, and
// clients that are idle may take long to go.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace kpid::server {

// Safe for concurrent use.
class CallsInFlight {
 public:
  // A call that has not ended: counts until it is destroyed.
  class Entry {
   public:
    Entry() = default;
    explicit Entry(CallsInFlight* calls) : calls_(calls) {}
    Entry(Entry&& other) noexcept : calls_(std::exchange(other.calls_, nullptr)) {}
    Entry& operator=(Entry&& other) noexcept {
      std::swap(calls_, other.calls_);
      return *this;
    }
    ~Entry() {
      if (calls_ != nullptr) calls_->Leave();
    }

   private:
    CallsInFlight* calls_ = nullptr;
  };

  // Has gRPC say when the answers of blocking handlers have been sent. To be called before the
  // process makes its first gRPC server.
  static void FollowBlockingHandlers();

  Entry Enter();

  // The call of the blocking handler that runs on this thread: counts until gRPC has sent its
  // answer, which it does after the handler. REQUIRES: FollowBlockingHandlers.
  void EnterUntilSent();

  // Waits until there are none; not longer than that, nor after Hurry.
  void AwaitNone(std::chrono::milliseconds longest);

  // Ends all waits, also those to come.
  void Hurry();

 private:
  friend class BlockingHandlers;
  void Leave();

  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
  bool hurry_ = false;
};

}  // namespace kpid::server
