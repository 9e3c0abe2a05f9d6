#include "metrics/fact_chunk.h"

#include <algorithm>
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

void ChunkWriter::Grow(size_t row, std::vector<int64_t>* values) const {
  constexpr size_t kRowsMin = 64;
  values->resize(std::max({row + 1, rows_, values->size() * 2, kRowsMin}));
}

void ChunkWriter::SetAttribute(size_t row, Code key, Code value) {
  auto& values = attributes_[key];
  if (values.size() <= row) values.resize(std::max(rows_, row + 1));
  values[row] = value;
}

void ChunkWriter::SetColumn(Column column, std::vector<int64_t> values) {
  columns_[static_cast<size_t>(column)] = std::move(values);
}

void ChunkWriter::SetAttributeColumn(Code key, std::vector<int64_t> values) {
  attributes_[key] = std::move(values);
}

std::span<const int64_t> ChunkWriter::Ordered(std::span<const uint32_t> order,
                                              std::vector<int64_t>* values) {
  values->resize(rows_);
  if (order.empty()) return *values;
  ordered_.resize(rows_);
  for (size_t row = 0; row < rows_; ++row) ordered_[row] = (*values)[order[row]];
  return ordered_;
}

void ChunkWriter::PackOrdered(std::span<const uint32_t> order, FactChunk* chunk) {
  chunk->size_ = rows_;
  for (size_t i = 0; i < kColumnCount; ++i) {
    if (columns_[i].empty()) continue;
    const std::span<const int64_t> values = Ordered(order, &columns_[i]);
    chunk->columns_[i] = IsTime(static_cast<Column>(i))
                             ? PackedColumn(values, PackedColumn::kTimeUnits)
                             : PackedColumn(values);
    columns_[i].clear();
  }
  for (auto& [key, values] : attributes_) {
    chunk->attributes_.emplace(key, PackedColumn(Ordered(order, &values)));
  }
  attributes_.clear();
  rows_ = 0;
}

}  // namespace kpid::metrics
