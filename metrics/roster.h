// Groups of agents and who belonged to which when.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/dictionary.h"
#include "metrics/fact.h"
#include "metrics/time.h"

namespace kpid::metrics {

// A group, its type and the group that it is part of.
struct GroupFact {
  Code group = kNoCode;
  std::string type;
  Code parent = kNoCode;
};

// That an agent belongs to a group during `range` (end kInstantEnd while it lasts).
struct MembershipFact {
  Code agent = kNoCode;
  Code group = kNoCode;
  TimeRange range;
};

// A group (or none, kNoCode) and the longest span of time in which an agent is in it.
struct GroupSpan {
  TimeRange range;
  Code group = kNoCode;
};

// For one group type: each agent's group at any instant. Immutable; safe for concurrent use.
class GroupTimeline {
 public:
  // The agent's group at an instant; kNoCode when there is none or the agent is kNoCode.
  Code GroupAt(Code agent, Instant instant) const;

  // The same with the span around the instant in which it holds; open ends reach Instant::min()
  // and Instant::max().
  GroupSpan SpanAt(Code agent, Instant instant) const;

  // Greatest group code that any agent is ever in; kNoCode when there is none.
  Code GreatestGroup() const;

 private:
  friend class Roster;
  struct Span {
    Instant start;
    Instant end;
    Code group;
  };
  // Spans of agent a are spans_[first_[a] .. first_[a + 1]), in time order, without overlap.
  std::vector<uint32_t> first_;
  std::vector<Span> spans_;
};

// All groups and memberships. Immutable once built; safe for concurrent use.
class Roster {
 public:
  Roster() = default;
  Roster(std::vector<GroupFact> groups, std::vector<MembershipFact> memberships);

  // The type of a group; empty when the group is not known. Lives as long as the roster.
  std::string_view TypeOf(Code group) const;

  // Whether any group has the type.
  bool HasType(std::string_view type) const;

  // The timeline of a type. At each instant a membership in a group of the type itself wins;
  // otherwise the nearest ancestor of that type of the agent's groups, which are looked at by
  // ascending type name, then group code. Circles among parents are cut.
  GroupTimeline Timeline(std::string_view type) const;

  // The same, made once for all who ask. Lives as long as the roster.
  const GroupTimeline& SharedTimeline(std::string_view type) const;

  // The group itself where it is of the type, or else its nearest ancestor that is; kNoCode when
  // there is none.
  Code GroupOfType(Code group, std::string_view type) const;

  // The group that it is part of; kNoCode when there is none.
  Code ParentOf(Code group) const;

 private:
  // By type, of those that groups have.
  struct Timelines {
    std::mutex mutex;
    std::map<std::string, GroupTimeline, std::less<>> by_type;
  };

  std::vector<GroupFact> groups_;  // By group code; absent codes have an empty type.
  std::vector<MembershipFact> memberships_;
  std::shared_ptr<Timelines> timelines_ = std::make_shared<Timelines>();  // Copies have the same.
};

}  // namespace kpid::metrics
