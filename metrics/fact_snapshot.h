// The facts of one committed state, in columns, that questions are computed from.
//
// Interactions are in chunks of one UTC day of arrive time, in the order (arrive, row_key);
// columns are as narrow as their values allow, and a column that no record uses takes no space.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "metrics/dictionary.h"
#include "metrics/fact.h"
#include "metrics/roster.h"
#include "metrics/target.h"
#include "metrics/time.h"

namespace kpid::metrics {

class InteractionChunk;  // metrics/interaction_chunk.h, private to metrics.
class SurveyColumns;     // metrics/survey_columns.h, private to metrics.
class QualityColumns;    // metrics/quality_columns.h, private to metrics.
class TicketColumns;     // metrics/ticket_columns.h, private to metrics.
class AgentTimelines;    // metrics/agent_timelines.h, private to metrics.
class ContactLinks;      // metrics/contact_links.h, private to metrics.

// Names of the codes in a snapshot.
struct Dictionaries {
  Dictionary agents;
  Dictionary queues;
  Dictionary groups;
  Dictionary currencies;
  Dictionary priorities;
  Dictionary quality_categories;
  Dictionary attribute_keys;
  Dictionary attribute_values;  // Shared by all keys.
};

// Immutable; safe for concurrent use; shared by the queries that read it.
class FactSnapshot {
 public:
  class Builder;
  ~FactSnapshot();

  const Dictionaries& dictionaries() const { return *dictionaries_; }
  const Roster& roster() const { return *roster_; }

  // Every target stored, whatever was demanded.
  const TargetSet& targets() const { return *targets_; }

  // All records committed before it are in.
  Instant data_watermark() const { return data_watermark_; }

  // Latest arrive time of any stored interaction, also one outside the facts held here; absent
  // when none is stored. What is mature is judged by it.
  std::optional<Instant> latest_arrive() const { return latest_arrive_; }

  // In the order of days; a day may have several, each in time order. Rows may be dead.
  std::span<const std::shared_ptr<const InteractionChunk>> interactions() const {
    return interactions_;
  }
  const SurveyColumns& surveys() const { return *surveys_; }
  const QualityColumns& quality_evaluations() const { return *quality_evaluations_; }
  const TicketColumns& tickets() const { return *tickets_; }

  // What agents did, up to the data watermark where it still lasts; what they were to do.
  const AgentTimelines& activities() const { return *activities_; }
  const AgentTimelines& plans() const { return *plans_; }
  std::span<const EmploymentFact> employments() const { return *employments_; }

  // Without those of empty periods.
  std::span<const CostFact> costs() const { return *costs_; }

  // Contacts of the same customer and of the same case.
  const ContactLinks& links() const { return *links_; }

  // Bytes of all facts and names; those of the roster and the targets are left out, as are links
  // that the chunks do not keep.
  int64_t ByteSize() const;

 private:
  friend class FactStore;

  FactSnapshot();

  std::shared_ptr<const Dictionaries> dictionaries_;
  std::shared_ptr<const Roster> roster_;
  std::shared_ptr<const TargetSet> targets_;
  Instant data_watermark_{};
  std::optional<Instant> latest_arrive_;
  std::vector<std::shared_ptr<const InteractionChunk>> interactions_;
  std::shared_ptr<const SurveyColumns> surveys_;
  std::shared_ptr<const QualityColumns> quality_evaluations_;
  std::shared_ptr<const TicketColumns> tickets_;
  std::shared_ptr<const AgentTimelines> activities_;
  std::shared_ptr<const AgentTimelines> plans_;
  std::shared_ptr<const std::vector<EmploymentFact>> employments_;
  std::shared_ptr<const std::vector<CostFact>> costs_;
  std::unique_ptr<const ContactLinks> links_;
};

// The employments of a snapshot: without those that say nothing.
std::shared_ptr<const std::vector<EmploymentFact>> ShareEmployments(
    std::vector<EmploymentFact> facts);

// Collects facts. AddInteractions and AddSurveys are safe to call from several threads at once;
// the rest is for one.
class FactSnapshot::Builder {
 public:
  Builder();
  ~Builder();

  // Adds interactions in any order. Cheapest when a call brings whole UTC days, each day by one
  // call: they are packed at once, on the caller's thread.
  void AddInteractions(std::vector<InteractionFact> facts);
  void AddSurveys(std::vector<SurveyFact> facts);

  // The further kinds, in any order, by any number of calls, from one thread at a time.
  void AddQualityEvaluations(std::vector<QualityFact> facts);
  void AddAgentActivities(std::vector<AgentActivityFact> facts);
  void AddScheduledActivities(std::vector<ScheduledActivityFact> facts);
  void AddTickets(std::vector<TicketFact> facts);
  void AddCosts(std::vector<CostFact> facts);

  // Every agent of the roster or of a record that has a hire or leave date.
  void SetEmployments(std::vector<EmploymentFact> facts);

  void SetDictionaries(Dictionaries dictionaries);
  void SetRoster(Roster roster);
  void SetTargets(TargetSet targets);
  void SetDataWatermark(Instant instant);

  // Default: the latest of the facts added.
  void SetLatestArrive(std::optional<Instant> instant);

  // The snapshot. The builder is empty afterwards.
  std::shared_ptr<const FactSnapshot> Build();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kpid::metrics
