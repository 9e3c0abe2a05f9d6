// Agents, groups, memberships, queues. Safe for concurrent use.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "storage/database.h"
#include "storage/records.h"

namespace kpid::storage {

struct UpsertOutcome {
  int64_t inserted = 0;
  int64_t updated = 0;
  int64_t unchanged = 0;
};

// A record of an upsert that does not fit what is stored; the server answers it as violations.
struct RosterProblem {
  int index;           // In the batch.
  std::string field;   // Of the record, for example "parent_group_id".
  std::string reason;  // GROUP_UNKNOWN, GROUP_CIRCLE, GROUP_TYPE_CHANGED, MEMBERSHIP_OVERLAP.
  std::string description;
};

// Either it was stored, or nothing was and problems says why (at most 32 are looked for).
struct UpsertResult {
  UpsertOutcome outcome;
  std::vector<RosterProblem> problems;
};

// Entries after `after` in the list's order, at most `limit`.
template <typename Record>
struct RosterPage {
  std::vector<Record> records;
  bool more = false;  // Whether there are further ones.
};

class RosterStore {
 public:
  // `database` must outlive the store.
  explicit RosterStore(Database* database);
  ~RosterStore();

  // One transaction each; identities are unique within a batch (the server checks).
  absl::StatusOr<UpsertResult> UpsertAgents(std::span<const AgentRecord> records,
                                            const metrics::CallLimits& limits);
  // Parents must be stored or in the batch; circles and a change of type are problems.
  absl::StatusOr<UpsertResult> UpsertAgentGroups(std::span<const AgentGroupRecord> records,
                                                 const metrics::CallLimits& limits);
  // Groups must be stored; agents get an entry. A membership whose end equals its start is void.
  // An overlap of two memberships of one agent in groups of one type is a problem, judged on
  // what would be stored after the whole batch, also against concurrent upserts.
  absl::StatusOr<UpsertResult> UpsertMemberships(std::span<const MembershipRecord> records,
                                                 const metrics::CallLimits& limits);
  absl::StatusOr<UpsertResult> UpsertQueues(std::span<const QueueRecord> records,
                                            const metrics::CallLimits& limits);

  // Ordered by id (bytewise); entries with id > after.
  absl::StatusOr<RosterPage<AgentRecord>> ListAgents(const std::string& after, int limit,
                                                     const metrics::CallLimits& limits);
  // type empty: all.
  absl::StatusOr<RosterPage<AgentGroupRecord>> ListAgentGroups(const std::string& after, int limit,
                                                               const std::string& type,
                                                               const metrics::CallLimits& limits);
  absl::StatusOr<RosterPage<QueueRecord>> ListQueues(const std::string& after, int limit,
                                                     const metrics::CallLimits& limits);
  // Ordered by agent, group, start; `after` is the last one of the page before. agent_id and
  // group_id empty: all.
  absl::StatusOr<RosterPage<MembershipRecord>> ListMemberships(
      const std::optional<MembershipRecord>& after, int limit, const std::string& agent_id,
      const std::string& group_id, const metrics::CallLimits& limits);

 private:
  Database* database_;
};

}  // namespace kpid::storage
