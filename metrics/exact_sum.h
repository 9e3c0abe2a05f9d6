// Sums without rounding, so that adding in any order and in any parts gives the same number.
// Value types.
#pragma once

#include <cstdint>

namespace kpid::metrics {

__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

// Sum of squares of 64-bit numbers: 192 bits hold 2^64 of the greatest.
class SquareSum {
 public:
  void Add(int64_t value) {
    const Int128 wide = value;
    AddLow(static_cast<UInt128>(wide * wide));
  }

  void Merge(const SquareSum& other) {
    AddLow(other.low_);
    high_ += other.high_;
  }

  UInt128 low() const { return low_; }
  uint64_t high() const { return high_; }

  friend bool operator==(const SquareSum&, const SquareSum&) = default;

 private:
  void AddLow(UInt128 amount) {
    low_ += amount;
    if (low_ < amount) ++high_;
  }

  UInt128 low_ = 0;
  uint64_t high_ = 0;
};

// Sum of products of two numbers, neither negative nor above 2^95: 192 bits hold 2^56 products of
// numbers of 68 bits.
class ProductSum {
 public:
  void Add(UInt128 a, UInt128 b) {
    const UInt128 a_low = static_cast<uint64_t>(a);
    const UInt128 b_low = static_cast<uint64_t>(b);
    const UInt128 a_high = a >> 64;
    const UInt128 b_high = b >> 64;
    const UInt128 middle = a_high * b_low + a_low * b_high;
    AddLow(a_low * b_low);
    AddLow(middle << 64);
    high_ += static_cast<uint64_t>(middle >> 64) + static_cast<uint64_t>(a_high * b_high);
  }

  void Merge(const ProductSum& other) {
    AddLow(other.low_);
    high_ += other.high_;
  }

  UInt128 low() const { return low_; }
  uint64_t high() const { return high_; }

  friend bool operator==(const ProductSum&, const ProductSum&) = default;

 private:
  void AddLow(UInt128 amount) {
    low_ += amount;
    if (low_ < amount) ++high_;
  }

  UInt128 low_ = 0;
  uint64_t high_ = 0;
};

// Sums of the squares and products of pairs of numbers: what the spread of a ratio of their sums
// is computed from. REQUIRES: as ProductSum.
struct PairProducts {
  ProductSum part_squares;
  ProductSum part_wholes;
  ProductSum whole_squares;

  void Add(Int128 part, Int128 whole) {
    const auto a = static_cast<UInt128>(part);
    const auto b = static_cast<UInt128>(whole);
    part_squares.Add(a, a);
    part_wholes.Add(a, b);
    whole_squares.Add(b, b);
  }
  void Merge(const PairProducts& other) {
    part_squares.Merge(other.part_squares);
    part_wholes.Merge(other.part_wholes);
    whole_squares.Merge(other.whole_squares);
  }
};

// The sum of the squared distances of n values from their mean, from their exact sums. Rounded
// only at the end. REQUIRES: n > 0, and the sums are those of n values.
long double SquaredDistances(int64_t n, Int128 sum, const SquareSum& squares);

// The sum of (part - parts / wholes * whole)^2 / wholes^2 over all pairs, from their exact sums.
// Rounded only at the end. REQUIRES: wholes > 0, and the sums are those of the pairs.
long double SquaredResiduals(Int128 parts, Int128 wholes, const PairProducts& products);

}  // namespace kpid::metrics
