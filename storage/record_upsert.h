// Writes records of any table by one statement.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "storage/record_table.h"
#include "storage/session.h"

namespace kpid::storage {

// How the values of a column travel. Unnesting is what costs PostgreSQL most for each value, so
// only what needs it is unnested.
enum class ColumnForm : uint8_t {
  kNull,     // Null in every row: not sent.
  kSame,     // The same value in every row: sent once.
  kByPlace,  // An array that rows look up by their place: elements of one size, none null.
  kListed,   // An array that is unnested.
};

// REQUIRES: an array that is not empty.
ColumnForm FormOf(const ColumnShape& shape, const ArrayEncoder& array);

// The statement that inserts the rows of the arrays. Its parameters are the columns that are sent,
// in their order. REQUIRES: the identity is listed.
std::string InsertSql(std::string_view table, std::span<const ColumnShape> columns,
                      std::span<const ColumnForm> forms);

// The same where a row of the same identity gives way to a higher revision, or when both are
// unversioned to other content. Stamps do not count as content: they follow. Returns a row for
// each one written: whether it is new, and `returned`.
std::string UpsertSql(std::string_view table, std::span<const ColumnShape> columns,
                      std::span<const ColumnForm> forms, std::string_view returned);

struct RecordUpsert {
  int64_t inserted = 0;
  int64_t updated = 0;
  std::vector<std::string> returned;  // Ascending.
};

RecordUpsert UpsertOf(const Rows& rows, bool has_returned);

// Adds the names that a record carries.
template <typename Record>
void AddNames(const RecordTable<Record>& table, const Record& record, BatchNames* names) {
  for (const RecordColumn<Record>& column : table.columns) {
    if (column.add_names != nullptr) column.add_names(record, names);
  }
}

// Records as columns.
struct RecordColumns {
  std::vector<ColumnShape> shapes;
  std::vector<ColumnForm> forms;
  std::vector<Parameter> parameters;
};

// Records of the interactions in `stamps` are stamped. REQUIRES: some records; keys for all names.
template <typename Record>
RecordColumns ColumnsOf(const RecordTable<Record>& table, std::span<const Record* const> records,
                        const BatchNames& names, const Stamps& stamps) {
  RecordColumns columns;
  std::vector<ArrayEncoder> arrays;
  for (const RecordColumn<Record>& column : table.columns) {
    columns.shapes.push_back(column.shape);
    arrays.emplace_back(column.shape.type, records.size());
  }
  for (const Record* record : records) {
    RowContext context{names};
    if (table.interaction != nullptr) {
      const auto found = stamps.find(record->*table.interaction);
      if (found != stamps.end()) context.stamp = &found->second;
    }
    for (size_t i = 0; i < arrays.size(); ++i) {
      table.columns[i].append(&arrays[i], *record, context);
    }
  }
  for (size_t i = 0; i < arrays.size(); ++i) {
    const ColumnForm form = FormOf(columns.shapes[i], arrays[i]);
    columns.forms.push_back(form);
    if (form == ColumnForm::kNull) continue;
    columns.parameters.push_back(form == ColumnForm::kSame
                                     ? Parameter{arrays[i].element(), arrays[i].First()}
                                     : ArrayParameter(&arrays[i]));
  }
  return columns;
}

// Inserts or updates, as RecordStore::Ingest says; records of the interactions in `stamps` are
// stamped. REQUIRES: some records, of ascending identities, each once; keys for all names; an open
// transaction.
template <typename Record>
absl::StatusOr<RecordUpsert> UpsertRecords(Session* session, const RecordTable<Record>& table,
                                           std::span<const Record* const> records,
                                           const BatchNames& names, const Stamps& stamps,
                                           const metrics::CallLimits& limits) {
  const RecordColumns columns = ColumnsOf(table, records, names, stamps);
  const std::string name = "upsert_" + std::string(table.name);
  const std::string sql = UpsertSql(table.name, columns.shapes, columns.forms, table.returned);
  absl::StatusOr<Rows> rows = session->Execute({name, sql}, columns.parameters, limits);
  if (!rows.ok()) return rows.status();
  return UpsertOf(*rows, !table.returned.empty());
}

// The same for records that are taken to be new, which costs PostgreSQL a third less.
// ALREADY_EXISTS, and the transaction is lost, when one is not.
template <typename Record>
absl::StatusOr<RecordUpsert> InsertRecords(Session* session, const RecordTable<Record>& table,
                                           std::span<const Record* const> records,
                                           const BatchNames& names,
                                           const metrics::CallLimits& limits) {
  const RecordColumns columns = ColumnsOf(table, records, names, {});
  const std::string name = "insert_" + std::string(table.name);
  const std::string sql = InsertSql(table.name, columns.shapes, columns.forms);
  absl::StatusOr<Rows> rows =
      session->Execute({name, sql, /*may_collide=*/true}, columns.parameters, limits);
  if (!rows.ok()) return rows.status();
  return RecordUpsert{rows->affected(), 0, {}};
}

}  // namespace kpid::storage
