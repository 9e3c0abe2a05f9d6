#include "metrics/evaluate.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "metrics/contact_links.h"
#include "metrics/demand.h"
#include "metrics/dimension_codes.h"
#include "metrics/employment_ranges.h"
#include "metrics/fact_scan.h"
#include "metrics/result_maker.h"
#include "metrics/scan_threads.h"
#include "metrics/slice_names.h"

namespace kpid::metrics {
namespace {

// Rows that make it worth to wake a thread (some 20 us) and to add up what it found.
constexpr size_t kRowsPerThreadMin = 50'000;

FinishContext MakeFinishContext(const Query& query, const ResolvedKpi& kpi,
                                const Calendar* calendar) {
  FinishContext finish;
  finish.calendar = calendar;
  finish.detail = query.value_detail;
  finish.statistic = kpi.statistic;
  const auto& names = kpi.definition->counts;
  for (size_t kind = 0; kind < kCountKinds; ++kind) {
    const auto found =
        std::find(names.begin(), names.end(), CountName(static_cast<CountKind>(kind)));
    if (found != names.end()) {
      finish.count_index[kind] = static_cast<int8_t>(found - names.begin());
    }
  }
  return finish;
}

// One evaluation: plans the scans, runs them, writes the result.
class Evaluation {
 public:
  Evaluation(const Query& query, const Calendar& calendar, const FactSnapshot& snapshot,
             const EvaluateOptions& options)
      : query_(query),
        calendar_(calendar),
        snapshot_(snapshot),
        employments_(snapshot.employments(), calendar),
        options_(options),
        demands_(KpiDemands(query)),
        horizon_(std::min(options.now, snapshot.latest_arrive().value_or(options.now))),
        currencies_(snapshot.dictionaries().currencies) {}

  absl::StatusOr<Result> Run() {
    if (absl::Status status = CheckResultSize(query_, 1); !status.ok()) return status;
    PlanDimensions();
    PlanScans();
    if (absl::Status status = PrepareLinks(); !status.ok()) return status;
    if (absl::Status status = RunScans(); !status.ok()) return status;
    absl::StatusOr<Result> result = MakeResult(Scanned(), options_.threads_max, options_.limits);
    if (!result.ok()) return result.status();
    result->currencies.reserve(currencies_.CodeEnd());
    for (Code code = 0; code < currencies_.CodeEnd(); ++code) {
      result->currencies.emplace_back(currencies_.Name(code));
    }
    result->data_watermark = snapshot_.data_watermark();
    return result;
  }

 private:
  void PlanDimensions() {
    for (const Dimension& dimension : query_.group_by) {
      spaces_.push_back(std::make_unique<DimensionSpace>(dimension, snapshot_));
      group_by_.push_back(spaces_.back().get());
    }
    for (const Filter& filter : query_.filters) {
      spaces_.push_back(std::make_unique<DimensionSpace>(filter.dimension, snapshot_));
      filters_.push_back(MakeCodeFilter(filter, spaces_.back().get()));
    }
    if (query_.selection.has_value() && !group_by_.empty()) {
      selection_ = SelectionOf(group_by_, *query_.selection);
    }
  }

  // A KPI that lacks a filtered dimension, or is made from values of others, has no places.
  void PlanScans() {
    places_.resize(query_.kpis.size());
    for (size_t k = 0; k < query_.kpis.size(); ++k) {
      if (!demands_[k].applies) continue;
      if (const size_t other = SameDistribution(k); other != k) {
        places_[k] = places_[other];
        continue;
      }
      for (size_t term = 0; term < demands_[k].terms.size(); ++term) {
        places_[k].push_back(PlaceTerm(k, term));
      }
    }
  }

  // The first KPI that collects the same amounts for a percentile as this one; else this one.
  size_t SameDistribution(size_t k) const {
    constexpr auto kPercentile = Statistic::Kind::kPercentile;
    const ResolvedKpi& kpi = query_.kpis[k];
    if (kpi.statistic.kind != kPercentile) return k;
    const auto same = [&](const ResolvedKpi& other) {
      return other.definition == kpi.definition && other.statistic.kind == kPercentile &&
             other.parameters == kpi.parameters;
    };
    return static_cast<size_t>(std::find_if(query_.kpis.begin(), query_.kpis.end(), same) -
                               query_.kpis.begin());
  }

