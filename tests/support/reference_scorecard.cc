#include "tests/support/reference_scorecard.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "tests/support/reference_dimension.h"

namespace kpid::proof {
namespace {

using metrics::BetterDirection;
using metrics::Dimension;
using metrics::DimensionKind;
using metrics::NoValueReason;
using metrics::Query;
using metrics::ResolvedKpi;
using metrics::ScorecardArea;
using metrics::ScorecardQuestion;
using metrics::Target;
using metrics::TargetScope;
using metrics::TargetStatus;
using metrics::TimeRange;

constexpr double kTolerance = 1e-9;  // Equal numbers may be computed differently.

// --- Values -------------------------------------------------------------------------------------

const storage::AgentGroupRecord* GroupOf(const Records& records, const std::string& id) {
  for (const storage::AgentGroupRecord& group : records.groups) {
    if (group.group_id == id) return &group;
  }
  return nullptr;
}

bool IsAboutAgent(const ScorecardQuestion& question) {
  return question.subject.kind == metrics::ScorecardSubject::Kind::kAgent;
}

Dimension SubjectDimension(const ScorecardQuestion& question, const Records& records) {
  if (IsAboutAgent(question)) return {DimensionKind::kAgent, ""};
  return {DimensionKind::kAgentGroup, GroupOf(records, question.subject.id)->type};
}

Query QueryOf(const ScorecardQuestion& question, const std::vector<ResolvedKpi>& kpis,
              const TimeRange& range) {
  Query query;
  query.kpis = kpis;
  query.range = range;
  query.buckets = {range};
  query.confidence_level = question.confidence_level;
  return query;
}

void Withhold(const ScorecardQuestion& question, const std::vector<ResolvedKpi>& kpis,
              std::vector<ReferenceValue>& values) {
  for (size_t i = 0; i < values.size(); ++i) {
    const ReferenceValue& value = values[i];
    if (kpis[i].unit == metrics::Unit::kCount || value.sample_count >= question.sample_minimum) {
      continue;
    }
    if (!value.value.has_value() && value.sample_count == 0) continue;  // There was nothing.
    ReferenceValue withheld;
    withheld.sample_count = value.sample_count;
    withheld.no_value_reason = NoValueReason::kSuppressedSmallGroup;
    values[i] = withheld;
  }
}

// --- Targets ------------------------------------------------------------------------------------

// How far a target is from the subject: an agent's own, a group's, that of a group it is part of,
// ..., everybody's. Absent: it is for others.
std::optional<int> DistanceOf(const Target& target, const ScorecardQuestion& question,
                              const Records& records) {
  constexpr int kEverybody = 1000;
  if (target.scope == TargetScope::kAll) return kEverybody;
  if (IsAboutAgent(question)) {
    const bool own = target.scope == TargetScope::kAgent && target.scope_id == question.subject.id;
    return own ? std::optional(0) : std::nullopt;
  }
  if (target.scope != TargetScope::kGroup) return std::nullopt;
  int distance = 1;
  for (const auto* group = GroupOf(records, question.subject.id); group != nullptr;
       group = GroupOf(records, group->parent_group_id)) {
    if (group->group_id == target.scope_id) return distance;
    ++distance;
  }
  return std::nullopt;
}

const Target* EffectiveTarget(const ResolvedKpi& kpi, const ScorecardQuestion& question,
                              const Records& records, const std::vector<Target>& targets) {
  const Target* best = nullptr;
  const auto key = [&](const Target& target) {
    return std::make_tuple(-*DistanceOf(target, question, records), target.range.start,
                           target.target_id);
  };
  for (const Target& target : targets) {
    if (target.kpi.definition != kpi.definition || target.kpi.parameters != kpi.parameters ||
        !(target.kpi.statistic == kpi.statistic)) {
      continue;
    }
    if (!target.range.Contains(question.range.start)) continue;
    if (!DistanceOf(target, question, records).has_value()) continue;
    if (best == nullptr || key(*best) < key(target)) best = &target;
  }
  return best;
}

double OutsideOfBand(const Target& target, double value) {
  if (value < target.target_value) return target.target_value - value;
  if (value > *target.band_end_value) return value - *target.band_end_value;
  return 0;
}

bool HasBand(const ResolvedKpi& kpi) {
  return kpi.definition->better == BetterDirection::kBand ||
         kpi.definition->better == BetterDirection::kNone;
}

void SetTarget(const Target* target, ReferenceScoreLine& line) {
  const ReferenceValue& value = line.value;
  if (target == nullptr || value.no_value_reason == NoValueReason::kNotApplicable) return;
  if (!value.currency.empty() && value.currency != target->currency_code) return;
  line.target_id = target->target_id;
  line.status = TargetStatus::kNoValue;
  if (!value.value.has_value()) return;
  const bool up = line.kpi.definition->better == BetterDirection::kUp;
  bool met = up ? *value.value >= target->target_value : *value.value <= target->target_value;
  if (HasBand(line.kpi)) met = OutsideOfBand(*target, *value.value) == 0;
  line.status = met ? TargetStatus::kMet : TargetStatus::kMissed;
  if (!target->worst_value.has_value()) return;
  if (HasBand(line.kpi)) {
    line.attainment =
        1 - OutsideOfBand(*target, *value.value) / OutsideOfBand(*target, *target->worst_value);
  } else {
    line.attainment =
        (*target->worst_value - *value.value) / (*target->worst_value - *target->best_value);
  }
  line.attainment = std::min(1.0, std::max(0.0, *line.attainment));
}

// --- Places -------------------------------------------------------------------------------------

// Whether a is better than b for the KPI; absent: nothing is.
std::optional<bool> IsBetter(const ResolvedKpi& kpi, const Target* target, double a, double b) {
  // Times may be a microsecond apart: numbers are equal only when rounding alone tells them apart.
  const double rounding = 1e-13 * std::max(std::abs(a), std::abs(b));
  switch (kpi.definition->better) {
    case BetterDirection::kUp:
      return a - b > rounding;
    case BetterDirection::kDown:
      return b - a > rounding;
    case BetterDirection::kBand:
      if (target == nullptr) return std::nullopt;
      return OutsideOfBand(*target, b) - OutsideOfBand(*target, a) > rounding;
    case BetterDirection::kNone:
      break;
  }
  return std::nullopt;
}

std::string GroupAtEnd(const ScorecardQuestion& question, const Records& records,
                       const std::string& agent) {
  Traits traits;
  traits.agent = agent;
  traits.instant = question.range.end - metrics::Duration(1);
  return DimensionOf({DimensionKind::kAgentGroup, question.peer_group_type}, traits, records).value;
}

bool IsPeer(const ScorecardQuestion& question, const Records& records, const std::string& id) {
  if (!IsAboutAgent(question) || question.peer_group_type.empty()) return true;
  const std::string group = GroupAtEnd(question, records, id);
  return !group.empty() && group == GroupAtEnd(question, records, question.subject.id);
}

void SetPlace(const ScorecardQuestion& question, const Records& records,
              const std::vector<ReferenceSlice>& slices, size_t kpi, const Target* target,
              ReferenceScoreLine& line) {
  std::vector<double> others;
  std::optional<double> own = line.value.value;
  for (const ReferenceSlice& slice : slices) {
    const ReferenceValue& value = slice.total[kpi];
    const std::string& id = slice.dimensions[0].value;
    if (slice.dimensions[0].missing || !value.value.has_value()) continue;
    if (!value.currency.empty() && !line.value.currency.empty() &&
        value.currency != line.value.currency) {
      continue;
    }
    if (id == question.subject.id) {
      if (own.has_value()) own = value.value;  // With the costs that were spread over slices.
    } else if (IsPeer(question, records, id)) {
      others.push_back(*value.value);
    }
  }
  line.peers = static_cast<int>(others.size()) + (own.has_value() ? 1 : 0);
  if (!own.has_value() || !IsBetter(line.kpi, target, *own, *own).has_value()) return;
  line.rank = 1;
  for (const double other : others) *line.rank += *IsBetter(line.kpi, target, other, *own);
}

// --- Change, warnings, totals -------------------------------------------------------------------

void SetChange(ReferenceScoreLine& line) {
  const ReferenceValue& before = line.before;
  const ReferenceValue& after = line.value;
  if (!before.value.has_value() || !after.value.has_value()) return;
  if (before.currency != after.currency && !before.currency.empty() && !after.currency.empty()) {
    return;
  }
  const double change = *after.value - *before.value;
  if (line.kpi.definition->better == BetterDirection::kUp) line.improvement = change;
  if (line.kpi.definition->better == BetterDirection::kDown) line.improvement = -change;
  const double edge = kTolerance * std::max({1.0, std::abs(*after.value), std::abs(*before.value)});
  line.on_the_edge = change != 0 && std::abs(change) <= edge;
  if (!before.lower.has_value() || !after.lower.has_value()) return;
  // Samples that are all alike say nothing.
  if (*before.lower == *before.upper || *after.lower == *after.upper) return;
  const auto width = [](double a, double b) { return std::sqrt(a * a + b * b); };
  const double lower = change - width(*after.value - *after.lower, *before.upper - *before.value);
  const double upper = change + width(*after.upper - *after.value, *before.value - *before.lower);
  line.beyond_chance = lower > 0 || upper < 0;
  line.on_the_edge |= std::abs(lower) <= edge || std::abs(upper) <= edge;
}

bool IsSpeed(const ResolvedKpi& kpi) {
  static const std::set<std::string_view> kIds = {
      "average_speed_of_answer", "first_response_time", "longest_wait",
      "average_handle_time",     "average_talk_time",   "average_hold_time",
      "average_wrap_up_time"};
  return kIds.contains(kpi.definition->id);
}

bool SaysWhatCameOfIt(const ResolvedKpi& kpi, bool in_definition) {
  static const std::set<std::string_view> kAlways = {"first_contact_resolution", "csat",
                                                     "quality_score"};
  static const std::set<std::string_view> kInDefinition = {"repeat_contact_rate", "csat_mean",
                                                           "contact_quality"};
  return kAlways.contains(kpi.definition->id) ||
         (in_definition && kInDefinition.contains(kpi.definition->id));
}

ReferenceScoreTotal TotalOf(const ScorecardQuestion& question,
                            const std::vector<ReferenceScoreLine>& lines, ScorecardArea area) {
  ReferenceScoreTotal total;
  double weighted = 0;
  for (size_t i = 0; i < question.definition.entries.size(); ++i) {
    const metrics::ScorecardEntry& entry = question.definition.entries[i];
    if (area != ScorecardArea::kNone && entry.area != area) continue;
    total.weight += entry.weight;
    if (lines[i].status == TargetStatus::kMet) ++total.met;
    if (lines[i].status == TargetStatus::kMissed) ++total.missed;
    if (!lines[i].attainment.has_value()) continue;
    total.covered_weight += entry.weight;
    weighted += entry.weight * *lines[i].attainment;
  }
  if (total.covered_weight > 0) total.attainment = weighted / total.covered_weight;
  return total;
}

// Those of the definition, then what is looked at though it has none of it.
std::vector<ResolvedKpi> KpisOf(const ScorecardQuestion& question) {
  std::vector<ResolvedKpi> kpis;
  std::set<std::string_view> ids;
  for (const metrics::ScorecardEntry& entry : question.definition.entries) {
    kpis.push_back(entry.kpi);
    ids.insert(entry.kpi.definition->id);
  }
  for (const std::string id : {"first_contact_resolution", "csat", "quality_score"}) {
    if (ids.contains(id)) continue;
    metrics::ResolveKpi(id, "", {}, "", &kpis.emplace_back());
  }
  return kpis;
}

}  // namespace

ReferenceScorecard ReferenceScore(const ScorecardQuestion& question, const Records& records,
                                  const std::vector<Target>& targets, metrics::Instant now) {
  const std::vector<ResolvedKpi> kpis = KpisOf(question);
  const size_t entries = question.definition.entries.size();
  const Dimension dimension = SubjectDimension(question, records);
  const auto values_of = [&](const TimeRange& range) {
    Query query = QueryOf(question, kpis, range);
    query.filters = {{dimension, {question.subject.id}}};
    std::vector<ReferenceValue> values = ReferenceEvaluate(query, records, now).total;
    Withhold(question, kpis, values);
    return values;
  };
  const metrics::Duration length = question.range.Length();
  const std::vector<ReferenceValue> after = values_of(question.range);
  const std::vector<ReferenceValue> before =
      values_of({question.range.start - length, question.range.end - length});
  Query by_peer = QueryOf(question, {kpis.begin(), kpis.begin() + static_cast<ptrdiff_t>(entries)},
                          question.range);
  by_peer.group_by = {dimension};
  std::vector<ReferenceSlice> slices = ReferenceEvaluate(by_peer, records, now).slices;
  for (ReferenceSlice& slice : slices) Withhold(question, kpis, slice.total);

  ReferenceScorecard scorecard;
  std::vector<ReferenceScoreLine> lines;
  for (size_t i = 0; i < kpis.size(); ++i) {
    ReferenceScoreLine& line = lines.emplace_back();
    line.kpi = kpis[i];
    line.value = after[i];
    line.before = before[i];
    const Target* const target = EffectiveTarget(kpis[i], question, records, targets);
    SetTarget(target, line);
    SetChange(line);
    if (i >= entries) continue;
    SetPlace(question, records, slices, i, line.target_id.empty() ? nullptr : target, line);
  }
  for (size_t fast = 0; fast < entries; ++fast) {
    if (!IsSpeed(kpis[fast]) || lines[fast].improvement.value_or(0) <= 0) continue;
    if (!lines[fast].beyond_chance.value_or(true)) continue;
    for (size_t i = 0; i < lines.size(); ++i) {
      if (!SaysWhatCameOfIt(kpis[i], i < entries) || lines[i].improvement.value_or(0) >= 0) {
        continue;
      }
      if (!lines[i].beyond_chance.value_or(false)) continue;
      scorecard.warnings.emplace_back(kpis[fast].name, kpis[i].name);
    }
  }
  for (const ReferenceScoreLine& line : lines) {
    scorecard.warnings_on_the_edge |= line.on_the_edge;
  }
  lines.resize(entries);
  scorecard.total = TotalOf(question, lines, ScorecardArea::kNone);
  for (const ScorecardArea area :
       {ScorecardArea::kEfficiency, ScorecardArea::kCustomer, ScorecardArea::kOperations}) {
    const ReferenceScoreTotal total = TotalOf(question, lines, area);
    if (total.weight > 0) scorecard.areas.emplace_back(area, total);
  }
  scorecard.lines = std::move(lines);
  return scorecard;
}

}  // namespace kpid::proof
