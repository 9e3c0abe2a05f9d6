// Rows of facts in columns: the form in which the engine reads what counts at an instant, and
// the columns in which it gives pieces of spans to KPIs.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "metrics/fact.h"
#include "metrics/packed_column.h"

namespace kpid::metrics {

enum class FactKind : uint8_t {
  kInteraction,
  kSurvey,
  kQualityEvaluation,
  kTicket,
  // Read by overlap, or as of an instant.
  kActivity,
  kPlan,
  kEmployment,
  kCost
};

// Columns of all kinds of facts; a kind leaves the others' unused. Times and durations are in
// microseconds (kAbsent: unknown), scores in thousandths, money in millionths.
enum class Column : uint8_t {
  kRowKey,
  kStatus,  // Bits as the functions below say.
  kAgent,
  kQueue,
  kCustomer,
  // Interactions.
  kArrive,
  kMarks,  // Bits: Mark.
  kConversation,
  kCase,
  kWait,           // Handled: answer, abandoned: end; minus enqueue (or arrive).
  kTalk,           // Of handled ones, as are the four below.
  kHold,           // 0 when absent.
  kWrapUp,         // 0 when absent.
  kHandle,         // Talk + hold + wrap-up.
  kFirstResponse,  // First response (or answer) minus arrive, whatever the outcome.
  kEndOffset,      // End (or answer, or arrive) minus arrive.
  kRevenue,        // 0 when absent.
  kCurrency,
  // Surveys.
  kRespond,
  kInvite,  // Invite, or else respond.
  kScore,
  kScaleMinimum,
  kScaleMaximum,
  // Quality evaluations.
  kEvaluate,
  kFirstItem,  // Index of the first of the evaluation's items in its chunk.
  kItemCount,
  // Tickets.
  kOpen,
  kFirstResolve,  // First resolve, or else last.
  kLastResolve,
  kFinished,            // Last resolve or close, what comes first; absent while open.
  kFirstResponseDelay,  // First response minus open.
  kReopens,
  kPriority,
  // Pieces of spans, made while they are read (metrics/piece_writer.h).
  kLength,     // Microseconds.
  kState,      // AgentState of an activity, PlannedState of a plan; 1: left by a transfer.
  kDeviation,  // Of a plan: length of the whole deviation; 0 where plan and actual match.
  kFirsts,     // Bits: First.
  kAmount,     // Of a cost, in millionths; of a ticket's change of the backlog.
  // Links between interactions, held by ContactLinks.
  kRepeatGap,           // From end to the next contact that counts as a repeat.
  kRepeatGapSameQueue,  // To the next one in the same queue.
  kSincePrevious,       // From the end of the latest earlier handled one of the case or customer.
  kCaseState,           // CaseState.
  kCount
};
inline constexpr size_t kColumnCount = static_cast<size_t>(Column::kCount);

// A set of columns.
using ColumnSet = uint64_t;
static_assert(kColumnCount <= 64);
constexpr ColumnSet Bit(Column column) { return ColumnSet{1} << static_cast<int>(column); }
template <class... Columns>
constexpr ColumnSet SetOf(Columns... columns) {
  return (Bit(columns) | ... | ColumnSet{0});
}

// How a column is decoded: bits as uint8_t, codes as uint32_t, amounts as int64_t.
enum class ColumnType : uint8_t { kBits, kCode, kAmount };
constexpr ColumnType TypeOf(Column column) {
  switch (column) {
    case Column::kStatus:
    case Column::kMarks:
    case Column::kCaseState:
    case Column::kState:
    case Column::kFirsts:
      return ColumnType::kBits;
    case Column::kAgent:
    case Column::kQueue:
    case Column::kCurrency:
    case Column::kPriority:
      return ColumnType::kCode;
    default:
      return ColumnType::kAmount;
  }
}

// Status: outcome of an interaction or kind of a survey (otherwise 0), channel, direction.
constexpr uint8_t MakeStatus(uint8_t kind, Channel channel, Direction direction) {
  return static_cast<uint8_t>(kind | static_cast<uint8_t>(channel) << 3 |
                              static_cast<uint8_t>(direction) << 6);
}
constexpr uint8_t KindOfStatus(uint8_t status) { return status & 7; }
constexpr uint8_t ChannelOfStatus(uint8_t status) { return (status >> 3) & 7; }
constexpr uint8_t DirectionOfStatus(uint8_t status) { return status >> 6; }

// Bits of Column::kMarks.
enum Mark : uint8_t {
  kMarkResolved = 1,
  kMarkUnresolved = 2,
  kMarkTransferred = 4,
  kMarkEligible = 8,
  kMarkConverted = 16,
  kMarkOffered = 32,
  kMarkAccepted = 64,
  kMarkKnownCustomer = 128,
};

// Bits of Column::kFirsts: whether a piece is the first of its source (activity, plan, ...) in the
// cell, in the slice over all buckets, in the whole answer.
enum First : uint8_t { kFirstInCell = 1, kFirstInSlice = 2, kFirstOfAll = 4, kFirstEverywhere = 7 };

// What a row is for its case.
enum CaseState : uint8_t {
  kCaseNone,     // No case, or not its first interaction.
  kCaseSingle,   // First and only one.
  kCaseMany,     // First of several.
  kCasePending,  // First of a case that has an interaction in progress.
};

// Rows in columns. Immutable once made; safe for concurrent use. Copies share the columns.
//
// Some rows may be dead: changed or deleted since the chunk was made. They count for nothing.
class FactChunk {
 public:
  // Rows, also dead ones.
  size_t size() const { return size_; }

