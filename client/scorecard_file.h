// A CSV file of scorecards: a row for each entry; rows of one scorecard_id are one scorecard, whose
// name the first of them that has one gives.
//
//   scorecard_id, kpi_id, area   required
//   name, statistic, weight
//   parameters                   threshold=60s;abandoned_as=ignore (field_text.h)
#pragma once

#include "absl/status/statusor.h"
#include "client/byte_source.h"
#include "kpid/v1/target_service.pb.h"

namespace kpid::client {

// Reads a whole file. INVALID_ARGUMENT names the lines that cannot be read, at most 20 of them;
// whether the values make sense is left to the server.
absl::StatusOr<v1::UpsertScorecardsRequest> ReadScorecards(ByteSource* source, bool ignore_unknown);

}  // namespace kpid::client
