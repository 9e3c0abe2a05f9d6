#include "client/query_grammar.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "metrics/catalogue.h"

namespace kpid::client {
namespace {

constexpr std::string_view kMissing = "(none)";

absl::Status Malformed(std::string_view what, std::string_view text, std::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat(std::string(what), " \"", std::string(text), "\": ", std::string(expected)));
}

// Splits at commas that have no backslash in front, and takes the backslashes away.
std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> parts(1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      parts.back().push_back(text[++i]);
    } else if (text[i] == ',') {
      parts.emplace_back();
    } else {
      parts.back().push_back(text[i]);
    }
  }
  return parts;
}

template <class Enum>
using Words = std::initializer_list<std::pair<std::string_view, Enum>>;

template <class Enum>
absl::StatusOr<Enum> FindWord(std::string_view what, std::string_view text, Words<Enum> words) {
  std::string expected = "expected one of";
  for (const auto& [word, value] : words) {
    if (word == text) return value;
    absl::StrAppend(&expected, " ", std::string(word));
  }
  return Malformed(what, text, expected);
}

// Takes the suffix away; false when the text does not end with it.
bool TakeSuffix(std::string_view suffix, std::string_view* text) {
  if (!text->ends_with(suffix)) return false;
  text->remove_suffix(suffix.size());
  return true;
}

// The name that the answer will have for a KPI; the id where this program does not know it.
std::string NameInAnswer(const v1::KpiRequest& kpi) {
  metrics::ResolvedKpi resolved;
  const auto problems =
      metrics::ResolveKpi(kpi.id(), kpi.name(), {kpi.parameters().begin(), kpi.parameters().end()},
                          kpi.statistic(), &resolved);
  return problems.empty() ? resolved.name : kpi.id();
}

// Names in the answer of the KPIs that a text stands for: by name or the same words, or else all
// of that id or alias.
std::vector<std::string> NamesOf(std::string_view text, const std::vector<std::string>& kpis) {
  std::vector<std::string> same;
  for (const std::string& words : kpis) {
    const absl::StatusOr<v1::KpiRequest> kpi = ParseKpiSpec(words);
    if (!kpi.ok()) continue;
    std::string name = NameInAnswer(*kpi);
    if (name == text || words == text) return {std::move(name)};
    const metrics::KpiDefinition* definition = metrics::FindKpi(kpi->id());
    const bool same_id =
        kpi->id() == text || (definition != nullptr && definition == metrics::FindKpi(text));
    if (same_id) same.push_back(std::move(name));
  }
  return same;
}

}  // namespace

absl::StatusOr<v1::KpiRequest> ParseKpiSpec(std::string_view text) {
  v1::KpiRequest request;
  const size_t colon = text.find(':');
  request.set_id(std::string(text.substr(0, colon)));
  if (request.id().empty()) return Malformed("KPI", text, "expected ID or ID:PARAMETER=VALUE,...");
  if (colon == std::string_view::npos) return request;
  for (const std::string& part : SplitList(text.substr(colon + 1))) {
    const size_t equals = part.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Malformed("KPI", text, absl::StrCat("expected PARAMETER=VALUE, not \"", part, "\""));
    }
    const std::string name = part.substr(0, equals);
    std::string value = part.substr(equals + 1);
    bool doubled = false;
    if (name == "statistic") {
      doubled = !request.statistic().empty();
      request.set_statistic(std::move(value));
    } else if (name == "name") {
      doubled = !request.name().empty();
      request.set_name(std::move(value));
    } else {
      doubled = !request.mutable_parameters()->insert({name, std::move(value)}).second;
    }
    if (doubled) return Malformed("KPI", text, absl::StrCat(name, " is given twice"));
  }
  return request;
}

absl::StatusOr<v1::Dimension> ParseDimension(std::string_view text) {
  constexpr std::string_view kExpected =
      "expected agent, queue, channel, direction, priority, agent_group:TYPE (or just the type, "
      "for example team) or attribute:KEY";
  v1::Dimension dimension;
  const size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  if (colon != std::string_view::npos) {
    const std::string_view name = text.substr(colon + 1);
    if (name.empty()) return Malformed("dimension", text, kExpected);
    dimension.set_name(std::string(name));
    if (kind == "agent_group") {
      dimension.set_kind(v1::DIMENSION_KIND_AGENT_GROUP);
    } else if (kind == "attribute") {
      dimension.set_kind(v1::DIMENSION_KIND_ATTRIBUTE);
    } else {
      return Malformed("dimension", text, kExpected);
    }
    return dimension;
  }
  if (kind == "agent") {
    dimension.set_kind(v1::DIMENSION_KIND_AGENT);
  } else if (kind == "queue") {
    dimension.set_kind(v1::DIMENSION_KIND_QUEUE);
  } else if (kind == "channel") {
    dimension.set_kind(v1::DIMENSION_KIND_CHANNEL);
  } else if (kind == "direction") {
    dimension.set_kind(v1::DIMENSION_KIND_DIRECTION);
  } else if (kind == "priority") {
    dimension.set_kind(v1::DIMENSION_KIND_PRIORITY);
  } else if (kind.empty() || kind == "agent_group" || kind == "attribute") {
    return Malformed("dimension", text, kExpected);
  } else {
    dimension.set_kind(v1::DIMENSION_KIND_AGENT_GROUP);
    dimension.set_name(std::string(kind));
  }
  return dimension;
}

