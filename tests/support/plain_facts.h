// Plain records as the facts that the engine computes from.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "metrics/fact.h"
#include "metrics/fact_snapshot.h"
#include "metrics/roster.h"
#include "tests/support/reference.h"

namespace kpid::proof {

// What goes into a FactSnapshot::Builder.
struct PlainFacts {
  std::vector<metrics::InteractionFact> interactions;
  std::vector<metrics::SurveyFact> surveys;
  metrics::Dictionaries dictionaries;
  std::vector<metrics::GroupFact> groups;
  std::vector<metrics::MembershipFact> memberships;
  std::optional<metrics::Instant> latest_arrive;
};

// Gives names codes, records row keys, and surveys the dimensions of their interactions.
PlainFacts FactsOf(const Records& records);

// All facts by one call of the builder each.
std::shared_ptr<const metrics::FactSnapshot> SnapshotOf(PlainFacts facts);

}  // namespace kpid::proof
