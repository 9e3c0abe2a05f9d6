// The arrow of a target: message -> checked -> storage record, and back for lists.
#pragma once

#include "kpid/v1/target.pb.h"
#include "server/field_checks.h"
#include "server/field_path.h"
#include "server/violation_list.h"
#include "storage/records.h"

namespace kpid::server {

// Largest weight of a target and of an entry of a scorecard, in whole units.
inline constexpr int64_t kWeightMax = 1'000'000;

// Checks a weight that is given: above 0, at most kWeightMax, to the thousandth.
void ValidateWeight(double weight, const FieldChecks& checks);

// Adds a violation for everything that target.proto does not allow. Rules that depend on the KPI
// (bands, currencies) are looked at once that is known.
void ValidateTarget(const v1::Target& message, const FieldPath& path, ViolationList* violations);

// REQUIRES: ValidateTarget found nothing.
storage::TargetRecord ToTargetRecord(const v1::Target& message);

void SetTarget(const storage::TargetRecord& record, v1::Target* message);

}  // namespace kpid::server
