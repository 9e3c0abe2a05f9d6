#include "tests/bench/centre/bare_copy.h"

#include <libpq-fe.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "storage/feed_plan.h"
#include "storage/feed_tables.h"
#include "storage/feed_transaction.h"
#include "storage/session.h"

namespace kpid::bench {
namespace {

using storage::FeedTransaction;
using storage::Session;

double ProcessSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Processor time that a process of this machine has used; 0 when there is none.
double SecondsOf(int process) {
  std::ifstream stat(absl::StrCat("/proc/", process, "/stat"));
  std::string word;
  while (stat >> word && word.back() != ')') {
  }
  constexpr int kWordsBefore = 11;  // Between the name and the times.
  for (int i = 0; i < kWordsBefore; ++i) stat >> word;
  double user = 0;
  double system = 0;
  stat >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;

absl::Status ErrorOf(PGconn* connection) { return absl::InternalError(PQerrorMessage(connection)); }

absl::StatusOr<Connection> Join(const std::string& url, const std::string& exported) {
  Connection connection(PQconnectdb(url.c_str()), &PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK) return ErrorOf(connection.get());
  const std::string sql = absl::StrCat(
      "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '", exported, "'");
  const std::unique_ptr<PGresult, decltype(&PQclear)> begun(PQexec(connection.get(), sql.c_str()),
                                                            &PQclear);
  if (PQresultStatus(begun.get()) != PGRES_COMMAND_OK) return ErrorOf(connection.get());
  return connection;
}

// Receives all that a COPY gives.
absl::Status Receive(PGconn* connection, const std::string& sql, BareCopy* received) {
  const std::unique_ptr<PGresult, decltype(&PQclear)> begun(PQexec(connection, sql.c_str()),
                                                            &PQclear);
  if (PQresultStatus(begun.get()) != PGRES_COPY_OUT) return ErrorOf(connection);
  char* data = nullptr;
  int length = 0;
  while ((length = PQgetCopyData(connection, &data, 0)) > 0) {
    received->bytes += length;
    ++received->rows;
    PQfreemem(data);
  }
  if (length != -1) return ErrorOf(connection);
  --received->rows;  // The end marker.
  absl::Status status;
  while (PGresult* result = PQgetResult(connection)) {
    if (PQresultStatus(result) != PGRES_COMMAND_OK) status = ErrorOf(connection);
    PQclear(result);
  }
  return status;
}

}  // namespace

absl::StatusOr<BareCopy> MeasureBareCopy(const std::string& database_url, int connections) {
  const auto begin = std::chrono::steady_clock::now();
  const double begin_cpu = ProcessSeconds();
  storage::SessionOptions options;
  options.url = database_url;
  options.settings = "-c idle_in_transaction_session_timeout=0";  // Others do the reading.
  auto session = Session::Open(options, {});
  if (!session.ok()) return session.status();
  auto transaction = FeedTransaction::Begin(session->get(), {});
  if (!transaction.ok()) return transaction.status();
  const auto plan = storage::PlanFeedLoad(session->get(), {.connections = connections}, {});
  if (!plan.ok()) return plan.status();
  const auto exported = transaction->Export({});
  if (!exported.ok()) return exported.status();
  storage::FeedRows rows;
  rows.own_conversations = transaction->own_conversations();

  BareCopy all;
  absl::Status first_error;
  std::mutex mutex;  // Guards these two.
  std::atomic<size_t> next{0};
  const auto work = [&] {
    BareCopy own;
    auto connection = Join(database_url, *exported);
    absl::Status status = connection.status();
    for (size_t i = next++; status.ok() && i < plan->tasks.size(); i = next++) {
      const storage::FeedTask& task = plan->tasks[i];
      status = Receive(connection->get(), CopySql(*task.table, task.part.condition, rows), &own);
    }
    const double backend_seconds = connection.ok() ? SecondsOf(PQbackendPID(connection->get())) : 0;
    const std::lock_guard lock(mutex);
    if (first_error.ok()) first_error = status;
    all.backend_cpu_seconds += backend_seconds;
    all.rows += own.rows;
    all.bytes += own.bytes;
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < connections; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  if (!first_error.ok()) return first_error;
  const absl::Status status = transaction->Commit({});
  if (!status.ok()) return status;
  all.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  all.cpu_seconds = ProcessSeconds() - begin_cpu;
  return all;
}

}  // namespace kpid::bench
