// One pass over the facts of one kind, by one time basis, for all KPIs that read them so.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "metrics/call_limits.h"
#include "metrics/dimension_codes.h"
#include "metrics/employment_ranges.h"
#include "metrics/fact_chunk.h"
#include "metrics/fact_snapshot.h"
#include "metrics/kernel.h"
#include "metrics/query.h"
#include "metrics/slot_table.h"

namespace kpid::metrics {

// A filter over codes.
struct CodeFilter {
  const DimensionSpace* space = nullptr;
  std::vector<uint8_t> passes;  // By code; 0 stands for a missing value.
  Code only = kNoCode;          // The code that alone passes; kNoCode: there is no such one.
};

CodeFilter MakeCodeFilter(const Filter& filter, const DimensionSpace* space);

// What a scan reads and makes.
struct ScanPlan {
  const FactSnapshot* snapshot = nullptr;
  const Query* query = nullptr;
  FactKind fact_kind = FactKind::kInteraction;
  TimeBasis time_basis = TimeBasis::kArrive;
  ColumnSet columns = 0;
  std::vector<ColumnSet> kpi_columns;           // By KPI: those of `columns` that it reads.
  std::vector<const DimensionSpace*> group_by;  // Empty: one slot.
  const SlotSelection* selection = nullptr;     // Null: every combination has a slot.
  std::span<const CodeFilter> filters;
  const EmploymentRanges* employments = nullptr;

  // Of KpiNeeds, the greatest.
  std::optional<Duration> deviation_tolerance;
};

// Makes the cells of a KPI: called once for each part and once for the whole.
using NewCells = std::function<std::unique_ptr<KpiCells>()>;

class ScanPart;

class FactScan {
 public:
  explicit FactScan(ScanPlan plan);
  ~FactScan();
  FactScan(FactScan&&) noexcept;

  // Adds a KPI, or a term of one; returns its index in the scan. REQUIRES: before Split.
  size_t AddKpi(const KpiNeeds& needs, NewCells new_cells);
  const ScanPlan& plan() const { return plan_; }

  // About how many rows of facts are to be read.
  size_t rows() const { return rows_; }

  // About how many rows are as much work: of those that do not pass a filter little is read.
  size_t work() const;

  // Cuts the work into at most `parts` parts of about as many rows.
  void Split(int parts);
  size_t parts() const { return parts_.size(); }

  // Reads one part. Safe to call for different parts from different threads. CANCELLED;
  // DEADLINE_EXCEEDED; RESOURCE_EXHAUSTED when the answer grows too large.
  absl::Status RunPart(size_t part, const CallLimits& limits);

  // Joins the slots of the parts. REQUIRES: all parts were run.
  void MergeSlots();

  // Joins the cells of a KPI. Safe for different KPIs at once. REQUIRES: MergeSlots.
  void MergeKpi(size_t kpi);

  size_t kpis() const { return kpis_.size(); }

  // After MergeSlots: the slots; after MergeKpi: the cells of a KPI.
  const SlotTable& slots() const { return *slots_; }
  KpiCells& cells(size_t kpi) { return *cells_[kpi]; }

 private:
  // Rows looked at for one code in the time in which one is taken in.
  static constexpr size_t kFilteredRowsOfRow = 16;

  ScanPlan plan_;
  std::vector<NewCells> kpis_;
  std::vector<size_t> units_;      // Those that reach into the range...
  std::vector<size_t> unit_rows_;  // ... and about how many rows each has.
  size_t rows_ = 0;
  std::vector<std::unique_ptr<ScanPart>> parts_;
  std::unique_ptr<SlotTable> slots_;
  std::vector<std::vector<uint32_t>> slot_of_;  // By part and its slot.
  std::vector<std::unique_ptr<KpiCells>> cells_;
};

// RESOURCE_EXHAUSTED with reason RESULT_TOO_LARGE when an answer with this many slices has more
// than kCellsMax values.
absl::Status CheckResultSize(const Query& query, size_t slices);

}  // namespace kpid::metrics
