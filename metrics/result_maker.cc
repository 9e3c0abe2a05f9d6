#include "metrics/result_maker.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <numeric>
#include <optional>
#include <utility>

#include "metrics/scan_threads.h"

namespace kpid::metrics {
namespace {

// Cells or values that make it worth to wake a thread: some 10 ns each to add up or to finish,
// where a thread costs the others 50 us and takes memory that another one gives back.
constexpr size_t kCellsPerThreadMin = 3'000;

// What a slice costs beside its values: names, and memory.
constexpr size_t kCellsOfSlice = 10;

// Values that a thread finishes at a time: few enough that the threads end together, and that
// those of a slice stay in a processor's own cache from KPI to KPI.
constexpr size_t kValuesAtOnce = 1'000;

// Where the values of a KPI come from.
struct KpiSource {
  KpiCells* cells = nullptr;  // Null: the KPI does not apply.
  std::unique_ptr<KpiCells> owned;
  std::vector<uint32_t> slot_of_slice;
  FinishPlan plan;
};

class ResultMaker {
 public:
  ResultMaker(const ScannedQuestion& scanned, int threads_max, const CallLimits& limits)
      : scanned_(scanned),
        query_(*scanned.query),
        threads_max_(static_cast<size_t>(std::max(1, threads_max))),
        limits_(limits),
        confidence_(query_.confidence_level),
        sources_(query_.kpis.size()) {}

  absl::StatusOr<Result> Make() {
    for (FactScan& scan : scanned_.scans) scan.MergeSlots();
    if (absl::Status status = OrderSlices(); !status.ok()) return status;
    result_.total.resize(query_.kpis.size());
    if (absl::Status status = FinishTotals(); !status.ok()) return status;
    if (absl::Status status = FinishSlices(); !status.ok()) return status;
    return std::move(result_);
  }

 private:
  // Threads for so many cells that are so many pieces of work.
  size_t ThreadsFor(size_t cells, size_t pieces) const {
    return std::clamp<size_t>(cells / kCellsPerThreadMin, 1,
                              std::max<size_t>(1, std::min(threads_max_, pieces)));
  }

  // Calls work(i, confidence) for each i below `count`, each thread with intervals of its own.
  template <class Work>
  absl::Status ForEach(size_t count, size_t threads, const Work& work) {
    std::atomic<size_t> next = 0;
    return RunParts(threads, [&](size_t) -> absl::Status {
      Confidence confidence = confidence_;
      for (size_t i = next++; i < count; i = next++) {
        if (absl::Status status = limits_.Check(); !status.ok()) return status;
        work(i, &confidence);
      }
      return absl::OkStatus();
    });
  }

  absl::Status OrderSlices() {
    slot_of_slice_.resize(scanned_.scans.size());
    if (scanned_.selection != nullptr) return OrderSelectedSlices();
    SlotTable all = NewSlots(scanned_.group_by);
    for (size_t s = 0; s < scanned_.scans.size(); ++s) {
      const SlotTable& slots = scanned_.scans[s].slots();
      if (slots.dimensions() != all.dimensions()) continue;
      for (uint32_t slot = 0; slot < slots.size(); ++slot) {
        const uint32_t slice = all.Find(slots.CodesOf(slot));
        auto& slot_of = slot_of_slice_[s];
        if (slot_of.size() <= slice) slot_of.resize(slice + 1, FinishPlan::kNoSlot);
        slot_of[slice] = slot;
      }
    }
    if (absl::Status status = CheckResultSize(query_, all.size()); !status.ok()) return status;
    const std::vector<uint32_t> order = OrderOfSlots(scanned_.group_by, all);
    for (size_t s = 0; s < scanned_.scans.size(); ++s) {
      if (scanned_.scans[s].slots().dimensions() != all.dimensions()) continue;
      auto& slot_of = slot_of_slice_[s];
      slot_of.resize(all.size(), FinishPlan::kNoSlot);
      std::vector<uint32_t> ordered(order.size());
      for (size_t i = 0; i < order.size(); ++i) ordered[i] = slot_of[order[i]];
      slot_of = std::move(ordered);
    }
    slices_ = NewSlots(scanned_.group_by);
    for (const uint32_t slice : order) slices_->Find(all.CodesOf(slice));
    result_.slices.resize(order.size());
    return absl::OkStatus();
  }

  // Slots are the slices, the last of them `other` if it is asked for.
  absl::Status OrderSelectedSlices() {
    const SliceSelection& selection = *query_.selection;
    const size_t slices = selection.slices.size() + selection.with_other;
    if (absl::Status status = CheckResultSize(query_, slices); !status.ok()) return status;
    result_.slices.resize(slices);
    for (size_t s = 0; s < scanned_.scans.size(); ++s) {
      if (!scanned_.scans[s].slots().selected()) continue;
      slot_of_slice_[s].resize(slices);
      std::iota(slot_of_slice_[s].begin(), slot_of_slice_[s].end(), 0U);
    }
    return absl::OkStatus();
  }

