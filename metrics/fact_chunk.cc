#include "metrics/fact_chunk.h"

#include <span>
#include <utility>

namespace kpid::metrics {

bool IsTime(Column column) {
  switch (column) {
    case Column::kArrive:
    case Column::kWait:
    case Column::kTalk:
    case Column::kHold:
    case Column::kWrapUp:
    case Column::kHandle:
    case Column::kFirstResponse:
    case Column::kEndOffset:
    case Column::kRespond:
    case Column::kInvite:
    case Column::kEvaluate:
    case Column::kOpen:
    case Column::kFirstResolve:
    case Column::kLastResolve:
    case Column::kFinished:
    case Column::kFirstResponseDelay:
    case Column::kRepeatGap:
    case Column::kRepeatGapSameQueue:
    case Column::kSincePrevious:
      return true;
    default:
      return false;
  }
}

size_t FactChunk::ByteSize() const {
  size_t bytes = sizeof(*this);
  for (const PackedColumn& column : columns_) bytes += column.ByteSize();
  for (const auto& [key, column] : attributes_) bytes += sizeof(column) + column.ByteSize();
  if (dead_ != nullptr) bytes += dead_->size() * sizeof((*dead_)[0]);
  return bytes;
}

void ChunkWriter::SetAttribute(size_t row, Code key, Code value) {
  auto& values = attributes_[key];
  if (values.empty()) values.resize(rows_);
  values[row] = value;
}

void ChunkWriter::SetColumn(Column column, std::vector<int64_t> values) {
  columns_[static_cast<size_t>(column)] = std::move(values);
}

void ChunkWriter::SetAttributeColumn(Code key, std::vector<int64_t> values) {
  attributes_[key] = std::move(values);
}

void ChunkWriter::Pack(FactChunk* chunk) {
  chunk->size_ = rows_;
  for (size_t i = 0; i < kColumnCount; ++i) {
    auto values = std::exchange(columns_[i], {});
    if (values.empty()) continue;
    chunk->columns_[i] = IsTime(static_cast<Column>(i))
                             ? PackedColumn(values, PackedColumn::kTimeUnits)
                             : PackedColumn(values);
  }
  for (const auto& [key, values] : attributes_) {
    chunk->attributes_.emplace(key, PackedColumn(values));
  }
  attributes_.clear();
}

}  // namespace kpid::metrics
