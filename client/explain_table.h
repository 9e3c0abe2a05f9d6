// Answers of ExplainKpi as text.
#pragma once

#include <string>

#include "client/query_table.h"
#include "kpid/v1/query_service.pb.h"

namespace kpid::client {

// The value, a table of what all records are, with sums below, and a table of the records given.
std::string ExplainTable(const v1::ExplainKpiResponse& response, const TableOptions& options);

// RFC 4180: a row for each record given. Text that a spreadsheet would take for a formula is
// guarded.
std::string ExplainCsv(const v1::ExplainKpiResponse& response);

}  // namespace kpid::client
