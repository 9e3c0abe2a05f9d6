// Plain records as the facts that the engine computes from.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "metrics/fact.h"
#include "metrics/fact_snapshot.h"
#include "metrics/roster.h"
#include "metrics/target.h"
#include "tests/support/reference.h"

namespace kpid::proof {

// What goes into a FactSnapshot::Builder.
struct PlainFacts {
  std::vector<metrics::InteractionFact> interactions;
  std::vector<metrics::SurveyFact> surveys;
  std::vector<metrics::QualityFact> evaluations;
  std::vector<metrics::AgentActivityFact> activities;
  std::vector<metrics::ScheduledActivityFact> plans;
  std::vector<metrics::TicketFact> tickets;
  std::vector<metrics::CostFact> costs;
  std::vector<metrics::EmploymentFact> employments;
  metrics::Dictionaries dictionaries;
  std::vector<metrics::GroupFact> groups;
  std::vector<metrics::MembershipFact> memberships;
  std::vector<metrics::Target> targets;
  std::optional<metrics::Instant> latest_arrive;
  metrics::Instant data_watermark = metrics::kInstantEnd;
};

// Gives names codes, records row keys, and surveys the dimensions of their interactions.
PlainFacts FactsOf(const Records& records);

// Gives the builder the facts, all of a kind by one call.
void AddTo(metrics::FactSnapshot::Builder& builder, PlainFacts facts);

std::shared_ptr<const metrics::FactSnapshot> SnapshotOf(PlainFacts facts);

}  // namespace kpid::proof
