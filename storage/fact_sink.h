// What the feed drives: metrics::FactStore, or something like it in a test.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/status/status.h"
#include "metrics/call_limits.h"
#include "metrics/fact_snapshot.h"
#include "metrics/fact_store.h"
#include "metrics/time.h"

namespace kpid::storage {

// As metrics::FactStore: one thread at a time changes it, any number read meanwhile.
class FactSink {
 public:
  virtual ~FactSink() = default;
  virtual void Apply(metrics::FactChanges changes) = 0;
  virtual void Forget(metrics::Instant before) = 0;

  // A load, as of metrics::FactStore. By default all its pieces are applied one after the other.
  virtual void BeginLoad(metrics::FactChanges names);
  virtual std::unique_ptr<metrics::FactLoading> NewLoading();
  virtual absl::Status EndLoad(metrics::Instant data_watermark, const metrics::CallLimits& limits);
  // Bytes that are held while it goes on. Any thread.
  virtual int64_t LoadingBytes();

  virtual std::shared_ptr<const metrics::FactSnapshot> Current() const = 0;
  virtual int64_t memory_bytes() const = 0;

 private:
  class AppliedLoading;
  std::mutex load_mutex_;  // Guards what a load applies.
};

class FactStoreSink : public FactSink {
 public:
  // `store` must outlive this.
  explicit FactStoreSink(metrics::FactStore* store) : store_(store) {}

  void Apply(metrics::FactChanges changes) override { store_->Apply(std::move(changes)); }
  void Forget(metrics::Instant before) override { store_->Forget(before); }
  void BeginLoad(metrics::FactChanges names) override { store_->BeginLoad(std::move(names)); }
  std::unique_ptr<metrics::FactLoading> NewLoading() override { return store_->NewLoading(); }
  absl::Status EndLoad(metrics::Instant data_watermark,
                       const metrics::CallLimits& limits) override {
    return store_->EndLoad(data_watermark, limits);
  }
  int64_t LoadingBytes() override { return memory_bytes(); }
  std::shared_ptr<const metrics::FactSnapshot> Current() const override {
    return store_->Current();
  }
  int64_t memory_bytes() const override { return store_->size().memory_bytes; }

 private:
  metrics::FactStore* const store_;
};

}  // namespace kpid::storage
