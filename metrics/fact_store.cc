#include "metrics/fact_store.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include "metrics/chunk_set.h"
#include "metrics/contact_links.h"
#include "metrics/fact_load.h"
#include "metrics/fact_order.h"
#include "metrics/interaction_chunk.h"
#include "metrics/link_keeper.h"
#include "metrics/quality_columns.h"
#include "metrics/survey_columns.h"
#include "metrics/ticket_columns.h"
#include "metrics/timeline_keeper.h"

namespace kpid::metrics {
namespace {

// Names that are copied by each state that adds one; more are sealed, and shared.
constexpr size_t kUnsealedNamesMax = 64;

template <class Chunk>
std::shared_ptr<FactChunk> JoinRows(const MergedRows& rows, std::span<const FactChunk* const>) {
  auto chunk = std::make_shared<Chunk>();
  rows.Pack(chunk.get());
  return chunk;
}

std::shared_ptr<FactChunk> JoinEvaluations(const MergedRows& rows,
                                           std::span<const FactChunk* const> chunks) {
  return QualityChunk::Join(rows, chunks);
}

template <class Chunk>
std::shared_ptr<FactChunk> CopyChunk(const FactChunk& chunk) {
  return std::make_shared<Chunk>(static_cast<const Chunk&>(chunk));
}

template <class Chunk>
ChunkSet::Kind KindOf(Duration period) {
  return {period, &Chunk::OrderOf, &JoinRows<Chunk>, &CopyChunk<Chunk>};
}

template <class Chunk>
std::vector<std::shared_ptr<const Chunk>> ChunksAs(
    const std::vector<std::shared_ptr<const FactChunk>>& chunks) {
  std::vector<std::shared_ptr<const Chunk>> typed;
  typed.reserve(chunks.size());
  for (const auto& chunk : chunks) typed.push_back(std::static_pointer_cast<const Chunk>(chunk));
  return typed;
}

// Of facts with the same row key the last one.
template <class Fact>
std::vector<const Fact*> LastOfEach(const std::vector<Fact>& facts) {
  std::vector<const Fact*> rows;
  rows.reserve(facts.size());
  for (const Fact& fact : facts) rows.push_back(&fact);
  const auto by_key = [](const Fact* a, const Fact* b) { return a->row_key < b->row_key; };
  if (!std::is_sorted(rows.begin(), rows.end(), by_key)) {
    std::stable_sort(rows.begin(), rows.end(), by_key);
  }
  size_t kept = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i + 1 < rows.size() && rows[i + 1]->row_key == rows[i]->row_key) continue;
    rows[kept++] = rows[i];
  }
  rows.resize(kept);
  return rows;
}

// Row keys of the rows alive for which `gone` says so.
template <class Gone>
std::vector<int64_t> KeysOf(const ChunkSet& rows, int64_t last_period, Gone gone) {
  std::vector<int64_t> keys;
  for (const auto& [period, numbers] : rows.periods()) {
    if (period > last_period) break;
    for (const uint32_t number : numbers) {
      const FactChunk& chunk = rows.chunk(number);
      for (size_t row = 0; row < chunk.size(); ++row) {
        const auto value = [&](Column column) { return chunk.column(column).At(row); };
        if (chunk.Alive(row) && gone(value)) keys.push_back(value(Column::kRowKey));
      }
    }
  }
  return keys;
}

int64_t MicrosecondsOf(Instant instant) { return instant.time_since_epoch().count(); }

}  // namespace

class FactStore::State {
 public:
  explicit State(const FactStoreOptions& options)
      : options_(options),
        interactions_(KindOf<InteractionChunk>(kInteractionPeriod), options_.chunk_rows_max),
        surveys_(KindOf<SurveyChunk>(kOtherPeriod), options_.chunk_rows_max),
        evaluations_(EvaluationKind(), options_.chunk_rows_max),
        tickets_(KindOf<TicketChunk>(kOtherPeriod), options_.chunk_rows_max) {}

  void Apply(FactChanges changes) {
    if (changes.interactions.replaced) ReplaceInteractions();
    (void)links_.Keep(wanted_->load(), {threads(), nullptr});
    ApplyRows<InteractionChunk>(changes.interactions, &interactions_, &links_);
    links_.Settle();
    if (changes.latest_arrive.has_value()) NoteLatest(*changes.latest_arrive);
    ApplyKind<SurveyChunk, SurveyColumns>(KindOf<SurveyChunk>(kOtherPeriod), changes.surveys,
                                          &surveys_, &survey_columns_);
    ApplyKind<QualityChunk, QualityColumns>(EvaluationKind(), changes.quality_evaluations,
                                            &evaluations_, &quality_columns_);
    ApplyKind<TicketChunk, TicketColumns>(KindOf<TicketChunk>(kOtherPeriod), changes.tickets,
                                          &tickets_, &ticket_columns_);
    ApplyActivities(changes.agent_activities);
    ApplyPlans(changes.scheduled_activities);
    ApplyCosts(changes.costs);
    ApplyOthers(&changes);
    Publish();
  }

