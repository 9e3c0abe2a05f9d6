// Facts of a load: packed by the threads that read them, put together at its end.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "metrics/chunk_set.h"
#include "metrics/fact_store.h"
#include "metrics/interaction_chunk.h"
#include "metrics/quality_columns.h"
#include "metrics/survey_columns.h"
#include "metrics/ticket_columns.h"
#include "metrics/timeline_keeper.h"

namespace kpid::metrics {

// What was read so far. Safe for concurrent use, but for the members, which are for one thread
// when all others are done.
class LoadedFacts {
 public:
  using Chunks = std::vector<ChunkSet::NewChunk>;
  using Records = std::vector<std::vector<LoadedRecord>>;

  explicit LoadedFacts(size_t chunk_rows_max) : chunk_rows_max_(chunk_rows_max) {}

  // There is nothing any more.
  void Clear();

  size_t chunk_rows_max() const { return chunk_rows_max_; }

  void Add(Chunks* list, Chunks chunks);
  void Add(Records* list, std::vector<LoadedRecord> records);
  void Add(std::vector<CostFact> facts);
  void NoteLatest(Instant arrive);

  int64_t interaction_count() const { return interaction_count_.load(); }
  int64_t fact_count() const { return fact_count_.load(); }

  // What they take in the store, about: what finds them and links them included.
  int64_t byte_size() const { return byte_size_.load(); }

  Chunks interactions;
  Chunks surveys;
  Chunks evaluations;
  Chunks tickets;
  Records activities;
  Records plans;
  std::vector<CostFact> costs;
  std::optional<Instant> latest_elsewhere;

 private:
  const size_t chunk_rows_max_;
  std::mutex mutex_;  // Guards the lists.
  std::atomic<int64_t> interaction_count_ = 0;
  std::atomic<int64_t> fact_count_ = 0;
  std::atomic<int64_t> byte_size_ = 0;
};

// Facts of one kind by period, as they come.
template <class Rows>
class PeriodBuffers {
 public:
  PeriodBuffers(LoadedFacts* loaded, LoadedFacts::Chunks* list, Duration period)
      : loaded_(loaded), list_(list), period_(period) {}

  template <class Fact>
  void Take(std::vector<Fact>* facts);

  // Packs all that is there.
  void Flush();

 private:
  struct Period {
    Rows rows;
    uint64_t last_use = 0;  // By uses_.
  };
  using Periods = std::map<int64_t, Period>;

  Rows* RowsOf(int64_t period);
  void PackOldest();
  void Pack(typename Periods::iterator own, LoadedFacts::Chunks* chunks);

  LoadedFacts* loaded_;
  LoadedFacts::Chunks* list_;
  Duration period_;
  Periods periods_;
  uint64_t uses_ = 0;
  std::vector<Rows> spare_;  // Empty ones, for their memory.
  size_t held_ = 0;
};

// Rows of a period that are packed from facts.
template <class Chunk, class Fact>
class FactRows {
 public:
  size_t size() const { return facts_.size(); }
  void Add(Fact* fact) { facts_.push_back(std::move(*fact)); }
  std::shared_ptr<FactChunk> Pack();

 private:
  std::vector<Fact> facts_;
};

// Rows of a day that are written as columns at once.
class InteractionRows {
 public:
  size_t size() const { return writer_.rows(); }
  void Add(InteractionFact* fact) { InteractionChunk::Write(*fact, &writer_); }
  std::shared_ptr<FactChunk> Pack() { return InteractionChunk::Pack(&writer_); }

 private:
  ChunkWriter writer_;
};

// One thread's share of a load: interactions become chunks at once.
class PackedLoading : public FactLoading {
 public:
  // `loaded` must outlive this.
  explicit PackedLoading(LoadedFacts* loaded);

  void Take(FactChanges* changes) override;
  void Finish() override;

 private:
  LoadedFacts* loaded_;
  PeriodBuffers<InteractionRows> interactions_;
  PeriodBuffers<FactRows<SurveyChunk, SurveyFact>> surveys_;
  PeriodBuffers<FactRows<QualityChunk, QualityFact>> evaluations_;
  PeriodBuffers<FactRows<TicketChunk, TicketFact>> tickets_;
  std::vector<LoadedRecord> activities_;
  std::vector<LoadedRecord> plans_;
};

}  // namespace kpid::metrics
