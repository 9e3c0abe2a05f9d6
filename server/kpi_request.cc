#include "server/kpi_request.h"

#include <map>
#include <string>
#include <vector>

#include "server/field_checks.h"
#include "server/reasons.h"

namespace kpid::server {
namespace {

static_assert(static_cast<int>(metrics::Unit::kPerHour) == v1::UNIT_PER_HOUR);
static_assert(v1::Unit_MAX == v1::UNIT_PER_HOUR);

void AddKpiProblems(const std::vector<metrics::KpiProblem>& problems, std::string_view id_field,
                    const FieldPath& path, ViolationList* violations) {
  for (const metrics::KpiProblem& problem : problems) {
    switch (problem.where) {
      case metrics::KpiProblem::Where::kId:
        violations->Add(path.Field(id_field), problem.reason, problem.description);
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
bool CheckKpiText(const KpiFields& kpi, const std::string& name, const FieldPath& path,
                  ViolationList* violations) {
  const int64_t found_before = violations->found();
  const FieldChecks checks(path, violations);
  checks.Id(kpi.id_field, kpi.id, Presence::kRequired);
  checks.Text("name", name, kKpiNameBytesMax);
  checks.Text("statistic", kpi.statistic, kNameBytesMax);
  constexpr int64_t kParametersMax = 32;  // More than any KPI has.
  const auto parameter_count = static_cast<int64_t>(kpi.parameters.size());
  if (CheckCount(path.Field("parameters"), parameter_count, 0, kParametersMax, violations)) {
    const std::map<std::string_view, std::string_view> sorted(kpi.parameters.begin(),
                                                              kpi.parameters.end());
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

std::optional<metrics::ResolvedKpi> ReadNamedKpi(const KpiFields& kpi, const std::string& name,
                                                 const FieldPath& path, ViolationList* violations) {
  if (!CheckKpiText(kpi, name, path, violations)) return std::nullopt;
  const std::map<std::string, std::string> parameters(kpi.parameters.begin(), kpi.parameters.end());
  metrics::ResolvedKpi resolved;
  const auto problems = metrics::ResolveKpi(kpi.id, name, parameters, kpi.statistic, &resolved);
  if (problems.empty()) return resolved;
  AddKpiProblems(problems, kpi.id_field, path, violations);
  return std::nullopt;
}

}  // namespace

std::optional<metrics::ResolvedKpi> ReadKpi(const v1::KpiRequest& kpi, const FieldPath& path,
                                            ViolationList* violations) {
  return ReadNamedKpi({"id", kpi.id(), kpi.parameters(), kpi.statistic()}, kpi.name(), path,
                      violations);
}

std::optional<metrics::ResolvedKpi> ReadKpi(const KpiFields& kpi, const FieldPath& path,
                                            ViolationList* violations) {
  return ReadNamedKpi(kpi, std::string(), path, violations);
}

storage::KpiText ToKpiText(const std::string& id,
                           const google::protobuf::Map<std::string, std::string>& parameters,
                           const std::string& statistic) {
  return {std::string(metrics::FindKpi(id)->id), {parameters.begin(), parameters.end()}, statistic};
}

void SetResolvedKpi(const metrics::ResolvedKpi& kpi, v1::ResolvedKpi* message) {
  message->set_name(kpi.name);
  message->set_id(std::string(kpi.definition->id));
  for (const auto& [name, value] : kpi.parameters) {
    (*message->mutable_parameters())[name] = metrics::ParameterText(value);
  }
  message->set_statistic(metrics::StatisticText(kpi.statistic));
  message->set_unit(static_cast<v1::Unit>(kpi.unit));
  message->set_definition_version(kpi.definition->definition_version);
}

}  // namespace kpid::server
