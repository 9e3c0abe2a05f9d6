// The fields of QueryKpisRequest that say what values are compared with and which slices are
// given in what order.
#pragma once

#include <optional>

#include "kpid/v1/query_service.pb.h"
#include "metrics/calendar.h"
#include "metrics/question.h"
#include "server/field_path.h"
#include "server/violation_list.h"

namespace kpid::server {

// compare_to. `calendar` is absent where range or zone are wrong. The span compared with; absent
// without a comparison, and with violations.
std::optional<metrics::TimeRange> ReadComparison(const v1::QueryKpisRequest& request,
                                                 const std::optional<metrics::Calendar>& calendar,
                                                 const FieldPath& root, ViolationList* violations,
                                                 metrics::Question* question);

// order_by, top_count, omit_other, page_size, page_token, minimum_sample_size. Names of order_by
// are looked for in question->query.kpis when those are complete.
void ReadSlices(const v1::QueryKpisRequest& request, const FieldPath& root,
                ViolationList* violations, metrics::Question* question);

}  // namespace kpid::server
