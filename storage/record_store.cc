#include "storage/record_store.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "metrics/error_reason.h"
#include "storage/dictionary_cache.h"
#include "storage/dictionary_resolver.h"
#include "storage/interaction_stamps.h"
#include "storage/new_record_guess.h"
#include "storage/record_tables.h"
#include "storage/record_upsert.h"
#include "storage/retry.h"
#include "storage/session_pool.h"
#include "storage/target_rows.h"

namespace kpid::storage {
namespace {

using metrics::CallLimits;

// The look after the commit is not the caller's: what it waits for is bounded here.
constexpr std::chrono::seconds kAfterCommitTimeout{10};

// Interactions whose records one transaction of the sweep stamps: it holds their locks.
constexpr int kSweepPage = 1'000;

// What a batch comes to: the winner of each identity, ascending; the names of all.
struct Plan {
  std::vector<const InteractionRecord*> interactions;
  std::vector<const SurveyRecord*> surveys;
  std::vector<const QualityEvaluationRecord*> quality_evaluations;
  std::vector<const AgentActivityRecord*> agent_activities;
  std::vector<const ScheduledActivityRecord*> scheduled_activities;
  std::vector<const TicketRecord*> tickets;
  std::vector<const CostRecord*> costs;
  std::vector<const TargetRecord*> targets;
  std::vector<std::string> interaction_ids;  // Of `interactions`.
  std::vector<std::string> stamp_ids;        // Interactions that the stamped records name.
  std::vector<std::string> lock_ids;         // To lock beforehand; only for several such kinds.
  BatchNames names;
};

// One record of each identity, ascending: that with the highest revision, of these the last.
template <typename Record>
std::vector<const Record*> Winners(const RecordTable<Record>& table,
                                   const std::vector<Record>& records) {
  const auto identity = table.identity;
  std::vector<const Record*> sorted;
  sorted.reserve(records.size());
  for (const Record& record : records) sorted.push_back(&record);
  std::stable_sort(sorted.begin(), sorted.end(), [&](const Record* a, const Record* b) {
    const int order = (a->*identity).compare(b->*identity);
    return order != 0 ? order < 0 : a->revision < b->revision;
  });
  std::vector<const Record*> winners;
  for (const Record* record : sorted) {
    if (!winners.empty() && winners.back()->*identity == record->*identity) {
      winners.back() = record;
    } else {
      winners.push_back(record);
    }
  }
  return winners;
}

// Plans the records of one kind.
template <typename Record>
std::vector<const Record*> PlanKind(const RecordTable<Record>& table,
                                    const std::vector<Record>& records, Plan* plan) {
  std::vector<const Record*> winners = Winners(table, records);
  for (const Record* record : winners) {
    AddNames(table, *record, &plan->names);
    if (table.interaction == nullptr || (record->*table.interaction).empty()) continue;
    plan->stamp_ids.push_back(record->*table.interaction);
  }
  return winners;
}

void SortDistinct(std::vector<std::string>* ids) {
  std::sort(ids->begin(), ids->end());
  ids->erase(std::unique(ids->begin(), ids->end()), ids->end());
}

Plan PlanOf(const RecordBatch& batch) {
  Plan plan;
  plan.interactions = PlanKind(kInteractionTable, batch.interactions, &plan);
  plan.surveys = PlanKind(kSurveyTable, batch.surveys, &plan);
  plan.quality_evaluations = PlanKind(kQualityEvaluationTable, batch.quality_evaluations, &plan);
  plan.agent_activities = PlanKind(kAgentActivityTable, batch.agent_activities, &plan);
  plan.scheduled_activities = PlanKind(kScheduledActivityTable, batch.scheduled_activities, &plan);
  plan.tickets = PlanKind(kTicketTable, batch.tickets, &plan);
  plan.costs = PlanKind(kCostTable, batch.costs, &plan);
  plan.targets = PlanKind(kTargetTable, batch.targets, &plan);
  // Also those of costs that do not win: they are no less wrong.
  for (const CostRecord& record : batch.costs) {
    plan.names.Add(DictionaryKind::kAgentGroups, record.group_id);
  }
  for (const InteractionRecord* record : plan.interactions) {
    plan.interaction_ids.push_back(record->interaction_id);
  }
  SortDistinct(&plan.stamp_ids);
  if (!plan.interaction_ids.empty() && !plan.stamp_ids.empty()) {
    plan.lock_ids = plan.interaction_ids;
    plan.lock_ids.insert(plan.lock_ids.end(), plan.stamp_ids.begin(), plan.stamp_ids.end());
    SortDistinct(&plan.lock_ids);
  }
  return plan;
}

// Indexes of the costs whose group was looked up and not found.
std::vector<size_t> CostsOfUnknownGroup(const std::vector<CostRecord>& costs,
                                        const BatchNames& names) {
  std::vector<size_t> indexes;
  for (size_t i = 0; i < costs.size(); ++i) {
    if (!costs[i].group_id.empty() &&
        names.Key(DictionaryKind::kAgentGroups, costs[i].group_id) == 0) {
      indexes.push_back(i);
    }
  }
  return indexes;
}

// What a transaction wrote.
struct Written {
  IngestOutcome outcome;
  int64_t interactions_inserted = 0;
  std::vector<std::string> waiting_interaction_ids;
};

absl::Status WriteInteractions(Session* session, const Plan& plan, bool all_new,
                               const CallLimits& limits, Written* written) {
  if (plan.interactions.empty()) return absl::OkStatus();
  absl::StatusOr<RecordUpsert> upsert =
      all_new ? InsertRecords<InteractionRecord>(session, kInteractionTable, plan.interactions,
                                                 plan.names, limits)
              : UpsertRecords<InteractionRecord>(session, kInteractionTable, plan.interactions,
                                                 plan.names, {}, limits);
  if (!upsert.ok()) return upsert.status();
  written->interactions_inserted = upsert->inserted;
  written->outcome.inserted += upsert->inserted;
  written->outcome.updated += upsert->updated;

  // Records of corrected interactions, and those that waited for new ones.
  std::vector<std::string> stamp_ids = std::move(upsert->returned);
  if (upsert->inserted > 0) {
    absl::StatusOr<std::vector<std::string>> waiting =
        FindWaiting(session, plan.interaction_ids, limits);
    if (!waiting.ok()) return waiting.status();
    std::move(waiting->begin(), waiting->end(), std::back_inserter(stamp_ids));
  }
  if (stamp_ids.empty()) return absl::OkStatus();
  return StampRecordsOf(session, stamp_ids, limits).status();
}

template <typename Record>
absl::Status WriteKind(Session* session, const RecordTable<Record>& table,
                       const std::vector<const Record*>& records, const BatchNames& names,
                       const Stamps& stamps, const CallLimits& limits, Written* written) {
  if (records.empty()) return absl::OkStatus();
  absl::StatusOr<RecordUpsert> upsert =
      UpsertRecords<Record>(session, table, records, names, stamps, limits);
  if (!upsert.ok()) return upsert.status();
  written->outcome.inserted += upsert->inserted;
  written->outcome.updated += upsert->updated;
  std::move(upsert->returned.begin(), upsert->returned.end(),
            std::back_inserter(written->waiting_interaction_ids));
  return absl::OkStatus();
}

// Everything but interactions, in the order in which StampRecordsOf locks rows, too.
absl::Status WriteOthers(Session* session, const Plan& plan, const CallLimits& limits,
                         Written* written) {
  absl::StatusOr<Stamps> stamps = ReadStamps(session, plan.stamp_ids, limits);
  absl::Status status = stamps.status();
  const auto write = [&](const auto& table, const auto& records) {
    if (!status.ok()) return;
    status = WriteKind(session, table, records, plan.names, *stamps, limits, written);
  };
  write(kSurveyTable, plan.surveys);
  write(kQualityEvaluationTable, plan.quality_evaluations);
  write(kAgentActivityTable, plan.agent_activities);
  write(kScheduledActivityTable, plan.scheduled_activities);
  write(kTicketTable, plan.tickets);
  write(kCostTable, plan.costs);
  if (!status.ok() || plan.targets.empty()) return status;
  const int64_t written_before = written->outcome.inserted + written->outcome.updated;
  write(kTargetTable, plan.targets);
  if (!status.ok() || written->outcome.inserted + written->outcome.updated == written_before) {
    return status;
  }
  return CheckTargetCount(session, limits);
}

// Stamps records that could not see their interaction, nor it them, as long as neither was
// committed. An error is left to the sweep: the batch is stored.
void StampAfterCommit(Session* session, const Plan& plan, const Written& written) {
  CallLimits limits;
  limits.deadline = std::chrono::steady_clock::now() + kAfterCommitTimeout;
  absl::Status status;
  std::vector<std::string> ids = written.waiting_interaction_ids;
  if (written.interactions_inserted > 0) {
    absl::StatusOr<std::vector<std::string>> waiting =
        FindWaiting(session, plan.interaction_ids, limits);
    status = waiting.status();
    if (waiting.ok()) std::move(waiting->begin(), waiting->end(), std::back_inserter(ids));
  }
  if (status.ok() && !ids.empty()) {
    SortDistinct(&ids);
    status = StampRecordsOf(session, ids, limits).status();
  }
  if (!status.ok()) {
    spdlog::warn("records wait for the sweep to be stamped: {}", std::string(status.message()));
  }
}

}  // namespace

class RecordStore::Implementation {
 public:
  explicit Implementation(Database* database) : database_(database) {}

