// The arrow of scorecards: GetScorecardRequest -> checked -> metrics::ScorecardQuestion, and
// metrics::ScorecardResult -> GetScorecardResponse.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "kpid/v1/query_service.pb.h"
#include "metrics/scorecard.h"
#include "server/violation_list.h"
#include "storage/records.h"

namespace kpid::server {

// Checks everything that the request alone can tell, also that there is a period before its range.
// The definition is left for the caller to find. With violations the result is not to be used.
metrics::ScorecardQuestion ReadGetScorecard(const v1::GetScorecardRequest& request,
                                            ViolationList* violations);

// Id of the definition asked for.
std::string ScorecardIdOf(const v1::GetScorecardRequest& request);

// NOT_FOUND with reason SCORECARD_UNKNOWN.
absl::Status UnknownScorecard(const std::string& scorecard_id);

// An error of metrics::Score as callers see it: an unknown group type becomes a violation.
absl::Status ScoreError(const absl::Status& status);

// REQUIRES: the result is that of the question, the question's definition that of the record.
void SetScorecardResult(const storage::ScorecardRecord& record,
                        const metrics::ScorecardQuestion& question,
                        const metrics::ScorecardResult& result, v1::GetScorecardResponse* response);

}  // namespace kpid::server
