// How fast the engine computes from facts in memory, without gRPC and PostgreSQL: the questions of
// the benchmark over one contact centre's year. Beside each time is how long one thread takes to
// add up as many bytes as the question's columns have, measured in the same run; and totals are
// checked against plain loops over the records.
//
// usage: kpid_evaluate_bench [--rows 1000000] [--threads 1] [--runs 9] [--only C] [--store]
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "metrics/agent_timelines.h"
#include "metrics/contact_links.h"
#include "metrics/evaluate.h"
#include "metrics/fact_snapshot.h"
#include "metrics/survey_columns.h"
#include "metrics/ticket_columns.h"
#include "tests/bench/centre/centre_data.h"
#include "tests/bench/centre/centre_snapshot.h"

namespace kpid::bench {
namespace {

using metrics::Column;
using metrics::ColumnSet;
using metrics::DimensionKind;
using metrics::FactSnapshot;
using metrics::Granularity;
using metrics::Instant;
using metrics::Query;
using metrics::Result;
using metrics::SetOf;
using metrics::TimeRange;

// What a question must read.
struct Bytes {
  ColumnSet contacts = 0;
  ColumnSet surveys = 0;
  ColumnSet tickets = 0;
  bool timelines = false;
};

struct EngineQuestion {
  const char* name;
  std::vector<const char*> kpis;
  std::vector<const char*> statistics;
  DimensionKind dimension;
  int first_day;
  int days;
  Granularity granularity;
  Bytes bytes;
  const char* agent = nullptr;  // The only one asked about.
};

Query QueryOf(const EngineQuestion& question) {
  Query query;
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
  if (question.dimension != DimensionKind::kNone) {
    query.group_by.push_back(
        {question.dimension, question.dimension == DimensionKind::kAgentGroup ? "team" : ""});
  }
  if (question.agent != nullptr) {
    metrics::Filter& filter = query.filters.emplace_back();
    filter.dimension.kind = DimensionKind::kAgent;
    filter.values.emplace_back(question.agent);
  }
  query.value_detail = metrics::ValueDetail::kBare;
  return query;
}

// Bytes of some columns of the rows whose time is in a range.
size_t BytesOf(const auto& chunks, ColumnSet columns, Column time, const TimeRange& range) {
  size_t bytes = 0;
  for (const auto& chunk : chunks) {
    std::vector<int64_t> times(chunk->size());
    chunk->column(time).Decode(0, times.size(), times.data());
    const auto rows = std::count_if(times.begin(), times.end(), [&](int64_t t) {
      return range.Contains(Instant(metrics::Duration(t)));
    });
    for (size_t i = 0; i < metrics::kColumnCount; ++i) {
      const Column column = static_cast<Column>(i);
      if ((columns & metrics::Bit(column)) == 0) continue;
      bytes += static_cast<size_t>(rows * chunk->column(column).width());
    }
  }
  return bytes;
}

size_t LinkBytes(const FactSnapshot& snapshot, const TimeRange& range) {
  size_t bytes = 0;
  const auto& gaps = snapshot.links().column(Column::kRepeatGap);
  for (size_t i = 0; i < gaps.size(); ++i) {
    const int64_t day = snapshot.interactions()[i]->column(Column::kArrive).minimum();
    if (!range.Contains(Instant(metrics::Duration(day)))) continue;
    bytes += snapshot.interactions()[i]->size() * static_cast<size_t>(gaps[i].width());
  }
  return bytes;
}

size_t BytesOf(const EngineQuestion& question, const Query& query, const FactSnapshot& snapshot) {
  const Bytes& read = question.bytes;
  size_t bytes = BytesOf(snapshot.interactions(), read.contacts, Column::kArrive, query.range) +
                 BytesOf(snapshot.surveys().chunks(), read.surveys, Column::kRespond, query.range) +
                 BytesOf(snapshot.tickets().chunks(), read.tickets, Column::kOpen, query.range);
  if ((read.contacts & metrics::Bit(Column::kRepeatGap)) != 0) {
    bytes += LinkBytes(snapshot, query.range);
  }
  if (!read.timelines) return bytes;
  for (metrics::Code agent = 0; agent < snapshot.activities().agents(); ++agent) {
    for (const auto* lines : {&snapshot.activities(), &snapshot.plans()}) {
      bytes += lines->Of(agent, query.range).size() * sizeof(metrics::AgentSpan);
    }
  }
  return bytes;
}

// Milliseconds that one thread takes to add up as many bytes.
double BoundOf(size_t bytes) {
  std::vector<uint64_t> words(bytes / sizeof(uint64_t) + 1, 1);
  double least = 1e9;
  for (int run = 0; run < 5; ++run) {
    const auto begin = std::chrono::steady_clock::now();
    volatile uint64_t sum = std::accumulate(words.begin(), words.end(), uint64_t{0});
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    if (sum != words.size()) std::abort();
    least = std::min(least, took.count());
  }
  return least;
}

// Totals by plain loops over the records.
class PlainTotals {
 public:
  PlainTotals(const CentreData& data, const EngineQuestion& question, const Query& query)
      : data_(data), question_(question), range_(query.range) {}

