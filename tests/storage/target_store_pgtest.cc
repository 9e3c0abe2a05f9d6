// Targets and scorecards: stored, listed, given to snapshots of facts.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "metrics/fact_snapshot.h"
#include "storage/fact_loader.h"
#include "storage/record_store.h"
#include "storage/target_rows.h"
#include "storage/target_store.h"
#include "tests/storage/held_session.h"
#include "tests/storage/record_builders.h"
#include "tests/storage/status_matchers.h"
#include "tests/support/test_database.h"

namespace kpid::storage {
namespace {

using test_support::TestDatabase;

class TargetStoreTest : public ::testing::Test {
 protected:
  void Ingest(std::vector<TargetRecord> targets) {
    const auto outcome = records_.Ingest(BatchOf(std::move(targets)), {});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
  }

  std::vector<std::string> ListedIds(const std::string& after, int limit, const std::string& kpi_id,
                                     bool* more) {
    const auto page = store_.ListTargets(after, limit, kpi_id, {});
    EXPECT_TRUE(page.ok()) << page.status();
    std::vector<std::string> ids;
    if (!page.ok()) return ids;
    for (const TargetRecord& record : page->records) ids.push_back(record.target_id);
    *more = page->more;
    return ids;
  }

  // As many rows as there may be targets, written by hand; ids "f1" and up.
  void FillTo(int count) {
    database_.Run(
        "INSERT INTO kpid.targets (revision, target_value, weight_thousandths, scope,"
        " target_id, kpi_id, parameters, statistic, scope_id, currency_code)"
        " SELECT 0, 1, 1000, 3, 'f' || n, 'csat', '{}', '', 'agent' || n, ''"
        " FROM generate_series(1, " +
        std::to_string(count) + ") AS n");
  }

  absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> Snapshot() {
    return loader_.Snapshot({}, {});
  }

