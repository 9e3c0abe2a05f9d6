// A whole question: a query, what its values are compared with, and which slices in what order.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "metrics/comparison.h"
#include "metrics/evaluate.h"
#include "metrics/fact_source.h"
#include "metrics/query.h"
#include "metrics/result.h"
#include "metrics/target.h"

namespace kpid::metrics {

// Limits of one question; the server checks them and names them in errors.
inline constexpr int kOrdersMax = 4;
inline constexpr int kTopMax = 1'000;
inline constexpr int kSlicesPerPageMax = 100'000;
inline constexpr int64_t kSampleMinimumMax = 1'000'000;

// Slices by their totals; those without the value last.
struct SliceOrder {
  enum class By : uint8_t { kValue, kAbsoluteChange, kRelativeChange };
  size_t kpi = 0;  // Of Query::kpis.
  By by = By::kValue;
  bool descending = false;
};

// Where a slice stands in the order; what a page token holds.
struct SlicePosition {
  std::vector<std::optional<double>> keys;  // By Question::order_by.
  std::vector<DimensionValue> dimensions;
};

struct Question {
  Query query;  // Without selection: Ask makes it.
  ComparisonPeriod compare_to = ComparisonPeriod::kNone;

  // Ties by dimension values ascending, missing last; so is the order without any.
  std::vector<SliceOrder> order_by;

  int top = 0;  // The first slices only; 0: all. Not with a page.
  bool with_other = true;

  int page_size = 0;                   // 0: all.
  std::optional<SlicePosition> after;  // The last slice of the page before.

  // Values that rest on fewer samples are withheld (kSuppressedSmallGroup, with their
  // sample_count), but those of KPIs that are counts. 0: none.
  int64_t sample_minimum = 0;
};

// Values may carry more than the query's value_detail asks for: intervals where there is a
// comparison, sample counts where there is a minimum.
struct Answer {
  Result result;

  // Of a comparison: the same slices in the same order; series by bucket of the question, without
  // value (kNoData) where the bucket has no counterpart. Currencies are its own.
  std::optional<Result> before;
  ComparedSpan compared;

  std::optional<SlicePosition> next;  // Of the next page's token; absent: no further slices.
  int64_t slice_count = 0;            // On all pages; with top, before the rest was put together.

  // What it was computed from: names, roster, targets.
  std::shared_ptr<const FactSnapshot> snapshot;
};

// Answers a question: reads facts, evaluates, compares, orders, and gives kpi_achievement its
// values. Totals are those of all slices, whichever are given. Both spans of a comparison are of
// one state where all is resident; data_watermark is the earlier of theirs.
//
// A page goes on where the last one ended, in the order of now: when records change between
// pages, a slice whose value moved may come twice or not at all; in the order of dimension values
// none comes twice.
//
// Errors: those of SpanComparedWith, FactSource::Snapshot, WithTargetKpis and Evaluate.
absl::StatusOr<Answer> Ask(const Question& question, FactSource* facts,
                           const EvaluateOptions& options);

// The change of a value of an answer: of the total where `slice` is absent, of the whole range
// where `bucket` is. REQUIRES: there is a comparison.
Change ChangeOf(const Answer& answer, std::optional<size_t> slice, std::optional<size_t> bucket,
                size_t kpi);

}  // namespace kpid::metrics
