// Efficiency: what agents do with their time, and whether it is what was planned.
#include "metrics/catalogue_rows.h"
#include "metrics/span_rows.h"

namespace kpid::metrics {
namespace {

constexpr std::string_view kArea = "efficiency";

// A set of states.
using StateSet = uint32_t;
constexpr StateSet Bit(AgentState state) { return StateSet{1} << static_cast<int>(state); }

constexpr StateSet kOnContacts = Bit(AgentState::kHandling) | Bit(AgentState::kWrapUp);
constexpr StateSet kAtWork = kOnContacts | Bit(AgentState::kAvailable);
constexpr StateSet kAway = Bit(AgentState::kBreak) | Bit(AgentState::kMeal) |
                           Bit(AgentState::kMeeting) | Bit(AgentState::kTraining);
constexpr StateSet kLoggedIn = kAtWork | kAway | Bit(AgentState::kOtherProductive);

constexpr ColumnSet kActivityColumns = SetOf(Column::kLength, Column::kFirsts, Column::kState);

// Time in some states over time in others.
const KpiKernel* TimeShare(StateSet numerator, StateSet denominator) {
  return Quotient<PercentScale, ActivityRow>(kActivityColumns, [=](const KernelContext&) {
    return [=](const ActivityRow& row) -> QuotientSample {
      const StateSet state = Bit(row.state());
      const bool counts = (state & denominator) != 0;
      return {.firsts = counts ? row.firsts() : uint8_t{0},
              .numerator = (state & numerator) != 0 ? row.length() : 0,
              .denominator = counts ? row.length() : 0,
              .reason = (state & (numerator | denominator)) != 0 ? CountKind::kNone
                                                                 : CountKind::kOtherState};
    };
  });
}

// Planned time as a denominator: all of it, or only work.
const KpiKernel* PlannedTime(bool work_only) {
  return Quotient<PercentScale, PlanRow>(kActivityColumns, [=](const KernelContext&) {
    return [=](const PlanRow& row) -> QuotientSample {
      if (work_only && row.state() != PlannedState::kWork) {
        return LeftOut<QuotientSample>(CountKind::kOtherState);
      }
      return {.firsts = row.firsts(), .denominator = row.length()};
    };
  });
}

KpiDefinition TimeKpi(std::string_view id, std::string_view title, std::string_view formula,
                      BetterDirection better, const KpiKernel* kernel) {
  return {.id = id,
          .title = title,
          .area = kArea,
          .formula = formula,
          .unit = Unit::kPercent,
          .better = better,
          .time_basis = TimeBasis::kOverlap,
          .dimensions = DimensionsOf(FactKind::kActivity),
          .kernel = kernel};
}

KpiDefinition Occupancy() {
  return TimeKpi("occupancy", "Occupancy",
                 "Time handling contacts and wrapping up, over this time and the time available.",
                 BetterDirection::kBand, TimeShare(kOnContacts, kAtWork));
}

KpiDefinition Utilization() {
  KpiDefinition kpi = TimeKpi(
      "utilization", "Utilization",
      "Time handling contacts and wrapping up, over time logged in (every state but offline), or "
      "over all time scheduled.",
      BetterDirection::kBand,
      ByChoice("basis", {{"logged_in", TimeShare(kOnContacts, kLoggedIn)},
                         {"scheduled", SumOf({TimeShare(kOnContacts, 0), PlannedTime(false)})}}));
  kpi.parameters = {{.name = "basis",
                     .kind = ParameterKind::kChoice,
                     .default_text = "logged_in",
                     .choices = {"logged_in", "scheduled"},
                     .description = "What it is over: time logged in, or time scheduled."}};
  return kpi;
}

KpiDefinition ScheduleAdherence() {
  const KpiKernel* const kernel = Quotient<PercentScale, PlanRow>(
      kActivityColumns | SetOf(Column::kDeviation),
      [](const KernelContext& context) {
        const int64_t tolerance = context.microseconds("tolerance");
        return [=](const PlanRow& row) -> QuotientSample {
          return {.firsts = row.firsts(),
                  .numerator = row.deviation() <= tolerance ? row.length() : 0,
                  .denominator = row.length()};
        };
      },
      [](const KernelContext& context, KpiNeeds* needs) {
        needs->deviation_tolerance = context.duration("tolerance");
      });
  KpiDefinition kpi = TimeKpi(
      "schedule_adherence", "Schedule adherence",
      "Scheduled time in which the agent does what was planned (for work: is available, handles "
      "contacts or wraps up), over scheduled time.",
      BetterDirection::kUp, kernel);
  kpi.parameters = {{.name = "tolerance",
                     .kind = ParameterKind::kDuration,
                     .default_text = "0s",
                     .minimum_text = "0s",
                     .maximum_text = "1d",
                     .description = "Deviations from the plan that are not longer are forgiven."}};
  return kpi;
}

KpiDefinition ScheduleConformance() {
  return TimeKpi("schedule_conformance", "Schedule conformance",
                 "Time available, handling contacts and wrapping up, over time scheduled for "
                 "work; may pass 100.",
                 BetterDirection::kBand, SumOf({TimeShare(kAtWork, 0), PlannedTime(true)}));
}

KpiDefinition Shrinkage() {
  return TimeKpi("shrinkage", "Shrinkage",
                 "Time in breaks, meals, meetings and training, over time logged in.",
                 BetterDirection::kDown, TimeShare(kAway, kLoggedIn));
}

KpiDefinition ContactsPerHour() {
  const KpiKernel* const contacts =
      Quotient<PerHourScale, InteractionRow>(SetOf(Column::kStatus), [](const KernelContext&) {
        return [](const InteractionRow& row) -> QuotientSample {
          if (row.in_progress()) return Apart<QuotientSample>(CountKind::kPending);
          if (!row.handled()) return LeftOut<QuotientSample>(CountKind::kNotHandled);
          return {.firsts = kFirstEverywhere, .numerator = 1};
        };
      });
  const KpiKernel* const hours =
      Quotient<PerHourScale, ActivityRow>(kActivityColumns, [](const KernelContext&) {
        return [](const ActivityRow& row) -> QuotientSample {
          const bool logged_in = (Bit(row.state()) & kLoggedIn) != 0;
          return {.denominator = logged_in ? row.length() : 0,
                  .reason = logged_in ? CountKind::kNone : CountKind::kOtherState};
        };
      });
  return {.id = "contacts_per_hour",
          .title = "Contacts per hour",
          .area = kArea,
          .formula = "Contacts handled over hours logged in (every state but offline).",
          .unit = Unit::kPerHour,
          .better = BetterDirection::kUp,
          .dimensions = DimensionsOf(FactKind::kActivity),
          .counts = Names({CountKind::kPending}),
          .kernel = SumOf({contacts, hours})};
}

}  // namespace

std::vector<KpiDefinition> ScheduleKpis() {
  return {Occupancy(),           Utilization(), ScheduleAdherence(),
          ScheduleConformance(), Shrinkage(),   ContactsPerHour()};
}

}  // namespace kpid::metrics
