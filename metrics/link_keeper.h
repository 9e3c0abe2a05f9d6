// Keeps the links between interactions true while interactions change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "metrics/chunk_set.h"
#include "metrics/contact_links.h"
#include "metrics/link_rules.h"
#include "metrics/parallel.h"
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

  // Keeps these columns too. REQUIRES: nothing changed since the last Settle. Unless it is OK no
  // more is kept than before.
  absl::Status Keep(ColumnSet columns, const Workers& workers);

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
  struct Change {
    uint32_t chunk = 0;
    Column column = Column::kCount;
    PackedColumn::Patch patch;
  };

  bool KeepsCustomers() const;
  bool KeepsCases() const;
  Code CodeOf(uint32_t handle, Column column) const;
  void Insert(PartedRowIndex* index, Code code, uint32_t handle);
  void Fetch(const PartedRowIndex& index, std::span<const Code> codes) const;
  void Read(std::span<const uint32_t> handles);
  void SettleCustomer(Code code);
  void SettleCase(Code code);
  absl::Status Derive(ColumnSet columns, bool customers, bool cases, const Workers& workers);
  void Note(Column column, std::span<const int64_t> values);
  void Note(size_t contact, Column column, int64_t value);
  PackedColumn Changed(const FactChunk& chunk, Column column,
                       std::span<const PackedColumn::Patch> patches) const;
  void WriteChanges();

  ChunkSet* rows_;
  size_t rows_per_patch_;
  ColumnSet kept_ = 0;
  PartedRowIndex by_customer_;
  PartedRowIndex by_case_;
  std::vector<Code> customers_;  // Touched; may repeat.
  std::vector<Code> cases_;
  std::vector<Change> changes_;

  // Scratch.
  std::vector<LinkedContact> read_;
  std::vector<ChunkSet::Slot> slots_;  // Of each of them.
  LinkRules rules_;
};

}  // namespace kpid::metrics
