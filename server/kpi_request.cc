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

}  // namespace

std::optional<metrics::ResolvedKpi> ReadKpi(const v1::KpiRequest& kpi, const FieldPath& path,
                                            ViolationList* violations) {
  if (!CheckKpiText(kpi, path, violations)) return std::nullopt;
  const std::map<std::string, std::string> parameters(kpi.parameters().begin(),
                                                      kpi.parameters().end());
  metrics::ResolvedKpi resolved;
  const auto problems =
      metrics::ResolveKpi(kpi.id(), kpi.name(), parameters, kpi.statistic(), &resolved);
  if (problems.empty()) return resolved;
  AddKpiProblems(problems, path, violations);
  return std::nullopt;
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
