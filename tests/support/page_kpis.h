// The KPIs that the definitions of the field ask for, in their order. None of them may be lost from
// the catalogue, the slow reference or the SQL; a KPI beyond them needs a golden file only.
#pragma once

#include <array>
#include <string_view>

namespace kpid::proof {

inline constexpr auto kPageKpis = std::to_array<std::string_view>({"contacts_offered",
                                                                   "contacts_handled",
                                                                   "contacts_abandoned",
                                                                   "service_level",
                                                                   "abandonment_rate",
                                                                   "average_speed_of_answer",
                                                                   "first_response_time",
                                                                   "longest_wait",
                                                                   "average_time_to_abandon",
                                                                   "average_handle_time",
                                                                   "average_talk_time",
                                                                   "average_hold_time",
                                                                   "average_wrap_up_time",
                                                                   "transfer_rate",
                                                                   "occupancy",
                                                                   "utilization",
                                                                   "schedule_adherence",
                                                                   "schedule_conformance",
                                                                   "shrinkage",
                                                                   "contacts_per_hour",
                                                                   "first_contact_resolution",
                                                                   "repeat_contact_rate",
                                                                   "ticket_volume",
                                                                   "tickets_resolved",
                                                                   "ticket_backlog",
                                                                   "average_resolution_time",
                                                                   "ticket_first_response_time",
                                                                   "ticket_reopen_rate",
                                                                   "csat",
                                                                   "csat_mean",
                                                                   "nps",
                                                                   "customer_effort_score",
                                                                   "survey_response_rate",
                                                                   "quality_score",
                                                                   "contact_quality",
                                                                   "upsell_rate",
                                                                   "conversion_rate",
                                                                   "revenue_per_contact",
                                                                   "cost_per_contact",
                                                                   "employee_satisfaction",
                                                                   "employee_turnover_rate",
                                                                   "headcount",
                                                                   "kpi_achievement"});

}  // namespace kpid::proof
