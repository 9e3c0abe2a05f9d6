#include "metrics/question.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include "metrics/achievement.h"
#include "metrics/demand.h"
#include "metrics/slice_order.h"

namespace kpid::metrics {
namespace {

// A query, and what it is computed from.
struct Side {
  Query query;
  Query widened;  // By the KPIs whose targets are asked about.
  std::shared_ptr<const FactSnapshot> snapshot;
};

// A value as it is to be given: without what rests on too little. `i`: its place.
Value Withheld(const Query& query, int64_t sample_minimum, size_t i, const Value& value) {
  const bool rests_on_facts = value.value.has_value() || value.sample_count > 0;
  if (!rests_on_facts || value.sample_count >= sample_minimum ||
      query.kpis[i % query.kpis.size()].unit == Unit::kCount) {
    return value;
  }
  Value withheld;
  withheld.sample_count = value.sample_count;
  withheld.no_value_reason = NoValueReason::kSuppressedSmallGroup;
  return withheld;
}

void Withhold(const Query& query, int64_t sample_minimum, ValueList* values) {
  for (size_t i = 0; i < values->size(); ++i) {
    values->Set(i, Withheld(query, sample_minimum, i, (*values)[i]));
  }
}

void Withhold(const Query& query, int64_t sample_minimum, Result* result) {
  if (sample_minimum <= 0) return;
  for (size_t k = 0; k < result->total.size(); ++k) {
    result->total[k] = Withheld(query, sample_minimum, k, result->total[k]);
  }
  for (Slice& slice : result->slices) {
    Withhold(query, sample_minimum, &slice.total);
    Withhold(query, sample_minimum, &slice.series);
  }
}

// The same slices in another order, or some of them.
void Keep(const std::vector<size_t>& kept, Result* result) {
  std::vector<Slice> slices;
  slices.reserve(kept.size());
  for (const size_t slice : kept) slices.push_back(std::move(result->slices[slice]));
  result->slices = std::move(slices);
}

// Brings the series of an earlier span to the question's buckets.
void Align(const ComparedSpan& span, size_t kpis, Slice* slice) {
  ValueList series;
  series.Assign(span.counterpart.size() * kpis, NoValueReason::kNoData);
  for (size_t bucket = 0; bucket < span.counterpart.size(); ++bucket) {
    for (size_t k = 0; k < kpis; ++k) {
      const size_t place = bucket * kpis + k;
      if (span.counterpart[bucket].has_value()) {
        series.Set(place, slice->series[*span.counterpart[bucket] * kpis + k]);
      } else if (slice->total[k].no_value_reason == NoValueReason::kNotApplicable) {
        Value not_applicable;
        not_applicable.no_value_reason = NoValueReason::kNotApplicable;
        series.Set(place, not_applicable);
      }
    }
  }
  slice->series = std::move(series);
}

// One question being answered.
//
// Where only some slices are given, a first pass over the whole range finds all slices and their
// order, and a second one computes the series of those to be given.
class Asking {
 public:
  Asking(const Question& question, FactSource* facts, const EvaluateOptions& options)
      : question_(question), facts_(*facts), options_(options) {}

  absl::StatusOr<Answer> Run() {
    if (absl::Status status = Prepare(); !status.ok()) return status;
    if (absl::Status status = FirstPass(); !status.ok()) return status;
    Choose();
    if (absl::Status status = SecondPass(); !status.ok()) return status;
    Finish();
    return std::move(answer_);
  }

 private:
  bool compares() const { return question_.compare_to != ComparisonPeriod::kNone; }

  // Whether some slices may be left out.
  bool cuts() const {
    return !question_.query.group_by.empty() &&
           (question_.top > 0 || question_.page_size > 0 || question_.after.has_value());
  }

