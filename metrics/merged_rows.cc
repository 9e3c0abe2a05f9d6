#include "metrics/merged_rows.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace kpid::metrics {

std::vector<int64_t> ValuesOf(const FactChunk& chunk, Column column) {
  std::vector<int64_t> values(chunk.size());
  chunk.column(column).Decode(0, values.size(), values.data());
  return values;
}

MergedRows::MergedRows(std::vector<const FactChunk*> chunks, OrderOfRows order_of)
    : chunks_(std::move(chunks)) {
  size_t rows = 0;
  for (const FactChunk* chunk : chunks_) {
    first_.push_back(rows);
    rows += chunk->size();
  }
  std::vector<int64_t> times;
  std::vector<int64_t> keys;
  times.reserve(rows);
  keys.reserve(rows);
  order_.reserve(rows);
  const auto before = [&](uint32_t a, uint32_t b) {
    return std::tie(times[a], keys[a]) < std::tie(times[b], keys[b]);
  };
  for (const FactChunk* chunk : chunks_) {
    const std::vector<int64_t> own_times = order_of(*chunk);
    const std::vector<int64_t> own_keys = ValuesOf(*chunk, Column::kRowKey);
    const size_t first = times.size();
    times.insert(times.end(), own_times.begin(), own_times.end());
    keys.insert(keys.end(), own_keys.begin(), own_keys.end());
    const auto middle = static_cast<ptrdiff_t>(order_.size());
    for (size_t row = 0; row < chunk->size(); ++row) {
      if (chunk->Alive(row)) order_.push_back(static_cast<uint32_t>(first + row));
    }
    // Chunks are in order themselves; those of a running day come one after the other.
    std::inplace_merge(order_.begin(), order_.begin() + middle, order_.end(), before);
  }
}

MergedRows::Source MergedRows::SourceOf(size_t row) const {
  const size_t all = order_[row];
  const auto after = std::upper_bound(first_.begin(), first_.end(), all);
  const size_t chunk = static_cast<size_t>(after - first_.begin()) - 1;
  return {chunk, all - first_[chunk]};
}

template <class ColumnOf>
std::vector<int64_t> MergedRows::Ordered(const ColumnOf& column_of) const {
  std::vector<int64_t> all(first_.back() + chunks_.back()->size());
  for (size_t c = 0; c < chunks_.size(); ++c) {
    const PackedColumn* column = column_of(*chunks_[c]);
    if (column != nullptr) column->Decode(0, chunks_[c]->size(), all.data() + first_[c]);
  }
  std::vector<int64_t> values(order_.size());
  for (size_t row = 0; row < values.size(); ++row) values[row] = all[order_[row]];
  return values;
}

void MergedRows::Pack(FactChunk* chunk) const {
  ChunkWriter writer(size());
  std::set<Code> keys;
  for (const FactChunk* source : chunks_) {
    for (const auto& [key, column] : source->attributes_) keys.insert(key);
  }
  for (size_t i = 0; i < kColumnCount; ++i) {
    const Column column = static_cast<Column>(i);
    const bool unused = std::all_of(chunks_.begin(), chunks_.end(), [&](const FactChunk* source) {
      return source->column(column).AllZero();
    });
    if (unused) continue;
    writer.SetColumn(column,
                     Ordered([&](const FactChunk& source) { return &source.column(column); }));
  }
  for (const Code key : keys) {
    writer.SetAttributeColumn(
        key, Ordered([&](const FactChunk& source) { return source.attribute(key); }));
  }
  writer.Pack(chunk);
}

}  // namespace kpid::metrics
