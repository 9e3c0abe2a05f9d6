// Tickets in columns, in the order of (open, row_key).
#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "metrics/fact.h"
#include "metrics/fact_chunk.h"

namespace kpid::metrics {

class TicketChunk : public FactChunk {
 public:
  // Packs the facts that `rows` points at.
  static std::shared_ptr<TicketChunk> Pack(std::span<const TicketFact*> rows);

  // What orders rows, of MergedRows.
  static std::vector<int64_t> OrderOf(const FactChunk& chunk);
};

class TicketColumns {
 public:
  // Rows of a chunk: enough to keep threads busy, few enough to share them out.
  static constexpr size_t kChunkRows = 65'536;

  explicit TicketColumns(const std::vector<TicketFact>& facts);
  explicit TicketColumns(std::vector<std::shared_ptr<const TicketChunk>> chunks)
      : chunks_(std::move(chunks)) {}

  std::span<const std::shared_ptr<const TicketChunk>> chunks() const { return chunks_; }

 private:
  std::vector<std::shared_ptr<const TicketChunk>> chunks_;
};

}  // namespace kpid::metrics
