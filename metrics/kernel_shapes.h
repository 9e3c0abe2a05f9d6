// The shapes that KPIs have. A row of the catalogue names its shape, the columns that it reads,
// and a function that makes the row function from the resolved parameters:
//
//   Ratio<InteractionRow>(SetOf(Column::kStatus), [](const KernelContext& context) {
//     const bool outbound = context.boolean("outbound");
//     return [=](const InteractionRow& row) -> RatioSample { ... };
//   })
//
// The row function is inlined into the loop over a block's rows.
#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "metrics/kernel.h"
#include "metrics/partial_cells.h"

namespace kpid::metrics {

// Cells that take in rows by a row function.
template <class Partial, class Row, class RowFunction>
class CellsOf final : public PartialCells<Partial> {
 public:
  CellsOf(const FinishContext& finish, RowFunction function)
      : PartialCells<Partial>(finish), function_(std::move(function)) {}

  void Add(const FactBlock& block) override {
    if (block.uniform) {
      Partial local;
      AddRows(
          block, [&](size_t) -> Partial& { return local; }, [&](size_t) { return block.cell; });
      this->cells_[block.cell].Merge(local);
    } else {
      Partial* const cells = this->cells_.data();
      const uint32_t* const cell_of = block.cells;
      AddRows(
          block, [=](size_t i) -> Partial& { return cells[cell_of[i]]; },
          [=](size_t i) { return cell_of[i]; });
    }
  }

  [[gnu::cold]] void Explain(const FactBlock& block, ContributionSink* sink) const override {
    Row row(block);
    for (size_t i = 0; i < block.size; ++i) {
      row.MoveTo(i);
      const typename Partial::Sample sample = function_(row);
      Partial partial;
      partial.Add(sample);
      Contribution contribution = ContributionOf(partial);
      if (sample.counted != CountKind::kNone) {
        contribution.reason = sample.counted;
      } else if (sample.reason != CountKind::kNone) {
        contribution.reason = sample.reason;
      }
      sink->Add(i, contribution);
    }
  }
  ContributionScale scale(const TimeRange& range) const override {
    return ScaleOf<Partial>::Of(range);
  }

 private:
  template <class PartialOf, class CellOf>
  void AddRows(const FactBlock& block, PartialOf partial_of, CellOf cell_of) {
    Row row(block);
    const RowFunction function = function_;
    const size_t size = block.size;
    for (size_t i = 0; i < size; ++i) {
      row.MoveTo(i);
      const typename Partial::Sample sample = function(row);
      partial_of(i).Add(sample);
      if (sample.counted != CountKind::kNone) [[unlikely]] {
        this->counts_.Add(cell_of(i), sample.counted);
      }
    }
  }

  RowFunction function_;
};

// What a KPI reads beside its columns, by its parameters.
using AdjustNeeds = void (*)(const KernelContext& context, KpiNeeds* needs);

// A kernel whose rows give samples of one kind. `Shape::NewCells<Row>(context, finish, function)`
// makes the cells.
template <class Shape, class Row, class MakeRowFunction>
class ShapeKernel final : public KpiKernel {
 public:
  ShapeKernel(ColumnSet columns, MakeRowFunction make, AdjustNeeds adjust)
      : columns_(columns), make_(std::move(make)), adjust_(adjust) {}

  std::vector<KpiNeeds> Needs(const ResolvedKpi& kpi) const override {
    KpiNeeds needs;
    needs.fact_kind = Row::kFactKind;
    needs.time_basis = Row::kTimeBasis;
    needs.columns = columns_;
    if (adjust_ != nullptr) adjust_(KernelContext(kpi, Instant{}, nullptr), &needs);
    return {needs};
  }

  std::unique_ptr<KpiCells> NewCells(const KernelContext& context, const FinishContext& finish,
                                     size_t) const override {
    return Shape::template NewCells<Row>(finish, make_(context));
  }

