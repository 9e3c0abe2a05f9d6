#include "storage/roster_checks.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "absl/strings/str_cat.h"

namespace kpid::storage {
namespace {

// Sorts and cuts to what is answered.
std::vector<RosterProblem> Finish(std::vector<RosterProblem> problems) {
  std::stable_sort(
      problems.begin(), problems.end(),
      [](const RosterProblem& a, const RosterProblem& b) { return a.index < b.index; });
  problems.erase(std::unique(problems.begin(), problems.end(),
                             [](const RosterProblem& a, const RosterProblem& b) {
                               return a.index == b.index && a.reason == b.reason;
                             }),
                 problems.end());
  if (problems.size() > kRosterProblemsMax) problems.resize(kRosterProblemsMax);
  return problems;
}

using Parents = absl::flat_hash_map<std::string, std::string>;  // By group id.

// Groups that are their own ancestors. Each group is walked over once: what was seen on an
// earlier walk is no new circle.
std::vector<std::string> GroupsInCircles(std::span<const AgentGroupRecord> batch,
                                         const Parents& parents) {
  absl::flat_hash_map<std::string, size_t> walk_of;
  std::vector<std::string> circular;
  for (size_t walk = 0; walk < batch.size(); ++walk) {
    std::string at = batch[walk].group_id;
    while (!at.empty() && walk_of.try_emplace(at, walk).second) {
      const auto parent = parents.find(at);
      at = parent == parents.end() ? std::string() : parent->second;
    }
    if (at.empty() || walk_of[at] != walk) continue;
    const std::string first = at;
    do {
      circular.push_back(at);
      at = parents.at(at);
    } while (at != first);
  }
  std::sort(circular.begin(), circular.end());
  return circular;
}

// A membership that would be stored; index -1: it is stored and not in the batch.
struct Candidate {
  int index = -1;
  Instant start{};
  Instant end{};
  std::string group_id;
};

void AddOverlaps(const std::string& type, std::vector<Candidate>* candidates,
                 std::vector<RosterProblem>* problems) {
  std::sort(candidates->begin(), candidates->end(), [](const Candidate& a, const Candidate& b) {
    return std::tie(a.start, a.group_id) < std::tie(b.start, b.group_id);
  });
  // Compared with the one that reaches furthest so far: a long one may overlap many.
  const Candidate* furthest = nullptr;
  for (const Candidate& candidate : *candidates) {
    if (furthest != nullptr && candidate.start < furthest->end) {
      // What is stored has no overlaps, so one of the two is in the batch.
      const int index = std::max(candidate.index, furthest->index);
      const Candidate& other = index == candidate.index ? *furthest : candidate;
      problems->push_back(
          {index, "start_time", "MEMBERSHIP_OVERLAP",
           absl::StrCat("overlaps the membership in group ", other.group_id,
                        ": an agent is in one group of type ", type, " at a time")});
    }
    if (furthest == nullptr || candidate.end > furthest->end) furthest = &candidate;
  }
}

}  // namespace

std::vector<RosterProblem> CheckGroups(std::span<const AgentGroupRecord> batch,
                                       const StoredGroups& stored) {
  std::vector<RosterProblem> problems;
  Parents parents;
  for (const auto& [id, group] : stored) parents[id] = group.parent_group_id;
  for (const AgentGroupRecord& group : batch) parents[group.group_id] = group.parent_group_id;
  const std::vector<std::string> circular = GroupsInCircles(batch, parents);
  for (size_t i = 0; i < batch.size(); ++i) {
    const AgentGroupRecord& group = batch[i];
    const int index = static_cast<int>(i);
    if (!group.parent_group_id.empty() && !parents.contains(group.parent_group_id)) {
      problems.push_back(
          {index, "parent_group_id", "GROUP_UNKNOWN", "neither stored nor in the request"});
    }
    if (std::binary_search(circular.begin(), circular.end(), group.group_id)) {
      problems.push_back(
          {index, "parent_group_id", "GROUP_CIRCLE", "the group would be its own ancestor"});
    }
    const auto known = stored.find(group.group_id);
    if (known != stored.end() && known->second.type != group.type) {
      problems.push_back({index, "type", "GROUP_TYPE_CHANGED",
                          absl::StrCat("the stored group has type ", known->second.type,
                                       ", which cannot change")});
    }
  }
  return Finish(std::move(problems));
}

std::vector<RosterProblem> CheckMemberships(std::span<const MembershipRecord> batch,
                                            const StoredGroups& groups,
                                            std::span<const MembershipRecord> stored) {
  std::vector<RosterProblem> problems;
  using Identity = std::tuple<std::string, std::string, Instant>;  // Agent, group, start.
  std::map<Identity, Candidate> candidates;
  const auto put = [&](const MembershipRecord& record, int index) {
    candidates[{record.agent_id, record.group_id, record.start}] = {
        index, record.start, record.end.value_or(Instant::max()), record.group_id};
  };
  for (const MembershipRecord& record : stored) put(record, -1);
  for (size_t i = 0; i < batch.size(); ++i) {
    if (groups.contains(batch[i].group_id)) {
      put(batch[i], static_cast<int>(i));
    } else {
      problems.push_back({static_cast<int>(i), "group_id", "GROUP_UNKNOWN", "not stored"});
    }
  }
  std::map<std::pair<std::string, std::string>, std::vector<Candidate>> by_agent_and_type;
  for (auto& [identity, candidate] : candidates) {
    const auto group = groups.find(candidate.group_id);
    if (group == groups.end() || candidate.end <= candidate.start) continue;
    by_agent_and_type[{std::get<0>(identity), group->second.type}].push_back(std::move(candidate));
  }
  for (auto& [agent_and_type, of_one_type] : by_agent_and_type) {
    AddOverlaps(agent_and_type.second, &of_one_type, &problems);
  }
  return Finish(std::move(problems));
}

}  // namespace kpid::storage
