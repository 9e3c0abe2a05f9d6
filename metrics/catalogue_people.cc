// People: the agents themselves.
#include "metrics/catalogue_rows.h"
#include "metrics/satisfaction.h"
#include "metrics/span_rows.h"

namespace kpid::metrics {
namespace {

constexpr std::string_view kArea = "people";

KpiDefinition EmployeeSatisfaction() {
  return {.id = "employee_satisfaction",
          .aliases = {"esat"},
          .title = "Employee satisfaction",
          .area = kArea,
          .formula =
              "Answers of employees at or above satisfied_from, over answers; suppressed "
              "where fewer than minimum_respondents answered.",
          .unit = Unit::kPercent,
          .better = BetterDirection::kUp,
          .time_basis = TimeBasis::kRespond,
          .parameters = {SatisfiedFromParameter(),
                         {.name = "minimum_respondents",
                          .kind = ParameterKind::kNumber,
                          .default_text = "5",
                          .minimum_text = "5",
                          .maximum_text = "1000000",
                          .description = "Fewest answers that are shown."}},
          .dimensions = DimensionsOf(FactKind::kSurvey),
          .kernel = Finished(Satisfied<SurveyKind::kEsat>(),
                             [](const KernelContext& context, FinishContext* finish) {
                               finish->sample_minimum = context.whole_number("minimum_respondents");
                             })};
}

// Time in which agents are employed.
template <class Partial>
const KpiKernel* EmployedTime() {
  return Staff<Partial, EmploymentRow>(
      SetOf(Column::kLength, Column::kFirsts), [](const KernelContext&) {
        return [](const EmploymentRow& row) -> StaffSample {
          return {.firsts = row.firsts(), .microseconds = row.length()};
        };
      });
}

KpiDefinition EmployeeTurnoverRate() {
  const KpiKernel* const leavers =
      Staff<TurnoverPartial, LeaverRow>(SetOf(Column::kState), [](const KernelContext& context) {
        const bool transfers = context.boolean("include_transfers");
        return [=](const LeaverRow& row) -> StaffSample {
          if (row.transfer() && !transfers) return Apart<StaffSample>(CountKind::kTransfers);
          return {.left = true};
        };
      });
  return {.id = "employee_turnover_rate",
          .title = "Employee turnover rate",
          .area = kArea,
          .formula = "Agents that leave in the bucket over its average headcount.",
          .unit = Unit::kPercent,
          .better = BetterDirection::kDown,
          .time_basis = TimeBasis::kLeave,
          .parameters = {{.name = "annualized",
                          .kind = ParameterKind::kBoolean,
                          .default_text = "false",
                          .description =
                              "Whether to tell what it would be in a year: times 12 over the "
                              "months of the bucket, or where these are not whole, 365.25 over "
                              "its days."},
                         {.name = "include_transfers",
                          .kind = ParameterKind::kBoolean,
                          .default_text = "false",
                          .description = "Whether agents count that left by a transfer inside the "
                                         "company."}},
          .dimensions = DimensionsOf(FactKind::kEmployment),
          .counts = Names({CountKind::kTransfers}),
          .kernel = Finished(SumOf({leavers, EmployedTime<TurnoverPartial>()}),
                             [](const KernelContext& context, FinishContext* finish) {
                               finish->annualized = context.boolean("annualized");
                             })};
}

KpiDefinition Headcount() {
  return {.id = "headcount",
          .title = "Headcount",
          .area = kArea,
          .formula =
              "Average number of agents employed: their employed time over the length of "
              "the bucket. Agents without hire and leave date do not count.",
          .unit = Unit::kCount,
          .time_basis = TimeBasis::kOverlap,
          .dimensions = DimensionsOf(FactKind::kEmployment),
          .kernel = EmployedTime<HeadcountPartial>()};
}

}  // namespace

std::vector<KpiDefinition> PeopleKpis() {
  return {EmployeeSatisfaction(), EmployeeTurnoverRate(), Headcount()};
}

}  // namespace kpid::metrics
