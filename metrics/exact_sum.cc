#include "metrics/exact_sum.h"

#include <array>
#include <cmath>
#include <cstddef>

namespace kpid::metrics {
namespace {

// An unsigned number of 32 * kSize bits, lowest 32 bits first.
template <size_t kSize>
using Wide = std::array<uint32_t, kSize>;

template <size_t kSize>
Wide<kSize> Multiply(const Wide<kSize>& a, const Wide<kSize>& b) {
  Wide<kSize> product{};
  for (size_t i = 0; i < kSize; ++i) {
    uint64_t carry = 0;
    for (size_t j = 0; i + j < kSize; ++j) {
      const uint64_t sum = static_cast<uint64_t>(a[i]) * b[j] + product[i + j] + carry;
      product[i + j] = static_cast<uint32_t>(sum);
      carry = sum >> 32;
    }
  }
  return product;
}

// REQUIRES: a >= b.
template <size_t kSize>
Wide<kSize> Subtract(const Wide<kSize>& a, const Wide<kSize>& b) {
  Wide<kSize> difference{};
  uint64_t borrow = 0;
  for (size_t i = 0; i < kSize; ++i) {
    const uint64_t part = static_cast<uint64_t>(a[i]) - b[i] - borrow;
    difference[i] = static_cast<uint32_t>(part);
    borrow = (part >> 32) & 1;
  }
  return difference;
}

template <size_t kSize>
Wide<kSize> Add(const Wide<kSize>& a, const Wide<kSize>& b) {
  Wide<kSize> total{};
  uint64_t carry = 0;
  for (size_t i = 0; i < kSize; ++i) {
    const uint64_t part = static_cast<uint64_t>(a[i]) + b[i] + carry;
    total[i] = static_cast<uint32_t>(part);
    carry = part >> 32;
  }
  return total;
}

template <size_t kSize>
Wide<kSize> MakeWide(UInt128 low, uint64_t high) {
  Wide<kSize> wide{};
  for (size_t i = 0; i < 4; ++i) wide[i] = static_cast<uint32_t>(low >> (32 * i));
  wide[4] = static_cast<uint32_t>(high);
  wide[5] = static_cast<uint32_t>(high >> 32);
  return wide;
}

template <size_t kSize>
long double ToLongDouble(const Wide<kSize>& wide) {
  long double value = 0;
  for (size_t i = kSize; i-- > 0;) value = std::ldexp(value, 32) + wide[i];
  return value;
}

}  // namespace

long double SquaredDistances(int64_t n, Int128 sum, const SquareSum& squares) {
  // n * (sum of squares) - sum^2, all of it n times too great.
  const UInt128 size = static_cast<UInt128>(sum < 0 ? -sum : sum);
  const auto count = MakeWide<8>(static_cast<UInt128>(n), 0);
  const auto whole = Multiply(count, MakeWide<8>(squares.low(), squares.high()));
  const auto square = Multiply(MakeWide<8>(size, 0), MakeWide<8>(size, 0));
  return ToLongDouble(Subtract(whole, square)) / static_cast<long double>(n);
}

long double SquaredResiduals(Int128 parts, Int128 wholes, const PairProducts& products) {
  // Sums of 192 bits times squares of 254.
  const auto wide = [](const ProductSum& sum) { return MakeWide<16>(sum.low(), sum.high()); };
  const auto part = MakeWide<16>(static_cast<UInt128>(parts), 0);
  const auto whole = MakeWide<16>(static_cast<UInt128>(wholes), 0);
  const auto squares = Add(Multiply(wide(products.part_squares), Multiply(whole, whole)),
                           Multiply(wide(products.whole_squares), Multiply(part, part)));
  const auto product = Multiply(wide(products.part_wholes), Multiply(part, whole));
  // All of it wholes^2 times too great.
  const long double scale = static_cast<long double>(wholes) * static_cast<long double>(wholes);
  return ToLongDouble(Subtract(squares, Add(product, product))) / scale / scale;
}

}  // namespace kpid::metrics
