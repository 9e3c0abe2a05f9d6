// The way of a question through the engine: Question -> QueryKpisResponse.
#pragma once

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "kpid/v1/query_service.pb.h"
#include "metrics/evaluate.h"
#include "metrics/fact_source.h"
#include "metrics/time.h"
#include "server/encoded_response.h"
#include "server/field_path.h"
#include "server/query_request.h"

namespace kpid::server {

struct Answered {
  // What the values were computed from.
  std::shared_ptr<const metrics::FactSnapshot> snapshot;
  metrics::Instant data_watermark{};
  int64_t slice_count = 0;
};

// Asks, and adds the values and next_page_token to a response that has had SetQuestion. What every
// answer has anew, data_watermark and compute_duration, is the caller's. `root`: where in the
// call's request the query is. Errors: those of metrics::Ask, CheckedFacts and AppendAnswer.
// REQUIRES: the question is that of the request.
absl::StatusOr<Answered> AnswerQuestion(const v1::QueryKpisRequest& request,
                                        const Question& question, metrics::FactSource* facts,
                                        const metrics::EvaluateOptions& options,
                                        const FieldPath& root, EncodedResponse* response);

}  // namespace kpid::server
