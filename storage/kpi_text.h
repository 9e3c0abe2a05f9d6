// KPIs as they are stored: texts that the catalogue resolves when they are read. Pure functions.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "metrics/catalogue.h"
#include "storage/records.h"

namespace kpid::storage {

// Parameters as an object of JSON, keys ascending: {"threshold":"20s"}.
std::string ParametersJson(const std::map<std::string, std::string>& parameters);

// The KPI that a text means; nullopt when this version of the catalogue does not know its id, a
// parameter or the statistic.
std::optional<metrics::ResolvedKpi> Resolve(const KpiText& text);

}  // namespace kpid::storage
