// Every KPI by hand-written SQL on the stored tables (sql/*.sql) against the engine over what the
// loader reads of them: the way of a record and of a question through PostgreSQL, end to end.
//
// sql/<kpi>.sql holds statements, each below a line "-- ask PARAMETERS". They give `value` and
// `samples` of the whole range; grouped by queue, and by team and day, they are run as well. One
// below "-- cells PARAMETERS" gives all cells itself: `level, queue, team, day, value, samples`.
//
// Targets are made around what the statements give, and kpi_achievement.sql judges by that.
//
// The loader alone is held against the reference with random questions, of which each demands
// little of what is stored.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "metrics/calendar.h"
#include "metrics/evaluate.h"
#include "storage/fact_loader.h"
#include "storage/kpi_text.h"
#include "storage/record_store.h"
#include "storage/roster_store.h"
#include "tests/property/random_query.h"
#include "tests/property/random_records.h"
#include "tests/support/answer.h"
#include "tests/support/difference.h"
#include "tests/support/page_kpis.h"
#include "tests/support/test_database.h"

namespace kpid::proof {
namespace {

using metrics::DimensionKind;
using metrics::Instant;
using metrics::Query;
using metrics::Value;

constexpr const char* kZone = "Europe/Amsterdam";
constexpr int kWorlds = 6;
constexpr int kQuestionsPerWorld = 150;

// One statement of a file.
struct Statement {
  KpiRequestText request;
  bool gives_cells = false;
  std::string sql;
  std::string place;  // File and line.
};

std::vector<Statement> ReadStatements(const std::filesystem::path& path) {
  std::vector<Statement> statements;
  std::ifstream in(path);
  int line_number = 0;
  for (std::string line; std::getline(in, line);) {
    ++line_number;
    const bool gives_cells = line.starts_with("-- cells");
    if (!line.starts_with("-- ask") && !gives_cells) {
      statements.back().sql += line + "\n";
      continue;
    }
    Statement& statement = statements.emplace_back();
    statement.gives_cells = gives_cells;
    statement.place = path.filename().string() + ":" + std::to_string(line_number);
    statement.request.id = path.stem().string();
    std::istringstream words(line.substr(std::string("-- ").size()));
    std::string kind;
    words >> kind;
    for (std::string word; words >> word;) {
      const std::string name = word.substr(0, word.find('='));
      const std::string text = word.substr(word.find('=') + 1);
      if (name == "statistic") {
        statement.request.statistic = text;
      } else {
        statement.request.parameters[name] = text;
      }
    }
  }
  return statements;
}

std::vector<Statement> AllStatements() {
  std::vector<Statement> all;
  for (const std::string_view id : kPageKpis) {  // So that none is lost.
    const std::filesystem::path path =
        std::filesystem::path(KPID_SQL_DIR) / (std::string(id) + ".sql");
    const std::vector<Statement> statements = ReadStatements(path);
    EXPECT_FALSE(statements.empty()) << "no statement for " << id;
    all.insert(all.end(), statements.begin(), statements.end());
  }
  return all;
}

// As PostgreSQL reads times.
std::string Timestamp(Instant instant) {
  return "timestamptz 'epoch' + interval '" + std::to_string(instant.time_since_epoch().count()) +
         " microseconds'";
}

// A place of the answer: the level, then queue, team and day ("NULL": none).
enum class Level { kTeamAndDay = 4, kQueue = 3, kTotal = 7 };
using Place = std::tuple<Level, std::string, std::string, std::string>;

struct Number {
  std::optional<double> value;
  int64_t samples = 0;
};

// What the engine says of the cells that it has.
using Answers = std::map<Place, Number>;

bool HasQueues(const metrics::KpiDefinition& kpi) {
  return std::find(kpi.dimensions.begin(), kpi.dimensions.end(), DimensionKind::kQueue) !=
         kpi.dimensions.end();
}

class World {
 public:
  // `targets`: how many random ones are stored.
  World(uint64_t seed, int targets) : choices_(seed) {
    WorldSeeds seeds;
    seeds.world = world_seed_ = choices_.Seed();
    for (int i = 0; i < 150; ++i) seeds.interactions.push_back(choices_.Seed());
    for (int i = 0; i < 80; ++i) seeds.surveys.push_back(choices_.Seed());
    for (int i = 0; i < 14; ++i) seeds.memberships.push_back(choices_.Seed());
    for (int i = 0; i < 40; ++i) seeds.evaluations.push_back(choices_.Seed());
    for (int i = 0; i < 100; ++i) seeds.activities.push_back(choices_.Seed());
    for (int i = 0; i < 60; ++i) seeds.plans.push_back(choices_.Seed());
    for (int i = 0; i < 80; ++i) seeds.tickets.push_back(choices_.Seed());
    for (int i = 0; i < 30; ++i) seeds.costs.push_back(choices_.Seed());
    for (int i = 0; i < 5; ++i) seeds.agents.push_back(choices_.Seed());
    for (int i = 0; i < targets; ++i) seeds.targets.push_back(choices_.Seed());
    records_ = MakeRecords(seeds);
    for (storage::InteractionRecord& record : records_.interactions) {
      // Cases of few contacts: most of many go on or began before.
      if (!record.case_id.empty()) record.case_id = "m" + std::to_string(choices_.Below(60));
      // The server stores what is not given so.
      if (record.direction == metrics::Direction::kNone) {
        record.direction = metrics::Direction::kInbound;
      }
    }
    StoreRoster();
    StoreRecords();
    // The world's first day is left out, so that not all is in the range.
    const Instant start = WorldStart(seeds.world);
    const std::chrono::year_month_day first(std::chrono::floor<std::chrono::days>(start) +
                                            std::chrono::days(1));
    const metrics::CivilDay day{static_cast<int>(first.year()),
                                static_cast<int>(static_cast<unsigned>(first.month())),
                                static_cast<int>(static_cast<unsigned>(first.day()))};
    range_ = {calendar_.DayStart(day), start + std::chrono::days(kWorldDays + 3)};
    PrepareQuestion();
  }

