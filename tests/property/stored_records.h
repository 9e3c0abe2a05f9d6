// What is stored, as plain records: read by plain SQL, which shares nothing with the paths that
// questions are answered by.
#pragma once

#include "absl/status/statusor.h"
#include "storage/session.h"
#include "tests/support/reference.h"

namespace kpid::proof {

// One committed state. Left out is what no KPI reads: comments, names to show, revisions.
absl::StatusOr<Records> ReadRecords(storage::Session* session);

// As ReadRecords, as the transaction sees it that is open: one state as long as no other commits.
absl::StatusOr<Records> ReadRecordsWithin(storage::Session* session);

}  // namespace kpid::proof