 private:
  ColumnSet columns_;
  MakeRowFunction make_;
  AdjustNeeds adjust_;
};

template <class Partial>
struct PlainShape {
  template <class Row, class RowFunction>
  static std::unique_ptr<KpiCells> NewCells(const FinishContext& finish, RowFunction function) {
    return std::make_unique<CellsOf<Partial, Row, RowFunction>>(finish, std::move(function));
  }
};

// Keeps squares only where an interval is asked for.
template <template <class> class Partial>
struct MeanShape {
  template <class Row, class RowFunction>
  static std::unique_ptr<KpiCells> NewCells(const FinishContext& finish, RowFunction function) {
    if (finish.WithInterval()) {
      return PlainShape<Partial<SquareSum>>::template NewCells<Row>(finish, std::move(function));
    }
    return PlainShape<Partial<NoSquares>>::template NewCells<Row>(finish, std::move(function));
  }
};

// Keeps products only where an interval is asked for.
struct ShareOfSumsShape {
  template <class Row, class RowFunction>
  static std::unique_ptr<KpiCells> NewCells(const FinishContext& finish, RowFunction function) {
    if (finish.WithInterval()) {
      using Partial = QuotientPartial<PercentScale, PairProducts>;
      return PlainShape<Partial>::template NewCells<Row>(finish, std::move(function));
    }
    using Partial = QuotientPartial<PercentScale, NoProducts>;
    return PlainShape<Partial>::template NewCells<Row>(finish, std::move(function));
  }
};

// Keeps what the statistic needs.
struct StatisticShape {
  template <class Row, class RowFunction>
  static std::unique_ptr<KpiCells> NewCells(const FinishContext& finish, RowFunction function) {
    switch (finish.statistic.kind) {
      case Statistic::Kind::kPercentile:
        return Make<DistributionPartial, Row>(finish, function);
      case Statistic::Kind::kMinimum:
        return Make<ExtremePartial<false>, Row>(finish, function);
      case Statistic::Kind::kMaximum:
        return Make<ExtremePartial<true>, Row>(finish, function);
      case Statistic::Kind::kStandardDeviation:
        return Make<MeanPartial<SquareSum>, Row>(finish, function);
      default:
        return MeanShape<MeanPartial>::NewCells<Row>(finish, function);
    }
  }

 private:
  template <class Partial, class Row, class RowFunction>
  static std::unique_ptr<KpiCells> Make(const FinishContext& finish, const RowFunction& function) {
    return PlainShape<Partial>::template NewCells<Row>(finish, function);
  }
};

// Answers by one of several kernels, as a choice parameter says.
class ChoiceKernel final : public KpiKernel {
 public:
  ChoiceKernel(std::string parameter,
               std::initializer_list<std::pair<const std::string, const KpiKernel*>> kernels)
      : parameter_(std::move(parameter)), kernels_(kernels) {}

  std::vector<KpiNeeds> Needs(const ResolvedKpi& kpi) const override { return Of(kpi).Needs(kpi); }
  std::unique_ptr<KpiCells> NewCells(const KernelContext& context, const FinishContext& finish,
                                     size_t term) const override {
    return Of(context.kpi()).NewCells(context, finish, term);
  }

 private:
  const KpiKernel& Of(const ResolvedKpi& kpi) const {
    return *kernels_.at(KernelContext(kpi, Instant{}, nullptr).choice(parameter_));
  }

  std::string parameter_;
  std::map<std::string, const KpiKernel*> kernels_;
};

// Adds up what several kernels of one kind of partial result make of their own facts.
class SumKernel final : public KpiKernel {
 public:
  explicit SumKernel(std::initializer_list<const KpiKernel*> terms) : terms_(terms) {}

  std::vector<KpiNeeds> Needs(const ResolvedKpi& kpi) const override {
    std::vector<KpiNeeds> needs;
    for (const KpiKernel* term : terms_) needs.push_back(term->Needs(kpi).front());
    return needs;
  }
  std::unique_ptr<KpiCells> NewCells(const KernelContext& context, const FinishContext& finish,
                                     size_t term) const override {
    return terms_.at(term)->NewCells(context, finish, 0);
  }

 private:
  std::vector<const KpiKernel*> terms_;
};

// How values are finished, by the parameters.
using AdjustFinish = void (*)(const KernelContext& context, FinishContext* finish);

class FinishKernel final : public KpiKernel {
 public:
  FinishKernel(const KpiKernel* kernel, AdjustFinish adjust) : kernel_(kernel), adjust_(adjust) {}

  std::vector<KpiNeeds> Needs(const ResolvedKpi& kpi) const override { return kernel_->Needs(kpi); }
  std::unique_ptr<KpiCells> NewCells(const KernelContext& context, const FinishContext& finish,
                                     size_t term) const override {
    FinishContext adjusted = finish;
    adjust_(context, &adjusted);
    return kernel_->NewCells(context, adjusted, term);
  }

