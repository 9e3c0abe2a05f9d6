// The questions of the benchmark: as requests to kpid, and as SQL over wide tables made for them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kpid/v1/query_service.pb.h"

namespace kpid::bench {

// Systems that are asked in SQL.
enum class SqlDialect : uint8_t { kPostgres, kDuckDb, kClickHouse };

struct BenchQuestion {
  std::string name;  // "A".
  std::string description;
  v1::QueryKpisRequest request;  // Bare values, as the others return.

  // By dialect; columns: number of the slice, start of the bucket in seconds since 1970, values
  // in the order of the request's KPIs. Empty: not asked.
  std::string sql;
  std::string Sql(SqlDialect dialect) const;
};

// A to E of the design; F occupancy and adherence, G backlog, H twelve KPIs by agent.
std::vector<BenchQuestion> BenchQuestions();

// A over the raw tables of kpid, FCR by a window function (PostgreSQL only).
std::string RawWindowSql();

// Makes the wide tables (schema bench) out of kpid's in the same database, with the indexes and
// statistics that serve the questions best.
std::vector<std::string> WideTableStatements();

// Settings for a session that asks: parallel plans, memory.
std::vector<std::string> PostgresSettings();

// How a table is read out for the other systems, as CSV with header, and what its columns are
// there ("name TYPE, ..."), in ANSI types that DuckDB and ClickHouse both know.
struct ExportedTable {
  std::string_view name;
  std::string_view select;
  std::string_view columns;
};
std::vector<ExportedTable> ExportedTables();

}  // namespace kpid::bench