  // Adds up the cells of scans, and finishes totals.
  absl::Status FinishTotals() {
    struct Piece {
      ScanPlace place;
      std::vector<size_t> kpis;  // That are made of this place alone.
    };
    std::vector<Piece> pieces;
    size_t cells = 0;
    for (size_t scan = 0; scan < scanned_.scans.size(); ++scan) {
      const size_t kpis = scanned_.scans[scan].kpis();
      cells += scanned_.scans[scan].slots().size() * query_.buckets.size() * kpis;
      for (size_t kpi = 0; kpi < kpis; ++kpi) pieces.push_back({{scan, kpi}, {}});
    }
    for (size_t k = 0; k < query_.kpis.size(); ++k) {
      const std::vector<ScanPlace>& places = scanned_.places[k];
      if (places.empty()) result_.total[k].no_value_reason = NoValueReason::kNotApplicable;
      if (places.size() != 1) continue;
      std::find_if(pieces.begin(), pieces.end(), [&](const Piece& piece) {
        return piece.place == places[0];
      })->kpis.push_back(k);
    }
    const auto finish = [&](size_t i, Confidence* confidence) {
      const Piece& piece = pieces[i];
      FactScan& scan = scanned_.scans[piece.place.scan];
      scan.MergeKpi(piece.place.kpi);
      for (const size_t k : piece.kpis) {
        KpiSource& source = NewSource(k, &scan.cells(piece.place.kpi));
        source.slot_of_slice = slot_of_slice_[piece.place.scan];
        source.plan.slots = scan.slots().size();
        FinishTotal(source, scan.slots(), confidence);
      }
    };
    absl::Status status = ForEach(pieces.size(), ThreadsFor(cells, pieces.size()), finish);
    for (size_t k = 0; k < query_.kpis.size() && status.ok(); ++k) {
      if (scanned_.places[k].size() > 1) FinishTerms(k);
    }
    return status;
  }

  KpiSource& NewSource(size_t k, KpiCells* cells) {
    KpiSource& source = sources_[k];
    source.cells = cells;
    source.plan.buckets = query_.buckets.size();
    source.plan.kpi = k;
    source.plan.kpis = query_.kpis.size();
    source.plan.bucket_ranges = query_.buckets;
    source.plan.range = query_.range;
    source.plan.statistic = query_.kpis[k].statistic;
    return source;
  }

  // `codes`: of the source's slots.
  void FinishTotal(KpiSource& source, const SlotTable& codes, Confidence* confidence) {
    FinishPlan plan = source.plan;
    plan.codes = &codes;
    plan.confidence = confidence;
    source.cells->FinishTotal(plan, &result_);
    source.cells->SpreadOverSlots(plan);
  }

  // Adds up the terms of a KPI, in slots that are the slices.
  void FinishTerms(size_t k) {
    const std::vector<ScanPlace>& places = scanned_.places[k];
    const bool grouped = scanned_.demands[k].grouped;
    const bool selected = grouped && scanned_.selection != nullptr;
    if (selected && !scanned_.scans[places[0].scan].slots().selected()) {
      return FinishTermsOfAllSlices(k);
    }
    KpiSource& source = NewSource(k, nullptr);
    source.slot_of_slice.resize(grouped ? result_.slices.size() : 0);
    std::iota(source.slot_of_slice.begin(), source.slot_of_slice.end(), 0U);
    source.plan.slots = 1;
    if (grouped) source.plan.slots = selected ? scanned_.selection->rest() + 1 : slices_->size();
    std::vector<std::vector<uint32_t>> slots_of;
    for (const ScanPlace& place : places) {
      const SlotTable& slots = scanned_.scans[place.scan].slots();
      std::vector<uint32_t>& slot_of = slots_of.emplace_back(slots.size(), 0);
      if (selected) {
        std::iota(slot_of.begin(), slot_of.end(), 0U);
        continue;
      }
      for (const uint32_t slice : source.slot_of_slice) {
        const uint32_t slot = slot_of_slice_[place.scan][slice];
        if (slot != FinishPlan::kNoSlot) slot_of[slot] = slice;
      }
    }
    source.owned = SumOfTerms(places, slots_of, source.plan);
    source.cells = source.owned.get();
    FinishTotal(source, grouped && !selected ? *slices_ : SlotTable({}), &confidence_);
  }

