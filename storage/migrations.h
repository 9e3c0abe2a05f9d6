// Brings a database to the schema of this program.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace kpid::storage {

struct MigrationReport {
  int version_before = 0;  // 0: empty database.
  int version_after = 0;
  std::vector<std::string> applied;  // Names, in order.
};

// Version that this program needs: the number of its newest migration.
int SchemaVersion();

// Applies the missing migrations, each in a transaction of its own, under a lock, so that several
// servers may start at once; safe to repeat and to interrupt. FAILED_PRECONDITION: an applied
// migration's checksum differs from this program's (reason MIGRATION_CHANGED), or the database
// is of a newer program (reason SCHEMA_VERSION).
absl::StatusOr<MigrationReport> Migrate(const std::string& url);

}  // namespace kpid::storage
