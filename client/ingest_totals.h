// What became of the records of an import so far.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace kpid::client {

// Safe for concurrent use.
struct IngestTotals {
  std::atomic<int64_t> inserted{0};
  std::atomic<int64_t> updated{0};
  std::atomic<int64_t> unchanged{0};
  std::atomic<int64_t> rejected{0};
  std::atomic<int64_t> sent_again{0};     // Records of broken streams; once for each time.
  std::atomic<int64_t> settled{0};        // Records whose fate is known.
  std::atomic<int64_t> settled_bytes{0};  // Of the source; where there is one.
};

// "inserted N, updated N, unchanged N, rejected N in S s (R rows/s)".
std::string SummaryText(const IngestTotals& totals, double seconds);

}  // namespace kpid::client
