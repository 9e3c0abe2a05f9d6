// Which slices of an answer come first.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "metrics/question.h"
#include "metrics/result.h"

namespace kpid::metrics {

// Whether a slice stands before another: by keys, those without one last, then by dimension
// values ascending, missing last.
bool StandsBefore(const std::vector<SliceOrder>& order_by, const SlicePosition& a,
                  const SlicePosition& b);

// Where a slice of an answer stands. `before` is the compared answer, with the same slices; null:
// nothing is compared.
SlicePosition PositionOf(const std::vector<SliceOrder>& order_by, const Result& result,
                         const Result* before, size_t slice);

// The change from `before` to `after`, which are values of these results.
Change ChangeOfValue(const Result& before_result, const Value& before, const Result& after_result,
                     const Value& after);

}  // namespace kpid::metrics
