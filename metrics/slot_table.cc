#include "metrics/slot_table.h"

#include <algorithm>
#include <array>
#include <utility>

namespace kpid::metrics {

SlotTable::SlotTable(std::vector<size_t> code_ends, const SlotSelection* selection)
    : code_ends_(std::move(code_ends)), selection_(selection) {
  size_t combinations = 1;
  for (const size_t end : code_ends_) {
    combinations = end <= kDenseMax ? combinations * end : kDenseMax + 1;
    if (combinations > kDenseMax) break;
  }
  // What is not selected has the slot of the rest, so that rows need not be asked about it.
  const uint32_t unseen = selection != nullptr ? selection->rest() : kNone;
  if (combinations <= kDenseMax) dense_.assign(combinations, unseen);
  if (code_ends_.empty()) size_ = 1;
  if (selection != nullptr) Select(*selection);
}

void SlotTable::Select(const SlotSelection& selection) {
  size_ = selection.combinations.size() + 1;
  for (uint32_t slot = 0; slot < selection.rest(); ++slot) {
    const std::vector<Code>& codes = selection.combinations[slot];
    if (codes.empty()) continue;
    const auto code_of = [&](size_t d) { return codes[d]; };
    if (!dense_.empty()) {
      dense_[DenseIndex(code_of)] = slot;
    } else {
      map_.emplace(Key(code_of), slot);
    }
  }
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
  if (selection_ != nullptr && dense_.empty()) return FindSelected(codes, rows, slots);
  if (!dense_.empty() && codes.size() == 1) return FindCodes(codes[0], rows, slots);
  for (size_t i = 0; i < rows; ++i) {
    const auto code_of = [&](size_t d) { return codes[d][i]; };
    if (!dense_.empty()) {
      uint32_t& slot = dense_[DenseIndex(code_of)];
      if (slot == kNone) slot = Add(code_of);
      slots[i] = slot;
    } else {
      const auto [entry, added] = map_.try_emplace(Key(code_of), 0);
      if (added) entry->second = Add(code_of);
      slots[i] = entry->second;
    }
  }
}

void SlotTable::FindCodes(const uint32_t* codes, size_t rows, uint32_t* slots) {
  const uint32_t* const dense = dense_.data();
  uint32_t unseen = 0;
  for (size_t i = 0; i < rows; ++i) {
    slots[i] = dense[codes[i]];
    unseen |= slots[i] == kNone ? 1 : 0;
  }
  if (unseen == 0) return;
  for (size_t i = 0; i < rows; ++i) {
    uint32_t& slot = dense_[codes[i]];
    if (slot == kNone) slot = Add([&](size_t) { return codes[i]; });
    slots[i] = slot;
  }
}

void SlotTable::FindSelected(std::span<const uint32_t* const> codes, size_t rows,
                             uint32_t* slots) const {
  for (size_t i = 0; i < rows; ++i) {
    const auto found = map_.find(Key([&](size_t d) { return codes[d][i]; }));
    slots[i] = found != map_.end() ? found->second : selection_->rest();
  }
}

uint32_t SlotTable::Find(std::span<const Code> codes) {
  std::array<const uint32_t*, kDimensionsMax> pointers{};
  for (size_t d = 0; d < codes.size(); ++d) pointers[d] = &codes[d];
  uint32_t slot = 0;
  Find(std::span(pointers).first(codes.size()), 1, &slot);
  return slot;
}

}  // namespace kpid::metrics
