#include "storage/migrations.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "metrics/error_reason.h"
#include "storage/migration_scripts.h"
#include "storage/pg_error.h"
#include "storage/text_session.h"

namespace kpid::storage {
namespace {

using metrics::ErrorWithReason;

// One migrator at a time in the database, until the transaction ends. The number is "kpid".
constexpr Statement kLockMigrations{"lock_migrations", "SELECT pg_advisory_xact_lock(1802529124)"};

// What was applied; made before the first migration.
constexpr Statement kMakeMigrationTable{
    "make_migration_table",
    "CREATE SCHEMA IF NOT EXISTS kpid;"
    "CREATE TABLE IF NOT EXISTS kpid.schema_migrations ("
    " version integer PRIMARY KEY,"
    " name text NOT NULL,"
    " checksum text NOT NULL,"
    " applied_time timestamptz NOT NULL DEFAULT now());"
    "COMMENT ON SCHEMA kpid IS 'Contact-centre KPI service';"
    "COMMENT ON TABLE kpid.schema_migrations IS 'Migrations applied to this schema.';"
    "COMMENT ON COLUMN kpid.schema_migrations.version IS 'Number of the migration, from 1.';"
    "COMMENT ON COLUMN kpid.schema_migrations.name IS 'Its name.';"
    "COMMENT ON COLUMN kpid.schema_migrations.checksum IS 'SHA-256 of its SQL file.';"
    "COMMENT ON COLUMN kpid.schema_migrations.applied_time IS 'When it was applied.';"};

constexpr Statement kListMigrations{
    "list_migrations", "SELECT version, checksum FROM kpid.schema_migrations ORDER BY version"};

constexpr Statement kRecordMigration{"record_migration",
                                     "INSERT INTO kpid.schema_migrations (version, name, checksum)"
                                     " VALUES ($1::integer, $2, $3)"};

// Checksums by version.
absl::StatusOr<std::map<int, std::string>> Applied(TextTransaction& transaction) {
  absl::StatusOr<TextRows> rows = transaction.Execute(kListMigrations, {});
  if (!rows.ok()) return rows.status();
  std::map<int, std::string> applied;
  for (const TextRow& row : *rows) {
    int version = 0;
    if (!absl::SimpleAtoi(row[0].value_or(""), &version)) {
      return absl::InternalError("malformed version in kpid.schema_migrations");
    }
    applied[version] = row[1].value_or("");
  }
  return applied;
}

// That what was applied is a beginning of the scripts.
absl::Status CheckApplied(const std::map<int, std::string>& applied,
                          std::span<const MigrationScript> scripts) {
  for (const auto& [version, checksum] : applied) {
    if (version > static_cast<int>(scripts.size())) {
      return ErrorWithReason(
          absl::StatusCode::kFailedPrecondition,
          absl::StrCat("the database has schema version ", version, ", this program knows ",
                       scripts.size(), ": use a newer kpid"),
          {"SCHEMA_VERSION",
           {{"database_version", absl::StrCat(version)},
            {"program_version", absl::StrCat(scripts.size())}}});
    }
    const MigrationScript& script = scripts[version - 1];
    if (checksum != script.checksum) {
      return ErrorWithReason(
          absl::StatusCode::kFailedPrecondition,
          absl::StrCat("migration ", std::string(script.name),
                       " was applied with other content than this program's: the database was "
                       "made by another build"),
          {"MIGRATION_CHANGED", {{"migration", std::string(script.name)}}});
    }
  }
  return absl::OkStatus();
}

// Applies the next missing migration, if any; *done says that none is missing.
absl::Status ApplyNext(TextTransaction& transaction, std::span<const MigrationScript> scripts,
                       MigrationReport* report, bool* done) {
  absl::StatusOr<TextRows> locked = transaction.Execute(kLockMigrations, {});
  if (!locked.ok()) return locked.status();
  absl::Status status = transaction.ExecuteScript(kMakeMigrationTable);
  if (!status.ok()) return status;
  absl::StatusOr<std::map<int, std::string>> applied = Applied(transaction);
  if (!applied.ok()) return applied.status();
  status = CheckApplied(*applied, scripts);
  if (!status.ok()) return status;
  const int version = applied->empty() ? 0 : applied->rbegin()->first;
  if (report->applied.empty()) report->version_before = version;
  report->version_after = version;
  const auto missing = std::find_if(
      scripts.begin(), scripts.end(),
      [&](const MigrationScript& script) { return !applied->contains(script.version); });
  *done = missing == scripts.end();
  if (*done) return absl::OkStatus();
  status = transaction.ExecuteScript({missing->name, missing->sql});
  if (!status.ok()) return status;
  absl::StatusOr<TextRows> recorded = transaction.Execute(
      kRecordMigration,
      {absl::StrCat(missing->version), std::string(missing->name), std::string(missing->checksum)});
  if (!recorded.ok()) return recorded.status();
  report->version_after = std::max(version, missing->version);
  report->applied.emplace_back(missing->name);
  return absl::OkStatus();
}

}  // namespace

int SchemaVersion() { return static_cast<int>(MigrationScripts().size()); }

absl::StatusOr<MigrationReport> Migrate(const std::string& url) {
  return ApplyMigrations(url, MigrationScripts());
}

absl::StatusOr<MigrationReport> ApplyMigrations(const std::string& url,
                                                std::span<const MigrationScript> scripts) {
  SessionOptions options;
  options.url = url;
  options.statement_timeout = std::chrono::milliseconds(0);  // Large tables take their time.
  absl::StatusOr<std::unique_ptr<TextSession>> session = TextSession::Open(options);
  if (!session.ok()) return session.status();
  MigrationReport report;
  bool done = false;
  while (!done) {
    MigrationReport attempt = report;
    const absl::Status status = (*session)->InTransaction({}, [&](TextTransaction& transaction) {
      return ApplyNext(transaction, scripts, &attempt, &done);
    });
    if (!status.ok()) return status;
    report = std::move(attempt);
  }
  return report;
}

}  // namespace kpid::storage
