// The arrow of a query: QueryKpisRequest -> checked -> metrics::Query.
#pragma once

#include "kpid/v1/query_service.pb.h"
#include "metrics/query.h"
#include "server/field_path.h"
#include "server/violation_list.h"

namespace kpid::server {

// A question as asked for.
struct Question {
  metrics::Query query;
};

// Checks everything that the request alone can tell and resolves it. With violations the result
// is incomplete and not to be used. Group types are checked by CheckGroupTypes.
Question ReadQueryKpis(const v1::QueryKpisRequest& request, ViolationList* violations);

// The field `confidence_level` of a question; 0: 0.95.
double ReadConfidenceLevel(double level, const FieldPath& root, ViolationList* violations);

}  // namespace kpid::server
