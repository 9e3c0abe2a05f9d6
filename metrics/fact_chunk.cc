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

void ChunkWriter::Grow(size_t row, Values* values) const {
  constexpr size_t kRowsMin = 64;
  std::vector<int64_t>& data = values->data;
  if (data.size() <= row) data.resize(std::max({row + 1, rows_, data.size() * 2, kRowsMin}));
  if (values->count < row) {
    std::fill(data.begin() + static_cast<ptrdiff_t>(values->count),
              data.begin() + static_cast<ptrdiff_t>(row), int64_t{0});
  }
}

void ChunkWriter::SetAttribute(size_t row, Code key, Code value) {
  auto& values = attributes_[key];
  if (values.size() <= row) values.resize(std::max(rows_, row + 1));
  values[row] = value;
}

void ChunkWriter::SetColumn(Column column, std::vector<int64_t> values) {
  const size_t count = values.size();
  columns_[static_cast<size_t>(column)] = {std::move(values), count};
}

void ChunkWriter::SetAttributeColumn(Code key, std::vector<int64_t> values) {
  attributes_[key] = std::move(values);
}

void ChunkWriter::PackOrdered(std::span<const uint32_t> order, FactChunk* chunk) {
  chunk->size_ = rows_;
  for (size_t i = 0; i < kColumnCount; ++i) {
    Values& own = columns_[i];
    if (own.count == 0) continue;
    if (own.count < rows_) Grow(rows_, &own);
    const auto values = std::span<const int64_t>(own.data).first(rows_);
    chunk->columns_[i] = IsTime(static_cast<Column>(i))
                             ? PackedColumn(values, PackedColumn::kTimeUnits, order)
                             : PackedColumn(values, PackedColumn::kUnitOne, order);
    own.count = 0;
  }
  for (auto& [key, values] : attributes_) {
    values.resize(rows_);
    chunk->attributes_.emplace(key, PackedColumn(values, PackedColumn::kUnitOne, order));
  }
  attributes_.clear();
  rows_ = 0;
}

}  // namespace kpid::metrics
