// Scorecards as text: a card for people, CSV for programs.
#pragma once

#include <string>

#include "client/query_table.h"
#include "kpid/v1/query_service.pb.h"

namespace kpid::client {

// A line for each KPI under its area, the totals below with the weight that they cover, and
// warnings as sentences; 80 columns wide where ids and numbers are of usual length. Why a KPI has
// no value is said below the table.
// REQUIRES: response is the answer to request.
std::string ScorecardTable(const v1::GetScorecardRequest& request,
                           const v1::GetScorecardResponse& response, const TableOptions& options);

// RFC 4180: a row for each KPI: area, kpi, weight, value, currency, no_value_reason, sample_count,
// lower, upper, target_id, target_value, band_end_value, status, attainment, previous_value,
// absolute_change, relative_change_percent, change_lower, change_upper, significance, rank,
// peer_count. What is absent is empty. Text that a spreadsheet would take for a formula is guarded.
std::string ScorecardCsv(const v1::GetScorecardResponse& response);

// Eighths of a bar of `cells` characters: 0 to 1 is none to all of it, never all below 1.
std::string BarText(double share, int cells);

// "efficiency", ...; "" for none.
std::string AreaText(v1::ScorecardArea area);

}  // namespace kpid::client
