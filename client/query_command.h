// kpid query: asks for KPIs and prints the answer.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/connection.h"
#include "client/console.h"
#include "client/time_range.h"
#include "kpid/v1/query_service.pb.h"

namespace kpid::client {

struct QueryOptions {
  ServerOptions server;
  std::vector<std::string> kpis;  // query_grammar.h, ParseKpiSpec.
  TimeRangeOptions range;
  std::string zone = "UTC";  // IANA name.
  std::string granularity = "range";
  std::string week_start;  // Empty: Monday.
  std::vector<std::string> group_by;
  std::vector<std::string> where;
  std::string detail;            // Empty: counts; for CSV the values alone.
  double confidence = 0;         // 0: the server's default, 0.95.
  std::string format = "table";  // table, csv, json.
};

// The request that the options mean; INVALID_ARGUMENT says which text is wrong.
absl::StatusOr<v1::QueryKpisRequest> MakeQueryRequest(const QueryOptions& options,
                                                      metrics::Instant now);

int RunQueryCommand(const QueryOptions& options, const Console& console);

}  // namespace kpid::client
