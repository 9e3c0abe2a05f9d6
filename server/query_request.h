// The arrow of a question: QueryKpisRequest -> checked -> metrics::Question.
#pragma once

#include <optional>

#include "kpid/v1/query_service.pb.h"
#include "metrics/question.h"
#include "server/field_path.h"
#include "server/violation_list.h"

namespace kpid::server {

// A question as asked for.
struct Question {
  metrics::Question asked;
  std::optional<metrics::TimeRange> compared;  // The span compared with, with compare_to.
  bool numbers = false;                        // Whether values are to be lists of numbers.

  const metrics::Query& query() const { return asked.query; }
};

// Checks everything that the request alone can tell and resolves it. With violations the result
// is incomplete and not to be used. Group types are checked by CheckGroupTypes.
// `root`: where in the call's request it is.
Question ReadQueryKpis(const v1::QueryKpisRequest& request, ViolationList* violations,
                       const FieldPath& root = FieldPath::Root());

// The field `confidence_level` of a question; 0: 0.95.
double ReadConfidenceLevel(double level, const FieldPath& root, ViolationList* violations);

}  // namespace kpid::server
