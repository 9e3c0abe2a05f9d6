#include "metrics/evaluate.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <new>
#include <numeric>
#include <string>
#include <utility>

#include "metrics/contact_links.h"
#include "metrics/demand.h"
#include "metrics/dimension_codes.h"
#include "metrics/employment_ranges.h"
#include "metrics/error_reason.h"
#include "metrics/fact_scan.h"
#include "metrics/scan_threads.h"
#include "metrics/slice_names.h"

namespace kpid::metrics {
namespace {

// Rows that make it worth to wake a thread (some 20 us) and to add up what it found.
constexpr size_t kRowsPerThreadMin = 50'000;

FinishContext MakeFinishContext(const Query& query, const ResolvedKpi& kpi,
                                const Calendar* calendar, Confidence* confidence) {
  FinishContext finish;
  finish.calendar = calendar;
  finish.detail = query.value_detail;
  finish.statistic = kpi.statistic;
  finish.confidence = confidence;
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
        confidence_(query.confidence_level),
        currencies_(snapshot.dictionaries().currencies) {}

  absl::StatusOr<Result> Run() {
    if (absl::Status status = CheckResultSize(query_, 1); !status.ok()) return status;
    PlanDimensions();
    PlanScans();
    if (absl::Status status = PrepareLinks(); !status.ok()) return status;
    if (absl::Status status = RunScans(); !status.ok()) return status;
    for (FactScan& scan : scans_) scan.MergeParts();
    if (absl::Status status = MakeSlices(); !status.ok()) return status;
    FinishKpis();
    result_.currencies.reserve(currencies_.CodeEnd());
    for (Code code = 0; code < currencies_.CodeEnd(); ++code) {
      result_.currencies.emplace_back(currencies_.Name(code));
    }
    result_.data_watermark = snapshot_.data_watermark();
    return std::move(result_);
  }

 private:
  // The scan of a term of a KPI and its place there.
  struct Place {
    size_t scan = 0;
    size_t kpi = 0;
  };

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

  Place PlaceTerm(size_t k, size_t term) {
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
    return kpi.definition->kernel->NewCells(
        context, MakeFinishContext(query_, kpi, &calendar_, &confidence_), term);
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

    std::vector<absl::Status> statuses(static_cast<size_t>(parts));
    CallLimits limits = options_.limits;
    std::atomic<bool> stopped = false;  // A part failed: the others need not go on.
    limits.cancelled = [&] {
      return stopped.load(std::memory_order_relaxed) ||
             (options_.limits.cancelled && options_.limits.cancelled());
    };
    const auto run = [&](size_t part) {
      for (FactScan& scan : scans_) {
        if (part >= scan.parts()) continue;
        statuses[part] = RunPart(&scan, part, limits);
        if (statuses[part].ok()) continue;
        stopped.store(true, std::memory_order_relaxed);
        return;
      }
    };
    ScanThreads::OfProcess().Run(static_cast<size_t>(parts), run);
    return FirstError(statuses);
  }

  // An exception must not leave a thread.
  static absl::Status RunPart(FactScan* scan, size_t part, const CallLimits& limits) {
    try {
      return scan->RunPart(part, limits);
    } catch (const std::bad_alloc&) {
      return ErrorWithReason(absl::StatusCode::kResourceExhausted,
                             "not enough memory for the answer; ask for less",
                             {"RESULT_TOO_LARGE", {}});
    } catch (const std::exception& error) {
      return absl::InternalError(error.what());
    }
  }

  // What went wrong first, where the others were stopped for it.
  static absl::Status FirstError(const std::vector<absl::Status>& statuses) {
    absl::Status error;
    for (const absl::Status& status : statuses) {
      if (status.ok()) continue;
      if (error.ok() || absl::IsCancelled(error)) error = status;
    }
    return error;
  }

  absl::Status MakeSlices() {
    slot_of_slice_.resize(scans_.size());
    result_.total.resize(query_.kpis.size());
    if (selection_.has_value()) return MakeSelectedSlices();
    SlotTable all = NewSlots(group_by_);
    for (size_t s = 0; s < scans_.size(); ++s) {
      const SlotTable& slots = scans_[s].slots();
      if (slots.dimensions() != all.dimensions()) continue;
      for (uint32_t slot = 0; slot < slots.size(); ++slot) {
        const uint32_t slice = all.Find(slots.CodesOf(slot));
        auto& slot_of = slot_of_slice_[s];
        if (slot_of.size() <= slice) slot_of.resize(slice + 1, FinishPlan::kNoSlot);
        slot_of[slice] = slot;
      }
    }
    if (absl::Status status = CheckResultSize(query_, all.size()); !status.ok()) return status;
    const std::vector<uint32_t> order = OrderOfSlots(group_by_, all);
    for (size_t s = 0; s < scans_.size(); ++s) {
      if (scans_[s].slots().dimensions() != all.dimensions()) continue;
      auto& slot_of = slot_of_slice_[s];
      slot_of.resize(all.size(), FinishPlan::kNoSlot);
      std::vector<uint32_t> ordered(order.size());
      for (size_t i = 0; i < order.size(); ++i) ordered[i] = slot_of[order[i]];
      slot_of = std::move(ordered);
    }
    slices_ = std::make_unique<SlotTable>(NewSlots(group_by_));
    for (const uint32_t slice : order) {
      slices_->Find(all.CodesOf(slice));
      AddSlice().dimensions = NamesOf(group_by_, all.CodesOf(slice));
    }
    return absl::OkStatus();
  }

  // Slots are the slices, the last of them `other` if it is asked for.
  absl::Status MakeSelectedSlices() {
    const SliceSelection& selection = *query_.selection;
    const size_t slices = selection.slices.size() + selection.with_other;
    if (absl::Status status = CheckResultSize(query_, slices); !status.ok()) return status;
    for (const std::vector<DimensionValue>& dimensions : selection.slices) {
      Slice& added = AddSlice();
      added.dimensions = dimensions;
      for (size_t d = 0; d < dimensions.size(); ++d) {
        const Code code = group_by_[d]->Find(dimensions[d].value);
        added.dimensions[d].display_name = group_by_[d]->DisplayName(code);
      }
    }
    if (selection.with_other) AddSlice().other = true;
    for (size_t s = 0; s < scans_.size(); ++s) {
      if (!scans_[s].slots().selected()) continue;
      slot_of_slice_[s].resize(slices);
      std::iota(slot_of_slice_[s].begin(), slot_of_slice_[s].end(), 0U);
    }
    return absl::OkStatus();
  }

  // Adds a slice in which no KPI applies yet.
  Slice& AddSlice() {
    Value not_applicable;
    not_applicable.no_value_reason = NoValueReason::kNotApplicable;
    Slice& slice = result_.slices.emplace_back();
    slice.total.assign(query_.kpis.size(), not_applicable);
    slice.series.assign(query_.buckets.size() * query_.kpis.size(), not_applicable);
    return slice;
  }

  void FinishKpis() {
    for (size_t k = 0; k < query_.kpis.size(); ++k) {
      const std::vector<Place>& places = places_[k];
      if (places.empty()) {
        result_.total[k].no_value_reason = NoValueReason::kNotApplicable;
        continue;
      }
      FinishPlan plan;
      plan.buckets = query_.buckets.size();
      plan.kpi = k;
      plan.kpis = query_.kpis.size();
      plan.bucket_ranges = query_.buckets;
      plan.range = query_.range;
      plan.statistic = query_.kpis[k].statistic;
      if (places.size() > 1) {
        FinishTerms(places, &plan);
        continue;
      }
      FactScan& scan = scans_[places[0].scan];
      plan.slot_of_slice = slot_of_slice_[places[0].scan];
      plan.slots = scan.slots().size();
      plan.codes = &scan.slots();
      Finish(&scan.cells(places[0].kpi), plan);
    }
  }

  void Finish(KpiCells* cells, const FinishPlan& plan) {
    cells->FinishTotal(plan, &result_);
    cells->SpreadOverSlots(plan);
    cells->FinishSlices(plan, &result_);
  }

  // Adds up the terms of a KPI, in slots that are the slices.
  void FinishTerms(const std::vector<Place>& places, FinishPlan* plan) {
    const bool grouped = demands_[plan->kpi].grouped;
    if (grouped && selection_.has_value() && !scans_[places[0].scan].slots().selected()) {
      return FinishTermsOfAllSlices(places, plan);
    }
    const SlotTable no_dimensions({});
    std::vector<uint32_t> slices(grouped ? result_.slices.size() : 0);
    std::iota(slices.begin(), slices.end(), 0U);
    plan->slot_of_slice = slices;
    plan->slots = 1;
    plan->codes = &no_dimensions;
    if (grouped) {
      plan->slots = selection_.has_value() ? selection_->rest() + 1 : slices.size();
      plan->codes = slices_.get();
    }
    std::vector<std::vector<uint32_t>> slots_of;
    for (const Place& place : places) {
      std::vector<uint32_t>& slot_of = slots_of.emplace_back(scans_[place.scan].slots().size(), 0);
      if (grouped && selection_.has_value()) {
        std::iota(slot_of.begin(), slot_of.end(), 0U);
        continue;
      }
      for (const uint32_t slice : slices) {
        const uint32_t slot = slot_of_slice_[place.scan][slice];
        if (slot != FinishPlan::kNoSlot) slot_of[slot] = slice;
      }
    }
    Finish(SumOfTerms(places, slots_of, *plan).get(), *plan);
  }

  // Adds up the terms of a KPI of which every slice is needed, and then its slices that are not
  // selected.
  void FinishTermsOfAllSlices(const std::vector<Place>& places, FinishPlan* plan) {
    SlotTable all = AllSlots(places);
    std::vector<std::vector<uint32_t>> slots_of;
    for (const Place& place : places) {
      const SlotTable& slots = scans_[place.scan].slots();
      std::vector<uint32_t>& slot_of = slots_of.emplace_back();
      for (size_t slot = 0; slot < slots.size(); ++slot) {
        slot_of.push_back(all.Find(slots.CodesOf(slot)));
      }
    }
    plan->slots = all.size();
    plan->codes = &all;
    const std::unique_ptr<KpiCells> whole = SumOfTerms(places, slots_of, *plan);
    whole->FinishTotal(*plan, &result_);
    whole->SpreadOverSlots(*plan);

    SlotTable selected = NewSlots(group_by_, &*selection_);
    std::vector<uint32_t> slot_of;
    for (size_t slot = 0; slot < all.size(); ++slot) {
      slot_of.push_back(selected.Find(all.CodesOf(slot)));
    }
    std::vector<uint32_t> slices(result_.slices.size());
    std::iota(slices.begin(), slices.end(), 0U);
    plan->slot_of_slice = slices;
    plan->slots = selected.size();
    const std::unique_ptr<KpiCells> cells = NewCells(plan->kpi, 0);
    cells->Resize(plan->slots * plan->buckets);
    cells->Merge(*whole, {slot_of, plan->buckets, plan->buckets, 0});
    cells->FinishSlices(*plan, &result_);
  }

  // The slots of all places, in the order of slices, so that sums do not depend on which threads
  // read what.
  SlotTable AllSlots(const std::vector<Place>& places) const {
    SlotTable found = NewSlots(group_by_);
    for (const Place& place : places) {
      const SlotTable& slots = scans_[place.scan].slots();
      for (size_t slot = 0; slot < slots.size(); ++slot) found.Find(slots.CodesOf(slot));
    }
    SlotTable ordered = NewSlots(group_by_);
    for (const uint32_t slot : OrderOfSlots(group_by_, found)) ordered.Find(found.CodesOf(slot));
    return ordered;
  }

  // slots_of: by place, the slots of the sum.
  std::unique_ptr<KpiCells> SumOfTerms(const std::vector<Place>& places,
                                       const std::vector<std::vector<uint32_t>>& slots_of,
                                       const FinishPlan& plan) {
    std::unique_ptr<KpiCells> sum = NewCells(plan.kpi, 0);
    sum->Resize(plan.slots * plan.buckets);
    for (size_t i = 0; i < places.size(); ++i) {
      sum->Merge(scans_[places[i].scan].cells(places[i].kpi),
                 {slots_of[i], plan.buckets, plan.buckets, 0});
    }
    return sum;
  }

  const Query& query_;
  const Calendar& calendar_;
  const FactSnapshot& snapshot_;
  EmploymentRanges employments_;
  const EvaluateOptions& options_;
  std::vector<KpiDemand> demands_;
  Instant horizon_;
  Confidence confidence_;
  Dictionary currencies_;  // Also those that a KPI asks for and no fact has.
  std::vector<std::unique_ptr<DimensionSpace>> spaces_;
  std::vector<const DimensionSpace*> group_by_;
  std::vector<CodeFilter> filters_;
  std::optional<SlotSelection> selection_;  // Slots that scans are to have; of the query's.
  std::vector<FactScan> scans_;
  std::vector<std::vector<Place>> places_;            // By KPI and term.
  std::vector<std::vector<uint32_t>> slot_of_slice_;  // By scan.
  std::unique_ptr<SlotTable> slices_;                 // By slice; null with a selection.
  Result result_;
};

}  // namespace

absl::StatusOr<Result> Evaluate(const Query& query, const FactSnapshot& snapshot,
                                const EvaluateOptions& options) {
  const absl::StatusOr<Calendar> calendar = Calendar::Create(query.time_zone);
  if (!calendar.ok()) return calendar.status();
  return Evaluation(query, *calendar, snapshot, options).Run();
}

}  // namespace kpid::metrics
