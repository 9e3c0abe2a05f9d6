// The arrow of a quality evaluation: message -> checked -> storage record.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kpid/v1/quality_evaluation.pb.h"
#include "server/field_path.h"
#include "server/violation_list.h"
#include "storage/records.h"

namespace kpid::server {

// Most items of one evaluation.
inline constexpr int kQualityItemsMax = 200;

// Longest category, in bytes.
inline constexpr size_t kQualityCategoryBytesMax = 64;

// Largest maximum score and weight.
inline constexpr int64_t kQualityPointsMax = 1'000'000;

// Adds a violation for everything that quality_evaluation.proto does not allow.
void ValidateQualityEvaluation(const v1::QualityEvaluation& message, const FieldPath& path,
                               ViolationList* violations);

// REQUIRES: ValidateQualityEvaluation found nothing.
storage::QualityEvaluationRecord ToQualityEvaluationRecord(const v1::QualityEvaluation& message);

}  // namespace kpid::server
