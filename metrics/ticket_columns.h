// Tickets in columns, in the order of (open, row_key).
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "metrics/fact.h"
#include "metrics/fact_chunk.h"

namespace kpid::metrics {

class TicketChunk : public FactChunk {};

class TicketColumns {
 public:
  // Rows of a chunk: enough to keep threads busy, few enough to share them out.
  static constexpr size_t kChunkRows = 65'536;

  explicit TicketColumns(std::vector<TicketFact> facts);

  std::span<const std::shared_ptr<const TicketChunk>> chunks() const { return chunks_; }

 private:
  std::vector<std::shared_ptr<const TicketChunk>> chunks_;
};

}  // namespace kpid::metrics
