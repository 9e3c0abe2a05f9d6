// Names that random records have in common, so that they meet.
#pragma once

#include <string>
#include <vector>

#include "tests/property/random_records.h"

namespace kpid::proof {

// "" is "has none".
inline const std::vector<std::string> kCustomers = {"", "c1", "c1", "c2", "c3", "c4"};
inline const std::vector<std::string> kQueues = {"", "q1", "q1", "q2", "q3"};
inline const std::vector<std::string> kAgents = {"", "a1", "a1", "a2", "a3", "a4"};

// Evaluations, activities, plans, tickets, costs and employments of the seeds. REQUIRES:
// interactions and groups are there.
void AddFurtherRecords(const WorldSeeds& seeds, metrics::Instant world_start, Records& records);

// Adds the target of a seed. REQUIRES: groups are there.
void AddTarget(uint64_t seed, metrics::Instant world_start, Records& records);

}  // namespace kpid::proof
