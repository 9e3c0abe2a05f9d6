// What property tests draw their cases from, and how these fail.
//
// A failure prints the seed and the smallest case found, as a scene of a golden file. RC_PARAMS
// is rapidcheck's own ("seed=... max_success=..."); KPID_PROPERTY_CASES=10000 says how many cases.
#pragma once

#include <rapidcheck.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "metrics/fact_snapshot.h"
#include "metrics/result.h"
#include "tests/property/random_query.h"
#include "tests/property/random_records.h"

namespace kpid::proof {

struct World {
  WorldSeeds seeds;
  std::vector<uint64_t> kpi_seeds;
  uint64_t question_seed = 0;
};

rc::Gen<uint64_t> AnySeed();

// Shrinks by leaving out records and KPIs; what a seed stands for stays.
World AnyWorld(int interactions_max = 100);

// The engine's answer. Fails the case on an error.
metrics::Result Evaluated(const Question& question, const metrics::FactSnapshot& snapshot,
                          int threads = 1);

// Fails the case, showing it, when there is a difference.
void FailOn(const std::optional<std::string>& difference, const Records& records,
            const Question& question);

}  // namespace kpid::proof
