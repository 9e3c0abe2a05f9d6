#include "metrics/roster.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace kpid::metrics {
namespace {

// What a membership means for one group type, and which of several wins: the least.
struct Claim {
  bool derived = false;  // By an ancestor, not by the group itself.
  std::string_view type;
  Code member_group = kNoCode;
  Code group = kNoCode;

  friend auto operator<=>(const Claim& a, const Claim& b) {
    return std::tie(a.derived, a.type, a.member_group, a.group) <=>
           std::tie(b.derived, b.type, b.member_group, b.group);
  }
};

// The start (or end) of a claim of one agent.
struct Edge {
  Instant at;
  bool starts = false;
  Claim claim;
};

// The group of `type` that a member of `group` counts for; kNoCode when there is none.
Code GroupOfType(const std::vector<GroupFact>& groups, Code group, std::string_view type) {
  // A walk longer than the number of groups has gone round a circle.
  for (size_t steps = 0; steps < groups.size(); ++steps) {
    if (group == kNoCode || group >= groups.size()) return kNoCode;
    if (groups[group].type == type) return group;
    group = groups[group].parent;
  }
  return kNoCode;
}

}  // namespace

Code GroupTimeline::GroupAt(Code agent, Instant instant) const {
  return SpanAt(agent, instant).group;
}

GroupSpan GroupTimeline::SpanAt(Code agent, Instant instant) const {
  GroupSpan result{{Instant::min(), Instant::max()}, kNoCode};
  if (agent == kNoCode || static_cast<size_t>(agent) + 1 >= first_.size()) return result;
  const auto begin = spans_.begin() + first_[agent];
  const auto end = spans_.begin() + first_[agent + 1];
  const auto after = std::upper_bound(begin, end, instant,
                                      [](Instant t, const Span& span) { return t < span.start; });
  if (after != end) result.range.end = after->start;
  if (after != begin) {
    const Span& span = *(after - 1);
    if (instant < span.end) return {{span.start, span.end}, span.group};
    result.range.start = span.end;
  }
  return result;
}

Code GroupTimeline::GreatestGroup() const {
  Code greatest = kNoCode;
  for (const Span& span : spans_) greatest = std::max(greatest, span.group);
  return greatest;
}

Roster::Roster(std::vector<GroupFact> groups, std::vector<MembershipFact> memberships)
    : memberships_(std::move(memberships)) {
  for (GroupFact& group : groups) {
    if (groups_.size() <= group.group) groups_.resize(group.group + 1);
    const Code code = group.group;
    groups_[code] = std::move(group);
  }
  std::sort(memberships_.begin(), memberships_.end(),
            [](const MembershipFact& a, const MembershipFact& b) {
              return std::tie(a.agent, a.range.start, a.range.end, a.group) <
                     std::tie(b.agent, b.range.start, b.range.end, b.group);
            });
}

std::string_view Roster::TypeOf(Code group) const {
  return group < groups_.size() ? std::string_view(groups_[group].type) : std::string_view();
}

bool Roster::HasType(std::string_view type) const {
  return !type.empty() && std::any_of(groups_.begin(), groups_.end(),
                                      [&](const GroupFact& group) { return group.type == type; });
}

Code Roster::GroupOfType(Code group, std::string_view type) const {
  return type.empty() ? kNoCode : metrics::GroupOfType(groups_, group, type);
}

Code Roster::ParentOf(Code group) const {
  return group < groups_.size() ? groups_[group].parent : kNoCode;
}

const GroupTimeline& Roster::SharedTimeline(std::string_view type) const {
  static const GroupTimeline* const none = new GroupTimeline;
  if (!HasType(type)) return *none;  // Only types that there are take memory.
  const std::lock_guard lock(timelines_->mutex);
  const auto found = timelines_->by_type.find(type);
  if (found != timelines_->by_type.end()) return found->second;
  return timelines_->by_type.emplace(type, Timeline(type)).first->second;
}

GroupTimeline Roster::Timeline(std::string_view type) const {
  GroupTimeline timeline;
  if (type.empty()) return timeline;
  std::vector<Edge> edges;
  const auto close_agent = [&](Code agent) {
    timeline.first_.resize(agent + 1, static_cast<uint32_t>(timeline.spans_.size()));
    std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) { return a.at < b.at; });
    const size_t first = timeline.spans_.size();
    std::multiset<Claim> active;
    for (size_t i = 0; i < edges.size();) {
      const Instant at = edges[i].at;
      for (; i < edges.size() && edges[i].at == at; ++i) {
        if (edges[i].starts) {
          active.insert(edges[i].claim);
        } else if (const auto found = active.find(edges[i].claim); found != active.end()) {
          active.erase(found);
        }
      }
      if (active.empty() || i == edges.size()) continue;
      const Code group = active.begin()->group;
      const Instant until = edges[i].at;
      auto& spans = timeline.spans_;
      if (spans.size() > first && spans.back().end == at && spans.back().group == group) {
        spans.back().end = until;
      } else {
        spans.push_back({at, until, group});
      }
    }
    edges.clear();
  };
  for (size_t i = 0; i < memberships_.size(); ++i) {
    const MembershipFact& membership = memberships_[i];
    const Code group = GroupOfType(membership.group, type);
    if (group != kNoCode && !membership.range.Empty()) {
      const Claim claim{group != membership.group, groups_[membership.group].type, membership.group,
                        group};
      edges.push_back({membership.range.start, true, claim});
      edges.push_back({membership.range.end, false, claim});
    }
    if (i + 1 == memberships_.size() || memberships_[i + 1].agent != membership.agent) {
      close_agent(membership.agent);
    }
  }
  timeline.first_.push_back(static_cast<uint32_t>(timeline.spans_.size()));
  return timeline;
}

}  // namespace kpid::metrics
