// One connection to PostgreSQL, for the data path: binary values, deadlines that end statements.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "storage/binary_format.h"
#include "storage/connection_parameters.h"

namespace kpid::storage {

// SQL and the name that it goes by in logs.
struct Statement {
  std::string_view name;
  std::string_view sql;

  // Whether a row of the same identity is to be reckoned with: then it is ALREADY_EXISTS, not a
  // bug.
  bool may_collide = false;
};

// A value sent with a statement: its type and binary form.
struct Parameter {
  TypeOid type;
  std::string bytes;
};
Parameter ArrayParameter(ArrayEncoder* encoder);
Parameter LongParameter(int64_t value);
Parameter IntParameter(int32_t value);
Parameter InstantParameter(metrics::Instant value);
Parameter TextParameter(std::string value);

// Rows that a statement returned, in binary form.
class Rows {
 public:
  explicit Rows(PGresult* result) : result_(result, &PQclear) {}

  int size() const { return PQntuples(result_.get()); }
  FieldView At(int row, int column) const;
  bool Bool(int row, int column) const { return *At(row, column).data != 0; }

  // Rows that an INSERT, UPDATE or DELETE touched.
  int64_t affected() const;

 private:
  std::unique_ptr<PGresult, decltype(&PQclear)> result_;
};

// Thread-compatible. Statements end within about 50 ms of their limits; the session cannot be
// used afterwards.
class Session {
 public:
  // UNAVAILABLE with the cause, fit for a log: it may name hosts and users.
  static absl::StatusOr<std::unique_ptr<Session>> Open(const SessionOptions& options,
                                                       const metrics::CallLimits& limits);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Runs one statement.
  absl::StatusOr<Rows> Execute(const Statement& statement, std::span<const Parameter> parameters,
                               const metrics::CallLimits& limits);

  // Runs several statements separated by semicolons, without parameters; returns the rows of the
  // last, in text form.
  absl::StatusOr<Rows> ExecuteScript(const Statement& statement, const metrics::CallLimits& limits);

  // Runs a COPY ... TO STDOUT and gives its data away in chunks. An error of `sink` ends it.
  absl::Status CopyOut(const Statement& statement, const metrics::CallLimits& limits,
                       const std::function<absl::Status(std::string_view)>& sink);

  // Whether it may serve another caller: connected, at rest, outside of a transaction.
  bool Reusable();

  // Whether the server, not the caller, ended it.
  bool server_lost() const { return server_lost_; }

  // Of the server and database that answers: another one (another cluster, a restored or
  // promoted one) has another.
  const std::string& identity() const { return identity_; }

  // Server process, as in pg_stat_activity.
  int backend_pid() const { return PQbackendPID(connection_.get()); }

 private:
  Session(PGconn* connection, std::chrono::milliseconds statement_timeout);

  absl::Status Connect(std::chrono::milliseconds timeout, const metrics::CallLimits& limits);
  absl::Status WaitForSocket(short events, const metrics::CallLimits& limits);
  absl::Status Flush(const metrics::CallLimits& limits);
  absl::StatusOr<PGresult*> NextResult(const metrics::CallLimits& limits);
  absl::StatusOr<Rows> Finish(const Statement& statement, bool sent,
                              const metrics::CallLimits& limits);
  absl::Status CopyRows(const metrics::CallLimits& limits,
                        const std::function<absl::Status(std::string_view)>& sink);
  absl::Status ErrorOf(const PGresult* result, const Statement& statement,
                       const metrics::CallLimits& limits);
  absl::Status Lost();
  void Abandon();

  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
  std::chrono::milliseconds statement_timeout_;
  std::chrono::steady_clock::time_point statement_start_;
  std::string identity_;
  bool usable_ = true;
  bool server_lost_ = false;
};

// A transaction, rolled back unless committed.
class Transaction {
 public:
  // `begin` opens it, and may do more in the same round trip; *rows gets its rows.
  static absl::StatusOr<Transaction> Begin(Session* session, const Statement& begin,
                                           const metrics::CallLimits& limits);
  ~Transaction();
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;

  // Rows of the last statement of `begin`, in text form.
  const Rows& begin_rows() const { return begin_rows_; }

  absl::Status Commit(const metrics::CallLimits& limits);

 private:
  Transaction(Session* session, Rows begin_rows)
      : session_(session), begin_rows_(std::move(begin_rows)) {}

  Session* session_;
  Rows begin_rows_;
};

}  // namespace kpid::storage
