// The targets of an answer's values, found in the order in which the values are written.
#pragma once

#include <vector>

#include "metrics/fact_snapshot.h"
#include "metrics/query.h"
#include "metrics/result.h"
#include "metrics/target.h"

namespace kpid::server {

// Looks for a target only where it may be another than that of the bucket before: answers have
// many buckets, and targets last. For one thread.
class EffectiveTargets {
 public:
  // Both must outlive this.
  EffectiveTargets(const metrics::Query& query, const metrics::FactSnapshot& snapshot);

  // What follows is about this slice; null: about the total.
  void Begin(const metrics::Slice* slice);

  // The target effective for a KPI's value whose bucket starts at an instant; null: none.
  // REQUIRES: Begin; instants of a KPI do not go back until the next.
  const metrics::Target* Find(size_t kpi, metrics::Instant start);

 private:
  // Of one KPI: the instants at which its effective target may become another, and where the
  // search stands.
  struct Track {
    std::vector<metrics::Instant> edges;  // Ascending. Empty: no target is for the KPI.
    size_t passed = 0;
    bool found = false;
    const metrics::Target* target = nullptr;
  };

  const metrics::Query& query_;
  const metrics::FactSnapshot& snapshot_;
  std::vector<Track> tracks_;  // By KPI of the query.
  bool any_ = false;
  metrics::ValueScope scope_;
};

}  // namespace kpid::server
