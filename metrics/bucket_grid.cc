#include "metrics/bucket_grid.h"

#include <algorithm>
#include <bit>

namespace kpid::metrics {

BucketGrid::BucketGrid(std::span<const TimeRange> buckets) {
  start_ = buckets.front().start.time_since_epoch().count();
  int64_t shortest = buckets.front().Length().count();
  for (const TimeRange& bucket : buckets) {
    ends_.push_back(bucket.end.time_since_epoch().count());
    shortest = std::min(shortest, static_cast<int64_t>(bucket.Length().count()));
  }
  // A step no longer than a bucket reaches into two at most.
  const auto length = static_cast<uint64_t>(ends_.back() - start_);
  shift_ = std::bit_width(static_cast<uint64_t>(std::max<int64_t>(1, shortest))) - 1;
  while (length >> shift_ >= kStepsMax) ++shift_;
  uint32_t bucket = 0;
  for (uint64_t step = 0; step << shift_ <= length; ++step) {
    const int64_t at = start_ + static_cast<int64_t>(step << shift_);
    while (bucket + 1 < ends_.size() && at >= ends_[bucket]) ++bucket;
    first_.push_back(bucket);
  }
}

}  // namespace kpid::metrics
