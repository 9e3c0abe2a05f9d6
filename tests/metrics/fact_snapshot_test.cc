#include "metrics/fact_snapshot.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "metrics/fact_source.h"
#include "metrics/interaction_chunk.h"
#include "metrics/survey_columns.h"

namespace kpid::metrics {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

InteractionFact Fact(int64_t row_key, Duration arrive) {
  InteractionFact fact;
  fact.row_key = row_key;
  fact.arrive = Instant(arrive);
  fact.outcome = Outcome::kHandled;
  fact.answer = fact.end = fact.arrive;
  return fact;
}

std::vector<int64_t> Values(const FactSnapshot& snapshot, Column column) {
  std::vector<int64_t> values;
  for (const auto& chunk : snapshot.interactions()) {
    for (size_t i = 0; i < chunk->size(); ++i) values.push_back(chunk->column(column).At(i));
  }
  return values;
}

TEST(FactSnapshot, CutsDaysAndOrdersRows) {
  FactSnapshot::Builder builder;
  builder.AddInteractions({Fact(5, hours(30)), Fact(1, hours(24)), Fact(4, hours(1))});
  builder.AddInteractions({Fact(2, hours(30)), Fact(3, hours(24) - Duration(1))});
  const auto snapshot = builder.Build();
  ASSERT_EQ(snapshot->interactions().size(), 2U);
  EXPECT_EQ(snapshot->interactions()[0]->day(), 0);
  EXPECT_EQ(snapshot->interactions()[1]->day(), 1);
  EXPECT_EQ(Values(*snapshot, Column::kRowKey), (std::vector<int64_t>{4, 3, 1, 2, 5}));
  EXPECT_EQ(snapshot->latest_arrive(), Instant(hours(30)));
}

TEST(FactSnapshot, LatestArriveCanBeGiven) {
  FactSnapshot::Builder builder;
  EXPECT_EQ(builder.Build()->latest_arrive(), std::nullopt);
  builder.AddInteractions({Fact(1, hours(1))});
  builder.SetLatestArrive(Instant(days(9)));
  EXPECT_EQ(builder.Build()->latest_arrive(), Instant(days(9)));
  EXPECT_TRUE(builder.Build()->interactions().empty());  // Empty afterwards.
}

TEST(FactSnapshot, DerivesDurations) {
  FactSnapshot::Builder builder;
  InteractionFact fact = Fact(1, hours(1));
  fact.enqueue = fact.arrive + seconds(2);
  fact.answer = fact.arrive + seconds(10);
  fact.end = fact.arrive + seconds(100);
  fact.hold = seconds(20);
  fact.wrap_up = seconds(7);
  builder.AddInteractions({fact});
  const auto snapshot = builder.Build();
  const auto value = [&](Column column) { return Values(*snapshot, column)[0] / 1'000'000; };
  EXPECT_EQ(value(Column::kWait), 8);
  EXPECT_EQ(value(Column::kTalk), 70);
  EXPECT_EQ(value(Column::kHold), 20);
  EXPECT_EQ(value(Column::kWrapUp), 7);
  EXPECT_EQ(value(Column::kHandle), 97);
  EXPECT_EQ(value(Column::kFirstResponse), 10);
  EXPECT_EQ(value(Column::kEndOffset), 100);
}

TEST(FactSnapshot, UnusedColumnsTakeNoSpace) {
  std::vector<InteractionFact> facts;
  for (int i = 0; i < 1000; ++i) facts.push_back(Fact(i, seconds(i)));
  FactSnapshot::Builder builder;
  builder.AddInteractions(facts);
  const auto snapshot = builder.Build();
  for (const Column column : {Column::kCase, Column::kConversation, Column::kRevenue,
                              Column::kCurrency, Column::kHold, Column::kQueue}) {
    EXPECT_EQ(snapshot->interactions()[0]->column(column).ByteSize(), 0U);
  }
  EXPECT_LE(snapshot->interactions()[0]->ByteSize(), 1000U * 8 + 4096);
}

TEST(FactSnapshot, MergesAttributesOfOneDay) {
  FactSnapshot::Builder builder;
  InteractionFact with = Fact(1, hours(2));
  with.attributes = {{1, 7}};
  builder.AddInteractions({with});
  builder.AddInteractions({Fact(2, hours(1))});
  InteractionFact other = Fact(3, hours(3));
  other.attributes = {{2, 9}};
  builder.AddInteractions({other});
  const auto snapshot = builder.Build();
  ASSERT_EQ(snapshot->interactions().size(), 1U);
  const auto& chunk = *snapshot->interactions()[0];
  ASSERT_NE(chunk.attribute(1), nullptr);
  EXPECT_EQ(chunk.attribute(1)->At(0), kNoCode);
  EXPECT_EQ(chunk.attribute(1)->At(1), 7);
  EXPECT_EQ(chunk.attribute(2)->At(2), 9);
  EXPECT_EQ(chunk.attribute(3), nullptr);
}

TEST(FactSnapshot, TakesFactsFromSeveralThreads) {
  FactSnapshot::Builder builder;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&builder, t] {
      for (int i = 0; i < 20; ++i) {
        builder.AddInteractions({Fact(t * 20 + i, hours(i * 5)), Fact(1000 + t, hours(1))});
        SurveyFact survey;
        survey.row_key = t * 20 + i;
        survey.respond = Instant(hours(i));
        builder.AddSurveys({survey});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto snapshot = builder.Build();
  EXPECT_EQ(Values(*snapshot, Column::kRowKey).size(), 320U);
  const auto arrive = Values(*snapshot, Column::kArrive);
  EXPECT_TRUE(std::is_sorted(arrive.begin(), arrive.end()));
  EXPECT_EQ(snapshot->surveys().chunks()[0]->size(), 160U);
}

TEST(FactSnapshot, HowMuchAQuestionReadsIsEstimated) {
  FactSnapshot::Builder builder;
  builder.AddInteractions(
      {Fact(1, hours(1)), Fact(2, hours(30)), Fact(3, hours(31)), Fact(4, hours(50))});
  SurveyFact survey;
  survey.respond = Instant(hours(1));
  builder.AddSurveys({survey, survey});
  AgentActivityFact activity;
  activity.agent = 9;
  activity.start = Instant(hours(1));
  activity.end = Instant(hours(2));
  builder.AddAgentActivities({activity});
  const auto snapshot = builder.Build();
  FactDemand demand;
  EXPECT_EQ(EstimateFactsIn(*snapshot, demand), 0);
  demand.interactions = TimeRange{Instant(hours(24)), Instant(hours(48))};
  EXPECT_EQ(EstimateFactsIn(*snapshot, demand), 2);
  demand.interactions->end += Duration(1);
  EXPECT_EQ(EstimateFactsIn(*snapshot, demand), 3) << "days count whole";
  demand.interactions = TimeRange{Instant(hours(9)), Instant(hours(9))};
  EXPECT_EQ(EstimateFactsIn(*snapshot, demand), 0);
  demand.surveys_by_respond = TimeRange{Instant(days(7)), Instant(days(8))};
  EXPECT_EQ(EstimateFactsIn(*snapshot, demand), 2);
  // Ten codes of agents, 12 spans a day.
  demand.agent_activities = TimeRange{Instant(days(0)), Instant(days(5))};
  EXPECT_EQ(EstimateFactsIn(*snapshot, demand), 2 + 10 * 5 * 12);
}

}  // namespace
}  // namespace kpid::metrics
