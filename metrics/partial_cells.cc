#include "metrics/partial_cells.h"

#include <algorithm>
#include <cassert>
#include <type_traits>
#include <utility>

#include "metrics/cost_allocation.h"
#include "metrics/sample_kind.h"

namespace kpid::metrics {
namespace {

template <class Partial>
constexpr bool kIsRunning = requires {
  Partial::kRunning;
};

template <class Partial>
constexpr bool kHasSources = requires(Partial partial) {
  partial.sources;
};

// What an answer of that detail gives of a value.
Value As(ValueDetail detail, const Value& value) {
  return detail == ValueDetail::kBare ? BareValue(value).AsValue() : value;
}

void Put(const Value& value, ValueDetail detail, size_t place, ValueList* values) {
  if (detail == ValueDetail::kBare) {
    values->SetBare(place, BareValue(value));
  } else {
    values->Set(place, value);
  }
}

}  // namespace

CountCells::CountCells(const FinishContext& finish) : index_(finish.count_index) {
  for (const int8_t index : index_) {
    width_ = std::max(width_, static_cast<size_t>(index + 1));
  }
}

void CountCells::Add(size_t cell, CountKind kind, int64_t amount) {
  const int index = index_[static_cast<size_t>(kind)];
  assert(index >= 0);  // The KPI's row of the catalogue does not name this count.
  if (index < 0) return;
  if (counts_.empty()) counts_.resize(cells_ * width_);
  counts_[cell * width_ + static_cast<size_t>(index)] += amount;
}

void CountCells::Merge(size_t cell, const CountCells& other, size_t other_cell) {
  if (other.counts_.empty()) return;
  if (counts_.empty()) counts_.resize(cells_ * width_);
  for (size_t i = 0; i < width_; ++i) {
    counts_[cell * width_ + i] += other.counts_[other_cell * width_ + i];
  }
}

void CountCells::AddTo(size_t cell, CountValues* counts) const {
  if (counts_.empty()) return;
  for (size_t i = 0; i < width_; ++i) (*counts)[i] += counts_[cell * width_ + i];
}

template <class Partial>
bool PartialCells<Partial>::TakesSums() const {
  return HasSum<Partial>;
}

template <class Partial>
void PartialCells<Partial>::AddClasses(const ClassCounts& counts) {
  if constexpr (HasSampleKind<Partial>) {
    const ClassSums& sums = *counts.sums;
    std::vector<size_t> classes;  // Of which the KPI takes something in.
    for (size_t c = 0; c < counts.kinds.size(); ++c) {
      if (counts.kinds[c] != 0) classes.push_back(c);
    }
    // Locals, because a store to cells might otherwise change them.
    const int cell_shift = sums.cell_shift();
    const int class_shift = sums.class_shift();
    const auto add = [&, cell_shift, class_shift](size_t cell, size_t c) {
      const size_t place = (cell << cell_shift) + (c << class_shift);
      const int64_t count = sums.CountOf(place);
      if (count == 0) return;
      const size_t to = counts.cell_of.empty() ? cell : counts.cell_of[cell];
      const uint8_t kind = counts.kinds[c];
      Partial& partial = cells_[to];
      AddSamples(kind, count, &partial);
      if constexpr (HasSum<Partial>) {
        if ((kind & 1) != 0 && counts.amount.has_value()) {
          AddSum(Int128{sums.SumOf(place, *counts.amount)} * counts.unit, &partial);
        }
      }
      const CountKind counted = CountedOfKind(kind);
      if (counted != CountKind::kNone) counts_.Add(to, counted, count);
    };
    // In the order in which they lie.
    if (class_shift > 0) {
      for (const size_t c : classes) {
        for (size_t cell = 0; cell < sums.cells(); ++cell) add(cell, c);
      }
    } else {
      for (size_t cell = 0; cell < sums.cells(); ++cell) {
        for (const size_t c : classes) add(cell, c);
      }
    }
  }
}

template <class Partial>
void PartialCells<Partial>::AddAmounts(const FactBlock& block, const ClassedRows& rows) {
  if constexpr (HasAmount<Partial>) {
    std::array<uint8_t, 256> takes{};  // By class.
    for (size_t c = 0; c < rows.kinds.size(); ++c) takes[c] = rows.kinds[c] & 1;
    // Found first and without branches: which rows are taken cannot be predicted.
    std::array<uint16_t, kBlockRows> taken;
    size_t size = 0;
#pragma GCC unroll 4
    for (size_t i = 0; i < block.size; ++i) {
      taken[size] = static_cast<uint16_t>(i);
      size += takes[rows.places[i] >> rows.class_shift & rows.class_mask];
    }
    const auto* const amounts =
        static_cast<const int64_t*>(block.columns[static_cast<size_t>(this->reading()->amount)]);
    const uint32_t* const units = rows.units;
    const int64_t unit = rows.unit;
    const auto add_all = [&](auto cell_of) {
      if (units != nullptr) {
        for (size_t t = 0; t < size; ++t) AddUnits(units[taken[t]], unit, cell_of(taken[t]));
      } else {
        for (size_t t = 0; t < size; ++t) AddAmount(amounts[taken[t]], cell_of(taken[t]));
      }
    };
    Partial* const cells = cells_.data();
    if (block.uniform) {
      Partial* const cell = &cells[block.cell];
      add_all([=](size_t) { return cell; });
    } else {
      const uint32_t* const cell_of = block.cells;
      add_all([=](size_t i) { return &cells[cell_of[i]]; });
    }
  }
}

template <class Partial>
void PartialCells<Partial>::Merge(const KpiCells& part, const CellMap& map) {
  const auto& other = static_cast<const PartialCells&>(part);
  for (size_t slot = 0; slot < map.slot_of.size(); ++slot) {
    const size_t first = map.slot_of[slot] * map.whole_buckets + map.first_bucket;
    for (size_t bucket = 0; bucket < map.part_buckets; ++bucket) {
      const size_t from = slot * map.part_buckets + bucket;
      cells_[first + bucket].Merge(other.cells_[from]);
      counts_.Merge(first + bucket, other.counts_, from);
    }
  }
}

template <class Partial>
void PartialCells<Partial>::AddCell(size_t cell, Total* total) const {
  total->partial.Merge(cells_[cell]);
  counts_.AddTo(cell, &total->counts);
}

template <class Partial>
FinishContext PartialCells<Partial>::ContextOf(const FinishPlan& plan) const {
  FinishContext context = finish_;
  context.statistic = plan.statistic;
  context.confidence = plan.confidence;
  return context;
}

template <class Partial>
Value PartialCells<Partial>::FinishValue(const FinishContext& context, Partial* partial,
                                         const CountValues& counts) {
  Value value;
  value.counts = counts;
  partial->Finish(context, &value);
  if (value.sample_count < context.sample_minimum) {
    Value suppressed;
    suppressed.no_value_reason = NoValueReason::kSuppressedSmallGroup;
    return suppressed;
  }
  return value;
}

template <class Partial>
Value PartialCells<Partial>::FinishCell(const FinishPlan& plan, size_t slot, size_t bucket,
                                        FinishContext* context) {
  const size_t cell = slot * plan.buckets + bucket;
  CountValues counts{};
  counts_.AddTo(cell, &counts);
  context->bucket = plan.bucket_ranges[bucket];
  return FinishValue(*context, &cells_[cell], counts);
}

// Values of a slice without facts of the KPI.
template <class Partial>
void PartialCells<Partial>::FinishNoSlot(const FinishPlan& plan, FinishContext* context,
                                         Slice* slice) {
  Partial none;
  for (size_t bucket = 0; bucket < plan.buckets; ++bucket) {
    context->bucket = plan.bucket_ranges[bucket];
    Put(FinishValue(*context, &none, {}), context->detail, bucket * plan.kpis + plan.kpi,
        &slice->series);
  }
  context->bucket = plan.range;
  Put(FinishValue(*context, &none, {}), context->detail, plan.kpi, &slice->total);
}

template <class Partial>
void PartialCells<Partial>::FinishSlice(const FinishPlan& plan, uint32_t slot,
                                        FinishContext* context, Slice* slice) {
  if (slot == FinishPlan::kNoSlot) return FinishNoSlot(plan, context, slice);
  if (plan.buckets == 1) {
    const Value value = FinishCell(plan, slot, 0, context);
    Put(value, context->detail, plan.kpi, &slice->series);
    return Put(value, context->detail, plan.kpi, &slice->total);
  }
  Total total;
  for (size_t bucket = 0; bucket < plan.buckets; ++bucket) {
    const size_t place = bucket * plan.kpis + plan.kpi;
    AddCell(slot * plan.buckets + bucket, &total);
    if constexpr (kIsRunning<Partial>) {
      Put(FinishValue(*context, &total.partial, total.counts), context->detail, place,
          &slice->series);
    } else {
      Put(FinishCell(plan, slot, bucket, context), context->detail, place, &slice->series);
    }
  }
  if constexpr (kHasSources<Partial>) {
    total.partial.sources.in_cell = total.partial.sources.in_slice;
  }
  context->bucket = plan.range;
  Put(FinishValue(*context, &total.partial, total.counts), context->detail, plan.kpi,
      &slice->total);
}

template <class Partial>
void PartialCells<Partial>::FinishTotal(const FinishPlan& plan, Result* result) {
  FinishContext context = ContextOf(plan);
  Value* const value = &result->total[plan.kpi];
  if (plan.slots * plan.buckets == 1) {
    *value = As(context.detail, FinishCell(plan, 0, 0, &context));
    return;
  }
  if (!total_.has_value()) {
    total_.emplace();
    for (size_t cell = 0; cell < plan.slots * plan.buckets; ++cell) AddCell(cell, &*total_);
    if constexpr (kHasSources<Partial>) {
      total_->partial.sources.in_cell = total_->partial.sources.in_all;
    }
  }
  context.bucket = plan.range;
  *value = As(context.detail, FinishValue(context, &total_->partial, total_->counts));
}

template <class Partial>
void PartialCells<Partial>::SpreadOverSlots(const FinishPlan& plan) {
  if constexpr (std::is_same_v<Partial, CostPartial>) {
    if (finish_.allocation != Allocation::kNone) SpreadCosts(plan, finish_.currency, &cells_);
  }
}

template <class Partial>
void PartialCells<Partial>::FinishSlices(const FinishPlan& plan, size_t first, size_t end,
                                         Result* result) {
  FinishContext context = ContextOf(plan);
  for (size_t i = first; i < end; ++i) {
    FinishSlice(plan, plan.slot_of_slice[i], &context, &result->slices[i]);
  }
}

template class PartialCells<CountPartial>;
template class PartialCells<RatioPartial>;
template class PartialCells<MeanPartial<NoSquares>>;
template class PartialCells<MeanPartial<SquareSum>>;
template class PartialCells<ExtremePartial<false>>;
template class PartialCells<ExtremePartial<true>>;
template class PartialCells<DistributionPartial>;
template class PartialCells<NetScorePartial>;
template class PartialCells<ScorePartial<NoSquares>>;
template class PartialCells<ScorePartial<SquareSum>>;
template class PartialCells<MoneyPartial<NoSquares>>;
template class PartialCells<MoneyPartial<SquareSum>>;
template class PartialCells<QuotientPartial<PercentScale, NoProducts>>;
template class PartialCells<QuotientPartial<PercentScale, PairProducts>>;
template class PartialCells<QuotientPartial<PerHourScale, NoProducts>>;
template class PartialCells<LevelPartial>;
template class PartialCells<HeadcountPartial>;
template class PartialCells<TurnoverPartial>;
template class PartialCells<CostPartial>;

}  // namespace kpid::metrics
