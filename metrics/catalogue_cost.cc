// Cost: what contacts cost.
#include "metrics/catalogue_rows.h"
#include "metrics/span_rows.h"

namespace kpid::metrics {
namespace {

constexpr std::string_view kArea = "sales";

Allocation AllocationOf(const KernelContext& context) {
  const std::string& choice = context.choice("allocate");
  if (choice == "by_contacts") return Allocation::kByContacts;
  return choice == "by_handle_time" ? Allocation::kByHandleTime : Allocation::kNone;
}

// Costs that are spread come to a slice by its share among all.
void AdjustAllocation(const KernelContext& context, KpiNeeds* needs) {
  needs->all_slices = AllocationOf(context) != Allocation::kNone;
}

const KpiKernel* Costs() {
  return CostShare<CostRow>(
      SetOf(Column::kAmount, Column::kCurrency, Column::kFirsts),
      [](const KernelContext& context) {
        const Code wanted = context.currency("currency").value_or(kNoCode);
        return [=](const CostRow& row) -> CostSample {
          if (wanted != kNoCode && row.currency() != wanted) {
            return {.firsts = row.firsts(),
                    .cost = true,
                    .currency = wanted,
                    .reason = CountKind::kOtherCurrency};
          }
          return {.cost = true, .currency = row.currency(), .millionths = row.amount()};
        };
      },
      AdjustAllocation);
}

const KpiKernel* Contacts() {
  return CostShare<InteractionRow>(
      SetOf(Column::kStatus, Column::kHandle),
      [](const KernelContext& context) {
        const bool by_time = AllocationOf(context) == Allocation::kByHandleTime;
        const Code wanted = context.currency("currency").value_or(kNoCode);
        return [=](const InteractionRow& row) -> CostSample {
          if (row.in_progress()) return {.counted = CountKind::kPending, .currency = wanted};
          if (!row.handled()) {
            return {.currency = wanted, .reason = CountKind::kNotHandled};
          }
          const int64_t time = row.handle() == kAbsent ? 0 : row.handle();
          return {.currency = wanted, .handled = 1, .weight = by_time ? time : 1};
        };
      },
      AdjustAllocation);
}

KpiDefinition CostPerContact() {
  return {.id = "cost_per_contact",
          .title = "Cost per contact",
          .area = kArea,
          .formula =
              "Cost that falls in the bucket, by the overlap of its period, over contacts "
              "handled; in one currency only.",
          .unit = Unit::kMoney,
          .better = BetterDirection::kDown,
          .time_basis = TimeBasis::kOverlap,
          .parameters = {{.name = "allocate",
                          .kind = ParameterKind::kChoice,
                          .default_text = "none",
                          .choices = {"none", "by_contacts", "by_handle_time"},
                          .description =
                              "What is done, when grouped, with cost that names no queue, group "
                              "or channel: it stays apart, or is spread over the slices in "
                              "proportion to their contacts handled or handle time."},
                         {.name = "currency",
                          .kind = ParameterKind::kText,
                          .description =
                              "ISO 4217 code; cost in other currencies is left out. Not given: "
                              "all cost, which must be in one currency."}},
          .dimensions = DimensionsOf(FactKind::kCost),
          .counts = Names({CountKind::kPending, CountKind::kOtherCurrency}),
          .kernel = Finished(SumOf({Costs(), Contacts()}),
                             [](const KernelContext& context, FinishContext* finish) {
                               finish->allocation = AllocationOf(context);
                               finish->currency = context.currency("currency").value_or(kNoCode);
                             })};
}

}  // namespace

std::vector<KpiDefinition> CostKpis() { return {CostPerContact()}; }

}  // namespace kpid::metrics
