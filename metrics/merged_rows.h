// Rows of several chunks as one: what the chunks of a day are joined by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "metrics/fact_chunk.h"

namespace kpid::metrics {

// Decodes what orders the rows of a chunk besides the row key, in microseconds.
using OrderOfRows = std::vector<int64_t> (*)(const FactChunk& chunk);

// All values of a column of a chunk.
std::vector<int64_t> ValuesOf(const FactChunk& chunk, Column column);

// The rows alive of some chunks, in the order of (order, row_key). The chunks must outlive it.
class MergedRows {
 public:
  MergedRows(std::vector<const FactChunk*> chunks, OrderOfRows order_of);

  size_t size() const { return order_.size(); }

  // A row's chunk and its place there.
  struct Source {
    size_t chunk = 0;
    size_t row = 0;
  };
  Source SourceOf(size_t row) const;

  // Packs all columns and attributes into *chunk; columns that a source has none of are 0.
  void Pack(FactChunk* chunk) const;

 private:
  template <class ColumnOf>
  std::vector<int64_t> Ordered(const ColumnOf& column_of) const;

  std::vector<const FactChunk*> chunks_;
  std::vector<size_t> first_;    // Of each chunk's rows among those of all.
  std::vector<uint32_t> order_;  // Rows among those of all.
};

}  // namespace kpid::metrics
