// What every kind of record has in common when it is written, for those beyond interactions and
// surveys.
#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "storage/record_store.h"
#include "storage/roster_store.h"
#include "tests/storage/held_session.h"
#include "tests/storage/record_builders.h"
#include "tests/support/test_database.h"

namespace kpid::storage {
namespace {

using test_support::TestDatabase;

void ExpectOutcome(const IngestOutcome& outcome, int64_t inserted, int64_t updated,
                   int64_t unchanged) {
  EXPECT_EQ(outcome.inserted, inserted);
  EXPECT_EQ(outcome.updated, updated);
  EXPECT_EQ(outcome.unchanged, unchanged);
  EXPECT_TRUE(outcome.costs_of_unknown_group.empty());
}

// A kind of record: where it is stored, one of them, and each way in which it can change, the
// last ones back to what is absent.
template <typename Record>
struct Kind;

template <>
struct Kind<QualityEvaluationRecord> {
  using Record = QualityEvaluationRecord;
  static constexpr const char* kTable = "quality_evaluations";
  static constexpr auto kIdentity = &Record::evaluation_id;
  static Record Make(const std::string& id) { return MakeEvaluation(id); }
  static std::vector<std::function<void(Record*)>> Changes() {
    return {[](auto* r) { r->interaction_id = "x"; },
            [](auto* r) { r->agent_id = "x"; },
            [](auto* r) { r->evaluator_id = "x"; },
            [](auto* r) { r->evaluate += Duration(1); },
            [](auto* r) { r->items[0].criterion = "x"; },
            [](auto* r) { r->items[0].category = "x"; },
            [](auto* r) { r->items[1].category = "x"; },
            [](auto* r) { r->items[0].score_thousandths = 4'001; },
            [](auto* r) { r->items[0].maximum_thousandths = 1'000'000'000; },
            [](auto* r) { r->items[0].weight_thousandths = 1; },
            [](auto* r) { r->items[0].not_applicable = true; },
            [](auto* r) { r->items[0].auto_fail = true; },
            [](auto* r) { std::swap(r->items[0], r->items[1]); },
            [](auto* r) { r->items.pop_back(); },
            [](auto* r) { r->evaluator_id = ""; },
            [](auto* r) { r->interaction_id = ""; }};
  }
};

template <>
struct Kind<AgentActivityRecord> {
  using Record = AgentActivityRecord;
  static constexpr const char* kTable = "agent_activities";
  static constexpr auto kIdentity = &Record::activity_id;
  static Record Make(const std::string& id) { return MakeActivity(id); }
  static std::vector<std::function<void(Record*)>> Changes() {
    return {[](auto* r) { r->agent_id = "x"; },
            [](auto* r) { r->state = metrics::AgentState::kOffline; },
            [](auto* r) { r->start += Duration(1); }, [](auto* r) { *r->end += Duration(1); },
            [](auto* r) { r->end.reset(); }};
  }
};

template <>
struct Kind<ScheduledActivityRecord> {
  using Record = ScheduledActivityRecord;
  static constexpr const char* kTable = "scheduled_activities";
  static constexpr auto kIdentity = &Record::schedule_id;
  static Record Make(const std::string& id) { return MakeSchedule(id); }
  static std::vector<std::function<void(Record*)>> Changes() {
    return {[](auto* r) { r->agent_id = "x"; },
            [](auto* r) { r->state = metrics::PlannedState::kTraining; },
            [](auto* r) { r->start += Duration(1); }, [](auto* r) { r->end += Duration(1); }};
  }
};

template <>
struct Kind<TicketRecord> {
  using Record = TicketRecord;
  static constexpr const char* kTable = "tickets";
  static constexpr auto kIdentity = &Record::ticket_id;
  static Record Make(const std::string& id) { return MakeTicket(id); }
  static std::vector<std::function<void(Record*)>> Changes() {
    return {[](auto* r) { r->customer_id = "x"; },
            [](auto* r) { r->agent_id = "x"; },
            [](auto* r) { r->queue_id = "x"; },
            [](auto* r) { r->priority = "x"; },
            [](auto* r) { r->channel = metrics::Channel::kChat; },
            [](auto* r) { r->open -= Duration(1); },
            [](auto* r) { r->first_response = At(1); },
            [](auto* r) { r->first_resolve = At(2); },
            [](auto* r) { r->last_resolve = At(3); },
            [](auto* r) { r->close = At(4); },
            [](auto* r) { r->reopen_count = 1'000'000; },
            [](auto* r) { r->reassignment_count = 1; },
            [](auto* r) { r->last_resolve.reset(); },
            [](auto* r) { r->priority = ""; }};
  }
};

template <>
struct Kind<CostRecord> {
  using Record = CostRecord;
  static constexpr const char* kTable = "costs";
  static constexpr auto kIdentity = &Record::cost_id;
  static Record Make(const std::string& id) { return MakeCost(id); }
  static std::vector<std::function<void(Record*)>> Changes() {
    return {[](auto* r) { r->category = "x"; },
            [](auto* r) { r->amount.currency = "USD"; },
            [](auto* r) { r->amount.micros = -1; },
            [](auto* r) { r->start += Duration(1); },
            [](auto* r) { r->end += Duration(1); },
            [](auto* r) { r->queue_id = "x"; },
            [](auto* r) { r->group_id = "red"; },
            [](auto* r) { r->channel = metrics::Channel::kChat; },
            [](auto* r) { r->group_id = "blue"; },
            [](auto* r) { r->group_id = ""; }};
  }
};

template <>
struct Kind<TargetRecord> {
  using Record = TargetRecord;
  static constexpr const char* kTable = "targets";
  static constexpr auto kIdentity = &Record::target_id;
  static Record Make(const std::string& id) { return MakeTarget(id); }
  static std::vector<std::function<void(Record*)>> Changes() {
    return {[](auto* r) { r->kpi.kpi_id = "service_level"; },
            [](auto* r) { r->kpi.parameters["threshold"] = "20s"; },
            [](auto* r) { r->kpi.parameters["threshold"] = "30s"; },
            [](auto* r) { r->kpi.parameters["\"\\,{}:\xE2\x80\xAE"] = "\"\\"; },
            [](auto* r) { r->kpi.statistic = "p90"; },
            [](auto* r) { r->scope = metrics::TargetScope::kAgent; },
            [](auto* r) { r->scope_id = "ann"; },
            [](auto* r) { r->target_value += 1e-12; },
            [](auto* r) { r->worst_value = 0.1 + 0.2; },
            [](auto* r) { r->best_value = 1e300; },
            [](auto* r) { r->band_end_value = 81; },
            [](auto* r) { r->currency_code = "EUR"; },
            [](auto* r) { r->weight_thousandths = 1; },
            [](auto* r) { r->start = At(0); },
            [](auto* r) { r->end = At(1); },
            [](auto* r) { r->worst_value.reset(); },
            [](auto* r) { r->band_end_value.reset(); },
            [](auto* r) { r->end.reset(); },
            [](auto* r) { r->kpi.parameters.clear(); }};
  }
};

template <typename Record>
class RecordKindsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    RosterStore roster(open_.get());
    const std::vector<AgentGroupRecord> groups = {{"red", "", "team", ""},
                                                  {"blue", "", "team", ""}};
    ASSERT_TRUE(roster.UpsertAgentGroups(groups, {}).ok());
  }

