#include "server/query_request.h"

#include <cmath>
#include <map>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "server/field_checks.h"
#include "server/join_text.h"
#include "server/reasons.h"
#include "server/time_conversion.h"

namespace kpid::server {
namespace {

constexpr double kConfidenceMin = 0.5;
constexpr double kConfidenceMax = 0.9999;
constexpr double kConfidenceDefault = 0.95;

// Longest time zone name, in bytes: the longest of the IANA has 32.
constexpr size_t kTimeZoneBytesMax = 64;

static_assert(static_cast<int>(metrics::DimensionKind::kPriority) == v1::DIMENSION_KIND_PRIORITY);
static_assert(v1::DimensionKind_MAX == v1::DIMENSION_KIND_PRIORITY);
static_assert(v1::Granularity_MAX == v1::GRANULARITY_YEAR);
static_assert(static_cast<int>(metrics::Granularity::kYear) + 1 == v1::GRANULARITY_YEAR);
static_assert(v1::Weekday_MAX == v1::WEEKDAY_SUNDAY);
static_assert(static_cast<int>(metrics::Weekday::kSunday) + 1 == v1::WEEKDAY_SUNDAY);

// Whether a list has `minimum` to `maximum` items.
bool CheckCount(const FieldPath& path, int64_t count, int64_t minimum, int64_t maximum,
                ViolationList* violations) {
  if (count < minimum) {
    violations->Add(path, reason::kTooFewItems, JoinText("needs at least ", minimum));
  } else if (count > maximum) {
    violations->Add(path, reason::kTooManyItems,
                    JoinText("has ", count, " items; at most ", maximum, " are allowed"));
  } else {
    return true;
  }
  return false;
}

void AddKpiProblems(const std::vector<metrics::KpiProblem>& problems, const FieldPath& path,
                    ViolationList* violations) {
  for (const metrics::KpiProblem& problem : problems) {
    switch (problem.where) {
      case metrics::KpiProblem::Where::kId:
        violations->Add(path.Field("id"), problem.reason, problem.description);
        break;
      case metrics::KpiProblem::Where::kParameter:
        violations->Add(path.Entry("parameters", problem.parameter), problem.reason,
                        problem.description);
        break;
      case metrics::KpiProblem::Where::kStatistic:
        violations->Add(path.Field("statistic"), problem.reason, problem.description);
        break;
    }
  }
}

// Text fields of a KPI, and the number of its parameters, before the catalogue reads them.
bool CheckKpiText(const v1::KpiRequest& kpi, const FieldPath& path, ViolationList* violations) {
  const int64_t found_before = violations->found();
  const FieldChecks checks(path, violations);
  checks.Id("id", kpi.id(), Presence::kRequired);
  checks.Text("name", kpi.name(), kKpiNameBytesMax);
  checks.Text("statistic", kpi.statistic(), kNameBytesMax);
  constexpr int kParametersMax = 32;  // More than any KPI has.
  if (CheckCount(path.Field("parameters"), kpi.parameters_size(), 0, kParametersMax, violations)) {
    const std::map<std::string_view, std::string_view> sorted(kpi.parameters().begin(),
                                                              kpi.parameters().end());
    for (const auto& [key, value] : sorted) {
      const FieldPath entry = path.Entry("parameters", key);
      if (key.size() > kNameBytesMax || value.size() > kIdBytesMax) {
        violations->Add(entry, reason::kFieldTooLong,
                        "at most 64 bytes of name and 128 of value are allowed");
      } else if (FindTextProblem(key, LineBreaks::kRefused) != TextProblem::kNone ||
                 FindTextProblem(value, LineBreaks::kRefused) != TextProblem::kNone) {
        violations->Add(entry, reason::kFieldInvalidText,
                        "is not valid UTF-8 or contains a control character");
      }
    }
  }
  return violations->found() == found_before;
}

void ReadKpis(const v1::QueryKpisRequest& request, const FieldPath& root, ViolationList* violations,
              metrics::Query* query) {
  if (!CheckCount(root.Field("kpis"), request.kpis_size(), 1, metrics::kKpisMax, violations)) {
    return;
  }
  absl::flat_hash_map<std::string, int> names;
  for (int i = 0; i < request.kpis_size(); ++i) {
    const v1::KpiRequest& kpi = request.kpis(i);
    const FieldPath path = root.Element("kpis", i);
    if (!CheckKpiText(kpi, path, violations)) continue;
    const std::map<std::string, std::string> parameters(kpi.parameters().begin(),
                                                        kpi.parameters().end());
    metrics::ResolvedKpi resolved;
    const auto problems =
        metrics::ResolveKpi(kpi.id(), kpi.name(), parameters, kpi.statistic(), &resolved);
    if (!problems.empty()) {
      AddKpiProblems(problems, path, violations);
      continue;
    }
    const auto [first, is_new] = names.emplace(resolved.name, i);
    if (!is_new) {
      violations->Add(path.Field("name"), reason::kDuplicateItem,
                      JoinText("is that of KPI ", first->second,
                               " too: the same KPI twice needs different names"));
    }
    query->kpis.push_back(std::move(resolved));
  }
}

// The range; false when it cannot be cut.
bool ReadInterval(const v1::QueryKpisRequest& request, const FieldPath& root,
                  ViolationList* violations, metrics::TimeRange* range) {
  if (!request.has_interval()) {
    violations->Add(root.Field("interval"), reason::kFieldRequired, "is required");
    return false;
  }
  const FieldPath path = root.Field("interval");
  const FieldChecks checks(path, violations);
  const v1::Interval& interval = request.interval();
  const auto start = checks.Time("start_time", interval.has_start_time(), interval.start_time(),
                                 Presence::kRequired);
  const auto end = checks.Time("end_time", interval.has_end_time(), interval.end_time(),
                               Presence::kRequired, metrics::kInstantEnd);
  if (!start || !end) return false;
  if (*end <= *start) {
    checks.Add("end_time", reason::kTimeOrder, "must be later than start_time");
    return false;
  }
  if (*end - *start > metrics::kRangeDaysMax) {
    violations->Add(path, reason::kRangeTooLong,
                    JoinText("must be at most ", metrics::kRangeDaysMax.count(), " days"));
    return false;
  }
  *range = {*start, *end};
  return true;
}

void ReadBuckets(const v1::QueryKpisRequest& request, const FieldPath& root,
                 ViolationList* violations, Question* question) {
  metrics::Query& query = question->query;
  const FieldChecks checks(root, violations);
  const int64_t found_before = violations->found();
  const bool range_ok = ReadInterval(request, root, violations, &query.range);
  checks.Enum("granularity", request.granularity(), v1::Granularity_IsValid(request.granularity()),
              Presence::kOptional);
  checks.Enum("week_start", request.week_start(), v1::Weekday_IsValid(request.week_start()),
              Presence::kOptional);
  checks.Text("time_zone", request.time_zone(), kTimeZoneBytesMax);
  if (!range_ok || violations->found() != found_before) return;
  query.granularity = request.granularity() == v1::GRANULARITY_UNSPECIFIED
                          ? metrics::Granularity::kRange
                          : static_cast<metrics::Granularity>(request.granularity() - 1);
  const auto week_start = request.week_start() == v1::WEEKDAY_UNSPECIFIED
                              ? metrics::Weekday::kMonday
                              : static_cast<metrics::Weekday>(request.week_start() - 1);
  const auto calendar = metrics::Calendar::Create(request.time_zone());
  if (!calendar.ok()) {
    checks.Add("time_zone", reason::kTimeZoneUnknown,
               "is no IANA time zone, for example Europe/Amsterdam");
    return;
  }
  question->time_zone = calendar->time_zone();
  query.time_zone = calendar->time_zone();
  auto buckets =
      calendar->Buckets(query.range, query.granularity, week_start, metrics::kBucketsMax);
  if (!buckets.ok()) {
    checks.Add(
        "granularity", reason::kTooManyBuckets,
        JoinText("would cut the interval into more than ", metrics::kBucketsMax, " buckets"));
    return;
  }
  query.buckets = *std::move(buckets);
}

metrics::Dimension ReadDimension(const v1::Dimension& dimension, const FieldPath& path,
                                 ViolationList* violations) {
  const FieldChecks checks(path, violations);
  const bool known = v1::DimensionKind_IsValid(dimension.kind());
  checks.Enum("kind", dimension.kind(), known, Presence::kRequired);
  switch (dimension.kind()) {
    case v1::DIMENSION_KIND_AGENT_GROUP:
    case v1::DIMENSION_KIND_ATTRIBUTE: {
      const bool attribute = dimension.kind() == v1::DIMENSION_KIND_ATTRIBUTE;
      if (dimension.name().empty()) {
        checks.Add("name", reason::kFieldRequired,
                   attribute ? "is required: the key of the attribute"
                             : "is required: the type of the groups, for example team");
      } else if (!IsName(dimension.name(), /*dot_allowed=*/attribute)) {
        checks.Add("name", reason::kFieldMalformed,
                   attribute ? "must be 1 to 64 bytes of [a-z0-9_.-] starting with a letter"
                             : "must be 1 to 64 bytes of [a-z0-9_-] starting with a letter");
      }
      break;
    }
    default:
      if (known && dimension.kind() != v1::DIMENSION_KIND_UNSPECIFIED &&
          !dimension.name().empty()) {
        checks.Add("name", reason::kFieldContradicts,
                   "must be empty: only agent groups and attributes have one");
      }
      break;
  }
  if (!known) return {};
  return {static_cast<metrics::DimensionKind>(dimension.kind()), dimension.name()};
}

// Whether the dimension is not among `earlier`, `get(item)` being an item's dimension.
template <typename Items, typename Get>
void CheckOnce(const metrics::Dimension& dimension, const Items& earlier, Get get,
               const FieldPath& path, ViolationList* violations) {
  if (dimension.kind == metrics::DimensionKind::kNone) return;
  for (const auto& item : earlier) {
    if (get(item) == dimension) {
      violations->Add(path, reason::kDuplicateItem, "is given twice");
      return;
    }
  }
}

void ReadGroupBy(const v1::QueryKpisRequest& request, const FieldPath& root,
                 ViolationList* violations, metrics::Query* query) {
  if (!CheckCount(root.Field("group_by"), request.group_by_size(), 0, metrics::kGroupByMax,
                  violations)) {
    return;
  }
  for (int i = 0; i < request.group_by_size(); ++i) {
    const FieldPath path = root.Element("group_by", i);
    metrics::Dimension dimension = ReadDimension(request.group_by(i), path, violations);
    CheckOnce(
        dimension, query->group_by, [](const auto& earlier) { return earlier; }, path, violations);
    query->group_by.push_back(std::move(dimension));
  }
}

bool IsKnownName(metrics::DimensionKind kind, std::string_view value) {
  if (kind == metrics::DimensionKind::kChannel) {
    for (int i = 1; i <= v1::Channel_MAX; ++i) {
      if (metrics::ChannelName(static_cast<metrics::Channel>(i)) == value) return true;
    }
    return false;
  }
  if (kind == metrics::DimensionKind::kDirection) {
    for (int i = 1; i <= v1::Direction_MAX; ++i) {
      if (metrics::DirectionName(static_cast<metrics::Direction>(i)) == value) return true;
    }
    return false;
  }
  return true;
}

void CheckFilterValue(const std::string& value, metrics::DimensionKind kind, const FieldPath& path,
                      ViolationList* violations) {
  if (value.empty()) {
    violations->Add(path, reason::kFieldRequired,
                    "must not be empty: include_missing asks for facts without a value");
  } else if (value.size() > kIdBytesMax) {
    violations->Add(
        path, reason::kFieldTooLong,
        JoinText("has ", value.size(), " bytes; at most ", kIdBytesMax, " are allowed"));
  } else if (FindTextProblem(value, LineBreaks::kRefused) != TextProblem::kNone) {
    violations->Add(path, reason::kFieldInvalidText,
                    "is not valid UTF-8 or contains a control character");
  } else if (!IsKnownName(kind, value)) {
    violations->Add(path, reason::kEnumUnknown,
                    kind == metrics::DimensionKind::kChannel
                        ? "must be voice, chat, email, messaging, social or other"
                        : "must be inbound or outbound");
  }
}

void ReadFilters(const v1::QueryKpisRequest& request, const FieldPath& root,
                 ViolationList* violations, metrics::Query* query) {
  if (!CheckCount(root.Field("filters"), request.filters_size(), 0, metrics::kFiltersMax,
                  violations)) {
    return;
  }
  for (int i = 0; i < request.filters_size(); ++i) {
    const v1::DimensionFilter& message = request.filters(i);
    const FieldPath path = root.Element("filters", i);
    metrics::Filter filter;
    if (message.has_dimension()) {
      const FieldPath dimension = path.Field("dimension");
      filter.dimension = ReadDimension(message.dimension(), dimension, violations);
      CheckOnce(
          filter.dimension, query->filters,
          [](const metrics::Filter& earlier) { return earlier.dimension; }, dimension, violations);
    } else {
      violations->Add(path.Field("dimension"), reason::kFieldRequired, "is required");
    }
    if (message.values().empty() && !message.include_missing()) {
      violations->Add(path.Field("values"), reason::kTooFewItems,
                      "needs a value, or include_missing");
    }
    if (CheckCount(path.Field("values"), message.values_size(), 0, metrics::kFilterValuesMax,
                   violations)) {
      for (int v = 0; v < message.values_size(); ++v) {
        CheckFilterValue(message.values(v), filter.dimension.kind, path.Element("values", v),
                         violations);
      }
      filter.values.assign(message.values().begin(), message.values().end());
    }
    filter.include_missing = message.include_missing();
    query->filters.push_back(std::move(filter));
  }
}

void CheckGroupType(const metrics::Dimension& dimension, const metrics::Roster& roster,
                    const FieldPath& path, ViolationList* violations) {
  if (dimension.kind != metrics::DimensionKind::kAgentGroup) return;
  if (roster.HasType(dimension.name)) return;
  violations->Add(path.Field("name"), reason::kGroupTypeUnknown, "no agent group has this type");
}

}  // namespace

Question ReadQueryKpis(const v1::QueryKpisRequest& request, ViolationList* violations) {
  const FieldPath root = FieldPath::Root();
  Question question;
  metrics::Query& query = question.query;
  ReadKpis(request, root, violations, &query);
  ReadBuckets(request, root, violations, &question);
  ReadGroupBy(request, root, violations, &query);
  ReadFilters(request, root, violations, &query);
  const FieldChecks checks(root, violations);
  checks.Enum("value_detail", request.value_detail(),
              v1::ValueDetail_IsValid(request.value_detail()), Presence::kOptional);
  switch (request.value_detail()) {
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
  const double level = request.confidence_level();
  if (level != 0 && !(level >= kConfidenceMin && level <= kConfidenceMax)) {  // Also NaN.
    checks.Add("confidence_level", reason::kNumberOutOfRange, "must be 0.5 to 0.9999");
  }
  query.confidence_level = level == 0 ? kConfidenceDefault : level;
  return question;
}

bool NamesGroupTypes(const metrics::Query& query) {
  for (const metrics::Dimension& dimension : query.group_by) {
    if (dimension.kind == metrics::DimensionKind::kAgentGroup) return true;
  }
  for (const metrics::Filter& filter : query.filters) {
    if (filter.dimension.kind == metrics::DimensionKind::kAgentGroup) return true;
  }
  return false;
}

void CheckGroupTypes(const metrics::Query& query, const metrics::Roster& roster,
                     ViolationList* violations) {
  const FieldPath root = FieldPath::Root();
  for (size_t i = 0; i < query.group_by.size(); ++i) {
    CheckGroupType(query.group_by[i], roster, root.Element("group_by", i), violations);
  }
  for (size_t i = 0; i < query.filters.size(); ++i) {
    const FieldPath filter = root.Element("filters", i);
    CheckGroupType(query.filters[i].dimension, roster, filter.Field("dimension"), violations);
  }
}

}  // namespace kpid::server
