// Surveys take the dimensions of their interactions, whatever comes first.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "storage/dictionary_resolver.h"
#include "storage/interaction_writer.h"
#include "storage/record_store.h"
#include "storage/survey_writer.h"
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

// Surveys whose stamp is not that of their stored interaction.
constexpr const char* kWrong =
    "SELECT count(*) FROM kpid.survey_responses s JOIN kpid.interactions i USING (interaction_id)"
    " WHERE (stamped_customer_key, stamped_queue_key, stamped_agent_key, stamped_channel,"
    " stamped_direction) IS DISTINCT FROM"
    " (i.customer_key, i.queue_key, i.agent_key, i.channel, i.direction)";

using Row = std::vector<std::string>;

class SurveyStampTest : public ::testing::Test {
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

TEST_F(SurveyStampTest, InteractionFirst) {
  Ingest({{Interaction("ann")}, {}});
  Ingest({{}, {Survey()}});
  EXPECT_EQ(Effective(), kOfAnn);
}

TEST_F(SurveyStampTest, SurveyFirst) {
  Ingest({{}, {Survey()}});
  EXPECT_EQ(Effective(), kGiven);
  Ingest({{Interaction("ann")}, {}});
  EXPECT_EQ(Effective(), kOfAnn);
}

TEST_F(SurveyStampTest, BothInOneBatch) {
  Ingest({{Interaction("ann")}, {Survey()}});
  EXPECT_EQ(Effective(), kOfAnn);
}

TEST_F(SurveyStampTest, CorrectionFollows) {
  Ingest({{Interaction("ann")}, {Survey()}});
  Ingest({{Interaction("bob")}, {}});
  EXPECT_EQ(Effective(), (Row{"carl", "sales", "bob", "1", "2"}));
  InteractionRecord bare = MakeInteraction("i");
  Ingest({{bare}, {}});
  EXPECT_EQ(Effective(), (Row{"-", "-", "-", "1", "1"}));
}

TEST_F(SurveyStampTest, CorrectionAndSurveyInOneBatch) {
  Ingest({{Interaction("ann")}, {}});
  Ingest({{Interaction("bob")}, {Survey()}});
  EXPECT_EQ(Effective(), (Row{"carl", "sales", "bob", "1", "2"}));
}

TEST_F(SurveyStampTest, SurveyThatChangesItsInteraction) {
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

TEST_F(SurveyStampTest, CorrectionOfOtherContentLeavesTheSurveyAlone) {
  Ingest({{Interaction("ann")}, {Survey()}});
  const std::string xid = database_.Value("SELECT changed_xid FROM kpid.survey_responses");
  InteractionRecord record = Interaction("ann");
  record.transferred = true;
  Ingest({{record}, {}});
  EXPECT_EQ(database_.Value("SELECT changed_xid FROM kpid.survey_responses"), xid);
}

TEST_F(SurveyStampTest, SweepStampsWhatACrashLeft) {
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

TEST_F(SurveyStampTest, SweepGoesThroughManyPages) {
  RecordBatch surveys;
  for (int i = 0; i < 2'500; ++i) {
    const std::string id = std::to_string(i);
    surveys.surveys.push_back(MakeSurvey(id, id));
    surveys.surveys.push_back(MakeSurvey(absl::StrCat("never", id), absl::StrCat("never", id)));
  }
  Ingest(surveys);
  database_.Run(
      "INSERT INTO kpid.interactions (interaction_id, revision, arrive_time, channel,"
      " direction, outcome, resolution, flags)"
      " SELECT i::text, 0, now(), 1, 1, 1, 0, 0 FROM generate_series(0, 2499) AS i");
  EXPECT_EQ(store_.StampWaitingSurveys({}).value_or(-1), 2'500);
  EXPECT_EQ(database_.Value(kWrong), "0");
}

// One side of a race: the steps of RecordStore::Ingest by hand, so that they can be interleaved.
class Side {
 public:
  Side(const TestDatabase& database, std::function<void(Session*, const BatchNames&)> write,
       std::function<void(Session*)> look_again, RecordBatch batch)
      : session_(OpenSession(database)),
        write_(std::move(write)),
        look_again_(std::move(look_again)),
        batch_(std::move(batch)) {
    for (const InteractionRecord& record : batch_.interactions) AddNames(record, &names_);
    for (const SurveyRecord& record : batch_.surveys) AddNames(record, &names_);
    DictionaryCache cache;
    EXPECT_TRUE(ResolveNames(session_.get(), &cache, &names_, {}).ok());
  }

  void Step(int step) {
    if (step == 0) {
      RunScript(session_.get(), "BEGIN");
      write_(session_.get(), names_);
    } else if (step == 1) {
      RunScript(session_.get(), "COMMIT");
    } else {
      look_again_(session_.get());
    }
  }

 private:
  std::unique_ptr<Session> session_;
  std::function<void(Session*, const BatchNames&)> write_;
  std::function<void(Session*)> look_again_;
  RecordBatch batch_;  // What the names point into.
  BatchNames names_;
};

void Stamp(Session* session, const std::vector<std::string>& ids) {
  if (!ids.empty()) {
    EXPECT_TRUE(StampSurveysOf(session, ids, {}).ok());
  }
}

// A survey and its interaction, inserted by two transactions: write, commit, look again. All 20
// interleavings end with the stamp.
TEST_F(SurveyStampTest, EveryInterleavingOfTwoInserts) {
  std::string order = "IIISSS";
  int orders = 0;
  do {
    SCOPED_TRACE(order);
    ++orders;
    InteractionRecord interaction = Interaction("ann");
    SurveyRecord survey = Survey();
    interaction.interaction_id = survey.interaction_id = survey.response_id = order;
    const std::vector<std::string> ids = {order};
    const auto find_and_stamp = [&](Session* session) {
      const auto waiting = FindWaiting(session, ids, {});
      ASSERT_TRUE(waiting.ok());
      Stamp(session, *waiting);
    };
    Side interaction_side(database_,
                          [&](Session* session, const BatchNames& names) {
                            const InteractionRecord* record = &interaction;
                            EXPECT_TRUE(UpsertInteractions(session, {&record, 1}, names, {}).ok());
                            find_and_stamp(session);
                          },
                          find_and_stamp, {{interaction}, {}});
    std::vector<std::string> waiting;
    Side survey_side(
        database_,
        [&](Session* session, const BatchNames& names) {
          const SurveyRecord* record = &survey;
          auto upsert = UpsertSurveys(session, {&record, 1}, names, {});
          ASSERT_TRUE(upsert.ok());
          waiting = upsert->waiting_interaction_ids;
        },
        [&](Session* session) { Stamp(session, waiting); }, {{}, {survey}});
    int interaction_step = 0;
    int survey_step = 0;
    for (const char side : order) {
      if (side == 'I') {
        interaction_side.Step(interaction_step++);
      } else {
        survey_side.Step(survey_step++);
      }
    }
    EXPECT_EQ(database_.Value(kWrong), "0");
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(orders, 20);
}

// The survey's transaction did not see the interaction; while it commits, the interaction is
// being corrected. Its second look must wait for the correction and not stamp what was before.
TEST_F(SurveyStampTest, SecondLookWaitsForACorrectionUnderWay) {
  const auto survey_session = OpenSession(database_);
  const SurveyRecord survey = Survey();
  BatchNames names;
  AddNames(survey, &names);
  DictionaryCache cache;
  ASSERT_TRUE(ResolveNames(survey_session.get(), &cache, &names, {}).ok());
  RunScript(survey_session.get(), "BEGIN");
  const SurveyRecord* record = &survey;
  const auto upsert = UpsertSurveys(survey_session.get(), {&record, 1}, names, {});
  ASSERT_TRUE(upsert.ok());
  ASSERT_EQ(upsert->waiting_interaction_ids, std::vector<std::string>{"i"});

  Ingest({{Interaction("ann")}, {}});
  // The correction, up to its commit: it does not see the survey.
  const InteractionRecord corrected = Interaction("bob");
  BatchNames corrected_names;
  AddNames(corrected, &corrected_names);
  const auto correction = OpenSession(database_);
  ASSERT_TRUE(ResolveNames(correction.get(), &cache, &corrected_names, {}).ok());
  RunScript(correction.get(), "BEGIN");
  const InteractionRecord* corrected_record = &corrected;
  ASSERT_TRUE(
      UpsertInteractions(correction.get(), {&corrected_record, 1}, corrected_names, {}).ok());
  Stamp(correction.get(), {"i"});

  RunScript(survey_session.get(), "COMMIT");
  std::thread second_look([&] { Stamp(survey_session.get(), {"i"}); });
  WaitUntilBlocked(database_, "UPDATE kpid.survey_responses");
  RunScript(correction.get(), "COMMIT");
  second_look.join();
  EXPECT_EQ(Effective(), (Row{"carl", "sales", "bob", "1", "2"}));
}

// Many writers of the same few interactions and surveys, in batches of both kinds.
TEST_F(SurveyStampTest, NoRaceLeavesAWrongStamp) {
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
          InteractionRecord record = Interaction(absl::StrCat("agent", random() % 10));
          record.interaction_id = absl::StrCat("i", round / 4, random() % 5);
          batch.interactions.push_back(record);
        }
        for (int i = 0; surveys && i < 5; ++i) {
          SurveyRecord survey = Survey();
          survey.response_id = absl::StrCat("s", round / 4, random() % 8);
          survey.interaction_id = absl::StrCat("i", round / 4, random() % 5);
          batch.surveys.push_back(survey);
        }
        const auto outcome = store_.Ingest(batch, {});
        ASSERT_TRUE(outcome.ok()) << outcome.status();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(database_.Value(kWrong), "0");
  EXPECT_NE(database_.Value("SELECT count(*) FROM kpid.survey_responses"), "0");
}

}  // namespace
}  // namespace kpid::storage