std::string DimensionText(const v1::Dimension& dimension) {
  switch (dimension.kind()) {
    case v1::DIMENSION_KIND_AGENT:
      return "agent";
    case v1::DIMENSION_KIND_AGENT_GROUP:
      return absl::StrCat("agent_group:", dimension.name());
    case v1::DIMENSION_KIND_QUEUE:
      return "queue";
    case v1::DIMENSION_KIND_CHANNEL:
      return "channel";
    case v1::DIMENSION_KIND_DIRECTION:
      return "direction";
    case v1::DIMENSION_KIND_ATTRIBUTE:
      return absl::StrCat("attribute:", dimension.name());
    case v1::DIMENSION_KIND_PRIORITY:
      return "priority";
    default:
      return absl::StrCat("dimension_", static_cast<int>(dimension.kind()));
  }
}

absl::StatusOr<v1::DimensionFilter> ParseFilter(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return Malformed("filter", text, "expected DIMENSION=VALUE,...");
  }
  absl::StatusOr<v1::Dimension> dimension = ParseDimension(text.substr(0, equals));
  if (!dimension.ok()) return dimension.status();
  v1::DimensionFilter filter;
  *filter.mutable_dimension() = *std::move(dimension);
  for (std::string& value : SplitList(text.substr(equals + 1))) {
    if (value.empty()) {
      return Malformed("filter", text, "a value is empty; (none) stands for facts without one");
    }
    if (value == kMissing) {
      filter.set_include_missing(true);
    } else {
      filter.add_values(std::move(value));
    }
  }
  return filter;
}

absl::StatusOr<v1::Granularity> ParseGranularity(std::string_view text) {
  return FindWord<v1::Granularity>("granularity", text,
                                   {{"15m", v1::GRANULARITY_MINUTES_15},
                                    {"30m", v1::GRANULARITY_MINUTES_30},
                                    {"hour", v1::GRANULARITY_HOUR},
                                    {"day", v1::GRANULARITY_DAY},
                                    {"week", v1::GRANULARITY_WEEK},
                                    {"month", v1::GRANULARITY_MONTH},
                                    {"quarter", v1::GRANULARITY_QUARTER},
                                    {"year", v1::GRANULARITY_YEAR},
                                    {"range", v1::GRANULARITY_RANGE}});
}

absl::StatusOr<v1::Weekday> ParseWeekday(std::string_view text) {
  constexpr std::string_view kDays[] = {"monday", "tuesday",  "wednesday", "thursday",
                                        "friday", "saturday", "sunday"};
  const std::string lower = absl::AsciiStrToLower(absl::string_view(text.data(), text.size()));
  for (int i = 0; i < 7; ++i) {
    if (lower == kDays[i] || lower == kDays[i].substr(0, 3)) {
      return static_cast<v1::Weekday>(v1::WEEKDAY_MONDAY + i);
    }
  }
  return Malformed("day of the week", text, "expected monday to sunday");
}

absl::StatusOr<v1::ComparisonPeriod> ParseComparison(std::string_view text) {
  return FindWord<v1::ComparisonPeriod>(
      "comparison", text,
      {{"previous", v1::COMPARISON_PERIOD_PREVIOUS_PERIOD},
       {"last-week", v1::COMPARISON_PERIOD_SAME_PERIOD_LAST_WEEK},
       {"last-month", v1::COMPARISON_PERIOD_SAME_PERIOD_LAST_MONTH},
       {"last-year", v1::COMPARISON_PERIOD_SAME_PERIOD_LAST_YEAR}});
}

absl::StatusOr<v1::SliceOrder> ParseOrder(std::string_view text,
                                          const std::vector<std::string>& kpis) {
  v1::SliceOrder order;
  std::string_view rest = text;
  if (TakeSuffix(" desc", &rest)) {
    order.set_descending(true);
  } else {
    TakeSuffix(" asc", &rest);
  }
  if (TakeSuffix(":change", &rest)) {
    order.set_by(v1::SLICE_ORDER_BY_ABSOLUTE_CHANGE);
  } else if (TakeSuffix(":relative", &rest)) {
    order.set_by(v1::SLICE_ORDER_BY_RELATIVE_CHANGE);
  } else {
    TakeSuffix(":value", &rest);
  }
  if (rest.empty()) {
    return Malformed("order", text, "expected KPI[:value|change|relative] [asc|desc]");
  }
  std::vector<std::string> names = NamesOf(rest, kpis);
  if (names.size() > 1) {
    return Malformed("order", text, "several KPIs are called so: give one of them a name=TEXT");
  }
  order.set_kpi_name(names.empty() ? std::string(rest) : std::move(names.front()));
  return order;
}

absl::StatusOr<v1::ValueDetail> ParseDetail(std::string_view text) {
  return FindWord<v1::ValueDetail>("detail", text,
                                   {{"bare", v1::VALUE_DETAIL_BARE},
                                    {"counts", v1::VALUE_DETAIL_COUNTS},
                                    {"interval", v1::VALUE_DETAIL_INTERVAL}});
}

}  // namespace kpid::client
