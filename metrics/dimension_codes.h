// Codes of a dimension, row by row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/fact_chunk.h"
#include "metrics/fact_rows.h"
#include "metrics/fact_snapshot.h"
#include "metrics/query.h"
#include "metrics/roster.h"

namespace kpid::metrics {

// Some rows of a chunk: first + index[i], or first + i where index is null.
struct RowSelection {
  const FactChunk* chunk = nullptr;
  size_t first = 0;
  size_t count = 0;
  const uint16_t* index = nullptr;

  template <class Out>
  void Read(const PackedColumn& column, Out* out) const {
    if (index == nullptr) {
      column.Decode(first, count, out);
    } else {
      column.Gather(first, index, count, out);
    }
  }
};

// A dimension of a question over a snapshot: its codes and their names. Immutable; safe for
// concurrent use; the snapshot must outlive it.
class DimensionSpace {
 public:
  DimensionSpace(const Dimension& dimension, const FactSnapshot& snapshot);

  DimensionKind kind() const { return dimension_.kind; }
  Code attribute_key() const { return attribute_key_; }
  const GroupTimeline& timeline() const { return *timeline_; }

  // One more than the greatest code of any fact.
  size_t code_end() const { return code_end_; }

  // Of a group dimension: the group of its type that a group is, or is part of; kNoCode: none.
  Code GroupOfType(Code group) const { return roster_->GroupOfType(group, dimension_.name); }

  std::string_view Name(Code code) const;
  std::string_view DisplayName(Code code) const;

  // Code of a name; kNoCode when no fact can have it.
  Code Find(std::string_view name) const;

 private:
  Dimension dimension_;
  const Dictionary* dictionary_ = nullptr;  // Null for channel and direction.
  const Roster* roster_ = nullptr;
  Code attribute_key_ = kNoCode;
  const GroupTimeline* timeline_ = nullptr;  // Of a group dimension.
  size_t code_end_ = 0;
};

// Reads the codes of a dimension. One thread.
class DimensionCodes {
 public:
  // `time`: the column of the instant at which groups are looked up. The space must outlive it.
  DimensionCodes(const DimensionSpace* space, Column time) : space_(space), time_(time) {}

  // Codes of rows. At most kBlockRows.
  void Read(const RowSelection& rows, uint32_t* codes);

  // The column that is read of a chunk's rows; null: it is not known which.
  const PackedColumn* ReadColumn(const FactChunk& chunk) const;

  // A column of a chunk whose value alone says a row's code; null: there is none.
  const PackedColumn* Prepare(const FactChunk& chunk);

  // The code of a value of that column.
  Code CodeOf(uint32_t value) const;

  // Whether codes are the values themselves.
  bool ValuesAreCodes() const {
    return space_->kind() == DimensionKind::kAgent || space_->kind() == DimensionKind::kQueue ||
           space_->kind() == DimensionKind::kPriority;
  }

  // Changes when codes of values do.
  uint64_t generation() const { return generation_; }

 private:
  void ReadStatus(const RowSelection& rows, uint32_t* codes) const;
  void ReadGroups(const RowSelection& rows, uint32_t* codes);
  void PrepareGroups(const FactChunk& chunk);

  // In group_of_: the agent's group changes within the chunk.
  static constexpr Code kVaries = ~Code{0};

  const DimensionSpace* space_;
  Column time_;

  // Group of each agent throughout valid_, so that most rows need no search in time. Kept from
  // chunk to chunk: groups seldom change.
  std::vector<Code> group_of_;
  TimeRange valid_{};
  bool varies_ = false;
  uint64_t generation_ = 0;
};

}  // namespace kpid::metrics
