// The arrow of scorecard definitions: upsert request -> checked -> storage records, and back for
// lists.
#pragma once

#include "kpid/v1/scorecard.pb.h"
#include "kpid/v1/target_service.pb.h"
#include "server/violation_list.h"
#include "storage/records.h"

namespace kpid::server {

// Most scorecards of one request.
inline constexpr int kScorecardsMax = 1'000;

// Adds a violation for everything that target_service.proto and scorecard.proto do not allow, also
// for ids and KPIs given twice.
void ValidateUpsertScorecards(const v1::UpsertScorecardsRequest& request,
                              ViolationList* violations);

// REQUIRES: the validator found nothing.
storage::ScorecardRecord ToScorecardRecord(const v1::Scorecard& message);

void SetScorecard(const storage::ScorecardRecord& record, v1::Scorecard* message);

// The one that is built in, as it would have been stored.
storage::ScorecardRecord BalancedScorecardRecord();

}  // namespace kpid::server