  // What is stored, in the order of its row keys.
  Records Stored() const {
    Records stored = records_;
    stored.latest_arrive.reset();
    stored.interactions = InRowOrder(records_.interactions, "interactions", "interaction_id",
                                     &storage::InteractionRecord::interaction_id);
    stored.activities = InRowOrder(records_.activities, "agent_activities", "activity_id",
                                   &storage::AgentActivityRecord::activity_id);
    stored.plans = InRowOrder(records_.plans, "scheduled_activities", "schedule_id",
                              &storage::ScheduledActivityRecord::schedule_id);
    return stored;
  }

  // A random question about a few KPIs.
  Question RandomQuestion() {
    std::vector<uint64_t> kpis(1 + choices_.Below(2));
    for (uint64_t& kpi : kpis) kpi = choices_.Seed();
    return MakeQuestion(kpis, choices_.Seed(), world_seed_);
  }

  Query QueryOf(const std::vector<Statement>& statements,
                std::vector<metrics::Dimension> group_by) const {
    Query query;
    for (const Statement& statement : statements) {
      const KpiRequestText& request = statement.request;
      const auto problems = metrics::ResolveKpi(request.id, "", request.parameters,
                                                request.statistic, &query.kpis.emplace_back());
      EXPECT_TRUE(problems.empty()) << statement.place << ": " << problems[0].description;
    }
    query.range = range_;
    query.time_zone = kZone;
    query.granularity = metrics::Granularity::kDay;
    query.buckets =
        calendar_
            .Buckets(range_, query.granularity, metrics::Weekday::kMonday, metrics::kBucketsMax)
            .value();
    query.group_by = std::move(group_by);
    return query;
  }

  // The engine's answer over the facts that the loader reads for the question.
  metrics::Result Evaluated(const Query& query, Instant now = metrics::kInstantEnd) {
    const auto snapshot = Loaded(query);
    const auto widened = Widened(query, *snapshot);
    EXPECT_TRUE(widened.ok()) << widened.status();
    metrics::EvaluateOptions options;
    options.now = now;
    auto result = Answered(query, *Loaded(*widened), options);
    EXPECT_TRUE(result.ok()) << result.status();
    return *std::move(result);
  }

