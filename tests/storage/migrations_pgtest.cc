#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "storage/database.h"
#include "storage/fact_loader.h"
#include "storage/migration_scripts.h"
#include "storage/migrations.h"
#include "storage/record_store.h"
#include "storage/roster_store.h"
#include "tests/storage/record_builders.h"
#include "tests/storage/status_matchers.h"
#include "tests/support/test_database.h"

namespace kpid::storage {
namespace {

using test_support::TestDatabase;

class MigrationsTest : public ::testing::Test {
 protected:
  MigrationReport Apply(std::span<const MigrationScript> scripts) {
    const auto report = ApplyMigrations(database_.url(), scripts);
    EXPECT_TRUE(report.ok()) << report.status();
    return report.value_or(MigrationReport());
  }

  TestDatabase database_{TestDatabase::Schema::kEmpty};
  std::vector<MigrationScript> two_ = {
      {1, "0001_one", "aa", "CREATE TABLE kpid.one (x int)"},
      {2, "0002_two", "bb", "CREATE TABLE kpid.two (x int); INSERT INTO kpid.two VALUES (2)"}};
};

TEST_F(MigrationsTest, ProgramsOwnMakeTheSchemaAndAreRepeatable) {
  const auto first = Migrate(database_.url());
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->version_before, 0);
  EXPECT_EQ(first->version_after, SchemaVersion());
  EXPECT_EQ(first->applied.size(), static_cast<size_t>(SchemaVersion()));
  EXPECT_EQ(first->applied.front(), "0001_dictionaries");
  const auto second = Migrate(database_.url());
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->version_before, SchemaVersion());
  EXPECT_TRUE(second->applied.empty());
}

TEST_F(MigrationsTest, EveryTableAndColumnIsDescribed) {
  ASSERT_TRUE(Migrate(database_.url()).ok());
  EXPECT_EQ(database_.Value("SELECT string_agg(c.relname || '.' || coalesce(a.attname, ''), ' ')"
                            " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
                            " WHERE c.relnamespace = 'kpid'::regnamespace AND c.relkind = 'r'"
                            " AND a.attnum > 0 AND NOT a.attisdropped"
                            " AND (col_description(c.oid, a.attnum) IS NULL"
                            "  OR obj_description(c.oid) IS NULL)"),
            "NULL");
}

TEST_F(MigrationsTest, AppliesOnlyWhatIsMissing) {
  EXPECT_EQ(Apply({two_.data(), 1}).version_after, 1);
  const MigrationReport report = Apply(two_);
  EXPECT_EQ(report.version_before, 1);
  EXPECT_EQ(report.version_after, 2);
  EXPECT_EQ(report.applied, std::vector<std::string>{"0002_two"});
}

TEST_F(MigrationsTest, FailedOneLeavesThoseBeforeAndNothingOfItself) {
  std::vector<MigrationScript> broken = two_;
  broken[1].sql = "CREATE TABLE kpid.two (x int); SELECT 1 / 0";
  EXPECT_FALSE(ApplyMigrations(database_.url(), broken).ok());
  EXPECT_EQ(database_.Value("SELECT max(version) FROM kpid.schema_migrations"), "1");
  EXPECT_EQ(database_.Value("SELECT to_regclass('kpid.two')"), "NULL");
  EXPECT_EQ(Apply(two_).version_after, 2);
}

TEST_F(MigrationsTest, InterruptedOneIsDoneAgain) {
  // The server of the migration dies in the middle of it, as it would with kill -9.
  std::vector<MigrationScript> suicidal = two_;
  suicidal[1].sql = "CREATE TABLE kpid.two (x int); SELECT pg_terminate_backend(pg_backend_pid())";
  EXPECT_TRUE(absl::IsUnavailable(ApplyMigrations(database_.url(), suicidal).status()));
  EXPECT_EQ(database_.Value("SELECT to_regclass('kpid.two')"), "NULL");
  EXPECT_EQ(Apply(two_).version_after, 2);
  EXPECT_EQ(database_.Value("SELECT x FROM kpid.two"), "2");
}

TEST_F(MigrationsTest, ChangedChecksumIsRefused) {
  Apply(two_);
  two_[0].checksum = "cc";
  const absl::Status status = ApplyMigrations(database_.url(), two_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_EQ(ReasonOf(status), "MIGRATION_CHANGED");
}

TEST_F(MigrationsTest, NewerSchemaIsRefused) {
  Apply(two_);
  const absl::Status status = ApplyMigrations(database_.url(), {two_.data(), 1}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_EQ(ReasonOf(status), "SCHEMA_VERSION");
}

TEST_F(MigrationsTest, ServersMayStartAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> applied{0};
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      const auto report = Migrate(database_.url());
      EXPECT_TRUE(report.ok()) << report.status();
      if (report.ok()) applied += static_cast<int>(report->applied.size());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(applied, SchemaVersion());
}

TEST_F(MigrationsTest, OpenChecksTheVersion) {
  DatabaseOptions options;
  options.url = database_.url();
  const absl::Status empty = Database::Open(options).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(empty));
  EXPECT_EQ(ReasonOf(empty), "SCHEMA_VERSION");
  EXPECT_NE(std::string(empty.message()).find("kpid migrate"), std::string::npos);
  ASSERT_TRUE(Migrate(database_.url()).ok());
  EXPECT_TRUE(Database::Open(options).ok());
  database_.Run(
      "INSERT INTO kpid.schema_migrations (version, name, checksum)"
      " VALUES (9999, 'future', '')");
  const absl::Status newer = Database::Open(options).status();
  EXPECT_EQ(ReasonOf(newer), "SCHEMA_VERSION");
  EXPECT_NE(std::string(newer.message()).find("newer kpid"), std::string::npos);
}

TEST_F(MigrationsTest, OwnerOfTheDatabaseNeedsNoMoreRights) {
  database_.Run(
      "DO $$ BEGIN CREATE ROLE plain LOGIN; EXCEPTION WHEN duplicate_object THEN END $$;"
      " ALTER DATABASE " +
      database_.name() + " OWNER TO plain");
  DatabaseOptions options;
  options.url = database_.url() + " user=plain";
  ASSERT_TRUE(Migrate(options.url).ok());
  const auto database = Database::Open(options);
  ASSERT_TRUE(database.ok()) << database.status();
  RecordStore store(database->get());
  InteractionRecord record = MakeInteraction("a");
  record.agent_id = "ann";
  EXPECT_TRUE(store.Ingest({{record}, {MakeSurvey("s", "a")}}, {}).ok());
  RosterStore roster(database->get());
  EXPECT_TRUE(roster.ListAgents("", 10, {}).ok());
  FactLoader loader(database->get(), {}, [] { return At(0); });
  metrics::FactDemand demand;
  demand.interactions = metrics::TimeRange{At(0), At(100 * 86'400)};
  EXPECT_TRUE(loader.Snapshot(demand, {}).ok());
}

TEST_F(MigrationsTest, UnreachableServerIsUnavailable) {
  const absl::Status status = Migrate("host=/nonexistent dbname=x").status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_TRUE(absl::IsInvalidArgument(Migrate("postgresql://[bad").status()));
}

}  // namespace
}  // namespace kpid::storage