  void BeginLoad(FactChanges names) {
    loaded_.Clear();
    names.interactions.replaced = names.surveys.replaced = names.quality_evaluations.replaced =
        names.agent_activities.replaced = names.scheduled_activities.replaced =
            names.tickets.replaced = names.costs.replaced = true;
    Apply(std::move(names));
  }

  std::unique_ptr<FactLoading> NewLoading() { return std::make_unique<PackedLoading>(&loaded_); }

  absl::Status EndLoad(Instant data_watermark, const CallLimits& limits) {
    const Workers workers{threads(), &limits};
    absl::Status status = interactions_.Load(std::exchange(loaded_.interactions, {}), workers);
    // None were kept of rows that were not there.
    links_ = LinkKeeper(&interactions_, options_.rows_per_changed_link);
    if (status.ok()) status = links_.Keep(wanted_->load() | Bit(Column::kRepeatGap), workers);
    if (status.ok()) status = surveys_.Load(std::exchange(loaded_.surveys, {}), workers);
    if (status.ok()) status = evaluations_.Load(std::exchange(loaded_.evaluations, {}), workers);
    if (status.ok()) status = tickets_.Load(std::exchange(loaded_.tickets, {}), workers);
    if (status.ok()) {
      status = activities_.Load(std::exchange(loaded_.activities, {}), data_watermark, workers);
    }
    if (status.ok()) {
      status = plans_.Load(std::exchange(loaded_.plans, {}), data_watermark, workers);
    }
    if (!status.ok()) return status;
    for (const CostFact& fact : loaded_.costs) costs_[fact.row_key] = fact;
    if (loaded_.latest_elsewhere.has_value()) NoteLatest(*loaded_.latest_elsewhere);
    loaded_.Clear();
    PublishColumns<SurveyChunk>(&surveys_, &survey_columns_);
    PublishColumns<QualityChunk>(&evaluations_, &quality_columns_);
    PublishColumns<TicketChunk>(&tickets_, &ticket_columns_);
    cost_facts_.reset();
    timelines_changed_ = true;
    data_watermark_ = data_watermark;
    Publish();
    return absl::OkStatus();
  }

  void Forget(Instant before) {
    const int64_t limit = MicrosecondsOf(before);
    const auto earlier = [limit](int64_t time) { return time < limit; };
    KindChanges<InteractionFact> interactions;
    interactions.deleted =
        KeysOf(interactions_, interactions_.PeriodOf(limit), [&](const auto& value) {
          const int64_t arrive = value(Column::kArrive);
          const bool gone = earlier(arrive) && earlier(arrive + value(Column::kEndOffset));
          if (gone) NoteLatest(Instant(Duration(arrive)));
          return gone;
        });
    ApplyRows<InteractionChunk>(interactions, &interactions_, &links_);
    links_.Settle();
    ForgetRows<SurveyChunk, SurveyColumns, SurveyFact>(
        limit, &surveys_, &survey_columns_, [&](const auto& value) {
          const int64_t respond = value(Column::kRespond);
          return earlier(value(Column::kInvite)) && (respond == kAbsent || earlier(respond));
        });
    ForgetRows<QualityChunk, QualityColumns, QualityFact>(
        limit, &evaluations_, &quality_columns_,
        [&](const auto& value) { return earlier(value(Column::kEvaluate)); });
    ForgetRows<TicketChunk, TicketColumns, TicketFact>(
        limit, &tickets_, &ticket_columns_, [&](const auto& value) {
          const auto earlier_or_none = [&](Column column) {
            return value(column) == kAbsent || earlier(value(column));
          };
          // One that was closed, or opened again, may have been resolved for the first time since.
          return earlier(value(Column::kOpen)) && earlier(value(Column::kFinished)) &&
                 earlier_or_none(Column::kFirstResolve) && earlier_or_none(Column::kLastResolve);
        });
    activities_.Forget(before);
    plans_.Forget(before);
    timelines_changed_ = true;
    if (std::erase_if(costs_, [&](const auto& cost) { return cost.second.end <= before; }) > 0) {
      cost_facts_.reset();
    }
    Publish();
  }