  absl::StatusOr<IngestOutcome> Ingest(const RecordBatch& batch, const CallLimits& limits) {
    if (batch.size() == 0) return IngestOutcome();
    Plan plan = PlanOf(batch);
    IngestOutcome outcome;
    const absl::Status status = Retry({}, RealRetryEnvironment(), limits,
                                      [&] { return Attempt(batch, &plan, limits, &outcome); });
    if (!status.ok()) return status;
    database_->commits().Advance();
    if (!outcome.costs_of_unknown_group.empty()) return outcome;
    outcome.unchanged = static_cast<int64_t>(batch.size()) - outcome.inserted - outcome.updated;
    return outcome;
  }

  absl::StatusOr<int64_t> StampWaitingSurveys(const CallLimits& limits) {
    int64_t stamped = 0;
    std::string after;
    for (bool more = true; more;) {
      const absl::Status status = Retry({}, RealRetryEnvironment(), limits,
                                        [&] { return StampPage(&after, &more, &stamped, limits); });
      if (!status.ok()) return status;
    }
    return stamped;
  }

 private:
  absl::Status Attempt(const RecordBatch& batch, Plan* plan, const CallLimits& limits,
                       IngestOutcome* outcome) {
    absl::StatusOr<SessionLease> session = database_->writers().Acquire(limits);
    if (!session.ok()) return session.status();
    absl::Status status = ResolveNames(session->get(), &cache_, &plan->names, limits);
    if (!status.ok()) return status;
    *outcome = {};
    outcome->costs_of_unknown_group = CostsOfUnknownGroup(batch.costs, plan->names);
    if (!outcome->costs_of_unknown_group.empty()) return absl::OkStatus();
    Written written;
    status = WriteAsGuessed(session->get(), *plan, limits, &written);
    if (!status.ok()) return status;
    *outcome = written.outcome;
    if (written.interactions_inserted > 0 || !written.waiting_interaction_ids.empty()) {
      StampAfterCommit(session->get(), *plan, written);
    }
    return absl::OkStatus();
  }

