// kpid kpis: what can be asked.
#pragma once

#include <string>
#include <vector>

#include "client/connection.h"
#include "client/console.h"
#include "kpid/v1/query_service.pb.h"

namespace kpid::client {

struct KpisOptions {
  ServerOptions server;
  std::vector<std::string> ids;  // Empty: all, one line each.
  std::string format = "table";  // table, json.
};

int RunKpisCommand(const KpisOptions& options, const Console& console);

// All KPIs, one line each, and the facts that the server holds.
std::string KpiListText(const v1::ListKpisResponse& response, int width, bool colour);

// A line about the facts that a server holds in memory.
std::string ResidentText(const v1::ResidentFacts& facts);

// One KPI with its formula, parameters, defaults and dimensions.
std::string KpiText(const v1::KpiDefinition& kpi, int width);

}  // namespace kpid::client
