#include "metrics/fact_load.h"

#include <algorithm>
#include <utility>

#include "metrics/fact_order.h"

namespace kpid::metrics {
namespace {

// Facts of a kind that a thread keeps until their periods are packed, and how many stay then: rows
// come nearly in the order of time, but those of several writers some days apart. Periods to which
// nothing came for longest go first; they are whole by then. Some 30 MB.
constexpr size_t kHeldFactsMax = 196'608;
constexpr size_t kHeldFactsKept = 131'072;

// Periods whose memory is kept for the next ones: about as many as a part of a load has.
constexpr size_t kSparesMax = 16;

// Records of agents that are handed over together.
constexpr size_t kRecordsPerBlock = 65'536;

// What finds a row: its key's page, its customer's list.
constexpr int64_t kBytesPerRow = 4;
constexpr int64_t kBytesPerContact = 12;

}  // namespace

void LoadedFacts::Clear() {
  const std::lock_guard lock(mutex_);
  interactions.clear();
  surveys.clear();
  evaluations.clear();
  tickets.clear();
  activities.clear();
  plans.clear();
  costs.clear();
  latest_elsewhere.reset();
  interaction_count_ = fact_count_ = byte_size_ = 0;
}

void LoadedFacts::Add(Chunks* list, Chunks chunks) {
  int64_t rows = 0;
  int64_t bytes = 0;
  for (const ChunkSet::NewChunk& chunk : chunks) {
    rows += static_cast<int64_t>(chunk.rows->size());
    bytes += static_cast<int64_t>(chunk.rows->ByteSize());
  }
  const std::lock_guard lock(mutex_);
  fact_count_ += rows;
  byte_size_ += bytes + rows * kBytesPerRow;
  if (list == &interactions) {
    interaction_count_ += rows;
    byte_size_ += rows * kBytesPerContact;
  }
  std::move(chunks.begin(), chunks.end(), std::back_inserter(*list));
}

void LoadedFacts::Add(Records* list, std::vector<LoadedRecord> records) {
  if (records.empty()) return;
  const std::lock_guard lock(mutex_);
  const auto rows = static_cast<int64_t>(records.size());
  fact_count_ += rows;
  byte_size_ += rows * static_cast<int64_t>(sizeof(AgentSpan));
  list->push_back(std::move(records));
}

void LoadedFacts::Add(std::vector<CostFact> facts) {
  const std::lock_guard lock(mutex_);
  fact_count_ += static_cast<int64_t>(facts.size());
  costs.insert(costs.end(), facts.begin(), facts.end());
}

void LoadedFacts::NoteLatest(Instant arrive) {
  const std::lock_guard lock(mutex_);
  latest_elsewhere = std::max(latest_elsewhere.value_or(arrive), arrive);
}

template <class Chunk, class Fact>
std::shared_ptr<FactChunk> FactRows<Chunk, Fact>::Pack() {
  std::vector<const Fact*> rows;
  rows.reserve(facts_.size());
  for (const Fact& fact : facts_) rows.push_back(&fact);
  auto chunk = Chunk::Pack(rows);
  facts_.clear();
  return chunk;
}

template <class Rows>
Rows* PeriodBuffers<Rows>::RowsOf(int64_t period) {
  const auto [found, added] = periods_.try_emplace(period);
  if (added && !spare_.empty()) {
    found->second.rows = std::move(spare_.back());
    spare_.pop_back();
  }
  found->second.last_use = ++uses_;
  return &found->second.rows;
}

template <class Rows>
template <class Fact>
void PeriodBuffers<Rows>::Take(std::vector<Fact>* facts) {
  if (facts->empty()) return;
  LoadedFacts::Chunks chunks;
  Rows* own = nullptr;
  int64_t last = 0;
  for (Fact& fact : *facts) {
    const int64_t period = PeriodOf(OrderOf(fact), period_);
    if (own == nullptr || period != last) {
      own = RowsOf(period);
      last = period;
    }
    own->Add(&fact);
    ++held_;
    if (own->size() < loaded_->chunk_rows_max()) continue;
    held_ -= own->size();
    chunks.push_back({period, own->Pack()});
  }
  facts->clear();
  if (!chunks.empty()) loaded_->Add(list_, std::move(chunks));
  if (held_ > kHeldFactsMax) PackOldest();
}

template <class Rows>
void PeriodBuffers<Rows>::Pack(typename Periods::iterator own, LoadedFacts::Chunks* chunks) {
  Rows* const rows = &own->second.rows;
  held_ -= rows->size();
  if (rows->size() > 0) chunks->push_back({own->first, rows->Pack()});
  if (spare_.size() < kSparesMax) spare_.push_back(std::move(*rows));
  periods_.erase(own);
}

template <class Rows>
void PeriodBuffers<Rows>::PackOldest() {
  LoadedFacts::Chunks chunks;
  while (held_ > kHeldFactsKept) {
    Pack(std::min_element(
             periods_.begin(), periods_.end(),
             [](const auto& a, const auto& b) { return a.second.last_use < b.second.last_use; }),
         &chunks);
  }
  loaded_->Add(list_, std::move(chunks));
}

template <class Rows>
void PeriodBuffers<Rows>::Flush() {
  LoadedFacts::Chunks chunks;
  while (!periods_.empty()) Pack(periods_.begin(), &chunks);
  if (!chunks.empty()) loaded_->Add(list_, std::move(chunks));
}

PackedLoading::PackedLoading(LoadedFacts* loaded)
    : loaded_(loaded),
      interactions_(loaded, &loaded->interactions, kInteractionPeriod),
      surveys_(loaded, &loaded->surveys, kOtherPeriod),
      evaluations_(loaded, &loaded->evaluations, kOtherPeriod),
      tickets_(loaded, &loaded->tickets, kOtherPeriod) {}

void PackedLoading::Take(FactChanges* changes) {
  interactions_.Take(&changes->interactions.upserted);
  surveys_.Take(&changes->surveys.upserted);
  evaluations_.Take(&changes->quality_evaluations.upserted);
  tickets_.Take(&changes->tickets.upserted);
  const auto add = [](std::vector<LoadedRecord>* records, LoadedRecord record) {
    if (records->empty()) records->reserve(kRecordsPerBlock);
    records->push_back(record);
  };
  for (const AgentActivityFact& fact : changes->agent_activities.upserted) {
    add(&activities_, {fact.row_key, fact.agent, static_cast<uint8_t>(fact.state),
                       TimelineKeeper::RangeOf(fact.start, fact.end)});
  }
  changes->agent_activities.upserted.clear();
  for (const ScheduledActivityFact& fact : changes->scheduled_activities.upserted) {
    add(&plans_, {fact.row_key, fact.agent, static_cast<uint8_t>(fact.state),
                  TimelineKeeper::RangeOf(fact.start, fact.end)});
  }
  changes->scheduled_activities.upserted.clear();
  // A batch is far smaller than what is left of a block.
  if (activities_.size() + kRecordsPerBlock / 8 > kRecordsPerBlock) {
    loaded_->Add(&loaded_->activities, std::exchange(activities_, {}));
  }
  if (plans_.size() + kRecordsPerBlock / 8 > kRecordsPerBlock) {
    loaded_->Add(&loaded_->plans, std::exchange(plans_, {}));
  }
  if (!changes->costs.upserted.empty()) {
    loaded_->Add(std::exchange(changes->costs.upserted, {}));
  }
  if (changes->latest_arrive.has_value()) loaded_->NoteLatest(*changes->latest_arrive);
}

void PackedLoading::Finish() {
  interactions_.Flush();
  surveys_.Flush();
  evaluations_.Flush();
  tickets_.Flush();
  loaded_->Add(&loaded_->activities, std::exchange(activities_, {}));
  loaded_->Add(&loaded_->plans, std::exchange(plans_, {}));
}

}  // namespace kpid::metrics
