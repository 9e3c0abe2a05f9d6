#include "metrics/fact_snapshot.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "metrics/contact_links.h"
#include "metrics/interaction_chunk.h"
#include "metrics/survey_columns.h"

namespace kpid::metrics {

FactSnapshot::FactSnapshot() = default;
FactSnapshot::~FactSnapshot() = default;

const ContactLinks& FactSnapshot::links() const {
  std::call_once(links_once_, [&] { links_ = std::make_unique<ContactLinks>(interactions_); });
  return *links_;
}

struct FactSnapshot::Builder::State {
  std::mutex mutex;  // Guards the three below.
  std::map<int64_t, std::vector<std::shared_ptr<const InteractionChunk>>> days;
  std::vector<SurveyFact> surveys;
  std::optional<Instant> latest_added;

  Dictionaries dictionaries;
  Roster roster;
  Instant data_watermark{};
  bool latest_given = false;
  std::optional<Instant> latest_arrive;
};

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
  auto& surveys = state_->surveys;
  surveys.insert(surveys.end(), std::make_move_iterator(facts.begin()),
                 std::make_move_iterator(facts.end()));
}

void FactSnapshot::Builder::SetDictionaries(Dictionaries dictionaries) {
  state_->dictionaries = std::move(dictionaries);
}

void FactSnapshot::Builder::SetRoster(Roster roster) { state_->roster = std::move(roster); }

void FactSnapshot::Builder::SetDataWatermark(Instant instant) { state_->data_watermark = instant; }

void FactSnapshot::Builder::SetLatestArrive(std::optional<Instant> instant) {
  state_->latest_given = true;
  state_->latest_arrive = instant;
}

std::shared_ptr<const FactSnapshot> FactSnapshot::Builder::Build() {
  const std::unique_ptr<State> state = std::exchange(state_, std::make_unique<State>());
  std::shared_ptr<FactSnapshot> snapshot(new FactSnapshot);
  snapshot->dictionaries_ = std::move(state->dictionaries);
  snapshot->roster_ = std::move(state->roster);
  snapshot->data_watermark_ = state->data_watermark;
  snapshot->latest_arrive_ = state->latest_given ? state->latest_arrive : state->latest_added;
  snapshot->interactions_.reserve(state->days.size());
  for (const auto& [day, chunks] : state->days) {
    snapshot->interactions_.push_back(InteractionChunk::Merge(chunks));
  }
  snapshot->surveys_ = std::make_unique<SurveyColumns>(std::move(state->surveys));
  return snapshot;
}

}  // namespace kpid::metrics
