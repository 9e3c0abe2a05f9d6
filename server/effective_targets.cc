#include "server/effective_targets.h"

#include <algorithm>

namespace kpid::server {

EffectiveTargets::EffectiveTargets(const metrics::Query& query,
                                   const metrics::FactSnapshot& snapshot)
    : query_(query), snapshot_(snapshot), tracks_(query.kpis.size()) {
  for (const metrics::Target& target : snapshot.targets().targets()) {
    for (size_t k = 0; k < query.kpis.size(); ++k) {
      const metrics::ResolvedKpi& kpi = query.kpis[k];
      if (kpi.definition != target.kpi.definition || kpi.statistic != target.kpi.statistic ||
          kpi.parameters != target.kpi.parameters) {
        continue;
      }
      tracks_[k].edges.insert(tracks_[k].edges.end(), {target.range.start, target.range.end});
      any_ = true;
    }
  }
  for (Track& track : tracks_) std::sort(track.edges.begin(), track.edges.end());
}

void EffectiveTargets::Begin(const metrics::Slice* slice) {
  if (!any_) return;
  scope_ = metrics::ScopeOf(query_, slice, snapshot_.roster(), snapshot_.dictionaries().groups);
  for (Track& track : tracks_) {
    track.passed = 0;
    track.found = false;
  }
}

const metrics::Target* EffectiveTargets::Find(size_t kpi, metrics::Instant start) {
  Track& track = tracks_[kpi];
  if (track.edges.empty()) return nullptr;
  const size_t passed_before = track.passed;
  while (track.passed < track.edges.size() && track.edges[track.passed] <= start) ++track.passed;
  if (!track.found || track.passed != passed_before) {
    track.target = snapshot_.targets().Effective(query_.kpis[kpi], scope_, start);
    track.found = true;
  }
  return track.target;
}

}  // namespace kpid::server
