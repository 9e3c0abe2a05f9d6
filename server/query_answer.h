// The way of a question through the engine: Question -> QueryKpisResponse.
#pragma once

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "kpid/v1/query_service.pb.h"
#include "metrics/evaluate.h"
#include "metrics/fact_source.h"
#include "server/field_path.h"
#include "server/query_request.h"

namespace kpid::server {

// Asks, and sets the values and next_page_token of a response that has had SetQuestion; the
// snapshot that they were computed from. `root`: where in the call's request the query is.
// Errors: those of metrics::Ask, CheckedFacts and SetAnswer.
// REQUIRES: the question is that of the request.
absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> AnswerQuestion(
    const v1::QueryKpisRequest& request, const Question& question, metrics::FactSource* facts,
    const metrics::EvaluateOptions& options, int64_t send_bytes_max, const FieldPath& root,
    v1::QueryKpisResponse* response);

}  // namespace kpid::server