  // Absent where it knows no way to compute the KPI.
  std::optional<double> Of(const metrics::ResolvedKpi& kpi) const {
    const std::string id(kpi.definition->id);
    if (id == "csat") return Csat();
    if (id == "occupancy") return Occupancy();
    if (id == "ticket_backlog") return Backlog();
    const std::vector<double> handle_times = HandleTimes();
    if (id == "contacts_handled") return handle_times.size();
    if (id != "average_handle_time") return std::nullopt;
    if (kpi.statistic.kind == metrics::Statistic::Kind::kPercentile) {
      const double rank = std::ceil(kpi.statistic.percentile * handle_times.size() / 100.0);
      return handle_times[static_cast<size_t>(rank) - 1];
    }
    return std::accumulate(handle_times.begin(), handle_times.end(), 0.0) / handle_times.size();
  }

 private:
  // In ascending order.
  std::vector<double> HandleTimes() const {
    std::vector<double> seconds;
    for (int64_t number = 0; number < data_.contacts(); ++number) {
      const metrics::InteractionFact fact = ContactFactOf(data_, number);
      const bool asked = question_.agent == nullptr ||
                         fact.agent == static_cast<metrics::Code>(std::atoi(question_.agent + 6));
      if (!asked || !range_.Contains(fact.arrive) || !fact.talk.has_value()) continue;
      seconds.push_back(static_cast<double>((*fact.talk + *fact.hold + *fact.wrap_up).count()) /
                        1e6);
    }
    std::sort(seconds.begin(), seconds.end());
    return seconds;
  }

  double Csat() const {
    double answers = 0;
    double satisfied = 0;
    for (int64_t number = 0; number < data_.Count(CentreKind::kSurveys); ++number) {
      const metrics::SurveyFact fact = SurveyFactOf(data_, number);
      if (fact.kind != metrics::SurveyKind::kCsat || !range_.Contains(*fact.respond)) continue;
      ++answers;
      satisfied += *fact.score_thousandths >= 4'000;
    }
    return 100 * satisfied / answers;
  }

  double Occupancy() const {
    int64_t busy = 0;
    int64_t all = 0;
    for (int64_t number = 0; number < data_.Count(CentreKind::kStates); ++number) {
      const metrics::AgentActivityFact fact = StateFactOf(data_, number);
      const bool waiting = fact.state == metrics::AgentState::kAvailable;
      const bool working = waiting || fact.state == metrics::AgentState::kHandling ||
                           fact.state == metrics::AgentState::kWrapUp;
      if (!working || !range_.Contains(fact.start)) continue;
      const int64_t length = (*fact.end - fact.start).count();
      all += length;
      busy += waiting ? 0 : length;
    }
    return 100 * static_cast<double>(busy) / static_cast<double>(all);
  }

  double Backlog() const {
    double open = 0;
    for (int64_t number = 0; number < data_.Count(CentreKind::kTickets); ++number) {
      const metrics::TicketFact fact = TicketFactOf(data_, number);
      open += fact.open < range_.end &&
              (!fact.last_resolve.has_value() || *fact.last_resolve >= range_.end);
    }
    return open;
  }

