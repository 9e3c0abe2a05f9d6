// Slices by number: which combinations of dimension codes there are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/numeric/int128.h"
#include "metrics/fact.h"

namespace kpid::metrics {

// The only combinations that are to have slots of their own: number i has slot i, and all others
// together have the slot after the last. Shared by tables; must outlive them.
struct SlotSelection {
  std::vector<std::vector<Code>> combinations;  // Each once; empty: one that nothing has.

  uint32_t rest() const { return static_cast<uint32_t>(combinations.size()); }
};

// Gives each combination of codes a slot, from 0 in the order in which they come, or as selected.
// Without dimensions there is one slot from the start. One thread.
class SlotTable {
 public:
  // code_ends[d]: one more than the greatest code of dimension d. REQUIRES: at most 4; with a
  // selection at least 1.
  explicit SlotTable(std::vector<size_t> code_ends, const SlotSelection* selection = nullptr);

  // Slots of rows: codes[d][i] is the code of row i in dimension d.
  void Find(std::span<const uint32_t* const> codes, size_t rows, uint32_t* slots);

  // Slot of one combination.
  uint32_t Find(std::span<const Code> codes);

  size_t size() const { return size_; }
  size_t dimensions() const { return code_ends_.size(); }
  bool selected() const { return selection_ != nullptr; }

  // Codes of a slot, by dimension. REQUIRES: there is no selection.
  std::span<const Code> CodesOf(size_t slot) const {
    return std::span(codes_).subspan(slot * dimensions(), dimensions());
  }

 private:
  static constexpr size_t kDimensionsMax = 4;
  // A table with an entry for each possible combination up to this many: 4 MiB.
  static constexpr size_t kDenseMax = size_t{1} << 20;
  static constexpr uint32_t kNone = ~uint32_t{0};

  template <class CodeOf>
  uint32_t Add(CodeOf code_of);
  template <class CodeOf>
  size_t DenseIndex(CodeOf code_of) const;
  template <class CodeOf>
  absl::uint128 Key(CodeOf code_of) const;
  void FindCodes(const uint32_t* codes, size_t rows, uint32_t* slots);
  void Select(const SlotSelection& selection);
  void FindSelected(std::span<const uint32_t* const> codes, size_t rows, uint32_t* slots) const;

  std::vector<size_t> code_ends_;
  const SlotSelection* selection_ = nullptr;
  size_t size_ = 0;
  std::vector<Code> codes_;
  std::vector<uint32_t> dense_;  // Empty: the map is used.
  absl::flat_hash_map<absl::uint128, uint32_t> map_;
};

}  // namespace kpid::metrics
