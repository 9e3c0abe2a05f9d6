// A pool of connections with a bound on everything: connections, callers that wait, waiting.
#pragma once

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "metrics/error_reason.h"
#include "storage/pg_error.h"

namespace kpid::storage {

struct PoolOptions {
  int connections_max = 8;
  int waiters_max = 256;
  std::chrono::milliseconds acquire_timeout{5'000};
};

// Connections are opened when needed, given to callers in the order of their coming, and closed
// when they come back unusable. Safe for concurrent use; leases must not outlive the pool.
//
// `Connection` has Reusable() (may it serve another caller?) and server_lost() (did the server
// go away? then the idle ones are closed too).
template <typename Connection>
class BoundedPool {
 public:
  using Opener =
      std::function<absl::StatusOr<std::unique_ptr<Connection>>(const metrics::CallLimits&)>;

  BoundedPool(PoolOptions options, Opener opener) : options_(options), opener_(std::move(opener)) {}
  BoundedPool(const BoundedPool&) = delete;
  BoundedPool& operator=(const BoundedPool&) = delete;

  // A connection until destroyed.
  class Lease {
   public:
    Lease(Lease&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)), connection_(std::move(other.connection_)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (pool_ != nullptr) pool_->Return(std::move(connection_));
    }
    Connection* get() const { return connection_.get(); }
    Connection* operator->() const { return connection_.get(); }

   private:
    friend class BoundedPool;
    Lease(BoundedPool* pool, std::unique_ptr<Connection> connection)
        : pool_(pool), connection_(std::move(connection)) {}
    BoundedPool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  // Waits for a connection. RESOURCE_EXHAUSTED (reason OVERLOADED) at once when too many wait,
  // or after the timeout; UNAVAILABLE when none can be opened.
  absl::StatusOr<Lease> Acquire(const metrics::CallLimits& limits) {
    absl::Status status = TakePermit(limits);
    if (!status.ok()) return status;
    return Connect(limits);
  }

  // A connection if one is free now, without waiting for another caller to be done.
  absl::StatusOr<std::optional<Lease>> TryAcquire(const metrics::CallLimits& limits) {
    {
      const std::lock_guard lock(mutex_);
      if (permits_taken_ >= options_.connections_max) return std::optional<Lease>();
      ++permits_taken_;
    }
    absl::StatusOr<Lease> lease = Connect(limits);
    if (!lease.ok()) return lease.status();
    return std::optional<Lease>(*std::move(lease));
  }

 private:
  struct Waiter {
    std::condition_variable wake;
    bool granted = false;
  };

  // How often a waiting caller is asked whether it has gone.
  static constexpr std::chrono::milliseconds kCancelCheckInterval{25};

  absl::Status TakePermit(const metrics::CallLimits& limits) {
    absl::Status status = limits.Check();
    if (!status.ok()) return status;
    std::unique_lock lock(mutex_);
    if (permits_taken_ < options_.connections_max) {
      ++permits_taken_;
      return absl::OkStatus();
    }
    if (static_cast<int>(waiters_.size()) >= options_.waiters_max) {
      return Overloaded("too many callers wait for a database connection");
    }
    const auto give_up = std::chrono::steady_clock::now() + options_.acquire_timeout;
    waiters_.emplace_back();
    const auto self = std::prev(waiters_.end());
    while (!self->granted) {
      status = limits.Check();
      const auto now = std::chrono::steady_clock::now();
      if (status.ok() && now >= give_up) {
        status = Overloaded("no database connection came free in time");
      }
      if (!status.ok()) break;
      auto until = std::min(give_up, limits.deadline);
      if (limits.cancelled) until = std::min(until, now + kCancelCheckInterval);
      self->wake.wait_until(lock, until);
    }
    // A permit that was granted meanwhile is used: the caller's limits end the next step.
    if (self->granted) status = absl::OkStatus();
    waiters_.erase(self);
    return status;
  }

  void ReleasePermit(const std::lock_guard<std::mutex>&) {
    for (Waiter& waiter : waiters_) {
      if (waiter.granted) continue;
      waiter.granted = true;
      waiter.wake.notify_one();
      return;
    }
    --permits_taken_;
  }

  // REQUIRES: a permit was taken; it goes with the lease.
  absl::StatusOr<Lease> Connect(const metrics::CallLimits& limits) {
    for (;;) {
      std::unique_ptr<Connection> connection;
      {
        const std::lock_guard lock(mutex_);
        if (idle_.empty()) break;
        connection = std::move(idle_.back());
        idle_.pop_back();
      }
      if (connection->Reusable()) return Lease(this, std::move(connection));
    }
    absl::StatusOr<std::unique_ptr<Connection>> opened = opener_(limits);
    if (opened.ok()) return Lease(this, *std::move(opened));
    {
      const std::lock_guard lock(mutex_);
      ReleasePermit(lock);
    }
    if (!absl::IsUnavailable(opened.status())) return opened.status();
    spdlog::warn("{}", std::string(opened.status().message()));
    return DatabaseUnavailable("cannot connect to the database");
  }

  void Return(std::unique_ptr<Connection> connection) {
    const bool reusable = connection->Reusable();
    std::vector<std::unique_ptr<Connection>> closed;  // Outside of the lock.
    {
      const std::lock_guard lock(mutex_);
      if (reusable) {
        idle_.push_back(std::move(connection));
      } else if (connection->server_lost()) {
        closed.swap(idle_);
      }
      ReleasePermit(lock);
    }
  }

  static absl::Status Overloaded(std::string_view message) {
    return metrics::ErrorWithReason(absl::StatusCode::kResourceExhausted, message,
                                    {"OVERLOADED", {}});
  }

  const PoolOptions options_;
  const Opener opener_;
  std::mutex mutex_;
  int permits_taken_ = 0;
  std::list<Waiter> waiters_;  // In the order of their coming.
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace kpid::storage
