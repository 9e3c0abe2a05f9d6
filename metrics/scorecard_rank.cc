#include "metrics/scorecard_rank.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "metrics/dictionary.h"
#include "metrics/roster.h"

namespace kpid::metrics {
namespace {

// Numbers that are equal may be computed to ones that differ in their last digits, of their size:
// distances from either end of a band, for example.
constexpr double kRounding = 1e-13;

// What a peer has of a line: its value, where it can be held against the subject's.
std::optional<double> ComparableValue(const Result& by_peer, const Slice& peer, size_t kpi,
                                      const ScorecardLine& line) {
  const Value value = peer.total[kpi];
  if (value.currency != kNoCode && !line.currency.empty() &&
      by_peer.currencies[value.currency] != line.currency) {
    return std::nullopt;
  }
  return value.value;
}

void RankLine(const Result& by_peer, const std::vector<bool>& is_peer, const Slice* subject,
              size_t kpi, ScorecardLine* line) {
  const Target* const target = line->target.has_value() ? &*line->target : nullptr;
  // Allocated costs are only in slices: the subject is compared by its own one.
  std::optional<double> own = line->value.value;
  if (own.has_value() && subject != nullptr) {
    own = ComparableValue(by_peer, *subject, kpi, *line).value_or(*own);
  }
  std::optional<double> own_distance;
  if (own.has_value()) own_distance = DistanceFromBest(line->kpi, target, *own);
  line->peers = own.has_value() ? 1 : 0;
  int better = 0;
  for (size_t i = 0; i < by_peer.slices.size(); ++i) {
    const Slice& peer = by_peer.slices[i];
    if (!is_peer[i] || &peer == subject) continue;
    const std::optional<double> value = ComparableValue(by_peer, peer, kpi, *line);
    if (!value.has_value()) continue;
    ++line->peers;
    if (!own_distance.has_value()) continue;
    const double lead = *own_distance - *DistanceFromBest(line->kpi, target, *value);
    better += lead > kRounding * std::max(std::abs(*own), std::abs(*value));
  }
  if (own_distance.has_value()) line->rank = better + 1;
}

}  // namespace

std::optional<double> DistanceFromBest(const ResolvedKpi& kpi, const Target* target, double value) {
  switch (kpi.definition->better) {
    case BetterDirection::kNone:
      return std::nullopt;
    case BetterDirection::kUp:
      return -value;
    case BetterDirection::kDown:
      return value;
    case BetterDirection::kBand:
      break;
  }
  if (target == nullptr || !target->band_end_value.has_value()) return std::nullopt;
  return std::max({0.0, target->target_value - value, value - *target->band_end_value});
}

std::vector<bool> PeersAmong(const Result& by_peer, const ScorecardQuestion& question,
                             const FactSnapshot& snapshot) {
  std::vector<bool> is_peer(by_peer.slices.size());
  const bool one_group =
      question.subject.kind == ScorecardSubject::Kind::kAgent && !question.peer_group_type.empty();
  GroupTimeline timeline;
  if (one_group) timeline = snapshot.roster().Timeline(question.peer_group_type);
  const auto group_of = [&](const std::string& agent) {
    return timeline.GroupAt(snapshot.dictionaries().agents.Find(agent),
                            question.range.end - Duration(1));
  };
  const Code group = one_group ? group_of(question.subject.id) : kNoCode;
  for (size_t i = 0; i < is_peer.size(); ++i) {
    const DimensionValue& peer = by_peer.slices[i].dimensions.front();
    if (peer.missing) continue;
    is_peer[i] = !one_group || peer.value == question.subject.id ||
                 (group != kNoCode && group_of(peer.value) == group);
  }
  return is_peer;
}

void RankLines(const Result& by_peer, const std::vector<bool>& is_peer, std::string_view subject_id,
               std::vector<ScorecardLine>* lines) {
  const Slice* subject = nullptr;
  for (const Slice& slice : by_peer.slices) {
    const DimensionValue& peer = slice.dimensions.front();
    if (!peer.missing && peer.value == subject_id) subject = &slice;
  }
  for (size_t kpi = 0; kpi < lines->size(); ++kpi) {
    RankLine(by_peer, is_peer, subject, kpi, &(*lines)[kpi]);
  }
}

}  // namespace kpid::metrics
