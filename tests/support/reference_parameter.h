// Parameters of a resolved KPI, as the slow reference reads them.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "metrics/catalogue.h"

namespace kpid::proof {

// REQUIRES: the KPI has the parameter, and it has a value of this kind.
template <typename T>
T Parameter(const metrics::ResolvedKpi& kpi, std::string_view name) {
  return std::get<T>(kpi.parameters.find(name)->second);
}

inline std::string Choice(const metrics::ResolvedKpi& kpi, std::string_view name) {
  return Parameter<std::string>(kpi, name);
}

// Null when the parameter was not given and has no default.
template <typename T>
const T* OptionalParameter(const metrics::ResolvedKpi& kpi, std::string_view name) {
  return std::get_if<T>(&kpi.parameters.find(name)->second);
}

}  // namespace kpid::proof
