// The catalogue as a document for people: what docs/kpis.md holds.
#pragma once

#include <string>

namespace kpid::metrics {

// Markdown: a table of all KPIs, then for each its formula, unit, direction, time basis,
// parameters, statistics, dimensions, counts and version. The same for the same catalogue.
std::string KpiDocument();

}  // namespace kpid::metrics
