// The connections to one PostgreSQL database.
//
// Errors of everything in storage: UNAVAILABLE (cannot be reached, restarting, failed over; a
// retry is safe), RESOURCE_EXHAUSTED (reason OVERLOADED when no connection came free in time,
// DISK_FULL), ABORTED (lost a conflict although retried), CANCELLED, DEADLINE_EXCEEDED,
// INTERNAL (a bug; details are logged, never in the message). Messages hold no SQL.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "storage/commit_clock.h"

namespace kpid::storage {

struct DatabaseOptions {
  // libpq connection string or URI. May hold a password: never log it.
  std::string url;

  // Most connections open at once, for writes and for reads. Each query may use up to
  // connections_per_load_max of the latter.
  int write_connections_max = 8;
  int read_connections_max = 8;
  int connections_per_load_max = 4;

  // Most callers that wait for a connection, and how long one waits.
  int waiters_max = 256;
  std::chrono::milliseconds acquire_timeout{5'000};

  // PostgreSQL ends a statement after this; the backstop behind deadlines.
  std::chrono::milliseconds statement_timeout{120'000};

  // How long to try to reach the server for one connection.
  std::chrono::milliseconds connect_timeout{5'000};

  absl::Status Validate() const;
};

class SessionPool;      // storage/session_pool.h, private to storage.
class TextSessionPool;  // storage/text_session.h, private to storage.

// Safe for concurrent use. Connections are opened when needed and thrown away when broken.
class Database {
 public:
  // Checks that the server answers, is PostgreSQL 13 or later in UTF-8, that fsync and
  // synchronous_commit are on (else logs a warning), and that the schema is the one of this
  // program: FAILED_PRECONDITION (reason SCHEMA_VERSION) says to migrate, or to upgrade.
  static absl::StatusOr<std::unique_ptr<Database>> Open(DatabaseOptions options);
  ~Database();

  const DatabaseOptions& options() const { return options_; }

  // Asks the server for a trivial answer: what health is made of.
  absl::Status Ping(const metrics::CallLimits& limits);

  // Counts the commits that this process's stores acknowledge: each store advances it.
  CommitClock& commits() { return commits_; }

  SessionPool& writers() { return *writers_; }
  SessionPool& readers() { return *readers_; }
  TextSessionPool& roster_sessions() { return *roster_sessions_; }

 private:
  Database(DatabaseOptions options, std::unique_ptr<SessionPool> writers,
           std::unique_ptr<SessionPool> readers, std::unique_ptr<TextSessionPool> roster_sessions);

  DatabaseOptions options_;
  std::unique_ptr<SessionPool> writers_;
  std::unique_ptr<SessionPool> readers_;
  std::unique_ptr<TextSessionPool> roster_sessions_;
  CommitClock commits_;
};

}  // namespace kpid::storage
