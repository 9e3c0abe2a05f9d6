// How fast kpid takes in interactions, beside what PostgreSQL can do at most for the same rows.
//
// On one embedded cluster, in turns: (a) StreamRecords to a real `kpid serve`, (b) a bare
// prepared INSERT ... SELECT FROM unnest of binary arrays into a table with the same columns and
// indexes, over as many connections and with as many rows a batch. Both tables are emptied before
// each leg, and their sums compared after it. Prints rows per second of both and their ratio.
//
// usage: kpid_ingest_bench --kpid PROGRAM [--rows 1000000] [--connections 4] [--batch 5000]
//        [--rounds 3]
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "storage/embedded_cluster.h"
#include "storage/migrations.h"
#include "tests/bench/bare_insert.h"
#include "tests/bench/bench_records.h"
#include "tests/bench/server_process.h"
#include "tests/bench/stream_ingest.h"
#include "tests/bench/temporary_folder.h"

namespace kpid::bench {
namespace {

struct Options {
  std::string program;
  int64_t rows = 1'000'000;
  int connections = 4;
  int64_t batch = 5'000;
  int rounds = 3;
};

using Parts = std::vector<std::vector<BenchRecord>>;  // One for each connection.
using Writer = std::function<absl::Status(const std::vector<BenchRecord>&)>;

// Runs the writer on all parts at once and returns rows per second.
absl::StatusOr<double> Measure(const Parts& parts, const Writer& write) {
  std::vector<absl::Status> statuses(parts.size());
  std::vector<std::thread> threads;
  size_t rows = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (size_t part = 0; part < parts.size(); ++part) {
    rows += parts[part].size();
    threads.emplace_back([&, part] { statuses[part] = write(parts[part]); });
  }
  for (std::thread& thread : threads) thread.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  for (const absl::Status& status : statuses) {
    if (!status.ok()) return status;
  }
  return static_cast<double>(rows) / took.count();
}

absl::Status WriteStream(const std::string& address, int64_t batch,
                         const std::vector<BenchRecord>& records) {
  const absl::StatusOr<int64_t> inserted =
      StreamToServer(address, records, static_cast<size_t>(batch));
  if (!inserted.ok()) return inserted.status();
  if (*inserted == static_cast<int64_t>(records.size())) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("sent ", records.size(), ", inserted ", *inserted));
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// One leg: emptied tables, the rows, the sums.
absl::StatusOr<double> RunLeg(const std::string& url, const std::string& table, const Parts& parts,
                              const Writer& write, TableSums* sums) {
  if (absl::Status status = EmptyTables(url); !status.ok()) return status;
  const absl::StatusOr<double> rate = Measure(parts, write);
  if (!rate.ok()) return rate;
  const absl::StatusOr<TableSums> found = SumsOf(url, table);
  if (!found.ok()) return found.status();
  *sums = *found;
  return rate;
}

absl::Status RunRounds(const Options& options, const std::string& url, const std::string& address) {
  const Writer stream = [&](const auto& records) {
    return WriteStream(address, options.batch, records);
  };
  const Writer bare = [&](const auto& records) {
    return InsertBare(url, records, static_cast<size_t>(options.batch));
  };
  std::vector<double> stream_rates, bare_rates;
  for (int round = 1; round <= options.rounds; ++round) {
    Parts parts;
    for (int first = 0; first < options.connections; ++first) {
      parts.push_back(MakeRecords(round, first, options.connections, options.rows));
    }
    TableSums stream_sums, bare_sums;
    const auto stream_rate = RunLeg(url, "kpid.interactions", parts, stream, &stream_sums);
    if (!stream_rate.ok()) return stream_rate.status();
    const auto bare_rate = RunLeg(url, "bare.interactions", parts, bare, &bare_sums);
    if (!bare_rate.ok()) return bare_rate.status();
    if (stream_sums != bare_sums || stream_sums.rows != options.rows) {
      return absl::InternalError(absl::StrCat("the tables differ: ", stream_sums.rows, " and ",
                                              bare_sums.rows, " rows, or their sums"));
    }
    std::printf("round %d: kpid %.0f rows/s, bare insert %.0f rows/s, ratio %.2f\n", round,
                *stream_rate, *bare_rate, *stream_rate / *bare_rate);
    std::fflush(stdout);
    stream_rates.push_back(*stream_rate);
    bare_rates.push_back(*bare_rate);
  }
  std::printf("median: kpid %.0f rows/s, bare insert %.0f rows/s, ratio %.2f\n",
              Median(stream_rates), Median(bare_rates), Median(stream_rates) / Median(bare_rates));
  return absl::OkStatus();
}

absl::Status Run(const Options& options) {
  std::printf("%ld rows, %d connections, %ld rows a batch, %d rounds\n", options.rows,
              options.connections, options.batch, options.rounds);
  const TemporaryFolder folder;
  storage::EmbeddedClusterOptions cluster_options;
  cluster_options.data_dir = absl::StrCat(folder.path(), "/data");
  auto cluster = storage::EmbeddedCluster::Start(cluster_options);
  if (!cluster.ok()) return cluster.status();
  const std::string& url = (*cluster)->url();
  if (auto report = storage::Migrate(url); !report.ok()) return report.status();
  if (absl::Status status = MakeBareTable(url); !status.ok()) return status;
  auto server = ServerProcess::Start(options.program, url, absl::StrCat(folder.path(), "/log"));
  if (!server.ok()) return server.status();
  return RunRounds(options, url, (*server)->address());
}

}  // namespace
}  // namespace kpid::bench

int main(int argc, char** argv) {
  kpid::bench::Options options;
  CLI::App app{"Rows per second through StreamRecords and through a bare INSERT"};
  app.add_option("--kpid", options.program, "The kpid program")->required();
  app.add_option("--rows", options.rows, "Interactions a leg")->check(CLI::PositiveNumber);
  app.add_option("--connections", options.connections)->check(CLI::Range(1, 64));
  app.add_option("--batch", options.batch, "Rows a message or statement")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--rounds", options.rounds)->check(CLI::Range(1, 100));
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = kpid::bench::Run(options);
  if (!status.ok()) {
    std::fprintf(stderr, "kpid_ingest_bench: %s\n", std::string(status.message()).c_str());
    return 1;
  }
  return 0;
}
