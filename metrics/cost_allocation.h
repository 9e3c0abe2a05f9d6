// Spreads costs over the slices that they are for (cost_per_contact).
#pragma once

#include <vector>

#include "metrics/kernel.h"
#include "metrics/partial.h"

namespace kpid::metrics {

// Bucket by bucket: the cost of a slot that lacks some dimensions goes to the slots that have the
// same codes in the others, in proportion to their weights; where these have none, it stays.
// Cells are by slot * buckets + bucket; `currency` is that of a cell without cost.
void SpreadCosts(const FinishPlan& plan, Code currency, std::vector<CostPartial>* cells);

}  // namespace kpid::metrics
