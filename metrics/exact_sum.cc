#include "metrics/exact_sum.h"

#include <array>
#include <cmath>
#include <cstddef>

namespace kpid::metrics {
namespace {

// An unsigned number of 256 bits, lowest 32 bits first.
using Wide = std::array<uint32_t, 8>;

Wide Multiply(const Wide& a, const Wide& b) {
  Wide product{};
  for (size_t i = 0; i < a.size(); ++i) {
    uint64_t carry = 0;
    for (size_t j = 0; i + j < product.size(); ++j) {
      const uint64_t sum = static_cast<uint64_t>(a[i]) * b[j] + product[i + j] + carry;
      product[i + j] = static_cast<uint32_t>(sum);
      carry = sum >> 32;
    }
  }
  return product;
}

// REQUIRES: a >= b.
Wide Subtract(const Wide& a, const Wide& b) {
  Wide difference{};
  uint64_t borrow = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const uint64_t part = static_cast<uint64_t>(a[i]) - b[i] - borrow;
    difference[i] = static_cast<uint32_t>(part);
    borrow = (part >> 32) & 1;
  }
  return difference;
}

Wide MakeWide(UInt128 low, uint64_t high) {
  Wide wide{};
  for (size_t i = 0; i < 4; ++i) wide[i] = static_cast<uint32_t>(low >> (32 * i));
  wide[4] = static_cast<uint32_t>(high);
  wide[5] = static_cast<uint32_t>(high >> 32);
  return wide;
}

long double ToLongDouble(const Wide& wide) {
  long double value = 0;
  for (size_t i = wide.size(); i-- > 0;) value = std::ldexp(value, 32) + wide[i];
  return value;
}

}  // namespace

long double SquaredDistances(int64_t n, Int128 sum, const SquareSum& squares) {
  // n * (sum of squares) - sum^2, all of it n times too great.
  const UInt128 size = static_cast<UInt128>(sum < 0 ? -sum : sum);
  const Wide count = MakeWide(static_cast<UInt128>(n), 0);
  const Wide whole = Multiply(count, MakeWide(squares.low(), squares.high()));
  const Wide square = Multiply(MakeWide(size, 0), MakeWide(size, 0));
  return ToLongDouble(Subtract(whole, square)) / static_cast<long double>(n);
}

}  // namespace kpid::metrics
