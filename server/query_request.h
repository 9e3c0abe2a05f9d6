// The arrow of a query: QueryKpisRequest -> checked -> metrics::Query.
#pragma once

#include "kpid/v1/query_service.pb.h"
#include "metrics/fact_snapshot.h"
#include "metrics/query.h"
#include "server/violation_list.h"

namespace kpid::server {

// Longest name of a value that a request may give, in bytes.
inline constexpr size_t kKpiNameBytesMax = 64;

// A question as asked for: the query, and the zone's name as resolved.
struct Question {
  metrics::Query query;
  std::string time_zone;
};

// Checks everything that the request alone can tell and resolves it. With violations the result
// is incomplete and not to be used. Group types are checked by CheckGroupTypes.
Question ReadQueryKpis(const v1::QueryKpisRequest& request, ViolationList* violations);

// Whether any dimension is an agent group, whose type must exist.
bool NamesGroupTypes(const metrics::Query& query);

// Adds GROUP_TYPE_UNKNOWN for each group type that no group of the roster has.
void CheckGroupTypes(const metrics::Query& query, const metrics::Roster& roster,
                     ViolationList* violations);

}  // namespace kpid::server
