// How fast the engine computes from facts in memory, without gRPC and PostgreSQL: questions A to E
// of the benchmark over one contact centre's year. Checks offered and handled against plain loops.
//
// usage: kpid_evaluate_bench [--rows 1000000] [--threads 1] [--runs 9]
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "metrics/evaluate.h"
#include "metrics/fact_snapshot.h"
#include "tests/bench/centre/centre_data.h"

namespace kpid::bench {
namespace {

using metrics::Code;
using metrics::Duration;
using metrics::Instant;

template <class Message>
Instant InstantOf(const Message& time) {
  return Instant(std::chrono::seconds(time.seconds()));
}

Code NumberOf(const std::string& id) {
  return static_cast<Code>(std::atoi(id.c_str() + id.find_last_of('-') + 1));
}

metrics::InteractionFact FactOf(const v1::Interaction& record, int64_t row_key) {
  metrics::InteractionFact fact;
  fact.row_key = row_key;
  fact.customer = NumberOf(record.customer_id()) + 1;
  fact.agent = NumberOf(record.agent_id());
  fact.queue = NumberOf(record.queue_id());
  fact.channel = static_cast<metrics::Channel>(record.channel());
  fact.outcome = static_cast<metrics::Outcome>(record.outcome());
  fact.transferred = record.transferred();
  fact.arrive = InstantOf(record.arrive_time());
  fact.end = InstantOf(record.end_time());
  if (fact.outcome != metrics::Outcome::kHandled) return fact;
  fact.answer = InstantOf(record.answer_time());
  fact.talk = std::chrono::seconds(record.talk_duration().seconds());
  fact.hold = std::chrono::seconds(record.hold_duration().seconds());
  fact.wrap_up = std::chrono::seconds(record.wrap_up_duration().seconds());
  return fact;
}

std::shared_ptr<const metrics::FactSnapshot> MakeSnapshot(const CentreData& data) {
  metrics::FactSnapshot::Builder builder;
  std::vector<metrics::InteractionFact> facts;
  int64_t day = 0;
  v1::StreamRecord record;
  for (int64_t number = 0; number < data.contacts(); ++number) {
    data.Fill(CentreKind::kContacts, number, &record);
    metrics::InteractionFact fact = FactOf(record.interaction(), number + 1);
    const int64_t fact_day = fact.arrive.time_since_epoch() / std::chrono::days(1);
    if (fact_day != day && !facts.empty()) builder.AddInteractions(std::exchange(facts, {}));
    day = fact_day;
    facts.push_back(std::move(fact));
  }
  builder.AddInteractions(std::move(facts));
  metrics::Dictionaries dictionaries;
  std::vector<metrics::GroupFact> groups;
  std::vector<metrics::MembershipFact> memberships;
  for (int team = 1; team <= data.teams(); ++team) {
    groups.push_back({static_cast<Code>(team), "team", metrics::kNoCode});
  }
  for (int agent = 1; agent <= data.agents(); ++agent) {
    memberships.push_back({static_cast<Code>(agent),
                           static_cast<Code>((agent - 1) / CentreData::kTeamSize + 1),
                           {Instant{}, metrics::kInstantEnd}});
  }
  builder.SetDictionaries(std::move(dictionaries));
  builder.SetRoster({std::move(groups), std::move(memberships)});
  builder.SetDataWatermark(metrics::kInstantEnd);
  return builder.Build();
}

struct EngineQuestion {
  const char* name;
  std::vector<const char*> kpis;
  std::vector<const char*> statistics;
  metrics::DimensionKind dimension;
  int first_day;
  int days;
  metrics::Granularity granularity;
};

metrics::Query QueryOf(const EngineQuestion& question) {
  metrics::Query query;
  for (const char* kpi : question.kpis) {
    for (const char* statistic : question.statistics) {
      metrics::ResolvedKpi resolved;
      const auto problems =
          metrics::ResolveKpi(kpi, std::string(kpi) + statistic,
                              std::map<std::string, std::string>(), statistic, &resolved);
      if (!problems.empty()) std::abort();
      query.kpis.push_back(resolved);
    }
  }
  const Instant year{std::chrono::seconds(CentreData::kStartSeconds)};
  query.range = {year + std::chrono::days(question.first_day),
                 year + std::chrono::days(question.first_day + question.days)};
  query.granularity = question.granularity;
  query.buckets = *metrics::Calendar::Create("UTC")->Buckets(
      query.range, question.granularity, metrics::Weekday::kMonday, metrics::kBucketsMax);
  if (question.dimension != metrics::DimensionKind::kNone) {
    query.group_by.push_back(
        {question.dimension,
         question.dimension == metrics::DimensionKind::kAgentGroup ? "team" : ""});
  }
  query.value_detail = metrics::ValueDetail::kBare;
  return query;
}

// Contacts that arrived in the range.
double Offered(const CentreData& data, const metrics::Query& query) {
  double offered = 0;
  v1::StreamRecord record;
  for (int64_t number = 0; number < data.contacts(); ++number) {
    data.Fill(CentreKind::kContacts, number, &record);
    offered += query.range.Contains(InstantOf(record.interaction().arrive_time()));
  }
  return offered;
}

bool Measure(const EngineQuestion& question, const CentreData& data,
             const metrics::FactSnapshot& snapshot, int threads, int runs) {
  const metrics::Query query = QueryOf(question);
  metrics::EvaluateOptions options;
  options.threads_max = threads;
  options.now = metrics::kInstantEnd;
  std::vector<double> times;
  for (int run = 0; run <= runs; ++run) {
    const auto begin = std::chrono::steady_clock::now();
    const auto result = metrics::Evaluate(query, snapshot, options);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    if (!result.ok()) return false;
    if (run > 0) times.push_back(took.count());  // The first derives the links.
    if (run == 0 && std::string(question.kpis[0]) == "contacts_offered" &&
        result->total[0].value != Offered(data, query)) {
      std::printf("%s: %f contacts offered\n", question.name, *result->total[0].value);
      return false;
    }
  }
  std::sort(times.begin(), times.end());
  std::printf("%-32s %9.3f ms (least %.3f)\n", question.name, times[times.size() / 2], times[0]);
  std::fflush(stdout);
  return true;
}

const std::vector<const char*> kContactKpis = {
    "contacts_offered", "contacts_handled", "contacts_abandoned",      "average_handle_time",
    "service_level",    "transfer_rate",    "first_contact_resolution"};

int Run(int64_t rows, int threads, int runs) {
  using metrics::DimensionKind;
  using metrics::Granularity;
  const CentreData data(rows);
  const auto snapshot = MakeSnapshot(data);
  const EngineQuestion questions[] = {
      {"A 30 days by team and day",
       kContactKpis,
       {""},
       DimensionKind::kAgentGroup,
       151,
       30,
       Granularity::kDay},
      {"C a year by team and month",
       kContactKpis,
       {""},
       DimensionKind::kAgentGroup,
       0,
       365,
       Granularity::kMonth},
      {"D 90 days by queue, percentiles",
       {"average_handle_time", "average_speed_of_answer"},
       {"median", "p90", "p95"},
       DimensionKind::kQueue,
       90,
       90,
       Granularity::kRange},
      {"E a year by agent", kContactKpis, {""}, DimensionKind::kAgent, 0, 365, Granularity::kRange},
      {"T a year, total", kContactKpis, {""}, DimensionKind::kNone, 0, 365, Granularity::kRange},
  };
  std::printf("%ld interactions, %d threads\n", rows, threads);
  for (const EngineQuestion& question : questions) {
    if (!Measure(question, data, *snapshot, threads, runs)) return 1;
  }
  return 0;
}

}  // namespace
}  // namespace kpid::bench

int main(int argc, char** argv) {
  int64_t rows = 1'000'000;
  int threads = 1;
  int runs = 9;
  CLI::App app{"How fast the engine computes from facts in memory"};
  app.add_option("--rows", rows, "Interactions")->check(CLI::Range(1'000, 100'000'000));
  app.add_option("--threads", threads, "Most threads of a question")->check(CLI::Range(1, 64));
  app.add_option("--runs", runs, "Runs a median is of")->check(CLI::Range(1, 1000));
  CLI11_PARSE(app, argc, argv);
  return kpid::bench::Run(rows, threads, runs);
}