  std::shared_ptr<const FactSnapshot> Current() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }

  FactStoreSize size() const {
    FactStoreSize size;
    size.interactions = interaction_count_.load() + loaded_.interaction_count();
    size.facts = fact_count_.load() + loaded_.fact_count();
    size.memory_bytes = own_bytes_.load() + loaded_.byte_size();
    size.interaction_bytes = own_interaction_bytes_.load();
    if (const auto snapshot = Current()) {
      size.memory_bytes += snapshot->ByteSize();
      for (const auto& chunk : snapshot->interactions()) {
        size.interaction_bytes += static_cast<int64_t>(chunk->ByteSize());
      }
    }
    return size;
  }

 private:
  static ChunkSet::Kind EvaluationKind() {
    return {kOtherPeriod, &QualityChunk::OrderOf, &JoinEvaluations, &CopyChunk<QualityChunk>};
  }

  size_t threads() const { return std::max<size_t>(options_.load_threads, 1); }

  void ReplaceInteractions() {
    interactions_ = ChunkSet(KindOf<InteractionChunk>(kInteractionPeriod), options_.chunk_rows_max);
    links_ = LinkKeeper(&interactions_, options_.rows_per_changed_link);
    latest_elsewhere_.reset();
  }

  void NoteLatest(Instant elsewhere) {
    latest_elsewhere_ = std::max(latest_elsewhere_.value_or(elsewhere), elsewhere);
  }

  // `links`: null where rows have none.
  template <class Chunk, class Fact>
  void ApplyRows(const KindChanges<Fact>& changes, ChunkSet* rows, LinkKeeper* links) {
    const std::vector<const Fact*> upserted = LastOfEach(changes.upserted);
    const auto kill = [&](int64_t key) {
      const uint32_t handle = rows->keys().Find(key);
      if (handle == KeyPages::kNone) return false;
      if (links != nullptr) links->Leave(handle);
      rows->Kill(handle);
      return true;
    };
    for (const int64_t key : changes.deleted) {
      if (kill(key)) rows->Forget(key);
    }
    for (const Fact* fact : upserted) kill(fact->row_key);
    AddRows<Chunk>(upserted, rows, links);
    rows->Settle();
    if (links == nullptr) return;
    for (const Fact* fact : upserted) links->Enter(rows->keys().Find(fact->row_key));
  }

  template <class Chunk, class Fact>
  void AddRows(std::vector<const Fact*> facts, ChunkSet* rows, LinkKeeper* links) {
    std::sort(facts.begin(), facts.end(), [](const Fact* a, const Fact* b) {
      return std::tuple(OrderOf(*a), a->row_key) < std::tuple(OrderOf(*b), b->row_key);
    });
    for (size_t first = 0; first < facts.size();) {
      const int64_t period = rows->PeriodOf(OrderOf(*facts[first]));
      size_t last = first + 1;
      while (last < facts.size() && last - first < rows->rows_max() &&
             rows->PeriodOf(OrderOf(*facts[last])) == period) {
        ++last;
      }
      auto chunk = Chunk::Pack(std::span(facts).subspan(first, last - first));
      if (links != nullptr) links->Prepare(chunk.get());
      rows->Add(std::move(chunk));
      first = last;
    }
  }

  template <class Chunk, class Columns, class Fact>
  void ApplyKind(const ChunkSet::Kind& kind, const KindChanges<Fact>& changes, ChunkSet* rows,
                 std::shared_ptr<const Columns>* columns) {
    if (changes.replaced) *rows = ChunkSet(kind, options_.chunk_rows_max);
    if (changes.replaced || !changes.upserted.empty() || !changes.deleted.empty()) {
      ApplyRows<Chunk>(changes, rows, nullptr);
      columns->reset();
    }
    if (*columns == nullptr) PublishColumns<Chunk>(rows, columns);
  }

  template <class Chunk, class Columns>
  static void PublishColumns(ChunkSet* rows, std::shared_ptr<const Columns>* columns) {
    *columns = std::make_shared<const Columns>(ChunksAs<Chunk>(rows->Publish()));
  }

  template <class Chunk, class Columns, class Fact, class Gone>
  void ForgetRows(int64_t limit, ChunkSet* rows, std::shared_ptr<const Columns>* columns,
                  Gone gone) {
    KindChanges<Fact> changes;
    changes.deleted = KeysOf(*rows, rows->PeriodOf(limit), gone);
    ApplyRows<Chunk>(changes, rows, nullptr);
    PublishColumns<Chunk>(rows, columns);
  }

  void ApplyActivities(const KindChanges<AgentActivityFact>& changes) {
    if (changes.replaced) activities_.Clear();
    for (const int64_t key : changes.deleted) activities_.Remove(key);
    for (const AgentActivityFact& fact : changes.upserted) {
      activities_.Put(fact.agent, fact.row_key, static_cast<uint8_t>(fact.state), fact.start,
                      fact.end);
    }
    timelines_changed_ |= changes.replaced || !changes.deleted.empty() || !changes.upserted.empty();
  }

  void ApplyPlans(const KindChanges<ScheduledActivityFact>& changes) {
    if (changes.replaced) plans_.Clear();
    for (const int64_t key : changes.deleted) plans_.Remove(key);
    for (const ScheduledActivityFact& fact : changes.upserted) {
      plans_.Put(fact.agent, fact.row_key, static_cast<uint8_t>(fact.state), fact.start, fact.end);
    }
    timelines_changed_ |= changes.replaced || !changes.deleted.empty() || !changes.upserted.empty();
  }

  void ApplyCosts(const KindChanges<CostFact>& changes) {
    if (changes.replaced) costs_.clear();
    for (const int64_t key : changes.deleted) costs_.erase(key);
    for (const CostFact& fact : changes.upserted) costs_[fact.row_key] = fact;
    if (changes.replaced || !changes.deleted.empty() || !changes.upserted.empty()) {
      cost_facts_.reset();
    }
  }

  void ApplyOthers(FactChanges* changes) {
    if (changes->dictionaries.has_value() || !changes->names.empty()) ApplyNames(changes);
    if (changes->roster.has_value()) {
      roster_ = std::make_shared<const Roster>(*std::move(changes->roster));
    }
    if (changes->targets.has_value()) {
      targets_ = std::make_shared<const TargetSet>(*std::move(changes->targets));
    }
    if (changes->employments.has_value()) {
      employments_ = ShareEmployments(*std::move(changes->employments));
    }
    timelines_changed_ |= data_watermark_ != changes->data_watermark;
    data_watermark_ = changes->data_watermark;
  }

  void ApplyNames(FactChanges* changes) {
    auto dictionaries = changes->dictionaries.has_value()
                            ? std::make_shared<Dictionaries>(*std::move(changes->dictionaries))
                            : std::make_shared<Dictionaries>(*dictionaries_);
    for (const NameChange& change : changes->names) {
      (*dictionaries.*change.dictionary).Set(change.code, change.name, change.display_name);
    }
    for (Dictionary Dictionaries::*dictionary :
         {&Dictionaries::agents, &Dictionaries::queues, &Dictionaries::groups,
          &Dictionaries::currencies, &Dictionaries::priorities, &Dictionaries::quality_categories,
          &Dictionaries::attribute_keys, &Dictionaries::attribute_values}) {
      Dictionary& names = *dictionaries.*dictionary;
      if (names.unsealed() > kUnsealedNamesMax) names.Seal();
    }
    dictionaries_ = std::move(dictionaries);
  }

  // Of the interactions that are held, and those that are known of besides.
  std::optional<Instant> LatestArrive() const {
    std::optional<Instant> latest = latest_elsewhere_;
    if (interactions_.periods().empty()) return latest;
    for (const uint32_t number : interactions_.periods().rbegin()->second) {
      const FactChunk& chunk = interactions_.chunk(number);
      size_t row = chunk.size();
      while (row > 0 && !chunk.Alive(row - 1)) --row;
      if (row == 0) continue;
      const Instant arrive{Duration(chunk.column(Column::kArrive).At(row - 1))};
      latest = std::max(latest.value_or(arrive), arrive);
    }
    return latest;
  }

  void PublishParts() {
    if (cost_facts_ == nullptr) {
      std::vector<CostFact> costs;
      for (const auto& [key, fact] : costs_) {
        if (fact.start < fact.end) costs.push_back(fact);
      }
      cost_facts_ = std::make_shared<const std::vector<CostFact>>(std::move(costs));
    }
    if (timelines_changed_ || activity_timelines_ == nullptr) {
      activity_timelines_ = activities_.Publish(data_watermark_, {threads(), nullptr});
      plan_timelines_ = plans_.Publish(data_watermark_, {threads(), nullptr});
      timelines_changed_ = false;
    }
  }

  void Publish() {
    PublishParts();
    std::shared_ptr<FactSnapshot> snapshot(new FactSnapshot);
    snapshot->dictionaries_ = dictionaries_;
    snapshot->roster_ = roster_;
    snapshot->targets_ = targets_;
    snapshot->data_watermark_ = data_watermark_;
    snapshot->latest_arrive_ = LatestArrive();
    snapshot->interactions_ = ChunksAs<InteractionChunk>(interactions_.Publish());
    snapshot->surveys_ = survey_columns_;
    snapshot->quality_evaluations_ = quality_columns_;
    snapshot->tickets_ = ticket_columns_;
    snapshot->activities_ = activity_timelines_;
    snapshot->plans_ = plan_timelines_;
    snapshot->employments_ = employments_;
    snapshot->costs_ = cost_facts_;
    snapshot->links_ =
        std::make_unique<const ContactLinks>(snapshot->interactions_, links_.kept(), wanted_);
    CountSizes();
    std::shared_ptr<const FactSnapshot> previous = std::move(snapshot);
    {
      const std::lock_guard lock(mutex_);
      current_.swap(previous);
    }
    // What only the previous state held is freed here, after the lock.
  }

  void CountSizes() {
    interaction_count_ = static_cast<int64_t>(interactions_.size());
    fact_count_ =
        static_cast<int64_t>(interactions_.size() + surveys_.size() + evaluations_.size() +
                             tickets_.size() + activities_.size() + plans_.size() + costs_.size());
    own_interaction_bytes_ = static_cast<int64_t>(interactions_.ByteSize() + links_.ByteSize());
    own_bytes_ = own_interaction_bytes_.load() +
                 static_cast<int64_t>(surveys_.ByteSize() + evaluations_.ByteSize() +
                                      tickets_.ByteSize() + activities_.ByteSize() +
                                      plans_.ByteSize() + costs_.size() * sizeof(CostFact));
  }

  const FactStoreOptions options_;
  LoadedFacts loaded_{options_.chunk_rows_max};
  ChunkSet interactions_;
  ChunkSet surveys_;
  ChunkSet evaluations_;
  ChunkSet tickets_;
  LinkKeeper links_{&interactions_, options_.rows_per_changed_link};
  std::shared_ptr<ContactLinks::Wanted> wanted_ = std::make_shared<ContactLinks::Wanted>(0);
  std::optional<Instant> latest_elsewhere_;
  TimelineKeeper activities_;
  TimelineKeeper plans_;
  bool timelines_changed_ = true;
  std::map<int64_t, CostFact> costs_;
  Instant data_watermark_{};

  // Parts of the snapshot. Null: out of date.
  std::shared_ptr<const Dictionaries> dictionaries_ = std::make_shared<const Dictionaries>();
  std::shared_ptr<const Roster> roster_ = std::make_shared<const Roster>();
  std::shared_ptr<const TargetSet> targets_ = std::make_shared<const TargetSet>();
  std::shared_ptr<const std::vector<EmploymentFact>> employments_ = ShareEmployments({});
  std::shared_ptr<const std::vector<CostFact>> cost_facts_;
  std::shared_ptr<const SurveyColumns> survey_columns_;
  std::shared_ptr<const QualityColumns> quality_columns_;
  std::shared_ptr<const TicketColumns> ticket_columns_;
  std::shared_ptr<const AgentTimelines> activity_timelines_;
  std::shared_ptr<const AgentTimelines> plan_timelines_;

  std::atomic<int64_t> interaction_count_ = 0;
  std::atomic<int64_t> fact_count_ = 0;
  std::atomic<int64_t> own_bytes_ = 0;
  std::atomic<int64_t> own_interaction_bytes_ = 0;  // Of that.
  mutable std::mutex mutex_;                        // Guards current_; held for a few instructions.
  std::shared_ptr<const FactSnapshot> current_;
};

FactStore::FactStore(FactStoreOptions options) : state_(std::make_unique<State>(options)) {}
FactStore::~FactStore() = default;

void FactStore::Apply(FactChanges changes) { state_->Apply(std::move(changes)); }

void FactStore::BeginLoad(FactChanges names) { state_->BeginLoad(std::move(names)); }

std::unique_ptr<FactLoading> FactStore::NewLoading() { return state_->NewLoading(); }

absl::Status FactStore::EndLoad(Instant data_watermark, const CallLimits& limits) {
  return state_->EndLoad(data_watermark, limits);
}

void FactStore::Forget(Instant before) { state_->Forget(before); }

std::shared_ptr<const FactSnapshot> FactStore::Current() const { return state_->Current(); }

FactStoreSize FactStore::size() const { return state_->size(); }

}  // namespace kpid::metrics
