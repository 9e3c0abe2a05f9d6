// kpid beside the systems that users would pick instead: the same rows, the same questions, the
// same machine, one run. Checks that all answers agree.
//
// One contact centre's year goes through gRPC into an embedded cluster (fsync on). Then eight
// questions go to kpid, to hand-written SQL over wide tables in the same PostgreSQL, and, where
// deploy/bench has fetched them, to DuckDB and ClickHouse.
//
// usage: kpid_bench --kpid PROGRAM [--rows 10000000] [--runs 5] [--peers FOLDER]
//                   [--peer-script FILE] [--ingest-ratio X] [--core-ratio X] [--json FILE]
//                   [--smaller FILE] [--check-only] [--load-only]
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "storage/embedded_cluster.h"
#include "storage/migrations.h"
#include "tests/bench/centre/bare_copy.h"
#include "tests/bench/centre/centre_data.h"
#include "tests/bench/centre/centre_ingest.h"
#include "tests/bench/centre/column_peer.h"
#include "tests/bench/centre/feed_lag.h"
#include "tests/bench/centre/kpid_peer.h"
#include "tests/bench/centre/postgres_peer.h"
#include "tests/bench/centre/questions.h"
#include "tests/bench/centre/report.h"
#include "tests/bench/centre/resident_memory.h"
#include "tests/bench/centre/visibility.h"
#include "tests/bench/server_process.h"
#include "tests/bench/temporary_folder.h"