  IngestOutcome Ingest(const RecordBatch& batch) {
    const absl::StatusOr<IngestOutcome> outcome = store_.Ingest(batch, {});
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return outcome.value_or(IngestOutcome());
  }
  IngestOutcome Ingest(const Record& record) { return Ingest(BatchOf<Record>({record})); }
  std::string Value(const std::string& expression) {
    return database_.Value("SELECT " + expression + " FROM kpid." + Kind<Record>::kTable);
  }

  TestDatabase database_;
  std::unique_ptr<Database> open_ = database_.Open();
  RecordStore store_{open_.get()};
};

using Kinds = ::testing::Types<QualityEvaluationRecord, AgentActivityRecord,
                               ScheduledActivityRecord, TicketRecord, CostRecord, TargetRecord>;
TYPED_TEST_SUITE(RecordKindsTest, Kinds);

// Each field by itself, so that one that the comparison forgets shows.
TYPED_TEST(RecordKindsTest, EveryFieldIsContent) {
  TypeParam record = Kind<TypeParam>::Make("a");
  ExpectOutcome(this->Ingest(record), 1, 0, 0);
  ExpectOutcome(this->Ingest(record), 0, 0, 1);
  const auto changes = Kind<TypeParam>::Changes();
  for (size_t i = 0; i < changes.size(); ++i) {
    SCOPED_TRACE(i);
    changes[i](&record);
    ExpectOutcome(this->Ingest(record), 0, 1, 0);
    ExpectOutcome(this->Ingest(record), 0, 0, 1);
  }
}

TYPED_TEST(RecordKindsTest, HigherRevisionWins) {
  TypeParam record = Kind<TypeParam>::Make("a");
  ExpectOutcome(this->Ingest(record), 1, 0, 0);
  record.revision = 5;
  ExpectOutcome(this->Ingest(record), 0, 1, 0);
  const std::string row_key = this->Value("row_key");
  const std::string xid = this->Value("changed_xid");
  Kind<TypeParam>::Changes()[0](&record);
  for (const int64_t revision : {5, 4, 0}) {
    record.revision = revision;
    ExpectOutcome(this->Ingest(record), 0, 0, 1);
  }
  EXPECT_EQ(this->Value("changed_xid"), xid);
  record.revision = 6;
  ExpectOutcome(this->Ingest(record), 0, 1, 0);
  EXPECT_EQ(this->Value("revision"), "6");
  EXPECT_EQ(this->Value("row_key"), row_key);
  EXPECT_EQ(this->Value("changed_xid > '" + xid + "'"), "t");
}

TYPED_TEST(RecordKindsTest, DuplicatesInABatchAreUnchanged) {
  std::vector<TypeParam> records;
  for (const int revision : {2, 7, 3, 7}) {
    records.push_back(Kind<TypeParam>::Make("versioned"));
    records.back().revision = revision;
  }
  for (size_t i = 0; i < 3; ++i) {
    records.push_back(Kind<TypeParam>::Make("unversioned"));
    if (i == 2) Kind<TypeParam>::Changes()[0](&records.back());
  }
  ExpectOutcome(this->Ingest(BatchOf(records)), 2, 0, 5);
  EXPECT_EQ(this->Value("max(revision)"), "7");
  ExpectOutcome(this->Ingest(records.back()), 0, 0, 1);  // The last one is what is stored.
}

TYPED_TEST(RecordKindsTest, AnyTextIsAnIdentity) {
  const std::string odd = "{\"\\',NULL \xF0\x9F\x93\x9E \xE2\x80\xAE\xC3\xBC";
  ExpectOutcome(this->Ingest(Kind<TypeParam>::Make(odd)), 1, 0, 0);
  ExpectOutcome(this->Ingest(Kind<TypeParam>::Make(odd)), 0, 0, 1);
}

TYPED_TEST(RecordKindsTest, ConcurrentBatchesOfTheSameIdsHaveOneEffect) {
  constexpr int kRecords = 500;
  std::atomic<int64_t> inserted{0};
  std::atomic<int64_t> updated{0};
  std::vector<std::thread> threads;
  for (unsigned thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      std::vector<TypeParam> records;
      for (int i = 0; i < kRecords; ++i) {
        records.push_back(Kind<TypeParam>::Make("r" + std::to_string(i)));
      }
      std::shuffle(records.begin(), records.end(), std::mt19937(thread));
      const IngestOutcome outcome = this->Ingest(BatchOf(std::move(records)));
      inserted += outcome.inserted;
      updated += outcome.updated;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(inserted, kRecords);
  EXPECT_EQ(updated, 0);
  EXPECT_EQ(this->Value("count(*)"), std::to_string(kRecords));
}

TYPED_TEST(RecordKindsTest, TerminatedConnectionIsRetried) {
  const std::string table = Kind<TypeParam>::kTable;
  const auto blocker = OpenSession(this->database_);
  RunScript(blocker.get(), "BEGIN; LOCK TABLE kpid." + table + " IN SHARE MODE");
  IngestOutcome outcome;
  std::thread ingest([&] { outcome = this->Ingest(Kind<TypeParam>::Make("a")); });
  const std::string process = WaitUntilBlocked(this->database_, "INSERT INTO kpid." + table);
  EXPECT_EQ(this->database_.Value("SELECT pg_terminate_backend(" + process + ", 60000)"), "t");
  RunScript(blocker.get(), "COMMIT");
  ingest.join();
  ExpectOutcome(outcome, 1, 0, 0);
  EXPECT_EQ(this->Value("count(*)"), "1");
}

using CostsTest = RecordKindsTest<CostRecord>;

RecordBatch BatchOfEveryKind() {
  RecordBatch batch;
  batch.interactions = {MakeInteraction("a")};
  batch.surveys = {MakeSurvey("a", "a")};
  batch.quality_evaluations = {MakeEvaluation("a", "a")};
  batch.agent_activities = {MakeActivity("a")};
  batch.scheduled_activities = {MakeSchedule("a")};
  batch.tickets = {MakeTicket("a")};
  batch.costs = {MakeCost("a")};
  batch.targets = {MakeTarget("a")};
  return batch;
}

constexpr const char* kRowsOfAllTables =
    "SELECT (SELECT count(*) FROM kpid.interactions) + (SELECT count(*) FROM"
    " kpid.survey_responses) + (SELECT count(*) FROM kpid.quality_evaluations) +"
    " (SELECT count(*) FROM kpid.agent_activities) + (SELECT count(*) FROM"
    " kpid.scheduled_activities) + (SELECT count(*) FROM kpid.tickets) +"
    " (SELECT count(*) FROM kpid.costs) + (SELECT count(*) FROM kpid.targets)";

TEST_F(CostsTest, AllKindsAreOneTransaction) {
  // The target, written last, is refused by a constraint that stands for any failure.
  database_.Run("ALTER TABLE kpid.targets ADD CHECK (scope_id <> 'poison')");
  RecordBatch batch = BatchOfEveryKind();
  batch.targets[0].scope_id = "poison";
  EXPECT_TRUE(absl::IsInternal(store_.Ingest(batch, {}).status()));
  EXPECT_EQ(database_.Value(kRowsOfAllTables), "0");
  batch.targets[0].scope_id = "";
  ExpectOutcome(Ingest(batch), 8, 0, 0);
  ExpectOutcome(Ingest(batch), 0, 0, 8);
  EXPECT_EQ(database_.Value(kRowsOfAllTables), "8");
}

TEST_F(CostsTest, UnknownGroupsAreNamedAndNothingIsStored) {
  RecordBatch batch = BatchOfEveryKind();
  for (const char* group : {"green", "red", "", "yellow", "blue"}) {
    batch.costs.push_back(MakeCost(std::string("of ") + group));
    batch.costs.back().group_id = group;
  }
  // It gives way to the one before it in the batch, and is no less wrong.
  batch.costs.push_back(batch.costs[2]);
  batch.costs[2].revision = 1;
  batch.costs.back().group_id = "white";
  const IngestOutcome outcome = Ingest(batch);
  EXPECT_EQ(outcome.costs_of_unknown_group, (std::vector<size_t>{1, 4, 6}));
  EXPECT_EQ(outcome.inserted + outcome.updated + outcome.unchanged, 0);
  EXPECT_EQ(database_.Value(kRowsOfAllTables), "0");

  for (const int index : {6, 4, 1}) batch.costs.erase(batch.costs.begin() + index);
  ExpectOutcome(Ingest(batch), 11, 0, 0);
  EXPECT_EQ(database_.Run("SELECT cost_id, group_id FROM kpid.costs JOIN kpid.agent_groups"
                          " USING (group_key) ORDER BY 1"),
            (test_support::SqlRows{{"of blue", "blue"}, {"of red", "red"}}));
}

TEST_F(CostsTest, GroupThatComesLaterIsKnownThen) {
  CostRecord cost = MakeCost("a");
  cost.group_id = "late";
  EXPECT_EQ(Ingest(cost).costs_of_unknown_group, std::vector<size_t>{0});
  EXPECT_EQ(Ingest(cost).costs_of_unknown_group, std::vector<size_t>{0});
  EXPECT_EQ(database_.Value("SELECT count(*) FROM kpid.agent_groups WHERE group_id = 'late'"), "0");
  RosterStore roster(open_.get());
  const std::vector<AgentGroupRecord> groups = {{"late", "", "team", ""}};
  ASSERT_TRUE(roster.UpsertAgentGroups(groups, {}).ok());
  ExpectOutcome(Ingest(cost), 1, 0, 0);
}

TEST_F(CostsTest, KnownNamesOfItemsAndPrioritiesBurnNoKeys) {
  Ingest(BatchOf<QualityEvaluationRecord>({MakeEvaluation("a")}));
  TicketRecord ticket = MakeTicket("a");
  ticket.priority = "high";
  Ingest(BatchOf<TicketRecord>({ticket}));
  RecordStore other(open_.get());  // Knows no names yet.
  ticket.ticket_id = "b";
  ASSERT_TRUE(other.Ingest(BatchOf<QualityEvaluationRecord>({MakeEvaluation("b")}), {}).ok());
  ASSERT_TRUE(other.Ingest(BatchOf<TicketRecord>({ticket}), {}).ok());
  EXPECT_EQ(database_.Value("SELECT max(priority_key) FROM kpid.priorities"), "1");
  EXPECT_EQ(database_.Value("SELECT max(quality_category_key) FROM kpid.quality_categories"), "1");
  EXPECT_EQ(database_.Value("SELECT max(quality_criterion_key) FROM kpid.quality_criteria"), "2");
}

}  // namespace
}  // namespace kpid::storage
