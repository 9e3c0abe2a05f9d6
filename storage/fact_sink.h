// What the feed drives: metrics::FactStore, or something like it in a test.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

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
  virtual std::shared_ptr<const metrics::FactSnapshot> Current() const = 0;
  virtual int64_t memory_bytes() const = 0;
};

class FactStoreSink : public FactSink {
 public:
  // `store` must outlive this.
  explicit FactStoreSink(metrics::FactStore* store) : store_(store) {}

  void Apply(metrics::FactChanges changes) override { store_->Apply(std::move(changes)); }
  void Forget(metrics::Instant before) override { store_->Forget(before); }
  std::shared_ptr<const metrics::FactSnapshot> Current() const override {
    return store_->Current();
  }
  int64_t memory_bytes() const override { return store_->size().memory_bytes; }

 private:
  metrics::FactStore* const store_;
};

}  // namespace kpid::storage
