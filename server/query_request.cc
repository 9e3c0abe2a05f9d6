#include "server/query_request.h"

#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "server/dimension.h"
#include "server/field_checks.h"
#include "server/interval.h"
#include "server/join_text.h"
#include "server/kpi_request.h"
#include "server/reasons.h"
#include "server/slice_request.h"

namespace kpid::server {
namespace {

constexpr double kConfidenceMin = 0.5;
constexpr double kConfidenceMax = 0.9999;
constexpr double kConfidenceDefault = 0.95;

static_assert(v1::Granularity_MAX == v1::GRANULARITY_YEAR);
static_assert(static_cast<int>(metrics::Granularity::kYear) + 1 == v1::GRANULARITY_YEAR);
static_assert(v1::Weekday_MAX == v1::WEEKDAY_SUNDAY);
static_assert(static_cast<int>(metrics::Weekday::kSunday) + 1 == v1::WEEKDAY_SUNDAY);

void ReadKpis(const v1::QueryKpisRequest& request, const FieldPath& root, ViolationList* violations,
              metrics::Query* query) {
  if (!CheckCount(root.Field("kpis"), request.kpis_size(), 1, metrics::kKpisMax, violations)) {
    return;
  }
  absl::flat_hash_map<std::string, int> names;
  for (int i = 0; i < request.kpis_size(); ++i) {
    const FieldPath path = root.Element("kpis", i);
    auto resolved = ReadKpi(request.kpis(i), path, violations);
    if (!resolved) continue;
    const auto [first, is_new] = names.emplace(resolved->name, i);
    if (!is_new) {
      violations->Add(path.Field("name"), reason::kDuplicateItem,
                      JoinText("is that of KPI ", first->second,
                               " too: the same KPI twice needs different names"));
    }
    query->kpis.push_back(*std::move(resolved));
  }
}

// The range and how it is cut, and by which calendar; absent with violations.
std::optional<metrics::Calendar> ReadBuckets(const v1::QueryKpisRequest& request,
                                             const FieldPath& root, ViolationList* violations,
                                             metrics::Query* query) {
  const FieldChecks checks(root, violations);
  const int64_t found_before = violations->found();
  const auto range =
      ReadInterval(request.has_interval() ? &request.interval() : nullptr, root, violations);
  checks.Enum("granularity", request.granularity(), v1::Granularity_IsValid(request.granularity()),
              Presence::kOptional);
  checks.Enum("week_start", request.week_start(), v1::Weekday_IsValid(request.week_start()),
              Presence::kOptional);
  const auto calendar = ReadTimeZone(request.time_zone(), root, violations);
  if (violations->found() != found_before) return std::nullopt;
  query->range = *range;
  query->time_zone = calendar->time_zone();
  query->granularity = request.granularity() == v1::GRANULARITY_UNSPECIFIED
                           ? metrics::Granularity::kRange
                           : static_cast<metrics::Granularity>(request.granularity() - 1);
  query->week_start = request.week_start() == v1::WEEKDAY_UNSPECIFIED
                          ? metrics::Weekday::kMonday
                          : static_cast<metrics::Weekday>(request.week_start() - 1);
  auto buckets =
      calendar->Buckets(query->range, query->granularity, query->week_start, metrics::kBucketsMax);
  if (!buckets.ok()) {
    checks.Add(
        "granularity", reason::kTooManyBuckets,
        JoinText("would cut the interval into more than ", metrics::kBucketsMax, " buckets"));
    return std::nullopt;
  }
  query->buckets = *std::move(buckets);
  return calendar;
}

}  // namespace

double ReadConfidenceLevel(double level, const FieldPath& root, ViolationList* violations) {
  if (level == 0) return kConfidenceDefault;
  if (!(level >= kConfidenceMin && level <= kConfidenceMax)) {  // Also NaN.
    violations->Add(root.Field("confidence_level"), reason::kNumberOutOfRange,
                    "must be 0.5 to 0.9999");
  }
  return level;
}

Question ReadQueryKpis(const v1::QueryKpisRequest& request, ViolationList* violations,
                       const FieldPath& root) {
  Question question;
  metrics::Query& query = question.asked.query;
  ReadKpis(request, root, violations, &query);
  const auto calendar = ReadBuckets(request, root, violations, &query);
  query.group_by = ReadGroupBy(request.group_by(), root, violations);
  query.filters = ReadFilters(request.filters(), root, violations);
  const FieldChecks checks(root, violations);
  checks.Enum("value_detail", request.value_detail(),
              v1::ValueDetail_IsValid(request.value_detail()), Presence::kOptional);
  switch (request.value_detail()) {
    case v1::VALUE_DETAIL_NUMBERS:
      question.numbers = true;
      if (request.compare_to() != v1::COMPARISON_PERIOD_UNSPECIFIED) {
        checks.Add("value_detail", reason::kFieldContradicts,
                   "numbers have no changes: ask for bare values with compare_to");
      }
      [[fallthrough]];
    case v1::VALUE_DETAIL_BARE:
      query.value_detail = metrics::ValueDetail::kBare;
      break;
    case v1::VALUE_DETAIL_INTERVAL:
      query.value_detail = metrics::ValueDetail::kInterval;
      break;
    default:
      query.value_detail = metrics::ValueDetail::kCounts;
      break;
  }
  query.confidence_level = ReadConfidenceLevel(request.confidence_level(), root, violations);
  question.compared = ReadComparison(request, calendar, root, violations, &question.asked);
  ReadSlices(request, root, violations, &question.asked);
  return question;
}

}  // namespace kpid::server
