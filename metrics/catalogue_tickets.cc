// Resolution: tickets.
#include "metrics/catalogue_rows.h"
#include "metrics/record_rows.h"
#include "metrics/span_rows.h"

namespace kpid::metrics {
namespace {

constexpr std::string_view kArea = "resolution";

KpiDefinition TicketVolume() {
  return {.id = "ticket_volume",
          .title = "Ticket volume",
          .area = kArea,
          .formula = "Tickets opened.",
          .unit = Unit::kCount,
          .time_basis = TimeBasis::kOpen,
          .dimensions = DimensionsOf(FactKind::kTicket),
          .kernel = Count<OpenedTicketRow>(0, [](const KernelContext&) {
            return [](const OpenedTicketRow&) -> CountSample { return {true}; };
          })};
}

KpiDefinition TicketsResolved() {
  return {.id = "tickets_resolved",
          .title = "Tickets resolved",
          .area = kArea,
          .formula = "Tickets resolved, by when they were for the last time.",
          .unit = Unit::kCount,
          .time_basis = TimeBasis::kResolve,
          .dimensions = DimensionsOf(FactKind::kTicket),
          .kernel = Count<ResolvedTicketRow>(0, [](const KernelContext&) {
            return [](const ResolvedTicketRow&) -> CountSample { return {true}; };
          })};
}

KpiDefinition TicketBacklog() {
  return {.id = "ticket_backlog",
          .title = "Ticket backlog",
          .area = kArea,
          .formula =
              "Tickets opened before the end of the bucket and neither resolved (for the "
              "last time) nor closed before it; the total is that of the range's end.",
          .unit = Unit::kCount,
          .better = BetterDirection::kDown,
          .time_basis = TimeBasis::kInstant,
          .dimensions = DimensionsOf(FactKind::kTicket),
          .kernel = Level<BacklogRow>(SetOf(Column::kAmount), [](const KernelContext&) {
            return [](const BacklogRow& row) -> ChangeSample {
              return {.change = row.change(),
                      .reason = row.change() == 0 ? CountKind::kFinished : CountKind::kNone};
            };
          })};
}

KpiDefinition AverageResolutionTime() {
  const KpiKernel* const full = Average<ResolvedTicketRow>(
      SetOf(Column::kOpen, Column::kLastResolve), [](const KernelContext&) {
        return [](const ResolvedTicketRow& row) -> AmountSample {
          return {.included = true, .amount = row.last_resolve() - row.open()};
        };
      });
  const KpiKernel* const first = Average<FirstResolvedTicketRow>(
      SetOf(Column::kOpen, Column::kFirstResolve), [](const KernelContext&) {
        return [](const FirstResolvedTicketRow& row) -> AmountSample {
          return {.included = true, .amount = row.first_resolve() - row.open()};
        };
      });
  return {.id = "average_resolution_time",
          .aliases = {"art_resolution"},
          .title = "Average resolution time",
          .area = kArea,
          .formula =
              "Time from the opening of tickets to their last (full) or first resolution, "
              "over tickets resolved, by the time of that resolution.",
          .unit = Unit::kSeconds,
          .better = BetterDirection::kDown,
          .time_basis = TimeBasis::kResolve,
          .parameters = {{.name = "resolve",
                          .kind = ParameterKind::kChoice,
                          .default_text = "full",
                          .choices = {"full", "first"},
                          .description = "Which resolution: the last, or the first (the last, "
                                         "where no first one is known)."}},
          .has_statistics = true,
          .dimensions = DimensionsOf(FactKind::kTicket),
          .kernel = ByChoice("resolve", {{"full", full}, {"first", first}})};
}

KpiDefinition TicketFirstResponseTime() {
  return {.id = "ticket_first_response_time",
          .title = "Ticket first response time",
          .area = kArea,
          .formula =
              "Time from the opening of tickets to the first response, over tickets that "
              "have one.",
          .unit = Unit::kSeconds,
          .better = BetterDirection::kDown,
          .time_basis = TimeBasis::kOpen,
          .has_statistics = true,
          .dimensions = DimensionsOf(FactKind::kTicket),
          .counts = Names({CountKind::kPending}),
          .kernel = Average<OpenedTicketRow>(
              SetOf(Column::kFirstResponseDelay), [](const KernelContext&) {
                return [](const OpenedTicketRow& row) -> AmountSample {
                  const int64_t delay = row.first_response_delay();
                  if (delay == kAbsent) return Apart<AmountSample>(CountKind::kPending);
                  return {.included = true, .amount = delay};
                };
              })};
}

KpiDefinition TicketReopenRate() {
  return {.id = "ticket_reopen_rate",
          .title = "Ticket reopen rate",
          .area = kArea,
          .formula =
              "Tickets that were reopened at least once, over tickets resolved, by when "
              "they were for the last time.",
          .unit = Unit::kPercent,
          .better = BetterDirection::kDown,
          .time_basis = TimeBasis::kResolve,
          .dimensions = DimensionsOf(FactKind::kTicket),
          .kernel = Ratio<ResolvedTicketRow>(SetOf(Column::kReopens), [](const KernelContext&) {
            return [](const ResolvedTicketRow& row) -> RatioSample {
              return OutOf(row.reopens() > 0);
            };
          })};
}

}  // namespace

std::vector<KpiDefinition> TicketKpis() {
  return {TicketVolume(),          TicketsResolved(),         TicketBacklog(),
          AverageResolutionTime(), TicketFirstResponseTime(), TicketReopenRate()};
}

}  // namespace kpid::metrics