  // The queries, and their facts.
  absl::Status Prepare() {
    const absl::StatusOr<Calendar> calendar = Calendar::Create(question_.query.time_zone);
    if (!calendar.ok()) return calendar.status();
    after_.query = question_.query;
    after_.query.selection.reset();
    if (compares()) {
      after_.query.value_detail = ValueDetail::kInterval;
    } else if (question_.sample_minimum > 0) {
      after_.query.value_detail = std::max(after_.query.value_detail, ValueDetail::kCounts);
    }
    if (compares()) {
      auto span = SpanComparedWith(question_.compare_to, question_.query, *calendar);
      if (!span.ok()) return span.status();
      answer_.compared = *std::move(span);
      before_.query = after_.query;
      before_.query.range = answer_.compared.range;
      before_.query.buckets = answer_.compared.buckets;
    }
    Side* const sides[] = {&after_, &before_};
    return Read({sides, compares() ? size_t{2} : size_t{1}});
  }

  // Facts of both spans at once: of one state where the source can.
  absl::Status Read(std::span<Side* const> sides) {
    std::vector<Query> queries;
    for (const Side* side : sides) queries.push_back(side->query);
    if (AsksForAchievement(question_.query)) {
      auto read = ReadWithTargets(queries, &facts_, options_.limits);
      if (!read.ok()) return read.status();
      for (size_t i = 0; i < sides.size(); ++i) {
        sides[i]->widened = std::move((*read)[i].widened);
        sides[i]->snapshot = std::move((*read)[i].facts);
      }
      return absl::OkStatus();
    }
    std::vector<FactDemand> demands;
    for (const Query& query : queries) demands.push_back(DemandOf(query));
    auto snapshots = facts_.Snapshots(demands, options_.limits);
    if (!snapshots.ok()) return snapshots.status();
    for (size_t i = 0; i < sides.size(); ++i) {
      sides[i]->widened = std::move(queries[i]);
      sides[i]->snapshot = std::move((*snapshots)[i]);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Result> Compute(const Side& side, std::optional<SliceSelection> selection,
                                 bool with_series) const {
    Query query = side.query;
    Query widened = side.widened;
    for (Query* asked : {&query, &widened}) {
      asked->selection = selection;
      if (with_series) continue;
      asked->granularity = Granularity::kRange;
      asked->buckets = {asked->range};
    }
    absl::StatusOr<Result> result = Evaluate(widened, *side.snapshot, options_);
    if (!result.ok()) return result.status();
    Withhold(widened, question_.sample_minimum, &*result);
    if (AsksForAchievement(query)) {
      FinishAchievement(query, widened, side.snapshot->targets(), *side.snapshot, &*result);
      Withhold(query, question_.sample_minimum, &*result);
    }
    return result;
  }

  // What is looked at only as of the ends of buckets may have a slice by one in the middle; what
  // is spread over slices is so bucket by bucket.
  bool DependsOnBuckets() const {
    for (const KpiDemand& demand : KpiDemands(after_.widened)) {
      for (const KpiNeeds& term : demand.terms) {
        if (term.time_basis == TimeBasis::kInstant || term.all_slices) return true;
      }
    }
    return false;
  }

  // Every slice, and what orders them.
  absl::Status FirstPass() {
    with_series_ = !cuts() || question_.query.buckets.size() == 1 || DependsOnBuckets();
    absl::StatusOr<Result> result = Compute(after_, std::nullopt, with_series_);
    if (!result.ok()) return result.status();
    answer_.result = *std::move(result);
    const bool by_change =
        std::any_of(question_.order_by.begin(), question_.order_by.end(),
                    [](const SliceOrder& order) { return order.by != SliceOrder::By::kValue; });
    if (compares() && by_change) return ComputeBefore(with_series_);
    return absl::OkStatus();
  }

  // The slices of the answer so far, in the earlier span.
  absl::Status ComputeBefore(bool with_series) {
    absl::StatusOr<Result> result = Compute(before_, Selection(), with_series);
    if (!result.ok()) return result.status();
    answer_.before = *std::move(result);
    return absl::OkStatus();
  }

  // Of the slices of the answer so far.
  std::optional<SliceSelection> Selection() const {
    if (question_.query.group_by.empty()) return std::nullopt;
    SliceSelection selection;
    for (const Slice& slice : answer_.result.slices) {
      if (slice.other) {
        selection.with_other = true;
      } else {
        selection.slices.push_back(slice.dimensions);
      }
    }
    return selection;
  }

  // Leaves the slices that are to be given, in their order.
  void Choose() {
    answer_.slice_count = static_cast<int64_t>(answer_.result.slices.size());
    if (question_.query.group_by.empty() || (question_.order_by.empty() && !cuts())) return;
    std::vector<SlicePosition> positions;
    const Result* before = answer_.before.has_value() ? &*answer_.before : nullptr;
    for (size_t slice = 0; slice < answer_.result.slices.size(); ++slice) {
      positions.push_back(PositionOf(question_.order_by, answer_.result, before, slice));
    }
    const auto stands_before = [&](const SlicePosition& a, const SlicePosition& b) {
      return StandsBefore(question_.order_by, a, b);
    };
    std::vector<size_t> kept(positions.size());
    std::iota(kept.begin(), kept.end(), size_t{0});
    std::stable_sort(kept.begin(), kept.end(),
                     [&](size_t a, size_t b) { return stands_before(positions[a], positions[b]); });
    if (question_.after.has_value()) {
      const auto first = std::find_if(kept.begin(), kept.end(), [&](size_t slice) {
        return stands_before(*question_.after, positions[slice]);
      });
      kept.erase(kept.begin(), first);
    }
    const int most = question_.top > 0 ? question_.top : question_.page_size;
    if (most > 0 && kept.size() > static_cast<size_t>(most)) {
      kept.resize(static_cast<size_t>(most));
      if (question_.top == 0) answer_.next = positions[kept.back()];
      other_ = question_.top > 0 && question_.with_other;
    }
    Keep(kept, &answer_.result);
    if (answer_.before.has_value()) Keep(kept, &*answer_.before);
  }

  // What the first pass has not computed.
  absl::Status SecondPass() {
    const bool again = !with_series_ || other_;
    if (again) {
      std::optional<SliceSelection> selection = Selection();
      selection->with_other = other_;
      absl::StatusOr<Result> result = Compute(after_, std::move(selection), /*with_series=*/true);
      if (!result.ok()) return result.status();
      answer_.result = *std::move(result);
    }
    if (!compares() || (answer_.before.has_value() && !again)) return absl::OkStatus();
    return ComputeBefore(/*with_series=*/true);
  }

  void Finish() {
    Result& result = answer_.result;
    result.data_watermark = after_.snapshot->data_watermark();
    if (answer_.before.has_value()) {
      Result& before = *answer_.before;
      result.data_watermark = std::min(result.data_watermark, before_.snapshot->data_watermark());
      before.data_watermark = result.data_watermark;
      for (size_t i = 0; i < before.slices.size(); ++i) {
        Align(answer_.compared, question_.query.kpis.size(), &before.slices[i]);
        before.slices[i].dimensions = result.slices[i].dimensions;
      }
    }
    answer_.snapshot = after_.snapshot;
  }

  const Question& question_;
  FactSource& facts_;
  const EvaluateOptions& options_;
  Side after_;
  Side before_;              // Of a comparison.
  bool with_series_ = true;  // Of the first pass.
  bool other_ = false;       // Whether slices beyond the top are put together.
  Answer answer_;
};

}  // namespace

absl::StatusOr<Answer> Ask(const Question& question, FactSource* facts,
                           const EvaluateOptions& options) {
  return Asking(question, facts, options).Run();
}

Change ChangeOf(const Answer& answer, std::optional<size_t> slice, std::optional<size_t> bucket,
                size_t kpi) {
  const auto value_of = [&](const Result& result) {
    if (!slice.has_value()) return result.total[kpi];
    const Slice& found = result.slices[*slice];
    return bucket.has_value() ? found.series[*bucket * result.total.size() + kpi]
                              : found.total[kpi];
  };
  return ChangeOfValue(*answer.before, value_of(*answer.before), answer.result,
                       value_of(answer.result));
}

}  // namespace kpid::metrics
