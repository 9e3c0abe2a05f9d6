#include "server/slice_request.h"

#include <string_view>

#include "server/field_checks.h"
#include "server/join_text.h"
#include "server/reasons.h"
#include "server/slice_token.h"

namespace kpid::server {
namespace {

static_assert(static_cast<int>(metrics::ComparisonPeriod::kLastYear) ==
              v1::COMPARISON_PERIOD_SAME_PERIOD_LAST_YEAR);
static_assert(v1::ComparisonPeriod_MAX == v1::COMPARISON_PERIOD_SAME_PERIOD_LAST_YEAR);
static_assert(static_cast<int>(metrics::SliceOrder::By::kRelativeChange) + 1 ==
              v1::SLICE_ORDER_BY_RELATIVE_CHANGE);
static_assert(v1::SliceOrderBy_MAX == v1::SLICE_ORDER_BY_RELATIVE_CHANGE);

// Whether a number is 0 to `maximum`.
bool CheckNumber(const FieldPath& path, int64_t value, int64_t maximum, ViolationList* violations) {
  if (value >= 0 && value <= maximum) return true;
  violations->Add(path, reason::kNumberOutOfRange, JoinText("must be 0 to ", maximum));
  return false;
}

// Place of a KPI by its name in the answer; with violations where there is none.
size_t PlaceOfKpi(const std::string& name, const metrics::Query& query, const FieldPath& path,
                  ViolationList* violations) {
  for (size_t k = 0; k < query.kpis.size(); ++k) {
    if (query.kpis[k].name == name) return k;
  }
  violations->Add(path, reason::kKpiUnknown,
                  JoinText("no KPI of the request has this name in the answer; the first is \"",
                           query.kpis.front().name, "\""));
  return 0;
}

void ReadOrder(const v1::QueryKpisRequest& request, const FieldPath& root,
               ViolationList* violations, metrics::Question* question) {
  if (!CheckCount(root.Field("order_by"), request.order_by_size(), 0, metrics::kOrdersMax,
                  violations)) {
    return;
  }
  const metrics::Query& query = question->query;
  const bool kpis_known =
      !query.kpis.empty() && static_cast<int>(query.kpis.size()) == request.kpis_size();
  for (int i = 0; i < request.order_by_size(); ++i) {
    const v1::SliceOrder& message = request.order_by(i);
    const FieldPath path = root.Element("order_by", i);
    const FieldChecks checks(path, violations);
    metrics::SliceOrder order;
    order.descending = message.descending();
    if (message.kpi_name().empty()) {
      checks.Add("kpi_name", reason::kFieldRequired, "is required: the name of a KPI asked for");
    } else if (kpis_known) {
      order.kpi = PlaceOfKpi(message.kpi_name(), query, path.Field("kpi_name"), violations);
    }
    const bool by_known = v1::SliceOrderBy_IsValid(message.by());
    checks.Enum("by", message.by(), by_known, Presence::kOptional);
    if (by_known && message.by() != v1::SLICE_ORDER_BY_UNSPECIFIED) {
      order.by = static_cast<metrics::SliceOrder::By>(message.by() - 1);
    }
    if (by_known && order.by != metrics::SliceOrder::By::kValue &&
        request.compare_to() == v1::COMPARISON_PERIOD_UNSPECIFIED) {
      checks.Add("by", reason::kFieldContradicts, "a change needs compare_to");
    }
    question->order_by.push_back(order);
  }
}

void ReadPage(const v1::QueryKpisRequest& request, const FieldPath& root, ViolationList* violations,
              metrics::Question* question) {
  const FieldPath size = root.Field("page_size");
  const FieldPath token = root.Field("page_token");
  if (!CheckNumber(size, request.page_size(), metrics::kSlicesPerPageMax, violations)) return;
  question->page_size = request.page_size();
  if (request.top_count() != 0 && request.page_size() != 0) {
    violations->Add(size, reason::kFieldContradicts, "must be 0 with top_count");
    return;
  }
  if (request.page_token().empty()) return;
  question->after = ReadSliceToken(request);
  // A position alone would give all slices after it at once: not what the token was given for.
  if (!question->after || request.page_size() == 0) {
    violations->Add(token, reason::kPageTokenInvalid,
                    "is damaged or belongs to another request; start without one");
  }
}

}  // namespace

std::optional<metrics::TimeRange> ReadComparison(const v1::QueryKpisRequest& request,
                                                 const std::optional<metrics::Calendar>& calendar,
                                                 const FieldPath& root, ViolationList* violations,
                                                 metrics::Question* question) {
  const FieldChecks checks(root, violations);
  const bool known = v1::ComparisonPeriod_IsValid(request.compare_to());
  checks.Enum("compare_to", request.compare_to(), known, Presence::kOptional);
  if (!known || request.compare_to() == v1::COMPARISON_PERIOD_UNSPECIFIED) return std::nullopt;
  question->compare_to = static_cast<metrics::ComparisonPeriod>(request.compare_to());
  if (!calendar || question->query.buckets.empty()) return std::nullopt;
  const auto span = metrics::SpanComparedWith(question->compare_to, question->query, *calendar);
  if (span.ok()) return span->range;
  checks.Add("compare_to", reason::kTimeOutOfRange,
             "the span of time compared with would begin before 1970");
  return std::nullopt;
}

void ReadSlices(const v1::QueryKpisRequest& request, const FieldPath& root,
                ViolationList* violations, metrics::Question* question) {
  ReadOrder(request, root, violations, question);
  CheckNumber(root.Field("top_count"), request.top_count(), metrics::kTopMax, violations);
  question->top = request.top_count();
  question->with_other = !request.omit_other();
  ReadPage(request, root, violations, question);
  CheckNumber(root.Field("minimum_sample_size"), request.minimum_sample_size(),
              metrics::kSampleMinimumMax, violations);
  question->sample_minimum = request.minimum_sample_size();
}

}  // namespace kpid::server