  // Adds up the terms of a KPI of which every slice is needed, and then its slices that are not
  // selected.
  void FinishTermsOfAllSlices(size_t k) {
    const std::vector<ScanPlace>& places = scanned_.places[k];
    SlotTable all = AllSlots(places);
    std::vector<std::vector<uint32_t>> slots_of;
    for (const ScanPlace& place : places) {
      const SlotTable& slots = scanned_.scans[place.scan].slots();
      std::vector<uint32_t>& slot_of = slots_of.emplace_back();
      for (size_t slot = 0; slot < slots.size(); ++slot) {
        slot_of.push_back(all.Find(slots.CodesOf(slot)));
      }
    }
    KpiSource& source = NewSource(k, nullptr);
    source.plan.slots = all.size();
    const std::unique_ptr<KpiCells> whole = SumOfTerms(places, slots_of, source.plan);
    source.cells = whole.get();
    FinishTotal(source, all, &confidence_);

    SlotTable selected = NewSlots(scanned_.group_by, scanned_.selection);
    std::vector<uint32_t> slot_of;
    for (size_t slot = 0; slot < all.size(); ++slot) {
      slot_of.push_back(selected.Find(all.CodesOf(slot)));
    }
    source.slot_of_slice.resize(result_.slices.size());
    std::iota(source.slot_of_slice.begin(), source.slot_of_slice.end(), 0U);
    source.plan.slots = selected.size();
    source.owned = scanned_.new_cells(k, 0);
    source.cells = source.owned.get();
    source.cells->Resize(source.plan.slots * source.plan.buckets);
    source.cells->Merge(*whole, {slot_of, source.plan.buckets, source.plan.buckets, 0});
  }

  // The slots of all places, in the order of slices, so that sums do not depend on which threads
  // read what.
  SlotTable AllSlots(const std::vector<ScanPlace>& places) const {
    SlotTable found = NewSlots(scanned_.group_by);
    for (const ScanPlace& place : places) {
      const SlotTable& slots = scanned_.scans[place.scan].slots();
      for (size_t slot = 0; slot < slots.size(); ++slot) found.Find(slots.CodesOf(slot));
    }
    SlotTable ordered = NewSlots(scanned_.group_by);
    for (const uint32_t slot : OrderOfSlots(scanned_.group_by, found)) {
      ordered.Find(found.CodesOf(slot));
    }
    return ordered;
  }

  // slots_of: by place, the slots of the sum.
  std::unique_ptr<KpiCells> SumOfTerms(const std::vector<ScanPlace>& places,
                                       const std::vector<std::vector<uint32_t>>& slots_of,
                                       const FinishPlan& plan) const {
    std::unique_ptr<KpiCells> sum = scanned_.new_cells(plan.kpi, 0);
    sum->Resize(plan.slots * plan.buckets);
    for (size_t i = 0; i < places.size(); ++i) {
      sum->Merge(scanned_.scans[places[i].scan].cells(places[i].kpi),
                 {slots_of[i], plan.buckets, plan.buckets, 0});
    }
    return sum;
  }

  absl::Status FinishSlices() {
    const size_t values = (query_.buckets.size() + 1) * query_.kpis.size();  // Of a slice.
    const size_t slices = result_.slices.size();
    const size_t at_once = std::max<size_t>(1, kValuesAtOnce / std::max<size_t>(1, values));
    const size_t ranges = (slices + at_once - 1) / at_once;
    return ForEach(ranges, ThreadsFor(slices * (values + kCellsOfSlice), ranges),
                   [&](size_t range, Confidence* confidence) {
                     FinishSlices(range * at_once, std::min(slices, (range + 1) * at_once),
                                  confidence);
                   });
  }

  // Slices from `first` to before `end`.
  void FinishSlices(size_t first, size_t end, Confidence* confidence) {
    for (size_t slice = first; slice < end; ++slice) MakeSlice(slice);
    for (KpiSource& source : sources_) {
      if (source.cells == nullptr || source.slot_of_slice.empty()) continue;
      FinishPlan plan = source.plan;
      plan.slot_of_slice = source.slot_of_slice;
      plan.confidence = confidence;
      source.cells->FinishSlices(plan, first, end, &result_);
    }
  }

  // Gives a slice its dimensions, and values of KPIs that do not apply.
  void MakeSlice(size_t s) {
    Slice& slice = result_.slices[s];
    if (slices_.has_value()) {
      slice.dimensions = NamesOf(scanned_.group_by, slices_->CodesOf(s));
    } else if (s < query_.selection->slices.size()) {
      slice.dimensions = query_.selection->slices[s];
      for (size_t d = 0; d < slice.dimensions.size(); ++d) {
        const DimensionSpace& space = *scanned_.group_by[d];
        const Code code = space.Find(slice.dimensions[d].value);
        slice.dimensions[d].display_name = space.DisplayName(code);
      }
    } else {
      slice.other = true;
    }
    slice.total.Assign(query_.kpis.size(), NoValueReason::kNotApplicable);
    slice.series.Assign(query_.buckets.size() * query_.kpis.size(), NoValueReason::kNotApplicable);
  }

  const ScannedQuestion& scanned_;
  const Query& query_;
  const size_t threads_max_;
  const CallLimits& limits_;
  Confidence confidence_;
  std::vector<KpiSource> sources_;                    // By KPI.
  std::vector<std::vector<uint32_t>> slot_of_slice_;  // By scan.
  std::optional<SlotTable> slices_;                   // By slice; absent with a selection.
  Result result_;
};

}  // namespace

absl::StatusOr<Result> MakeResult(const ScannedQuestion& scanned, int threads_max,
                                  const CallLimits& limits) {
  return ResultMaker(scanned, threads_max, limits).Make();
}

}  // namespace kpid::metrics
