// What an interaction is among the other contacts of its customer and its case, as columns beside
// those of the chunks. Each is derived in one pass over all interactions when first asked for,
// unless the chunks keep it themselves.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "metrics/fact_chunk.h"
#include "metrics/interaction_chunk.h"

namespace kpid::metrics {

// Safe for concurrent use.
class ContactLinks {
 public:
  // The columns that were asked for and not kept: a FactStore keeps them from then on.
  using Wanted = std::atomic<ColumnSet>;

  // The chunks, in which those of a day follow each other, must outlive the links. `kept`: columns
  // that the chunks have already.
  explicit ContactLinks(std::span<const std::shared_ptr<const InteractionChunk>> chunks,
                        ColumnSet kept = 0, std::shared_ptr<Wanted> wanted = nullptr)
      : chunks_(chunks), kept_(kept), wanted_(std::move(wanted)) {}

  // A column of links by chunk: kRepeatGap, kRepeatGapSameQueue, kSincePrevious or kCaseState.
  //
  // kRepeatGap of an inbound handled interaction of a known customer: time from its end to the
  // first inbound interaction of the customer in another conversation that comes after it in the
  // order (arrive, row_key) and arrives at or after its end. An interaction without a
  // conversation is one of its own. Absent: none, or another kind of interaction.
  //
  // kSincePrevious of a handled interaction: time from the latest end among the handled ones of
  // its case (of its customer, where it has no case) before it in the order (arrive, row_key) to
  // its arrival; 0 when they overlap. Absent: none before it.
  const std::vector<PackedColumn>& column(Column column) const;

 private:
  struct Lazy {
    std::once_flag once;
    std::vector<PackedColumn> columns;
  };

  static size_t IndexOf(Column column);
  std::vector<PackedColumn> Derive(Column column) const;
  std::vector<PackedColumn> RepeatGaps(bool same_queue) const;
  std::vector<PackedColumn> SincePrevious() const;
  std::vector<PackedColumn> CaseStates() const;
  std::vector<PackedColumn> PackByChunk(const std::vector<int64_t>& values,
                                        std::span<const int64_t> units) const;

  std::span<const std::shared_ptr<const InteractionChunk>> chunks_;
  ColumnSet kept_;
  std::shared_ptr<Wanted> wanted_;
  mutable std::array<Lazy, 4> lazy_;
};

// All columns that links have.
inline constexpr ColumnSet kLinkColumns = SetOf(Column::kRepeatGap, Column::kRepeatGapSameQueue,
                                                Column::kSincePrevious, Column::kCaseState);

}  // namespace kpid::metrics