  // In one transaction, or in a second one when the first took stored interactions for new.
  absl::Status WriteAsGuessed(Session* session, const Plan& plan, const CallLimits& limits,
                              Written* written) {
    const size_t interactions = plan.interactions.size();
    if (guess_.AllNew(interactions)) {
      const absl::Status status = Write(session, plan, /*all_new=*/true, limits, written);
      if (status.ok()) guess_.NoteGuess(/*right=*/true);
      if (!absl::IsAlreadyExists(status)) return status;
      guess_.NoteGuess(/*right=*/false);
      *written = {};
    }
    const absl::Status status = Write(session, plan, /*all_new=*/false, limits, written);
    if (status.ok()) {
      guess_.NoteStored(interactions,
                        written->interactions_inserted == static_cast<int64_t>(interactions));
    }
    return status;
  }

  // The transaction.
  absl::Status Write(Session* session, const Plan& plan, bool all_new, const CallLimits& limits,
                     Written* written) {
    absl::StatusOr<Transaction> transaction =
        Transaction::Begin(session, kBeginWithDictionaries, limits);
    if (!transaction.ok()) return transaction.status();
    const std::string fingerprint = FingerprintOf(*session, *transaction);
    if (!plan.names.fingerprint().empty() && plan.names.fingerprint() != fingerprint) {
      cache_.SetFingerprint(fingerprint);
      return metrics::ErrorWithReason(absl::StatusCode::kAborted,
                                      "the database was exchanged meanwhile", {"CONFLICT", {}});
    }
    absl::Status status;
    if (!plan.lock_ids.empty()) status = LockInteractions(session, plan.lock_ids, limits);
    if (status.ok()) status = WriteInteractions(session, plan, all_new, limits, written);
    if (status.ok()) status = WriteOthers(session, plan, limits, written);
    if (!status.ok()) return status;
    return transaction->Commit(limits);
  }

  // Stamps the records that wait for the next page of interactions after *after.
  absl::Status StampPage(std::string* after, bool* more, int64_t* stamped,
                         const CallLimits& limits) {
    absl::StatusOr<SessionLease> session = database_->writers().Acquire(limits);
    if (!session.ok()) return session.status();
    absl::StatusOr<std::vector<std::string>> ids =
        ListWaiting(session->get(), *after, kSweepPage, limits);
    if (!ids.ok()) return ids.status();
    *more = ids->size() == static_cast<size_t>(kSweepPage);
    if (ids->empty()) return absl::OkStatus();
    absl::StatusOr<int64_t> count = StampRecordsOf(session->get(), *ids, limits);
    if (!count.ok()) return count.status();
    *stamped += *count;
    *after = ids->back();
    return absl::OkStatus();
  }

  Database* const database_;
  DictionaryCache cache_;
  NewRecordGuess guess_;
};

void RecordBatch::Clear() {
  interactions.clear();
  surveys.clear();
  quality_evaluations.clear();
  agent_activities.clear();
  scheduled_activities.clear();
  tickets.clear();
  costs.clear();
  targets.clear();
}

RecordStore::RecordStore(Database* database)
    : implementation_(std::make_unique<Implementation>(database)) {}
RecordStore::~RecordStore() = default;

absl::StatusOr<IngestOutcome> RecordStore::Ingest(const RecordBatch& batch,
                                                  const CallLimits& limits) {
  return implementation_->Ingest(batch, limits);
}

absl::StatusOr<int64_t> RecordStore::StampWaitingSurveys(const CallLimits& limits) {
  return implementation_->StampWaitingSurveys(limits);
}

}  // namespace kpid::storage
