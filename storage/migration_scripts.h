// The numbered SQL files of storage/migrations, compiled in, and the runner behind Migrate().
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/migrations.h"

namespace kpid::storage {

struct MigrationScript {
  int version;                // 1, 2, 3 ... without gaps.
  std::string_view name;      // Of the file, without its ending.
  std::string_view checksum;  // SHA-256 of the file, hexadecimal.
  std::string_view sql;
};

// In order. Generated at build time.
std::span<const MigrationScript> MigrationScripts();

// Migrate() with other scripts than this program's.
absl::StatusOr<MigrationReport> ApplyMigrations(const std::string& url,
                                                std::span<const MigrationScript> scripts);

}  // namespace kpid::storage
