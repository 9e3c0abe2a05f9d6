#include "tests/support/reference_dimension.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "tests/support/reference_contribution.h"

namespace kpid::proof {
namespace {

using metrics::Dimension;
using metrics::DimensionKind;
using metrics::Instant;
using metrics::TimeRange;

// Position of a group; as many as there are when it is not stored.
size_t PositionOf(const Records& records, const std::string& group_id) {
  size_t position = 0;
  while (position < records.groups.size() && records.groups[position].group_id != group_id) {
    ++position;
  }
  return position;
}

// The nearest group of a type above a group; "" when there is none.
std::string GroupAbove(const Records& records, size_t position, const std::string& type) {
  for (size_t steps = 0; steps < records.groups.size(); ++steps) {  // A circle ends, too.
    position = PositionOf(records, records.groups[position].parent_group_id);
    if (position == records.groups.size()) break;
    if (records.groups[position].type == type) return records.groups[position].group_id;
  }
  return "";
}

// The agent's group of a type at an instant; "" when there is none. A membership in a group of
// the type wins; otherwise the nearest ancestor of that type of the agent's groups, looked at by
// type name, then code.
std::string GroupAt(const Records& records, const std::string& agent, const std::string& type,
                    Instant instant) {
  std::vector<std::pair<std::string, size_t>> own;  // Type and position of the agent's groups.
  for (const storage::MembershipRecord& membership : records.memberships) {
    const TimeRange range{membership.start, membership.end.value_or(metrics::kInstantEnd)};
    if (agent.empty() || membership.agent_id != agent || !range.Contains(instant)) continue;
    const size_t position = PositionOf(records, membership.group_id);
    if (position < records.groups.size()) own.emplace_back(records.groups[position].type, position);
  }
  std::sort(own.begin(), own.end());
  for (const auto& [own_type, position] : own) {
    if (own_type == type) return records.groups[position].group_id;
  }
  for (const auto& [own_type, position] : own) {
    const std::string above = GroupAbove(records, position, type);
    if (!above.empty()) return above;
  }
  return "";
}

// The group itself, or the nearest above it, of a type.
std::string GroupOfType(const Records& records, const std::string& group_id,
                        const std::string& type) {
  const size_t position = PositionOf(records, group_id);
  if (position == records.groups.size()) return "";
  return records.groups[position].type == type ? group_id : GroupAbove(records, position, type);
}

std::string DimensionText(const Dimension& dimension, const Traits& traits,
                          const Records& records) {
  switch (dimension.kind) {
    case DimensionKind::kNone:
      return "";
    case DimensionKind::kAgent:
      return traits.agent;
    case DimensionKind::kAgentGroup:
      return traits.group.empty() ? GroupAt(records, traits.agent, dimension.name, traits.instant)
                                  : GroupOfType(records, traits.group, dimension.name);
    case DimensionKind::kQueue:
      return traits.queue;
    case DimensionKind::kChannel:
      return traits.channel;
    case DimensionKind::kDirection:
      return traits.direction;
    case DimensionKind::kPriority:
      return traits.priority;
    case DimensionKind::kAttribute:
      for (const auto& [key, value] : traits.attributes) {
        if (key == dimension.name) return value;
      }
      return "";
  }
  return "";
}

}  // namespace

std::string NameOf(metrics::Channel channel) {
  switch (channel) {
    case metrics::Channel::kNone:
      return "";
    case metrics::Channel::kVoice:
      return "voice";
    case metrics::Channel::kChat:
      return "chat";
    case metrics::Channel::kEmail:
      return "email";
    case metrics::Channel::kMessaging:
      return "messaging";
    case metrics::Channel::kSocial:
      return "social";
    case metrics::Channel::kOther:
      return "other";
  }
  return "";
}

Traits TraitsOf(const storage::InteractionRecord& interaction) {
  Traits traits;
  traits.agent = interaction.agent_id;
  traits.queue = interaction.queue_id;
  traits.channel = NameOf(interaction.channel);
  traits.direction =
      interaction.direction == metrics::Direction::kOutbound ? "outbound" : "inbound";
  traits.attributes = interaction.attributes;
  traits.instant = interaction.arrive;
  return traits;
}

bool Applies(const Dimension& dimension, const metrics::ResolvedKpi& kpi) {
  static const std::set<std::string_view> kOfAgentsOnly = {
      "occupancy", "utilization", "schedule_adherence",     "schedule_conformance",
      "shrinkage", "headcount",   "employee_turnover_rate", "contacts_per_hour"};
  const std::string_view id = kpi.definition->id;
  switch (dimension.kind) {
    case DimensionKind::kNone:
    case DimensionKind::kAgent:
    case DimensionKind::kAgentGroup:
      return true;
    case DimensionKind::kQueue:
    case DimensionKind::kChannel:
      return !kOfAgentsOnly.contains(id);
    case DimensionKind::kDirection:
      return !kOfAgentsOnly.contains(id) && !ReadsTickets(kpi) && id != "cost_per_contact";
    case DimensionKind::kPriority:
      return ReadsTickets(kpi);
    case DimensionKind::kAttribute:  // Only interactions have some.
      return !kOfAgentsOnly.contains(id) && !ReadsTickets(kpi) && !ReadsSurveys(kpi) &&
             id != "cost_per_contact" && id != "quality_score" && id != "contact_quality";
  }
  return false;
}

ReferenceDimension DimensionOf(const Dimension& dimension, const Traits& traits,
                               const Records& records) {
  const std::string text = DimensionText(dimension, traits, records);
  return {.missing = text.empty(), .value = text};
}

bool Passes(const metrics::Filter& filter, const Traits& traits, const Records& records) {
  const ReferenceDimension value = DimensionOf(filter.dimension, traits, records);
  if (value.missing) return filter.include_missing;
  return std::find(filter.values.begin(), filter.values.end(), value.value) != filter.values.end();
}

}  // namespace kpid::proof
