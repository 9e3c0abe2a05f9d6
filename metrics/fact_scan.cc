#include "metrics/fact_scan.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "metrics/error_reason.h"
#include "metrics/scan_part.h"
#include "metrics/slice_names.h"

namespace kpid::metrics {

CodeFilter MakeCodeFilter(const Filter& filter, const DimensionSpace* space) {
  CodeFilter result{space, std::vector<uint8_t>(space->code_end()), kNoCode};
  for (const std::string& value : filter.values) {
    if (const Code code = space->Find(value); code != kNoCode) result.passes[code] = 1;
  }
  result.passes[kNoCode] = filter.include_missing;
  if (!filter.include_missing && std::count(result.passes.begin(), result.passes.end(), 1) == 1) {
    const auto found = std::find(result.passes.begin(), result.passes.end(), 1);
    result.only = static_cast<Code>(found - result.passes.begin());
  }
  return result;
}

absl::Status CheckResultSize(const Query& query, size_t slices) {
  const int64_t per_slice = static_cast<int64_t>(query.buckets.size() * query.kpis.size());
  if (static_cast<int64_t>(slices) <= kCellsMax / std::max<int64_t>(1, per_slice)) {
    return absl::OkStatus();
  }
  return ErrorWithReason(absl::StatusCode::kResourceExhausted,
                         absl::StrCat("the answer has more than ", kCellsMax,
                                      " values; ask for fewer slices, buckets or KPIs"),
                         {"RESULT_TOO_LARGE",
                          {{"limit", absl::StrCat(kCellsMax)},
                           {"buckets", absl::StrCat(query.buckets.size())},
                           {"kpis", absl::StrCat(query.kpis.size())},
                           {"slices_max", absl::StrCat(kCellsMax / per_slice)}}});
}

FactScan::FactScan(ScanPlan plan) : plan_(std::move(plan)) {
  for (size_t unit = 0; unit < UnitCount(plan_); ++unit) {
    const size_t rows = UnitRows(plan_, unit);
    if (rows == 0) continue;
    units_.push_back(unit);
    unit_rows_.push_back(rows);
    rows_ += rows;
  }
}

FactScan::~FactScan() = default;
FactScan::FactScan(FactScan&&) noexcept = default;

size_t FactScan::AddKpi(const KpiNeeds& needs, NewCells new_cells) {
  plan_.columns |= needs.columns;
  plan_.kpi_columns.push_back(needs.columns);
  plan_.deviation_tolerance = std::max(plan_.deviation_tolerance, needs.deviation_tolerance);
  kpis_.push_back(std::move(new_cells));
  return kpis_.size() - 1;
}

size_t FactScan::work() const {
  const bool filtered =
      std::any_of(plan_.filters.begin(), plan_.filters.end(),
                  [](const CodeFilter& filter) { return filter.only != kNoCode; });
  return filtered ? rows_ / kFilteredRowsOfRow : rows_;
}

void FactScan::Split(int parts) {
  const size_t all = rows_;
  size_t taken = 0;
  std::vector<size_t> units;
  for (size_t i = 0; i < units_.size(); ++i) {
    units.push_back(units_[i]);
    taken += unit_rows_[i];
    // Part p ends with the unit that fills its share.
    const size_t share = all * (parts_.size() + 1) / static_cast<size_t>(parts);
    if (taken < share && i + 1 < units_.size()) continue;
    std::vector<std::unique_ptr<KpiCells>> kpis;
    for (const NewCells& new_cells : kpis_) kpis.push_back(new_cells());
    parts_.push_back(NewScanPart(plan_, std::exchange(units, {}), std::move(kpis)));
  }
}

absl::Status FactScan::RunPart(size_t part, const CallLimits& limits) {
  return parts_[part]->Run(limits);
}

void FactScan::MergeSlots() {
  slots_ = std::make_unique<SlotTable>(NewSlots(plan_.group_by, plan_.selection));
  slot_of_.resize(parts_.size());
  for (size_t p = 0; p < parts_.size(); ++p) {
    const SlotTable& slots = parts_[p]->slots();
    for (uint32_t slot = 0; slot < slots.size(); ++slot) {
      slot_of_[p].push_back(slots_->selected() ? slot : slots_->Find(slots.CodesOf(slot)));
    }
  }
  cells_.resize(kpis_.size());
}

void FactScan::MergeKpi(size_t kpi) {
  const size_t buckets = plan_.query->buckets.size();
  std::unique_ptr<KpiCells>& cells = cells_[kpi];
  if (parts_.size() == 1 && parts_[0]->buckets() == buckets) {
    cells = parts_[0]->TakeCells(kpi);
    return;
  }
  cells = kpis_[kpi]();
  cells->Resize(slots_->size() * buckets);
  for (size_t p = 0; p < parts_.size(); ++p) {
    cells->Merge(parts_[p]->cells(kpi),
                 {slot_of_[p], parts_[p]->buckets(), buckets, parts_[p]->first_bucket()});
  }
}

}  // namespace kpid::metrics
