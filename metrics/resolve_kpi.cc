// Resolving a request for a KPI against its row of the catalogue.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "metrics/absl_view.h"
#include "metrics/catalogue.h"
#include "metrics/kernel.h"

namespace kpid::metrics {
namespace {

constexpr size_t kParameterTextLengthMax = 64;  // Longer texts are no parameter of any KPI.
constexpr int kStatisticPercentileMax = 99;

// Number of letters to change, add or drop to make one word of the other.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

// The word most like `text`; "" when none is.
std::string_view MostLike(std::string_view text, const std::vector<std::string_view>& words) {
  constexpr size_t kTextLengthMax = 64;
  std::string_view best;
  size_t best_distance = text.size() / 2 + 1;
  if (text.size() > kTextLengthMax) return best;
  for (const std::string_view word : words) {
    if (const size_t distance = EditDistance(text, word); distance < best_distance) {
      best = word;
      best_distance = distance;
    }
  }
  return best;
}

std::string List(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", AbslView(word));
  }
  return text;
}

std::optional<double> ParseNumber(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

// Parses a value, but does not look at its range. nullopt: not of the parameter's kind.
std::optional<ParameterValue> ParseValue(const ParameterDefinition& parameter,
                                         std::string_view text) {
  switch (parameter.kind) {
    case ParameterKind::kDuration:
      if (const auto value = ParseDuration(text)) return ParameterValue(*value);
      return std::nullopt;
    case ParameterKind::kNumber:
      if (const auto value = ParseNumber(text)) return ParameterValue(*value);
      return std::nullopt;
    case ParameterKind::kBoolean:
      if (text == "true" || text == "false") return ParameterValue(text == "true");
      return std::nullopt;
    case ParameterKind::kChoice:
      if (std::count(parameter.choices.begin(), parameter.choices.end(), text) == 0) {
        return std::nullopt;
      }
      return ParameterValue(std::string(text));
    case ParameterKind::kText:
      if (parameter.text_form == TextForm::kNames) {
        if (SplitNames(text).empty()) return std::nullopt;
        return ParameterValue(std::string(text));
      }
      if (text.size() != 3 ||
          !std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
        return std::nullopt;
      }
      return ParameterValue(std::string(text));
  }
  return std::nullopt;
}

// Whether a value is between the ends of the parameter's range.
bool InRange(const ParameterDefinition& parameter, const ParameterValue& value) {
  const auto less = [](const ParameterValue& a, const ParameterValue& b) {
    return a.index() == b.index() && a < b;
  };
  if (!parameter.minimum_text.empty() &&
      less(value, *ParseValue(parameter, parameter.minimum_text))) {
    return false;
  }
  return parameter.maximum_text.empty() ||
         !less(*ParseValue(parameter, parameter.maximum_text), value);
}

// What a parameter's value may be, in words.
std::string Expected(const ParameterDefinition& parameter) {
  std::string text;
  switch (parameter.kind) {
    case ParameterKind::kDuration:
      text = "a duration like 20s, 1.5m, 48h or 7d";
      break;
    case ParameterKind::kNumber:
      text = "a number";
      break;
    case ParameterKind::kBoolean:
      return "true or false";
    case ParameterKind::kChoice:
      return "one of " + List(parameter.choices);
    case ParameterKind::kText:
      return parameter.text_form == TextForm::kNames
                 ? "a list of 1 to 20 names with commas between them"
                 : "an ISO 4217 code of three capital letters";
  }
  if (!parameter.minimum_text.empty()) {
    absl::StrAppend(&text, ", from ", AbslView(parameter.minimum_text));
  }
  if (!parameter.maximum_text.empty()) {
    absl::StrAppend(&text, " to ", AbslView(parameter.maximum_text));
  }
  return text;
}

// What was asked for, shortened to what is sensible to repeat.
std::string Quoted(std::string_view text) {
  return absl::StrCat("\"", AbslView(text.substr(0, kParameterTextLengthMax)),
                      text.size() > kParameterTextLengthMax ? "..." : "", "\"");
}

KpiProblem UnknownKpi(std::string_view id) {
  std::vector<std::string_view> words;
  for (const KpiDefinition& kpi : Catalogue()) {
    words.push_back(kpi.id);
    words.insert(words.end(), kpi.aliases.begin(), kpi.aliases.end());
  }
  const std::string_view like = MostLike(id, words);
  return {KpiProblem::Where::kId, "", "KPI_UNKNOWN",
          absl::StrCat("no KPI is called ", Quoted(id),
                       like.empty() ? ";" : absl::StrCat("; did you mean ", AbslView(like), "?"),
                       " ListKpis lists them all")};
}

KpiProblem UnknownParameter(const KpiDefinition& kpi, const std::string& name) {
  std::vector<std::string_view> names;
  for (const ParameterDefinition& parameter : kpi.parameters) names.push_back(parameter.name);
  return {KpiProblem::Where::kParameter, name, "PARAMETER_UNKNOWN",
          names.empty() ? absl::StrCat(AbslView(kpi.id), " has no parameters")
                        : absl::StrCat(AbslView(kpi.id), " has the parameters ", List(names))};
}

void ResolveParameters(const std::map<std::string, std::string>& given, ResolvedKpi* resolved,
                       std::vector<KpiProblem>* problems) {
  const KpiDefinition& kpi = *resolved->definition;
  for (const auto& [name, text] : given) {
    if (std::none_of(kpi.parameters.begin(), kpi.parameters.end(),
                     [&](const ParameterDefinition& p) { return p.name == name; })) {
      problems->push_back(UnknownParameter(kpi, name));
    }
  }
  for (const ParameterDefinition& parameter : kpi.parameters) {
    const auto found = given.find(std::string(parameter.name));
    const bool is_given = found != given.end();
    const std::string_view text = is_given ? found->second : parameter.default_text;
    ParameterValue& value = resolved->parameters[std::string(parameter.name)];
    if (!is_given && text.empty()) continue;
    if (auto parsed = ParseValue(parameter, text);
        parsed.has_value() && InRange(parameter, *parsed)) {
      value = std::move(*parsed);
    } else {
      problems->push_back({KpiProblem::Where::kParameter, std::string(parameter.name),
                           "PARAMETER_INVALID",
                           absl::StrCat(Quoted(text), " is not ", Expected(parameter))});
    }
  }
}

void ResolveStatistic(std::string_view text, ResolvedKpi* resolved,
                      std::vector<KpiProblem>* problems) {
  const bool has_statistics = resolved->definition->has_statistics;
  if (text.empty()) {
    if (has_statistics) resolved->statistic = {Statistic::Kind::kMean};
    return;
  }
  const auto parsed = ParseStatistic(text);
  if (!parsed.has_value()) {
    problems->push_back(
        {KpiProblem::Where::kStatistic, "", "STATISTIC_UNKNOWN",
         absl::StrCat(Quoted(text), " is not one of mean, median, p1 to p", kStatisticPercentileMax,
                      ", minimum, maximum, standard_deviation")});
  } else if (!has_statistics) {
    problems->push_back({KpiProblem::Where::kStatistic, "", "STATISTIC_NOT_APPLICABLE",
                         absl::StrCat(AbslView(resolved->definition->id),
                                      " is no average of durations and has no statistics")});
  } else {
    resolved->statistic = *parsed;
  }
}

std::string DefaultName(std::string_view id, const std::map<std::string, std::string>& parameters,
                        std::string_view statistic) {
  std::string name(id);
  char separator = ':';
  const auto append = [&](std::string_view key, std::string_view value) {
    name += separator;
    absl::StrAppend(&name, AbslView(key), "=", AbslView(value));
    separator = ',';
  };
  for (const auto& [key, value] : parameters) append(key, value);
  if (!statistic.empty()) append("statistic", statistic);
  return name;
}

}  // namespace

std::vector<KpiProblem> ResolveKpi(std::string_view id, std::string_view name,
                                   const std::map<std::string, std::string>& parameters,
                                   std::string_view statistic, ResolvedKpi* resolved) {
  *resolved = {};
  resolved->definition = FindKpi(id);
  if (resolved->definition == nullptr) return {UnknownKpi(id)};
  const KpiDefinition& kpi = *resolved->definition;
  resolved->name = name.empty() ? DefaultName(kpi.id, parameters, statistic) : std::string(name);
  std::vector<KpiProblem> problems;
  ResolveParameters(parameters, resolved, &problems);
  ResolveStatistic(statistic, resolved, &problems);
  if (!problems.empty()) return problems;
  resolved->time_basis = kpi.time_basis;
  resolved->unit = kpi.unit;
  if (kpi.kernel == nullptr) return {};
  const KpiNeeds needs = kpi.kernel->Needs(*resolved).front();
  resolved->time_basis = needs.time_basis;
  resolved->unit = needs.unit.value_or(kpi.unit);
  return {};
}

}  // namespace kpid::metrics
