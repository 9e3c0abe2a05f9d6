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
// rows cost one addition. Where that is, is its place. One thread.
class ClassSums {
 public:
  static constexpr size_t kAmountsMax = 8;

  // What lies side by side: the classes of a cell, for rows of few cells at a time, or the cells of
  // a class. Most rows are of few classes, so the latter keeps what many cells need close by.
  enum class Order { kByCell, kByClass };

  // `amounts`: how many are added up, at most kAmountsMax.
  explicit ClassSums(size_t amounts, Order order = Order::kByCell);

  // Makes room for classes in cells; false, and nothing done, when that is too much.
  bool MakeRoom(size_t cells, size_t classes);
  bool Fits(size_t cells, size_t classes) const;

  // The place of a class of a cell, until room is made: the sum of cell and class, each shifted.
  size_t PlaceOf(size_t cell, size_t of_class) const {
    return (cell << cell_shift()) + (of_class << class_shift());
  }
  int cell_shift() const { return order_ == Order::kByCell ? class_bits_ : 0; }
  int class_shift() const { return order_ == Order::kByCell ? 0 : cell_bits_; }
  size_t cells() const { return cells_; }
  size_t classes() const { return size_t{1} << class_bits_; }

  // The place, of those that count from a cell, where rows are added that are not to count.
  uint32_t NowherePlace(size_t cell) const {
    return static_cast<uint32_t>(places() - (cell << cell_shift()));
  }

  // Whether first amounts up to `greatest` leave room for so many rows that summing them pays.
  static bool WorthSumming(uint64_t greatest) { return greatest <= kFirstMax / kRowsWorth; }

  // Whether that many rows more can be added, whose first amounts are at most `greatest`.
  bool Bears(size_t rows, uint64_t greatest) const {
    return rows_ + rows <= kRowsMax && first_bound_ + rows * greatest <= kFirstMax;
  }

  // Adds rows: places[i] is that of row i, with cells that count from `cell`, amounts[a][i] its
  // a-th amount; at most `greatest` is the first. REQUIRES: there is room, and
  // Bears(rows, greatest).
  void Add(size_t cell, const uint32_t* places, size_t rows,
           std::span<const uint32_t* const> amounts, uint64_t greatest);

  // Adds rows first + index[0..rows), or, where the index is null, [first, first + rows), whose
  // only amount is in a column, in units. What an absent amount adds
  // is not said: it counts, and its class is not to be asked for the sum. REQUIRES: also
  // amount.CountsUnits(), `greatest` is amount.GreatestUnits(), and 1 amount.
  void AddOf(const PackedColumn& amount, size_t first, const uint16_t* index, size_t cell,
             const uint32_t* places, size_t rows, uint64_t greatest);

  // Where rows of no or one amount are added without Add, at places with cells that count from
  // `cell`: each adds kRow and its amount. REQUIRES: as for Add; they are added before anything
  // else is done.
  uint64_t* WordsFor(size_t cell, size_t rows, uint64_t greatest);
  static constexpr int kFirstBits = 40;
  static constexpr uint64_t kRow = uint64_t{1} << kFirstBits;

  // As Add, where all rows are of one cell: classes[i] is the class of row i. REQUIRES: kByCell.
  void AddToCell(size_t cell, const uint32_t* classes, size_t rows,
                 std::span<const uint32_t* const> amounts, uint64_t greatest);

  bool empty() const { return rows_ == 0; }
  int64_t CountOf(size_t place) const {
    return static_cast<int64_t>(words_[place << word_bits_] >> kFirstBits);
  }
  int64_t SumOf(size_t place, size_t amount) const {
    const uint64_t word = words_[(place << word_bits_) + amount];
    return static_cast<int64_t>(amount == 0 ? word & kFirstMax : word);
  }

  // Forgets all rows, and keeps the room.
  void Clear();

 private:
  // All but the one that is nowhere.
  size_t places() const {
    return (order_ == Order::kByCell ? cells_ : size_t{1} << cell_bits_) << class_bits_;
  }
  void Resize(size_t cells, int cell_bits, int class_bits);

  static constexpr uint64_t kFirstMax = (uint64_t{1} << kFirstBits) - 1;
  // What the count has bits for. Further amounts are below 2^32 and cannot overflow their words.
  static constexpr uint64_t kRowsMax = (uint64_t{1} << (64 - kFirstBits)) - 1;
  // Between two times that sums are given on, which costs about as much as some thousand rows.
  static constexpr uint64_t kRowsWorth = 100'000;
  // Words, of 8 bytes each: 16 MiB; by class up to twice as many, because cells are rounded up.
  static constexpr size_t kWordsMax = size_t{1} << 21;

  int ClassBitsFor(size_t classes) const;

  template <class Raw>
  static void AddPacked(const PackedColumn& amount, size_t first, const uint16_t* index,
                        const uint32_t* places, size_t rows, uint64_t* words);
  void AddWords(const uint32_t* places, size_t rows, std::span<const uint32_t* const> amounts,
                uint64_t* words) const;

  size_t amounts_;
  Order order_;
  int word_bits_ = 0;
  int class_bits_ = 3;
  int cell_bits_ = 0;  // Of the cells that there is room for by class.
  size_t cells_ = 0;
  uint64_t rows_ = 0;
  uint64_t first_bound_ = 0;  // Of the sum of all first amounts.
  std::vector<uint64_t> words_;
};

}  // namespace kpid::metrics
