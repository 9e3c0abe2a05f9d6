// Interactions of one UTC day in columns, in the order (arrive, row_key).
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "metrics/fact.h"
#include "metrics/fact_chunk.h"

namespace kpid::metrics {

// Number of the UTC day of an instant.
inline int64_t DayOf(Instant instant) {
  return std::chrono::floor<std::chrono::days>(instant).time_since_epoch().count();
}

class InteractionChunk : public FactChunk {
 public:
  // Packs the facts that `rows` points at. REQUIRES: not empty; all of one UTC day.
  static std::shared_ptr<InteractionChunk> Pack(std::span<const InteractionFact*> rows);

  // Adds a fact to the rows of a writer; packs the rows that it has then, which are in any order.
  // REQUIRES: not empty; all of one UTC day.
  static void Write(const InteractionFact& fact, ChunkWriter* writer);
  static std::shared_ptr<InteractionChunk> Pack(ChunkWriter* writer);

  // One chunk of several of the same day. REQUIRES: not empty.
  static std::shared_ptr<const InteractionChunk> Merge(
      std::span<const std::shared_ptr<const InteractionChunk>> chunks);

  // What orders rows, of MergedRows.
  static std::vector<int64_t> OrderOf(const FactChunk& chunk);

  int64_t day() const;
};

}  // namespace kpid::metrics
