// Page tokens of QueryKpis. Pure functions.
#pragma once

#include <optional>
#include <string>

#include "kpid/v1/query_service.pb.h"
#include "metrics/question.h"

namespace kpid::server {

// The token of the page that begins after a slice. It is good for the same request only: all of
// it but page_token and validate_only, with parameters in any order.
std::string MakeSliceToken(const v1::QueryKpisRequest& request,
                           const metrics::SlicePosition& position);

// The position of the request's own page_token; absent when it is damaged or belongs to another
// request.
std::optional<metrics::SlicePosition> ReadSliceToken(const v1::QueryKpisRequest& request);

}  // namespace kpid::server
