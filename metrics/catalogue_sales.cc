// Sales: contacts handled, both directions.
#include "metrics/catalogue_rows.h"

namespace kpid::metrics {
namespace {

constexpr std::string_view kArea = "sales";

// Handled contacts with one mark over all handled ones, or over those with the basis mark when
// `basis` is not "handled".
auto MarkedRow(const KernelContext& context, Mark success, Mark basis_mark,
               CountKind without_basis) {
  const bool over_handled = context.choice("basis") == "handled";
  const RowReading reading{.marks = static_cast<uint8_t>(success | basis_mark)};
  return ByReading(reading, [=](const InteractionRow& row) -> RatioSample {
    if (row.in_progress()) return Apart<RatioSample>(CountKind::kPending);
    if (!row.handled() || (!over_handled && !row.marked(basis_mark))) {
      return LeftOut<RatioSample>(row.handled() ? without_basis : CountKind::kNotHandled);
    }
    return OutOf(row.marked(success));
  });
}

KpiDefinition UpsellRate() {
  return {.id = "upsell_rate",
          .title = "Upsell rate",
          .area = kArea,
          .formula =
              "Contacts handled in which an additional product was bought, over contacts "
              "handled, or over those in which one was offered.",
          .unit = Unit::kPercent,
          .better = BetterDirection::kUp,
          .parameters = {{.name = "basis",
                          .kind = ParameterKind::kChoice,
                          .default_text = "handled",
                          .choices = {"handled", "offered"},
                          .description = "What the rate is over: contacts handled, or those with "
                                         "an offer."}},
          .dimensions = DimensionsOf(FactKind::kInteraction),
          .counts = Names({CountKind::kPending}),
          .kernel = Ratio<InteractionRow>(
              SetOf(Column::kStatus, Column::kMarks), [](const KernelContext& context) {
                return MarkedRow(context, kMarkAccepted, kMarkOffered, CountKind::kNotOffered);
              })};
}

KpiDefinition ConversionRate() {
  return {.id = "conversion_rate",
          .title = "Conversion rate",
          .area = kArea,
          .formula =
              "Contacts handled in which a sale was made, over contacts handled, or over "
              "those in which one was possible.",
          .unit = Unit::kPercent,
          .better = BetterDirection::kUp,
          .parameters = {{.name = "basis",
                          .kind = ParameterKind::kChoice,
                          .default_text = "handled",
                          .choices = {"handled", "eligible"},
                          .description = "What the rate is over: contacts handled, or those "
                                         "eligible for a sale."}},
          .dimensions = DimensionsOf(FactKind::kInteraction),
          .counts = Names({CountKind::kPending}),
          .kernel = Ratio<InteractionRow>(
              SetOf(Column::kStatus, Column::kMarks), [](const KernelContext& context) {
                return MarkedRow(context, kMarkConverted, kMarkEligible, CountKind::kNotEligible);
              })};
}

KpiDefinition RevenuePerContact() {
  return {.id = "revenue_per_contact",
          .title = "Revenue per contact",
          .area = kArea,
          .formula = "Revenue of contacts handled over these contacts; in one currency only.",
          .unit = Unit::kMoney,
          .better = BetterDirection::kUp,
          .parameters = {{.name = "currency",
                          .kind = ParameterKind::kText,
                          .description = "ISO 4217 code; revenue in other currencies is left out. "
                                         "Not given: all revenue, which must be in one currency."}},
          .dimensions = DimensionsOf(FactKind::kInteraction),
          .counts = Names({CountKind::kPending, CountKind::kOtherCurrency}),
          .kernel = MeanMoney<InteractionRow>(
              SetOf(Column::kStatus, Column::kRevenue, Column::kCurrency),
              [](const KernelContext& context) {
                const Code wanted = context.currency("currency").value_or(kNoCode);
                return [=](const InteractionRow& row) -> MoneySample {
                  if (row.in_progress()) return Apart<MoneySample>(CountKind::kPending);
                  if (!row.handled()) return LeftOut<MoneySample>(CountKind::kNotHandled);
                  const Code currency = row.currency();
                  if (wanted == kNoCode || currency == wanted) {
                    return {.included = true,
                            .currency = currency == kNoCode ? wanted : currency,
                            .millionths = row.revenue()};
                  }
                  return {
                      .included = true,
                      .counted = currency == kNoCode ? CountKind::kNone : CountKind::kOtherCurrency,
                      .currency = wanted};
                };
              })};
}

}  // namespace

std::vector<KpiDefinition> SalesKpis() {
  return {UpsellRate(), ConversionRate(), RevenuePerContact()};
}

}  // namespace kpid::metrics
