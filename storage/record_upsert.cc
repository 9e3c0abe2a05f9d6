#include "storage/record_upsert.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"

namespace kpid::storage {
namespace {

// $0 table, $1 columns, $2 their values, $3 arrays to unnest, $4 columns that are unnested.
constexpr const char* kInsert =
    "INSERT INTO kpid.$0 AS stored ($1)"
    " SELECT $2 FROM unnest($3) WITH ORDINALITY AS given($4, place)";

// $0 identity, $1 assignments, $2 stored content, $3 given content, $4 what else is returned. A
// row that an update wrote has been locked by it, so its xmax is set.
constexpr const char* kOnConflict =
    " ON CONFLICT ($0) DO UPDATE SET changed_xid = pg_current_xact_id(), $1"
    " WHERE excluded.revision > stored.revision"
    " OR (excluded.revision = 0 AND stored.revision = 0 AND ($2) IS DISTINCT FROM ($3))"
    " RETURNING xmax = 0$4";

// Adds to a list separated by commas.
template <typename... Parts>
void AddItem(std::string* list, const Parts&... parts) {
  absl::StrAppend(list, list->empty() ? "" : ", ", parts...);
}

// The value of a column in one row; `number` is that of its parameter.
std::string ValueSql(const ColumnShape& column, ColumnForm form, int number) {
  const std::string cast(column.cast);
  switch (form) {
    case ColumnForm::kNull:
      return "NULL";
    case ColumnForm::kSame:
      return absl::StrCat("$", number, cast);
    case ColumnForm::kByPlace:
      return absl::StrCat("($", number, ")[place]", cast);
    case ColumnForm::kListed:
      break;
  }
  return absl::StrCat(std::string(column.name), cast);
}

}  // namespace

ColumnForm FormOf(const ColumnShape& shape, const ArrayEncoder& array) {
  if (shape.role == ColumnRole::kIdentity) return ColumnForm::kListed;
  if (array.AllEqual()) return array.has_null() ? ColumnForm::kNull : ColumnForm::kSame;
  // In an array of texts, or with nulls, PostgreSQL would search for each place.
  return array.has_null() || shape.type == TypeOid::kText ? ColumnForm::kListed
                                                          : ColumnForm::kByPlace;
}

std::string InsertSql(std::string_view table, std::span<const ColumnShape> columns,
                      std::span<const ColumnForm> forms) {
  std::string names, values, arrays, listed;
  int parameters = 0;
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string name(columns[i].name);
    if (forms[i] != ColumnForm::kNull) ++parameters;
    AddItem(&names, name);
    AddItem(&values, ValueSql(columns[i], forms[i], parameters));
    if (forms[i] != ColumnForm::kListed) continue;
    AddItem(&arrays, "$", parameters);
    AddItem(&listed, name);
  }
  return absl::Substitute(kInsert, std::string(table), names, values, arrays, listed);
}

std::string UpsertSql(std::string_view table, std::span<const ColumnShape> columns,
                      std::span<const ColumnForm> forms, std::string_view returned) {
  std::string identity, assignments, stored, given;
  for (const ColumnShape& column : columns) {
    const std::string name(column.name);
    if (column.role == ColumnRole::kIdentity) {
      identity = name;
      continue;
    }
    AddItem(&assignments, name, " = excluded.", name);
    if (column.role != ColumnRole::kContent) continue;
    AddItem(&stored, "stored.", name);
    AddItem(&given, "excluded.", name);
  }
  const std::string also = returned.empty() ? "" : absl::StrCat(", ", std::string(returned));
  return absl::StrCat(InsertSql(table, columns, forms),
                      absl::Substitute(kOnConflict, identity, assignments, stored, given, also));
}

RecordUpsert UpsertOf(const Rows& rows, bool has_returned) {
  RecordUpsert upsert;
  for (int i = 0; i < rows.size(); ++i) {
    ++(rows.Bool(i, 0) ? upsert.inserted : upsert.updated);
    if (!has_returned) continue;
    const FieldView text = rows.At(i, 1);
    if (!text.null()) upsert.returned.emplace_back(text.Text());
  }
  std::sort(upsert.returned.begin(), upsert.returned.end());
  return upsert;
}

}  // namespace kpid::storage
