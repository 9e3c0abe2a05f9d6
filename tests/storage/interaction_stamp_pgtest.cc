// Surveys and quality evaluations take the dimensions of their interactions, whatever comes first.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "storage/dictionary_resolver.h"
#include "storage/interaction_stamps.h"
#include "storage/record_store.h"
#include "storage/record_tables.h"
#include "storage/record_upsert.h"
#include "tests/storage/held_session.h"
#include "tests/storage/record_builders.h"
#include "tests/support/test_database.h"

namespace kpid::storage {
namespace {

using test_support::TestDatabase;

constexpr const char* kEffective =
    "SELECT coalesce(c.customer_id, '-'), coalesce(q.queue_id, '-'), coalesce(a.agent_id, '-'),"
    " CASE WHEN stamped_direction IS NULL THEN given_channel ELSE stamped_channel END,"
    " coalesce(stamped_direction, 0) FROM kpid.survey_responses"
    " LEFT JOIN kpid.customers c ON c.customer_key = CASE WHEN stamped_direction IS NULL"
    "  THEN given_customer_key ELSE stamped_customer_key END"
    " LEFT JOIN kpid.queues q ON q.queue_key = CASE WHEN stamped_direction IS NULL"
    "  THEN given_queue_key ELSE stamped_queue_key END"
    " LEFT JOIN kpid.agents a ON a.agent_key = CASE WHEN stamped_direction IS NULL"
    "  THEN given_agent_key ELSE stamped_agent_key END ORDER BY response_id";

constexpr const char* kEffectiveOfEvaluation =
    "SELECT coalesce(queue_id, '-'), agent_id, coalesce(stamped_channel::text, '-'),"
    " coalesce(stamped_direction::text, '-') FROM kpid.quality_evaluations"
    " LEFT JOIN kpid.queues ON queue_key = stamped_queue_key"
    " LEFT JOIN kpid.agents USING (agent_key)";

// Records whose stamp is not that of their stored interaction.
constexpr const char* kWrong =
    "SELECT (SELECT count(*) FROM kpid.survey_responses JOIN kpid.interactions i"
    " USING (interaction_id) WHERE (stamped_customer_key, stamped_queue_key, stamped_agent_key,"
    " stamped_channel, stamped_direction) IS DISTINCT FROM"
    " (i.customer_key, i.queue_key, i.agent_key, i.channel, i.direction)) +"
    " (SELECT count(*) FROM kpid.quality_evaluations JOIN kpid.interactions i"
    " USING (interaction_id) WHERE (stamped_queue_key, stamped_channel, stamped_direction)"
    " IS DISTINCT FROM (i.queue_key, i.channel, i.direction))";

using Row = std::vector<std::string>;

class InteractionStampTest : public ::testing::Test {
 protected:
  void Ingest(const RecordBatch& batch) {
    const auto outcome = store_.Ingest(batch, {});
    EXPECT_TRUE(outcome.ok()) << outcome.status();
  }
  Row Effective() {
    const auto rows = database_.Run(kEffective);
    EXPECT_EQ(rows.size(), 1u);
    return rows.empty() ? Row() : rows[0];
  }

