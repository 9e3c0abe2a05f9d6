// Loads the facts of one question from PostgreSQL: binary COPY over several connections that
// share one snapshot. Safe for concurrent use.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "metrics/fact_source.h"
#include "storage/database.h"

namespace kpid::storage {

struct FactLoaderOptions {
  // Most facts (records, and items of quality evaluations) that one question may load; bounds
  // memory at about 200 bytes each. Passed: RESOURCE_EXHAUSTED, reason TOO_MANY_FACTS, metadata
  // limit.
  int64_t facts_max = 20'000'000;
};

class FactLoader : public metrics::FactSource {
 public:
  // `database` must outlive the loader. `now` is the clock of data_watermark.
  FactLoader(Database* database, FactLoaderOptions options, std::function<metrics::Instant()> now);

  absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> Snapshot(
      const metrics::FactDemand& demand, const metrics::CallLimits& limits) override;

  int64_t EstimateFacts(const metrics::FactDemand&) const override {
    return metrics::kFactsToLoad;
  }

  // Stored targets that the latest snapshot is without: this version does not know their KPI or
  // its parameters (another version stored them). The log tells when the number changes.
  int64_t targets_skipped() const { return targets_skipped_; }

 private:
  void NoteSkippedTargets(int64_t skipped);

  Database* database_;
  FactLoaderOptions options_;
  std::function<metrics::Instant()> now_;

  // Where to look for the latest arrive time: what it was last. Microseconds since 1970-01-01.
  std::atomic<int64_t> latest_arrive_hint_;

  std::atomic<int64_t> targets_skipped_{0};
};

}  // namespace kpid::storage
