// Which quality evaluations, activities, schedules, tickets and costs the loader reads for a
// demand.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "metrics/agent_timelines.h"
#include "metrics/quality_columns.h"
#include "metrics/ticket_columns.h"
#include "storage/fact_loader.h"
#include "storage/record_store.h"
#include "storage/roster_store.h"
#include "tests/storage/held_session.h"
#include "tests/storage/record_builders.h"
#include "tests/storage/status_matchers.h"
#include "tests/support/test_database.h"

namespace kpid::storage {
namespace {

using metrics::Code;
using metrics::FactDemand;
using metrics::FactSnapshot;
using metrics::TimeRange;
using test_support::TestDatabase;
using Ids = std::multiset<std::string>;

constexpr int64_t kDay = 86'400;
constexpr Duration kTick{1};
const Instant kNow = At(1'000 * kDay);

class RecordDemandsTest : public ::testing::Test {
 protected:
  void Ingest(const RecordBatch& batch) {
    const auto outcome = store_.Ingest(batch, {});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    ASSERT_TRUE(outcome->costs_of_unknown_group.empty());
  }

  std::shared_ptr<const FactSnapshot> Load(const FactDemand& demand) {
    auto snapshot = loader_.Snapshot(demand, {});
    EXPECT_TRUE(snapshot.ok()) << snapshot.status();
    return *snapshot;
  }

  // Identities of the facts in a snapshot, with repetitions. Activities and plans are known by
  // their agents, which have the identity of the record.
  Ids NamesOf(const std::vector<int64_t>& row_keys, const std::string& table,
              const std::string& identity) {
    std::map<std::string, std::string> names;
    for (const auto& row : database_.Run("SELECT row_key, " + identity + " FROM kpid." + table)) {
      names[row[0]] = row[1];
    }
    Ids ids;
    for (const int64_t key : row_keys) ids.insert(names[std::to_string(key)]);
    return ids;
  }
  template <typename Columns>
  static std::vector<int64_t> RowKeys(const Columns& columns) {
    std::vector<int64_t> keys;
    for (const auto& chunk : columns.chunks()) {
      for (size_t row = 0; row < chunk->size(); ++row) {
        keys.push_back(chunk->column(metrics::Column::kRowKey).At(row));
      }
    }
    return keys;
  }
  Ids Evaluations(const FactSnapshot& snapshot) {
    return NamesOf(RowKeys(snapshot.quality_evaluations()), "quality_evaluations", "evaluation_id");
  }
  Ids Tickets(const FactSnapshot& snapshot) {
    return NamesOf(RowKeys(snapshot.tickets()), "tickets", "ticket_id");
  }
  Ids Costs(const FactSnapshot& snapshot) {
    std::vector<int64_t> keys;
    for (const metrics::CostFact& cost : snapshot.costs()) keys.push_back(cost.row_key);
    return NamesOf(keys, "costs", "cost_id");
  }
  static Ids Agents(const FactSnapshot& snapshot, const metrics::AgentTimelines& timelines) {
    Ids ids;
    for (Code agent = 0; agent < timelines.agents(); ++agent) {
      if (timelines.Of(agent).empty()) continue;
      ids.insert(std::string(snapshot.dictionaries().agents.Name(agent)));
    }
    return ids;
  }

  TestDatabase database_;
  std::unique_ptr<Database> open_ = database_.Open();
  RecordStore store_{open_.get()};
  FactLoader loader_{open_.get(), {}, [] { return kNow; }};
};

AgentActivityRecord Activity(const std::string& id, Instant start, std::optional<Instant> end) {
  return {id, id, metrics::AgentState::kHandling, start, end, 0};
}

ScheduledActivityRecord Plan(const std::string& id, Instant start, Instant end) {
  return {id, id, metrics::PlannedState::kMeal, start, end, 0};
}

CostRecord Cost(const std::string& id, Instant start, Instant end) {
  CostRecord cost = MakeCost(id);
  cost.start = start;
  cost.end = end;
  return cost;
}

TEST_F(RecordDemandsTest, EvaluationsByTheirTime) {
  std::vector<QualityEvaluationRecord> records;
  for (const auto& [id, time] : std::map<std::string, Instant>{{"before", At(0) - kTick},
                                                               {"first", At(0)},
                                                               {"last", At(100 * kDay) - kTick},
                                                               {"after", At(100 * kDay)}}) {
    records.push_back(MakeEvaluation(id));
    records.back().evaluate = time;
  }
  Ingest(BatchOf(records));
  FactDemand demand;
  demand.quality_evaluations = TimeRange{At(0), At(100 * kDay)};
  const auto snapshot = Load(demand);
  EXPECT_EQ(Evaluations(*snapshot), (Ids{"first", "last"}));
  EXPECT_NE(snapshot->dictionaries().quality_categories.Find("communication"), metrics::kNoCode);
}

TEST_F(RecordDemandsTest, SpansOfWhichAPartIsInTheRange) {
  const Instant start = At(0);
  const Instant end = At(100 * kDay);
  const std::map<std::string, std::pair<Instant, Instant>> spans = {
      {"ends_at_start", {start - std::chrono::hours(9), start}},
      {"ends_after_start", {start - std::chrono::hours(9), start + kTick}},
      {"around", {start - std::chrono::hours(24 * 1'000), end + std::chrono::hours(1)}},
      {"inside", {start, start + std::chrono::hours(1)}},
      {"begins_before_end", {end - kTick, end + std::chrono::hours(1)}},
      {"begins_at_end", {end, end + std::chrono::hours(1)}}};
  RecordBatch batch;
  for (const auto& [id, span] : spans) {
    batch.agent_activities.push_back(Activity(id, span.first, span.second));
    batch.scheduled_activities.push_back(Plan(id, span.first, span.second));
    batch.costs.push_back(Cost(id, span.first, span.second));
  }
  batch.agent_activities.push_back(Activity("ongoing", start - std::chrono::hours(9), {}));
  batch.agent_activities.push_back(Activity("begun", start + std::chrono::hours(9), {}));
  batch.agent_activities.push_back(Activity("begins_after", end, {}));
  Ingest(batch);
  const Ids touching = {"ends_after_start", "around", "inside", "begins_before_end"};
  Ids activities = touching;
  activities.insert({"ongoing", "begun"});
  FactDemand demand;
  demand.agent_activities = demand.scheduled_activities = demand.costs = TimeRange{start, end};
  const auto snapshot = Load(demand);
  EXPECT_EQ(Agents(*snapshot, snapshot->activities()), activities);
  EXPECT_EQ(Agents(*snapshot, snapshot->plans()), touching);
  EXPECT_EQ(Costs(*snapshot), touching);
}

TEST_F(RecordDemandsTest, TicketsOpenedResolvedOrOpenInTheRange) {
  const Instant start = At(0);
  const Instant end = At(100 * kDay);
  const Instant before = start - std::chrono::hours(24 * 300);
  using Times = std::array<std::optional<Instant>, 4>;  // Open, first and last resolve, close.
  const std::map<std::string, Times> tickets = {
      {"open_for_long", {before, {}, {}, {}}},
      {"opened_at_start", {start, {}, {}, {}}},
      {"opened_before_end", {end - kTick, {}, {}, {}}},
      {"opened_at_end", {end, {}, {}, {}}},
      {"resolved_before", {before, before, start - kTick, {}}},
      {"resolved_before_closed_in", {before, before, start - kTick, start}},
      {"resolved_at_start", {before, before, start, {}}},
      {"resolved_after", {before, before, end, end}},
      {"resolved_in_though_closed_before", {before, {}, start, start - kTick}},
      {"reopened", {before, before, {}, {}}},
      {"closed_before", {before, {}, {}, start - kTick}},
      {"closed_at_start", {before, {}, {}, start}}};
  std::vector<TicketRecord> records;
  for (const auto& [id, times] : tickets) {
    records.push_back(MakeTicket(id));
    records.back().open = *times[0];
    records.back().first_resolve = times[1];
    records.back().last_resolve = times[2];
    records.back().close = times[3];
    records.back().priority = "high";
  }
  Ingest(BatchOf(records));
  FactDemand demand;
  demand.tickets = TimeRange{start, end};
  const auto snapshot = Load(demand);
  EXPECT_EQ(
      Tickets(*snapshot),
      (Ids{"open_for_long", "opened_at_start", "opened_before_end", "resolved_at_start",
           "resolved_after", "resolved_in_though_closed_before", "reopened", "closed_at_start"}));
  EXPECT_NE(snapshot->dictionaries().priorities.Find("high"), metrics::kNoCode);
}

// Random records and demands against the words of FactDemand, read row by row.
class RandomRecords {
 public:
  explicit RandomRecords(unsigned seed) : random_(seed) {
    for (int i = 0; i < 300; ++i) {
      const std::string id = "r" + std::to_string(i);
      batch.quality_evaluations.push_back(MakeEvaluation(id));
      batch.quality_evaluations.back().evaluate = Time();
      const Instant start = Time();
      const Instant end = start + Length();
      batch.agent_activities.push_back(Activity(id, start, end));
      if (Pick(6) == 0) batch.agent_activities.back().end.reset();
      batch.scheduled_activities.push_back(Plan(id, start, end));
      batch.costs.push_back(Cost(id, start, end));
      TicketRecord ticket = MakeTicket(id);
      ticket.open = start;
      if (Pick(2) == 0) ticket.last_resolve = end;
      if (Pick(3) == 0) ticket.close = end + Length();
      batch.tickets.push_back(ticket);
    }
  }

  FactDemand Demand() {
    FactDemand demand;
    for (auto* range : {&demand.quality_evaluations, &demand.agent_activities,
                        &demand.scheduled_activities, &demand.costs, &demand.tickets}) {
      if (Pick(4) == 0) continue;
      const Instant start = Time();
      *range = TimeRange{start, start + Length()};
    }
    return demand;
  }

  template <typename Record, typename Wanted>
  static Ids Expected(const std::optional<TimeRange>& range, const std::vector<Record>& records,
                      std::string Record::*identity, const Wanted& wanted) {
    Ids ids;
    for (const Record& record : records) {
      if (range && !range->Empty() && wanted(record)) ids.insert(record.*identity);
    }
    return ids;
  }

  RecordBatch batch;

 private:
  int64_t Pick(int64_t bound) { return static_cast<int64_t>(random_() % bound); }
  // Few values, so that edges meet.
  Instant Time() { return At(Pick(30) * kDay) + Duration(Pick(3) - 1); }
  Duration Length() { return std::chrono::hours(24 * Pick(12)) + Duration(1 + Pick(2)); }

  std::mt19937 random_;
};

TEST_F(RecordDemandsTest, AnyDemandIsMet) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomRecords random(seed);
  Ingest(random.batch);
  const RecordBatch& batch = random.batch;
  for (int i = 0; i < 40; ++i) {
    SCOPED_TRACE(i);
    const FactDemand demand = random.Demand();
    const auto touches = [](const std::optional<TimeRange>& range) {
      return [&range](const auto& record) {
        const std::optional<Instant> end = record.end;
        return record.start < range->end && (!end || *end > range->start);
      };
    };
    const auto snapshot = Load(demand);
    EXPECT_EQ(
        Evaluations(*snapshot),
        RandomRecords::Expected(demand.quality_evaluations, batch.quality_evaluations,
                                &QualityEvaluationRecord::evaluation_id,
                                [&](const QualityEvaluationRecord& record) {
                                  return demand.quality_evaluations->Contains(record.evaluate);
                                }));
    EXPECT_EQ(Agents(*snapshot, snapshot->activities()),
              RandomRecords::Expected(demand.agent_activities, batch.agent_activities,
                                      &AgentActivityRecord::activity_id,
                                      touches(demand.agent_activities)));
    EXPECT_EQ(Agents(*snapshot, snapshot->plans()),
              RandomRecords::Expected(demand.scheduled_activities, batch.scheduled_activities,
                                      &ScheduledActivityRecord::schedule_id,
                                      touches(demand.scheduled_activities)));
    EXPECT_EQ(Costs(*snapshot),
              RandomRecords::Expected(demand.costs, batch.costs, &CostRecord::cost_id,
                                      touches(demand.costs)));
    EXPECT_EQ(Tickets(*snapshot),
              RandomRecords::Expected(demand.tickets, batch.tickets, &TicketRecord::ticket_id,
                                      [&](const TicketRecord& record) {
                                        const Instant start = demand.tickets->start;
                                        return record.open < demand.tickets->end &&
                                               record.last_resolve.value_or(start) >= start &&
                                               (record.last_resolve ||
                                                record.close.value_or(start) >= start);
                                      }));
  }
}

TEST_F(RecordDemandsTest, EmploymentsOfAgentsThatHaveADate) {
  using std::chrono::sys_days;
  using std::chrono::year;
  RosterStore roster(open_.get());
  const metrics::CivilDay hire = {2024, 2, 29};
  const metrics::CivilDay leave = {1970, 1, 1};
  const std::vector<AgentRecord> agents = {{"hired", "", hire, std::nullopt, ""},
                                           {"left", "", hire, leave, "resigned"},
                                           {"moved", "", std::nullopt, leave, "transfer"},
                                           {"unknown", "", std::nullopt, std::nullopt, ""}};
  ASSERT_TRUE(roster.UpsertAgents(agents, {}).ok());
  EXPECT_TRUE(Load({})->employments().empty());
  FactDemand demand;
  demand.employments = true;
  const auto snapshot = Load(demand);
  const std::optional<sys_days> hire_day = sys_days(year(2024) / 2 / 29);
  const std::optional<sys_days> leave_day = sys_days(year(1970) / 1 / 1);
  std::map<std::string, metrics::EmploymentFact> facts;
  for (const metrics::EmploymentFact& fact : snapshot->employments()) {
    facts[std::string(snapshot->dictionaries().agents.Name(fact.agent))] = fact;
  }
  ASSERT_EQ(facts.size(), 3u);
  EXPECT_EQ(facts["hired"].hire, hire_day);
  EXPECT_EQ(facts["hired"].leave, std::nullopt);
  EXPECT_FALSE(facts["hired"].transfer);
  EXPECT_EQ(facts["left"].leave, leave_day);
  EXPECT_FALSE(facts["left"].transfer);
  EXPECT_EQ(facts["moved"].hire, std::nullopt);
  EXPECT_EQ(facts["moved"].leave, leave_day);
  EXPECT_TRUE(facts["moved"].transfer);
}

TEST_F(RecordDemandsTest, EachKindCountsAgainstTheLimit) {
  RecordBatch batch;
  for (int i = 0; i < 100; ++i) {
    const std::string id = std::to_string(i);
    batch.quality_evaluations.push_back(MakeEvaluation(id));  // Counts for 3: it has two items.
    batch.agent_activities.push_back(MakeActivity(id));
    batch.scheduled_activities.push_back(MakeSchedule(id));
    batch.tickets.push_back(MakeTicket(id));
    batch.costs.push_back(MakeCost(id));
  }
  Ingest(batch);
  const auto limit_of = [&](const FactDemand& demand) {
    int64_t limit = 0;
    for (; limit < 1'000; limit += 100) {
      FactLoader loader(open_.get(), {limit}, [] { return kNow; });
      const absl::Status status = loader.Snapshot(demand, {}).status();
      if (status.ok()) break;
      EXPECT_EQ(ReasonOf(status), "TOO_MANY_FACTS");
    }
    return limit;
  };
  const TimeRange range{At(0), At(kDay)};
  FactDemand all;
  for (const auto member :
       {&FactDemand::agent_activities, &FactDemand::scheduled_activities, &FactDemand::tickets,
        &FactDemand::costs, &FactDemand::quality_evaluations}) {
    FactDemand one;
    one.*member = all.*member = range;
    EXPECT_EQ(limit_of(one), member == &FactDemand::quality_evaluations ? 300 : 100);
  }
  EXPECT_EQ(limit_of(all), 700);
}

TEST_F(RecordDemandsTest, WhatIsNotAskedForIsNotTouched) {
  RecordBatch batch = BatchOf<InteractionRecord>({MakeInteraction("a")});
  batch.surveys = {MakeSurvey("a", "a")};
  Ingest(batch);
  const auto blocker = OpenSession(database_);
  RunScript(blocker.get(),
            "BEGIN; LOCK TABLE kpid.quality_evaluations, kpid.agent_activities,"
            " kpid.scheduled_activities, kpid.tickets, kpid.costs, kpid.priorities,"
            " kpid.quality_categories, kpid.quality_criteria IN ACCESS EXCLUSIVE MODE");
  FactDemand demand;
  demand.interactions = demand.surveys_by_respond = TimeRange{At(0), At(kDay)};
  metrics::CallLimits limits;
  limits.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const auto snapshot = loader_.Snapshot(demand, limits);  // Would wait.
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ((*snapshot)->interactions().size(), 1u);
  EXPECT_TRUE((*snapshot)->costs().empty() && (*snapshot)->employments().empty());
  RunScript(blocker.get(), "COMMIT");
}

// Each transaction writes one record of each kind for each of 20 days. Whatever is loaded, by
// however many connections, holds whole transactions.
TEST_F(RecordDemandsTest, AllKindsAreOfOneState) {
  constexpr int kDays = 20;
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int round = 0; !done; ++round) {
      RecordBatch batch;
      for (int day = 0; day < kDays; ++day) {
        const std::string id = std::to_string(round) + "/" + std::to_string(day);
        batch.quality_evaluations.push_back(MakeEvaluation(id, "", day * kDay));
        batch.tickets.push_back(MakeTicket(id, day * kDay));
        batch.costs.push_back(MakeCost(id, day * kDay, day * kDay + 1));
      }
      EXPECT_TRUE(store_.Ingest(batch, {}).ok());
    }
  });
  FactDemand demand;
  demand.quality_evaluations = demand.tickets = demand.costs = TimeRange{At(0), At(kDays * kDay)};
  size_t greatest = 0;
  // Ends with enough rounds seen, however slow the writer is.
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const auto goes_on = [&](int load) {
    if (load < 200) return load < 20 || greatest < 20 * kDays;
    return greatest <= kDays && std::chrono::steady_clock::now() < give_up;
  };
  for (int load = 0; goes_on(load); ++load) {
    const auto snapshot = Load(demand);
    const size_t records = snapshot->costs().size();
    EXPECT_EQ(records % kDays, 0u);
    EXPECT_EQ(RowKeys(snapshot->tickets()).size(), records);
    EXPECT_EQ(RowKeys(snapshot->quality_evaluations()).size(), records);
    greatest = std::max(greatest, records);
  }
  done = true;
  writer.join();
  EXPECT_GT(greatest, static_cast<size_t>(kDays));
}

}  // namespace
}  // namespace kpid::storage
