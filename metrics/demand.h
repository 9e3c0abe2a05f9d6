// Which facts each KPI of a question reads, and whether its dimensions apply: the rule that
// DemandOf and Evaluate share.
#pragma once

#include <vector>

#include "metrics/kernel.h"
#include "metrics/query.h"

namespace kpid::metrics {

struct KpiDemand {
  std::vector<KpiNeeds> terms;  // None: made from values of other KPIs.
  bool applies = true;          // It has every dimension of the filters; otherwise nothing is read.
  bool grouped = true;          // It has every dimension of the group-by.
};

// By Query::kpis.
std::vector<KpiDemand> KpiDemands(const Query& query);

}  // namespace kpid::metrics