  // Bit r % 64 of word r / 64 is set when row r is dead. Null when none is.
  const uint64_t* dead() const { return dead_ == nullptr ? nullptr : dead_->data(); }
  bool Alive(size_t row) const {
    return dead_ == nullptr || ((*dead_)[row / 64] >> (row % 64) & 1) == 0;
  }

  const PackedColumn& column(Column column) const { return columns_[static_cast<size_t>(column)]; }
  // Codes of an attribute's values, 0 where a row has none; null when no row has the attribute.
  const PackedColumn* attribute(Code key) const {
    const auto found = attributes_.find(key);
    return found == attributes_.end() ? nullptr : &found->second;
  }
  // Bytes that the columns take.
  size_t ByteSize() const;

  // All rows have one value. For the chunk's maker.
  void SetConstant(Column column, int64_t value) {
    columns_[static_cast<size_t>(column)] = PackedColumn(std::span(&value, 1));
  }

 protected:
  friend class ChunkSet;
  friend class ChunkWriter;
  friend class MergedRows;
  FactChunk() = default;

  size_t size_ = 0;
  std::shared_ptr<std::vector<uint64_t>> dead_;
  std::array<PackedColumn, kColumnCount> columns_;
  std::map<Code, PackedColumn> attributes_;
};

// Whether a column holds times or durations, which are packed in units of time.
bool IsTime(Column column);

// Collects the values of a chunk's rows before they are packed. One thread.
class ChunkWriter {
 public:
  ChunkWriter() = default;
  explicit ChunkWriter(size_t rows) : rows_(rows) {}

  size_t rows() const { return rows_; }

  // One more row; returns its place.
  size_t AddRow() { return rows_++; }

  // Sets a row's value; rows not set are 0.
  void Set(size_t row, Column column, int64_t value) {
    Values& values = columns_[static_cast<size_t>(column)];
    if (values.count <= row) {
      if (value == 0) return;
      if (values.count != row || values.data.size() <= row) Grow(row, &values);
      values.count = row + 1;
    }
    values.data[row] = value;
  }
  void SetAttribute(size_t row, Code key, Code value);

  // What was set; shorter where the last rows are 0.
  std::span<const int64_t> values(Column column) const {
    const Values& values = columns_[static_cast<size_t>(column)];
    return std::span(values.data).first(std::min(values.count, rows_));
  }

  // Sets all rows of a column or attribute at once. REQUIRES: as many values as rows.
  void SetColumn(Column column, std::vector<int64_t> values);
  void SetAttributeColumn(Code key, std::vector<int64_t> values);

  // Packs all into *chunk. The writer is empty afterwards, and keeps its memory for further rows.
  void Pack(FactChunk* chunk) { PackOrdered({}, chunk); }

  // The same; row i of the chunk is row order[i] here.
  void PackOrdered(std::span<const uint32_t> order, FactChunk* chunk);

 private:
  // Those of a column. What comes after the first `count` is of rows that were packed before.
  struct Values {
    std::vector<int64_t> data;
    size_t count = 0;
  };

  // Gives a column room for a row, and for many more: most rows are set one after the other. Those
  // before it that were not set become 0.
  void Grow(size_t row, Values* values) const;

  size_t rows_ = 0;
  std::array<Values, kColumnCount> columns_;
  std::map<Code, std::vector<int64_t>> attributes_;
};

}  // namespace kpid::metrics