  TestDatabase database_;
  std::unique_ptr<Database> open_ = database_.Open();
  RecordStore records_{open_.get()};
  TargetStore store_{open_.get()};
  FactLoader loader_{open_.get(), {}, [] { return At(0); }};
};

TargetRecord FullTarget() {
  TargetRecord record;
  record.target_id = "full {\"\\ \xF0\x9F\x93\x9E";
  record.kpi = {"service_level", {{"threshold", "20s"}, {"abandoned_as", "ignore"}}, ""};
  record.scope = metrics::TargetScope::kGroup;
  record.scope_id = "red";
  record.target_value = 0.1 + 0.2;
  record.worst_value = -0.0;
  record.best_value = 100;
  record.weight_thousandths = 1'000'000'000;
  record.start = metrics::kInstantMin;
  record.end = metrics::kInstantEnd - Duration(1);
  record.revision = 9'000'000'000;
  return record;
}

TargetRecord BandTarget() {
  TargetRecord record;
  record.target_id = "band";
  record.kpi = {"occupancy", {}, ""};
  record.target_value = 75;
  record.band_end_value = 85;
  record.worst_value = 100;
  return record;
}

TEST_F(TargetStoreTest, EveryFieldComesBack) {
  TargetRecord money = MakeTarget("money");
  money.kpi = {"cost_per_contact", {{"currency", "EUR"}}, ""};
  money.currency_code = "EUR";
  money.worst_value = money.best_value = std::nullopt;
  Ingest({FullTarget(), money, BandTarget()});
  const auto page = store_.ListTargets("", 10, "", {});
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->records.size(), 3u);
  EXPECT_FALSE(page->more);
  const TargetRecord& band = page->records[0];
  EXPECT_EQ(band.target_id, "band");
  EXPECT_EQ(band.kpi.kpi_id, "occupancy");
  EXPECT_TRUE(band.kpi.parameters.empty());
  EXPECT_EQ(band.scope, metrics::TargetScope::kAll);
  EXPECT_EQ(band.scope_id, "");
  EXPECT_EQ(band.target_value, 75);
  EXPECT_EQ(band.band_end_value, 85);
  EXPECT_EQ(band.worst_value, 100);
  EXPECT_EQ(band.best_value, std::nullopt);
  EXPECT_EQ(band.weight_thousandths, 1'000);
  EXPECT_EQ(band.start, std::nullopt);
  EXPECT_EQ(band.end, std::nullopt);
  EXPECT_EQ(band.revision, 0);
  const TargetRecord& full = page->records[1];
  EXPECT_EQ(full.target_id, FullTarget().target_id);
  EXPECT_EQ(full.kpi.kpi_id, "service_level");
  EXPECT_EQ(full.kpi.parameters, FullTarget().kpi.parameters);
  EXPECT_EQ(full.scope, metrics::TargetScope::kGroup);
  EXPECT_EQ(full.scope_id, "red");
  EXPECT_EQ(full.target_value, 0.1 + 0.2);
  EXPECT_EQ(full.worst_value, 0);
  EXPECT_EQ(full.best_value, 100);
  EXPECT_EQ(full.band_end_value, std::nullopt);
  EXPECT_EQ(full.weight_thousandths, 1'000'000'000);
  EXPECT_EQ(full.start, metrics::kInstantMin);
  EXPECT_EQ(full.end, metrics::kInstantEnd - Duration(1));
  EXPECT_EQ(full.revision, 9'000'000'000);
  EXPECT_EQ(page->records[2].currency_code, "EUR");
  EXPECT_EQ(page->records[2].kpi.parameters.at("currency"), "EUR");
}

TEST_F(TargetStoreTest, TargetsAreListedByIdInPages) {
  std::vector<TargetRecord> targets;
  for (const char* id : {"b", "a", "C", "d"}) targets.push_back(MakeTarget(id));
  targets[1].kpi = FullTarget().kpi;  // Several rows of one target are one entry.
  Ingest(targets);
  bool more = false;
  EXPECT_EQ(ListedIds("", 2, "", &more), (std::vector<std::string>{"C", "a"}));
  EXPECT_TRUE(more);
  EXPECT_EQ(ListedIds("a", 2, "", &more), (std::vector<std::string>{"b", "d"}));
  EXPECT_FALSE(more);
  EXPECT_EQ(ListedIds("", 10, "csat", &more), (std::vector<std::string>{"C", "b", "d"}));
  EXPECT_EQ(ListedIds("", 10, "nps", &more), std::vector<std::string>{});
}

TEST_F(TargetStoreTest, SnapshotsHaveThemAll) {
  TargetRecord empty = MakeTarget("void");
  empty.start = empty.end = At(5);
  Ingest({FullTarget(), BandTarget(), empty});
  const auto snapshot = Snapshot();
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  const auto targets = (*snapshot)->targets().targets();
  ASSERT_EQ(targets.size(), 2u);
  EXPECT_EQ(targets[0].target_id, "band");
  EXPECT_EQ(targets[0].band_end_value, 85);
  EXPECT_EQ(targets[0].range.start, Instant::min());
  EXPECT_EQ(targets[0].range.end, metrics::kInstantEnd);
  EXPECT_EQ(targets[1].kpi.definition->id, "service_level");
  EXPECT_EQ(targets[1].kpi.parameters.at("abandoned_as"),
            metrics::ParameterValue(std::string("ignore")));
  EXPECT_EQ(targets[1].scope_id, "red");
  EXPECT_EQ(targets[1].weight, 1e6);
  EXPECT_EQ(targets[1].range.start, metrics::kInstantMin);
  EXPECT_EQ(targets[1].range.end, metrics::kInstantEnd - Duration(1));
  EXPECT_EQ(loader_.targets_skipped(), 0);
}

TEST_F(TargetStoreTest, SnapshotsWithoutTargetsHaveNone) {
  const auto snapshot = Snapshot();
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_TRUE((*snapshot)->targets().empty());
}

// Another version, or somebody by hand, may have stored what this one does not know.
TEST_F(TargetStoreTest, WhatIsNotKnownIsSkippedAndCounted) {
  std::vector<TargetRecord> targets;
  for (const char* id : {"good", "kpi", "parameter", "value", "statistic", "achievement", "band",
                         "no band", "scope"}) {
    targets.push_back(MakeTarget(id));
  }
  targets[1].kpi.kpi_id = "of_tomorrow";
  targets[2].kpi.parameters["of_tomorrow"] = "1";
  targets[3].kpi.parameters["satisfied_from"] = "many";
  targets[4].kpi.statistic = "p90";
  targets[5].kpi.kpi_id = "kpi_achievement";
  targets[6].band_end_value = 90;
  targets[7].kpi.kpi_id = "occupancy";
  targets[8].scope = static_cast<metrics::TargetScope>(9);
  Ingest(targets);
  const auto snapshot = Snapshot();
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  ASSERT_EQ((*snapshot)->targets().targets().size(), 1u);
  EXPECT_EQ((*snapshot)->targets().targets()[0].target_id, "good");
  EXPECT_EQ(loader_.targets_skipped(), 8);
  bool more = false;
  EXPECT_EQ(ListedIds("", 100, "", &more).size(), 9u);  // But it is there.
}

// The roster, the facts and the targets of one snapshot are of one committed state.
TEST_F(TargetStoreTest, TargetsBelongToTheSnapshot) {
  Ingest({MakeTarget("before")});
  const auto blocker = OpenSession(database_);
  RunScript(blocker.get(), "BEGIN; LOCK TABLE kpid.memberships IN ACCESS EXCLUSIVE MODE");
  absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> snapshot;
  std::thread load([&] { snapshot = Snapshot(); });
  WaitUntilBlocked(database_, "SELECT agent_key, group_key");  // The snapshot is taken.
  Ingest({MakeTarget("after")});
  RunScript(blocker.get(), "COMMIT");
  load.join();
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  ASSERT_EQ((*snapshot)->targets().targets().size(), 1u);
  EXPECT_EQ((*snapshot)->targets().targets()[0].target_id, "before");
}

TEST_F(TargetStoreTest, MoreThanMayBeAreRefused) {
  FillTo(kTargetsMax - 1);
  Ingest({MakeTarget("last")});
  const auto refused = records_.Ingest(BatchOf<TargetRecord>({MakeTarget("one more")}), {});
  EXPECT_TRUE(absl::IsResourceExhausted(refused.status())) << refused.status();
  EXPECT_EQ(ReasonOf(refused.status()), "TOO_MANY_TARGETS");
  EXPECT_EQ(database_.Value("SELECT count(*) FROM kpid.targets"), std::to_string(kTargetsMax));
  const auto full = Snapshot();
  ASSERT_TRUE(full.ok()) << full.status();
  EXPECT_EQ((*full)->targets().targets().size(), static_cast<size_t>(kTargetsMax));

  // Changes may go on, and void ones make room.
  TargetRecord changed = MakeTarget("last");
  changed.target_value = 81;
  Ingest({changed});
  changed.start = changed.end = At(0);
  Ingest({changed});
  Ingest({MakeTarget("one more")});

  FillTo(0);
  database_.Run("UPDATE kpid.targets SET start_time = NULL");  // By hand, past the check.
  const auto snapshot = Snapshot();
  EXPECT_TRUE(absl::IsResourceExhausted(snapshot.status())) << snapshot.status();
  EXPECT_EQ(ReasonOf(snapshot.status()), "TOO_MANY_TARGETS");
}

TEST_F(TargetStoreTest, ConcurrentBatchesDoNotPassTheLimitTogether) {
  FillTo(kTargetsMax - 1);
  const auto blocker = OpenSession(database_);
  // Stands for another batch that has counted and is about to commit.
  RunScript(blocker.get(), "BEGIN; SELECT pg_advisory_xact_lock(1802529125)");
  absl::StatusOr<IngestOutcome> outcome;
  std::thread ingest(
      [&] { outcome = records_.Ingest(BatchOf<TargetRecord>({MakeTarget("a")}), {}); });
  WaitUntilBlocked(database_, "SELECT pg_advisory_xact_lock");
  RunScript(blocker.get(),
            "INSERT INTO kpid.targets (revision, target_value, weight_thousandths, scope,"
            " target_id, kpi_id, parameters, statistic, scope_id, currency_code)"
            " VALUES (0, 1, 1000, 1, 'b', 'csat', '{}', '', '', '')");
  RunScript(blocker.get(), "COMMIT");
  ingest.join();
  EXPECT_EQ(ReasonOf(outcome.status()), "TOO_MANY_TARGETS");
}

ScorecardRecord MakeScorecard(const std::string& id) {
  ScorecardRecord record{id, "Name of " + id, {}};
  record.entries.push_back(
      {{"service_level", {{"threshold", "20s"}, {"abandoned_as", "ignore"}}, ""},
       metrics::ScorecardArea::kOperations,
       1'500});
  record.entries.push_back(
      {{"average_handle_time", {}, "p90"}, metrics::ScorecardArea::kEfficiency, 1'000});
  return record;
}

class ScorecardStoreTest : public TargetStoreTest {
 protected:
  void Upsert(const std::vector<ScorecardRecord>& records, int64_t inserted, int64_t updated,
              int64_t unchanged) {
    const auto outcome = store_.UpsertScorecards(records, {});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_EQ(outcome->inserted, inserted);
    EXPECT_EQ(outcome->updated, updated);
    EXPECT_EQ(outcome->unchanged, unchanged);
  }
};

TEST_F(ScorecardStoreTest, EveryFieldComesBack) {
  Upsert({MakeScorecard("b"), MakeScorecard("a")}, 2, 0, 0);
  const auto found = store_.GetScorecard("a", {});
  ASSERT_TRUE(found.ok() && found->has_value()) << found.status();
  const ScorecardRecord& record = **found;
  EXPECT_EQ(record.scorecard_id, "a");
  EXPECT_EQ(record.name, "Name of a");
  ASSERT_EQ(record.entries.size(), 2u);
  EXPECT_EQ(record.entries[0].kpi.kpi_id, "service_level");
  EXPECT_EQ(record.entries[0].kpi.parameters, MakeScorecard("a").entries[0].kpi.parameters);
  EXPECT_EQ(record.entries[0].area, metrics::ScorecardArea::kOperations);
  EXPECT_EQ(record.entries[0].weight_thousandths, 1'500);
  EXPECT_EQ(record.entries[1].kpi.kpi_id, "average_handle_time");
  EXPECT_EQ(record.entries[1].kpi.statistic, "p90");
  EXPECT_TRUE(record.entries[1].kpi.parameters.empty());
  const auto absent = store_.GetScorecard("c", {});
  ASSERT_TRUE(absent.ok()) << absent.status();
  EXPECT_FALSE(absent->has_value());
}

// Each field by itself, so that one that the comparison forgets shows.
TEST_F(ScorecardStoreTest, EveryFieldIsContent) {
  ScorecardRecord record = MakeScorecard("a");
  Upsert({record}, 1, 0, 0);
  Upsert({record}, 0, 0, 1);
  const std::vector<std::function<void(ScorecardRecord*)>> changes = {
      [](auto* r) { r->name = ""; },
      [](auto* r) { r->entries[0].kpi.kpi_id = "nps"; },
      [](auto* r) { r->entries[0].kpi.parameters.clear(); },
      [](auto* r) { r->entries[0].kpi.parameters["a"] = "b"; },
      [](auto* r) { r->entries[0].kpi.statistic = "p10"; },
      [](auto* r) { r->entries[0].area = metrics::ScorecardArea::kCustomer; },
      [](auto* r) { r->entries[0].weight_thousandths = 1; },
      [](auto* r) { std::swap(r->entries[0], r->entries[1]); },
      [](auto* r) { r->entries.push_back(r->entries[0]); },
      [](auto* r) { r->entries.resize(1); }};
  for (size_t i = 0; i < changes.size(); ++i) {
    SCOPED_TRACE(i);
    changes[i](&record);
    Upsert({record, MakeScorecard("b")}, i == 0 ? 1 : 0, 1, i == 0 ? 0 : 1);
    Upsert({record}, 0, 0, 1);
  }
  EXPECT_EQ(database_.Value("SELECT count(*) FROM kpid.scorecard_entries"), "3");
}

TEST_F(ScorecardStoreTest, ListedByIdInPages) {
  Upsert({MakeScorecard("b"), MakeScorecard("a"), MakeScorecard("C")}, 3, 0, 0);
  const auto first = store_.ListScorecards("", 2, {});
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->records.size(), 2u);
  EXPECT_EQ(first->records[0].scorecard_id, "C");
  EXPECT_EQ(first->records[1].scorecard_id, "a");
  EXPECT_EQ(first->records[1].entries.size(), 2u);
  EXPECT_TRUE(first->more);
  const auto second = store_.ListScorecards("a", 2, {});
  ASSERT_TRUE(second.ok()) << second.status();
  ASSERT_EQ(second->records.size(), 1u);
  EXPECT_EQ(second->records[0].scorecard_id, "b");
  EXPECT_FALSE(second->more);
}

TEST_F(ScorecardStoreTest, AllOrNothing) {
  database_.Run("ALTER TABLE kpid.scorecard_entries ADD CHECK (kpi_id <> 'poison')");
  std::vector<ScorecardRecord> records = {MakeScorecard("a"), MakeScorecard("b")};
  records[1].entries[0].kpi.kpi_id = "poison";
  EXPECT_TRUE(absl::IsInternal(store_.UpsertScorecards(records, {}).status()));
  EXPECT_EQ(database_.Value("SELECT count(*) FROM kpid.scorecards"), "0");
}

TEST_F(ScorecardStoreTest, ConcurrentChangesHaveOneEffect) {
  std::atomic<int64_t> inserted{0};
  std::atomic<int64_t> unchanged{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const std::vector<ScorecardRecord> records = {MakeScorecard("a")};
      const auto outcome = store_.UpsertScorecards(records, {});
      ASSERT_TRUE(outcome.ok()) << outcome.status();
      inserted += outcome->inserted;
      unchanged += outcome->unchanged;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(inserted, 1);
  EXPECT_EQ(unchanged, 3);
  EXPECT_EQ(database_.Value("SELECT count(*) FROM kpid.scorecard_entries"), "2");
}

TEST(ToScorecardDefinition, ResolvesItsKpis) {
  ScorecardRecord record = MakeScorecard("a");
  const auto definition = ToScorecardDefinition(record);
  ASSERT_TRUE(definition.ok()) << definition.status();
  EXPECT_EQ(definition->scorecard_id, "a");
  EXPECT_EQ(definition->name, "Name of a");
  ASSERT_EQ(definition->entries.size(), 2u);
  EXPECT_EQ(definition->entries[0].weight, 1.5);
  EXPECT_EQ(definition->entries[1].kpi.statistic.percentile, 90);
  record.entries[1].kpi.kpi_id = "of_tomorrow";
  EXPECT_TRUE(absl::IsFailedPrecondition(ToScorecardDefinition(record).status()));
  EXPECT_EQ(ReasonOf(ToScorecardDefinition(record).status()), "KPI_UNKNOWN");
}

}  // namespace
}  // namespace kpid::storage
