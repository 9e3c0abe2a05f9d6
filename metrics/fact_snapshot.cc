#include "metrics/fact_snapshot.h"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <utility>

#include "metrics/agent_timelines.h"
#include "metrics/contact_links.h"
#include "metrics/interaction_chunk.h"
#include "metrics/quality_columns.h"
#include "metrics/survey_columns.h"
#include "metrics/ticket_columns.h"

namespace kpid::metrics {

FactSnapshot::FactSnapshot() = default;
FactSnapshot::~FactSnapshot() = default;

namespace {

int64_t BytesOf(const auto& chunks) {
  size_t bytes = 0;
  for (const auto& chunk : chunks) bytes += chunk->ByteSize();
  return static_cast<int64_t>(bytes);
}

}  // namespace

int64_t FactSnapshot::ByteSize() const {
  int64_t bytes = BytesOf(interactions_) + BytesOf(surveys_->chunks()) +
                  BytesOf(quality_evaluations_->chunks()) + BytesOf(tickets_->chunks());
  for (const Dictionary* dictionary :
       {&dictionaries_->agents, &dictionaries_->queues, &dictionaries_->groups,
        &dictionaries_->currencies, &dictionaries_->priorities, &dictionaries_->quality_categories,
        &dictionaries_->attribute_keys, &dictionaries_->attribute_values}) {
    bytes += static_cast<int64_t>(dictionary->ByteSize());
  }
  return bytes + static_cast<int64_t>(activities_->ByteSize() + plans_->ByteSize() +
                                      employments_->capacity() * sizeof(EmploymentFact) +
                                      costs_->capacity() * sizeof(CostFact));
}

std::shared_ptr<const std::vector<EmploymentFact>> ShareEmployments(
    std::vector<EmploymentFact> facts) {
  std::erase_if(facts, [](const EmploymentFact& fact) {
    return !fact.hire.has_value() && !fact.leave.has_value();
  });
  return std::make_shared<const std::vector<EmploymentFact>>(std::move(facts));
}

struct FactSnapshot::Builder::State {
  std::mutex mutex;  // Guards the three below.
  std::map<int64_t, std::vector<std::shared_ptr<const InteractionChunk>>> days;
  std::vector<SurveyFact> surveys;
  std::optional<Instant> latest_added;