  TestDatabase database_;
  std::unique_ptr<Database> open_ = database_.Open();
  RecordStore store_{open_.get()};
};

InteractionRecord Interaction(const std::string& agent) {
  InteractionRecord record = MakeInteraction("i");
  record.agent_id = agent;
  record.queue_id = "sales";
  record.customer_id = "carl";
  record.direction = metrics::Direction::kOutbound;
  return record;
}

SurveyRecord Survey() {
  SurveyRecord survey = MakeSurvey("s", "i");
  survey.agent_id = "given_agent";
  survey.queue_id = "given_queue";
  survey.customer_id = "given_customer";
  survey.channel = metrics::Channel::kSocial;
  return survey;
}

const Row kGiven = {"given_customer", "given_queue", "given_agent", "5", "0"};
const Row kOfAnn = {"carl", "sales", "ann", "1", "2"};

TEST_F(InteractionStampTest, InteractionFirst) {
  Ingest({{Interaction("ann")}, {}});
  Ingest({{}, {Survey()}});
  EXPECT_EQ(Effective(), kOfAnn);
}

TEST_F(InteractionStampTest, SurveyFirst) {
  Ingest({{}, {Survey()}});
  EXPECT_EQ(Effective(), kGiven);
  Ingest({{Interaction("ann")}, {}});
  EXPECT_EQ(Effective(), kOfAnn);
}

TEST_F(InteractionStampTest, BothInOneBatch) {
  Ingest({{Interaction("ann")}, {Survey()}});
  EXPECT_EQ(Effective(), kOfAnn);
}

TEST_F(InteractionStampTest, CorrectionFollows) {
  Ingest({{Interaction("ann")}, {Survey()}});
  Ingest({{Interaction("bob")}, {}});
  EXPECT_EQ(Effective(), (Row{"carl", "sales", "bob", "1", "2"}));
  InteractionRecord bare = MakeInteraction("i");
  Ingest({{bare}, {}});
  EXPECT_EQ(Effective(), (Row{"-", "-", "-", "1", "1"}));
}

TEST_F(InteractionStampTest, CorrectionAndSurveyInOneBatch) {
  Ingest({{Interaction("ann")}, {}});
  Ingest({{Interaction("bob")}, {Survey()}});
  EXPECT_EQ(Effective(), (Row{"carl", "sales", "bob", "1", "2"}));
}

TEST_F(InteractionStampTest, SurveyThatChangesItsInteraction) {
  InteractionRecord other = Interaction("zoe");
  other.interaction_id = "other";
  Ingest({{Interaction("ann"), other}, {Survey()}});
  SurveyRecord survey = Survey();
  survey.interaction_id = "other";
  Ingest({{}, {survey}});
  EXPECT_EQ(Effective(), (Row{"carl", "sales", "zoe", "1", "2"}));
  survey.interaction_id = "not there";
  Ingest({{}, {survey}});
  EXPECT_EQ(Effective(), kGiven);
  survey.interaction_id = "";
  Ingest({{}, {survey}});
  EXPECT_EQ(Effective(), kGiven);
}

TEST_F(InteractionStampTest, CorrectionOfOtherContentLeavesTheSurveyAlone) {
  Ingest({{Interaction("ann")}, {Survey()}});
  const std::string xid = database_.Value("SELECT changed_xid FROM kpid.survey_responses");
  InteractionRecord record = Interaction("ann");
  record.transferred = true;
  Ingest({{record}, {}});
  EXPECT_EQ(database_.Value("SELECT changed_xid FROM kpid.survey_responses"), xid);
}

TEST_F(InteractionStampTest, SweepStampsWhatACrashLeft) {
  Ingest({{}, {Survey()}});
  database_.Run("INSERT INTO kpid.agents (agent_id) VALUES ('ann')");
  // As if the server had died between its commit and the look after it.
  database_.Run(
      "INSERT INTO kpid.interactions (interaction_id, revision, arrive_time, agent_key,"
      " channel, direction, outcome, resolution, flags) SELECT 'i', 0, now(), agent_key,"
      " 1, 2, 1, 0, 0 FROM kpid.agents WHERE agent_id = 'ann'");
  EXPECT_EQ(Effective(), kGiven);
  const auto stamped = store_.StampWaitingSurveys({});
  ASSERT_TRUE(stamped.ok()) << stamped.status();
  EXPECT_EQ(*stamped, 1);
  EXPECT_EQ(Effective(), (Row{"-", "-", "ann", "1", "2"}));
  EXPECT_EQ(store_.StampWaitingSurveys({}).value_or(-1), 0);
}

// The kinds that are stamped.
template <typename Record>
struct Stamped;

template <>
struct Stamped<SurveyRecord> {
  static constexpr const char* kName = "survey_responses";
  static const RecordTable<SurveyRecord>& Table() { return kSurveyTable; }
  static SurveyRecord Make(const std::string& id) {
    SurveyRecord survey = Survey();
    survey.response_id = survey.interaction_id = id;
    return survey;
  }
};

template <>
struct Stamped<QualityEvaluationRecord> {
  static constexpr const char* kName = "quality_evaluations";
  static const RecordTable<QualityEvaluationRecord>& Table() { return kQualityEvaluationTable; }
  static QualityEvaluationRecord Make(const std::string& id) { return MakeEvaluation(id, id); }
};

// The steps of RecordStore::Ingest by hand, so that two of them can be interleaved.
template <typename Record>
class Side {
 public:
  Side(const TestDatabase& database, const RecordTable<Record>& table, Record record)
      : session_(OpenSession(database)), table_(table), record_(std::move(record)) {
    AddNames(table_, record_, &names_);
    DictionaryCache cache;
    EXPECT_TRUE(ResolveNames(session_.get(), &cache, &names_, {}).ok());
  }

  void Step(int step) {
    if (step == 0) {
      RunScript(session_.get(), "BEGIN");
      Write();
    } else if (step == 1) {
      RunScript(session_.get(), "COMMIT");
    } else {
      LookAgain();
    }
  }

  void Write() {
    Stamps stamps;
    if (table_.interaction != nullptr) {
      stamps = ReadStamps(session_.get(), {&(record_.*table_.interaction), 1}, {}).value();
    }
    const Record* const record = &record_;
    const auto upsert =
        UpsertRecords<Record>(session_.get(), table_, {&record, 1}, names_, stamps, {});
    ASSERT_TRUE(upsert.ok()) << upsert.status();
    returned_ = upsert->returned;
    if (table_.interaction != nullptr) return;
    StampIds(returned_);
    LookAgain();
  }

