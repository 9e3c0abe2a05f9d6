// kpid query: asks for KPIs and prints the answer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/connection.h"
#include "client/console.h"
#include "client/time_range.h"
#include "kpid/v1/query_service.pb.h"

namespace kpid::client {

// Slices a page, where only a limit of all is given.
inline constexpr int kLimitPageSize = 1'000;

struct QueryOptions {
  ServerOptions server;
  std::vector<std::string> kpis;  // query_grammar.h, ParseKpiSpec.
  TimeRangeOptions range;
  std::string zone = "UTC";  // IANA name.
  std::string granularity = "range";
  std::string week_start;  // Empty: Monday.
  std::vector<std::string> group_by;
  std::vector<std::string> where;
  std::string compare;                // Empty: no comparison.
  std::vector<std::string> order_by;  // query_grammar.h, ParseOrder.
  int top = 0;                        // 0: all slices.
  bool no_other = false;
  int page_size = 0;       // 0: all slices, or with a limit kLimitPageSize.
  std::string page_token;  // Of the page before.
  int64_t limit = 0;       // Most slices, of as many pages as they take; 0: one page.
  int64_t minimum_sample = 0;
  bool validate_only = false;
  std::string detail;            // Empty: counts; for CSV the values alone.
  double confidence = 0;         // 0: the server's default, 0.95.
  std::string format = "table";  // table, csv, json.
};

// The request that the options mean; INVALID_ARGUMENT says which text is wrong.
absl::StatusOr<v1::QueryKpisRequest> MakeQueryRequest(const QueryOptions& options,
                                                      metrics::Instant now);

// Asks and prints. With a limit it asks for page after page and prints them as one answer: with the
// totals of the first, and as many slices as the limit allows. Where slices remain, a notice says
// how the next page is had.
int RunQueryCommand(const QueryOptions& options, const Console& console);

}  // namespace kpid::client
