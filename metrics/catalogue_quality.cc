// Quality: what evaluations of agents' work say.
#include <memory>

#include "metrics/catalogue_rows.h"
#include "metrics/record_rows.h"

namespace kpid::metrics {
namespace {

constexpr std::string_view kArea = "quality";

// Points of an evaluation over their maximum, of the items that `counts`. Items that failed the
// evaluation do so whatever they are.
template <class Counts>
QuotientSample PointsOf(std::span<const QualityFact::Item> items, Counts counts) {
  Int128 points = 0;
  Int128 maximum = 0;
  bool failed = false;
  for (const QualityFact::Item& item : items) {
    if (item.not_applicable) continue;
    failed |= item.auto_fail;
    if (!counts(item)) continue;
    points += Int128{item.weight_thousandths} * item.score_thousandths;
    maximum += Int128{item.weight_thousandths} * item.maximum_thousandths;
  }
  if (maximum == 0) return {.excluded = true, .reason = CountKind::kNoPoints};
  return {.firsts = kFirstEverywhere,
          .numerator = failed ? 0 : points,
          .denominator = maximum,
          .reason = failed ? CountKind::kAutoFailed : CountKind::kNone};
}

constexpr ColumnSet kItemColumns = SetOf(Column::kFirstItem, Column::kItemCount);

KpiDefinition QualityScore() {
  return {.id = "quality_score",
          .title = "Quality score",
          .area = kArea,
          .formula =
              "Weighted points of quality evaluations over their weighted maximum, without "
              "items that do not apply; an item failed automatically takes all points of "
              "its evaluation.",
          .unit = Unit::kPercent,
          .better = BetterDirection::kUp,
          .time_basis = TimeBasis::kEvaluate,
          .dimensions = DimensionsOf(FactKind::kQualityEvaluation),
          .kernel = ShareOfSums<QualityRow>(kItemColumns, [](const KernelContext&) {
            return [](const QualityRow& row) {
              return PointsOf(row.items(), [](const QualityFact::Item&) { return true; });
            };
          })};
}

KpiDefinition ContactQuality() {
  return {.id = "contact_quality",
          .title = "Contact quality",
          .area = kArea,
          .formula =
              "As quality_score, of the items of some categories; an item of another "
              "category failed automatically takes all points of its evaluation, too.",
          .unit = Unit::kPercent,
          .better = BetterDirection::kUp,
          .time_basis = TimeBasis::kEvaluate,
          .parameters = {{.name = "categories",
                          .kind = ParameterKind::kText,
                          .default_text = "communication,empathy,clarity",
                          .description = "Categories of items that count, with commas between "
                                         "them.",
                          .text_form = TextForm::kNames}},
          .dimensions = DimensionsOf(FactKind::kQualityEvaluation),
          .kernel = ShareOfSums<QualityRow>(kItemColumns, [](const KernelContext& context) {
            const auto chosen =
                std::make_shared<const std::vector<uint8_t>>(context.categories("categories"));
            return [=](const QualityRow& row) {
              return PointsOf(row.items(), [&](const QualityFact::Item& item) {
                return item.category < chosen->size() && (*chosen)[item.category] != 0;
              });
            };
          })};
}

}  // namespace

std::vector<KpiDefinition> QualityKpis() { return {QualityScore(), ContactQuality()}; }

}  // namespace kpid::metrics
