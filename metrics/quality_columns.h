// Quality evaluations in columns, in the order of (evaluate, row_key).
#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "metrics/fact.h"
#include "metrics/fact_chunk.h"
#include "metrics/merged_rows.h"

namespace kpid::metrics {

class QualityChunk : public FactChunk {
 public:
  // Items of all rows: those of one begin at Column::kFirstItem and are Column::kItemCount.
  std::span<const QualityFact::Item> items() const { return *items_; }

  // Packs the facts that `rows` points at.
  static std::shared_ptr<QualityChunk> Pack(std::span<const QualityFact*> rows);

  // A chunk of rows of QualityChunks.
  static std::shared_ptr<QualityChunk> Join(const MergedRows& rows,
                                            std::span<const FactChunk* const> chunks);

  // What orders rows, of MergedRows.
  static std::vector<int64_t> OrderOf(const FactChunk& chunk);

  size_t ByteSize() const { return FactChunk::ByteSize() + items().size_bytes(); }

 private:
  std::shared_ptr<const std::vector<QualityFact::Item>> items_;
};

class QualityColumns {
 public:
  // Rows of a chunk: enough to keep threads busy, few enough to share them out.
  static constexpr size_t kChunkRows = 16'384;

  explicit QualityColumns(const std::vector<QualityFact>& facts);
  explicit QualityColumns(std::vector<std::shared_ptr<const QualityChunk>> chunks)
      : chunks_(std::move(chunks)) {}

  std::span<const std::shared_ptr<const QualityChunk>> chunks() const { return chunks_; }

 private:
  std::vector<std::shared_ptr<const QualityChunk>> chunks_;
};

}  // namespace kpid::metrics
