#include "metrics/scorecard_summary.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <string_view>
#include <utility>

namespace kpid::metrics {
namespace {

// Always looked at.
constexpr std::array<std::string_view, 3> kGuards = {"first_contact_resolution", "csat",
                                                     "quality_score"};
// Looked at where the definition has them: the same in other words.
constexpr std::array<std::string_view, 3> kFurtherGuards = {"repeat_contact_rate", "csat_mean",
                                                            "contact_quality"};

template <class Ids>
bool Has(const Ids& ids, const ResolvedKpi& kpi) {
  return std::find(ids.begin(), ids.end(), kpi.definition->id) != ids.end();
}

// How much better the value became; negative: worse. Absent: it cannot be told.
std::optional<double> Improvement(const ScorecardLine& line) {
  switch (line.kpi.definition->better) {
    case BetterDirection::kUp:
      return line.change.absolute;
    case BetterDirection::kDown:
      if (line.change.absolute.has_value()) return -*line.change.absolute;
      return std::nullopt;
    case BetterDirection::kBand:
    case BetterDirection::kNone:
      return std::nullopt;
  }
  return std::nullopt;
}

bool Improved(const ScorecardLine& line) {
  return Improvement(line).value_or(0) > 0 &&
         line.change.significance != Significance::kNotSignificant;
}

bool Fell(const ScorecardLine& line) {
  return Improvement(line).value_or(0) < 0 &&
         line.change.significance == Significance::kSignificant;
}

}  // namespace

ScorecardTotal TotalOf(std::span<const ScorecardLine> lines, ScorecardArea area) {
  ScorecardTotal total;
  total.area = area;
  double attained = 0;
  for (const ScorecardLine& line : lines) {
    if (area != ScorecardArea::kNone && line.area != area) continue;
    total.weight += line.weight;
    total.met += line.status == TargetStatus::kMet;
    total.missed += line.status == TargetStatus::kMissed;
    if (!line.attainment.has_value()) continue;
    total.covered_weight += line.weight;
    attained += line.weight * *line.attainment;
  }
  if (total.covered_weight > 0) {
    // A mean is not beyond what it is the mean of, whatever rounding does.
    total.attainment = std::clamp(attained / total.covered_weight, 0.0, 1.0);
  }
  return total;
}

std::vector<ScorecardTotal> AreaTotals(std::span<const ScorecardLine> lines) {
  std::vector<ScorecardTotal> totals;
  for (const ScorecardArea area :
       {ScorecardArea::kEfficiency, ScorecardArea::kCustomer, ScorecardArea::kOperations}) {
    if (std::any_of(lines.begin(), lines.end(),
                    [&](const ScorecardLine& line) { return line.area == area; })) {
      totals.push_back(TotalOf(lines, area));
    }
  }
  return totals;
}

bool IsSpeed(const ResolvedKpi& kpi) {
  const KpiDefinition& definition = *kpi.definition;
  return (definition.area == "access" || definition.area == "efficiency") &&
         kpi.unit == Unit::kSeconds && definition.better == BetterDirection::kDown;
}

bool IsGuard(const ResolvedKpi& kpi) { return Has(kGuards, kpi) || Has(kFurtherGuards, kpi); }

std::vector<ResolvedKpi> MissingGuards(const ScorecardDefinition& definition) {
  std::vector<ResolvedKpi> missing;
  for (const std::string_view guard : kGuards) {
    if (std::any_of(
            definition.entries.begin(), definition.entries.end(),
            [&](const ScorecardEntry& entry) { return entry.kpi.definition->id == guard; })) {
      continue;
    }
    ResolvedKpi resolved;
    const std::vector<KpiProblem> problems = ResolveKpi(guard, "", {}, "", &resolved);
    assert(problems.empty());
    if (problems.empty()) missing.push_back(std::move(resolved));
  }
  return missing;
}

std::vector<ImbalanceWarning> WarningsOf(std::span<const ScorecardLine> lines,
                                         std::span<const ScorecardLine> further) {
  std::vector<ImbalanceWarning> warnings;
  for (const ScorecardLine& speed : lines) {
    if (!IsSpeed(speed.kpi) || !Improved(speed)) continue;
    for (const auto& guards : {lines, further}) {
      for (const ScorecardLine& guard : guards) {
        if (IsGuard(guard.kpi) && Fell(guard)) warnings.push_back({speed, guard});
      }
    }
  }
  return warnings;
}

}  // namespace kpid::metrics