  std::vector<Answers> EngineAnswers(const std::vector<Statement>& statements) {
    std::vector<Answers> answers(statements.size());
    const auto number = [](const Value& value) { return Number{value.value, value.sample_count}; };
    const Query by_queue = QueryOf(statements, {{DimensionKind::kQueue, ""}});
    const metrics::Result queues = Evaluated(by_queue);
    for (size_t k = 0; k < statements.size(); ++k) {
      answers[k][{Level::kTotal, "NULL", "NULL", "NULL"}] = number(queues.total[k]);
      for (const metrics::Slice& slice : queues.slices) {
        answers[k][{Level::kQueue, NameOf(slice), "NULL", "NULL"}] = number(slice.total[k]);
      }
    }
    const Query by_team = QueryOf(statements, {{DimensionKind::kAgentGroup, "team"}});
    const metrics::Result teams = Evaluated(by_team);
    for (const metrics::Slice& slice : teams.slices) {
      for (size_t i = 0; i < slice.series.size(); ++i) {
        const size_t bucket = i / statements.size();
        const Place place{Level::kTeamAndDay, "NULL", NameOf(slice),
                          std::to_string(by_team.buckets[bucket].start.time_since_epoch().count())};
        answers[i % statements.size()][place] = number(slice.series[i]);
      }
    }
    return answers;
  }

  // A statement's rows. One without a row has no value, or counts 0.
  Answers SqlAnswers(const Statement& statement) {
    const std::string day_start = "(extract(epoch FROM day::timestamp AT TIME ZONE '" +
                                  std::string(kZone) + "') * 1000000)::bigint, ";
    std::string sql = statement.sql;
    if (statement.gives_cells) {
      sql =
          "SELECT level, queue, team, " + day_start + "value, samples FROM (" + sql + ") AS cells";
      return AnswersOf(sql);
    }
    const size_t select = sql.find("SELECT ");
    sql.insert(select + std::string("SELECT ").size(),
               "grouping(queue, team, day), queue, team, " + day_start);
    sql += " GROUP BY GROUPING SETS ((), (queue), (team, day))";
    return AnswersOf(sql);
  }

  // Stores targets for a KPI, around what it is in all, and for kpi_achievement.sql what it is in
  // every cell.
  void SetGoals(const Statement& statement, const Answers& measured) {
    const metrics::KpiDefinition& kpi = *metrics::FindKpi(statement.request.id);
    const auto total = measured.find({Level::kTotal, "NULL", "NULL", "NULL"});
    const double value = total == measured.end() ? 0 : total->second.value.value_or(50);
    storage::RecordBatch batch;
    for (int i = 0; i < 5; ++i) batch.targets.push_back(AnyTarget(statement.request, value));
    Store(batch);

    const std::string key = "'" + statement.request.id + "', '" +
                            storage::ParametersJson(statement.request.parameters) + "', '" +
                            statement.request.statistic + "'";
    const std::string better = kpi.better == metrics::BetterDirection::kUp     ? "up"
                               : kpi.better == metrics::BetterDirection::kDown ? "down"
                                                                               : "band";
    std::string sql = "INSERT INTO goal_kpis VALUES (" + key + ", '" + better + "', " +
                      (kpi.unit == metrics::Unit::kCount ? "true" : "false") + ", " +
                      (HasQueues(kpi) ? "true" : "false") + ");";
    for (const auto& [place, number] : measured) {
      const auto& [level, queue, team, day] = place;
      const auto text = [](const std::string& name) {
        return name == "NULL" ? name : "'" + name + "'";
      };
      std::ostringstream row;
      row.precision(17);
      row << "INSERT INTO measured VALUES (" << key << ", " << static_cast<int>(level) << ", "
          << text(queue) << ", " << text(team) << ", ";
      if (day == "NULL") {
        row << "NULL, ";
      } else {
        row << "day_of(timestamptz 'epoch' + interval '" << day << " microseconds'), ";
      }
      if (number.value.has_value()) {
        row << *number.value << ");";
      } else {
        row << "NULL);";
      }
      sql += row.str();
    }
    database_.Run(sql);
  }

