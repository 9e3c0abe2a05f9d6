// The arrows of survey comments: ListSurveyCommentsRequest -> checked -> storage::CommentQuery,
// storage::CommentPage -> ListSurveyCommentsResponse.
#pragma once

#include <memory>
#include <vector>

#include "kpid/v1/query_service.pb.h"
#include "metrics/fact_snapshot.h"
#include "metrics/query.h"
#include "server/violation_list.h"
#include "storage/survey_comments.h"

namespace kpid::server {

// A checked request: all of it but the filters, which need names.
struct CommentRequest {
  storage::CommentQuery query;
  std::vector<metrics::Filter> filters;
};

// Checks everything that the request alone can tell. With violations the result is incomplete and
// not to be used. Group types are checked by CheckedFacts.
CommentRequest ReadListSurveyComments(const v1::ListSurveyCommentsRequest& request,
                                      ViolationList* violations);

// Adds the filters. The query refers to the snapshot, which it keeps.
void AddFilters(const std::vector<metrics::Filter>& filters,
                const std::shared_ptr<const metrics::FactSnapshot>& snapshot,
                storage::CommentQuery* query);

// The page, with the token of the next one.
void SetComments(const v1::ListSurveyCommentsRequest& request, const storage::CommentPage& page,
                 v1::ListSurveyCommentsResponse* response);

}  // namespace kpid::server
