// Quality evaluations in columns, in the order of (evaluate, row_key).
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "metrics/fact.h"
#include "metrics/fact_chunk.h"

namespace kpid::metrics {

class QualityChunk : public FactChunk {
 public:
  // Items of all rows: those of one begin at Column::kFirstItem and are Column::kItemCount.
  std::span<const QualityFact::Item> items() const { return items_; }

 private:
  friend class QualityColumns;
  std::vector<QualityFact::Item> items_;
};

class QualityColumns {
 public:
  // Rows of a chunk: enough to keep threads busy, few enough to share them out.
  static constexpr size_t kChunkRows = 16'384;

  explicit QualityColumns(std::vector<QualityFact> facts);

  std::span<const std::shared_ptr<const QualityChunk>> chunks() const { return chunks_; }

 private:
  std::vector<std::shared_ptr<const QualityChunk>> chunks_;
};

}  // namespace kpid::metrics
