#include "storage/fact_loader.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "storage/retry.h"
#include "storage/snapshot_load.h"

namespace kpid::storage {

FactLoader::FactLoader(Database* database, FactLoaderOptions options,
                       std::function<metrics::Instant()> now)
    : database_(database),
      options_(options),
      now_(std::move(now)),
      latest_arrive_hint_(kNoLatestArriveHint) {}

absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> FactLoader::Snapshot(
    const metrics::FactDemand& demand, const metrics::CallLimits& limits) {
  std::shared_ptr<const metrics::FactSnapshot> snapshot;
  const absl::Status status = Retry({}, RealRetryEnvironment(), limits, [&]() -> absl::Status {
    SnapshotLoad load(database_, demand, limits, options_.facts_max, &latest_arrive_hint_);
    auto loaded = load.Run(now_());
    if (!loaded.ok()) return loaded.status();
    snapshot = *std::move(loaded);
    NoteSkippedTargets(load.targets_skipped());
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return snapshot;
}

void FactLoader::NoteSkippedTargets(int64_t skipped) {
  if (targets_skipped_.exchange(skipped) == skipped) return;
  if (skipped > 0) {
    spdlog::warn("{} targets are left out: their KPI or its parameters are not known here",
                 skipped);
  } else {
    spdlog::info("no target is left out any longer");
  }
}

}  // namespace kpid::storage
