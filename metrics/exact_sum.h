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

// The sum of the squared distances of n values from their mean, from their exact sums. Rounded
// only at the end. REQUIRES: n > 0, and the sums are those of n values.
long double SquaredDistances(int64_t n, Int128 sum, const SquareSum& squares);

}  // namespace kpid::metrics
