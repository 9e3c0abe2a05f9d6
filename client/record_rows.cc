#include "client/record_rows.h"

#include "absl/strings/str_cat.h"

namespace kpid::client {
namespace {

bool IsTooLong(const RowBatch& rows, size_t begin, size_t end) {
  size_t bytes = 0;
  for (size_t row = begin; row < end; ++row) bytes += rows.text(row).size();
  return end - begin > kRowsOfRecordMax || bytes > kRowBytesOfRecordMax;
}

// Moves the item of a row to those of the rows before; false when the rest is not the same.
bool JoinRow(v1::QualityEvaluation* next, v1::QualityEvaluation* evaluation,
             const std::string& evaluation_alone) {
  google::protobuf::RepeatedPtrField<v1::QualityItem> items;
  items.Swap(next->mutable_items());
  if (next->SerializeAsString() != evaluation_alone) return false;
  for (v1::QualityItem& item : items) evaluation->add_items()->Swap(&item);
  return true;
}

}  // namespace

size_t EndOfRecord(const RowBatch& rows, size_t row) {
  size_t end = row + 1;
  while (end < rows.size() && rows.marks(end).continues) ++end;
  return end;
}

bool ReadRecord(const RecordColumns& columns, const RowBatch& rows, size_t begin, size_t end,
                v1::StreamRecord* record, std::string* reason) {
  if (!columns.rows_are_joined()) return columns.Parse(rows, begin, record, reason);
  if (IsTooLong(rows, begin, end)) {
    *reason = absl::StrCat("an evaluation has at most ", kRowsOfRecordMax, " items and ",
                           kRowBytesOfRecordMax, " bytes");
    return false;
  }
  std::string evaluation_alone;
  for (size_t row = begin; row < end; ++row) {
    if (rows.marks(row).doubtful) {
      *reason = "a row beside this evaluation cannot be read and may belong to it";
      return false;
    }
    v1::StreamRecord next;
    v1::StreamRecord* target = row == begin ? record : &next;
    if (!columns.Parse(rows, row, target, reason)) {
      if (end - begin > 1) *reason = absl::StrCat("line ", rows.line(row), ": ", *reason);
      return false;
    }
    v1::QualityEvaluation* evaluation = record->mutable_quality_evaluation();
    if (row == begin) {
      v1::QualityEvaluation alone = *evaluation;
      alone.clear_items();
      evaluation_alone = alone.SerializeAsString();
    } else if (!JoinRow(next.mutable_quality_evaluation(), evaluation, evaluation_alone)) {
      *reason = absl::StrCat("line ", rows.line(row),
                             " has other columns of the evaluation than line ", rows.line(begin));
      return false;
    }
  }
  return true;
}

}  // namespace kpid::client