  const CentreData& data_;
  const EngineQuestion& question_;
  const TimeRange range_;
};

bool IsNear(double a, double b) { return std::abs(a - b) <= 1e-9 * std::max(1.0, std::abs(b)); }

// Whether totals are those of plain loops, and counts of slices and buckets add up to them.
bool IsRight(const PlainTotals& plain, const Query& query, const Result& result) {
  for (size_t k = 0; k < query.kpis.size(); ++k) {
    const std::string name = query.kpis[k].name;
    const double total = result.total[k].value.value_or(-1);
    if (const auto expected = plain.Of(query.kpis[k]); expected && !IsNear(total, *expected)) {
      std::printf("%s: %.17g, not %.17g\n", name.c_str(), total, *expected);
      return false;
    }
    if (!query.kpis[k].definition->id.starts_with("contacts_") || result.slices.empty()) continue;
    double of_slices = 0;
    for (const metrics::Slice& slice : result.slices) {
      for (size_t i = k; i < slice.series.size(); i += query.kpis.size()) {
        of_slices += *slice.series[i].value;
      }
    }
    if (of_slices == total) continue;
    std::printf("%s: slices have %f of %f\n", name.c_str(), of_slices, total);
    return false;
  }
  return true;
}

template <class Values>
bool IsSame(const Values& a, const Values& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.value == y.value && x.no_value_reason == y.no_value_reason;
  });
}

bool IsSame(const Result& a, const Result& b) {
  return IsSame(a.total, b.total) &&
         std::equal(a.slices.begin(), a.slices.end(), b.slices.begin(), b.slices.end(),
                    [](const metrics::Slice& x, const metrics::Slice& y) {
                      return x.dimensions == y.dimensions && IsSame(x.total, y.total) &&
                             IsSame(x.series, y.series);
                    });
}

bool Measure(const EngineQuestion& question, const CentreData& data, const FactSnapshot& snapshot,
             int threads, int runs) {
  const Query query = QueryOf(question);
  metrics::EvaluateOptions options;
  options.now = metrics::kInstantEnd;
  options.threads_max = threads == 1 ? 4 : 1;
  // The first derives the links.
  const auto other = metrics::Evaluate(query, snapshot, options);
  if (!other.ok() || !IsRight(PlainTotals(data, question, query), query, *other)) return false;
  options.threads_max = threads;
  std::vector<double> times;
  for (int run = 0; run < runs; ++run) {
    const auto begin = std::chrono::steady_clock::now();
    const auto result = metrics::Evaluate(query, snapshot, options);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    if (!result.ok()) return false;
    times.push_back(took.count());
    if (run == 0 && !IsSame(*result, *other)) {
      std::printf("%s: differs with the number of threads\n", question.name);
      return false;
    }
  }
  std::sort(times.begin(), times.end());
  const size_t bytes = BytesOf(question, query, snapshot);
  const double bound = BoundOf(bytes);
  const double median = times[times.size() / 2];
  std::printf("%-40s %9.3f ms (least %9.3f) %8.2f MB, bound %7.3f ms, %6.1f times\n", question.name,
              median, times[0], static_cast<double>(bytes) / 1e6, bound, times[0] / bound);
  std::fflush(stdout);
  return true;
}

const std::vector<const char*> kContactKpis = {"contacts_offered",
                                               "contacts_handled",
                                               "contacts_abandoned",
                                               "average_handle_time",
                                               "service_level",
                                               "transfer_rate",
                                               "first_contact_resolution",
                                               "csat",
                                               "nps"};
const std::vector<const char*> kAgentKpis = {"contacts_offered", "contacts_handled",
                                             "average_handle_time", "service_level"};

