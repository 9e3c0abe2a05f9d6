// Numbers of rows and sums of their amounts, by cell and class: what a scan over rows adds up
// before KPIs are asked about it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "metrics/packed_column.h"

namespace kpid::metrics {

// A class of a cell has a few words: the number of its rows in the upper bits of the first, in the
// lower ones the sum of the first amount, then a word for the sum of each further one. So most
// rows cost one addition. One thread.
class ClassSums {
 public:
  static constexpr size_t kAmountsMax = 8;

  // `amounts`: how many are added up, at most kAmountsMax.
  explicit ClassSums(size_t amounts);

  // Makes room for classes in cells; false, and nothing done, when that is too much.
  bool MakeRoom(size_t cells, size_t classes);

  // A class of a cell is (cell << class_bits()) + class.
  int class_bits() const { return class_bits_; }
  size_t cells() const { return cells_; }
  size_t classes() const { return size_t{1} << class_bits_; }

  // Whether first amounts up to `greatest` leave room for so many rows that summing them pays.
  static bool WorthSumming(uint64_t greatest) { return greatest <= kFirstMax / kRowsWorth; }

  // Whether that many rows more can be added, whose first amounts are at most `greatest`.
  bool Bears(size_t rows, uint64_t greatest) const {
    return rows_ + rows <= kRowsMax && first_bound_ + rows * greatest <= kFirstMax;
  }

  // Adds rows: class_of_cell[i] is that of row i, with cells that count from `cell`, amounts[a][i]
  // its a-th amount; at most `greatest` is the first. REQUIRES: there is room, and
  // Bears(rows, greatest).
  void Add(size_t cell, const uint32_t* class_of_cell, size_t rows,
           std::span<const uint32_t* const> amounts, uint64_t greatest);

  // Adds rows first + index[0..rows), or, where the index is null, [first, first + rows), whose
  // only amount is in a column, in units. What an absent amount adds
  // is not said: it counts, and its class is not to be asked for the sum. REQUIRES: also
  // amount.CountsUnits(), `greatest` is amount.GreatestUnits(), and 1 amount.
  void AddOf(const PackedColumn& amount, size_t first, const uint16_t* index, size_t cell,
             const uint32_t* class_of_cell, size_t rows, uint64_t greatest);

  // The same where all rows are of one cell: classes[i] is the class of row i.
  void AddToCell(size_t cell, const uint32_t* classes, size_t rows,
                 std::span<const uint32_t* const> amounts, uint64_t greatest);

  bool empty() const { return rows_ == 0; }
  int64_t CountOf(size_t class_of_cell) const {
    return static_cast<int64_t>(words_[class_of_cell << word_bits_] >> kFirstBits);
  }
  int64_t SumOf(size_t class_of_cell, size_t amount) const {
    const uint64_t word = words_[(class_of_cell << word_bits_) + amount];
    return static_cast<int64_t>(amount == 0 ? word & kFirstMax : word);
  }

  // Forgets all rows, and keeps the room.
  void Clear();

 private:
  uint64_t* FirstWordOf(size_t cell) { return words_.data() + (cell << class_bits_ << word_bits_); }

  static constexpr int kFirstBits = 40;
  static constexpr uint64_t kFirstMax = (uint64_t{1} << kFirstBits) - 1;
  static constexpr uint64_t kRow = uint64_t{1} << kFirstBits;
  // What the count has bits for. Further amounts are below 2^32 and cannot overflow their words.
  static constexpr uint64_t kRowsMax = (uint64_t{1} << (64 - kFirstBits)) - 1;
  // Between two times that sums are given on, which costs about as much as some thousand rows.
  static constexpr uint64_t kRowsWorth = 100'000;
  // Words, of 8 bytes each: 16 MiB.
  static constexpr size_t kWordsMax = size_t{1} << 21;

  template <class Raw>
  static void AddPacked(const PackedColumn& amount, size_t first, const uint16_t* index,
                        const uint32_t* class_of_cell, size_t rows, uint64_t* words);
  void AddWords(const uint32_t* class_of_cell, size_t rows,
                std::span<const uint32_t* const> amounts, uint64_t* words) const;

  size_t amounts_;
  int word_bits_ = 0;
  int class_bits_ = 3;
  size_t cells_ = 0;
  uint64_t rows_ = 0;
  uint64_t first_bound_ = 0;  // Of the sum of all first amounts.
  std::vector<uint64_t> words_;
};

}  // namespace kpid::metrics
