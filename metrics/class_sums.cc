#include "metrics/class_sums.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

namespace kpid::metrics {

ClassSums::ClassSums(size_t amounts, Order order)
    : amounts_(amounts),
      order_(order),
      word_bits_(std::countr_zero(std::bit_ceil(std::max<size_t>(1, amounts)))) {}

int ClassSums::ClassBitsFor(size_t classes) const {
  int class_bits = class_bits_;
  while ((size_t{1} << class_bits) < classes) ++class_bits;
  return class_bits;
}

bool ClassSums::Fits(size_t cells, size_t classes) const {
  return cells <= kWordsMax >> ClassBitsFor(classes) >> word_bits_;
}

bool ClassSums::MakeRoom(size_t cells, size_t classes) {
  if (!Fits(cells, classes)) return false;
  const int class_bits = ClassBitsFor(classes);
  int cell_bits = cell_bits_;
  while (order_ == Order::kByClass && (size_t{1} << cell_bits) < cells) ++cell_bits;
  if (class_bits != class_bits_ || cell_bits != cell_bits_ || cells > cells_) {
    Resize(std::max(cells, cells_), cell_bits, class_bits);
  }
  return true;
}

void ClassSums::Resize(size_t cells, int cell_bits, int class_bits) {
  // What lies side by side stays so; more of it, or more such runs, may follow.
  const bool by_cell = order_ == Order::kByCell;
  const int old_run_bits = word_bits_ + (by_cell ? class_bits_ : cell_bits_);
  const size_t runs = by_cell ? cells_ : size_t{1} << class_bits_;
  cells_ = cells;
  class_bits_ = class_bits;
  cell_bits_ = cell_bits;
  const int run_bits = word_bits_ + (by_cell ? class_bits_ : cell_bits_);
  const size_t nowhere = size_t{1} << word_bits_;  // Words after the last place.
  const size_t words = (places() << word_bits_) + nowhere;
  if (run_bits == old_run_bits) {
    words_.resize(runs << run_bits);
    words_.resize(words);
    return;
  }
  std::vector<uint64_t> wider(words);
  for (size_t run = 0; run < runs && !words_.empty(); ++run) {
    std::copy_n(words_.begin() + static_cast<ptrdiff_t>(run << old_run_bits),
                size_t{1} << old_run_bits, wider.begin() + static_cast<ptrdiff_t>(run << run_bits));
  }
  words_ = std::move(wider);
}

void ClassSums::AddWords(const uint32_t* places, size_t rows,
                         std::span<const uint32_t* const> amounts, uint64_t* words) const {
  const int bits = word_bits_;
  for (size_t i = 0; i < rows; ++i) {
    uint64_t* const first = words + (size_t{places[i]} << bits);
    first[0] += kRow + amounts[0][i];
    for (size_t a = 1; a < amounts.size(); ++a) first[a] += amounts[a][i];
  }
}

void ClassSums::Add(size_t cell, const uint32_t* places, size_t rows,
                    std::span<const uint32_t* const> amounts, uint64_t greatest) {
  rows_ += rows;
  first_bound_ += rows * greatest;
  uint64_t* const words = words_.data() + (cell << cell_shift() << word_bits_);
  switch (amounts.size()) {
    case 0:
#pragma GCC unroll 4
      for (size_t i = 0; i < rows; ++i) words[places[i]] += kRow;
      return;
    case 1: {
      const uint32_t* const amount = amounts[0];
#pragma GCC unroll 4
      for (size_t i = 0; i < rows; ++i) words[places[i]] += kRow + amount[i];
      return;
    }
    default:
      return AddWords(places, rows, amounts, words);
  }
}

template <class Raw>
void ClassSums::AddPacked(const PackedColumn& amount, size_t first, const uint16_t* index,
                          const uint32_t* places, size_t rows, uint64_t* words) {
  const PackedValues<Raw> values(amount, first);
  const uint64_t base = static_cast<uint64_t>(amount.minimum() / amount.unit());
  const uint64_t absent = std::numeric_limits<Raw>::max();
  const bool has_absent = amount.has_absent() && !amount.AbsentIsSmall();
  const auto add = [&](auto row_of, auto word_of) {
#pragma GCC unroll 4
    for (size_t i = 0; i < rows; ++i) words[places[i]] += word_of(values.raw(row_of(i)));
  };
  const auto add_all = [&](auto row_of) {
    if (!has_absent) return add(row_of, [base](uint64_t raw) { return kRow + base + raw; });
    // Without a branch, which would often be mistaken.
    add(row_of, [base, absent](uint64_t raw) {
      return kRow + ((base + raw) & -static_cast<uint64_t>(raw != absent));
    });
  };
  if (index != nullptr) return add_all([index](size_t i) { return size_t{index[i]}; });
  add_all([](size_t i) { return i; });
}

void ClassSums::AddOf(const PackedColumn& amount, size_t first, const uint16_t* index, size_t cell,
                      const uint32_t* places, size_t rows, uint64_t greatest) {
  uint64_t* const words = WordsFor(cell, rows, greatest);
  WithRawOf(amount.width(), [&]<class Raw>(std::type_identity<Raw>) {
    if constexpr (!std::is_void_v<Raw>) {
      AddPacked<Raw>(amount, first, index, places, rows, words);
    } else {
      const bool absent = amount.minimum() == kAbsent;
      const uint64_t row =
          kRow + (absent ? 0 : static_cast<uint64_t>(amount.minimum() / amount.unit()));
      for (size_t i = 0; i < rows; ++i) words[places[i]] += row;
    }
  });
}

uint64_t* ClassSums::WordsFor(size_t cell, size_t rows, uint64_t greatest) {
  rows_ += rows;
  first_bound_ += rows * greatest;
  return words_.data() + (cell << cell_shift() << word_bits_);
}

void ClassSums::AddToCell(size_t cell, const uint32_t* classes, size_t rows,
                          std::span<const uint32_t* const> amounts, uint64_t greatest) {
  rows_ += rows;
  first_bound_ += rows * greatest;
  // Several sums of a class, because an addition waits for the last one to the same place.
  constexpr size_t kSums = 4;
  const size_t width = size_t{1} << class_bits_ << word_bits_;
  uint64_t* const out = words_.data() + cell * width;
  for (size_t a = 0; a < std::max<size_t>(1, amounts.size()); ++a) {
    std::array<std::array<uint64_t, 256>, kSums> sums;
    for (auto& sum : sums) std::fill_n(sum.begin(), this->classes(), 0);
    const uint64_t row = a == 0 ? kRow : 0;
    const uint32_t* const amount = amounts.empty() ? nullptr : amounts[a];
    size_t i = 0;
    if (amount != nullptr) {
      for (; i + kSums <= rows; i += kSums) {
        for (size_t j = 0; j < kSums; ++j) sums[j][classes[i + j]] += row + amount[i + j];
      }
    }
    for (; i < rows; ++i) {
      sums[i % kSums][classes[i]] += row + (amount != nullptr ? amount[i] : 0);
    }
    for (size_t c = 0; c < this->classes(); ++c) {
      out[(c << word_bits_) + a] += sums[0][c] + sums[1][c] + sums[2][c] + sums[3][c];
    }
  }
}

void ClassSums::Clear() {
  std::fill(words_.begin(), words_.end(), 0);
  rows_ = 0;
  first_bound_ = 0;
}

}  // namespace kpid::metrics