 private:
  const KpiKernel* kernel_;
  AdjustFinish adjust_;
};

// The functions below make kernels that live as long as the process, as the catalogue does.

template <class Shape, class Row, class Make>
const KpiKernel* NewKernel(ColumnSet columns, Make make, AdjustNeeds adjust) {
  return new ShapeKernel<Shape, Row, Make>(columns, std::move(make), adjust);
}

// A number of facts. Row function: CountSample.
template <class Row, class Make>
const KpiKernel* Count(ColumnSet columns, Make make, AdjustNeeds adjust = nullptr) {
  return NewKernel<PlainShape<CountPartial>, Row>(columns, std::move(make), adjust);
}

// A percentage of facts. Row function: RatioSample.
template <class Row, class Make>
const KpiKernel* Ratio(ColumnSet columns, Make make, AdjustNeeds adjust = nullptr) {
  return NewKernel<PlainShape<RatioPartial>, Row>(columns, std::move(make), adjust);
}

// An average of durations, with statistics. Row function: AmountSample in microseconds.
template <class Row, class Make>
const KpiKernel* Average(ColumnSet columns, Make make, AdjustNeeds adjust = nullptr) {
  return NewKernel<StatisticShape, Row>(columns, std::move(make), adjust);
}

// The greatest duration. Row function: AmountSample in microseconds.
template <class Row, class Make>
const KpiKernel* Greatest(ColumnSet columns, Make make, AdjustNeeds adjust = nullptr) {
  return NewKernel<PlainShape<ExtremePartial<true>>, Row>(columns, std::move(make), adjust);
}

// A net score. Row function: AttitudeSample.
template <class Row, class Make>
const KpiKernel* NetScore(ColumnSet columns, Make make, AdjustNeeds adjust = nullptr) {
  return NewKernel<PlainShape<NetScorePartial>, Row>(columns, std::move(make), adjust);
}

// A mean score of one scale. Row function: ScoreSample.
template <class Row, class Make>
const KpiKernel* MeanScore(ColumnSet columns, Make make, AdjustNeeds adjust = nullptr) {
  return NewKernel<MeanShape<ScorePartial>, Row>(columns, std::move(make), adjust);
}

// A mean amount of money of one currency. Row function: MoneySample.
template <class Row, class Make>
const KpiKernel* MeanMoney(ColumnSet columns, Make make, AdjustNeeds adjust = nullptr) {
  return NewKernel<MeanShape<MoneyPartial>, Row>(columns, std::move(make), adjust);
}

// By a choice parameter, one of several.
inline const KpiKernel* ByChoice(
    std::string parameter,
    std::initializer_list<std::pair<const std::string, const KpiKernel*>> kernels) {
  return new ChoiceKernel(std::move(parameter), kernels);
}

// The sum of terms over facts of several kinds, of one kind of partial result.
inline const KpiKernel* SumOf(std::initializer_list<const KpiKernel*> terms) {
  return new SumKernel(terms);
}

// A kernel whose values are finished by parameters.
inline const KpiKernel* Finished(const KpiKernel* kernel, AdjustFinish adjust) {
  return new FinishKernel(kernel, adjust);
}

// A quotient of two sums. Row function: QuotientSample.
template <class Scale, class Row, class Make>
const KpiKernel* Quotient(ColumnSet columns, Make make, AdjustNeeds adjust = nullptr) {
  return NewKernel<PlainShape<QuotientPartial<Scale, NoProducts>>, Row>(columns, std::move(make),
                                                                        adjust);
}

// A quotient of the sums of parts and wholes in percent, with an interval. Row function:
// QuotientSample, each counted once, neither part nor whole negative.
template <class Row, class Make>
const KpiKernel* ShareOfSums(ColumnSet columns, Make make, AdjustNeeds adjust = nullptr) {
  return NewKernel<ShareOfSumsShape, Row>(columns, std::move(make), adjust);
}

// A number as of each bucket's end. Row function: ChangeSample.
template <class Row, class Make>
const KpiKernel* Level(ColumnSet columns, Make make, AdjustNeeds adjust = nullptr) {
  return NewKernel<PlainShape<LevelPartial>, Row>(columns, std::move(make), adjust);
}

// A number of agents, and how many of them left. Row function: StaffSample.
template <class Partial, class Row, class Make>
const KpiKernel* Staff(ColumnSet columns, Make make, AdjustNeeds adjust = nullptr) {
  return NewKernel<PlainShape<Partial>, Row>(columns, std::move(make), adjust);
}

// Cost over contacts. Row function: CostSample.
template <class Row, class Make>
const KpiKernel* CostShare(ColumnSet columns, Make make, AdjustNeeds adjust = nullptr) {
  return NewKernel<PlainShape<CostPartial>, Row>(columns, std::move(make), adjust);
}

}  // namespace kpid::metrics
