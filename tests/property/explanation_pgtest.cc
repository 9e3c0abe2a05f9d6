// Explanations and comments over stored records: the names of what is explained, and the comments
// of a slice against the surveys that the engine finds in it.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "metrics/explanation.h"
#include "server/comment_request.h"
#include "storage/fact_loader.h"
#include "storage/record_names.h"
#include "storage/record_store.h"
#include "storage/roster_store.h"
#include "storage/survey_comments.h"
#include "tests/property/random_query.h"
#include "tests/property/random_records.h"
#include "tests/support/test_database.h"

namespace kpid::proof {
namespace {

using metrics::DimensionKind;
using metrics::ExplainedRecord;
using metrics::RecordKind;

constexpr int kWorlds = 4;
constexpr int kQuestionsPerWorld = 120;
constexpr int kCommentListsPerWorld = 120;

// A world that is stored.
class World {
 public:
  explicit World(uint64_t seed) : choices_(seed) {
    WorldSeeds seeds;
    seeds.world = world_seed_ = choices_.Seed();
    for (int i = 0; i < 100; ++i) {
      seeds.interactions.push_back(choices_.Seed());
      seeds.surveys.push_back(choices_.Seed());
    }
    for (int i = 0; i < 30; ++i) {
      seeds.evaluations.push_back(choices_.Seed());
      seeds.activities.push_back(choices_.Seed());
      seeds.plans.push_back(choices_.Seed());
      seeds.tickets.push_back(choices_.Seed());
    }
    for (int i = 0; i < 14; ++i) seeds.memberships.push_back(choices_.Seed());
    for (int i = 0; i < 10; ++i) seeds.costs.push_back(choices_.Seed());
    for (int i = 0; i < 5; ++i) seeds.agents.push_back(choices_.Seed());
    records_ = MakeRecords(seeds);
    for (storage::SurveyRecord& survey : records_.surveys) {
      if (choices_.Percent(70)) survey.comment = "about " + survey.response_id;
    }
    Store();
  }

  Question RandomQuestion() {
    Question question = MakeQuestion({choices_.Seed()}, choices_.Seed(), world_seed_);
    metrics::Query& query = question.query;
    query.group_by.clear();
    query.granularity = metrics::Granularity::kRange;
    query.buckets = {query.range};
    query.value_detail = metrics::ValueDetail::kCounts;
    return question;
  }

  absl::StatusOr<metrics::Explanation> Explained(const Question& question, int page_size) {
    metrics::ExplainQuestion asked;
    asked.query = question.query;
    asked.page_size = page_size;
    metrics::EvaluateOptions options;
    options.now = question.now;
    return metrics::Explain(asked, &loader_, options);
  }

  std::vector<std::string> NamesOf(const std::vector<ExplainedRecord>& records) {
    auto names = storage::RecordNames(open_.get()).Find(records, {});
    EXPECT_TRUE(names.ok()) << names.status();
    return *std::move(names);
  }

  // Ids by kind and row key, straight from the tables.
  std::map<std::pair<RecordKind, std::string>, std::string> AllNames() const {
    const std::vector<std::tuple<RecordKind, std::string, std::string>> tables = {
        {RecordKind::kInteraction, "interactions", "interaction_id"},
        {RecordKind::kSurvey, "survey_responses", "response_id"},
        {RecordKind::kQualityEvaluation, "quality_evaluations", "evaluation_id"},
        {RecordKind::kAgentActivity, "agent_activities", "activity_id"},
        {RecordKind::kScheduledActivity, "scheduled_activities", "schedule_id"},
        {RecordKind::kTicket, "tickets", "ticket_id"},
        {RecordKind::kCost, "costs", "cost_id"}};
    std::map<std::pair<RecordKind, std::string>, std::string> names;
    for (const auto& [kind, table, id] : tables) {
      for (const auto& row : database_.Run("SELECT row_key, " + id + " FROM kpid." + table)) {
        names[{kind, row[0]}] = row[1];
      }
    }
    return names;
  }

  absl::StatusOr<storage::CommentPage> Comments(const storage::CommentQuery& query) {
    return storage::SurveyComments(open_.get()).List(query, {});
  }

  std::shared_ptr<const metrics::FactSnapshot> Names() { return loader_.Snapshot({}, {}).value(); }

