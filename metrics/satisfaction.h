// Satisfaction: answers of one kind at or above a score (csat, employee_satisfaction).
#pragma once

#include "metrics/catalogue_rows.h"

namespace kpid::metrics {

inline ParameterDefinition SatisfiedFromParameter() {
  return {.name = "satisfied_from",
          .kind = ParameterKind::kNumber,
          .minimum_text = "-1000000",
          .maximum_text = "1000000",
          .description =
              "Lowest score that is satisfied. Not given: one below the maximum of each "
              "answer's own scale."};
}

// REQUIRES: the KPI has SatisfiedFromParameter.
template <SurveyKind kKind>
const KpiKernel* Satisfied() {
  return Ratio<AnsweredSurveyRow>(
      SetOf(Column::kStatus, Column::kScore, Column::kScaleMaximum),
      [](const KernelContext& context) {
        constexpr int64_t kPoint = 1000;  // A point of a score, in thousandths.
        const std::optional<int64_t> given = context.thousandths("satisfied_from");
        const bool has_given = given.has_value();
        const int64_t satisfied_from = given.value_or(0);
        const Cut below = has_given ? Cut{Column::kScore, satisfied_from - 1}
                                    : Cut{.column = Column::kScore,
                                          .limit = -kPoint - 1,
                                          .less = Column::kScaleMaximum};
        const RowReading reading{.cuts = {AbsenceOf(Column::kScore), below}};
        return ByReading(reading, [=](const AnsweredSurveyRow& row) -> RatioSample {
          if (row.kind() != kKind || !row.answered()) {
            return LeftOut<RatioSample>(WhyNoAnswer(row, kKind));
          }
          return OutOf(row.score() >= (has_given ? satisfied_from : row.scale_maximum() - kPoint));
        });
      });
}

}  // namespace kpid::metrics
