#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>
#include <random>
#include <thread>

#include "storage/new_record_guess.h"
#include "storage/record_store.h"
#include "storage/record_tables.h"
#include "storage/record_upsert.h"
#include "storage/session_pool.h"
#include "tests/storage/held_session.h"
#include "tests/storage/record_builders.h"
#include "tests/storage/status_matchers.h"
#include "tests/support/test_database.h"

namespace kpid::storage {
namespace {

using metrics::CallLimits;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using test_support::TestDatabase;

// What ends because it is told to has ended by then.
constexpr std::chrono::seconds kPatience{60};

class RecordStoreTest : public ::testing::Test {
 protected:
  IngestOutcome Ingest(const RecordBatch& batch) {
    const absl::StatusOr<IngestOutcome> outcome = store_.Ingest(batch, {});
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return outcome.value_or(IngestOutcome());
  }
  IngestOutcome Ingest(const InteractionRecord& record) {
    return Ingest(RecordBatch{{record}, {}});
  }
  IngestOutcome Ingest(const SurveyRecord& record) { return Ingest(RecordBatch{{}, {record}}); }
  std::string Count() { return database_.Value("SELECT count(*) FROM kpid.interactions"); }

  TestDatabase database_;
  std::unique_ptr<Database> open_ = database_.Open();
  RecordStore store_{open_.get()};
};

void ExpectOutcome(const IngestOutcome& outcome, int64_t inserted, int64_t updated,
                   int64_t unchanged) {
  EXPECT_EQ(outcome.inserted, inserted);
  EXPECT_EQ(outcome.updated, updated);
  EXPECT_EQ(outcome.unchanged, unchanged);
}

RecordBatch BatchOf(int first, int count) {
  RecordBatch batch;
  for (int i = first; i < first + count; ++i) {
    InteractionRecord record = MakeInteraction("i" + std::to_string(i), i);
    record.customer_id = "c" + std::to_string(i % 1'000);
    record.agent_id = "a" + std::to_string(i % 50);
    record.queue_id = "q" + std::to_string(i % 7);
    batch.interactions.push_back(std::move(record));
  }
  return batch;
}

TEST_F(RecordStoreTest, SaysWhatBecameOfARecord) {
  InteractionRecord record = MakeInteraction("a");
  ExpectOutcome(Ingest(record), 1, 0, 0);
  ExpectOutcome(Ingest(record), 0, 0, 1);
  record.agent_id = "smith";
  ExpectOutcome(Ingest(record), 0, 1, 0);
  ExpectOutcome(Ingest(record), 0, 0, 1);
}

TEST_F(RecordStoreTest, EmptyBatchDoesNothing) { ExpectOutcome(Ingest(RecordBatch()), 0, 0, 0); }

// Each field by itself, so that one that the comparison forgets shows.
TEST_F(RecordStoreTest, EveryFieldIsContent) {
  using Change = std::function<void(InteractionRecord*)>;
  const std::vector<Change> changes = {
      [](auto* r) { r->customer_id = "x"; },
      [](auto* r) { r->conversation_id = "x"; },
      [](auto* r) { r->case_id = "x"; },
      [](auto* r) { r->queue_id = "x"; },
      [](auto* r) { r->agent_id = "x"; },
      [](auto* r) { r->channel = metrics::Channel::kEmail; },
      [](auto* r) { r->direction = metrics::Direction::kOutbound; },
      [](auto* r) { r->outcome = metrics::Outcome::kFlowedOut; },
      [](auto* r) { r->resolution = metrics::Resolution::kUnresolved; },
      [](auto* r) { r->transferred = true; },
      [](auto* r) { r->conversion_eligible = true; },
      [](auto* r) { r->converted = true; },
      [](auto* r) { r->upsell_offered = true; },
      [](auto* r) { r->upsell_accepted = true; },
      [](auto* r) { r->arrive -= Duration(1); },
      [](auto* r) { r->enqueue = r->arrive; },
      [](auto* r) { r->answer.reset(); },
      [](auto* r) { r->first_response = At(20); },
      [](auto* r) { *r->end += Duration(1); },
      [](auto* r) { r->talk = Duration(1); },
      [](auto* r) { r->hold = Duration(0); },
      [](auto* r) { r->wrap_up = Duration(2); },
      [](auto* r) {
        r->revenue = MoneyAmount{"EUR", 0};
      },
      [](auto* r) {
        r->revenue = MoneyAmount{"USD", 0};
      },
      [](auto* r) { r->revenue->micros = 1; },
      [](auto* r) {
        r->attributes = {{"k", "v"}};
      },
      [](auto* r) {
        r->attributes = {{"k", "w"}};
      },
      [](auto* r) { r->attributes.clear(); }};
  InteractionRecord record = MakeInteraction("a");
  Ingest(record);
  for (size_t i = 0; i < changes.size(); ++i) {
    SCOPED_TRACE(i);
    changes[i](&record);
    ExpectOutcome(Ingest(record), 0, 1, 0);
    ExpectOutcome(Ingest(record), 0, 0, 1);
  }
}

TEST_F(RecordStoreTest, EveryFieldOfASurveyIsContent) {
  using Change = std::function<void(SurveyRecord*)>;
  const std::vector<Change> changes = {[](auto* r) { r->kind = metrics::SurveyKind::kEsat; },
                                       [](auto* r) { r->score_thousandths = 4'500; },
                                       [](auto* r) { r->scale_minimum_thousandths = 0; },
                                       [](auto* r) { r->scale_maximum_thousandths = 10'000; },
                                       [](auto* r) { r->comment = "x"; },
                                       [](auto* r) { r->invite = At(5); },
                                       [](auto* r) { *r->respond += Duration(1); },
                                       [](auto* r) { r->interaction_id = "x"; },
                                       [](auto* r) { r->customer_id = "x"; },
                                       [](auto* r) { r->agent_id = "x"; },
                                       [](auto* r) { r->queue_id = "x"; },
                                       [](auto* r) { r->channel = metrics::Channel::kChat; },
                                       [](auto* r) { r->interaction_id = ""; },
                                       [](auto* r) {
                                         r->respond.reset();
                                         r->score_thousandths.reset();
                                       }};
  SurveyRecord survey = MakeSurvey("s", "");
  Ingest(survey);
  for (size_t i = 0; i < changes.size(); ++i) {
    SCOPED_TRACE(i);
    changes[i](&survey);
    ExpectOutcome(Ingest(survey), 0, 1, 0);
    ExpectOutcome(Ingest(survey), 0, 0, 1);
  }
}

TEST_F(RecordStoreTest, OwnConversationIsNoChange) {
  InteractionRecord record = MakeInteraction("a");
  Ingest(record);
  record.conversation_id = "a";
  ExpectOutcome(Ingest(record), 0, 0, 1);
  record.direction = metrics::Direction::kNone;  // Read as inbound.
  ExpectOutcome(Ingest(record), 0, 0, 1);
}

TEST_F(RecordStoreTest, HigherRevisionWins) {
  InteractionRecord record = MakeInteraction("a");
  record.revision = 5;
  ExpectOutcome(Ingest(record), 1, 0, 0);
  record.transferred = true;
  ExpectOutcome(Ingest(record), 0, 0, 1);  // The same revision, other content.
  record.revision = 4;
  ExpectOutcome(Ingest(record), 0, 0, 1);
  record.revision = 0;
  ExpectOutcome(Ingest(record), 0, 0, 1);
  EXPECT_EQ(database_.Value("SELECT flags FROM kpid.interactions"), "0");
  record.revision = 6;
  ExpectOutcome(Ingest(record), 0, 1, 0);
  EXPECT_EQ(database_.Value("SELECT flags FROM kpid.interactions"), "1");
}

TEST_F(RecordStoreTest, RevisionReplacesUnversioned) {
  InteractionRecord record = MakeInteraction("a");
  Ingest(record);
  record.revision = 1;
  ExpectOutcome(Ingest(record), 0, 1, 0);
}

TEST_F(RecordStoreTest, UpdateIsMarkedWithItsTransaction) {
  InteractionRecord record = MakeInteraction("a");
  Ingest(record);
  const std::string before = database_.Value("SELECT changed_xid FROM kpid.interactions");
  const std::string row_key = database_.Value("SELECT row_key FROM kpid.interactions");
  record.transferred = true;
  Ingest(record);
  EXPECT_EQ(database_.Value("SELECT changed_xid > '" + before + "' FROM kpid.interactions"), "t");
  EXPECT_EQ(database_.Value("SELECT row_key FROM kpid.interactions"), row_key);
}

// Final state is the highest revision of each id, in whatever order and batches they come; of
// equal ones the first stored. Interactions and surveys alike.
TEST_F(RecordStoreTest, AnyOrderOfRevisionsEndsWithTheHighest) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::map<std::string, int64_t> highest;
  IngestOutcome total;
  int64_t sent = 0;
  for (int batch_number = 0; batch_number < 40; ++batch_number) {
    RecordBatch batch;
    const int size = 1 + static_cast<int>(random() % 50);
    for (int i = 0; i < size; ++i) {
      const std::string id = "r" + std::to_string(random() % 60);
      const int64_t revision = 1 + static_cast<int64_t>(random() % 1'000);
      InteractionRecord record = MakeInteraction(id);
      record.revision = revision;
      record.talk = Duration(revision);
      batch.interactions.push_back(record);
      SurveyRecord survey = MakeSurvey(id, "");
      survey.revision = revision;
      survey.comment = std::to_string(revision);
      batch.surveys.push_back(survey);
      highest[id] = std::max(highest[id], revision);
      sent += 2;
    }
    total += Ingest(batch);
  }
  EXPECT_EQ(total.inserted, static_cast<int64_t>(2 * highest.size()));
  EXPECT_EQ(total.inserted + total.updated + total.unchanged, sent);
  const auto rows = database_.Run(
      "SELECT i.interaction_id, i.revision, talk_microseconds, s.revision, comment"
      " FROM kpid.interactions i JOIN kpid.survey_responses s ON response_id = i.interaction_id");
  ASSERT_EQ(rows.size(), highest.size());
  for (const auto& row : rows) {
    const std::string expected = std::to_string(highest[row[0]]);
    for (size_t column = 1; column < row.size(); ++column) EXPECT_EQ(row[column], expected);
  }
}

TEST_F(RecordStoreTest, DuplicatesInABatchAreUnchanged) {
  RecordBatch batch;
  for (const int revision : {2, 7, 3}) {
    InteractionRecord record = MakeInteraction("versioned");
    record.revision = revision;
    batch.interactions.push_back(record);
  }
  for (const char* agent : {"first", "second", "last"}) {
    InteractionRecord record = MakeInteraction("unversioned");
    record.agent_id = agent;
    batch.interactions.push_back(record);
  }
  ExpectOutcome(Ingest(batch), 2, 0, 4);
  EXPECT_EQ(database_.Value("SELECT revision FROM kpid.interactions"
                            " WHERE interaction_id = 'versioned'"),
            "7");
  EXPECT_EQ(database_.Value("SELECT agent_id FROM kpid.interactions JOIN kpid.agents"
                            " USING (agent_key) WHERE interaction_id = 'unversioned'"),
            "last");
}

TEST_F(RecordStoreTest, KeepsAnyText) {
  const std::string odd = "{\"\\',NULL \xF0\x9F\x93\x9E \xE2\x80\xAE\xC3\xBC";
  InteractionRecord record = MakeInteraction(odd);
  record.customer_id = record.agent_id = record.case_id = record.conversation_id = odd + "x";
  record.attributes = {{"key", odd}, {"key2", "plain"}};
  ExpectOutcome(Ingest(record), 1, 0, 0);
  ExpectOutcome(Ingest(record), 0, 0, 1);
  SurveyRecord survey = MakeSurvey(odd, odd);
  survey.comment = odd;
  ExpectOutcome(Ingest(survey), 1, 0, 0);
  const auto rows = database_.Run(
      "SELECT interaction_id, customer_id, value, comment FROM kpid.interactions"
      " JOIN kpid.customers USING (customer_key)"
      " JOIN kpid.attributes ON attribute_key = attribute_keys[1]"
      " JOIN kpid.survey_responses USING (interaction_id)");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0], (std::vector<std::string>{odd, odd + "x", odd, odd}));
}

TEST_F(RecordStoreTest, LargeBatch) {
  RecordBatch batch = BatchOf(0, 10'000);
  ExpectOutcome(Ingest(batch), 10'000, 0, 0);
  ExpectOutcome(Ingest(batch), 0, 0, 10'000);
  for (InteractionRecord& record : batch.interactions) record.transferred = true;
  ExpectOutcome(Ingest(batch), 0, 10'000, 0);
  EXPECT_EQ(database_.Value("SELECT count(*) FROM kpid.customers"), "1000");
}

TEST_F(RecordStoreTest, KnownNamesBurnNoKeys) {
  Ingest(BatchOf(0, 1'000));
  RecordStore other(open_.get());  // Knows no names yet.
  ASSERT_TRUE(other.Ingest(BatchOf(1'000, 2'000), {}).ok());
  EXPECT_EQ(database_.Value("SELECT max(customer_key) FROM kpid.customers"), "1000");
  EXPECT_EQ(database_.Value("SELECT max(agent_key) FROM kpid.agents"), "50");
}

TEST_F(RecordStoreTest, ConcurrentBatchesOfTheSameIdsHaveOneEffect) {
  constexpr int kThreads = 8;
  constexpr int kRecords = 2'000;
  RecordStore others[2] = {RecordStore(open_.get()), RecordStore(open_.get())};
  std::atomic<int64_t> inserted{0};
  std::atomic<int64_t> changed{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      RecordBatch batch = BatchOf(0, kRecords);
      for (int i = 0; i < kRecords; i += 10) {
        batch.surveys.push_back(MakeSurvey("s" + std::to_string(i), "i" + std::to_string(i)));
      }
      std::shuffle(batch.interactions.begin(), batch.interactions.end(), std::mt19937(thread));
      for (int round = 0; round < 3; ++round) {
        const auto outcome = others[thread % 2].Ingest(batch, {});
        ASSERT_TRUE(outcome.ok()) << outcome.status();
        inserted += outcome->inserted;
        changed += outcome->updated;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(inserted, kRecords + kRecords / 10);
  EXPECT_EQ(changed, 0);
  EXPECT_EQ(Count(), std::to_string(kRecords));
}

TEST_F(RecordStoreTest, NothingOfAFailedBatchIsStored) {
  // The survey is refused by a constraint that stands for any failure behind the interactions.
  database_.Run("ALTER TABLE kpid.survey_responses ADD CHECK (comment <> 'poison')");
  RecordBatch batch = BatchOf(0, 10);
  batch.surveys.push_back(MakeSurvey("s", "i1"));
  batch.surveys[0].comment = "poison";
  const absl::Status status = store_.Ingest(batch, {}).status();
  EXPECT_TRUE(absl::IsInternal(status)) << status;
  EXPECT_EQ(std::string(status.message()).find("poison"), std::string::npos);
  EXPECT_EQ(Count(), "0");
}

TEST_F(RecordStoreTest, TerminatedConnectionIsRetried) {
  const auto blocker = OpenSession(database_);
  RunScript(blocker.get(), "BEGIN; LOCK TABLE kpid.interactions IN SHARE MODE");
  auto ingest = std::async(std::launch::async, [&] { return Ingest(BatchOf(0, 100)); });
  const std::string process = WaitUntilBlocked(database_, "INSERT INTO kpid.interactions");
  EXPECT_EQ(database_.Value("SELECT pg_terminate_backend(" + process + ", 60000)"), "t");
  RunScript(blocker.get(), "COMMIT");
  ExpectOutcome(ingest.get(), 100, 0, 0);
  EXPECT_EQ(Count(), "100");
}

TEST_F(RecordStoreTest, ManyTerminationsLoseNothing) {
  std::atomic<bool> done{false};
  std::atomic<int> terminated{0};
  std::thread nemesis([&] {
    while (!done) {
      const auto rows = database_.Run(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
          " AND datname = current_database() AND query LIKE '%INSERT INTO kpid.interactions%'"
          " LIMIT 1");
      terminated += static_cast<int>(rows.size());
    }
  });
  // Ends with enough faults; a batch that had five of them is sent again.
  const auto give_up = steady_clock::now() + kPatience;
  int batches = 0;
  for (; batches < 20 || (terminated < 5 && steady_clock::now() < give_up); ++batches) {
    const RecordBatch batch = BatchOf(batches * 100, 100);
    absl::Status status;
    do {
      status = store_.Ingest(batch, {}).status();
      EXPECT_TRUE(status.ok() || absl::IsUnavailable(status)) << status;
    } while (!status.ok());
  }
  done = true;
  nemesis.join();
  EXPECT_GE(terminated, 5);
  EXPECT_EQ(Count(), std::to_string(batches * 100));
}

TEST_F(RecordStoreTest, DeadlineEndsABlockedBatch) {
  const auto blocker = OpenSession(database_);
  RunScript(blocker.get(), "BEGIN; LOCK TABLE kpid.interactions IN SHARE MODE");
  CallLimits limits;
  limits.deadline = steady_clock::now() + milliseconds(300);
  const absl::Status status = store_.Ingest(BatchOf(0, 10), limits).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
  EXPECT_LT(steady_clock::now() - limits.deadline, kPatience);
  RunScript(blocker.get(), "COMMIT");
  EXPECT_EQ(Count(), "0");
}

TEST_F(RecordStoreTest, CallerWhoLeavesEndsABlockedBatch) {
  const auto blocker = OpenSession(database_);
  RunScript(blocker.get(), "BEGIN; LOCK TABLE kpid.interactions IN SHARE MODE");
  std::atomic<bool> left{false};
  CallLimits limits;
  limits.cancelled = [&] { return left.load(); };
  auto ingest = std::async(std::launch::async,
                           [&] { return store_.Ingest(BatchOf(0, 10), limits).status(); });
  WaitUntilBlocked(database_, "INSERT INTO kpid.interactions");
  left = true;
  EXPECT_TRUE(absl::IsCancelled(ingest.get()));
  RunScript(blocker.get(), "COMMIT");
  EXPECT_EQ(Count(), "0");
}

TEST_F(RecordStoreTest, ExhaustedPoolIsOverloaded) {
  DatabaseOptions options;
  options.url = database_.url();
  options.write_connections_max = 1;
  options.waiters_max = 0;
  const auto database = Database::Open(options);
  ASSERT_TRUE(database.ok());
  RecordStore store(database->get());
  const auto blocker = OpenSession(database_);
  RunScript(blocker.get(), "BEGIN; LOCK TABLE kpid.interactions IN SHARE MODE");
  auto first = std::async(std::launch::async, [&] { return store.Ingest(BatchOf(0, 10), {}); });
  WaitUntilBlocked(database_, "INSERT INTO kpid.interactions");
  const absl::Status status = store.Ingest(BatchOf(10, 10), {}).status();
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_EQ(ReasonOf(status), "OVERLOADED");
  RunScript(blocker.get(), "COMMIT");
  EXPECT_TRUE(first.get().ok());
}

TEST_F(RecordStoreTest, DictionariesExchangedUnderTheCacheAreNoticed) {
  InteractionRecord record = MakeInteraction("a");
  record.agent_id = "ann";
  Ingest(record);
  // As a restore would: the same names have other keys now.
  database_.Run(
      "TRUNCATE kpid.agents RESTART IDENTITY; INSERT INTO kpid.agents (agent_id)"
      " VALUES ('zoe'), ('yan')");
  record.interaction_id = "b";
  Ingest(record);
  EXPECT_EQ(database_.Value("SELECT agent_id FROM kpid.interactions JOIN kpid.agents"
                            " USING (agent_key) WHERE interaction_id = 'b'"),
            "ann");
}

TEST_F(RecordStoreTest, PingAnswers) { EXPECT_TRUE(open_->Ping({}).ok()); }

// A record of which any field is there or not, and of few values, so that some batches have
// columns that are null, the same, or different in all rows.
InteractionRecord RandomRecord(const std::string& id, int kinds, std::mt19937* random) {
  const auto pick = [&] { return static_cast<int>((*random)() % static_cast<unsigned>(kinds)); };
  const auto name = [&] { return pick() == 0 ? "" : "n" + std::to_string(pick()); };
  InteractionRecord record = MakeInteraction(id, pick());
  record.customer_id = name();
  record.conversation_id = name();
  record.case_id = name();
  record.queue_id = name();
  record.agent_id = name();
  record.channel = static_cast<metrics::Channel>(1 + pick() % 3);
  record.resolution = static_cast<metrics::Resolution>(pick() % 3);
  record.transferred = pick() == 1;
  if (pick() == 0) record.answer.reset();
  if (pick() == 1) record.first_response = At(400 + pick());
  if (pick() == 1) record.talk = Duration(pick());
  if (pick() != 0) record.hold = Duration(pick());
  if (pick() == 1) record.revenue = MoneyAmount{"EUR", pick()};
  if (pick() == 1) record.attributes = {{"language", name() + "x"}};
  record.revision = pick();
  return record;
}

// How a column travels depends on its values in the whole batch, never what is stored of one row.
TEST_F(RecordStoreTest, StoresTheSameInABatchAsAlone) {
  std::mt19937 random(7);
  for (int round = 0; round < 30; ++round) {
    const int kinds = 1 + round % 4;
    RecordBatch batch;
    const std::string round_name = std::to_string(round) + "-";
    for (int i = 0; i < 1 + round; ++i) {
      const std::string id = round_name + std::to_string(i);
      InteractionRecord record = RandomRecord("a" + id, kinds, &random);
      ExpectOutcome(Ingest(record), 1, 0, 0);
      record.interaction_id = "b" + id;
      batch.interactions.push_back(std::move(record));
    }
    ExpectOutcome(Ingest(batch), 1 + round, 0, 0);
    ExpectOutcome(Ingest(batch), 0, 0, 1 + round);
  }
  EXPECT_EQ(database_.Value("SELECT count(*) FROM kpid.interactions AS alone"
                            " JOIN kpid.interactions AS together"
                            "  ON 'b' || substr(alone.interaction_id, 2) = together.interaction_id"
                            " WHERE alone.interaction_id < 'b'"
                            "  AND to_jsonb(alone) - '{interaction_id,row_key,changed_xid}'::text[]"
                            "  = to_jsonb(together)"
                            "   - '{interaction_id,row_key,changed_xid}'::text[]"),
            std::to_string(30 * 31 / 2));
}

constexpr int kLarge = static_cast<int>(NewRecordGuess::kRecordsMin);

// Has the store take large batches for new from now on. Returns the first number not used.
int StoreUntilGuessed(RecordStore* store) {
  int first = 0;
  for (int i = 0; i < NewRecordGuess::kProofsMin + 1; ++i, first += kLarge) {
    const absl::StatusOr<IngestOutcome> outcome = store->Ingest(BatchOf(first, kLarge), {});
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    ExpectOutcome(*outcome, kLarge, 0, 0);
  }
  return first;
}

TEST_F(RecordStoreTest, ABatchThatIsWronglyTakenForNewIsStoredAllTheSame) {
  const int first = StoreUntilGuessed(&store_);
  RecordBatch batch = BatchOf(first - 3, kLarge);
  batch.interactions[0].revision = 1;
  batch.interactions[0].agent_id = "corrected";
  batch.interactions[1].agent_id = "differs";  // Unversioned: other content wins.
  ExpectOutcome(Ingest(batch), kLarge - 3, 2, 1);
  ExpectOutcome(Ingest(batch), 0, 0, kLarge);
  EXPECT_EQ(Count(), std::to_string(first + kLarge - 3));
  EXPECT_EQ(database_.Value("SELECT string_agg(agent_id, ',' ORDER BY agent_id)"
                            " FROM kpid.interactions JOIN kpid.agents USING (agent_key)"
                            " WHERE agent_id IN ('corrected', 'differs')"),
            "corrected,differs");
}

TEST_F(RecordStoreTest, SurveysThatWaitAreStampedByBatchesTakenForNew) {
  const int first = StoreUntilGuessed(&store_);
  Ingest(MakeSurvey("s", "i" + std::to_string(first + 1)));
  ExpectOutcome(Ingest(BatchOf(first, kLarge)), kLarge, 0, 0);
  EXPECT_EQ(database_.Value("SELECT stamped_direction FROM kpid.survey_responses"), "1");
}

TEST_F(RecordStoreTest, ConcurrentBatchesTakenForNewHaveOneEffect) {
  const int first = StoreUntilGuessed(&store_);
  const RecordBatch batch = BatchOf(first, kLarge);
  std::vector<std::future<IngestOutcome>> ingests;
  for (int i = 0; i < 4; ++i) {
    ingests.push_back(std::async(std::launch::async, [&] { return Ingest(batch); }));
  }
  IngestOutcome sum;
  for (auto& ingest : ingests) sum += ingest.get();
  ExpectOutcome(sum, kLarge, 0, 3 * kLarge);
  EXPECT_EQ(Count(), std::to_string(first + kLarge));
}

TEST_F(RecordStoreTest, InsertingWhatIsStoredIsAnErrorOfItsOwn) {
  Ingest(MakeInteraction("a"));
  const absl::StatusOr<SessionLease> session = open_->writers().Acquire({});
  ASSERT_TRUE(session.ok());
  const InteractionRecord record = MakeInteraction("a");
  const InteractionRecord* const records[] = {&record};
  const auto inserted =
      InsertRecords<InteractionRecord>(session->get(), kInteractionTable, records, {}, {});
  EXPECT_TRUE(absl::IsAlreadyExists(inserted.status())) << inserted.status();
}

}  // namespace
}  // namespace kpid::storage
