// Facts and questions for tests of the engine, made in a few words.
#pragma once

#include <chrono>
#include <deque>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/evaluate.h"
#include "metrics/fact_snapshot.h"
#include "metrics/query.h"
#include "metrics/result.h"
#include "metrics/target.h"

namespace kpid::metrics {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// 2024-03-04T00:00:00Z, a Monday. Times of facts count from it.
inline constexpr Instant kStart{seconds(1'709'510'400)};

// Collects facts. Row keys ascend in the order in which facts are added.
class FactSet {
 public:
  // Inbound; by default in queue "q", by agent "a", of channel voice.
  InteractionFact& Contact(Outcome outcome, Duration arrive);

  // Answered after `wait`; ends after `talk` more, which is not given as a duration.
  InteractionFact& Handled(Duration arrive, Duration wait, Duration talk);

  // Given up after `wait`; without an agent.
  InteractionFact& Abandoned(Duration arrive, Duration wait);

  // Answered; the scale is that of its kind.
  SurveyFact& Answer(SurveyKind kind, Duration respond, double score);

  // Not answered.
  SurveyFact& Invite(SurveyKind kind, Duration invite);

  // By agent "a", without items.
  QualityFact& Evaluation(Duration evaluate);
  QualityFact::Item Item(std::string_view category, double score, double maximum,
                         double weight = 1);

  // Of agent "a"; without end: ongoing.
  AgentActivityFact& Activity(AgentState state, Duration start, std::optional<Duration> end);
  ScheduledActivityFact& Plan(PlannedState state, Duration start, Duration end);

  // In queue "q", of agent "a".
  TicketFact& Ticket(Duration open);

  // Names nothing.
  CostFact& Cost(std::string_view currency, double amount, Duration start, Duration end);

  EmploymentFact& Employment(std::string_view agent);

  Code Agent(std::string_view name) { return dictionaries_.agents.FindOrAdd(name); }
  Code Queue(std::string_view name) { return dictionaries_.queues.FindOrAdd(name); }
  Code Group(std::string_view name) { return dictionaries_.groups.FindOrAdd(name); }
  AttributeFact Attribute(std::string_view key, std::string_view value);
  MoneyFact Money(std::string_view currency, double amount);
  Dictionaries& dictionaries() { return dictionaries_; }
  std::deque<InteractionFact>& interactions() { return interactions_; }

  // The agent belongs to the group, of type "team", from start to end.
  void AddGroup(std::string_view group, std::string type, std::string_view parent);
  void Member(std::string_view agent, std::string_view group, Instant start = kInstantMin,
              Instant end = kInstantEnd);

  // For everybody, always; the KPI as Kpi().
  Target& AddTarget(std::string_view kpi, double value);

  std::shared_ptr<const FactSnapshot> Snapshot() const;

 private:
  Dictionaries dictionaries_;
  std::deque<InteractionFact> interactions_;
  std::deque<SurveyFact> surveys_;
  std::deque<QualityFact> evaluations_;
  std::deque<AgentActivityFact> activities_;
  std::deque<ScheduledActivityFact> plans_;
  std::deque<TicketFact> tickets_;
  std::deque<CostFact> costs_;
  std::deque<EmploymentFact> employments_;
  std::vector<GroupFact> groups_;
  std::vector<MembershipFact> memberships_;
  std::deque<Target> targets_;
};

// "id", "id:key=value,statistic=p90"; a ";" in a value stands for a comma. Fails the test when it
// does not resolve.
ResolvedKpi Kpi(std::string_view text);

// A question over [kStart, kStart + length), in UTC.
Query Ask(std::initializer_list<std::string_view> kpis, Duration length = days(7),
          Granularity granularity = Granularity::kRange);

inline Dimension By(DimensionKind kind, std::string name = {}) { return {kind, std::move(name)}; }

// Numerators of one of `kpis` KPIs, by bucket, of the first slice.
std::vector<double> Numerators(const Result& result, size_t kpis, size_t kpi);

// Evaluates with now a year after kStart. Fails the test on an error.
Result Answers(const Query& query, const FactSnapshot& snapshot, int threads_max = 1);

// The total of one KPI over a week.
Value Total(const FactSet& facts, std::string_view kpi, ValueDetail detail = ValueDetail::kCounts);

// One of Value::counts by its name.
int64_t CountOf(const Value& value, std::string_view kpi_id, std::string_view name);

// The slice with these dimension values, "" for missing; null when there is none.
const Slice* Find(const Result& result, std::initializer_list<std::string_view> values);

}  // namespace kpid::metrics
