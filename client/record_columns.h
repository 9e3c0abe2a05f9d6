// The columns of a CSV file of records.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "client/column_rules.h"
#include "client/row_batch.h"
#include "kpid/v1/ingest_service.pb.h"

namespace kpid::client {

// The meaning of one file's columns. Immutable; safe for concurrent use.
class RecordColumns {
 public:
  // By the header's names. INVALID_ARGUMENT lists all unknown (unless ignore_unknown), doubled
  // and missing required columns. A file of rejected rows (its first columns are `line` and
  // `reason`) is read as the file that the rows came from.
  static absl::StatusOr<RecordColumns> Create(RecordKind kind,
                                              const std::vector<std::string>& header,
                                              bool ignore_unknown);

  // Position of the column with the record's id.
  size_t id_column() const { return id_column_; }

  // How many leading columns belong to a file of rejected rows, not to the record: 0 or 2.
  size_t leading_columns() const { return leading_columns_; }

  // Whether several rows make one record (JoinRows of client/record_rows.h).
  bool rows_are_joined() const { return kind_ == RecordKind::kQualityEvaluations; }

  // Fills *record, which is empty, with one row. False, and *reason with everything that is wrong,
  // when a cell cannot be read. Whether the values make sense is left to the server.
  bool Parse(const RowBatch& rows, size_t row, v1::StreamRecord* record, std::string* reason) const;

 private:
  struct Binding {
    size_t column;
    const ColumnRule* rule;  // Null: an attribute.
    std::string attribute_key;
  };

  std::vector<Binding> bindings_;
  std::vector<std::string> header_;
  RecordKind kind_ = RecordKind::kInteractions;
  size_t id_column_ = 0;
  size_t leading_columns_ = 0;
};

}  // namespace kpid::client
