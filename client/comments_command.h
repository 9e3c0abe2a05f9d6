// kpid comments: lists what was written in surveys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/connection.h"
#include "client/console.h"
#include "client/record_list.h"
#include "kpid/v1/query_service.pb.h"

namespace kpid::client {

struct CommentsOptions {
  ServerOptions server;
  SliceOptions slice;
  std::vector<std::string> kinds;  // csat, nps, ... Empty: all but esat.
  std::optional<double> minimum_score;
  std::optional<double> maximum_score;
  int64_t limit = 50;            // Comments to print.
  std::string format = "table";  // table, csv, json.
};

// The request that the options mean; INVALID_ARGUMENT says which text is wrong.
absl::StatusOr<v1::ListSurveyCommentsRequest> MakeCommentsRequest(const CommentsOptions& options,
                                                                  metrics::Instant now);

int RunCommentsCommand(const CommentsOptions& options, const Console& console);

}  // namespace kpid::client
