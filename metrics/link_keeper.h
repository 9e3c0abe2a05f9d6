// Keeps the links between interactions true while interactions change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "metrics/chunk_set.h"
#include "metrics/contact_chain.h"
#include "metrics/contact_links.h"
#include "metrics/row_index.h"

namespace kpid::metrics {

// The columns of ContactLinks as columns of the chunks: derived from nothing when they are first
// kept, from then on for the customers and cases of the interactions that change. One thread.
class LinkKeeper {
 public:
  // `rows_per_patch`: changed links are patches of a chunk's column until one row in so many has
  // one; then the column is packed anew.
  LinkKeeper(ChunkSet* rows, size_t rows_per_patch)
      : rows_(rows), rows_per_patch_(rows_per_patch) {}

  ColumnSet kept() const { return kept_; }

  // Keeps these columns too. REQUIRES: nothing changed since the last Settle.
  void Keep(ColumnSet columns);

  // Gives rows that are to be added the links of rows without any.
  void Prepare(FactChunk* rows) const;

  // An interaction changes or goes. REQUIRES: its row is still there.
  void Leave(uint32_t handle);

  // An interaction came, or changed. REQUIRES: after ChunkSet::Settle.
  void Enter(uint32_t handle);

  // Writes the links that are others now.
  void Settle();

  size_t ByteSize() const { return by_customer_.ByteSize() + by_case_.ByteSize(); }

 private:
  // An interaction of the customer or case that is being looked at.
  struct Row {
    ChunkSet::Slot slot;
    int64_t arrive = 0;
    int64_t end = 0;
    Outcome outcome = Outcome::kNone;
    bool inbound = false;
    Code conversation = kNoCode;
    Code queue = kNoCode;
    Code case_code = kNoCode;
  };
  struct Change {
    uint32_t chunk = 0;
    Column column = Column::kCount;
    PackedColumn::Patch patch;
  };

  bool KeepsCustomers() const;
  bool KeepsCases() const;
  Code CodeOf(uint32_t handle, Column column) const;
  void Insert(RowIndex* index, Code code, uint32_t handle);
  void BuildIndexes(bool customers, bool cases);
  void AddPeriod(const std::vector<uint32_t>& numbers, bool customers, bool cases);
  void Read(std::span<const uint32_t> handles);
  void SettleCustomer(Code code);
  void SettleCase(Code code);
  void WriteRepeatGaps(Column column);
  void WriteSincePrevious(bool of_case);
  void Note(const Row& row, Column column, int64_t value);
  PackedColumn Changed(const FactChunk& chunk, Column column,
                       std::span<const PackedColumn::Patch> patches) const;
  void WriteChanges();

  ChunkSet* rows_;
  size_t rows_per_patch_;
  ColumnSet kept_ = 0;
  RowIndex by_customer_;
  RowIndex by_case_;
  std::vector<Code> customers_;  // Touched; may repeat.
  std::vector<Code> cases_;
  std::vector<Change> changes_;

  // Scratch.
  std::vector<Row> read_;
  std::vector<Contact> chain_;
  std::vector<int64_t> gaps_;
  std::vector<size_t> next_other_;
  std::vector<uint32_t> order_;
};

}  // namespace kpid::metrics
