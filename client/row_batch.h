// Rows on their way from the reader to a stream, in one piece of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "client/csv_reader.h"

namespace kpid::client {

// What else is known of a row, where several make one record.
struct RowMarks {
  bool continues = false;  // It belongs to the record of the row before.
  bool doubtful = false;   // A row beside it could not be read, and may belong to its record.
};

// Copies of well-formed rows. Thread-compatible.
class RowBatch {
 public:
  // REQUIRES: the row has at least one field; all rows of a batch together stay below 4 GiB.
  void Append(const CsvRow& row, RowMarks marks = {});

  // The marks of a row.
  const RowMarks& marks(size_t row) const { return rows_[row].marks; }
  void DoubtLast();

  size_t size() const { return rows_.size(); }
  int64_t line(size_t row) const { return rows_[row].line; }
  size_t field_count(size_t row) const;
  std::string_view field(size_t row, size_t column) const;

  // All fields of a row, one after another without separators.
  std::string_view text(size_t row) const;

  size_t byte_count() const { return bytes_.size(); }

  // Bytes of the source that these rows account for; kept by the reader for its progress.
  int64_t source_bytes = 0;

 private:
  struct Row {
    int64_t line;
    size_t first_field;
    RowMarks marks;
  };
  size_t FieldStart(size_t index) const { return index == 0 ? 0 : field_ends_[index - 1]; }
  size_t FieldEndIndex(size_t row) const;

  std::string bytes_;
  std::vector<uint32_t> field_ends_;  // Of all rows' fields in order.
  std::vector<Row> rows_;
};

}  // namespace kpid::client
