// Samples without their amounts, as numbers: bit 0 counts, is in the numerator or has an amount,
// bit 1 is in the denominator, those above are what the fact is counted as apart.
#pragma once

#include <cstdint>

#include "metrics/partial.h"

namespace kpid::metrics {

inline uint8_t SampleKind(bool first, bool second, CountKind counted) {
  static_assert(kCountKinds <= 64);
  return static_cast<uint8_t>(first | second << 1 | static_cast<int>(counted) << 2);
}
inline uint8_t KindOfSample(const CountSample& sample) {
  return SampleKind(sample.counts, false, sample.counted);
}
inline uint8_t KindOfSample(const RatioSample& sample) {
  return SampleKind(sample.numerator, sample.denominator, sample.counted);
}
inline uint8_t KindOfSample(const AmountSample& sample) {
  return SampleKind(sample.included, false, sample.counted);
}
// An attitude takes the place of both bits.
inline uint8_t KindOfSample(const AttitudeSample& sample) {
  const auto attitude = static_cast<unsigned>(sample.attitude);
  return SampleKind((attitude & 1) != 0, (attitude & 2) != 0, sample.counted);
}
inline CountKind CountedOfKind(uint8_t kind) { return static_cast<CountKind>(kind >> 2); }

// Takes in n samples of a kind, whose amounts, if any, AddAmounts takes in.
inline void AddSamples(uint8_t kind, int64_t n, CountPartial* partial) {
  if ((kind & 1) != 0) partial->count += n;
}
inline void AddSamples(uint8_t kind, int64_t n, RatioPartial* partial) {
  if ((kind & 1) != 0) partial->numerator += n;
  if ((kind & 2) != 0) partial->denominator += n;
}
template <class Squares>
void AddSamples(uint8_t kind, int64_t n, MeanPartial<Squares>* partial) {
  if ((kind & 1) != 0) partial->sum.n += n;
}
template <bool kGreatest>
void AddSamples(uint8_t, int64_t, ExtremePartial<kGreatest>*) {}
inline void AddSamples(uint8_t, int64_t, DistributionPartial*) {}
inline void AddSamples(uint8_t kind, int64_t n, NetScorePartial* partial) {
  switch (static_cast<Attitude>(kind & 3)) {
    case Attitude::kNone:
      break;
    case Attitude::kPromoter:
      partial->promoters += n;
      break;
    case Attitude::kPassive:
      partial->passives += n;
      break;
    case Attitude::kDetractor:
      partial->detractors += n;
      break;
  }
}

// Takes in the sum of the amounts of samples that AddSamples takes in.
inline void AddSum(Int128 sum, MeanPartial<NoSquares>* partial) { partial->sum.sum += sum; }

// Takes in the amount of a sample that AddSamples takes in.
template <class Squares>
void AddAmount(int64_t amount, MeanPartial<Squares>* partial) {
  partial->sum.sum += amount;
  partial->sum.squares.Add(amount);
}
template <bool kGreatest>
void AddAmount(int64_t amount, ExtremePartial<kGreatest>* partial) {
  partial->Add({.included = true, .amount = amount});
}
inline void AddAmount(int64_t amount, DistributionPartial* partial) { partial->AddAmount(amount); }

// The same in units.
template <class Partial>
void AddUnits(uint32_t units, int64_t unit, Partial* partial) {
  AddAmount(units * unit, partial);
}
inline void AddUnits(uint32_t units, int64_t unit, DistributionPartial* partial) {
  partial->AddUnits(units, unit);
}

template <class Partial>
concept HasSampleKind = requires(Partial* partial) {
  AddSamples(0, 0, partial);
};
template <class Partial>
concept HasSum = requires(Partial* partial) {
  AddSum(0, partial);
};
template <class Partial>
concept HasAmount = requires(Partial* partial) {
  AddAmount(0, partial);
};

}  // namespace kpid::metrics
