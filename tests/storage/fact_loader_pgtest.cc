#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "metrics/interaction_chunk.h"
#include "metrics/survey_columns.h"
#include "storage/dictionary_loader.h"
#include "storage/fact_columns.h"
#include "storage/fact_loader.h"
#include "storage/record_store.h"
#include "storage/roster_store.h"
#include "tests/storage/held_session.h"
#include "tests/storage/random_facts.h"
#include "tests/storage/record_builders.h"
#include "tests/storage/status_matchers.h"
#include "tests/support/test_database.h"

namespace kpid::storage {
namespace {

using metrics::CallLimits;
using metrics::Code;
using metrics::FactDemand;
using metrics::FactSnapshot;
using metrics::InteractionFact;
using metrics::TimeRange;
using test_support::TestDatabase;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const Instant kNow = At(1'000 * kDay);

class FactLoaderTest : public ::testing::Test {
 protected:
  void Ingest(const RecordBatch& batch) {
    const auto outcome = store_.Ingest(batch, {});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
  }

  std::shared_ptr<const FactSnapshot> Load(const FactDemand& demand) {
    auto snapshot = loader_.Snapshot(demand, {});
    EXPECT_TRUE(snapshot.ok()) << snapshot.status();
    return *snapshot;
  }

  Ids NamesOf(const std::vector<int64_t>& row_keys, const std::string& table,
              const std::string& id) {
    std::map<std::string, std::string> names;
    for (const auto& row : database_.Run("SELECT row_key, " + id + " FROM kpid." + table)) {
      names[row[0]] = row[1];
    }
    Ids ids;
    for (const int64_t key : row_keys) ids.insert(names[std::to_string(key)]);
    return ids;
  }

  // Ids of the interactions in a snapshot, with repetitions.
  Ids InteractionsOf(const FactSnapshot& snapshot) {
    std::vector<int64_t> keys;
    for (const auto& chunk : snapshot.interactions()) {
      for (size_t row = 0; row < chunk->size(); ++row) {
        keys.push_back(chunk->column(metrics::Column::kRowKey).At(row));
      }
    }
    return NamesOf(keys, "interactions", "interaction_id");
  }
  Ids SurveysOf(const FactSnapshot& snapshot) {
    std::vector<int64_t> keys;
    for (const auto& chunk : snapshot.surveys().chunks()) {
      for (size_t row = 0; row < chunk->size(); ++row) {
        keys.push_back(chunk->column(metrics::Column::kRowKey).At(row));
      }
    }
    return NamesOf(keys, "survey_responses", "response_id");
  }
  Ids Loaded(const FactDemand& demand) { return InteractionsOf(*Load(demand)); }

  TestDatabase database_;
  std::unique_ptr<Database> open_ = database_.Open();
  RecordStore store_{open_.get()};
  FactLoader loader_{open_.get(), {}, [] { return kNow; }};
};

FactDemand Interactions(int64_t start, int64_t end) {
  FactDemand demand;
  demand.interactions = TimeRange{At(start), At(end)};
  return demand;
}

TEST_F(FactLoaderTest, EmptyDatabase) {
  const auto snapshot = Load(Interactions(0, kDay));
  EXPECT_TRUE(snapshot->interactions().empty());
  EXPECT_EQ(snapshot->latest_arrive(), std::nullopt);
  EXPECT_EQ(snapshot->data_watermark(), kNow);
}

TEST_F(FactLoaderTest, NothingDemandedNothingLoaded) {
  Ingest({{Contact("a", 0, "c")}, {MakeSurvey("s", "a")}});
  const auto snapshot = Load({});
  EXPECT_TRUE(snapshot->interactions().empty());
  EXPECT_TRUE(SurveysOf(*snapshot).empty());
  EXPECT_EQ(snapshot->latest_arrive(), At(0));
}

// All interactions: read by COPY, decoded.
std::vector<InteractionFact> DecodeAll(Session* session, const AttributeCodes& attributes) {
  const std::string sql =
      "COPY (" + SelectInteractions({true, true}) + " ORDER BY 1) TO STDOUT (FORMAT binary)";
  std::vector<InteractionFact> facts;
  CopyReader reader;
  const auto decode = [&](std::span<const FieldView> row) {
    facts.emplace_back();
    return DecodeInteraction(row, attributes, &facts.back());
  };
  const absl::Status status = session->CopyOut(
      {"copy", sql}, {}, [&](std::string_view chunk) { return reader.Feed(chunk, decode); });
  EXPECT_TRUE(status.ok()) << status;
  return facts;
}

TEST_F(FactLoaderTest, AbsentFieldsOfAnInteractionStayAbsent) {
  InteractionRecord bare;
  bare.interaction_id = "bare";
  bare.outcome = metrics::Outcome::kInProgress;
  bare.conversion_eligible = bare.upsell_offered = true;
  bare.arrive = At(0);
  Ingest({{bare}, {}});
  const std::vector<InteractionFact> facts = DecodeAll(OpenSession(database_).get(), {});
  ASSERT_EQ(facts.size(), 1u);
  const InteractionFact& b = facts[0];
  EXPECT_EQ(b.customer + b.conversation + b.case_code + b.queue + b.agent, metrics::kNoCode);
  EXPECT_EQ(b.channel, metrics::Channel::kNone);
  EXPECT_EQ(b.direction, metrics::Direction::kInbound);
  EXPECT_EQ(b.outcome, metrics::Outcome::kInProgress);
  EXPECT_EQ(b.resolution, metrics::Resolution::kNone);
  EXPECT_TRUE(b.conversion_eligible && b.upsell_offered);
  EXPECT_FALSE(b.transferred || b.converted || b.upsell_accepted);
  EXPECT_EQ(b.arrive, At(0));
  EXPECT_FALSE(b.enqueue || b.answer || b.first_response || b.end || b.talk || b.hold ||
               b.wrap_up || b.revenue);
  EXPECT_TRUE(b.attributes.empty());
}

InteractionRecord FullInteraction() {
  InteractionRecord full = MakeInteraction("full", 5);
  full.customer_id = "customer";
  full.conversation_id = "conversation";
  full.case_id = "case";
  full.queue_id = "queue";
  full.agent_id = "agent";
  full.channel = metrics::Channel::kOther;
  full.direction = metrics::Direction::kOutbound;
  full.outcome = metrics::Outcome::kHandled;
  full.resolution = metrics::Resolution::kUnknown;
  full.transferred = full.converted = full.upsell_accepted = true;
  full.arrive = metrics::kInstantMin + Duration(1);
  full.enqueue = At(1);
  full.answer = At(2) + Duration(123'456);
  full.first_response = At(3);
  full.end = metrics::kInstantEnd - Duration(1);
  full.talk = Duration(0);
  full.hold = std::chrono::hours(366 * 24);
  full.wrap_up = Duration(7);
  full.revenue = MoneyAmount{"EUR", -5'000'001};
  full.attributes = {{"language", "nl"}, {"level", "gold"}};
  return full;
}

TEST_F(FactLoaderTest, EveryFieldOfAnInteractionComesBack) {
  const InteractionRecord full = FullInteraction();
  Ingest({{full}, {}});
  const auto session = OpenSession(database_);
  FactDemand attributes;
  attributes.attribute_keys = {"language", "level"};
  const auto loaded = LoadNames(session.get(), attributes, {});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const LoadedNames& names = *loaded;
  const std::vector<InteractionFact> facts = DecodeAll(session.get(), names.attributes);
  ASSERT_EQ(facts.size(), 1u);
  const InteractionFact& f = facts[0];
  EXPECT_EQ(f.row_key, 1);
  EXPECT_EQ(names.dictionaries.agents.Name(f.agent), "agent");
  EXPECT_EQ(names.dictionaries.queues.Name(f.queue), "queue");
  EXPECT_EQ(names.dictionaries.currencies.Name(f.revenue->currency), "EUR");
  EXPECT_EQ(std::to_string(f.customer), database_.Value("SELECT customer_key FROM kpid.customers"));
  EXPECT_EQ(std::to_string(f.case_code), database_.Value("SELECT case_key FROM kpid.cases"));
  EXPECT_EQ(std::to_string(f.conversation),
            database_.Value("SELECT conversation_key FROM kpid.conversations"));
  EXPECT_EQ(f.channel, full.channel);
  EXPECT_EQ(f.direction, full.direction);
  EXPECT_EQ(f.outcome, full.outcome);
  EXPECT_EQ(f.resolution, full.resolution);
  EXPECT_TRUE(f.transferred && f.converted && f.upsell_accepted);
  EXPECT_FALSE(f.conversion_eligible || f.upsell_offered);
  EXPECT_EQ(f.arrive, full.arrive);
  EXPECT_EQ(f.enqueue, full.enqueue);
  EXPECT_EQ(f.answer, full.answer);
  EXPECT_EQ(f.first_response, full.first_response);
  EXPECT_EQ(f.end, full.end);
  EXPECT_EQ(f.talk, full.talk);
  EXPECT_EQ(f.hold, full.hold);
  EXPECT_EQ(f.wrap_up, full.wrap_up);
  EXPECT_EQ(f.revenue->micros, full.revenue->micros);
  ASSERT_EQ(f.attributes.size(), 2u);
  EXPECT_EQ(names.dictionaries.attribute_keys.Name(f.attributes[0].key), "language");
  EXPECT_EQ(names.dictionaries.attribute_values.Name(f.attributes[0].value), "nl");
  EXPECT_EQ(names.dictionaries.attribute_values.Name(f.attributes[1].value), "gold");
}

TEST_F(FactLoaderTest, EveryFieldOfASurveyComesBack) {
  SurveyRecord answered = MakeSurvey("answered", "");
  answered.kind = metrics::SurveyKind::kCes;
  answered.score_thousandths = 5'500;
  answered.scale_minimum_thousandths = -1'000;
  answered.scale_maximum_thousandths = 7'000;
  answered.invite = At(1) + Duration(1);
  answered.customer_id = "customer";
  answered.agent_id = "agent";
  answered.queue_id = "queue";
  answered.channel = metrics::Channel::kEmail;
  SurveyRecord invited = MakeSurvey("invited", "i");
  invited.invite = At(2);
  invited.respond.reset();
  invited.score_thousandths.reset();
  InteractionRecord interaction = MakeInteraction("i");
  interaction.agent_id = "other";
  interaction.direction = metrics::Direction::kOutbound;
  Ingest({{interaction}, {answered, invited}});

  const auto session = OpenSession(database_);
  const std::string sql =
      std::string("COPY (") + kSurveyReading.select + " ORDER BY 1) TO STDOUT (FORMAT binary)";
  std::vector<metrics::SurveyFact> facts;
  CopyReader reader;
  const auto decode = [&](std::span<const FieldView> row) {
    facts.emplace_back();
    return kSurveyReading.decode(row, &facts.back());
  };
  ASSERT_TRUE(session
                  ->CopyOut({"copy", sql}, {},
                            [&](std::string_view chunk) { return reader.Feed(chunk, decode); })
                  .ok());
  ASSERT_EQ(facts.size(), 2u);
  EXPECT_EQ(facts[0].kind, metrics::SurveyKind::kCes);
  EXPECT_EQ(facts[0].score_thousandths, 5'500);
  EXPECT_EQ(facts[0].scale_minimum_thousandths, -1'000);
  EXPECT_EQ(facts[0].scale_maximum_thousandths, 7'000);
  EXPECT_EQ(facts[0].invite, answered.invite);
  EXPECT_EQ(facts[0].respond, answered.respond);
  EXPECT_NE(facts[0].customer, metrics::kNoCode);
  EXPECT_NE(facts[0].queue, metrics::kNoCode);
  EXPECT_EQ(facts[0].channel, metrics::Channel::kEmail);
  EXPECT_EQ(facts[0].direction, metrics::Direction::kNone);
  EXPECT_FALSE(facts[1].score_thousandths || facts[1].respond);
  EXPECT_EQ(facts[1].customer, metrics::kNoCode);
  EXPECT_EQ(facts[1].channel, metrics::Channel::kVoice);
  EXPECT_EQ(facts[1].direction, metrics::Direction::kOutbound);
  EXPECT_NE(facts[1].agent, facts[0].agent);
}

TEST_F(FactLoaderTest, RangeIsHalfOpen) {
  InteractionRecord just_before = Contact("before", 0, "");
  just_before.arrive = At(0) - Duration(1);
  InteractionRecord last = Contact("last", 0, "");
  last.arrive = At(100 * kDay) - Duration(1);
  Ingest({{just_before, Contact("first", 0, ""), last, Contact("after", 100 * kDay, "")}, {}});
  EXPECT_EQ(Loaded(Interactions(0, 100 * kDay)), (Ids{"first", "last"}));
  EXPECT_EQ(Load(Interactions(0, 1))->latest_arrive(), At(100 * kDay));
}

TEST_F(FactLoaderTest, ContactsAfterTheRangeWithinTheWindow) {
  InteractionRecord edge = Contact("edge", 0, "carl");
  edge.arrive = At(kDay + 59 + 2 * kDay);  // Exactly end plus window of "base".
  InteractionRecord beyond = edge;
  beyond.interaction_id = "beyond";
  beyond.arrive += Duration(1);
  Ingest({{Contact("base", kDay - 1, "carl"), edge, beyond, Contact("same", kDay - 500, "carl"),
           Contact("stranger", kDay + 10, "dora"), Contact("unknown", kDay + 10, ""),
           Contact("repeat", kDay, "carl")},
          {}});
  FactDemand demand = Interactions(0, kDay);
  demand.repeat_window = std::chrono::hours(48);
  const Ids loaded = Loaded(demand);
  for (const char* id : {"base", "edge", "same", "repeat"}) EXPECT_EQ(loaded.count(id), 1u) << id;
  EXPECT_EQ(loaded.count("stranger") + loaded.count("unknown"), 0u);
}

TEST_F(FactLoaderTest, RepeatsOfContactsThatLastedLong) {
  InteractionRecord no_end = Contact("no_end", 5, "emma");
  no_end.end.reset();
  no_end.answer = At(20 * kDay);
  Ingest({{Contact("mail", 10, "carl", 30 * kDay), Contact("repeat", 31 * kDay, "carl"),
           Contact("late", 33 * kDay, "carl"), Contact("stranger", 25 * kDay, "dora"), no_end,
           Contact("after_answer", 21 * kDay, "emma")},
          {}});
  FactDemand demand = Interactions(0, kDay);
  demand.repeat_window = std::chrono::hours(48);
  EXPECT_EQ(Loaded(demand), (Ids{"mail", "no_end", "repeat", "after_answer"}));
}

TEST_F(FactLoaderTest, HandledContactsBeforeTheRange) {
  InteractionRecord abandoned = Contact("abandoned", 9 * kDay, "carl");
  abandoned.outcome = metrics::Outcome::kAbandoned;
  InteractionRecord of_case = Contact("of_case", 9 * kDay, "");
  of_case.case_id = "matter";
  InteractionRecord base_of_case = Contact("base_of_case", 10 * kDay + 5, "");
  base_of_case.case_id = "matter";
  InteractionRecord no_end = Contact("no_end", 9 * kDay, "carl");
  no_end.end.reset();
  Ingest({{Contact("base", 10 * kDay, "carl"), base_of_case, Contact("near", 9 * kDay, "carl"),
           Contact("long", kDay, "carl", 8 * kDay + kHour), Contact("old", 7 * kDay, "carl"),
           Contact("stranger", 9 * kDay, "dora"), abandoned, of_case, no_end},
          {}});
  FactDemand demand = Interactions(10 * kDay, 11 * kDay);
  demand.first_contact_window = std::chrono::hours(24);
  EXPECT_EQ(Loaded(demand), (Ids{"base", "base_of_case", "near", "long", "of_case", "no_end"}));
}

TEST_F(FactLoaderTest, WholeCases) {
  std::vector<InteractionRecord> records;
  for (int i = 0; i < 5; ++i) {
    records.push_back(Contact(absl::StrCat("m", i), i * 50 * kDay, ""));
    records.back().case_id = "matter";
    records.push_back(Contact(absl::StrCat("o", i), i * 50 * kDay, ""));
  }
  Ingest({records, {}});
  FactDemand demand = Interactions(50 * kDay, 51 * kDay);
  demand.whole_cases = true;
  EXPECT_EQ(Loaded(demand), (Ids{"m0", "m1", "m2", "m3", "m4", "o1"}));
}

TEST_F(FactLoaderTest, ContactFoundInSeveralWaysIsThereOnce) {
  std::vector<InteractionRecord> records;
  for (int i = 0; i < 3; ++i) {
    records.push_back(Contact(absl::StrCat("i", i), i * kDay, "carl"));
    records.back().case_id = "matter";
  }
  Ingest({records, {}});
  FactDemand demand = Interactions(kDay, kDay + 1);
  demand.repeat_window = demand.first_contact_window = std::chrono::hours(48);
  demand.whole_cases = true;
  EXPECT_EQ(Loaded(demand), (Ids{"i0", "i1", "i2"}));
}

TEST_F(FactLoaderTest, SurveysByEitherTime) {
  SurveyRecord invited = MakeSurvey("invited", "", 0);
  invited.respond.reset();
  invited.score_thousandths.reset();
  invited.invite = At(50);
  SurveyRecord answered_late = MakeSurvey("answered_late", "", 500 * kDay);
  answered_late.invite = At(60);
  SurveyRecord early_invite = MakeSurvey("early_invite", "", 70);
  early_invite.invite = At(-500 * kDay);
  Ingest({{},
          {invited, answered_late, early_invite, MakeSurvey("only_respond", "", 80),
           MakeSurvey("at_end", "", 100), MakeSurvey("out", "", 100 * kDay)}});
  FactDemand by_respond;
  by_respond.surveys_by_respond = TimeRange{At(0), At(100)};
  EXPECT_EQ(SurveysOf(*Load(by_respond)), (Ids{"early_invite", "only_respond"}));
  FactDemand by_invite;
  by_invite.surveys_by_invite = TimeRange{At(0), At(100)};
  EXPECT_EQ(SurveysOf(*Load(by_invite)), (Ids{"invited", "answered_late", "only_respond"}));
  FactDemand both = by_respond;
  both.surveys_by_invite = TimeRange{At(0), At(100)};
  EXPECT_EQ(SurveysOf(*Load(both)),
            (Ids{"invited", "answered_late", "early_invite", "only_respond"}));
  both.surveys_by_invite = TimeRange{At(99), At(101)};
  EXPECT_EQ(SurveysOf(*Load(both)), (Ids{"early_invite", "only_respond", "at_end"}));
}

TEST_F(FactLoaderTest, AnyDemandIsMet) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  RandomFacts random(seed);
  Ingest(random.batch);
  for (int i = 0; i < 60; ++i) {
    const FactDemand demand = random.Demand();
    const auto snapshot = Load(demand);
    const Ids loaded = InteractionsOf(*snapshot);
    const std::set<std::string> distinct(loaded.begin(), loaded.end());
    EXPECT_EQ(distinct.size(), loaded.size()) << "a row twice";
    for (const std::string& id : random.Required(demand)) {
      EXPECT_TRUE(distinct.contains(id)) << i << " misses " << id;
    }
    EXPECT_EQ(SurveysOf(*snapshot), random.Surveys(demand)) << i;
  }
}

TEST_F(FactLoaderTest, OnlyDemandedAttributesAreThere) {
  InteractionRecord record = Contact("a", 0, "");
  record.attributes = {{"language", "nl"}, {"level", "gold"}, {"region", "gold"}};
  Ingest({{record}, {}});
  FactDemand demand = Interactions(0, kDay);
  EXPECT_EQ(Load(demand)->dictionaries().attribute_keys.Find("level"), metrics::kNoCode);
  demand.attribute_keys = {"level", "region", "nobody_has_it"};
  const auto snapshot = Load(demand);
  const metrics::Dictionaries& names = snapshot->dictionaries();
  const Code level = names.attribute_keys.Find("level");
  EXPECT_NE(level, metrics::kNoCode);
  EXPECT_EQ(names.attribute_keys.Find("language"), metrics::kNoCode);
  EXPECT_EQ(names.attribute_values.Find("nl"), metrics::kNoCode);
  ASSERT_EQ(snapshot->interactions().size(), 1u);
  const auto* values = snapshot->interactions()[0]->attribute(level);
  ASSERT_NE(values, nullptr);
  EXPECT_EQ(names.attribute_values.Name(static_cast<Code>(values->At(0))), "gold");
}

TEST_F(FactLoaderTest, RosterAndNamesAreThere) {
  RosterStore roster(open_.get());
  const std::vector<AgentRecord> agents = {{"ann", "Ann A.", std::nullopt, std::nullopt, ""}};
  const std::vector<AgentGroupRecord> groups = {{"red", "Red", "team", "north"},
                                                {"north", "North", "site", ""}};
  const std::vector<MembershipRecord> memberships = {
      {"ann", "red", At(10), At(20)}, {"ann", "red", At(30), At(30)}, {"ann", "red", At(40), {}}};
  ASSERT_TRUE(roster.UpsertAgents(agents, {}).ok());
  ASSERT_TRUE(roster.UpsertAgentGroups(groups, {}).ok());
  ASSERT_TRUE(roster.UpsertMemberships(memberships, {}).ok());
  const auto snapshot = Load({});
  const metrics::Dictionaries& names = snapshot->dictionaries();
  const Code ann = names.agents.Find("ann");
  EXPECT_EQ(names.agents.DisplayName(ann), "Ann A.");
  EXPECT_EQ(names.groups.DisplayName(names.groups.Find("north")), "North");
  EXPECT_TRUE(snapshot->roster().HasType("site"));
  const metrics::GroupTimeline teams = snapshot->roster().Timeline("team");
  EXPECT_EQ(teams.GroupAt(ann, At(10)), names.groups.Find("red"));
  EXPECT_EQ(teams.GroupAt(ann, At(20)), metrics::kNoCode);
  EXPECT_EQ(teams.GroupAt(ann, At(30)), metrics::kNoCode);
  EXPECT_EQ(teams.GroupAt(ann, At(50)), names.groups.Find("red"));
  EXPECT_EQ(snapshot->roster().Timeline("site").GroupAt(ann, At(50)), names.groups.Find("north"));
}

// "Empty: its own id": another part may name the conversation by the id of the first.
TEST_F(FactLoaderTest, PartThatNamesTheFirstIsInItsConversation) {
  InteractionRecord second = Contact("second", 10, "");
  second.conversation_id = "first";
  InteractionRecord own = Contact("own", 20, "");
  own.conversation_id = "own";
  Ingest({{Contact("first", 0, ""), second, own}, {}});
  const auto snapshot = Load(Interactions(0, kDay));
  ASSERT_EQ(snapshot->interactions().size(), 1u);
  const auto& conversation = snapshot->interactions()[0]->column(metrics::Column::kConversation);
  EXPECT_NE(conversation.At(0), 0);
  EXPECT_EQ(conversation.At(0), conversation.At(1));
  EXPECT_EQ(conversation.At(2), 0);
}

TEST_F(FactLoaderTest, LatestArriveFollowsCorrections) {
  Ingest({{Contact("a", 0, ""), Contact("b", 100, "")}, {}});
  EXPECT_EQ(Load({})->latest_arrive(), At(100));
  Ingest({{Contact("c", 200, "")}, {}});
  EXPECT_EQ(Load({})->latest_arrive(), At(200));
  Ingest({{Contact("c", 50, "")}, {}});
  EXPECT_EQ(Load({})->latest_arrive(), At(100));
}

TEST_F(FactLoaderTest, TooManyFacts) {
  RecordBatch batch;
  for (int i = 0; i < 5'000; ++i) batch.interactions.push_back(Contact(std::to_string(i), i, ""));
  for (int i = 0; i < 1'000; ++i) batch.surveys.push_back(MakeSurvey(std::to_string(i), "", i));
  Ingest(batch);
  FactDemand demand = Interactions(0, kDay);
  demand.surveys_by_respond = demand.interactions;
  FactLoader enough(open_.get(), {6'000}, [] { return kNow; });
  EXPECT_TRUE(enough.Snapshot(demand, {}).ok());
  FactLoader loader(open_.get(), {5'999}, [] { return kNow; });
  const absl::Status status = loader.Snapshot(demand, {}).status();
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_EQ(ReasonOf(status), "TOO_MANY_FACTS");
  EXPECT_EQ(metrics::ReasonOf(status)->metadata["limit"], "5999");
}

TEST_F(FactLoaderTest, EndsWithItsLimits) {
  RecordBatch batch;
  for (int i = 0; i < 5'000; ++i) batch.interactions.push_back(Contact(std::to_string(i), i, ""));
  Ingest(batch);
  CallLimits limits;
  std::atomic<int> asked{0};
  limits.cancelled = [&] { return ++asked > 12; };
  EXPECT_TRUE(absl::IsCancelled(loader_.Snapshot(Interactions(0, kDay), limits).status()));
  limits = {};
  limits.deadline = std::chrono::steady_clock::now();
  EXPECT_TRUE(absl::IsDeadlineExceeded(loader_.Snapshot(Interactions(0, kDay), limits).status()));
  EXPECT_TRUE(loader_.Snapshot(Interactions(0, kDay), {}).ok());
}

TEST_F(FactLoaderTest, DeadConnectionsAreReplaced) {
  Ingest({{Contact("a", 0, "")}, {}});
  EXPECT_EQ(Loaded(Interactions(0, 100 * kDay)), Ids{"a"});
  database_.Run(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
      " WHERE pid <> pg_backend_pid() AND datname = current_database()");
  EXPECT_EQ(Loaded(Interactions(0, 100 * kDay)), Ids{"a"});
}

// A table that is emptied after the snapshot was taken would be empty in it.
TEST_F(FactLoaderTest, TruncateWaitsForTheLoad) {
  Ingest({{Contact("a", 0, "")}, {}});
  const auto blocker = OpenSession(database_);
  RunScript(blocker.get(), "BEGIN; LOCK TABLE kpid.memberships IN ACCESS EXCLUSIVE MODE");
  size_t loaded = 0;
  std::thread load([&] { loaded = Load(Interactions(0, kDay))->interactions().size(); });
  WaitUntilBlocked(database_, "SELECT agent_key, group_key");  // The snapshot is taken.
  std::thread truncate([&] { database_.Run("TRUNCATE kpid.interactions"); });
  WaitUntilBlocked(database_, "TRUNCATE");
  RunScript(blocker.get(), "COMMIT");
  load.join();
  truncate.join();
  EXPECT_EQ(loaded, 1u);
  EXPECT_EQ(Load(Interactions(0, kDay))->interactions().size(), 0u);
}

// Each transaction writes one interaction and one survey for each of 40 days. Whatever is
// loaded, by however many connections, holds whole transactions.
TEST_F(FactLoaderTest, AllConnectionsSeeOneState) {
  constexpr int kDays = 40;
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int round = 0; !done; ++round) {
      RecordBatch batch;
      for (int day = 0; day < kDays; ++day) {
        const std::string id = absl::StrCat(round, "/", day);
        batch.interactions.push_back(Contact(id, day * kDay, ""));
        batch.surveys.push_back(MakeSurvey(id, id, day * kDay));
      }
      EXPECT_TRUE(store_.Ingest(batch, {}).ok());
    }
  });
  FactDemand demand = Interactions(0, kDays * kDay);
  demand.surveys_by_respond = demand.interactions;
  size_t greatest = 0;
  // Ends with enough rounds seen, however slow the writer is.
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const auto goes_on = [&](int load) {
    if (load < 200) return load < 30 || greatest < 50;
    return greatest <= 1 && std::chrono::steady_clock::now() < give_up;
  };
  for (int load = 0; goes_on(load); ++load) {
    const auto snapshot = Load(demand);
    const size_t rounds =
        snapshot->interactions().empty() ? 0 : snapshot->interactions().front()->size();
    if (rounds > 0) {
      EXPECT_EQ(snapshot->interactions().size(), static_cast<size_t>(kDays));
    }
    for (const auto& chunk : snapshot->interactions()) EXPECT_EQ(chunk->size(), rounds);
    size_t surveys = 0;
    for (const auto& chunk : snapshot->surveys().chunks()) surveys += chunk->size();
    EXPECT_EQ(surveys, rounds * kDays);
    greatest = std::max(greatest, rounds);
  }
  done = true;
  writer.join();
  EXPECT_GT(greatest, 1u);
  // The loads did use several connections.
  EXPECT_GE(std::stoi(database_.Value("SELECT count(*) FROM pg_stat_activity WHERE datname ="
                                      " current_database() AND query = 'COMMIT'")),
            2);
}

TEST_F(FactLoaderTest, LoadsAtOnceDoNotBlockEachOther) {
  DatabaseOptions options;
  options.url = database_.url();
  options.read_connections_max = 4;
  const auto database = Database::Open(options);
  ASSERT_TRUE(database.ok());
  Ingest({{Contact("a", 0, "")}, {}});
  FactLoader loader(database->get(), {}, [] { return kNow; });
  std::vector<std::thread> threads;
  std::atomic<int> loaded{0};
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5; ++round) {
        const auto snapshot = loader.Snapshot(Interactions(0, 100 * kDay), {});
        ASSERT_TRUE(snapshot.ok()) << snapshot.status();
        ++loaded;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(loaded, 60);
}

}  // namespace
}  // namespace kpid::storage
