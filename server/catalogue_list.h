// The arrow of the catalogue: metrics::Catalogue -> ListKpisResponse.
#pragma once

#include "kpid/v1/query_service.pb.h"
#include "server/violation_list.h"

namespace kpid::server {

// Answers ListKpis; KPI_UNKNOWN violations for ids that the catalogue lacks.
void ListCatalogue(const v1::ListKpisRequest& request, ViolationList* violations,
                   v1::ListKpisResponse* response);

}  // namespace kpid::server
