// The arrow of a cost: message -> checked -> storage record.
#pragma once

#include <cstddef>

#include "kpid/v1/cost.pb.h"
#include "server/field_path.h"
#include "server/violation_list.h"
#include "storage/records.h"

namespace kpid::server {

// Longest category, in bytes.
inline constexpr size_t kCostCategoryBytesMax = 64;

// Adds a violation for everything that cost.proto does not allow; whether the group is stored is
// storage's matter.
void ValidateCost(const v1::Cost& message, const FieldPath& path, ViolationList* violations);

// REQUIRES: ValidateCost found nothing.
storage::CostRecord ToCostRecord(const v1::Cost& message);

}  // namespace kpid::server
