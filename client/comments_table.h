// Answers of ListSurveyComments as text.
#pragma once

#include <string>

#include "client/query_table.h"
#include "kpid/v1/query_service.pb.h"

namespace kpid::client {

// One comment after the other: a line of what it is, and the comment below, broken at the width.
std::string CommentsText(const v1::ListSurveyCommentsResponse& response, const std::string& zone,
                         const TableOptions& options);

// RFC 4180: a row for each comment. Text that a spreadsheet would take for a formula is guarded.
std::string CommentsCsv(const v1::ListSurveyCommentsResponse& response, const std::string& zone);

}  // namespace kpid::client
