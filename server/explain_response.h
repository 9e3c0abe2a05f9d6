// The arrow of an explanation's answer: metrics::Explanation -> ExplainKpiResponse.
#pragma once

#include <string>
#include <vector>

#include "kpid/v1/query_service.pb.h"
#include "metrics/explanation.h"

namespace kpid::server {

// Fills everything but the token. `record_ids` are those of storage::RecordNames, by record.
void SetExplanation(const metrics::ExplainQuestion& question,
                    const metrics::Explanation& explanation,
                    const std::vector<std::string>& record_ids, v1::ExplainKpiResponse* response);

}  // namespace kpid::server
