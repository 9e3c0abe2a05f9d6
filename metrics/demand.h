// Which facts each KPI of a question reads, and whether its dimensions apply: the rule that
// DemandOf and Evaluate share.
#pragma once

#include <vector>

#include "metrics/kernel.h"
#include "metrics/query.h"

namespace kpid::metrics {

struct KpiDemand {
  KpiNeeds needs;
  bool applies = true;  // Its facts have every dimension of the filters; otherwise none is read.
  bool grouped = true;  // Its facts have every dimension of the group-by.
};

// By Query::kpis.
std::vector<KpiDemand> KpiDemands(const Query& query);

}  // namespace kpid::metrics