std::vector<EngineQuestion> Questions() {
  const std::vector<const char*> plain = {""};
  std::vector<const char*> twelve = kContactKpis;
  for (const char* kpi : {"average_talk_time", "average_hold_time", "average_wrap_up_time"}) {
    twelve.push_back(kpi);
  }
  constexpr ColumnSet kFew = SetOf(Column::kAgent, Column::kStatus, Column::kHandle, Column::kWait);
  constexpr ColumnSet kMany = kFew | SetOf(Column::kMarks, Column::kRepeatGap);
  constexpr ColumnSet kSurveys =
      SetOf(Column::kAgent, Column::kStatus, Column::kScore, Column::kScaleMaximum);
  const Bytes many{.contacts = kMany, .surveys = kSurveys};
  const Bytes all{.contacts = kMany | SetOf(Column::kTalk, Column::kHold, Column::kWrapUp),
                  .surveys = kSurveys};
  const DimensionKind team = DimensionKind::kAgentGroup;
  return {
      {"A 30 days by team and day", kContactKpis, plain, team, 151, 30, Granularity::kDay, many},
      {"B one agent, 7 days by hour",
       kAgentKpis,
       plain,
       DimensionKind::kNone,
       151,
       7,
       Granularity::kHour,
       {.contacts = SetOf(Column::kAgent)},
       "agent-17"},
      {"C a year by team and month", kContactKpis, plain, team, 0, 365, Granularity::kMonth, many},
      {"D 90 days by queue, percentiles",
       {"average_handle_time", "average_speed_of_answer"},
       {"median", "p90", "p95"},
       DimensionKind::kQueue,
       90,
       90,
       Granularity::kRange,
       {.contacts = SetOf(Column::kQueue, Column::kStatus, Column::kHandle, Column::kWait)}},
      {"E a year by agent", kContactKpis, plain, DimensionKind::kAgent, 0, 365, Granularity::kRange,
       many},
      {"F 30 days of states by team and day",
       {"occupancy", "schedule_adherence"},
       plain,
       team,
       151,
       30,
       Granularity::kDay,
       {.timelines = true}},
      {"G a year by day, backlog",
       {"ticket_backlog"},
       plain,
       DimensionKind::kNone,
       0,
       365,
       Granularity::kDay,
       {.tickets = SetOf(Column::kOpen, Column::kFinished)}},
      {"H a month by agent, 12 KPIs", twelve, plain, DimensionKind::kAgent, 151, 30,
       Granularity::kRange, all},
      {"T a year, total",
       kContactKpis,
       plain,
       DimensionKind::kNone,
       0,
       365,
       Granularity::kRange,
       {.contacts = kMany & ~metrics::Bit(Column::kAgent),
        .surveys = kSurveys & ~metrics::Bit(Column::kAgent)}},
  };
}

// A snapshot of a store that keeps the links which questions need.
std::shared_ptr<const FactSnapshot> StoredSnapshot(const CentreData& data) {
  metrics::FactStore store({});
  Fill(data, &store);
  store.Current()->links().column(Column::kRepeatGap);
  metrics::FactChanges nothing;
  nothing.data_watermark = metrics::kInstantEnd;
  store.Apply(std::move(nothing));
  return store.Current();
}

int Run(int64_t rows, int threads, int runs, const std::string& only, bool stored) {
  const CentreData data(rows);
  const auto snapshot = stored ? StoredSnapshot(data) : SnapshotOf(data);
  std::printf("%ld interactions, %d threads\n", rows, threads);
  for (const EngineQuestion& question : Questions()) {
    if (only.find(question.name[0]) == std::string::npos && !only.empty()) continue;
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
  std::string only;
  bool stored = false;
  CLI::App app{"How fast the engine computes from facts in memory"};
  app.add_option("--rows", rows, "Interactions")->check(CLI::Range(1'000, 100'000'000));
  app.add_option("--threads", threads, "Most threads of a question")->check(CLI::Range(1, 64));
  app.add_option("--runs", runs, "Runs a median is of")->check(CLI::Range(1, 100'000));
  app.add_option("--only", only, "First letters of the questions; all by default");
  app.add_flag("--store", stored, "Facts in a store that follows changes");
  CLI11_PARSE(app, argc, argv);
  return kpid::bench::Run(rows, threads, runs, only, stored);
}