  ScanPlace PlaceTerm(size_t k, size_t term) {
    const KpiNeeds& needs = demands_[k].terms[term];
    const bool grouped = demands_[k].grouped;
    const size_t dimensions = grouped ? group_by_.size() : 0;
    const SlotSelection* const selection =
        grouped && selection_.has_value() && !needs.all_slices ? &*selection_ : nullptr;
    size_t s = 0;
    while (s < scans_.size() && (scans_[s].plan().fact_kind != needs.fact_kind ||
                                 scans_[s].plan().time_basis != needs.time_basis ||
                                 scans_[s].plan().group_by.size() != dimensions ||
                                 scans_[s].plan().selection != selection)) {
      ++s;
    }
    if (s == scans_.size()) {
      ScanPlan plan;
      plan.snapshot = &snapshot_;
      plan.query = &query_;
      plan.fact_kind = needs.fact_kind;
      plan.time_basis = needs.time_basis;
      if (grouped) plan.group_by = group_by_;
      plan.selection = selection;
      plan.filters = filters_;
      plan.employments = &employments_;
      scans_.emplace_back(std::move(plan));
    }
    return {s, scans_[s].AddKpi(needs, [this, k, term] { return NewCells(k, term); })};
  }

  std::unique_ptr<KpiCells> NewCells(size_t k, size_t term) {
    const ResolvedKpi& kpi = query_.kpis[k];
    const KernelContext context(kpi, horizon_, &currencies_,
                                &snapshot_.dictionaries().quality_categories);
    return kpi.definition->kernel->NewCells(context, MakeFinishContext(query_, kpi, &calendar_),
                                            term);
  }

  // Links are derived before the threads start, so that none waits for another.
  absl::Status PrepareLinks() {
    ColumnSet columns = 0;
    for (const FactScan& scan : scans_) columns |= scan.plan().columns;
    for (const Column column : {Column::kRepeatGap, Column::kRepeatGapSameQueue,
                                Column::kSincePrevious, Column::kCaseState}) {
      if ((columns & Bit(column)) == 0) continue;
      if (absl::Status status = options_.limits.Check(); !status.ok()) return status;
      snapshot_.links().column(column);
    }
    return absl::OkStatus();
  }

  absl::Status RunScans() {
    size_t work = 0;
    for (const FactScan& scan : scans_) work += scan.work();
    const size_t wanted = std::max<size_t>(1, work / kRowsPerThreadMin);
    const int parts = static_cast<int>(
        std::min<size_t>(static_cast<size_t>(std::max(1, options_.threads_max)), wanted));
    for (FactScan& scan : scans_) scan.Split(parts);

    CallLimits limits = options_.limits;
    std::atomic<bool> stopped = false;  // A part failed: the others need not go on.
    limits.cancelled = [&] {
      return stopped.load(std::memory_order_relaxed) ||
             (options_.limits.cancelled && options_.limits.cancelled());
    };
    return RunParts(static_cast<size_t>(parts), [&](size_t part) -> absl::Status {
      for (FactScan& scan : scans_) {
        if (part >= scan.parts()) continue;
        absl::Status status = scan.RunPart(part, limits);
        if (status.ok()) continue;
        stopped.store(true, std::memory_order_relaxed);
        return status;
      }
      return absl::OkStatus();
    });
  }

  ScannedQuestion Scanned() {
    ScannedQuestion scanned;
    scanned.query = &query_;
    scanned.demands = demands_;
    scanned.group_by = group_by_;
    scanned.selection = selection_.has_value() ? &*selection_ : nullptr;
    scanned.scans = scans_;
    scanned.places = places_;
    scanned.new_cells = [this](size_t kpi, size_t term) { return NewCells(kpi, term); };
    return scanned;
  }

  const Query& query_;
  const Calendar& calendar_;
  const FactSnapshot& snapshot_;
  EmploymentRanges employments_;
  const EvaluateOptions& options_;
  std::vector<KpiDemand> demands_;
  Instant horizon_;
  Dictionary currencies_;  // Also those that a KPI asks for and no fact has.
  std::vector<std::unique_ptr<DimensionSpace>> spaces_;
  std::vector<const DimensionSpace*> group_by_;
  std::vector<CodeFilter> filters_;
  std::optional<SlotSelection> selection_;  // Slots that scans are to have; of the query's.
  std::vector<FactScan> scans_;
  std::vector<std::vector<ScanPlace>> places_;  // By KPI and term.
};

}  // namespace

absl::StatusOr<Result> Evaluate(const Query& query, const FactSnapshot& snapshot,
                                const EvaluateOptions& options) {
  const absl::StatusOr<Calendar> calendar = Calendar::Create(query.time_zone);
  if (!calendar.ok()) return calendar.status();
  return Evaluation(query, *calendar, snapshot, options).Run();
}

}  // namespace kpid::metrics
