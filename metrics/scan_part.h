// A part of a scan, read by one thread into cells of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "metrics/call_limits.h"
#include "metrics/fact_scan.h"

namespace kpid::metrics {

class ScanPart {
 public:
  ScanPart(const ScanPlan& plan, std::vector<std::unique_ptr<KpiCells>> kpis);
  virtual ~ScanPart() = default;
  ScanPart(const ScanPart&) = delete;
  ScanPart& operator=(const ScanPart&) = delete;

  virtual absl::Status Run(const CallLimits& limits) = 0;

  const SlotTable& slots() const { return slots_; }
  size_t first_bucket() const { return first_bucket_; }
  size_t buckets() const { return buckets_; }
  KpiCells& cells(size_t kpi) { return *kpis_[kpi]; }
  std::unique_ptr<KpiCells> TakeCells(size_t kpi) { return std::move(kpis_[kpi]); }

 protected:
  // Which buckets have cells; called once, before any slot is found.
  void SetBuckets(size_t first, size_t count);

  // Gives the cells room for all slots.
  absl::Status MakeRoom();

  const ScanPlan& plan_;
  std::vector<std::unique_ptr<KpiCells>> kpis_;
  size_t first_bucket_ = 0;
  size_t buckets_ = 0;
  SlotTable slots_;
  size_t room_ = 0;  // Slots that the cells have room for.
};

// Index of the bucket that holds an instant of the range, in microseconds.
size_t BucketOf(const std::vector<TimeRange>& buckets, int64_t microseconds);

// What a scan is cut into, by number: chunks of rows, agents, or records.
size_t UnitCount(const ScanPlan& plan);

// About how much work a unit is, in rows; 0: outside the range.
size_t UnitRows(const ScanPlan& plan, size_t unit);

// The part of a scan that reads some units, ascending.
std::unique_ptr<ScanPart> NewScanPart(const ScanPlan& plan, std::vector<size_t> units,
                                      std::vector<std::unique_ptr<KpiCells>> kpis);

}  // namespace kpid::metrics
