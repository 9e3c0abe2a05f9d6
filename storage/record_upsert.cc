#include "storage/record_upsert.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"

namespace kpid::storage {
namespace {

// $0 table, $1 identity, $2 columns, $3 columns with casts, $4 parameters, $5 assignments,
// $6 stored content, $7 given content, $8 what else is returned. A row that an update wrote has
// been locked by it, so its xmax is set.
constexpr const char* kUpsert =
    "INSERT INTO kpid.$0 AS stored ($2)"
    " SELECT $3 FROM unnest($4) AS given($2)"
    " ON CONFLICT ($1) DO UPDATE SET changed_xid = pg_current_xact_id(), $5"
    " WHERE excluded.revision > stored.revision"
    " OR (excluded.revision = 0 AND stored.revision = 0 AND ($6) IS DISTINCT FROM ($7))"
    " RETURNING xmax = 0$8";

// Adds to a list separated by commas.
template <typename... Parts>
void AddItem(std::string* list, const Parts&... parts) {
  absl::StrAppend(list, list->empty() ? "" : ", ", parts...);
}

}  // namespace

std::string UpsertSql(std::string_view table, std::span<const ColumnShape> columns,
                      std::string_view returned) {
  std::string identity, names, casted, parameters, assignments, stored, given;
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string name(columns[i].name);
    AddItem(&names, name);
    AddItem(&casted, name, std::string(columns[i].cast));
    AddItem(&parameters, "$", i + 1);
    if (columns[i].role == ColumnRole::kIdentity) {
      identity = name;
      continue;
    }
    AddItem(&assignments, name, " = excluded.", name);
    if (columns[i].role != ColumnRole::kContent) continue;
    AddItem(&stored, "stored.", name);
    AddItem(&given, "excluded.", name);
  }
  const std::string also = returned.empty() ? "" : absl::StrCat(", ", std::string(returned));
  return absl::Substitute(kUpsert, std::string(table), identity, names, casted, parameters,
                          assignments, stored, given, also);
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