 private:
  // The facts that a question needs.
  std::shared_ptr<const metrics::FactSnapshot> Loaded(const Query& query) {
    const auto snapshot = loader_.Snapshot(metrics::DemandOf(query), {});
    EXPECT_TRUE(snapshot.ok()) << snapshot.status();
    return *snapshot;
  }

  // A target for values near `value`, never just that: met by some cells and missed by others.
  storage::TargetRecord AnyTarget(const KpiRequestText& request, double value) {
    storage::TargetRecord target;
    target.target_id = "goal" + std::to_string(++goals_);
    target.kpi = {request.id, request.parameters, request.statistic};
    target.scope = choices_.Of(std::vector{metrics::TargetScope::kAll, metrics::TargetScope::kQueue,
                                           metrics::TargetScope::kGroup});
    if (target.scope == metrics::TargetScope::kQueue) {
      target.scope_id = choices_.Of(std::vector<std::string>{"q1", "q2"});
    } else if (target.scope == metrics::TargetScope::kGroup) {
      target.scope_id = choices_.Of(records_.groups).group_id;
    }
    const auto near = [&] {
      return value * choices_.Of(std::vector<double>{0.301, 0.801, 0.951, 1.051, 1.301});
    };
    target.target_value = near();
    const metrics::KpiDefinition& kpi = *metrics::FindKpi(request.id);
    if (kpi.better != metrics::BetterDirection::kUp &&
        kpi.better != metrics::BetterDirection::kDown) {
      target.band_end_value = std::max(target.target_value, near());
    }
    if (kpi.unit == metrics::Unit::kMoney) {
      target.currency_code = choices_.Percent(85) ? "EUR" : "USD";
    }
    target.weight_thousandths = choices_.Of(std::vector<int64_t>{1'000, 1'000, 2'500, 1});
    const Instant start = range_.start + std::chrono::days(choices_.Below(8));
    if (choices_.Percent(40)) target.start = start;
    if (choices_.Percent(40)) target.end = start + std::chrono::days(choices_.Below(6));
    return target;
  }

  // Rows of level, queue, team, start of the day, value and samples.
  Answers AnswersOf(const std::string& sql) {
    Answers answers;
    for (const std::vector<std::string>& row : database_.Run(sql)) {
      const Place place{static_cast<Level>(std::stoi(row[0])), row[1], row[2], row[3]};
      Number& number = answers[place];
      if (row[4] != "NULL") number.value = std::stod(row[4]);
      number.samples = std::stoll(row[5]);
    }
    return answers;
  }

  template <typename Record>
  std::vector<Record> InRowOrder(const std::vector<Record>& records, const std::string& table,
                                 const std::string& column, std::string Record::*id) const {
    std::map<std::string, Record> by_id;
    for (const Record& record : records) by_id[record.*id] = record;
    std::vector<Record> ordered;
    for (const auto& row :
         database_.Run("SELECT " + column + " FROM kpid." + table + " ORDER BY row_key")) {
      ordered.push_back(by_id.at(row[0]));
    }
    return ordered;
  }

  static std::string NameOf(const metrics::Slice& slice) {
    return slice.dimensions[0].missing ? "NULL" : slice.dimensions[0].value;
  }

  // Amid the world, so that some activities without end last and some do not begin.
  Instant Watermark() const { return WorldStart(world_seed_) + std::chrono::days(5); }

  void StoreRoster() {
    storage::RosterStore roster(open_.get());
    const auto groups = roster.UpsertAgentGroups(records_.groups, {});
    ASSERT_TRUE(groups.ok() && groups->problems.empty()) << groups.status();
    const auto agents = roster.UpsertAgents(records_.agents, {});
    ASSERT_TRUE(agents.ok() && agents->problems.empty()) << agents.status();
    const auto memberships = roster.UpsertMemberships(records_.memberships, {});
    ASSERT_TRUE(memberships.ok() && memberships->problems.empty()) << memberships.status();
  }

  // In random order and batches; some first wrong, then corrected.
  void StoreRecords() {
    using Batch = storage::RecordBatch;
    std::vector<std::function<void(Batch&)>> steps;
    const auto add = [&](const auto& records, auto Batch::*kind) {
      for (const auto& record : records) {
        steps.push_back([&record, kind](Batch& batch) { (batch.*kind).push_back(record); });
      }
    };
    add(records_.interactions, &Batch::interactions);
    add(records_.surveys, &Batch::surveys);
    add(records_.evaluations, &Batch::quality_evaluations);
    add(records_.activities, &Batch::agent_activities);
    add(records_.plans, &Batch::scheduled_activities);
    add(records_.tickets, &Batch::tickets);
    add(records_.costs, &Batch::costs);
    add(records_.targets, &Batch::targets);
    for (size_t i = steps.size(); i > 1; --i) std::swap(steps[i - 1], steps[choices_.Below(i)]);
    Batch batch;
    Batch wrong;
    for (const auto& step : steps) {
      step(batch);
      if (choices_.Percent(20)) {
        step(wrong);
        Spoil(wrong);
      }
      if (!choices_.Percent(5)) continue;
      Store(wrong);
      Store(batch);
      wrong = {};
      batch = {};
    }
    Store(wrong);
    Store(batch);
  }

  // Makes the last record of each kind another one with the same id.
  static void Spoil(storage::RecordBatch& batch) {
    if (!batch.interactions.empty()) {
      batch.interactions.back().queue_id = "wrong";
      batch.interactions.back().agent_id = "a4";
      batch.interactions.back().customer_id = "c4";
    }
    if (!batch.quality_evaluations.empty()) {
      batch.quality_evaluations.back().items[0].category = "wrong";
      batch.quality_evaluations.back().items[0].maximum_thousandths = 77'000;
    }
    if (!batch.agent_activities.empty()) batch.agent_activities.back().agent_id = "a4";
    if (!batch.scheduled_activities.empty()) batch.scheduled_activities.back().agent_id = "a4";
    if (!batch.tickets.empty()) batch.tickets.back().queue_id = "wrong";
    if (!batch.targets.empty()) batch.targets.back().target_value += 1;
    if (!batch.costs.empty()) batch.costs.back().amount.micros += 5'000'000;
  }

  void Store(const storage::RecordBatch& batch) {
    const auto outcome = store_.Ingest(batch, {});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    ASSERT_TRUE(outcome->costs_of_unknown_group.empty());
  }

  void PrepareQuestion() {
    std::ifstream in(std::filesystem::path(KPID_SQL_DIR) / "views.sql");
    std::ostringstream views;
    views << in.rdbuf();
    database_.Run(views.str());
    database_.Run("INSERT INTO question VALUES (" + Timestamp(range_.start) + ", " +
                  Timestamp(range_.end) + ", '" + kZone + "', 'infinity', " +
                  Timestamp(Watermark()) + ");" +
                  "REFRESH MATERIALIZED VIEW days; REFRESH MATERIALIZED VIEW all_moments;"
                  "REFRESH MATERIALIZED VIEW moments; ANALYZE");
  }

  Choices choices_;
  uint64_t world_seed_ = 0;
  int goals_ = 0;
  Records records_;
  test_support::TestDatabase database_;
  std::unique_ptr<storage::Database> open_ = database_.Open();
  storage::RecordStore store_{open_.get()};
  storage::FactLoader loader_{open_.get(), {}, [this] { return Watermark(); }};
  metrics::Calendar calendar_ = metrics::Calendar::Create(kZone).value();
  metrics::TimeRange range_;
};

std::string Text(const Place& place) {
  const auto& [level, queue, team, day] = place;
  if (level == Level::kTotal) return "total";
  if (level == Level::kQueue) return "queue " + queue;
  return "team " + team + ", day from " + day;
}

bool Same(const Number& a, const Number& b) {
  if (a.samples != b.samples || a.value.has_value() != b.value.has_value()) return false;
  return !a.value.has_value() ||
         std::abs(*a.value - *b.value) <=
             1e-9 * std::max({1e-6, std::abs(*a.value), std::abs(*b.value)});
}

std::string Text(const Number& number) {
  std::ostringstream out;
  out.precision(17);
  if (number.value.has_value()) {
    out << *number.value;
  } else {
    out << "no value";
  }
  out << " of " << number.samples;
  return out.str();
}

// Money in any currency has no target, as the statements do not give its currency; nor has a KPI
// another one with which it is the same when it is resolved.
bool MayHaveGoals(const Statement& statement, std::set<std::string>& seen) {
  metrics::ResolvedKpi kpi;
  metrics::ResolveKpi(statement.request.id, "", statement.request.parameters,
                      statement.request.statistic, &kpi);
  if (kpi.unit == metrics::Unit::kMoney && !statement.request.parameters.contains("currency")) {
    return false;
  }
  std::string text = statement.request.id + metrics::StatisticText(kpi.statistic);
  for (const auto& [name, value] : kpi.parameters) text += "," + metrics::ParameterText(value);
  return seen.insert(text).second;
}

// Answers of all statements. Targets come up with those that kpi_achievement's are made from.
std::vector<Answers> SqlAnswers(World& world, const std::vector<Statement>& statements) {
  std::vector<Answers> answers;
  std::set<std::string> with_goals;
  for (const Statement& statement : statements) {
    answers.push_back(world.SqlAnswers(statement));
    if (statement.request.id == "kpi_achievement") continue;  // The last of all.
    if (MayHaveGoals(statement, with_goals)) world.SetGoals(statement, answers.back());
  }
  return answers;
}

TEST(SqlTest, EveryKpiIsWhatSqlSays) {
  const std::vector<Statement> statements = AllStatements();
  std::vector<int64_t> with_value(statements.size());
  for (uint64_t seed = 1; seed <= kWorlds; ++seed) {
    World world(seed, /*targets=*/0);
    if (HasFatalFailure()) return;
    const std::vector<Answers> all_sql = SqlAnswers(world, statements);
    const std::vector<Answers> engine = world.EngineAnswers(statements);
    for (size_t k = 0; k < statements.size(); ++k) {
      const std::string place = "world " + std::to_string(seed) + ", " + statements[k].place;
      const metrics::KpiDefinition& kpi = *metrics::FindKpi(statements[k].request.id);
      const bool is_count = kpi.unit == metrics::Unit::kCount;
      const Answers& sql = all_sql[k];
      for (const auto& [cell, number] : sql) {
        if (std::get<Level>(cell) == Level::kQueue && !HasQueues(kpi)) continue;
        EXPECT_TRUE(engine[k].contains(cell)) << place << ": the engine lacks " << Text(cell);
      }
      for (const auto& [cell, number] : engine[k]) {
        if (std::get<Level>(cell) == Level::kQueue && !HasQueues(kpi)) continue;
        const auto row = sql.find(cell);
        const Number nothing{is_count ? std::optional<double>(0) : std::nullopt, 0};
        const Number& expected = row == sql.end() ? nothing : row->second;
        EXPECT_TRUE(Same(number, expected)) << place << ", " << Text(cell) << ": engine "
                                            << Text(number) << ", SQL " << Text(expected);
        if (row != sql.end() && expected.value.has_value()) ++with_value[k];
      }
    }
  }
  for (size_t k = 0; k < statements.size(); ++k) {  // The worlds are not empty.
    EXPECT_GE(with_value[k], kWorlds) << statements[k].place << " has hardly a value";
  }
}

TEST(SqlTest, LoadedFactsGiveTheAnswerOfAll) {
  for (uint64_t seed = 1; seed <= kWorlds; ++seed) {
    World world(seed, /*targets=*/40);
    if (HasFatalFailure()) return;
    Records records = world.Stored();
    ASSERT_FALSE(records.interactions.empty());
    for (int i = 0; i < kQuestionsPerWorld; ++i) {
      const Question question = world.RandomQuestion();
      const metrics::Result engine = world.Evaluated(question.query, question.now);
      records.data_watermark = engine.data_watermark;
      const auto difference = Difference(question.query, engine,
                                         ReferenceEvaluate(question.query, records, question.now));
      ASSERT_FALSE(difference.has_value()) << *difference << SceneText(records, question);
    }
  }
}

}  // namespace
}  // namespace kpid::proof
