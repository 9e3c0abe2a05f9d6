#include "metrics/slot_table.h"

#include <algorithm>
#include <utility>

namespace kpid::metrics {

SlotTable::SlotTable(std::vector<size_t> code_ends) : code_ends_(std::move(code_ends)) {
  size_t combinations = 1;
  for (const size_t end : code_ends_) {
    combinations = end <= kDenseMax ? combinations * end : kDenseMax + 1;
    if (combinations > kDenseMax) break;
  }
  if (combinations <= kDenseMax) dense_.assign(combinations, kNone);
  if (code_ends_.empty()) size_ = 1;
}

template <class CodeOf>
size_t SlotTable::DenseIndex(CodeOf code_of) const {
  size_t index = 0;
  for (size_t d = 0; d < code_ends_.size(); ++d) index = index * code_ends_[d] + code_of(d);
  return index;
}

template <class CodeOf>
absl::uint128 SlotTable::Key(CodeOf code_of) const {
  absl::uint128 key = 0;
  for (size_t d = 0; d < code_ends_.size(); ++d) key = key << 32 | code_of(d);
  return key;
}

template <class CodeOf>
uint32_t SlotTable::Add(CodeOf code_of) {
  for (size_t d = 0; d < code_ends_.size(); ++d) codes_.push_back(code_of(d));
  return static_cast<uint32_t>(size_++);
}

void SlotTable::Find(std::span<const uint32_t* const> codes, size_t rows, uint32_t* slots) {
  if (codes.empty()) {
    std::fill_n(slots, rows, 0);
    return;
  }
  for (size_t i = 0; i < rows; ++i) {
    const auto code_of = [&](size_t d) { return codes[d][i]; };
    if (!dense_.empty()) {
      uint32_t& slot = dense_[codes.size() == 1 ? codes[0][i] : DenseIndex(code_of)];
      if (slot == kNone) slot = Add(code_of);
      slots[i] = slot;
    } else {
      const auto [entry, added] = map_.try_emplace(Key(code_of), 0);
      if (added) entry->second = Add(code_of);
      slots[i] = entry->second;
    }
  }
}

uint32_t SlotTable::Find(std::span<const Code> codes) {
  std::vector<const uint32_t*> pointers;
  for (const Code& code : codes) pointers.push_back(&code);
  uint32_t slot = 0;
  Find(pointers, 1, &slot);
  return slot;
}

}  // namespace kpid::metrics
