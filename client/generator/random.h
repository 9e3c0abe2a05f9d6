// Random numbers that are the same everywhere for the same seed: the standard library's
// distributions differ between implementations.
#pragma once

#include <cmath>
#include <cstdint>

namespace kpid::client {

// xoshiro256++ seeded by SplitMix64. Thread-compatible; copies go on independently.
class Random {
 public:
  explicit Random(uint64_t seed) {
    for (uint64_t& word : state_) word = Mix(seed += 0x9E3779B97F4A7C15);
  }

  uint64_t Next() {
    const uint64_t result = Rotate(state_[0] + state_[3], 23) + state_[0];
    const uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = Rotate(state_[3], 45);
    return result;
  }

  // In [0, 1).
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

  // In [low, high).
  double Between(double low, double high) { return low + (high - low) * Uniform(); }

  // 0 to count - 1. REQUIRES: 0 < count < 2^32.
  uint32_t Below(uint32_t count) {
    return static_cast<uint32_t>(((Next() >> 32) * static_cast<uint64_t>(count)) >> 32);
  }

  bool Chance(double probability) { return Uniform() < probability; }

  double Exponential(double mean) { return -mean * std::log(1.0 - Uniform()); }

  // Mean 0, deviation 1; the polar method would need a loop.
  double Normal() {
    constexpr double kTwoPi = 6.283185307179586;
    const double radius = std::sqrt(-2.0 * std::log(1.0 - Uniform()));
    return radius * std::cos(kTwoPi * Uniform());
  }

  double LogNormal(double median, double sigma) { return median * std::exp(sigma * Normal()); }

 private:
  static uint64_t Rotate(uint64_t word, int bits) { return word << bits | word >> (64 - bits); }
  static uint64_t Mix(uint64_t word) {
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9;
    word = (word ^ word >> 27) * 0x94D049BB133111EB;
    return word ^ word >> 31;
  }

  uint64_t state_[4];
};

}  // namespace kpid::client
