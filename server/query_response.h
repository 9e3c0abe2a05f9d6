// The arrows of answers: metrics::Result -> QueryKpisResponse, catalogue -> ListKpisResponse.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "kpid/v1/query_service.pb.h"
#include "metrics/result.h"
#include "server/query_request.h"
#include "server/violation_list.h"

namespace kpid::server {

// What the request resolved to: definitions, range, zone.
void SetQuestion(const Question& question, v1::QueryKpisResponse* response);

// The values. REQUIRES: the result is that of the question.
void SetResult(const metrics::Query& query, const metrics::Result& result,
               v1::QueryKpisResponse* response);

// Bytes that the values will have at least, for refusing early what is far too large.
int64_t LeastResultBytes(const metrics::Query& query, const metrics::Result& result);

// Answers ListKpis; KPI_UNKNOWN violations for ids that the catalogue lacks.
void ListCatalogue(const v1::ListKpisRequest& request, ViolationList* violations,
                   v1::ListKpisResponse* response);

}  // namespace kpid::server
