// Cells of one kind of partial result: all of KpiCells but the taking in of rows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "metrics/kernel.h"
#include "metrics/partial.h"

namespace kpid::metrics {

// Counts of facts apart, by cell. Takes no space until the first one.
class CountCells {
 public:
  explicit CountCells(const FinishContext& finish);

  void Resize(size_t cells) {
    cells_ = cells;
    if (!counts_.empty()) counts_.resize(cells * width_);
  }
  void Add(size_t cell, CountKind kind, int64_t amount = 1);
  void Merge(size_t cell, const CountCells& other, size_t other_cell);

  // Counts of a cell, added to *counts.
  void AddTo(size_t cell, CountValues* counts) const;

 private:
  std::array<int8_t, kCountKinds> index_;
  size_t width_ = 0;
  size_t cells_ = 0;
  std::vector<int64_t> counts_;  // cell * width + index.
};

template <class Partial>
class PartialCells : public KpiCells {
 public:
  explicit PartialCells(const FinishContext& finish) : finish_(finish), counts_(finish) {}

  void Resize(size_t cells) override {
    cells_.resize(cells);
    counts_.Resize(cells);
  }
  bool TakesSums() const override;
  void AddClasses(const ClassCounts& counts) override;
  void AddAmounts(const FactBlock& block, const ClassedRows& rows) override;
  void Merge(const KpiCells& part, const CellMap& map) override;
  void FinishTotal(const FinishPlan& plan, Result* result) override;
  void SpreadOverSlots(const FinishPlan& plan) override;
  void FinishSlices(const FinishPlan& plan, size_t first, size_t end, Result* result) override;

 protected:
  FinishContext finish_;
  std::vector<Partial> cells_;
  CountCells counts_;

 private:
  // What several cells add up to.
  struct Total {
    Partial partial;
    CountValues counts{};
  };

  FinishContext ContextOf(const FinishPlan& plan) const;
  void AddCell(size_t cell, Total* total) const;
  static Value FinishValue(const FinishContext& context, Partial* partial,
                           const CountValues& counts);
  Value FinishCell(const FinishPlan& plan, size_t slot, size_t bucket, FinishContext* context);
  static void FinishNoSlot(const FinishPlan& plan, FinishContext* context, Slice* slice);
  void FinishSlice(const FinishPlan& plan, uint32_t slot, FinishContext* context, Slice* slice);

  std::optional<Total> total_;  // Of all cells, once it was asked for.
};

extern template class PartialCells<CountPartial>;
extern template class PartialCells<RatioPartial>;
extern template class PartialCells<MeanPartial<NoSquares>>;
extern template class PartialCells<MeanPartial<SquareSum>>;
extern template class PartialCells<ExtremePartial<false>>;
extern template class PartialCells<ExtremePartial<true>>;
extern template class PartialCells<DistributionPartial>;
extern template class PartialCells<NetScorePartial>;
extern template class PartialCells<ScorePartial<NoSquares>>;
extern template class PartialCells<ScorePartial<SquareSum>>;
extern template class PartialCells<MoneyPartial<NoSquares>>;
extern template class PartialCells<MoneyPartial<SquareSum>>;
extern template class PartialCells<QuotientPartial<PercentScale, NoProducts>>;
extern template class PartialCells<QuotientPartial<PercentScale, PairProducts>>;
extern template class PartialCells<QuotientPartial<PerHourScale, NoProducts>>;
extern template class PartialCells<LevelPartial>;
extern template class PartialCells<HeadcountPartial>;
extern template class PartialCells<TurnoverPartial>;
extern template class PartialCells<CostPartial>;

}  // namespace kpid::metrics
