#include "tests/bench/centre/postgres_peer.h"

#include <libpq-fe.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "absl/strings/str_cat.h"

namespace kpid::bench {
namespace {

using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

PGconn* Of(void* connection) { return static_cast<PGconn*>(connection); }

absl::StatusOr<Result> Execute(PGconn* connection, const std::string& sql) {
  Result result(PQexec(connection, sql.c_str()), &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_OUT) {
    return result;
  }
  return absl::InternalError(absl::StrCat(PQerrorMessage(connection), " in: ", sql.substr(0, 200)));
}

Answer AnswerOf(const PGresult* result) {
  Answer answer;
  for (int row = 0; row < PQntuples(result); ++row) {
    auto& values =
        answer[{std::atoll(PQgetvalue(result, row, 0)), std::atoll(PQgetvalue(result, row, 1))}];
    for (int column = 2; column < PQnfields(result); ++column) {
      values.push_back(PQgetisnull(result, row, column)
                           ? std::nullopt
                           : std::optional(std::atof(PQgetvalue(result, row, column))));
    }
  }
  return answer;
}

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresPeer>> PostgresPeer::Connect(const std::string& url) {
  PGconn* const connection = PQconnectdb(url.c_str());
  std::unique_ptr<PostgresPeer> peer(new PostgresPeer(connection));
  if (PQstatus(connection) != CONNECTION_OK) {
    return absl::UnavailableError(PQerrorMessage(connection));
  }
  return peer;
}

PostgresPeer::~PostgresPeer() { PQfinish(Of(connection_)); }

absl::Status PostgresPeer::Run(const std::vector<std::string>& statements) {
  for (const std::string& statement : statements) {
    if (auto result = Execute(Of(connection_), statement); !result.ok()) return result.status();
  }
  return absl::OkStatus();
}

absl::StatusOr<TimedAnswer> PostgresPeer::Ask(const std::string& sql, int runs) {
  const auto first = Execute(Of(connection_), sql);
  if (!first.ok()) return first.status();
  TimedAnswer timed{AnswerOf(first->get()), {}};
  absl::StatusOr<Timing> timing = Time(sql, runs);
  if (!timing.ok()) return timing.status();
  timed.timing = *std::move(timing);
  return timed;
}

absl::StatusOr<Timing> PostgresPeer::Time(const std::string& sql, int runs) {
  Timing timing;
  for (int run = 0; run < runs; ++run) {
    const auto begin = std::chrono::steady_clock::now();
    const auto result = Execute(Of(connection_), sql);
    if (!result.ok()) return result.status();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    timing.milliseconds.push_back(took.count());
  }
  return timing;
}

absl::Status PostgresPeer::Export(const std::string& select, const std::string& path) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "w"), &std::fclose);
  if (file == nullptr) return absl::InternalError(absl::StrCat("cannot write ", path));
  const auto begun =
      Execute(Of(connection_), absl::StrCat("COPY (", select, ") TO STDOUT (FORMAT csv, HEADER)"));
  if (!begun.ok()) return begun.status();
  char* buffer = nullptr;
  int size = 0;
  bool written = true;
  while ((size = PQgetCopyData(Of(connection_), &buffer, 0)) > 0) {
    written &=
        std::fwrite(buffer, 1, static_cast<size_t>(size), file.get()) == static_cast<size_t>(size);
    PQfreemem(buffer);
  }
  const Result end(PQgetResult(Of(connection_)), &PQclear);
  const Result nothing(PQgetResult(Of(connection_)), &PQclear);
  if (size == -2 || !written) return absl::InternalError(absl::StrCat("export to ", path));
  return absl::OkStatus();
}

}  // namespace kpid::bench
