// The arrow of a survey response: message -> checked -> storage record.
#pragma once

#include <cstdint>

#include "kpid/v1/survey_response.pb.h"
#include "server/field_path.h"
#include "server/violation_list.h"
#include "storage/records.h"

namespace kpid::server {

// Longest comment, in bytes.
inline constexpr size_t kCommentBytesMax = 4'000;

// Ends of any scale, so that thousandths fit the 32 bits that storage keeps.
inline constexpr int64_t kScaleMax = 1'000'000;

// Adds a violation for everything that survey_response.proto does not allow.
void ValidateSurveyResponse(const v1::SurveyResponse& message, const FieldPath& path,
                            ViolationList* violations);

// REQUIRES: ValidateSurveyResponse found nothing.
storage::SurveyRecord ToSurveyRecord(const v1::SurveyResponse& message);

}  // namespace kpid::server
