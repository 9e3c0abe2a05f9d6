// The end of an evaluation: from the cells of scans to the totals and slices of an answer.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "metrics/confidence.h"
#include "metrics/demand.h"
#include "metrics/fact_scan.h"
#include "metrics/kernel.h"
#include "metrics/query.h"
#include "metrics/result.h"
#include "metrics/slice_names.h"
#include "metrics/slot_table.h"

namespace kpid::metrics {

// The scan of a term of a KPI and its place there.
struct ScanPlace {
  size_t scan = 0;
  size_t kpi = 0;

  friend bool operator==(const ScanPlace&, const ScanPlace&) = default;
};

// A question whose scans have run.
struct ScannedQuestion {
  const Query* query = nullptr;
  std::span<const KpiDemand> demands;  // By KPI.
  GroupBy group_by;
  const SlotSelection* selection = nullptr;  // Of the query; null: every slice is given.
  std::span<FactScan> scans;

  // By KPI and term. Percentiles of the same amounts share places; none: the KPI does not apply.
  std::span<const std::vector<ScanPlace>> places;

  // Makes cells of a KPI's term.
  std::function<std::unique_ptr<KpiCells>(size_t kpi, size_t term)> new_cells;
};

// The totals and slices of the answer, made by at most `threads_max` threads, on whose number they
// do not depend. RESOURCE_EXHAUSTED (reason RESULT_TOO_LARGE) past kCellsMax; CANCELLED;
// DEADLINE_EXCEEDED.
absl::StatusOr<Result> MakeResult(const ScannedQuestion& scanned, int threads_max,
                                  const CallLimits& limits);

}  // namespace kpid::metrics
