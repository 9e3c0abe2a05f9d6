#include "server/serve.h"

#include <malloc.h>
#include <sys/resource.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "server/grpc_server.h"
#include "server/join_text.h"
#include "server/log.h"
#include "server/outage_watch.h"
#include "server/periodic_task.h"
#include "server/resident_store.h"
#include "server/stop_request.h"
#include "storage/database.h"
#include "storage/embedded_cluster.h"
#include "storage/fact_loader.h"
#include "storage/migrations.h"
#include "storage/record_names.h"
#include "storage/record_store.h"
#include "storage/roster_store.h"
#include "storage/survey_comments.h"
#include "storage/target_store.h"

namespace kpid::server {
namespace {

// Longest that one sweep over the surveys may take.
constexpr std::chrono::minutes kSurveySweepMax{5};

// A private PostgreSQL that is away for longer has ended: nothing but a restart of kpid brings it
// back. (Yours may come back at any time, so kpid waits for it.)
constexpr std::chrono::seconds kPrivateDatabaseOutageMax{30};

// The database, and the private cluster under it where there is one.
struct OpenedDatabase {
  std::unique_ptr<storage::EmbeddedCluster> cluster;
  std::string url;
  std::unique_ptr<storage::Database> database;  // Last: closed first.
};

int Fail(const char* what, const absl::Status& status, int exit_code) {
  LogLine(spdlog::level::critical, what).Field("error", StdView(status.message())).Write();
  return exit_code;
}

// Every connection takes a descriptor, and running out of them kills the listener.
void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) == 0) {
    LogLine(spdlog::level::debug, "file_limit")
        .Field("descriptors", static_cast<int64_t>(limit.rlim_cur))
        .Write();
  }
}

// Left to itself malloc serves ever larger blocks from its arenas once one was freed, and keeps
// them: a load left twice as much behind as it holds. From this size on blocks go back at once.
constexpr int kReturnedBlockBytes = 4 << 20;

// Smaller ones are kept for the next question up to this much an arena, of which there are few:
// to get fresh memory from the system took a third of a question's time.
constexpr int kKeptBytesPerArena = 8 << 20;
constexpr int kMemoryArenasMax = 4;

void SetMemoryPolicy() {
  mallopt(M_MMAP_THRESHOLD, kReturnedBlockBytes);
  mallopt(M_TRIM_THRESHOLD, kKeptBytesPerArena);
  mallopt(M_ARENA_MAX, kMemoryArenasMax);
}

storage::DatabaseOptions DatabaseOptionsOf(const Configuration& c, std::string url) {
  storage::DatabaseOptions options;
  options.url = std::move(url);
  options.write_connections_max = static_cast<int>(c.write_connections);
  options.read_connections_max = static_cast<int>(c.read_connections);
  options.connections_per_load_max = static_cast<int>(c.connections_per_query);
  options.waiters_max = static_cast<int>(c.connection_waiters);
  options.acquire_timeout = c.connection_wait;
  options.statement_timeout = c.statement_timeout;
  options.connect_timeout = c.connect_timeout;
  return options;
}

// Starts the private cluster where no other database is named.
absl::StatusOr<OpenedDatabase> FindDatabase(const Configuration& c) {
  OpenedDatabase opened;
  if (!c.database_url.empty()) {
    opened.url = c.database_url;
    return opened;
  }
  storage::EmbeddedClusterOptions options;
  options.data_dir = c.data_dir;
  options.binary_dir = c.postgresql_dir;
  options.user = c.postgresql_user;
  auto cluster = storage::EmbeddedCluster::Start(std::move(options));
  if (!cluster.ok()) return cluster.status();
  opened.cluster = *std::move(cluster);
  opened.url = opened.cluster->url();
  return opened;
}

absl::StatusOr<storage::MigrationReport> Migrate(const OpenedDatabase& opened) {
  auto report = storage::Migrate(opened.url);
  if (report.ok()) {
    LogLine(spdlog::level::info, "schema")
        .Field("version", report->version_after)
        .Field("applied", static_cast<int64_t>(report->applied.size()))
        .Write();
  }
  return report;
}

absl::StatusOr<OpenedDatabase> OpenDatabase(const Configuration& c) {
  auto opened = FindDatabase(c);
  if (!opened.ok()) return opened;
  LogLine(spdlog::level::info, "database")
      .Field("kind", opened->cluster ? "private" : "given")
      .Field("data_dir", opened->cluster ? c.data_dir : std::string("-"))
      .Write();
  if (c.migrate) {
    if (auto report = Migrate(*opened); !report.ok()) return report.status();
  }
  auto database = storage::Database::Open(DatabaseOptionsOf(c, opened->url));
  if (!database.ok()) return database.status();
  opened->database = *std::move(database);
  return opened;
}

