// Places of a scorecard's values among those of the subject's peers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/catalogue.h"
#include "metrics/fact_snapshot.h"
#include "metrics/result.h"
#include "metrics/scorecard.h"
#include "metrics/target.h"

namespace kpid::metrics {

// How far a value is from what would be best: of two, the better one has the smaller number. Of a
// KPI that is better within a band by the target's. Absent: the KPI has no such order.
std::optional<double> DistanceFromBest(const ResolvedKpi& kpi, const Target* target, double value);

// By slice of an answer that is grouped by agents, or by groups of the subject's type: whether it
// is one of the subject's peers. The subject is its own peer.
std::vector<bool> PeersAmong(const Result& by_peer, const ScorecardQuestion& question,
                             const FactSnapshot& snapshot);

// Fills rank and peers of every line. `by_peer` has its KPIs in the order of the lines.
void RankLines(const Result& by_peer, const std::vector<bool>& is_peer, std::string_view subject_id,
               std::vector<ScorecardLine>* lines);

}  // namespace kpid::metrics
