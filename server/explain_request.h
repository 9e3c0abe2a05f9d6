// The arrow of an explanation: ExplainKpiRequest -> checked -> metrics::ExplainQuestion.
#pragma once

#include <string>
#include <vector>

#include "kpid/v1/query_service.pb.h"
#include "metrics/explanation.h"
#include "server/violation_list.h"

namespace kpid::server {

// Checks everything that the request alone can tell and resolves it. With violations the result
// is incomplete and not to be used. Group types are checked by CheckedFacts.
metrics::ExplainQuestion ReadExplainKpi(const v1::ExplainKpiRequest& request,
                                        ViolationList* violations);

// The token of the page that begins after a record. It is good for the same request only, with
// any page size.
std::string MakeExplainToken(const v1::ExplainKpiRequest& request,
                             const metrics::RecordPosition& position);

}  // namespace kpid::server
