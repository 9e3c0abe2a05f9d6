#include "metrics/scan_part.h"

#include <algorithm>

#include "metrics/agent_timelines.h"
#include "metrics/row_part.h"
#include "metrics/slice_names.h"
#include "metrics/span_part.h"
#include "metrics/ticket_columns.h"

namespace kpid::metrics {
ScanPart::ScanPart(const ScanPlan& plan, std::vector<std::unique_ptr<KpiCells>> kpis)
    : plan_(plan), kpis_(std::move(kpis)), slots_(NewSlots(plan.group_by, plan.selection)) {}

void ScanPart::SetBuckets(size_t first, size_t count) {
  first_bucket_ = first;
  buckets_ = count;
  room_ = slots_.size();  // Those that are there before any row is.
  for (const auto& cells : kpis_) cells->Resize(room_ * buckets_);
}

absl::Status ScanPart::MakeRoom() {
  if (slots_.size() <= room_) return absl::OkStatus();
  if (const absl::Status status = CheckResultSize(*plan_.query, slots_.size()); !status.ok()) {
    return status;
  }
  room_ = slots_.size();
  for (const auto& cells : kpis_) cells->Resize(room_ * buckets_);
  return absl::OkStatus();
}

size_t BucketOf(const std::vector<TimeRange>& buckets, int64_t microseconds) {
  const Instant instant{Duration(microseconds)};
  const auto after =
      std::upper_bound(buckets.begin(), buckets.end(), instant,
                       [](Instant t, const TimeRange& bucket) { return t < bucket.start; });
  return static_cast<size_t>(after - buckets.begin()) - 1;
}

size_t UnitCount(const ScanPlan& plan) {
  switch (plan.fact_kind) {
    case FactKind::kActivity:
      return plan.snapshot->activities().agents();
    case FactKind::kPlan:
      return plan.snapshot->plans().agents();
    case FactKind::kEmployment:
      return plan.snapshot->employments().size();
    case FactKind::kCost:
      return plan.snapshot->costs().size();
    default:
      return ChunkCount(plan);
  }
}

size_t UnitRows(const ScanPlan& plan, size_t unit) {
  switch (plan.fact_kind) {
    case FactKind::kActivity:
      return plan.snapshot->activities().SpanCount(static_cast<Code>(unit), plan.query->range);
    case FactKind::kPlan:
      return plan.snapshot->plans().SpanCount(static_cast<Code>(unit), plan.query->range);
    case FactKind::kEmployment:
    case FactKind::kCost:
      return 1;
    default:
      break;
  }
  const FactChunk& chunk = ChunkAt(plan, unit);
  if (plan.time_basis == TimeBasis::kInstant) return chunk.size();
  const PackedColumn& time = chunk.column(TimeColumn(plan.time_basis));
  if (time.minimum() == kAbsent) return 0;
  const Instant first{Duration(time.minimum())};
  const Instant last{Duration(time.maximum())};
  const TimeRange& range = plan.query->range;
  return first < range.end && last >= range.start ? chunk.size() : 0;
}

std::unique_ptr<ScanPart> NewScanPart(const ScanPlan& plan, std::vector<size_t> units,
                                      std::vector<std::unique_ptr<KpiCells>> kpis) {
  switch (plan.fact_kind) {
    case FactKind::kActivity:
      return NewActivityPart(plan, std::move(units), std::move(kpis));
    case FactKind::kPlan:
      return NewPlanPart(plan, std::move(units), std::move(kpis));
    case FactKind::kEmployment:
      return NewEmploymentPart(plan, std::move(units), std::move(kpis));
    case FactKind::kCost:
      return NewCostPart(plan, std::move(units), std::move(kpis));
    default:
      break;
  }
  if (plan.time_basis == TimeBasis::kInstant) {
    return NewBacklogPart(plan, std::move(units), std::move(kpis));
  }
  return std::make_unique<RowPart>(plan, std::move(units), std::move(kpis));
}

}  // namespace kpid::metrics
