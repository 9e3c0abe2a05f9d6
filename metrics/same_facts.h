// Whether two states are the same for a question.
#pragma once

#include "metrics/fact_source.h"

namespace kpid::metrics {

// Whether what a demand names is the same in both snapshots, so that what was computed from one
// holds for the other too: values, names, order and targets, but for what lasts until now. Costs
// a comparison of pointers for each chunk in the demand's range. False also where nothing is known
// to differ: parts of states are the same only when they are shared (FactStore does).
bool SameFacts(const FactDemand& demand, const FactSnapshot& a, const FactSnapshot& b);

}  // namespace kpid::metrics
