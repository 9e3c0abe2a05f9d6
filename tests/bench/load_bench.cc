// How fast kpid loads all facts of a database, beside a parallel binary COPY of the same rows
// alone; what the first questions and changes cost afterwards.
//
// The rows are made by SQL in an embedded cluster: a year of contacts, with surveys, states, plans
// and tickets as in kpid_bench.
//
// usage: kpid_load_bench [--rows 1000000] [--runs 3] [--connections 4] [--folder DIR] [--load-only]
//                        [--contacts-only] [--database-url URL]
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "metrics/contact_links.h"
#include "metrics/fact_store.h"
#include "storage/database.h"
#include "storage/embedded_cluster.h"
#include "storage/fact_feed.h"
#include "storage/migrations.h"
#include "storage/session.h"
#include "tests/bench/centre/bare_copy.h"
#include "tests/bench/temporary_folder.h"

namespace kpid::bench {
namespace {

using std::chrono::steady_clock;

struct Options {
  int64_t rows = 1'000'000;
  int runs = 3;
  int connections = 4;
  bool load_only = false;
  bool contacts_only = false;
  std::string database_url;  // With rows in it; empty: one is made.
  std::string folder;        // Of the cluster; kept. Empty: a temporary one.
};

double SecondsSince(steady_clock::time_point begin) {
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

double ProcessSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Bytes of memory that the process has.
int64_t ResidentBytes() {
  malloc_trim(0);
  std::ifstream statm("/proc/self/statm");
  int64_t size = 0;
  int64_t resident = 0;
  statm >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

// Most bytes of memory that the process has had since the last call.
int64_t PeakBytes() {
  std::ifstream status("/proc/self/status");
  int64_t kibibytes = 0;
  for (std::string word; status >> word;) {
    if (word == "VmHWM:") status >> kibibytes;
  }
  std::ofstream("/proc/self/clear_refs") << "5";
  return kibibytes * 1024;
}

// A number below $1 from another one and a purpose.
constexpr const char* kMix = "abs(hashint8extended($0, $2) % $1)";

std::string Mix(const std::string& number, int64_t below, int purpose) {
  return absl::Substitute(kMix, number, below, purpose);
}

// Contacts first to last of `rows`.
std::string Contacts(int64_t rows, int64_t first, int64_t last) {
  const std::string second =
      absl::Substitute("(n * 365 / $0) * 86400 + 21600 + (n * 365 % $0) * 50400 / $0", rows);
  return absl::StrCat(
      "INSERT INTO kpid.interactions (revision, arrive_time, answer_time, end_time,"
      " talk_microseconds, hold_microseconds, wrap_up_microseconds, customer_key, queue_key,"
      " agent_key, channel, direction, outcome, resolution, flags, interaction_id)"
      " SELECT 0, arrive, CASE WHEN handled THEN arrive + wait * interval '1 second' END,"
      " arrive + (wait + CASE WHEN handled THEN talk + hold ELSE 0 END) * interval '1 second',"
      " CASE WHEN handled THEN talk * 1000000 END, CASE WHEN handled THEN hold * 1000000 END,"
      " CASE WHEN handled THEN wrap * 1000000 END, customer, queue, agent, channel, 1,"
      " CASE WHEN handled THEN 1 ELSE 2 END, 0, transferred, 'contact-' || n"
      " FROM (SELECT n, timestamptz '2025-01-01 00:00Z' + (",
      second, ") * interval '1 second' AS arrive, ", Mix("n", 100, 1), " >= 6 AS handled, ",
      Mix("n", 60, 2), " AS wait, 30 + ", Mix("n", 600, 3), " AS talk, CASE WHEN ", Mix("n", 5, 4),
      " = 0 THEN ", Mix("n", 120, 5), " ELSE 0 END AS hold, ", Mix("n", 180, 6),
      " AS wrap, 1 + (CASE WHEN ", Mix("n", 7, 7), " = 0 THEN n - least(n, ",
      Mix("n", std::max<int64_t>(1, rows / 91), 8), ") ELSE n END) % ",
      std::max<int64_t>(1, rows / 5), " AS customer, 1 + ", Mix("n", 20, 9), " AS queue, 1 + ",
      Mix("n", 1000, 10), " AS agent, 1 + ", Mix("n", 4, 11), " AS channel, CASE WHEN ",
      Mix("n", 100, 12), " < 8 THEN 1 ELSE 0 END AS transferred FROM generate_series(", first,
      "::bigint, ", last, "::bigint) AS n) AS made");
}

// Records beside the contacts: surveys, states, plans, tickets.
std::vector<std::string> OtherRecords(int64_t rows) {
  const int64_t agents = std::clamp<int64_t>(rows / 1000, 40, 1000);
  const std::string shift_start = absl::Substitute(
      "timestamptz '2025-01-01 06:00Z' + ((s / $0) * 10 / 7) * interval '1 day' +"
      " (s % $0 % 6) * interval '1 hour'",
      agents);
  const std::string shifts =
      absl::StrCat("generate_series(0::bigint, ", agents * 365 * 7 / 10 - 1, "::bigint) AS s");
  return {
      "INSERT INTO kpid.survey_responses (revision, respond_time, score_thousandths,"
      " scale_minimum_thousandths, scale_maximum_thousandths, kind, given_channel,"
      " stamped_customer_key, stamped_queue_key, stamped_agent_key, stamped_channel,"
      " stamped_direction, response_id, comment)"
      " SELECT 0, end_time + interval '5 minutes', 1000 * (1 + row_key % 5), 1000, 5000, 1, 0,"
      " customer_key, queue_key, agent_key, channel, direction, 'survey-' || row_key, ''"
      " FROM kpid.interactions WHERE row_key % 5 = 0 ORDER BY row_key",
      absl::StrCat("INSERT INTO kpid.agent_activities (revision, start_time, end_time, agent_key,"
                   " state, activity_id) SELECT 0, ",
                   shift_start, " + p * interval '45 minutes', ", shift_start,
                   " + (p + 1) * interval '45 minutes', 1 + s % ", agents,
                   ", 1 + p % 5, 'state-' || s * 12 + p FROM ", shifts,
                   ", generate_series(0, 11) AS p ORDER BY s, p"),
      absl::StrCat("INSERT INTO kpid.scheduled_activities (revision, start_time, end_time,"
                   " agent_key, state, schedule_id) SELECT 0, ",
                   shift_start, " + p * interval '108 minutes', ", shift_start,
                   " + (p + 1) * interval '108 minutes', 1 + s % ", agents,
                   ", 1 + p % 3, 'plan-' || s * 5 + p FROM ", shifts,
                   ", generate_series(0, 4) AS p ORDER BY s, p"),
      "INSERT INTO kpid.tickets (revision, open_time, first_resolve_time, last_resolve_time,"
      " reopen_count, reassignment_count, customer_key, queue_key, channel, ticket_id)"
      " SELECT 0, arrive_time, end_time + interval '1 day', end_time + interval '1 day', 0, 0,"
      " customer_key, queue_key, 0, 'ticket-' || row_key"
      " FROM kpid.interactions WHERE row_key % 20 = 0 ORDER BY row_key"};
}

// Indexes that the statements of a load have no use for: making them takes longer than the rows.
constexpr const char* kDropIndexes =
    "ALTER TABLE kpid.interactions DROP CONSTRAINT interactions_pkey;"
    "DROP INDEX kpid.interactions_customer, kpid.interactions_case;"
    "ALTER TABLE kpid.survey_responses DROP CONSTRAINT survey_responses_pkey;"
    "ALTER TABLE kpid.agent_activities DROP CONSTRAINT agent_activities_pkey;"
    "ALTER TABLE kpid.scheduled_activities DROP CONSTRAINT scheduled_activities_pkey;"
    "ALTER TABLE kpid.tickets DROP CONSTRAINT tickets_pkey";

class Bench {
 public:
  explicit Bench(Options options) : options_(std::move(options)) {
    if (options_.folder.empty()) {
      folder_.emplace();
      options_.folder = folder_->path();
    }
  }

  absl::Status Run() {
    absl::Status status = Open();
    for (int run = 0; status.ok() && run < options_.runs; ++run) status = Measure();
    if (status.ok() && options_.runs > 1) {
      std::sort(ratios_.begin(), ratios_.end());
      std::printf("median of %zu ratios to the COPY alone: %.2f\n", ratios_.size(),
                  ratios_[ratios_.size() / 2]);
    }
    return status;
  }

 private:
  absl::Status Open() {
    url_ = options_.database_url;
    absl::Status status = url_.empty() ? StartCluster() : absl::OkStatus();
    if (!status.ok()) return status;
    storage::DatabaseOptions database_options;
    database_options.url = url_;
    auto database = storage::Database::Open(database_options);
    if (!database.ok()) return database.status();
    database_ = *std::move(database);
    auto session = OpenSession();
    if (!session.ok()) return session.status();
    const auto filled =
        (*session)->ExecuteScript({"count", "SELECT count(*) FROM kpid.interactions"}, {});
    if (!filled.ok()) return filled.status();
    if (!options_.database_url.empty()) {
      options_.rows = std::stoll(std::string(filled->At(0, 0).Text()));
    }
    if (filled->At(0, 0).Text() == std::to_string(options_.rows)) return absl::OkStatus();
    return Fill(session->get());
  }

  absl::Status StartCluster() {
    storage::EmbeddedClusterOptions cluster_options;
    cluster_options.data_dir = absl::StrCat(options_.folder, "/data");
    auto cluster = storage::EmbeddedCluster::Start(cluster_options);
    if (!cluster.ok()) return cluster.status();
    cluster_ = *std::move(cluster);
    url_ = cluster_->url();
    return storage::Migrate(url_).status();
  }

  absl::StatusOr<std::unique_ptr<storage::Session>> OpenSession() {
    storage::SessionOptions options;
    options.url = url_;
    return storage::Session::Open(options, {});
  }

  absl::Status Fill(storage::Session* session) {
    const auto begin = steady_clock::now();
    const auto run = [&](storage::Session* on, const std::string& sql) {
      return on->ExecuteScript({"fill", sql}, {}).status();
    };
    absl::Status status = run(session, kDropIndexes);
    if (status.ok()) {
      status = run(session,
                   "INSERT INTO kpid.agents (agent_id) SELECT 'agent-' || n"
                   " FROM generate_series(1, 1000) AS n;"
                   "INSERT INTO kpid.queues (queue_id) SELECT 'queue-' || n"
                   " FROM generate_series(1, 20) AS n");
    }
    // Pieces in the order of time: rows come so.
    constexpr int64_t kPiece = 500'000;
    for (int64_t first = 0; status.ok() && first < options_.rows; first += kPiece) {
      status =
          run(session, Contacts(options_.rows, first, std::min(options_.rows, first + kPiece) - 1));
    }
    for (const std::string& sql : OtherRecords(options_.rows)) {
      if (status.ok() && !options_.contacts_only) status = run(session, sql);
    }
    if (status.ok()) status = run(session, "VACUUM ANALYZE");
    if (status.ok()) status = run(session, "CHECKPOINT");
    std::printf("made %lld contacts and what belongs to them in %.1f s\n",
                static_cast<long long>(options_.rows), SecondsSince(begin));
    return status;
  }

  absl::Status Measure() {
    BareCopy bare;
    if (!options_.load_only) {
      auto measured = MeasureBareCopy(url_, options_.connections);
      if (!measured.ok()) return measured.status();
      bare = *measured;
    }
    std::printf("COPY alone: %lld rows, %.2f GB, %.2f s, CPU %.2f s of PostgreSQL, own %.2f s\n",
                static_cast<long long>(bare.rows), static_cast<double>(bare.bytes) / 1e9,
                bare.seconds, bare.backend_cpu_seconds, bare.cpu_seconds);
    const int64_t before = ResidentBytes();
    PeakBytes();
    metrics::FactStore store({});
    storage::FactStoreSink sink(&store);
    storage::FeedOptions feed_options;
    feed_options.load_connections = options_.connections;
    const double begin_cpu = ProcessSeconds();
    const auto begin = steady_clock::now();
    storage::FactFeed feed(database_.get(), &sink, feed_options, storage::RealFeedEnvironment(),
                           {});
    const absl::Status status = feed.Step();
    if (!status.ok()) return status;
    const double seconds = SecondsSince(begin);
    const int64_t peak = PeakBytes();
    if (!options_.load_only && feed.status().facts_loaded != bare.rows) {
      return absl::InternalError("the load has not all rows");
    }
    ratios_.push_back(seconds / bare.seconds);
    const double cpu_seconds = ProcessSeconds() - begin_cpu;
    // On a machine that is busy otherwise, processor time tells more.
    std::printf(
        "load: %.2f s, own CPU %.2f s, ratio %.2f, of CPU %.2f, peak %.0f MB\n", seconds,
        cpu_seconds, ratios_.back(),
        (bare.backend_cpu_seconds + cpu_seconds) / (bare.backend_cpu_seconds + bare.cpu_seconds),
        static_cast<double>(peak - before) / 1e6);
    AskAndChange(&store, before);
    return absl::OkStatus();
  }

  void AskAndChange(metrics::FactStore* store, int64_t before) {
    const auto timed = [](const char* what, const auto& work) {
      const auto begin = steady_clock::now();
      work();
      std::printf("%s: %.2f ms\n", what, SecondsSince(begin) * 1'000);
    };
    timed("first question of FCR, links",
          [&] { store->Current()->links().column(metrics::Column::kRepeatGap); });
    for (int round = 0; round < 4; ++round) {
      if (round == 2) {
        timed("first question of FCR by mark, links",
              [&] { store->Current()->links().column(metrics::Column::kSincePrevious); });
      }
      timed("change without rows", [&] { store->Apply(ChangeOf(0, round)); });
      timed("change of 1,000 rows of any day", [&] { store->Apply(ChangeOf(1'000, round)); });
    }
    const auto size = store->size();
    std::printf(
        "memory: %.1f bytes a contact by its own count, all kinds %.0f MB, process %.0f MB\n",
        static_cast<double>(size.interaction_bytes) /
            static_cast<double>(std::max<int64_t>(1, size.interactions)),
        static_cast<double>(size.memory_bytes) / 1e6,
        static_cast<double>(ResidentBytes() - before) / 1e6);
    std::fflush(stdout);
  }

  metrics::FactChanges ChangeOf(int64_t count, int round) const {
    metrics::FactChanges changes;
    changes.data_watermark = storage::RealFeedEnvironment().wall_now();
    for (int64_t n = 0; n < count; ++n) {
      metrics::InteractionFact fact;
      fact.row_key = 1 + (n * 7'919 + round) * 104'729 % options_.rows;
      fact.arrive = metrics::Instant(std::chrono::seconds(1'735'689'600 + n * 31'000));
      fact.end = fact.arrive + std::chrono::minutes(5);
      fact.customer = static_cast<metrics::Code>(1 + n * 31 % (options_.rows / 5 + 1));
      fact.agent = static_cast<metrics::Code>(1 + n % 1'000);
      fact.outcome = metrics::Outcome::kHandled;
      changes.interactions.upserted.push_back(fact);
    }
    return changes;
  }

  Options options_;
  std::optional<TemporaryFolder> folder_;
  std::unique_ptr<storage::EmbeddedCluster> cluster_;
  std::string url_;
  std::unique_ptr<storage::Database> database_;
  std::vector<double> ratios_;
};

}  // namespace
}  // namespace kpid::bench

int main(int argc, char** argv) {
  // As the server has it.
  mallopt(M_MMAP_THRESHOLD, 4 << 20);
  mallopt(M_TRIM_THRESHOLD, 8 << 20);
  mallopt(M_ARENA_MAX, 4);
  kpid::bench::Options options;
  CLI::App app("How fast all facts are loaded.");
  app.add_option("--rows", options.rows, "contacts")->check(CLI::Range(1000, 200'000'000));
  app.add_option("--runs", options.runs, "loads")->check(CLI::Range(1, 100));
  app.add_option("--connections", options.connections, "of a load")->check(CLI::Range(1, 64));
  app.add_option("--database-url", options.database_url, "measured instead of one made here");
  app.add_flag("--load-only", options.load_only, "no COPY alone, for a profile");
  app.add_flag("--contacts-only", options.contacts_only, "no records beside them");
  app.add_option("--folder", options.folder, "where the rows are kept for another run");
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = kpid::bench::Bench(options).Run();
  if (status.ok()) return 0;
  std::fprintf(stderr, "kpid_load_bench: %s\n", std::string(status.message()).c_str());
  return 1;
}
