#include "metrics/bucket_grid.h"

#include <gtest/gtest.h>

#include <random>

namespace kpid::metrics {
namespace {

Instant At(int64_t microseconds) { return Instant(Duration(microseconds)); }

// As a search would find it.
size_t Found(const std::vector<TimeRange>& buckets, int64_t microseconds) {
  if (At(microseconds) < buckets.front().start) return 0;
  size_t bucket = 0;
  while (bucket < buckets.size() && At(microseconds) >= buckets[bucket].end) ++bucket;
  return bucket;
}

void ExpectAsFound(const std::vector<TimeRange>& buckets) {
  const BucketGrid grid(buckets);
  const auto look = [&](int64_t t) { ASSERT_EQ(grid.Find(t), Found(buckets, t)) << t; };
  for (const TimeRange& bucket : buckets) {
    for (const Instant edge : {bucket.start, bucket.end}) {
      for (int64_t off = -1; off <= 1; ++off) look(edge.time_since_epoch().count() + off);
    }
  }
  look(INT64_MIN);
  look(INT64_MAX);
}

TEST(BucketGrid, FindsWhatASearchFinds) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 300; ++round) {
    const int bits = 1 + static_cast<int>(random() % 42);
    int64_t at = static_cast<int64_t>(random() % 4'000'000'000'000) - 2'000'000'000'000;
    std::vector<TimeRange> buckets;
    for (size_t i = 0; i < 1 + random() % 50; ++i) {
      const auto length = static_cast<int64_t>(1 + (random() & ((uint64_t{1} << bits) - 1)));
      buckets.push_back({At(at), At(at + length)});
      at += length;
    }
    ExpectAsFound(buckets);
  }
}

// A first bucket of a microsecond must not make a grid of a thousand million steps.
TEST(BucketGrid, TakesAShortBucketBesideLongOnes) {
  std::vector<TimeRange> buckets = {{At(0), At(1)}};
  constexpr int64_t kDay = 86'400'000'000;
  for (int64_t day = 0; day < 3000; ++day) {
    buckets.push_back({At(1 + day * kDay), At(1 + (day + 1) * kDay)});
  }
  ExpectAsFound(buckets);
}

}  // namespace
}  // namespace kpid::metrics
