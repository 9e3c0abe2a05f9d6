#include "storage/session.h"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "metrics/error_reason.h"
#include "storage/pg_error.h"

namespace kpid::storage {
namespace {

using metrics::CallLimits;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How often a waiting statement looks whether its caller has gone.
constexpr milliseconds kCancelCheckInterval{25};

// How long a rollback may take before the connection is closed instead, which rolls back too.
constexpr milliseconds kRollbackTimeout{1'000};

// Who answers: cluster, timeline (a promoted standby has another one), database. Also turns
// synchronous_commit on where the server's default is off: acknowledged means on disk.
constexpr Statement kIdentifyServer{
    "identify_server",
    "SELECT (SELECT system_identifier FROM pg_control_system()) || '/'"
    " || CASE WHEN pg_is_in_recovery() THEN 'standby'"
    "    ELSE left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) END || '/'"
    " || (SELECT oid FROM pg_database WHERE datname = current_database()),"
    " CASE WHEN current_setting('synchronous_commit') = 'off'"
    "    THEN set_config('synchronous_commit', 'on', false) END"};

constexpr Statement kCommit{"commit", "COMMIT"};
constexpr Statement kRollback{"rollback", "ROLLBACK"};

// Asks the server to end what the connection runs. Over TCP this makes a connection, which can
// hang when the network is gone; then it is nobody's wait but its own thread's.
void SendCancel(PGconn* connection) {
  PGcancel* cancel = PQgetCancel(connection);
  if (cancel == nullptr) return;
  const auto send = [cancel] {
    std::array<char, 256> error;
    PQcancel(cancel, error.data(), error.size());
    PQfreeCancel(cancel);
  };
  const char* host = PQhost(connection);
  if (host != nullptr && host[0] == '/') {
    send();
  } else {
    std::thread(send).detach();
  }
}

Parameter Fixed(TypeOid type, void (*append)(std::string*, int64_t), int64_t value) {
  Parameter parameter{type, {}};
  append(&parameter.bytes, value);
  return parameter;
}

}  // namespace

Parameter ArrayParameter(ArrayEncoder* encoder) {
  return {ArrayTypeOf(encoder->element()), encoder->Finish()};
}
Parameter LongParameter(int64_t value) { return Fixed(TypeOid::kInt8, AppendInt64, value); }
Parameter IntParameter(int32_t value) {
  Parameter parameter{TypeOid::kInt4, {}};
  AppendInt32(&parameter.bytes, value);
  return parameter;
}
Parameter InstantParameter(metrics::Instant value) {
  return Fixed(TypeOid::kTimestamptz, AppendInt64, TimestampOf(value));
}
Parameter TextParameter(std::string value) { return {TypeOid::kText, std::move(value)}; }

FieldView Rows::At(int row, int column) const {
  if (PQgetisnull(result_.get(), row, column) != 0) return {};
  return {PQgetvalue(result_.get(), row, column), PQgetlength(result_.get(), row, column)};
}

int64_t Rows::affected() const {
  const std::string_view text = PQcmdTuples(result_.get());
  int64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

Session::Session(PGconn* connection, milliseconds statement_timeout)
    : connection_(connection, &PQfinish), statement_timeout_(statement_timeout) {}

Session::~Session() = default;

absl::StatusOr<std::unique_ptr<Session>> Session::Open(const SessionOptions& options,
                                                       const CallLimits& limits) {
  absl::StatusOr<ConnectionParameters> parameters = ParametersOf(options);
  if (!parameters.ok()) return parameters.status();
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : *parameters) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  std::unique_ptr<Session> session(new Session(
      PQconnectStartParams(keywords.data(), values.data(), 0), options.statement_timeout));
  absl::Status status = session->Connect(options.connect_timeout, limits);
  if (!status.ok()) return status;
  absl::StatusOr<Rows> identity = session->Execute(kIdentifyServer, {}, limits);
  if (!identity.ok()) return identity.status();
  session->identity_ = std::string(identity->At(0, 0).Text());
  return session;
}

absl::Status Session::Connect(milliseconds timeout, const CallLimits& limits) {
  const auto give_up = steady_clock::now() + timeout;
  CallLimits connect_limits = limits;
  connect_limits.deadline = std::min(limits.deadline, give_up);
  PGconn* connection = connection_.get();
  if (connection == nullptr) return DatabaseUnavailable("out of memory for a connection");
  PostgresPollingStatusType polling = PGRES_POLLING_WRITING;
  if (PQstatus(connection) == CONNECTION_BAD) polling = PGRES_POLLING_FAILED;
  while (polling != PGRES_POLLING_OK) {
    if (polling == PGRES_POLLING_FAILED) {
      return DatabaseUnavailable(absl::StrCat("cannot connect to the database: ",
                                              absl::StripSuffix(PQerrorMessage(connection), "\n")));
    }
    const absl::Status waited =
        WaitForSocket(polling == PGRES_POLLING_READING ? POLLIN : POLLOUT, connect_limits);
    if (!waited.ok()) {
      const absl::Status caller = limits.Check();
      if (!caller.ok()) return caller;
      return DatabaseUnavailable("cannot connect to the database: timeout");
    }
    polling = PQconnectPoll(connection);
  }
  if (PQsetnonblocking(connection, 1) != 0) return Lost();
  return absl::OkStatus();
}

// Waits until the socket has one of the events; not OK when the limits are passed.
absl::Status Session::WaitForSocket(short events, const CallLimits& limits) {
  for (;;) {
    const absl::Status status = limits.Check();
    if (!status.ok()) return status;
    milliseconds wait = limits.cancelled ? kCancelCheckInterval : milliseconds(1'000);
    if (limits.deadline < steady_clock::time_point::max()) {
      const auto left = std::chrono::ceil<milliseconds>(limits.deadline - steady_clock::now());
      wait = std::clamp(left, milliseconds(0), wait);
    }
    pollfd socket{PQsocket(connection_.get()), events, 0};
    const int ready = poll(&socket, 1, static_cast<int>(wait.count()));
    if (ready > 0) return absl::OkStatus();
    if (ready < 0 && errno != EINTR) return Lost();
  }
}

absl::Status Session::Flush(const CallLimits& limits) {
  for (;;) {
    const int left = PQflush(connection_.get());
    if (left == 0) return absl::OkStatus();
    if (left < 0) return Lost();
    const absl::Status status = WaitForSocket(POLLIN | POLLOUT, limits);
    if (!status.ok()) {
      Abandon();
      return status;
    }
    if (PQconsumeInput(connection_.get()) == 0) return Lost();
  }
}

// The next result of the running statement; null after the last.
absl::StatusOr<PGresult*> Session::NextResult(const CallLimits& limits) {
  while (PQisBusy(connection_.get()) != 0) {
    const absl::Status status = WaitForSocket(POLLIN, limits);
    if (!status.ok()) {
      Abandon();
      return status;
    }
    if (PQconsumeInput(connection_.get()) == 0) return Lost();
  }
  return PQgetResult(connection_.get());
}

// Reads all results; returns the last, or the first error.
absl::StatusOr<Rows> Session::Finish(const Statement& statement, bool sent,
                                     const CallLimits& limits) {
  if (!sent) return Lost();
  absl::Status status = Flush(limits);
  if (!status.ok()) return status;
  Rows rows(nullptr);
  for (;;) {
    absl::StatusOr<PGresult*> result = NextResult(limits);
    if (!result.ok()) return result.status();
    if (*result == nullptr) break;
    Rows next(*result);
    const ExecStatusType kind = PQresultStatus(*result);
    if (kind != PGRES_COMMAND_OK && kind != PGRES_TUPLES_OK && status.ok()) {
      status = ErrorOf(*result, statement, limits);
      if (!usable_) return status;
    }
    rows = std::move(next);
  }
  if (!status.ok()) return status;
  if (PQstatus(connection_.get()) != CONNECTION_OK) return Lost();
  return rows;
}

absl::StatusOr<Rows> Session::Execute(const Statement& statement,
                                      std::span<const Parameter> parameters,
                                      const CallLimits& limits) {
  const absl::Status status = limits.Check();
  if (!status.ok()) return status;
  std::vector<Oid> types;
  std::vector<const char*> values;
  std::vector<int> lengths;
  for (const Parameter& parameter : parameters) {
    types.push_back(static_cast<Oid>(parameter.type));
    values.push_back(parameter.bytes.data());
    lengths.push_back(static_cast<int>(parameter.bytes.size()));
  }
  const std::vector<int> formats(parameters.size(), 1);
  statement_start_ = steady_clock::now();
  const int sent = PQsendQueryParams(connection_.get(), std::string(statement.sql).c_str(),
                                     static_cast<int>(parameters.size()), types.data(),
                                     values.data(), lengths.data(), formats.data(), 1);
  return Finish(statement, sent != 0, limits);
}

absl::StatusOr<Rows> Session::ExecuteScript(const Statement& statement, const CallLimits& limits) {
  const absl::Status status = limits.Check();
  if (!status.ok()) return status;
  statement_start_ = steady_clock::now();
  const int sent = PQsendQuery(connection_.get(), std::string(statement.sql).c_str());
  return Finish(statement, sent != 0, limits);
}

absl::Status Session::CopyOut(const Statement& statement, const CallLimits& limits,
                              const std::function<absl::Status(std::string_view)>& sink) {
  absl::Status status = limits.Check();
  if (!status.ok()) return status;
  statement_start_ = steady_clock::now();
  if (PQsendQuery(connection_.get(), std::string(statement.sql).c_str()) == 0) return Lost();
  status = Flush(limits);
  if (!status.ok()) return status;
  for (;;) {
    absl::StatusOr<PGresult*> result = NextResult(limits);
    if (!result.ok()) return result.status();
    if (*result == nullptr) return status;
    const Rows owner(*result);
    const ExecStatusType kind = PQresultStatus(*result);
    if (kind == PGRES_COPY_OUT) {
      status = CopyRows(limits, sink);
      if (!status.ok()) return status;
    } else if (kind != PGRES_COMMAND_OK) {
      status = ErrorOf(*result, statement, limits);
      if (!usable_) return status;
    }
  }
}

absl::Status Session::CopyRows(const CallLimits& limits,
                               const std::function<absl::Status(std::string_view)>& sink) {
  // Limits are looked at while waiting, and now and then while data keeps coming.
  constexpr int kRowsPerCheck = 1'024;
  int rows = 0;
  for (;;) {
    char* data = nullptr;
    const int length = PQgetCopyData(connection_.get(), &data, 1);
    if (length == -1) return absl::OkStatus();
    if (length == -2) return Lost();
    absl::Status status;
    if (length == 0) {
      status = WaitForSocket(POLLIN, limits);
      if (status.ok() && PQconsumeInput(connection_.get()) == 0) return Lost();
    } else {
      const std::unique_ptr<char, decltype(&PQfreemem)> owner(data, &PQfreemem);
      status = sink({data, static_cast<size_t>(length)});
      if (status.ok() && ++rows % kRowsPerCheck == 0) status = limits.Check();
    }
    if (!status.ok()) {
      Abandon();
      return status;
    }
  }
}

absl::Status Session::ErrorOf(const PGresult* result, const Statement& statement,
                              const CallLimits& limits) {
  const char* field = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string_view sqlstate = field == nullptr ? "" : field;
  if (EndsSession(sqlstate)) {
    usable_ = false;
    server_lost_ = true;
  }
  if (sqlstate == "57014") {
    const absl::Status caller = limits.Check();
    if (!caller.ok()) return caller;
    if (statement_timeout_.count() > 0 &&
        steady_clock::now() - statement_start_ >= statement_timeout_) {
      return metrics::ErrorWithReason(absl::StatusCode::kDeadlineExceeded,
                                      "the statement ran into the server's statement timeout",
                                      {"DEADLINE_EXCEEDED", {}});
    }
  }
  if (sqlstate == "23505" && statement.may_collide) {
    return absl::AlreadyExistsError("a row of the same identity is stored");
  }
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  return StatusOfSqlState(sqlstate, statement.name, message == nullptr ? "" : message);
}

absl::Status Session::Lost() {
  usable_ = false;
  server_lost_ = true;
  return DatabaseUnavailable("the connection to the database was lost");
}

// Gives up on the running statement. The session is not used again: a cancel request that comes
// late would hit the next statement. The socket is closed at once, since a server that is blocked
// by sending results does not look at cancel requests.
void Session::Abandon() {
  usable_ = false;
  SendCancel(connection_.get());
  shutdown(PQsocket(connection_.get()), SHUT_RDWR);
}

bool Session::Reusable() {
  PGconn* connection = connection_.get();
  if (!usable_ || PQstatus(connection) != CONNECTION_OK) return false;
  if (PQtransactionStatus(connection) != PQTRANS_IDLE) return false;
  // A server that went away has closed the socket, perhaps after a last message.
  constexpr int kReadsMax = 8;
  pollfd socket{PQsocket(connection), POLLIN, 0};
  for (int reads = 0; poll(&socket, 1, 0) > 0; ++reads) {
    if (reads == kReadsMax || PQconsumeInput(connection) == 0) return false;
  }
  return PQstatus(connection) == CONNECTION_OK;
}

absl::StatusOr<Transaction> Transaction::Begin(Session* session, const Statement& begin,
                                               const CallLimits& limits) {
  absl::StatusOr<Rows> rows = session->ExecuteScript(begin, limits);
  if (!rows.ok()) {
    // The script may have failed after its BEGIN.
    const Transaction rolled_back(session, Rows(nullptr));
    return rows.status();
  }
  return Transaction(session, *std::move(rows));
}

Transaction::Transaction(Transaction&& other) noexcept
    : session_(std::exchange(other.session_, nullptr)), begin_rows_(std::move(other.begin_rows_)) {}

Transaction::~Transaction() {
  if (session_ == nullptr || session_->Reusable()) return;
  CallLimits limits;
  limits.deadline = steady_clock::now() + kRollbackTimeout;
  const absl::StatusOr<Rows> rows = session_->ExecuteScript(kRollback, limits);
  if (!rows.ok()) spdlog::debug("rollback failed, the connection is closed");
}

absl::Status Transaction::Commit(const CallLimits& limits) {
  const absl::StatusOr<Rows> rows =
      std::exchange(session_, nullptr)->ExecuteScript(kCommit, limits);
  return rows.status();
}

}  // namespace kpid::storage