  void LookAgain() {
    if (table_.interaction != nullptr) return StampIds(returned_);
    const auto waiting = FindWaiting(session_.get(), {&(record_.*table_.identity), 1}, {});
    ASSERT_TRUE(waiting.ok()) << waiting.status();
    StampIds(*waiting);
  }

  // Of an interaction: its id if it was corrected; else the interaction that was not there.
  const std::vector<std::string>& returned() const { return returned_; }

 private:
  void StampIds(const std::vector<std::string>& ids) {
    if (ids.empty()) return;
    EXPECT_TRUE(StampRecordsOf(session_.get(), ids, {}).ok());
  }

  std::unique_ptr<Session> session_;
  const RecordTable<Record>& table_;
  const Record record_;
  BatchNames names_;  // Points into the record.
  std::vector<std::string> returned_;
};

template <typename Record>
class StampedKindTest : public InteractionStampTest {};
using StampedKinds = ::testing::Types<SurveyRecord, QualityEvaluationRecord>;
TYPED_TEST_SUITE(StampedKindTest, StampedKinds);

// A record and its interaction, inserted by two transactions: write, commit, look again. All 20
// interleavings end with the stamp.
TYPED_TEST(StampedKindTest, EveryInterleavingOfTwoInserts) {
  std::string order = "IIIRRR";
  int orders = 0;
  do {
    SCOPED_TRACE(order);
    ++orders;
    InteractionRecord interaction = Interaction("ann");
    interaction.interaction_id = order;
    Side<InteractionRecord> interaction_side(this->database_, kInteractionTable, interaction);
    Side<TypeParam> record_side(this->database_, Stamped<TypeParam>::Table(),
                                Stamped<TypeParam>::Make(order));
    int interaction_step = 0;
    int record_step = 0;
    for (const char side : order) {
      if (side == 'I') {
        interaction_side.Step(interaction_step++);
      } else {
        record_side.Step(record_step++);
      }
    }
    EXPECT_EQ(this->database_.Value(kWrong), "0");
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(orders, 20);
}

// The record's transaction did not see the interaction; while it commits, the interaction is
// being corrected. Its second look must wait for the correction and not stamp what was before.
TYPED_TEST(StampedKindTest, SecondLookWaitsForACorrectionUnderWay) {
  Side<TypeParam> record_side(this->database_, Stamped<TypeParam>::Table(),
                              Stamped<TypeParam>::Make("i"));
  record_side.Step(0);
  ASSERT_EQ(record_side.returned(), std::vector<std::string>{"i"});

  this->Ingest({{Interaction("ann")}, {}});
  // The correction, up to its commit: it does not see the record.
  InteractionRecord corrected = Interaction("bob");
  corrected.queue_id = "service";
  Side<InteractionRecord> correction(this->database_, kInteractionTable, corrected);
  correction.Step(0);
  ASSERT_EQ(correction.returned(), std::vector<std::string>{"i"});

  record_side.Step(1);
  std::thread second_look([&] { record_side.Step(2); });
  WaitUntilBlocked(this->database_, "FOR SHARE");
  correction.Step(1);
  second_look.join();
  EXPECT_EQ(this->database_.Value(kWrong), "0");
  EXPECT_EQ(this->database_.Value(std::string("SELECT queue_id FROM kpid.queues JOIN kpid.") +
                                  Stamped<TypeParam>::kName + " ON stamped_queue_key = queue_key"),
            "service");
}

TYPED_TEST(StampedKindTest, SweepGoesThroughManyPages) {
  std::vector<TypeParam> records;
  for (int i = 0; i < 2'500; ++i) {
    records.push_back(Stamped<TypeParam>::Make(std::to_string(i)));
    records.push_back(Stamped<TypeParam>::Make("never" + std::to_string(i)));
  }
  this->Ingest(BatchOf(std::move(records)));
  this->database_.Run(
      "INSERT INTO kpid.interactions (interaction_id, revision, arrive_time, channel,"
      " direction, outcome, resolution, flags)"
      " SELECT i::text, 0, now(), 1, 1, 1, 0, 0 FROM generate_series(0, 2499) AS i");
  EXPECT_EQ(this->store_.StampWaitingSurveys({}).value_or(-1), 2'500);
  EXPECT_EQ(this->database_.Value(kWrong), "0");
}

// Evaluations: queue, channel and direction are those of the interaction, the agent is their own.
class EvaluationStampTest : public InteractionStampTest {
 protected:
  void IngestEvaluation(const std::string& interaction_id) {
    Ingest(BatchOf<QualityEvaluationRecord>({MakeEvaluation("e", interaction_id)}));
  }
  Row EffectiveOfEvaluation() {
    const auto rows = database_.Run(kEffectiveOfEvaluation);
    EXPECT_EQ(rows.size(), 1u);
    return rows.empty() ? Row() : rows[0];
  }
};

const Row kNotKnown = {"-", "agent", "-", "-"};
const Row kOfInteraction = {"sales", "agent", "1", "2"};

TEST_F(EvaluationStampTest, InteractionFirst) {
  Ingest({{Interaction("ann")}, {}});
  IngestEvaluation("i");
  EXPECT_EQ(EffectiveOfEvaluation(), kOfInteraction);
}

TEST_F(EvaluationStampTest, EvaluationFirst) {
  IngestEvaluation("i");
  EXPECT_EQ(EffectiveOfEvaluation(), kNotKnown);
  Ingest({{Interaction("ann")}, {}});
  EXPECT_EQ(EffectiveOfEvaluation(), kOfInteraction);
}

TEST_F(EvaluationStampTest, CorrectionFollowsInOneBatchAndInTwo) {
  RecordBatch batch = BatchOf<QualityEvaluationRecord>({MakeEvaluation("e", "i")});
  batch.interactions = {Interaction("ann")};
  Ingest(batch);
  EXPECT_EQ(EffectiveOfEvaluation(), kOfInteraction);
  batch.interactions[0].queue_id = "service";
  Ingest(batch);
  EXPECT_EQ(EffectiveOfEvaluation(), (Row{"service", "agent", "1", "2"}));
  Ingest({{MakeInteraction("i")}, {}});
  EXPECT_EQ(EffectiveOfEvaluation(), (Row{"-", "agent", "1", "1"}));
}

TEST_F(EvaluationStampTest, CorrectionOfWhatItDoesNotTakeLeavesItAlone) {
  Ingest({{Interaction("ann")}, {}});
  IngestEvaluation("i");
  const std::string xid = database_.Value("SELECT changed_xid FROM kpid.quality_evaluations");
  Ingest({{Interaction("bob")}, {}});
  EXPECT_EQ(database_.Value("SELECT changed_xid FROM kpid.quality_evaluations"), xid);
}

TEST_F(EvaluationStampTest, EvaluationThatChangesItsInteraction) {
  InteractionRecord other = Interaction("ann");
  other.interaction_id = "other";
  other.queue_id = "service";
  Ingest({{Interaction("ann"), other}, {}});
  IngestEvaluation("i");
  IngestEvaluation("other");
  EXPECT_EQ(EffectiveOfEvaluation(), (Row{"service", "agent", "1", "2"}));
  IngestEvaluation("not there");
  EXPECT_EQ(EffectiveOfEvaluation(), kNotKnown);
  IngestEvaluation("i");
  IngestEvaluation("");
  EXPECT_EQ(EffectiveOfEvaluation(), kNotKnown);
}

// Many writers of the same few interactions, surveys and evaluations, in batches of all kinds.
TEST_F(InteractionStampTest, NoRaceLeavesAWrongStamp) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::vector<std::thread> threads;
  for (unsigned thread = 0; thread < 6; ++thread) {
    threads.emplace_back([&, thread] {
      std::mt19937 random(seed + thread);
      for (int round = 0; round < 60; ++round) {
        RecordBatch batch;
        const bool interactions = random() % 3 != 0;
        const bool surveys = !interactions || random() % 3 == 0;
        for (int i = 0; interactions && i < 5; ++i) {
          InteractionRecord record = Interaction("agent" + std::to_string(random() % 10));
          record.queue_id = "queue" + std::to_string(random() % 3);
          record.interaction_id = "i" + std::to_string(round / 4) + std::to_string(random() % 5);
          batch.interactions.push_back(record);
        }
        for (int i = 0; surveys && i < 5; ++i) {
          SurveyRecord survey = Survey();
          survey.response_id = "s" + std::to_string(round / 4) + std::to_string(random() % 8);
          survey.interaction_id = "i" + std::to_string(round / 4) + std::to_string(random() % 5);
          batch.surveys.push_back(survey);
          if (random() % 2 == 0) continue;
          batch.quality_evaluations.push_back(
              MakeEvaluation(survey.response_id, survey.interaction_id));
        }
        const auto outcome = store_.Ingest(batch, {});
        ASSERT_TRUE(outcome.ok()) << outcome.status();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(database_.Value(kWrong), "0");
  EXPECT_NE(database_.Value("SELECT count(*) FROM kpid.survey_responses"), "0");
  EXPECT_NE(database_.Value("SELECT count(*) FROM kpid.quality_evaluations"), "0");
}

}  // namespace
}  // namespace kpid::storage
