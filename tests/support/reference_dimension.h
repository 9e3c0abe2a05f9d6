// What the slow reference groups and filters by.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "metrics/query.h"
#include "metrics/time.h"
#include "tests/support/reference.h"

namespace kpid::proof {

// Who and what a record, or a part of it, is about; "" is "has none".
struct Traits {
  std::string agent;
  std::string queue;
  std::string channel;
  std::string direction;
  std::string priority;
  std::string group;  // Of a cost: it counts for this group and those above it.
  std::vector<std::pair<std::string, std::string>> attributes;
  metrics::Instant instant{};  // As of which the agent's group is taken.
};

Traits TraitsOf(const storage::InteractionRecord& interaction);

// Whether the KPI has the dimension.
bool Applies(const metrics::Dimension& dimension, const metrics::ResolvedKpi& kpi);

ReferenceDimension DimensionOf(const metrics::Dimension& dimension, const Traits& traits,
                               const Records& records);
bool Passes(const metrics::Filter& filter, const Traits& traits, const Records& records);

// "voice", ...; "" for kNone.
std::string NameOf(metrics::Channel channel);

}  // namespace kpid::proof
