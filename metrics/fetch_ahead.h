// What will be read soon, fetched by the processor a little at a time beside the work on what is
// read now: columns of a chunk are too short for it to foresee that, and all at once would keep
// the work waiting.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "metrics/packed_column.h"

namespace kpid::metrics {

// One thread.
class FetchAhead {
 public:
  // Calls of Step that fetch everything.
  static constexpr size_t kSteps = 16;

  // Also fetches rows [first, first + count) of a column, as far as there are any. Of more columns
  // than kColumnsMax the last ones are left to themselves.
  void Add(const PackedColumn& column, size_t first, size_t count) {
    const auto bytes = column.PackedRows(first, count);
    if (bytes.empty() || columns_ == kColumnsMax) return;
    const size_t lines = bytes.size() / kLineBytes / kSteps + 1;
    ranges_[columns_++] = {bytes.data(), bytes.data() + bytes.size(),
                           static_cast<ptrdiff_t>(lines) * kLineBytes};
  }

  void Step() {
    for (Range& range : std::span(ranges_).first(columns_)) {
      const std::byte* const stop =
          range.next + std::min<ptrdiff_t>(range.step, range.end - range.next);
      for (; range.next < stop; range.next += kLineBytes) {
        __builtin_prefetch(range.next, 0, 2);  // Not into the nearest cache, which is small.
      }
    }
  }

  // Fetches what is left, and forgets all.
  void Finish() {
    for (Range& range : std::span(ranges_).first(columns_)) range.step = range.end - range.next;
    Step();
    columns_ = 0;
  }

 private:
  // What the processor fetches at once.
  static constexpr ptrdiff_t kLineBytes = 64;
  static constexpr size_t kColumnsMax = 16;

  struct Range {
    const std::byte* next = nullptr;
    const std::byte* end = nullptr;
    ptrdiff_t step = 0;
  };
  std::array<Range, kColumnsMax> ranges_;
  size_t columns_ = 0;
};

}  // namespace kpid::metrics