void SweepSurveys(storage::RecordStore* store, StopRequest* stop) {
  metrics::CallLimits limits;
  limits.deadline = std::chrono::steady_clock::now() + kSurveySweepMax;
  limits.cancelled = [stop] { return stop->requested(); };
  const auto stamped = store->StampWaitingSurveys(limits);
  if (stamped.ok() && *stamped == 0) return;
  if (stamped.ok()) {
    LogLine(spdlog::level::info, "surveys_stamped").Field("count", *stamped).Write();
  } else if (!stop->requested()) {
    LogLine(spdlog::level::warn, "survey_sweep_failed")
        .Field("error", StdView(stamped.status().message()))
        .Write();
  }
}

// Serves until asked to stop. Everything that it opens is closed when it returns.
int ServeUntilStopped(const Configuration& c, StopRequest* stop) {
  auto opened = OpenDatabase(c);
  if (!opened.ok()) return Fail("database_failed", opened.status(), kExitDatabase);
  storage::Database* database = opened->database.get();
  storage::RecordStore records(database);
  storage::RosterStore roster(database);
  storage::TargetStore targets(database);
  Clock* clock = Clock::System();
  storage::FactLoader facts(database, {c.facts_max}, [clock] { return clock->WallNow(); });

  ServerDependencies dependencies;
  dependencies.store_batch = [&](const storage::RecordBatch& batch,
                                 const metrics::CallLimits& limits) {
    return records.Ingest(batch, limits);
  };
  dependencies.roster = &roster;
  dependencies.targets = &targets;
  std::optional<ResidentStore> resident;
  if (c.resident) resident.emplace(c, database, &facts, clock);
  dependencies.facts = resident ? resident->facts() : &facts;
  dependencies.resident = resident ? &*resident : nullptr;
  storage::RecordNames record_names(database);
  storage::SurveyComments comments(database);
  dependencies.search = SearchIn(&record_names, &comments);
  OutageWatch outage(
      kPrivateDatabaseOutageMax,
      [stop] {
        LogLine(spdlog::level::critical, "private_database_ended").Write();
        stop->Stop(kExitDatabase, /*urgent=*/true);
      },
      clock);
  dependencies.ping = [&](const metrics::CallLimits& limits) {
    const absl::Status status = database->Ping(limits);
    if (opened->cluster) outage.Note(status.ok());
    return status;
  };
  dependencies.clock = clock;
  dependencies.on_dead = [stop] {
    LogLine(spdlog::level::critical, "listener_dead").Write();
    stop->Stop(kExitListenerDead, /*urgent=*/true);
  };
  if (stop->requested()) return kExitOk;
  auto server = GrpcServer::Start(c, std::move(dependencies));
  if (!server.ok()) return Fail("listen_failed", server.status(), kExitAddress);
  // Queries are answered from the database until the facts are there.
  if (resident) resident->Start();
  stop->SetHurry([&] { (*server)->Hurry(); });
  const PeriodicTask sweep(
      clock, c.survey_sweep_interval, [&] { SweepSurveys(&records, stop); },
      PeriodicTask::First::kAtOnce);
  LogLine(spdlog::level::info, "serving")
      .Field("address", (*server)->address())
      .Field("version", KPID_VERSION)
      .Write();

  const int exit_code = stop->Wait();
  (*server)->Shutdown(c.DrainDelay(), c.shutdown_grace);
  stop->SetHurry(nullptr);
  return exit_code;
}

// Logs as configured while `work` runs; its exit code.
template <typename Work>
int WithLogging(const Configuration& configuration, Work work) {
  const LogFormat format = configuration.log_format == "json" ? LogFormat::kJson : LogFormat::kText;
  if (absl::Status status = StartLogging(configuration.log_level, format); !status.ok()) {
    return Fail("logging_failed", status, kExitUsage);
  }
  const int exit_code = work();
  StopLogging();
  return exit_code;
}

}  // namespace

int Serve(const Configuration& configuration) {
  StopRequest stop;
  const SignalThread signals(&stop);  // First: all threads inherit its signal mask.
  return WithLogging(configuration, [&] {
    RaiseFileLimit();
    SetMemoryPolicy();
    const int exit_code = ServeUntilStopped(configuration, &stop);
    LogLine(spdlog::level::info, "stopped").Field("exit_code", exit_code).Write();
    return exit_code;
  });
}

int MigrateDatabase(const Configuration& configuration) {
  return WithLogging(configuration, [&]() -> int {
    auto opened = FindDatabase(configuration);
    if (!opened.ok()) return Fail("database_failed", opened.status(), kExitDatabase);
    const auto report = Migrate(*opened);
    if (!report.ok()) return Fail("migration_failed", report.status(), kExitDatabase);
    for (const std::string& name : report->applied) std::printf("applied %s\n", name.c_str());
    std::printf("schema version %d (was %d)\n", report->version_after, report->version_before);
    return kExitOk;
  });
}

}  // namespace kpid::server
