#include "storage/database.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "metrics/error_reason.h"
#include "storage/migrations.h"
#include "storage/retry.h"
#include "storage/session_pool.h"
#include "storage/text_session.h"

namespace kpid::storage {
namespace {

using metrics::CallLimits;
using metrics::ErrorWithReason;

constexpr int kServerVersionMin = 130'000;

// Connections of the roster: changes of it are rare and happen one after the other anyway.
constexpr int kRosterConnectionsMax = 2;

// Writers join by index lookups: batches are small next to the tables, and the planner, which
// cannot know that, would read whole tables instead.
constexpr const char* kWriterSettings =
    "-c enable_hashjoin=off -c enable_mergejoin=off -c enable_seqscan=off";

constexpr Statement kPing{"ping", "SELECT 1"};

// What the server is, and whether it keeps what it acknowledges.
constexpr Statement kDescribeServer{
    "describe_server",
    "SELECT current_setting('server_version_num'), current_setting('server_encoding'),"
    " current_setting('fsync'),"
    " (SELECT reset_val FROM pg_settings WHERE name = 'synchronous_commit'),"
    " to_regclass('kpid.schema_migrations') IS NOT NULL"};

constexpr Statement kSchemaVersion{"schema_version",
                                   "SELECT coalesce(max(version), 0) FROM kpid.schema_migrations"};

absl::Status CheckServer(Session* session, bool* has_schema) {
  absl::StatusOr<Rows> rows = session->Execute(kDescribeServer, {}, {});
  if (!rows.ok()) return rows.status();
  int version = 0;
  if (!absl::SimpleAtoi(std::string(rows->At(0, 0).Text()), &version) ||
      version < kServerVersionMin) {
    return absl::FailedPreconditionError("PostgreSQL 13 or later is needed");
  }
  if (rows->At(0, 1).Text() != "UTF8") {
    return absl::FailedPreconditionError(
        "the database's encoding must be UTF8: CREATE DATABASE ... ENCODING 'UTF8'");
  }
  if (rows->At(0, 2).Text() != "on") {
    spdlog::warn("fsync is off in the database: a crash of its machine can lose everything");
  }
  if (rows->At(0, 3).Text() == "off") {
    spdlog::warn("synchronous_commit is off in the database: kpid turns it on for its sessions");
  }
  *has_schema = rows->Bool(0, 4);
  return absl::OkStatus();
}

absl::Status CheckSchema(Session* session, bool has_schema) {
  int version = 0;
  if (has_schema) {
    absl::StatusOr<Rows> rows = session->Execute(kSchemaVersion, {}, {});
    if (!rows.ok()) return rows.status();
    version = rows->At(0, 0).Int();
  }
  if (version == SchemaVersion()) return absl::OkStatus();
  const char* advice = version < SchemaVersion() ? "run `kpid migrate`" : "use a newer kpid";
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition,
                         absl::StrCat("the database has schema version ", version,
                                      ", this program needs ", SchemaVersion(), ": ", advice),
                         {"SCHEMA_VERSION",
                          {{"database_version", absl::StrCat(version)},
                           {"program_version", absl::StrCat(SchemaVersion())}}});
}

}  // namespace

absl::Status DatabaseOptions::Validate() const {
  if (url.empty()) return absl::InvalidArgumentError("the database URL is empty");
  if (write_connections_max < 1 || read_connections_max < 1 || connections_per_load_max < 1) {
    return absl::InvalidArgumentError("at least one connection of each kind is needed");
  }
  if (connections_per_load_max > read_connections_max) {
    return absl::InvalidArgumentError(
        "connections of one load cannot be more than all read connections");
  }
  if (waiters_max < 0) return absl::InvalidArgumentError("waiters_max is negative");
  if (acquire_timeout.count() <= 0 || connect_timeout.count() <= 0 ||
      statement_timeout.count() <= 0) {
    return absl::InvalidArgumentError("timeouts of the database must be positive");
  }
  return absl::OkStatus();
}

Database::Database(DatabaseOptions options, std::unique_ptr<SessionPool> writers,
                   std::unique_ptr<SessionPool> readers,
                   std::unique_ptr<TextSessionPool> roster_sessions)
    : options_(std::move(options)),
      writers_(std::move(writers)),
      readers_(std::move(readers)),
      roster_sessions_(std::move(roster_sessions)) {}

Database::~Database() = default;

absl::StatusOr<std::unique_ptr<Database>> Database::Open(DatabaseOptions options) {
  absl::Status status = options.Validate();
  if (!status.ok()) return status;
  const SessionOptions session_options{options.url, options.connect_timeout,
                                       options.statement_timeout, ""};
  status = Retry({}, RealRetryEnvironment(), {}, [&]() -> absl::Status {
    absl::StatusOr<std::unique_ptr<Session>> session = Session::Open(session_options, {});
    if (!session.ok()) return session.status();
    bool has_schema = false;
    const absl::Status server = CheckServer(session->get(), &has_schema);
    return server.ok() ? CheckSchema(session->get(), has_schema) : server;
  });
  if (!status.ok()) return status;

  const auto open_reader = [session_options](const CallLimits& limits) {
    return Session::Open(session_options, limits);
  };
  SessionOptions writer_options = session_options;
  writer_options.settings = kWriterSettings;
  const auto open_writer = [writer_options](const CallLimits& limits) {
    return Session::Open(writer_options, limits);
  };
  const auto open_text = [session_options](const CallLimits&) {
    return TextSession::Open(session_options);
  };
  const auto pool_options = [&](int connections_max) {
    return PoolOptions{connections_max, options.waiters_max, options.acquire_timeout};
  };
  auto writers =
      std::make_unique<SessionPool>(pool_options(options.write_connections_max), open_writer);
  auto readers =
      std::make_unique<SessionPool>(pool_options(options.read_connections_max), open_reader);
  auto roster = std::make_unique<TextSessionPool>(pool_options(kRosterConnectionsMax), open_text);
  return std::unique_ptr<Database>(
      new Database(std::move(options), std::move(writers), std::move(readers), std::move(roster)));
}

absl::Status Database::Ping(const CallLimits& limits) {
  absl::StatusOr<SessionLease> session = readers_->Acquire(limits);
  if (!session.ok()) return session.status();
  return (*session)->Execute(kPing, {}, limits).status();
}

}  // namespace kpid::storage
