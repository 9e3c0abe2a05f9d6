// What the feed makes of each kind of change.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/feed_check.h"
#include "storage/feed_upkeep.h"
#include "storage/session.h"
#include "storage/feed_transaction.h"
#include "tests/storage/feed_fixture.h"
#include "tests/storage/held_session.h"

namespace kpid::storage {
namespace {

using ::testing::Test;

// One record of each kind, with all the names that there are.
RecordBatch OneOfEach(const std::string& id) {
  RecordBatch batch;
  InteractionRecord interaction = MakeInteraction(id);
  interaction.customer_id = "customer-" + id;
  interaction.agent_id = "agent-" + id;
  interaction.queue_id = "queue-" + id;
  interaction.case_id = "case-" + id;
  interaction.revenue = MoneyAmount{"EUR", 5'000'000};
  interaction.attributes = {{"language", "nl-" + id}};
  batch.interactions = {interaction};
  batch.surveys = {MakeSurvey("s-" + id, id)};
  batch.quality_evaluations = {MakeEvaluation("q-" + id, id)};
  batch.quality_evaluations[0].items[0].category = "category-" + id;
  batch.agent_activities = {MakeActivity("a-" + id)};
  batch.scheduled_activities = {MakeSchedule("p-" + id)};
  batch.tickets = {MakeTicket("t-" + id)};
  batch.tickets[0].priority = "priority-" + id;
  batch.costs = {MakeCost("c-" + id)};
  return batch;
}

TEST_F(FeedTest, LoadsWhatIsThere) {
  Ingest(OneOfEach("1"));
  MakeFeed();
  EXPECT_EQ(feed_->Current(), nullptr);
  StepAndCompare();
  ASSERT_NE(feed_->Current(), nullptr);
  EXPECT_EQ(feed_->Current()->version, version_);
  EXPECT_EQ(reloads_, std::vector<std::string>{"first load"});
  EXPECT_EQ(feed_->status().facts_loaded, 7);
  EXPECT_EQ(sink_->Texts().size(), 7u);
}

TEST_F(FeedTest, LoadsAnEmptyDatabase) {
  MakeFeed();
  StepAndCompare();
  EXPECT_EQ(sink_->size(), 0u);
}

TEST_F(FeedTest, FollowsInsertsAndNamesThatGrow) {
  MakeFeed();
  StepAndCompare();
  for (int i = 0; i < 5; ++i) {
    const uint64_t before = version_;
    Ingest(OneOfEach(absl::StrCat(i)));
    StepAndCompare();
    EXPECT_GT(version_, before);
    EXPECT_EQ(sink_->Texts().size(), 7u * static_cast<size_t>(i + 1));
    EXPECT_NE(sink_->dictionaries().agents.Find(absl::StrCat("agent-", i)), metrics::kNoCode);
  }
  EXPECT_EQ(reloads_.size(), 1u);
}

TEST_F(FeedTest, FollowsCorrectionsAndLateRows) {
  Ingest(OneOfEach("1"));
  MakeFeed();
  StepAndCompare();
  RecordBatch batch = OneOfEach("1");
  batch.interactions[0].revision = 7;
  batch.interactions[0].agent_id = "other";  // Of the survey, too.
  batch.interactions[0].arrive = At(-1'000'000);
  batch.agent_activities[0].revision = 1;
  batch.agent_activities[0].end = std::nullopt;
  Ingest(batch);
  StepAndCompare();
  EXPECT_EQ(feed_->status().facts_applied, 3);  // The interaction, its survey, the activity.
}

TEST_F(FeedTest, NothingChanged) {
  Ingest(OneOfEach("1"));
  MakeFeed();
  StepAndCompare();
  const uint64_t version = version_;
  const int64_t applied = sink_->applied();
  StepAndCompare();
  EXPECT_EQ(version_, version);
  EXPECT_EQ(sink_->applied(), applied);
  // The watermark goes on all the same.
  now_ += std::chrono::seconds(1);
  StepAndCompare();
  EXPECT_EQ(version_, version);
  EXPECT_EQ(sink_->watermark(), now_);
  EXPECT_EQ(feed_->Current()->facts->data_watermark(), now_);
}

TEST_F(FeedTest, UpdatesByHand) {
  Ingest(OneOfEach("1"));
  Ingest(OneOfEach("2"));
  MakeFeed();
  StepAndCompare();
  const std::vector<std::string> statements = {
      "UPDATE kpid.interactions SET outcome = 2 WHERE interaction_id = '1'",
      "UPDATE kpid.interactions SET arrive_time = arrive_time + interval '40 days'",
      "UPDATE kpid.survey_responses SET score_thousandths = 1000",
      "UPDATE kpid.quality_evaluations SET item_scores_thousandths = '{1,2}'",
      "UPDATE kpid.agent_activities SET state = 3",
      "UPDATE kpid.scheduled_activities SET state = 3", "UPDATE kpid.tickets SET reopen_count = 9",
      "UPDATE kpid.costs SET amount_micros = 1",
      // Who meddles with the number is seen, too.
      "UPDATE kpid.tickets SET reopen_count = 10, changed_xid = '3'",
      "UPDATE kpid.tickets SET row_key = DEFAULT"};
  for (const std::string& statement : statements) {
    database_.Run(statement);
    const uint64_t version = version_;
    StepAndCompare();
    EXPECT_GT(version_, version) << statement;
  }
  EXPECT_EQ(reloads_.size(), 1u);
}

TEST_F(FeedTest, DeletesAndTruncatesByHand) {
  for (int i = 0; i < 4; ++i) Ingest(OneOfEach(absl::StrCat(i)));
  MakeFeed();
  StepAndCompare();
  for (const FeedTable& table : FeedTables()) {
    const std::string name = table.name;
    size_t size = sink_->size();
    database_.Run("DELETE FROM kpid." + name + " WHERE row_key % 2 = 0");
    StepAndCompare();
    EXPECT_EQ(sink_->size(), size - 2) << name;
    size = sink_->size();
    database_.Run("TRUNCATE kpid." + name);
    StepAndCompare();
    EXPECT_EQ(sink_->size(), size - 2) << name;
  }
  // What comes in the transaction that truncates, and with numbers that were used before.
  Ingest(OneOfEach("5"));
  StepAndCompare();
  database_.Run(
      "CREATE TABLE kept AS SELECT * FROM kpid.tickets;"
      "TRUNCATE kpid.tickets RESTART IDENTITY;"
      "INSERT INTO kpid.tickets OVERRIDING SYSTEM VALUE SELECT * FROM kept; DROP TABLE kept");
  StepAndCompare();
  EXPECT_EQ(sink_->size(), 7u);
  EXPECT_EQ(reloads_.size(), 1u);
}

TEST_F(FeedTest, DeletedAndPutBackWithTheSameNumber) {
  Ingest(OneOfEach("1"));
  MakeFeed();
  StepAndCompare();
  database_.Run(
      "CREATE TABLE kept AS SELECT * FROM kpid.interactions; DELETE FROM kpid.interactions;"
      "INSERT INTO kpid.interactions OVERRIDING SYSTEM VALUE SELECT * FROM kept;"
      "UPDATE kpid.interactions SET outcome = 2; DROP TABLE kept");
  StepAndCompare();
  EXPECT_EQ(sink_->size(), 7u);
}

TEST_F(FeedTest, MoreDeletionsThanAreWorthListing) {
  Ingest(OneOfEach("1"));
  MakeFeed();
  StepAndCompare();
  database_.Run(
      "INSERT INTO kpid.agent_activities (revision, start_time, state, activity_id)"
      " SELECT 0, now(), 1, 'x' || i FROM generate_series(1, 100010) AS i");
  ASSERT_TRUE(feed_->Step().ok());
  EXPECT_EQ(sink_->size(), 100'017u);
  database_.Run("DELETE FROM kpid.agent_activities WHERE activity_id LIKE 'x%'");
  EXPECT_EQ(database_.Value("SELECT count(*) FROM kpid.deleted_rows"), "1");
  StepAndCompare();
  EXPECT_EQ(sink_->size(), 7u);
}

TEST_F(FeedTest, RolledBackTransactionsLeaveNothing) {
  Ingest(OneOfEach("1"));
  MakeFeed();
  StepAndCompare();
  database_.Run(
      "BEGIN; UPDATE kpid.tickets SET reopen_count = 4; DELETE FROM kpid.costs; ROLLBACK");
  const uint64_t version = version_;
  StepAndCompare();
  EXPECT_EQ(version_, version);
}

TEST_F(FeedTest, TransactionsLeftOpenDoNotHoldItUp) {
  Ingest(OneOfEach("1"));
  Ingest(OneOfEach("2"));
  MakeFeed();
  StepAndCompare();
  const auto writer = OpenSession(database_);
  const auto idle = OpenSession(database_);
  RunScript(idle.get(), "BEGIN; SELECT pg_current_xact_id()");
  RunScript(writer.get(), "BEGIN; UPDATE kpid.tickets SET reopen_count = 4");
  for (int i = 3; i < 6; ++i) {
    Ingest(OneOfEach(absl::StrCat(i)));
    const int64_t applied = feed_->status().facts_applied;
    StepAndCompare();
    EXPECT_EQ(feed_->status().facts_applied, applied + 7);  // Nothing twice.
  }
  RunScript(writer.get(), "COMMIT");
  const int64_t applied = feed_->status().facts_applied;
  StepAndCompare();
  EXPECT_EQ(feed_->status().facts_applied, applied + 2);
  RunScript(idle.get(), "ROLLBACK");
  StepAndCompare();
  EXPECT_EQ(feed_->status().facts_applied, applied + 2);
}

TEST_F(FeedTest, TransactionOpenWhenItWasLoaded) {
  Ingest(OneOfEach("1"));
  const auto writer = OpenSession(database_);
  RunScript(writer.get(), "BEGIN; UPDATE kpid.tickets SET reopen_count = 4");
  MakeFeed();
  StepAndCompare();
  RunScript(writer.get(), "COMMIT");
  StepAndCompare();
}

TEST_F(FeedTest, CommitsDuringALongLoadAreInWhatItPublishes) {
  Ingest(OneOfEach("1"));
  MakeFeed();
  constexpr std::chrono::minutes kLong{1};
  const auto begin = std::chrono::steady_clock::now();
  during_load_ = [&] {
    passed_ = kLong;
    Ingest(OneOfEach("2"));
  };
  StepAndCompare();
  EXPECT_EQ(sink_->Texts().size(), 14u);
  ASSERT_NE(feed_->Current(), nullptr);
  EXPECT_GE(feed_->Current()->confirmed, begin + kLong);
  EXPECT_GE(feed_->Current()->commits, 1);
  EXPECT_EQ(feed_->status().loads, 1);
  EXPECT_EQ(feed_->status().facts_loaded, 7);
  EXPECT_EQ(feed_->status().facts_applied, 7);
}

TEST_F(FeedTest, TransactionOfMoreRowsThanAPiece) {
  FeedOptions options;
  options.facts_per_piece_max = 1'000;
  MakeFeed(options);
  StepAndCompare();
  RecordBatch batch;
  for (int i = 0; i < 5'500; ++i) {
    batch.interactions.push_back(MakeInteraction(absl::StrCat("i", i), i * 60));
    batch.interactions.back().agent_id = "agent";
  }
  Ingest(batch);
  const int64_t applied = sink_->applied();
  StepAndCompare();
  EXPECT_EQ(sink_->applied(), applied + 6);
  EXPECT_EQ(sink_->interactions().size(), 5'500u);
  // The same by a load, and by a table that is read anew.
  MakeFeed(options);
  StepAndCompare();
  EXPECT_EQ(progress_.back(), 5'500);
  EXPECT_GE(progress_.size(), 6u);
  database_.Run("INSERT INTO kpid.deleted_rows (table_name) VALUES ('interactions')");
  StepAndCompare();
}

TEST_F(FeedTest, NameWithAnEarlyKeyThatCameLate) {
  MakeFeed();
  const auto writer = OpenSession(database_);
  RunScript(writer.get(),
            "BEGIN; INSERT INTO kpid.agents (agent_id) VALUES ('late');"
            "INSERT INTO kpid.attributes (name, value) VALUES ('late', 'late')");
  RecordBatch batch = OneOfEach("1");
  Ingest(batch);
  StepAndCompare();
  RunScript(writer.get(), "COMMIT");
  RecordBatch late = BatchOf<InteractionRecord>({MakeInteraction("2")});
  late.interactions[0].agent_id = "late";
  late.interactions[0].attributes = {{"late", "late"}};
  Ingest(late);
  StepAndCompare();
  EXPECT_NE(sink_->dictionaries().agents.Find("late"), metrics::kNoCode);
}

TEST_F(FeedTest, NamesOfAStepThatFailedAreNotLost) {
  MakeFeed();
  StepAndCompare();
  Ingest(OneOfEach("1"));
  database_.Run("UPDATE kpid.quality_evaluations SET item_flags = '{}'");  // Does not fit.
  EXPECT_FALSE(feed_->Step().ok());
  EXPECT_FALSE(failure_.ok());
  EXPECT_EQ(feed_->status().phase, FeedStatus::Phase::kFailing);
  database_.Run("UPDATE kpid.quality_evaluations SET item_flags = '{0,0}'");
  StepAndCompare();
  EXPECT_EQ(sink_->size(), 7u);
}

TEST_F(FeedTest, ConversationNamedByALaterInteraction) {
  MakeFeed();
  Ingest(BatchOf<InteractionRecord>({MakeInteraction("first")}));
  StepAndCompare();
  InteractionRecord second = MakeInteraction("second", 100);
  second.conversation_id = "first";
  Ingest(BatchOf<InteractionRecord>({second}));
  StepAndCompare();
  EXPECT_NE(sink_->interactions().begin()->second.conversation, metrics::kNoCode);
  // Neither this one nor that one first.
  InteractionRecord third = MakeInteraction("third", 100);
  third.conversation_id = "fourth";
  Ingest(BatchOf<InteractionRecord>({third}));
  StepAndCompare();
  Ingest(BatchOf<InteractionRecord>({MakeInteraction("fourth", 50)}));
  StepAndCompare();
}

TEST_F(FeedTest, RosterAndEmployments) {
  Ingest(OneOfEach("1"));
  MakeFeed();
  StepAndCompare();
  AgentRecord agent{"agent", "Ann", metrics::CivilDay{2022, 1, 8}, {}, ""};
  ASSERT_TRUE(roster_.UpsertAgents({&agent, 1}, {}).ok());
  AgentGroupRecord group{"red", "Red", "team", ""};
  ASSERT_TRUE(roster_.UpsertAgentGroups({&group, 1}, {}).ok());
  const MembershipRecord membership{"agent", "red", At(0), {}};
  ASSERT_TRUE(roster_.UpsertMemberships({&membership, 1}, {}).ok());
  StepAndCompare();
  const auto facts = feed_->Current()->facts;
  const metrics::Code code = facts->dictionaries().agents.Find("agent");
  EXPECT_EQ(facts->dictionaries().agents.DisplayName(code), "Ann");
  EXPECT_EQ(facts->employments().size(), 1u);
  EXPECT_NE(facts->roster().Timeline("team").GroupAt(code, At(5)), metrics::kNoCode);
  // By hand.
  database_.Run("UPDATE kpid.agents SET name = 'Bea'");
  StepAndCompare();
  EXPECT_EQ(feed_->Current()->facts->dictionaries().agents.DisplayName(code), "Bea");
  database_.Run("DELETE FROM kpid.memberships");
  StepAndCompare();
  EXPECT_EQ(feed_->Current()->facts->roster().Timeline("team").GroupAt(code, At(5)),
            metrics::kNoCode);
  EXPECT_EQ(reloads_.size(), 1u);
}

TEST_F(FeedTest, NamesChangedByHandAreReadAnewWithAllFacts) {
  Ingest(OneOfEach("1"));
  MakeFeed();
  StepAndCompare();
  database_.Run("UPDATE kpid.attributes SET value = 'fr'");
  StepAndCompare();
  EXPECT_EQ(reloads_.size(), 2u);
  EXPECT_NE(sink_->dictionaries().attribute_values.Find("fr"), metrics::kNoCode);
  database_.Run("TRUNCATE kpid.attributes");
  EXPECT_TRUE(feed_->Step().ok());
  EXPECT_EQ(reloads_.size(), 3u);
}

TEST_F(FeedTest, DeletionsArePrunedAndMissedOnesAreNoticed) {
  Ingest(OneOfEach("1"));
  Ingest(OneOfEach("2"));
  FeedOptions options;
  options.deletions_max = 3;
  MakeFeed(options);
  StepAndCompare();
  PlainSink other_sink;
  FactFeed other(open_.get(), &other_sink, options, RealFeedEnvironment(), {});
  ASSERT_TRUE(other.Step().ok());
  for (const FeedTable& table : FeedTables()) {
    database_.Run(absl::StrCat("DELETE FROM kpid.", table.name, " WHERE row_key = 1"));
  }
  StepAndCompare();
  EXPECT_EQ(sink_->size(), 7u);
  // Done by the feed's thread; here as the thread does it.
  auto session = OpenSession(database_);
  ASSERT_TRUE(PruneDeletions(session.get(), std::chrono::hours(1), 3, {}).ok());
  EXPECT_EQ(database_.Value("SELECT count(*) FROM kpid.deleted_rows"), "3");
  StepAndCompare();
  EXPECT_EQ(reloads_.size(), 1u);
  ASSERT_TRUE(other.Step().ok());
  EXPECT_EQ(other.status().loads, 2);
  EXPECT_EQ(DifferenceOf(other_sink.Texts(), sink_->Texts()), "");
  ASSERT_TRUE(PruneDeletions(session.get(), std::chrono::seconds(0), 100, {}).ok());
  EXPECT_EQ(database_.Value("SELECT count(*) FROM kpid.deleted_rows"), "0");
  StepAndCompare();
  ASSERT_TRUE(other.Step().ok());
  EXPECT_EQ(other.status().loads, 2);
}

// By number, not as text.
TEST_F(FeedTest, TheNewestTransactionIsTheGreatest) {
  for (const char* transaction : {"9", "10"}) {
    database_.Run(absl::StrCat(
        "INSERT INTO kpid.interactions (changed_xid, revision, arrive_time, channel, direction,"
        " outcome, resolution, flags, interaction_id) VALUES ('", transaction, "', 0,"
        " timestamptz '2025-03-01Z', 1, 1, 1, 0, 0, '", transaction, "')"));
  }
  const auto session = OpenSession(database_);
  auto transaction = FeedTransaction::Begin(session.get(), {});
  ASSERT_TRUE(transaction.ok()) << transaction.status();
  const auto look = transaction->Look(FeedPosition(), {});
  ASSERT_TRUE(look.ok()) << look.status();
  EXPECT_EQ(look->newest, 10u);
}

TEST_F(FeedTest, WindowOfDays) {
  RecordBatch batch;
  for (int day = 0; day < 20; ++day) {
    batch.interactions.push_back(MakeInteraction(absl::StrCat("i", day), day * 86'400 + 100));
    batch.surveys.push_back(MakeSurvey(absl::StrCat("s", day), "", day * 86'400 + 100));
    batch.tickets.push_back(MakeTicket(absl::StrCat("t", day), day * 86'400 + 100));
    batch.tickets.back().last_resolve = batch.tickets.back().first_resolve = At(day * 86'400 + 200);
  }
  batch.interactions[3].end = At(15 * 86'400);  // Reaches into the window.
  batch.interactions[3].revision = 1;
  Ingest(batch);
  FeedOptions options;
  options.resident_days = 10;
  now_ = At(19 * 86'400 + 50'000);
  MakeFeed(options);
  ASSERT_TRUE(feed_->Step().ok());
  EXPECT_EQ(feed_->Current()->start, At(9 * 86'400));
  EXPECT_EQ(sink_->interactions().size(), 12u);
  EXPECT_EQ(sink_->size(), 34u);
  EXPECT_EQ(sink_->forgotten(), At(9 * 86'400));
  now_ += std::chrono::hours(24);
  ASSERT_TRUE(feed_->Step().ok());
  EXPECT_EQ(feed_->Current()->start, At(10 * 86'400));
  EXPECT_EQ(sink_->forgotten(), At(10 * 86'400));
}

TEST_F(FeedTest, MemoryLimitLetsTheOldestGo) {
  RecordBatch batch;
  for (int i = 0; i < 2'000; ++i) {
    batch.interactions.push_back(MakeInteraction(absl::StrCat("i", i), i * 864));  // 20 days.
  }
  Ingest(batch);
  FeedOptions options;
  options.memory_bytes_max = 1'000 * 100;
  MakeFeed(options);
  ASSERT_TRUE(feed_->Step().ok());
  EXPECT_LE(sink_->memory_bytes(), options.memory_bytes_max);
  EXPECT_GE(sink_->interactions().size(), 900u);
  EXPECT_EQ(feed_->Current()->start, At(10 * 86'400));
}

TEST_F(FeedTest, VerifyFindsAndMendsWhatDiffers) {
  for (int i = 0; i < 3; ++i) Ingest(OneOfEach(absl::StrCat(i)));
  MakeFeed();
  StepAndCompare();
  auto differences = feed_->Verify({});
  ASSERT_TRUE(differences.ok()) << differences.status();
  EXPECT_TRUE(differences->empty());
  // Changes that no trigger sees.
  database_.Run(
      "SET session_replication_role = replica;"
      "UPDATE kpid.interactions SET queue_key = queue_key + 1 WHERE interaction_id = '1';"
      "UPDATE kpid.interactions SET arrive_time = arrive_time + interval '30 days'"
      " WHERE interaction_id = '2';"
      "DELETE FROM kpid.survey_responses WHERE response_id = 's-1';"
      "UPDATE kpid.quality_evaluations SET agent_key = agent_key + 1;"
      "UPDATE kpid.agent_activities SET state = 4 WHERE activity_id = 'a-2';"
      "UPDATE kpid.scheduled_activities SET end_time = end_time + interval '1 hour';"
      "UPDATE kpid.tickets SET reopen_count = 3; UPDATE kpid.costs SET amount_micros = 3");
  ASSERT_TRUE(feed_->Step().ok());
  EXPECT_NE(DifferenceOf(sink_->Texts(), StoredTexts(database_.url())), "");
  const uint64_t version = version_;
  differences = feed_->Verify({});
  ASSERT_TRUE(differences.ok()) << differences.status();
  std::vector<std::string> tables;
  for (const FeedDifference& difference : *differences) tables.push_back(difference.table);
  EXPECT_EQ(tables, (std::vector<std::string>{"interactions", "interactions", "survey_responses",
                                              "quality_evaluations", "agent_activities",
                                              "scheduled_activities", "tickets", "costs"}));
  EXPECT_GT(version_, version);
  EXPECT_EQ(DifferenceOf(sink_->Texts(), StoredTexts(database_.url())), "");
  differences = feed_->Verify({});
  ASSERT_TRUE(differences.ok());
  EXPECT_TRUE(differences->empty());
}

TEST_F(FeedTest, VerifyComparesAttributesAndCurrencies) {
  RecordBatch batch;
  for (int i = 0; i < 4; ++i) {
    InteractionRecord& record =
        batch.interactions.emplace_back(MakeInteraction(absl::StrCat(i), i * 86'400));
    record.attributes = {{"language", i % 2 == 0 ? "nl" : "en"}, {"tier", "gold"}};
    record.revenue = MoneyAmount{i % 2 == 0 ? "EUR" : "USD", 1'000'000};
  }
  Ingest(batch);
  MakeFeed();
  StepAndCompare();
  auto differences = feed_->Verify({});
  ASSERT_TRUE(differences.ok()) << differences.status();
  EXPECT_TRUE(differences->empty());
  database_.Run(
      "SET session_replication_role = replica;"
      "UPDATE kpid.interactions SET attribute_keys = (SELECT array_agg(attribute_key ORDER BY name)"
      " FROM kpid.attributes WHERE value <> 'nl') WHERE interaction_id = '0';"
      "UPDATE kpid.interactions SET attribute_keys = NULL WHERE interaction_id = '1';"
      "UPDATE kpid.interactions SET currency_key = 3 - currency_key WHERE interaction_id = '2'");
  differences = feed_->Verify({});
  ASSERT_TRUE(differences.ok()) << differences.status();
  std::vector<std::string> days;
  for (const FeedDifference& difference : *differences) days.push_back(DayText(*difference.day));
  EXPECT_EQ(days.size(), 3u) << absl::StrJoin(days, " ");
  EXPECT_EQ(DifferenceOf(sink_->Texts(), StoredTexts(database_.url())), "");
}

// Agents are compared range by range: a difference beyond the first range is found, and agents
// that only the database knows are in the last one.
TEST_F(FeedTest, ChecksTimelinesRangeByRange) {
  RecordBatch batch;
  for (int i = 0; i < 12; ++i) {
    batch.agent_activities.push_back(MakeActivity(absl::StrCat("a", i), i * 600, i * 600 + 300));
    batch.agent_activities.back().agent_id = absl::StrCat("agent", i);
  }
  Ingest(batch);
  MakeFeed();
  StepAndCompare();
  const auto found = [&](size_t spans_per_read_max) {
    const auto session = OpenSession(database_);
    std::vector<std::string> texts;
    for (size_t table = 0; table < FeedTables().size(); ++table) {
      const auto differences =
          CheckTable(session.get(), *feed_->Current()->facts, table, Instant::min(), {},
                     {.spans_per_read_max = spans_per_read_max});
      EXPECT_TRUE(differences.ok()) << differences.status();
      for (const FeedDifference& difference : *differences) texts.push_back(difference.found);
    }
    return absl::StrJoin(texts, "; ");
  };
  for (const size_t spans : {1, 5, 100}) EXPECT_EQ(found(spans), "");
  database_.Run(
      "SET session_replication_role = replica;"
      "UPDATE kpid.agent_activities SET state = 4 WHERE activity_id IN ('a1', 'a10', 'a11');"
      "INSERT INTO kpid.agents (agent_id) VALUES ('new');"
      "UPDATE kpid.agent_activities SET agent_key = (SELECT max(agent_key) FROM kpid.agents)"
      " WHERE activity_id = 'a5'");
  for (const size_t spans : {1, 5, 100}) EXPECT_EQ(found(spans), "other times of 5 agents");
}

TEST(FeedOptions, Validates) {
  EXPECT_TRUE(FeedOptions().Validate().ok());
  FeedOptions options;
  options.poll_interval = std::chrono::milliseconds(0);
  EXPECT_FALSE(options.Validate().ok());
  options = {};
  options.resident_days = 0;
  EXPECT_FALSE(options.Validate().ok());
}

}  // namespace
}  // namespace kpid::storage