namespace kpid::bench {
namespace {

constexpr int kStreams = 4;
constexpr int kManyClients = 16;
constexpr int kEchoRuns = 200;

// A question is asked of all systems in turn, several times over, so that what the machine does
// beside them for a while is not borne by one.
constexpr int kAskRounds = 3;

// What answers in milliseconds is asked for as long as that, and not only so many times: otherwise
// what its neighbours left behind (busy threads, empty caches) is what is measured.
constexpr double kAskMilliseconds = 250;
constexpr int kRunsMax = 200;

// Asks ask(runs) a system, the same for all of them.
template <class Ask>
absl::StatusOr<TimedAnswer> AskLongEnough(int runs, const Ask& ask) {
  absl::StatusOr<TimedAnswer> timed = ask(runs);
  if (!timed.ok()) return timed;
  const double more = std::ceil(kAskMilliseconds / std::max(0.01, timed->timing.Median()));
  if (more <= runs) return timed;
  return ask(std::min(kRunsMax, static_cast<int>(more)));
}
constexpr int kLoadConnections = 4;  // As the feed's (storage/fact_feed.h).
constexpr int kLoadRounds = 3;

double MedianOf(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// How soon commits are seen: enough for a p99, while interactions come at this rate.
constexpr int kProbes = 500;
constexpr int kProbesOfCheck = 20;
constexpr int kLiveRate = 5'000;

struct Options {
  std::string program;
  int64_t rows = 10'000'000;
  int runs = 5;
  std::string peers;        // Folder with node_modules; empty: no column stores.
  std::string peer_script;  // deploy/bench-peers/peer.mjs.
  std::optional<double> ingest_ratio;
  std::optional<double> core_ratio;
  std::string json;
  std::string smaller;      // JSON of a run with fewer rows.
  bool check_only = false;  // Success does not depend on speed.
  bool load_only = false;   // Ends after the first records and their load.
};

struct SqlSystem {
  std::string name;
  SqlDialect dialect;
  std::function<absl::StatusOr<TimedAnswer>(const std::string& sql, int runs)> ask;
};

class Benchmark {
 public:
  explicit Benchmark(Options options) : options_(std::move(options)), data_(options_.rows) {}

  absl::Status Run() {
    absl::Status status = StartSystems();
    if (status.ok()) status = Ingest();
    if (status.ok() && options_.load_only) return Finish();
    if (status.ok()) status = MakeWideTables();
    if (status.ok()) StartColumnPeers();
    if (status.ok()) status = AskAll();
    if (!status.ok()) return status;
    AskManyClients();
    AddMemory();
    if (status = MeasureCommits(); !status.ok()) return status;
    return Finish();
  }

 private:
  void Say(const std::string& text) {
    std::printf("%s\n", text.c_str());
    std::fflush(stdout);
  }

  absl::Status StartSystems() {
    storage::EmbeddedClusterOptions cluster_options;
    cluster_options.data_dir = absl::StrCat(folder_.path(), "/data");
    auto cluster = storage::EmbeddedCluster::Start(cluster_options);
    if (!cluster.ok()) return cluster.status();
    cluster_ = *std::move(cluster);
    if (auto report = storage::Migrate(cluster_->url()); !report.ok()) return report.status();
    // A year of contacts and of states at once, and answers as large as they come.
    auto server = ServerProcess::Start(
        options_.program, cluster_->url(), absl::StrCat(folder_.path(), "/log"),
        {"--facts-max", "100000000", "--resident-memory-max", "0", "--log-level", "warn"});
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    return absl::OkStatus();
  }

  absl::Status Ingest() {
    if (absl::Status status = SendRoster(server_->address(), data_); !status.ok()) return status;
    const std::pair<CentreKind, const char*> kinds[] = {{CentreKind::kContacts, "interactions"},
                                                        {CentreKind::kSurveys, "surveys"},
                                                        {CentreKind::kStates, "agent activities"},
                                                        {CentreKind::kPlans, "schedules"},
                                                        {CentreKind::kTickets, "tickets"}};
    FeedLag lag(server_->address());
    for (const auto& [kind, name] : kinds) {
      const auto rate = SendRecords(server_->address(), data_, kind, kStreams);
      if (!rate.ok()) return rate.status();
      Say(absl::StrCat("ingested ", data_.Count(kind), " ", name, ", ", static_cast<int64_t>(*rate),
                       " rows/s"));
      report_.figures.push_back(
          {absl::StrCat(name, ", rows"), static_cast<double>(data_.Count(kind)), ""});
      report_.figures.push_back({absl::StrCat(name, " through gRPC"), *rate, "rows/s"});
      if (kind != CentreKind::kContacts) continue;
      if (absl::Status status = MeasureMemory(); !status.ok()) return status;
      if (options_.load_only) break;
    }
    report_.figures.push_back({kLagFigure, lag.Stop(), "ms"});
    if (options_.ingest_ratio) {
      report_.figures.push_back({"ingest ratio", *options_.ingest_ratio, ""});
    }
    return absl::OkStatus();
  }

  // While the database has interactions and nothing else: what they take, all told, and what
  // loading them costs against reading them. Both are done in turn, as both grow faster while the
  // database comes to rest after the ingest: neither has the better half of that.
  absl::Status MeasureMemory() {
    std::vector<double> bare_seconds;
    std::vector<double> start_seconds;
    std::vector<double> load_seconds;
    std::vector<double> ratios;
    ResidentMemory memory;
    for (int round = 0; round <= kLoadRounds; ++round) {
      const auto bare = MeasureBareCopy(cluster_->url(), kLoadConnections);
      if (!bare.ok()) return bare.status();
      bare_seconds.push_back(bare->seconds);
      if (round > 0) {
        const double around = (bare_seconds[bare_seconds.size() - 2] + bare->seconds) / 2;
        ratios.push_back(load_seconds.back() / around);
      }
      if (round == kLoadRounds) break;
      const auto loaded = MeasureResidentMemory(options_.program, cluster_->url(),
                                                absl::StrCat(folder_.path(), "/memory_log_", round),
                                                BenchQuestions().front().request);
      if (!loaded.ok()) return loaded.status();
      if (loaded->interactions != data_.Count(CentreKind::kContacts)) {
        return absl::InternalError("not all interactions are held");
      }
      start_seconds.push_back(loaded->start_seconds);
      load_seconds.push_back(loaded->load_seconds);
      if (loaded->process_bytes > memory.process_bytes) memory = *loaded;
      Say(absl::StrFormat(
          "COPY alone %.2f s, load %.2f s, held in %.1f bytes an interaction", bare->seconds,
          loaded->load_seconds,
          static_cast<double>(loaded->process_bytes) / static_cast<double>(loaded->interactions)));
    }
    const auto rows = static_cast<double>(memory.interactions);
    report_.figures.push_back({"load of the interactions", MedianOf(load_seconds), "s"});
    report_.figures.push_back({"the same, with start", MedianOf(start_seconds), "s"});
    report_.figures.push_back({"parallel binary COPY alone", MedianOf(bare_seconds), "s"});
    report_.figures.push_back({"load ratio", MedianOf(ratios), ""});
    // The whole process, less a process that holds nothing; the most of all rounds.
    report_.figures.push_back({"resident memory per interaction",
                               static_cast<double>(memory.process_bytes) / rows, "bytes"});
    report_.figures.push_back({"the same by the server's own count",
                               static_cast<double>(memory.counted_bytes) / rows, "bytes"});
    return absl::OkStatus();
  }

  absl::Status MakeWideTables() {
    auto postgres = PostgresPeer::Connect(cluster_->url());
    if (!postgres.ok()) return postgres.status();
    postgres_ = *std::move(postgres);
    Say("making the wide tables");
    absl::Status status = postgres_->Run({"SET work_mem = '1GB'"});
    if (status.ok()) status = postgres_->Run(WideTableStatements());
    if (status.ok()) status = postgres_->Run(PostgresSettings());
    return status;
  }

  // One of them missing is said, and no error.
  void StartColumnPeers() {
    if (options_.peers.empty()) {
      report_.missing.push_back("DuckDB, ClickHouse (ask for them: --peers)");
      return;
    }
    for (const ExportedTable& table : ExportedTables()) {
      const absl::Status status = postgres_->Export(std::string(table.select), CsvOf(table));
      if (!status.ok()) {
        report_.missing.push_back(absl::StrCat("column stores: ", std::string(status.message())));
        return;
      }
    }
    duckdb_ = StartColumnPeer(SqlDialect::kDuckDb, "DuckDB");
    clickhouse_ = StartColumnPeer(SqlDialect::kClickHouse, "ClickHouse");
  }

  std::string CsvOf(const ExportedTable& table) const {
    return absl::StrCat(folder_.path(), "/", std::string(table.name), ".csv");
  }

  std::unique_ptr<ColumnPeer> StartColumnPeer(SqlDialect system, const char* name) {
    auto peer = ColumnPeer::Start(system, options_.peer_script, options_.peers);
    absl::Status status = peer.status();
    double milliseconds = 0;
    for (const ExportedTable& table : ExportedTables()) {
      if (!status.ok()) break;
      const auto took = (*peer)->Load(table, CsvOf(table));
      status = took.status();
      if (took.ok()) milliseconds += *took;
    }
    if (!status.ok()) {
      report_.missing.push_back(absl::StrCat(name, ": ", std::string(status.message())));
      return nullptr;
    }
    Say(absl::StrCat(name, " loaded in ", static_cast<int64_t>(milliseconds / 1000), " s"));
    return *std::move(peer);
  }

  absl::Status AskAll() {
    KpidPeer kpid(server_->address());
    for (const BenchQuestion& question : BenchQuestions()) {
      Say(absl::StrCat("question ", question.name, ": ", question.description));
      QuestionFigures figures{question.name, question.description, {}};
      if (absl::Status status = AskInTurn(question, &kpid, &figures); !status.ok()) return status;
      if (question.name == "A") {
        const auto raw = postgres_->Time(RawWindowSql(), 1);
        if (!raw.ok()) return raw.status();
        figures.milliseconds["raw tables with a window"] = raw->Median();
      }
      report_.questions.push_back(std::move(figures));
    }
    return absl::OkStatus();
  }

  // Those that answer in SQL.
  std::vector<SqlSystem> SqlSystems() {
    std::vector<SqlSystem> systems{
        {"postgres", SqlDialect::kPostgres,
         [this](const std::string& sql, int runs) { return postgres_->Ask(sql, runs); }}};
    if (duckdb_ != nullptr) {
      systems.push_back({"duckdb", SqlDialect::kDuckDb, [this](const std::string& sql, int runs) {
                           return duckdb_->Ask(sql, runs);
                         }});
    }
    if (clickhouse_ != nullptr) {
      systems.push_back(
          {"clickhouse", SqlDialect::kClickHouse,
           [this](const std::string& sql, int runs) { return clickhouse_->Ask(sql, runs); }});
    }
    return systems;
  }

  // Asks all systems, round by round. One that fails or differs is said, and not asked again.
  absl::Status AskInTurn(const BenchQuestion& question, KpidPeer* kpid, QuestionFigures* figures) {
    const int runs = (options_.runs + kAskRounds - 1) / kAskRounds;
    std::map<std::string, Timing> timings;
    const auto add = [&](const std::string& system, const Timing& timing) {
      std::vector<double>& all = timings[system].milliseconds;
      all.insert(all.end(), timing.milliseconds.begin(), timing.milliseconds.end());
    };
    std::vector<SqlSystem> systems = SqlSystems();
    for (int round = 0; round < kAskRounds; ++round) {
      const auto ours =
          AskLongEnough(runs, [&](int count) { return kpid->Ask(question.request, count); });
      if (!ours.ok()) return ours.status();
      add("kpid", ours->timing);
      if (question.name == "B") {
        const EchoServer echo(kpid->last());
        const auto timing = KpidPeer(echo.address()).Time(question.request, kEchoRuns);
        if (!timing.ok()) return timing.status();
        add("echo", *timing);
      }
      for (auto system = systems.begin(); system != systems.end();) {
        const std::string sql = question.Sql(system->dialect);
        const auto theirs = AskLongEnough(runs, [&](int count) { return system->ask(sql, count); });
        if (theirs.ok()) add(system->name, theirs->timing);
        const std::string difference = theirs.ok() ? Difference(ours->answer, theirs->answer)
                                                   : std::string(theirs.status().message());
        if (difference.empty()) {
          ++system;
          continue;
        }
        report_.differences.push_back(
            absl::StrCat(question.name, " ", system->name, ": ", difference));
        system = systems.erase(system);
      }
    }
    for (const auto& [system, timing] : timings) figures->milliseconds[system] = timing.Median();
    return absl::OkStatus();
  }

  void AskManyClients() {
    for (const BenchQuestion& question : BenchQuestions()) {
      if (question.name != "A" && question.name != "B") continue;
      const std::string name = absl::StrCat(question.name, " at ", kManyClients, " clients");
      const auto clients =
          TimeClients(server_->address(), question.request, kManyClients, options_.runs);
      if (!clients.ok()) {
        report_.missing.push_back(
            absl::StrCat(name, ": ", std::string(clients.status().message())));
        continue;
      }
      report_.figures.push_back({absl::StrCat(name, ", median"), clients->timing.Median(), "ms"});
      report_.figures.push_back(
          {absl::StrCat(name, ", refusals"), static_cast<double>(clients->refusals), "calls"});
    }
  }

  // The last of all: interactions are added.
  absl::Status MeasureCommits() {
    Say("how soon commits are seen");
    const auto seen = MeasureVisibility(server_->address(), data_,
                                        options_.check_only ? kProbesOfCheck : kProbes, kLiveRate);
    if (!seen.ok()) return seen.status();
    report_.figures.push_back({"interactions streamed meanwhile", seen->rate, "rows/s"});
    report_.figures.push_back({"commit seen by a query, median", seen->queries.Median(), "ms"});
    report_.figures.push_back({kSeenFigure, seen->queries.Quantile(0.99), "ms"});
    report_.figures.push_back({"commit pushed to a watcher, median", seen->pushes.Median(), "ms"});
    report_.figures.push_back({kPushedFigure, seen->pushes.Quantile(0.99), "ms"});
    report_.figures.push_back({kLiveLagFigure, seen->lag_milliseconds, "ms"});
    return absl::OkStatus();
  }

  void AddMemory() {
    constexpr double kMebibyte = 1 << 20;
    const auto rows = static_cast<double>(options_.rows);
    const auto resident = static_cast<double>(server_->ResidentBytes());
    report_.figures.push_back({"server memory now", resident / kMebibyte, "MiB"});
    report_.figures.push_back({"server memory per interaction now", resident / rows, "bytes"});
    report_.figures.push_back(
        {"server memory at most", static_cast<double>(server_->PeakBytes()) / kMebibyte, "MiB"});
  }

  absl::Status Finish() {
    if (options_.core_ratio) {
      report_.figures.push_back({"one core against its bandwidth bound", *options_.core_ratio, ""});
    }
    if (!options_.smaller.empty()) {
      std::ifstream file(options_.smaller);
      report_.smaller.assign(std::istreambuf_iterator<char>(file), {});
      if (report_.smaller.empty()) report_.missing.push_back("growth: no " + options_.smaller);
    }
    Say(absl::StrCat("\n", report_.Text()));
    if (!options_.json.empty()) std::ofstream(options_.json) << report_.Json();
    if (!report_.differences.empty()) return absl::InternalError("answers differ");
    if (options_.check_only || report_.Passed()) return absl::OkStatus();
    return absl::FailedPreconditionError("goals missed");
  }

  const Options options_;
  const CentreData data_;
  const TemporaryFolder folder_;
  Report report_;
  std::unique_ptr<storage::EmbeddedCluster> cluster_;
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<PostgresPeer> postgres_;
  std::unique_ptr<ColumnPeer> duckdb_;
  std::unique_ptr<ColumnPeer> clickhouse_;
};

}  // namespace
}  // namespace kpid::bench

int main(int argc, char** argv) {
  kpid::bench::Options options;
  CLI::App app{"kpid beside SQL and column stores: the same rows and questions"};
  app.add_option("--kpid", options.program, "The kpid program")->required();
  app.add_option("--rows", options.rows, "Interactions")->check(CLI::Range(1'000, 100'000'000));
  app.add_option("--runs", options.runs, "Runs a median is of")->check(CLI::Range(1, 100));
  app.add_option("--peers", options.peers, "Folder with the packages of the column stores");
  app.add_option("--peer-script", options.peer_script, "deploy/bench-peers/peer.mjs");
  app.add_option("--ingest-ratio", options.ingest_ratio, "As kpid_ingest_bench found it");
  app.add_option("--core-ratio", options.core_ratio, "As kpid_evaluate_bench found it");
  app.add_option("--smaller", options.smaller, "JSON of a run with fewer rows: prints growth");
  app.add_option("--json", options.json, "File for the figures");
  app.add_flag("--check-only", options.check_only, "Only the answers must agree");
  app.add_flag("--load-only", options.load_only, "Only ingest and load of interactions");
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = kpid::bench::Benchmark(options).Run();
  if (!status.ok()) {
    std::fprintf(stderr, "kpid_bench: %s\n", std::string(status.message()).c_str());
    return 1;
  }
  return 0;
}
