// Efficiency: contacts handled, both directions.
#include "metrics/catalogue_rows.h"

namespace kpid::metrics {
namespace {

constexpr std::string_view kArea = "efficiency";

// The mean over handled contacts of one duration: `duration_of` a row, kAbsent when unknown.
template <class DurationOf>
const KpiKernel* OverHandled(Column column, DurationOf duration_of) {
  return Average<InteractionRow>(SetOf(Column::kStatus, column), [=](const KernelContext&) {
    return [=](const InteractionRow& row) -> AmountSample {
      if (row.handled()) return Measured(duration_of(row));
      return row.in_progress() ? Apart<AmountSample>(CountKind::kPending)
                               : LeftOut<AmountSample>(CountKind::kNotHandled);
    };
  });
}

KpiDefinition AverageHandleTime() {
  return {.id = "average_handle_time",
          .aliases = {"aht"},
          .title = "Average handle time",
          .area = kArea,
          .formula =
              "Talk, hold and wrap-up time of contacts handled, over these contacts. Talk "
              "time not given is end minus answer minus hold.",
          .unit = Unit::kSeconds,
          .better = BetterDirection::kDown,
          .has_statistics = true,
          .dimensions = DimensionsOf(FactKind::kInteraction),
          .counts = Names({CountKind::kPending, CountKind::kUnknownDuration}),
          .kernel =
              OverHandled(Column::kHandle, [](const InteractionRow& row) { return row.handle(); })};
}

KpiDefinition AverageTalkTime() {
  return {
      .id = "average_talk_time",
      .title = "Average talk time",
      .area = kArea,
      .formula = "Talk time of contacts handled, over these contacts.",
      .unit = Unit::kSeconds,
      .better = BetterDirection::kDown,
      .has_statistics = true,
      .dimensions = DimensionsOf(FactKind::kInteraction),
      .counts = Names({CountKind::kPending, CountKind::kUnknownDuration}),
      .kernel = OverHandled(Column::kTalk, [](const InteractionRow& row) { return row.talk(); })};
}

KpiDefinition AverageHoldTime() {
  return {
      .id = "average_hold_time",
      .title = "Average hold time",
      .area = kArea,
      .formula = "Hold time of contacts handled (0 where not given), over these contacts.",
      .unit = Unit::kSeconds,
      .better = BetterDirection::kDown,
      .has_statistics = true,
      .dimensions = DimensionsOf(FactKind::kInteraction),
      .counts = Names({CountKind::kPending}),
      .kernel = OverHandled(Column::kHold, [](const InteractionRow& row) { return row.hold(); })};
}

KpiDefinition AverageWrapUpTime() {
  return {.id = "average_wrap_up_time",
          .aliases = {"acw"},
          .title = "Average wrap-up time",
          .area = kArea,
          .formula =
              "Wrap-up time (after-contact work) of contacts handled (0 where not given), "
              "over these contacts.",
          .unit = Unit::kSeconds,
          .better = BetterDirection::kDown,
          .has_statistics = true,
          .dimensions = DimensionsOf(FactKind::kInteraction),
          .counts = Names({CountKind::kPending}),
          .kernel = OverHandled(Column::kWrapUp,
                                [](const InteractionRow& row) { return row.wrap_up(); })};
}

KpiDefinition TransferRate() {
  return {.id = "transfer_rate",
          .title = "Transfer rate",
          .area = kArea,
          .formula = "Contacts transferred over contacts handled.",
          .unit = Unit::kPercent,
          .better = BetterDirection::kDown,
          .dimensions = DimensionsOf(FactKind::kInteraction),
          .counts = Names({CountKind::kPending}),
          .kernel = Ratio<InteractionRow>(
              SetOf(Column::kStatus, Column::kMarks), [](const KernelContext&) {
                return [](const InteractionRow& row) -> RatioSample {
                  if (row.handled()) return OutOf(row.marked(kMarkTransferred));
                  return row.in_progress() ? Apart<RatioSample>(CountKind::kPending)
                                           : LeftOut<RatioSample>(CountKind::kNotHandled);
                };
              })};
}

}  // namespace

std::vector<KpiDefinition> EfficiencyKpis() {
  return {AverageHandleTime(), AverageTalkTime(), AverageHoldTime(), AverageWrapUpTime(),
          TransferRate()};
}

}  // namespace kpid::metrics
