// One load of facts: several connections, one committed state.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "metrics/fact_source.h"
#include "storage/code_set.h"
#include "storage/database.h"
#include "storage/dictionary_loader.h"
#include "storage/fact_columns.h"
#include "storage/session_pool.h"
#include "storage/target_rows.h"

namespace kpid::storage {

inline constexpr int64_t kNoLatestArriveHint = std::numeric_limits<int64_t>::min();

// Made for one load; Run is called once.
//
// The first connection is waited for; further ones are only taken when free at once, so that
// loads which hold some and wait for more cannot block each other for good.
class SnapshotLoad {
 public:
  // All arguments must outlive this. `latest_arrive_hint`: where to look for the latest arrive
  // time; what was found is left there.
  SnapshotLoad(Database* database, const metrics::FactDemand& demand,
               const metrics::CallLimits& limits, int64_t facts_max,
               std::atomic<int64_t>* latest_arrive_hint);
  ~SnapshotLoad();

  // `now` becomes the watermark: everything committed before it is in.
  absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> Run(metrics::Instant now);

  // Stored targets that the snapshot is without, as this version cannot judge by them.
  int64_t targets_skipped() const { return targets_.skipped; }

 private:
  // A connection in the snapshot.
  struct Worker {
    SessionLease session;
    Transaction transaction;
  };
  using Task = std::function<absl::Status(Session*)>;
  using FactFilter = std::function<bool(const metrics::InteractionFact&)>;

  // What the interactions in the range say about those around it.
  struct Neighbourhood {
    CodeSet customers;
    CodeSet cases;
    metrics::Instant end_max = metrics::Instant::min();  // Of known customers' contacts.
    // Contacts that end long after the range, by customer: the latest end.
    absl::flat_hash_map<metrics::Code, metrics::Instant> long_ends;

    void Merge(const Neighbourhood& other);
  };

  // Counts facts against the limit; each thread has its own.
  class FactCounter;

  absl::Status OpenFirst();
  absl::Status OpenOthers(size_t task_count);
  absl::Status ReadLatestArrive();
  absl::Status ReadTargets();
  absl::Status RunTasks(const std::vector<Task>& tasks);
  void RunNext(Session* session, const std::vector<Task>& tasks, std::atomic<size_t>* next);
  absl::Status CloseAll();

  std::vector<Task> RangeTasks();
  void AddFurtherTasks(int parts_max, std::vector<Task>* tasks);
  std::vector<Task> NeighbourTasks();
  void AddFollowingTasks(std::vector<Task>* tasks);
  void AddPrecedingTask(std::vector<Task>* tasks);
  void AddCaseTasks(std::vector<Task>* tasks);

  absl::Status LoadRange(Session* session, metrics::TimeRange range);
  template <typename Fact>
  void AddTasks(std::vector<std::string> conditions, const FactReading<Fact>& reading,
                void (metrics::FactSnapshot::Builder::*add)(std::vector<Fact>),
                std::vector<Task>* tasks);
  template <typename Fact>
  absl::Status LoadFacts(Session* session, const FactReading<Fact>& reading,
                         const std::string& condition, std::vector<Fact>* facts);
  absl::Status LoadNeighbours(Session* session, const std::string& condition,
                              const FactFilter& filter);
  absl::Status LoadListed(Session* session, const Statement& statement,
                          std::vector<Parameter> parameters);
  absl::Status CopyInteractions(Session* session, const std::string& condition,
                                const std::function<absl::Status(metrics::InteractionFact)>& sink);
  void Note(const metrics::InteractionFact& fact, Neighbourhood* neighbourhood) const;
  absl::Status AddNeighbours(std::vector<metrics::InteractionFact> facts);

  Database* const database_;
  const metrics::FactDemand& demand_;
  const int64_t facts_max_;
  std::atomic<int64_t>* const latest_arrive_hint_;
  metrics::CallLimits limits_;  // The caller's, and an error of another thread.

  std::vector<Worker> workers_;
  LoadedNames names_;
  InteractionColumns columns_;
  bool has_targets_ = false;
  LoadedTargets targets_;
  std::optional<metrics::Instant> latest_arrive_;
  metrics::FactSnapshot::Builder builder_;
  std::atomic<int64_t> fact_count_{0};
  std::atomic<bool> failed_{false};

  std::mutex mutex_;  // Guards what follows, and the builder but for interactions.
  absl::Status first_error_;
  Neighbourhood neighbourhood_;
  absl::flat_hash_set<int64_t> neighbour_keys_;  // Row keys: the ways to find them overlap.
};

}  // namespace kpid::storage
