// Laws that questions keep (rapidcheck): which slices are given, in which order, on which page,
// changes nothing of what they hold.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "metrics/fact_source.h"
#include "metrics/question.h"
#include "tests/property/additive_parts.h"
#include "tests/property/any_world.h"
#include "tests/support/difference.h"
#include "tests/support/fixed_facts.h"
#include "tests/support/plain_facts.h"

namespace kpid::proof {
namespace {

using metrics::DimensionValue;
using metrics::Query;
using metrics::Result;
using metrics::Slice;
using metrics::SliceSelection;

// Records and a question that is grouped.
struct Case {
  Records records;
  Question question;
  std::shared_ptr<const metrics::FactSnapshot> snapshot;
};

Case AnyCase() {
  const World world = AnyWorld();
  Case drawn{MakeRecords(world.seeds),
             MakeQuestion(world.kpi_seeds, world.question_seed, world.seeds.world), nullptr};
  if (drawn.question.query.group_by.empty()) {
    drawn.question.query.group_by = {Choices(world.question_seed).Of(AllDimensions())};
  }
  drawn.snapshot = SnapshotOf(FactsOf(drawn.records));
  return drawn;
}

metrics::Answer Asked(const metrics::Question& question, const Case& of) {
  FixedFacts facts(of.snapshot);
  metrics::EvaluateOptions options;
  options.now = of.question.now;
  absl::StatusOr<metrics::Answer> answer = metrics::Ask(question, &facts, options);
  if (!answer.ok()) RC_FAIL(answer.status().ToString());
  return *std::move(answer);
}

// Some of the slices that there are, and some that there are not, in any order.
SliceSelection AnySelection(const Result& full, Choices& choices) {
  SliceSelection selection;
  for (const Slice& slice : full.slices) {
    if (choices.Percent(50)) selection.slices.push_back(slice.dimensions);
  }
  if (!full.slices.empty() && choices.Percent(50)) {
    std::vector<DimensionValue> nobody = full.slices[0].dimensions;
    nobody[choices.Below(nobody.size())] = {
        .value = "none such", .display_name = "", .missing = false};
    selection.slices.push_back(std::move(nobody));
  }
  for (size_t i = selection.slices.size(); i > 1; --i) {
    std::swap(selection.slices[i - 1], selection.slices[choices.Below(i)]);
  }
  selection.with_other = choices.Percent(60);
  return selection;
}

TEST(QuestionProperty, SelectedSlicesAndOtherEqualTheReference) {
  EXPECT_TRUE(rc::check("slices of a selection, and all others together, are the reference's", [] {
    Case drawn = AnyCase();
    Choices choices(*AnySeed());
    drawn.question.query.selection =
        AnySelection(Evaluated(drawn.question, *drawn.snapshot), choices);
    const Query& query = drawn.question.query;
    FailOn(Difference(query, Evaluated(drawn.question, *drawn.snapshot),
                      ReferenceEvaluate(query, drawn.records, drawn.question.now)),
           drawn.records, drawn.question);
  }));
}

TEST(QuestionProperty, SelectingIsFilteringTheWholeAnswer) {
  EXPECT_TRUE(rc::check("what is selected is as if nothing were", [] {
    Case drawn = AnyCase();
    Choices choices(*AnySeed());
    const Result full = Evaluated(drawn.question, *drawn.snapshot);
    SliceSelection selection = AnySelection(full, choices);
    Result filtered = full;
    filtered.slices.clear();
    std::erase_if(selection.slices, [&](const std::vector<DimensionValue>& dimensions) {
      const auto found =
          std::find_if(full.slices.begin(), full.slices.end(),
                       [&](const Slice& slice) { return slice.dimensions == dimensions; });
      if (found != full.slices.end()) filtered.slices.push_back(*found);
      return found == full.slices.end();
    });
    selection.with_other = false;
    drawn.question.query.selection = std::move(selection);
    const int threads = choices.Percent(50) ? 1 : 3;
    FailOn(Difference(drawn.question.query, filtered,
                      Evaluated(drawn.question, *drawn.snapshot, threads)),
           drawn.records, drawn.question);
  }));
}

// In any order, compared with anything that the years allow.
metrics::Question AnyQuestion(const Case& of, Choices& choices) {
  metrics::Question question;
  question.query = of.question.query;
  question.compare_to = static_cast<metrics::ComparisonPeriod>(choices.Below(5));
  if (question.query.range.start < metrics::kInstantMin + std::chrono::days(400)) {
    question.compare_to = metrics::ComparisonPeriod::kNone;
  }
  const bool compares = question.compare_to != metrics::ComparisonPeriod::kNone;
  for (size_t i = choices.Below(3); i > 0; --i) {
    metrics::SliceOrder order{.kpi = choices.Below(question.query.kpis.size()),
                              .descending = choices.Percent(50)};
    if (compares) order.by = static_cast<metrics::SliceOrder::By>(choices.Below(3));
    question.order_by.push_back(order);
  }
  question.sample_minimum = choices.Percent(30) ? 2 : 0;
  return question;
}

// The earlier span's series by the question's buckets, as ComparedSpan says.
Result Aligned(const Query& query, const metrics::ComparedSpan& span, Result earlier) {
  const size_t kpis = query.kpis.size();
  for (Slice& slice : earlier.slices) {
    std::vector<metrics::Value> series(query.buckets.size() * kpis);
    for (size_t i = 0; i < series.size(); ++i) {
      const std::optional<size_t> bucket = span.counterpart[i / kpis];
      if (bucket.has_value()) {
        series[i] = slice.series[*bucket * kpis + i % kpis];
      } else {
        const auto reason = slice.total[i % kpis].no_value_reason;
        series[i].no_value_reason = reason == metrics::NoValueReason::kNotApplicable
                                        ? reason
                                        : metrics::NoValueReason::kNoData;
      }
    }
    slice.series = metrics::ValueList(series);
  }
  return earlier;
}

TEST(QuestionProperty, ComparingIsAskingTwice) {
  EXPECT_TRUE(rc::check("both answers are the engine's, for the same slices", [] {
    Case drawn = AnyCase();
    Choices choices(*AnySeed());
    metrics::Question question = AnyQuestion(drawn, choices);
    RC_PRE(question.compare_to != metrics::ComparisonPeriod::kNone);
    question.order_by.clear();
    question.sample_minimum = 0;
    const metrics::Answer answer = Asked(question, drawn);
    Query& query = drawn.question.query;
    query.value_detail = metrics::ValueDetail::kInterval;
    const Result after = Evaluated(drawn.question, *drawn.snapshot);
    FailOn(Difference(query, answer.result, after), drawn.records, drawn.question);
    Question earlier = drawn.question;
    earlier.query.range = answer.compared.range;
    earlier.query.buckets = answer.compared.buckets;
    earlier.query.selection.emplace();
    for (const Slice& slice : after.slices) {
      earlier.query.selection->slices.push_back(slice.dimensions);
    }
    FailOn(Difference(query, *answer.before,
                      Aligned(query, answer.compared, Evaluated(earlier, *drawn.snapshot))),
           drawn.records, drawn.question);
  }));
}

TEST(QuestionProperty, TopAndOtherSumToTheTotal) {
  EXPECT_TRUE(rc::check("the top and other sum to the total in every additive part", [] {
    Case drawn = AnyCase();
    drawn.question.query.value_detail = metrics::ValueDetail::kCounts;
    Choices choices(*AnySeed());
    metrics::Question question = AnyQuestion(drawn, choices);
    question.sample_minimum = 0;
    const metrics::Answer all = Asked(question, drawn);
    question.top = static_cast<int>(1 + choices.Below(5));
    const metrics::Answer top = Asked(question, drawn);
    const size_t kept = std::min(all.result.slices.size(), static_cast<size_t>(question.top));
    RC_ASSERT(top.result.slices.size() == kept + (kept < all.result.slices.size()));
    RC_ASSERT(top.slice_count == static_cast<int64_t>(all.result.slices.size()));
    for (size_t k = 0; k < question.query.kpis.size(); ++k) {
      Sum sum;
      bool applies = kept > 0;
      for (const Slice& slice : top.result.slices) {
        sum.Add(slice.total[k]);
        applies &= slice.total[k].no_value_reason != metrics::NoValueReason::kNotApplicable;
      }
      if (!applies) continue;
      const metrics::KpiDefinition& kpi = *question.query.kpis[k].definition;
      FailOn(SumDifference(question.query.kpis[k].name, AdditiveOf(kpi.id, /*over_buckets=*/false),
                           sum, top.result.total[k]),
             drawn.records, drawn.question);
    }
    Result first = all.result;
    first.slices.resize(kept);
    Result same = top.result;
    same.slices.resize(kept);
    FailOn(Difference(question.query, first, same), drawn.records, drawn.question);
  }));
}

// The pages of an answer, put together.
metrics::Answer Pages(metrics::Question question, const Case& of) {
  metrics::Answer all = Asked(question, of);
  for (metrics::Answer page = all; page.next.has_value();) {
    question.after = page.next;
    page = Asked(question, of);
    RC_ASSERT(!page.result.slices.empty());
    RC_ASSERT(page.slice_count == all.slice_count);
    RC_ASSERT(all.result.slices.size() < static_cast<size_t>(all.slice_count));
    const auto append = [](const Result& from, Result* to) {
      to->slices.insert(to->slices.end(), from.slices.begin(), from.slices.end());
    };
    append(page.result, &all.result);
    if (all.before.has_value()) append(*page.before, &*all.before);
  }
  return all;
}

TEST(QuestionProperty, PagesAreTheWhole) {
  EXPECT_TRUE(rc::check("pages put together are the answer without pages", [] {
    const Case drawn = AnyCase();
    Choices choices(*AnySeed());
    metrics::Question question = AnyQuestion(drawn, choices);
    const metrics::Answer whole = Asked(question, drawn);
    question.page_size = static_cast<int>(1 + choices.Below(5));
    const metrics::Answer pages = Pages(question, drawn);
    // Not what is compared with: its detail is that of intervals.
    Query query = question.query;
    FailOn(Difference(query, whole.result, pages.result), drawn.records, drawn.question);
    RC_ASSERT(whole.before.has_value() == pages.before.has_value());
    if (whole.before.has_value()) {
      FailOn(Difference(query, *whole.before, *pages.before), drawn.records, drawn.question);
    }
  }));
}

// By dimension values no slice comes twice, whatever becomes of the facts in between; in any
// order there is an end.
TEST(QuestionProperty, PagesGoOnWhenFactsChange) {
  EXPECT_TRUE(rc::check("pages of changing facts do not repeat slices", [] {
    std::vector<Case> cases = {AnyCase(), AnyCase()};
    Choices choices(*AnySeed());
    metrics::Question question = AnyQuestion(cases[0], choices);
    question.page_size = static_cast<int>(1 + choices.Below(3));
    std::vector<std::vector<DimensionValue>> seen;
    for (int page = 0; page < 200; ++page) {
      Case& now = cases[static_cast<size_t>(page % 2)];
      now.question.now = cases[0].question.now;
      const metrics::Answer answer = Asked(question, now);
      for (const Slice& slice : answer.result.slices) {
        std::vector<DimensionValue> names = slice.dimensions;
        if (question.order_by.empty()) {
          RC_ASSERT(std::find(seen.begin(), seen.end(), names) == seen.end());
        }
        seen.push_back(std::move(names));
      }
      if (!answer.next.has_value()) break;
      question.after = answer.next;
    }
  }));
}

}  // namespace
}  // namespace kpid::proof
