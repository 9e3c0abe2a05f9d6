// kpid scorecard: asks for the scorecard of a team or an agent and prints it.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "client/connection.h"
#include "client/console.h"
#include "client/time_range.h"
#include "kpid/v1/query_service.pb.h"

namespace kpid::client {

struct ScorecardOptions {
  ServerOptions server;
  std::string group_id;  // Of these two one.
  std::string agent_id;
  std::string scorecard_id;  // Empty: balanced.
  TimeRangeOptions range;
  std::string zone = "UTC";  // IANA name.
  std::string peers;         // Group type; empty: all agents.
  double confidence = 0;     // 0: the server's default, 0.95.
  int64_t minimum_sample = 0;
  std::string format = "table";  // table, csv, json.
};

// The request that the options mean; INVALID_ARGUMENT says which text is wrong.
absl::StatusOr<v1::GetScorecardRequest> MakeScorecardRequest(const ScorecardOptions& options,
                                                             metrics::Instant now);

int RunScorecardCommand(const ScorecardOptions& options, const Console& console);

}  // namespace kpid::client
