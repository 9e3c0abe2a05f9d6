// What the roster must hold to: groups form no circles and keep their types; within one type an
// agent is in one group at a time. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "storage/records.h"
#include "storage/roster_store.h"

namespace kpid::storage {

// Problems that are looked for at most.
inline constexpr size_t kRosterProblemsMax = 32;

// A stored group.
struct StoredGroup {
  std::string type;
  std::string parent_group_id;
};
using StoredGroups = absl::flat_hash_map<std::string, StoredGroup>;  // By group id.

// Problems of an upsert of groups, ascending by index: parents neither stored nor in the batch,
// changes of type, circles in what would be stored afterwards.
std::vector<RosterProblem> CheckGroups(std::span<const AgentGroupRecord> batch,
                                       const StoredGroups& stored);

// Problems of an upsert of memberships, ascending by index: groups not stored, and overlaps
// among what would be stored afterwards. `stored`: all memberships of the batch's agents.
std::vector<RosterProblem> CheckMemberships(std::span<const MembershipRecord> batch,
                                            const StoredGroups& groups,
                                            std::span<const MembershipRecord> stored);

}  // namespace kpid::storage
