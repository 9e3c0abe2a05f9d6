// Every field of quality evaluations, activities, schedules, tickets and costs: stored, read by
// COPY, decoded.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/fact_columns.h"
#include "storage/record_store.h"
#include "storage/roster_store.h"
#include "tests/storage/held_session.h"
#include "tests/storage/record_builders.h"
#include "tests/support/test_database.h"

namespace kpid::storage {
namespace {

using metrics::Code;
using test_support::TestDatabase;

constexpr Duration kTick{1};

class RecordFactsTest : public ::testing::Test {
 protected:
  void Ingest(const RecordBatch& batch) {
    const auto outcome = store_.Ingest(batch, {});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    ASSERT_TRUE(outcome->costs_of_unknown_group.empty());
  }

  // All facts of a kind, as they are decoded, in the order in which they were stored.
  template <typename Fact>
  std::vector<Fact> Read(const FactReading<Fact>& reading) {
    const auto session = OpenSession(database_);
    const std::string sql =
        std::string("COPY (") + reading.select + " ORDER BY 1) TO STDOUT (FORMAT binary)";
    std::vector<Fact> facts;
    CopyReader reader;
    const auto decode = [&](std::span<const FieldView> row) {
      return reading.decode(row, &facts.emplace_back());
    };
    const absl::Status status = session->CopyOut(
        {"copy", sql}, {}, [&](std::string_view chunk) { return reader.Feed(chunk, decode); });
    EXPECT_TRUE(status.ok()) << status;
    return facts;
  }

  // The name that a dictionary table has for a code.
  std::string Name(const std::string& table, const std::string& key, const std::string& name,
                   Code code) {
    return database_.Value("SELECT " + name + " FROM kpid." + table + " WHERE " + key + " = " +
                           std::to_string(code));
  }
  std::string Agent(Code code) { return Name("agents", "agent_key", "agent_id", code); }
  std::string Queue(Code code) { return Name("queues", "queue_key", "queue_id", code); }
  std::string Currency(Code code) {
    return Name("currencies", "currency_key", "currency_code", code);
  }

  void AddGroup(const std::string& group) {
    RosterStore roster(open_.get());
    const std::vector<AgentGroupRecord> groups = {{group, "", "team", ""}};
    ASSERT_TRUE(roster.UpsertAgentGroups(groups, {}).ok());
  }

