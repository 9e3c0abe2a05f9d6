// The only file that knows libpqxx. Builds with 6.4 and 7.x: exec_params is the way of passing
// parameters that both have, transaction_rollback is caught before sql_error because it is not
// one in 6.4, and broken connections are never used again because 6.4 reactivates them at will.
#include "storage/text_session.h"

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <pqxx/pqxx>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "storage/pg_error.h"

namespace kpid::storage {
namespace {

using metrics::CallLimits;

constexpr std::chrono::milliseconds kLimitsCheckInterval{25};

// Asks the server to end the running statement once the limits are passed, as long as it lives.
class LimitsWatch {
 public:
  LimitsWatch(pqxx::connection* connection, const CallLimits& limits)
      : connection_(connection), limits_(limits) {
    const bool limited =
        limits.cancelled || limits.deadline < std::chrono::steady_clock::time_point::max();
    if (limited) thread_ = std::thread([this] { Watch(); });
  }

  ~LimitsWatch() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

  bool fired() const {
    const std::lock_guard lock(mutex_);
    return fired_;
  }

 private:
  void Watch() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, kLimitsCheckInterval, [this] { return stopped_; })) {
      if (limits_.Check().ok()) continue;
      fired_ = true;
      try {
        connection_->cancel_query();
      } catch (const std::exception& error) {
        spdlog::debug("cannot cancel a statement: {}", error.what());
      }
    }
  }

  pqxx::connection* const connection_;
  const CallLimits& limits_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false;
  bool fired_ = false;
  std::thread thread_;
};

// What went wrong, and whether the server ended the connection.
struct Failure {
  absl::Status status;
  bool server_lost = false;
};

// The first line of what PostgreSQL said: those after it may quote values.
std::string FirstLine(const std::exception& error) {
  const std::string text = error.what();
  return text.substr(0, text.find('\n'));
}

// The status of the exception being handled.
Failure CurrentFailure(std::string_view statement) {
  try {
    throw;
  } catch (const pqxx::transaction_rollback&) {
    return {StatusOfSqlState("40001", statement, "")};
  } catch (const pqxx::in_doubt_error&) {
    return {StatusOfSqlState("", statement, ""), true};
  } catch (const pqxx::broken_connection&) {
    return {StatusOfSqlState("", statement, ""), true};
  } catch (const pqxx::sql_error& error) {
    const std::string sqlstate = error.sqlstate();
    return {StatusOfSqlState(sqlstate, statement, FirstLine(error)), EndsSession(sqlstate)};
  } catch (const std::exception& error) {
    return {StatusOfSqlState("XX000", statement, FirstLine(error))};
  }
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // 7.10 has a newer way.

template <size_t... kIndexes>
pqxx::result ExecuteWith(pqxx::work* work, const std::string& sql,
                         const std::vector<TextValue>& parameters,
                         std::index_sequence<kIndexes...>) {
  return work->exec_params(sql, parameters[kIndexes]...);
}

// Calls exec_params with as many arguments as there are parameters.
template <size_t kCount>
pqxx::result ExecuteAny(pqxx::work* work, const std::string& sql,
                        const std::vector<TextValue>& parameters) {
  if constexpr (kCount < kTextParametersMax) {
    if (parameters.size() > kCount) return ExecuteAny<kCount + 1>(work, sql, parameters);
  }
  return ExecuteWith(work, sql, parameters, std::make_index_sequence<kCount>());
}

#pragma GCC diagnostic pop

TextRows RowsOf(const pqxx::result& result) {
  TextRows rows;
  rows.reserve(result.size());
  for (const auto& row : result) {
    TextRow& values = rows.emplace_back();
    for (const auto& field : row) {
      if (field.is_null()) {
        values.emplace_back();
      } else {
        values.emplace_back(std::string(field.c_str(), field.size()));
      }
    }
  }
  return rows;
}

class PqxxTransaction : public TextTransaction {
 public:
  PqxxTransaction(pqxx::work* work, const CallLimits& limits, bool* server_lost)
      : work_(work), limits_(limits), server_lost_(server_lost) {}

  absl::StatusOr<TextRows> Execute(const Statement& statement,
                                   const std::vector<TextValue>& parameters) override {
    absl::Status status = limits_.Check();
    if (!status.ok()) return status;
    try {
      return RowsOf(ExecuteAny<0>(work_, std::string(statement.sql), parameters));
    } catch (...) {
      return Failed(statement);
    }
  }

  absl::Status ExecuteScript(const Statement& statement) override {
    absl::Status status = limits_.Check();
    if (!status.ok()) return status;
    try {
      work_->exec(std::string(statement.sql));
      return absl::OkStatus();
    } catch (...) {
      return Failed(statement);
    }
  }

 private:
  absl::Status Failed(const Statement& statement) {
    const Failure failure = CurrentFailure(statement.name);
    if (failure.server_lost) *server_lost_ = true;
    return failure.status;
  }

  pqxx::work* const work_;
  const CallLimits& limits_;
  bool* const server_lost_;
};

}  // namespace

class TextSession::Implementation {
 public:
  explicit Implementation(const std::string& connection_string)
      : connection_(std::make_unique<pqxx::connection>(connection_string)) {}

  absl::Status InTransaction(const CallLimits& limits,
                             const std::function<absl::Status(TextTransaction&)>& work) {
    absl::Status status = limits.Check();
    if (!status.ok()) return status;
    {
      const LimitsWatch watch(connection_.get(), limits);
      status = Run(limits, work);
      // A request to cancel may still be on its way and would hit the next statement.
      if (watch.fired()) usable_ = false;
    }
    if (absl::IsCancelled(status)) {
      const absl::Status caller = limits.Check();
      if (!caller.ok()) return caller;
    }
    return status;
  }

  bool usable() const { return usable_ && !server_lost_ && connection_->is_open(); }
  bool server_lost() const { return server_lost_; }

 private:
  absl::Status Run(const CallLimits& limits,
                   const std::function<absl::Status(TextTransaction&)>& work) {
    try {
      pqxx::work transaction(*connection_);
      PqxxTransaction statements(&transaction, limits, &server_lost_);
      absl::Status status = work(statements);
      if (!status.ok()) return status;
      transaction.commit();
      return absl::OkStatus();
    } catch (...) {
      const Failure failure = CurrentFailure("transaction");
      if (failure.server_lost) server_lost_ = true;
      return failure.status;
    }
  }

  std::unique_ptr<pqxx::connection> connection_;
  bool usable_ = true;
  bool server_lost_ = false;
};

TextSession::TextSession(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
TextSession::~TextSession() = default;

absl::StatusOr<std::unique_ptr<TextSession>> TextSession::Open(const SessionOptions& options) {
  absl::StatusOr<ConnectionParameters> parameters = ParametersOf(options);
  if (!parameters.ok()) return parameters.status();
  const auto timeout = std::chrono::ceil<std::chrono::seconds>(options.connect_timeout);
  parameters->emplace_back("connect_timeout", absl::StrCat(timeout.count()));
  try {
    return std::unique_ptr<TextSession>(
        new TextSession(std::make_unique<Implementation>(ConnectionString(*parameters))));
  } catch (const std::exception& error) {
    return DatabaseUnavailable(absl::StrCat("cannot connect to the database: ", error.what()));
  }
}

absl::Status TextSession::InTransaction(const CallLimits& limits,
                                        const std::function<absl::Status(TextTransaction&)>& work) {
  return implementation_->InTransaction(limits, work);
}

bool TextSession::Reusable() const { return implementation_->usable(); }
bool TextSession::server_lost() const { return implementation_->server_lost(); }

}  // namespace kpid::storage