  const Records& records() const { return records_; }
  Choices& choices() { return choices_; }
  const test_support::TestDatabase& database() const { return database_; }

 private:
  void Store() {
    storage::RosterStore roster(open_.get());
    ASSERT_TRUE(roster.UpsertAgentGroups(records_.groups, {}).ok());
    ASSERT_TRUE(roster.UpsertAgents(records_.agents, {}).ok());
    ASSERT_TRUE(roster.UpsertMemberships(records_.memberships, {}).ok());
    storage::RecordStore store(open_.get());
    storage::RecordBatch batch;
    batch.interactions = records_.interactions;
    batch.surveys = records_.surveys;
    batch.quality_evaluations = records_.evaluations;
    batch.agent_activities = records_.activities;
    batch.scheduled_activities = records_.plans;
    batch.tickets = records_.tickets;
    batch.costs = records_.costs;
    const auto outcome = store.Ingest(batch, {});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
  }

  Choices choices_;
  uint64_t world_seed_ = 0;
  Records records_;
  test_support::TestDatabase database_;
  std::unique_ptr<storage::Database> open_ = database_.Open();
  storage::FactLoader loader_{
      open_.get(), {}, [this] { return WorldStart(world_seed_) + std::chrono::days(5); }};
};

TEST(ExplanationStorage, NamesAreThoseOfTheRecords) {
  std::map<RecordKind, int> found;
  for (int w = 0; w < kWorlds; ++w) {
    World world(static_cast<uint64_t>(w) + 1);
    const auto expected = world.AllNames();
    for (int q = 0; q < kQuestionsPerWorld; ++q) {
      const Question question = world.RandomQuestion();
      const auto explanation =
          world.Explained(question, static_cast<int>(1 + world.choices().Below(40)));
      if (!explanation.ok()) continue;  // A filter does not apply.
      const std::vector<std::string> names = world.NamesOf(explanation->records);
      ASSERT_EQ(names.size(), explanation->records.size());
      for (size_t i = 0; i < names.size(); ++i) {
        const metrics::RecordPosition& position = explanation->records[i].position;
        ++found[position.kind];
        if (position.kind >= RecordKind::kTarget) {
          EXPECT_EQ(names[i], "");
        } else {
          EXPECT_EQ(names[i], expected.at({position.kind, std::to_string(position.key)}))
              << SceneText(world.records(), question);
        }
      }
    }
  }
  for (RecordKind kind = RecordKind::kInteraction; kind < RecordKind::kTarget;
       kind = static_cast<RecordKind>(static_cast<int>(kind) + 1)) {
    EXPECT_GT(found[kind], 10) << static_cast<int>(kind);
  }
}

// The statements that look by time find what they look for; the ones that look everywhere are for
// records that were given another time since.
TEST(ExplanationStorage, NamesAreFoundAlsoAfterACorrection) {
  World world(77);
  world.database().Run(
      "UPDATE kpid.interactions SET arrive_time = arrive_time + interval '1 year'");
  std::vector<ExplainedRecord> records;
  for (const auto& row : world.database().Run("SELECT row_key FROM kpid.interactions")) {
    ExplainedRecord& record = records.emplace_back();
    record.position = {metrics::kInstantMin, RecordKind::kInteraction, std::stoll(row[0])};
  }
  for (const std::string& name : world.NamesOf(records)) EXPECT_NE(name, "");
}

// A filter of a list of comments, by a dimension that surveys have.
std::vector<metrics::Filter> SurveyFilters(const metrics::Query& query) {
  std::vector<metrics::Filter> filters = query.filters;
  std::erase_if(filters, [](const metrics::Filter& filter) {
    return filter.dimension.kind == DimensionKind::kAttribute ||
           filter.dimension.kind == DimensionKind::kPriority;
  });
  return filters;
}

Question CsatQuestion(Question question) {
  question.query.kpis.clear();
  EXPECT_TRUE(metrics::ResolveKpi("csat", "", {}, "", &question.query.kpis.emplace_back()).empty());
  question.query.filters = SurveyFilters(question.query);
  return question;
}

storage::CommentQuery RandomCommentQuery(World& world, const metrics::Query& query) {
  Choices& choices = world.choices();
  storage::CommentQuery asked;
  asked.range = query.range;
  for (int kind = 1; kind <= static_cast<int>(metrics::SurveyKind::kEsat); ++kind) {
    if (choices.Percent(80)) asked.kinds.push_back(static_cast<metrics::SurveyKind>(kind));
  }
  if (choices.Percent(30)) asked.minimum_thousandths = static_cast<int32_t>(choices.Below(8'000));
  if (choices.Percent(30)) asked.maximum_thousandths = static_cast<int32_t>(choices.Below(8'000));
  server::AddFilters(query.filters, world.Names(), &asked);
  return asked;
}

// Ids of comments, newest first, of the surveys that the engine finds.
std::vector<std::string> ExpectedComments(World& world, const storage::CommentQuery& asked,
                                          const metrics::Explanation& explanation) {
  std::map<std::string, const storage::SurveyRecord*> records;
  for (const storage::SurveyRecord& record : world.records().surveys) {
    records[record.response_id] = &record;
  }
  std::vector<std::pair<metrics::Instant, std::string>> found;
  for (const std::string& id : world.NamesOf(explanation.records)) {
    const storage::SurveyRecord& record = *records.at(id);
    const auto& score = record.score_thousandths;
    if (record.comment.empty() ||
        std::count(asked.kinds.begin(), asked.kinds.end(), record.kind) == 0 ||
        (asked.minimum_thousandths && (!score || *score < *asked.minimum_thousandths)) ||
        (asked.maximum_thousandths && (!score || *score > *asked.maximum_thousandths))) {
      continue;
    }
    found.emplace_back(record.respond.value(), id);
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  std::vector<std::string> ids;
  for (const auto& [respond, id] : found) ids.push_back(id);
  return ids;
}

TEST(SurveyComments, AreThoseOfTheSliceThatTheEngineSees) {
  size_t listed = 0;
  size_t with_groups = 0;
  for (int w = 0; w < kWorlds; ++w) {
    World world(static_cast<uint64_t>(w) + 101);
    for (int q = 0; q < kCommentListsPerWorld; ++q) {
      const Question question = CsatQuestion(world.RandomQuestion());
      const auto explanation = world.Explained(question, metrics::kExplainedRecordsMax);
      ASSERT_TRUE(explanation.ok()) << explanation.status();
      storage::CommentQuery asked = RandomCommentQuery(world, question.query);
      if (asked.kinds.empty()) continue;
      const std::vector<std::string> expected = ExpectedComments(world, asked, *explanation);
      asked.page_size = static_cast<int>(1 + world.choices().Below(20));
      std::vector<std::string> pages;
      for (bool more = true; more && pages.size() <= expected.size();) {
        const auto page = world.Comments(asked);
        ASSERT_TRUE(page.ok()) << page.status();
        for (const storage::SurveyComment& comment : page->comments) {
          EXPECT_EQ(comment.comment, "about " + comment.response_id);
          pages.push_back(comment.response_id);
        }
        more = page->more;
        if (!more) continue;
        ASSERT_EQ(page->comments.size(), static_cast<size_t>(asked.page_size));
        asked.after = {page->comments.back().respond, page->comments.back().response_id};
      }
      EXPECT_EQ(pages, expected) << SceneText(world.records(), question);
      listed += pages.size();
      if (asked.passes && !pages.empty()) ++with_groups;
    }
  }
  EXPECT_GT(listed, 1'000U);
  EXPECT_GT(with_groups, 20U);
}

TEST(SurveyComments, TheIndexGivesTheOrder) {
  World world(5);
  const auto plan = world.database().Run(
      "SET enable_seqscan = off; SET enable_bitmapscan = off;"
      "EXPLAIN SELECT response_id FROM kpid.survey_responses WHERE comment <> ''"
      " AND respond_time IS NOT NULL AND respond_time >= '2020-01-01'"
      " ORDER BY respond_time DESC, response_id LIMIT 10");
  std::string text;
  for (const auto& row : plan) text += row[0] + "\n";
  EXPECT_NE(text.find("survey_responses_comments"), std::string::npos) << text;
  EXPECT_EQ(text.find("Sort"), std::string::npos) << text;
}

}  // namespace
}  // namespace kpid::proof
