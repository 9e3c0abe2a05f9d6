// kpid explain: shows the records behind a value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/connection.h"
#include "client/console.h"
#include "client/record_list.h"
#include "kpid/v1/query_service.pb.h"

namespace kpid::client {

struct ExplainOptions {
  ServerOptions server;
  std::string kpi;  // query_grammar.h, ParseKpiSpec.
  SliceOptions slice;
  std::vector<std::string> roles;  // numerator, denominator, excluded. Empty: all.
  int64_t limit = 50;              // Records to print; all are counted.
  std::string format = "table";    // table, csv, json.
};

// The request that the options mean; INVALID_ARGUMENT says which text is wrong.
absl::StatusOr<v1::ExplainKpiRequest> MakeExplainRequest(const ExplainOptions& options,
                                                         metrics::Instant now);

int RunExplainCommand(const ExplainOptions& options, const Console& console);

}  // namespace kpid::client