  TestDatabase database_;
  std::unique_ptr<Database> open_ = database_.Open();
  RecordStore store_{open_.get()};
};

TEST_F(RecordFactsTest, EveryFieldOfAnEvaluationComesBack) {
  QualityEvaluationRecord full = MakeEvaluation("full", "i");
  full.agent_id = "ann";
  full.evaluator_id = "zoe";
  full.evaluate = metrics::kInstantMin + kTick;
  full.items = {{"greeting", "communication", 0, 1'000'000'000, 1'000'000'000, true, false},
                {"tone", "empathy", 999, 1'000, 1, false, true},
                {"other", "", 1, 1, 1'000, true, true}};
  QualityEvaluationRecord bare = MakeEvaluation("bare", "not there");
  bare.evaluate = metrics::kInstantEnd - kTick;
  bare.items.resize(1);
  InteractionRecord interaction = MakeInteraction("i");
  interaction.queue_id = "sales";
  interaction.agent_id = "bob";
  interaction.direction = metrics::Direction::kOutbound;
  RecordBatch batch = BatchOf<QualityEvaluationRecord>({full, bare});
  batch.interactions = {interaction};
  Ingest(batch);

  const auto facts = Read(kQualityReading);
  ASSERT_EQ(facts.size(), 2u);
  EXPECT_EQ(facts[0].evaluate, bare.evaluate);
  EXPECT_EQ(facts[0].queue, metrics::kNoCode);
  EXPECT_EQ(facts[0].channel, metrics::Channel::kNone);
  EXPECT_EQ(facts[0].direction, metrics::Direction::kNone);
  EXPECT_EQ(facts[0].items.size(), 1u);
  const metrics::QualityFact& fact = facts[1];
  EXPECT_GT(fact.row_key, facts[0].row_key);
  EXPECT_EQ(fact.evaluate, full.evaluate);
  EXPECT_EQ(Agent(fact.agent), "ann");
  EXPECT_EQ(Queue(fact.queue), "sales");
  EXPECT_EQ(fact.channel, metrics::Channel::kVoice);
  EXPECT_EQ(fact.direction, metrics::Direction::kOutbound);
  ASSERT_EQ(fact.items.size(), full.items.size());
  for (size_t i = 0; i < full.items.size(); ++i) {
    SCOPED_TRACE(i);
    const QualityItemRecord& record = full.items[i];
    const metrics::QualityFact::Item& item = fact.items[i];
    if (record.category.empty()) {
      EXPECT_EQ(item.category, metrics::kNoCode);
    } else {
      EXPECT_EQ(Name("quality_categories", "quality_category_key", "category", item.category),
                record.category);
    }
    EXPECT_EQ(item.score_thousandths, record.score_thousandths);
    EXPECT_EQ(item.maximum_thousandths, record.maximum_thousandths);
    EXPECT_EQ(item.weight_thousandths, record.weight_thousandths);
    EXPECT_EQ(item.not_applicable, record.not_applicable);
    EXPECT_EQ(item.auto_fail, record.auto_fail);
  }
  EXPECT_EQ(database_.Run("SELECT evaluator_id, (SELECT string_agg(criterion, ',' ORDER BY place)"
                          " FROM unnest(item_criterion_keys) WITH ORDINALITY AS c(key, place)"
                          " JOIN kpid.quality_criteria ON quality_criterion_key = key)"
                          " FROM kpid.quality_evaluations ORDER BY evaluation_id"),
            (test_support::SqlRows{{"NULL", "greeting"}, {"zoe", "greeting,tone,other"}}));
}

TEST_F(RecordFactsTest, EvaluationOfManyItemsComesBack) {
  QualityEvaluationRecord record = MakeEvaluation("a");
  record.items.clear();
  for (int i = 0; i < 200; ++i) {
    record.items.push_back({"criterion" + std::to_string(i), "c" + std::to_string(i % 7), i, 200,
                            1'000 + i, i % 2 == 0, i % 3 == 0});
  }
  Ingest(BatchOf<QualityEvaluationRecord>({record}));
  const auto facts = Read(kQualityReading);
  ASSERT_EQ(facts.size(), 1u);
  ASSERT_EQ(facts[0].items.size(), 200u);
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(facts[0].items[static_cast<size_t>(i)].score_thousandths, i);
    EXPECT_EQ(facts[0].items[static_cast<size_t>(i)].weight_thousandths, 1'000 + i);
  }
}

TEST_F(RecordFactsTest, EveryFieldOfActivitiesAndPlansComesBack) {
  RecordBatch batch;
  batch.agent_activities = {{"a", "ann", metrics::AgentState::kOffline, At(1) + kTick, At(2), 7},
                            {"b", "bob", metrics::AgentState::kAvailable, At(3), {}, 0}};
  batch.scheduled_activities = {
      {"a", "cas", metrics::PlannedState::kTraining, At(4), At(5) + kTick, 0}};
  Ingest(batch);
  const auto activities = Read(kAgentActivityReading);
  ASSERT_EQ(activities.size(), 2u);
  EXPECT_LT(activities[0].row_key, activities[1].row_key);
  EXPECT_EQ(Agent(activities[0].agent), "ann");
  EXPECT_EQ(activities[0].state, metrics::AgentState::kOffline);
  EXPECT_EQ(activities[0].start, At(1) + kTick);
  EXPECT_EQ(activities[0].end, At(2));
  EXPECT_EQ(Agent(activities[1].agent), "bob");
  EXPECT_EQ(activities[1].state, metrics::AgentState::kAvailable);
  EXPECT_EQ(activities[1].end, std::nullopt);
  const auto plans = Read(kScheduledActivityReading);
  ASSERT_EQ(plans.size(), 1u);
  EXPECT_EQ(Agent(plans[0].agent), "cas");
  EXPECT_EQ(plans[0].state, metrics::PlannedState::kTraining);
  EXPECT_EQ(plans[0].start, At(4));
  EXPECT_EQ(plans[0].end, At(5) + kTick);
}

TEST_F(RecordFactsTest, EveryFieldOfATicketComesBack) {
  TicketRecord full = MakeTicket("full");
  full.customer_id = "carl";
  full.agent_id = "ann";
  full.queue_id = "sales";
  full.priority = "high";
  full.channel = metrics::Channel::kEmail;
  full.open = At(1) + kTick;
  full.first_response = At(2);
  full.first_resolve = At(3);
  full.last_resolve = At(4);
  full.close = At(5);
  full.reopen_count = 1'000'000;
  full.reassignment_count = 3;
  Ingest(BatchOf<TicketRecord>({full, MakeTicket("bare", 9)}));
  const auto facts = Read(kTicketReading);
  ASSERT_EQ(facts.size(), 2u);
  const metrics::TicketFact& bare = facts[0];
  EXPECT_EQ(bare.customer + bare.agent + bare.queue + bare.priority, metrics::kNoCode);
  EXPECT_EQ(bare.channel, metrics::Channel::kNone);
  EXPECT_EQ(bare.open, At(9));
  EXPECT_FALSE(bare.first_response || bare.first_resolve || bare.last_resolve || bare.close);
  EXPECT_EQ(bare.reopen_count, 0);
  const metrics::TicketFact& fact = facts[1];
  EXPECT_EQ(Name("customers", "customer_key", "customer_id", fact.customer), "carl");
  EXPECT_EQ(Agent(fact.agent), "ann");
  EXPECT_EQ(Queue(fact.queue), "sales");
  EXPECT_EQ(Name("priorities", "priority_key", "priority", fact.priority), "high");
  EXPECT_EQ(fact.channel, full.channel);
  EXPECT_EQ(fact.open, full.open);
  EXPECT_EQ(fact.first_response, full.first_response);
  EXPECT_EQ(fact.first_resolve, full.first_resolve);
  EXPECT_EQ(fact.last_resolve, full.last_resolve);
  EXPECT_EQ(fact.close, full.close);
  EXPECT_EQ(fact.reopen_count, full.reopen_count);
  EXPECT_EQ(database_.Value("SELECT reassignment_count FROM kpid.tickets WHERE ticket_id = 'full'"),
            "3");
}

TEST_F(RecordFactsTest, EveryFieldOfACostComesBack) {
  AddGroup("red");
  CostRecord full = MakeCost("full");
  full.category = "wages";
  full.amount = {"JPY", -9'000'000'000'000'001};
  full.start = metrics::kInstantMin;
  full.end = metrics::kInstantEnd - kTick;
  full.queue_id = "sales";
  full.group_id = "red";
  full.channel = metrics::Channel::kOther;
  Ingest(BatchOf<CostRecord>({full, MakeCost("bare", 1, 2)}));
  const auto facts = Read(kCostReading);
  ASSERT_EQ(facts.size(), 2u);
  EXPECT_EQ(facts[0].queue + facts[0].group, metrics::kNoCode);
  EXPECT_EQ(facts[0].channel, metrics::Channel::kNone);
  EXPECT_EQ(Currency(facts[0].amount.currency), "EUR");
  EXPECT_EQ(facts[0].amount.micros, 12'500'000);
  EXPECT_EQ(Queue(facts[1].queue), "sales");
  EXPECT_EQ(Name("agent_groups", "group_key", "group_id", facts[1].group), "red");
  EXPECT_EQ(facts[1].channel, full.channel);
  EXPECT_EQ(Currency(facts[1].amount.currency), "JPY");
  EXPECT_EQ(facts[1].amount.micros, full.amount.micros);
  EXPECT_EQ(facts[1].start, full.start);
  EXPECT_EQ(facts[1].end, full.end);
  EXPECT_EQ(database_.Value("SELECT category FROM kpid.costs WHERE cost_id = 'full'"), "wages");
}

}  // namespace
}  // namespace kpid::storage
