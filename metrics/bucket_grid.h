// Which bucket an instant is in, without a search.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "metrics/time.h"

namespace kpid::metrics {

// Immutable; safe for concurrent use.
class BucketGrid {
 public:
  // REQUIRES: not empty; each begins where the one before it ends.
  explicit BucketGrid(std::span<const TimeRange> buckets);

  // The bucket that holds an instant, in microseconds: 0 before the first, their number after the
  // last.
  size_t Find(int64_t microseconds) const {
    if (microseconds < start_) return 0;
    if (microseconds >= ends_.back()) return ends_.size();
    size_t bucket = first_[static_cast<size_t>(microseconds - start_) >> shift_];
    while (microseconds >= ends_[bucket]) ++bucket;
    return bucket;
  }

 private:
  // Steps of the grid: no more are worth their memory, 256 KiB.
  static constexpr uint64_t kStepsMax = 65'536;

  int64_t start_ = 0;
  int shift_ = 0;                // Of the length of a step, a power of two.
  std::vector<int64_t> ends_;    // By bucket.
  std::vector<uint32_t> first_;  // By step: the bucket that it begins in.
};

}  // namespace kpid::metrics
