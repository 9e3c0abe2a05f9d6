#include "metrics/kpi_document.h"

#include <span>
#include <sstream>
#include <string_view>
#include <vector>

#include "metrics/catalogue.h"

namespace kpid::metrics {
namespace {

std::string_view UnitText(Unit unit) {
  switch (unit) {
    case Unit::kCount: return "count";
    case Unit::kPercent: return "percent, 0 to 100";
    case Unit::kSeconds: return "seconds";
    case Unit::kPoints: return "points, -100 to 100";
    case Unit::kScore: return "points of the survey's scale";
    case Unit::kMoney: return "money, with its currency";
    case Unit::kPerHour: return "per hour";
    case Unit::kNone: break;
  }
  return "none";
}

std::string_view BetterText(BetterDirection better) {
  switch (better) {
    case BetterDirection::kUp: return "higher is better";
    case BetterDirection::kDown: return "lower is better";
    case BetterDirection::kBand: return "better within a target band";
    case BetterDirection::kNone: break;
  }
  return "neither way is better";
}

// `a`, `b`, `c`
void WriteNames(const std::vector<std::string_view>& names, std::ostream& out) {
  const char* separator = "";
  for (const std::string_view name : names) {
    out << separator << '`' << name << '`';
    separator = ", ";
  }
}

void WriteTable(std::span<const KpiDefinition> kpis, std::ostream& out) {
  out << "| KPI | area | unit | parameters (default) |\n|---|---|---|---|\n";
  for (const KpiDefinition& kpi : kpis) {
    out << "| [`" << kpi.id << "`](#" << kpi.id << ')';
    if (!kpi.aliases.empty()) {
      out << ", ";
      WriteNames(kpi.aliases, out);
    }
    out << " | " << kpi.area << " | " << UnitText(kpi.unit) << " | ";
    const char* separator = "";
    for (const ParameterDefinition& parameter : kpi.parameters) {
      out << separator << parameter.name;
      if (!parameter.default_text.empty()) out << " (" << parameter.default_text << ')';
      separator = ", ";
    }
    out << (kpi.parameters.empty() ? "|\n" : " |\n");
  }
}

void WriteParameter(const ParameterDefinition& parameter, std::ostream& out) {
  out << "  - `" << parameter.name << "`: " << ParameterKindName(parameter.kind);
  if (!parameter.choices.empty()) {
    out << " of ";
    WriteNames(parameter.choices, out);
  }
  if (!parameter.minimum_text.empty()) out << ", at least " << parameter.minimum_text;
  if (!parameter.maximum_text.empty()) out << ", at most " << parameter.maximum_text;
  if (!parameter.default_text.empty()) out << "; default `" << parameter.default_text << '`';
  out << ". " << parameter.description << '\n';
}

void WriteKpi(const KpiDefinition& kpi, std::ostream& out) {
  out << "\n### " << kpi.id << "\n\n" << kpi.title << ". " << kpi.formula << "\n\n";
  out << "- Unit: " << UnitText(kpi.unit) << "; " << BetterText(kpi.better) << ".\n";
  out << "- Counted by: `" << TimeBasisName(kpi.time_basis) << "`.\n";
  if (!kpi.aliases.empty()) {
    out << "- Other names: ";
    WriteNames(kpi.aliases, out);
    out << ".\n";
  }
  if (!kpi.parameters.empty()) out << "- Parameters:\n";
  for (const ParameterDefinition& parameter : kpi.parameters) WriteParameter(parameter, out);
  if (kpi.has_statistics) {
    out << "- Statistics: `mean` (default), `median`, `p1` to `p99`, `minimum`, `maximum`, "
           "`standard_deviation`.\n";
  }
  std::vector<std::string_view> dimensions;
  for (const DimensionKind kind : kpi.dimensions) dimensions.push_back(DimensionKindName(kind));
  out << "- Dimensions: ";
  WriteNames(dimensions, out);
  out << ".\n";
  if (!kpi.counts.empty()) {
    out << "- Counts: ";
    WriteNames(kpi.counts, out);
    out << ".\n";
  }
  out << "- Version of the definition: " << kpi.definition_version << ".\n";
}

}  // namespace

std::string KpiDocument() {
  std::ostringstream out;
  out << "# KPIs\n\n"
         "<!-- Written from the catalogue by `cmake --build --preset release --target docs`; "
         "do not edit. -->\n\n"
         "What `ListKpis` and `kpid kpis` answer, as a page. A question names a KPI by its id or "
         "another name, and may give each parameter; those not given have their default.\n\n";
  const std::span<const KpiDefinition> kpis = Catalogue();
  WriteTable(kpis, out);
  std::string_view area;
  for (const KpiDefinition& kpi : kpis) {
    if (kpi.area != area) out << "\n## Area: " << kpi.area << '\n';
    area = kpi.area;
    WriteKpi(kpi, out);
  }
  return out.str();
}

}  // namespace kpid::metrics
