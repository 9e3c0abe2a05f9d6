// The arrow of answers: metrics::Answer -> QueryKpisResponse.
#pragma once

#include "absl/status/status.h"
#include "kpid/v1/query_service.pb.h"
#include "metrics/question.h"
#include "server/encoded_response.h"
#include "server/query_request.h"

namespace kpid::server {

// What the request resolved to: definitions, range, zone, the range compared with.
void SetQuestion(const Question& question, v1::QueryKpisResponse* response);

// Adds the values, with their targets and changes, by at most `threads_max` threads, on whose
// number the bytes do not depend. next_page_token, data_watermark and compute_duration are the
// caller's.
// RESOURCE_EXHAUSTED (RESULT_TOO_LARGE), early, when the response would be too large.
// REQUIRES: the answer is that of the question.
absl::Status AppendAnswer(const Question& question, const metrics::Answer& answer, int threads_max,
                          EncodedResponse* response);

}  // namespace kpid::server