  std::vector<QualityFact> quality_evaluations;
  std::vector<AgentActivityFact> activities;
  std::vector<ScheduledActivityFact> plans;
  std::vector<TicketFact> tickets;
  std::vector<CostFact> costs;
  std::vector<EmploymentFact> employments;
  Dictionaries dictionaries;
  Roster roster;
  TargetSet targets;
  Instant data_watermark{};
  bool latest_given = false;
  std::optional<Instant> latest_arrive;
};

namespace {

template <class Fact>
void Append(std::vector<Fact> facts, std::vector<Fact>* all) {
  if (all->empty()) {
    *all = std::move(facts);
    return;
  }
  all->insert(all->end(), std::make_move_iterator(facts.begin()),
              std::make_move_iterator(facts.end()));
}

AgentTimelines TimelinesOf(const std::vector<AgentActivityFact>& facts, Instant data_watermark) {
  std::vector<AgentTimelines::Record> records;
  records.reserve(facts.size());
  for (const AgentActivityFact& fact : facts) {
    records.push_back({fact.row_key,
                       fact.agent,
                       static_cast<uint8_t>(fact.state),
                       {fact.start, fact.end.value_or(data_watermark)}});
  }
  return AgentTimelines(std::move(records));
}

AgentTimelines TimelinesOf(const std::vector<ScheduledActivityFact>& facts) {
  std::vector<AgentTimelines::Record> records;
  records.reserve(facts.size());
  for (const ScheduledActivityFact& fact : facts) {
    records.push_back(
        {fact.row_key, fact.agent, static_cast<uint8_t>(fact.state), {fact.start, fact.end}});
  }
  return AgentTimelines(std::move(records));
}

}  // namespace

FactSnapshot::Builder::Builder() : state_(std::make_unique<State>()) {}
FactSnapshot::Builder::~Builder() = default;

void FactSnapshot::Builder::AddInteractions(std::vector<InteractionFact> facts) {
  if (facts.empty()) return;
  std::map<int64_t, std::vector<const InteractionFact*>> days;
  std::vector<const InteractionFact*>* rows = nullptr;
  int64_t day = 0;
  Instant latest = Instant::min();
  for (const InteractionFact& fact : facts) {
    if (const int64_t own = DayOf(fact.arrive); rows == nullptr || own != day) {
      day = own;
      rows = &days[day];
    }
    rows->push_back(&fact);
    latest = std::max(latest, fact.arrive);
  }
  std::vector<std::shared_ptr<const InteractionChunk>> chunks;
  for (auto& [number, facts_of_day] : days) {
    chunks.push_back(InteractionChunk::Pack(facts_of_day));
  }
  const std::lock_guard lock(state_->mutex);
  for (auto& chunk : chunks) state_->days[chunk->day()].push_back(std::move(chunk));
  state_->latest_added = std::max(state_->latest_added.value_or(latest), latest);
}

void FactSnapshot::Builder::AddSurveys(std::vector<SurveyFact> facts) {
  const std::lock_guard lock(state_->mutex);
  Append(std::move(facts), &state_->surveys);
}

void FactSnapshot::Builder::AddQualityEvaluations(std::vector<QualityFact> facts) {
  Append(std::move(facts), &state_->quality_evaluations);
}

void FactSnapshot::Builder::AddAgentActivities(std::vector<AgentActivityFact> facts) {
  Append(std::move(facts), &state_->activities);
}

void FactSnapshot::Builder::AddScheduledActivities(std::vector<ScheduledActivityFact> facts) {
  Append(std::move(facts), &state_->plans);
}

void FactSnapshot::Builder::AddTickets(std::vector<TicketFact> facts) {
  Append(std::move(facts), &state_->tickets);
}

void FactSnapshot::Builder::AddCosts(std::vector<CostFact> facts) {
  Append(std::move(facts), &state_->costs);
}

void FactSnapshot::Builder::SetEmployments(std::vector<EmploymentFact> facts) {
  state_->employments = std::move(facts);
}

void FactSnapshot::Builder::SetDictionaries(Dictionaries dictionaries) {
  state_->dictionaries = std::move(dictionaries);
}

void FactSnapshot::Builder::SetRoster(Roster roster) { state_->roster = std::move(roster); }

void FactSnapshot::Builder::SetTargets(TargetSet targets) { state_->targets = std::move(targets); }

void FactSnapshot::Builder::SetDataWatermark(Instant instant) { state_->data_watermark = instant; }

void FactSnapshot::Builder::SetLatestArrive(std::optional<Instant> instant) {
  state_->latest_given = true;
  state_->latest_arrive = instant;
}

std::shared_ptr<const FactSnapshot> FactSnapshot::Builder::Build() {
  const std::unique_ptr<State> state = std::exchange(state_, std::make_unique<State>());
  std::shared_ptr<FactSnapshot> snapshot(new FactSnapshot);
  snapshot->dictionaries_ = std::make_shared<Dictionaries>(std::move(state->dictionaries));
  snapshot->roster_ = std::make_shared<Roster>(std::move(state->roster));
  snapshot->targets_ = std::make_shared<TargetSet>(std::move(state->targets));
  snapshot->data_watermark_ = state->data_watermark;
  snapshot->latest_arrive_ = state->latest_given ? state->latest_arrive : state->latest_added;
  snapshot->interactions_.reserve(state->days.size());
  for (const auto& [day, chunks] : state->days) {
    snapshot->interactions_.push_back(InteractionChunk::Merge(chunks));
  }
  snapshot->links_ = std::make_unique<ContactLinks>(snapshot->interactions_);
  snapshot->surveys_ = std::make_shared<SurveyColumns>(state->surveys);
  snapshot->quality_evaluations_ = std::make_shared<QualityColumns>(state->quality_evaluations);
  snapshot->tickets_ = std::make_shared<TicketColumns>(state->tickets);
  snapshot->activities_ =
      std::make_shared<AgentTimelines>(TimelinesOf(state->activities, snapshot->data_watermark_));
  snapshot->plans_ = std::make_shared<AgentTimelines>(TimelinesOf(state->plans));
  snapshot->employments_ = ShareEmployments(std::move(state->employments));
  std::erase_if(state->costs, [](const CostFact& fact) { return fact.end <= fact.start; });
  snapshot->costs_ = std::make_shared<std::vector<CostFact>>(std::move(state->costs));
  return snapshot;
}

}  // namespace kpid::metrics
