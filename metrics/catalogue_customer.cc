// Customer: what surveys say.
#include "metrics/catalogue_rows.h"
#include "metrics/satisfaction.h"

namespace kpid::metrics {
namespace {

constexpr std::string_view kArea = "customer";
constexpr int64_t kPoint = 1000;  // A point of a score, in thousandths.

// The score of answers of one kind.
template <SurveyKind kKind>
const KpiKernel* MeanScoreOf() {
  return MeanScore<AnsweredSurveyRow>(
      SetOf(Column::kStatus, Column::kScore, Column::kScaleMinimum, Column::kScaleMaximum),
      [](const KernelContext&) {
        return [](const AnsweredSurveyRow& row) -> ScoreSample {
          if (row.kind() != kKind || !row.answered()) {
            return LeftOut<ScoreSample>(WhyNoAnswer(row, kKind));
          }
          return {.included = true,
                  .thousandths = row.score(),
                  .scale_minimum = row.scale_minimum(),
                  .scale_maximum = row.scale_maximum()};
        };
      });
}

KpiDefinition Csat() {
  return {.id = "csat",
          .title = "Customer satisfaction",
          .area = kArea,
          .formula = "Satisfaction answers at or above satisfied_from, over answers.",
          .unit = Unit::kPercent,
          .better = BetterDirection::kUp,
          .time_basis = TimeBasis::kRespond,
          .parameters = {SatisfiedFromParameter()},
          .dimensions = DimensionsOf(FactKind::kSurvey),
          .kernel = Satisfied<SurveyKind::kCsat>()};
}

KpiDefinition CsatMean() {
  return {.id = "csat_mean",
          .title = "Mean customer satisfaction",
          .area = kArea,
          .formula = "Sum of satisfaction scores over answers; of one scale only.",
          .unit = Unit::kScore,
          .better = BetterDirection::kUp,
          .time_basis = TimeBasis::kRespond,
          .dimensions = DimensionsOf(FactKind::kSurvey),
          .kernel = MeanScoreOf<SurveyKind::kCsat>()};
}

KpiDefinition Nps() {
  return {.id = "nps",
          .title = "Net promoter score",
          .area = kArea,
          .formula =
              "Percentage of answers of 9 or 10 (promoters) minus percentage of answers of 0 "
              "to 6 (detractors).",
          .unit = Unit::kPoints,
          .better = BetterDirection::kUp,
          .time_basis = TimeBasis::kRespond,
          .dimensions = DimensionsOf(FactKind::kSurvey),
          .counts = Names({CountKind::kPromoters, CountKind::kPassives, CountKind::kDetractors}),
          .kernel = NetScore<AnsweredSurveyRow>(
              SetOf(Column::kStatus, Column::kScore), [](const KernelContext&) {
                constexpr int64_t kPromoterFrom = 9 * kPoint;
                constexpr int64_t kDetractorTo = 6 * kPoint;
                const RowReading reading{.cuts = {AbsenceOf(Column::kScore),
                                                  Cut{Column::kScore, kPromoterFrom - 1},
                                                  Cut{Column::kScore, kDetractorTo}}};
                return ByReading(reading, [](const AnsweredSurveyRow& row) -> AttitudeSample {
                  if (row.kind() != SurveyKind::kNps || !row.answered()) {
                    return LeftOut<AttitudeSample>(WhyNoAnswer(row, SurveyKind::kNps));
                  }
                  if (row.score() >= kPromoterFrom) return {Attitude::kPromoter};
                  return {row.score() <= kDetractorTo ? Attitude::kDetractor : Attitude::kPassive};
                });
              })};
}

const KpiKernel* LowEffort() {
  return Ratio<AnsweredSurveyRow>(
      SetOf(Column::kStatus, Column::kScore),
      [](const KernelContext& context) {
        const int64_t low_effort_from = context.thousandths("low_effort_from").value_or(0);
        const RowReading reading{
            .cuts = {AbsenceOf(Column::kScore), Cut{Column::kScore, low_effort_from - 1}}};
        return ByReading(reading, [=](const AnsweredSurveyRow& row) -> RatioSample {
          if (row.kind() != SurveyKind::kCes || !row.answered()) {
            return LeftOut<RatioSample>(WhyNoAnswer(row, SurveyKind::kCes));
          }
          return OutOf(row.score() >= low_effort_from);
        });
      },
      [](const KernelContext&, KpiNeeds* needs) { needs->unit = Unit::kPercent; });
}

KpiDefinition CustomerEffortScore() {
  return {.id = "customer_effort_score",
          .aliases = {"ces"},
          .title = "Customer effort score",
          .area = kArea,
          .formula =
              "By method. mean: sum of effort scores over answers, of one scale only. "
              "low_effort: percentage of answers at or above low_effort_from.",
          .unit = Unit::kScore,
          .better = BetterDirection::kUp,
          .time_basis = TimeBasis::kRespond,
          .parameters = {{.name = "method",
                          .kind = ParameterKind::kChoice,
                          .default_text = "mean",
                          .choices = {"mean", "low_effort"},
                          .description = "Mean score, or percentage of low effort."},
                         {.name = "low_effort_from",
                          .kind = ParameterKind::kNumber,
                          .default_text = "5",
                          .minimum_text = "-1000000",
                          .maximum_text = "1000000",
                          .description = "Lowest score that is low effort (low_effort)."}},
          .dimensions = DimensionsOf(FactKind::kSurvey),
          .kernel = ByChoice(
              "method", {{"mean", MeanScoreOf<SurveyKind::kCes>()}, {"low_effort", LowEffort()}})};
}

// Which kinds of surveys a response rate is about; kNone: every kind that customers answer.
SurveyKind KindOf(const std::string& choice) {
  if (choice == "csat") return SurveyKind::kCsat;
  if (choice == "nps") return SurveyKind::kNps;
  if (choice == "ces") return SurveyKind::kCes;
  if (choice == "resolution_confirmed") return SurveyKind::kResolutionConfirmed;
  return SurveyKind::kNone;
}

KpiDefinition SurveyResponseRate() {
  return {.id = "survey_response_rate",
          .title = "Survey response rate",
          .area = kArea,
          .formula = "Surveys answered over surveys sent, by when they were sent.",
          .unit = Unit::kPercent,
          .better = BetterDirection::kUp,
          .time_basis = TimeBasis::kInvite,
          .parameters = {{.name = "kind",
                          .kind = ParameterKind::kChoice,
                          .default_text = "any",
                          .choices = {"any", "csat", "nps", "ces", "resolution_confirmed"},
                          .description = "Which surveys; any: all that customers answer."}},
          .dimensions = DimensionsOf(FactKind::kSurvey),
          .kernel = Ratio<InvitedSurveyRow>(
              SetOf(Column::kStatus, Column::kScore), [](const KernelContext& context) {
                const SurveyKind wanted = KindOf(context.choice("kind"));
                const RowReading reading{.cuts = {AbsenceOf(Column::kScore)}};
                return ByReading(reading, [=](const InvitedSurveyRow& row) -> RatioSample {
                  const SurveyKind kind = row.kind();
                  const bool counts =
                      wanted == SurveyKind::kNone ? kind != SurveyKind::kEsat : kind == wanted;
                  return counts ? OutOf(row.answered())
                                : LeftOut<RatioSample>(CountKind::kOtherKind);
                });
              })};
}

}  // namespace

std::vector<KpiDefinition> CustomerKpis() {
  return {Csat(), CsatMean(), Nps(), CustomerEffortScore(), SurveyResponseRate()};
}

}  // namespace kpid::metrics
