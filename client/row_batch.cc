#include "client/row_batch.h"

namespace kpid::client {

void RowBatch::Append(const CsvRow& row, RowMarks marks) {
  rows_.push_back({row.line, field_ends_.size(), marks});
  for (const std::string_view field : row.fields) {
    bytes_.append(field);
    field_ends_.push_back(static_cast<uint32_t>(bytes_.size()));
  }
}

void RowBatch::DoubtLast() {
  if (!rows_.empty()) rows_.back().marks.doubtful = true;
}

size_t RowBatch::FieldEndIndex(size_t row) const {
  return row + 1 < rows_.size() ? rows_[row + 1].first_field : field_ends_.size();
}

size_t RowBatch::field_count(size_t row) const {
  return FieldEndIndex(row) - rows_[row].first_field;
}

std::string_view RowBatch::field(size_t row, size_t column) const {
  const size_t index = rows_[row].first_field + column;
  const size_t start = FieldStart(index);
  return std::string_view(bytes_).substr(start, field_ends_[index] - start);
}

std::string_view RowBatch::text(size_t row) const {
  const size_t start = FieldStart(rows_[row].first_field);
  return std::string_view(bytes_).substr(start, FieldStart(FieldEndIndex(row)) - start);
}

}  // namespace kpid::client
