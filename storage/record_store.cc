#include "storage/record_store.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "metrics/error_reason.h"
#include "storage/dictionary_cache.h"
#include "storage/dictionary_resolver.h"
#include "storage/interaction_writer.h"
#include "storage/retry.h"
#include "storage/session_pool.h"
#include "storage/survey_writer.h"

namespace kpid::storage {
namespace {

using metrics::CallLimits;

// The look after the commit is not the caller's: what it waits for is bounded here.
constexpr std::chrono::seconds kAfterCommitTimeout{10};

// Interactions whose surveys one transaction of the sweep stamps: it holds their locks.
constexpr int kSweepPage = 1'000;

// What a batch comes to: the winner of each id, ascending; the names of all.
struct Plan {
  std::vector<const InteractionRecord*> interactions;
  std::vector<const SurveyRecord*> surveys;
  std::vector<std::string> interaction_ids;  // Of `interactions`.
  std::vector<std::string> lock_ids;         // To lock beforehand; only for batches of both kinds.
  BatchNames names;
  int64_t records = 0;
};

const std::string& IdOf(const InteractionRecord& record) { return record.interaction_id; }
const std::string& IdOf(const SurveyRecord& record) { return record.response_id; }

// One record of each id, ascending: that with the highest revision, of these the last.
template <typename Record>
std::vector<const Record*> Winners(const std::vector<Record>& records) {
  std::vector<const Record*> sorted;
  sorted.reserve(records.size());
  for (const Record& record : records) sorted.push_back(&record);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Record* a, const Record* b) {
    const int order = IdOf(*a).compare(IdOf(*b));
    return order != 0 ? order < 0 : a->revision < b->revision;
  });
  std::vector<const Record*> winners;
  for (const Record* record : sorted) {
    if (!winners.empty() && IdOf(*winners.back()) == IdOf(*record)) {
      winners.back() = record;
    } else {
      winners.push_back(record);
    }
  }
  return winners;
}

Plan PlanOf(const RecordBatch& batch) {
  Plan plan;
  plan.records = static_cast<int64_t>(batch.size());
  plan.interactions = Winners(batch.interactions);
  plan.surveys = Winners(batch.surveys);
  for (const InteractionRecord* record : plan.interactions) {
    plan.interaction_ids.push_back(record->interaction_id);
    AddNames(*record, &plan.names);
  }
  for (const SurveyRecord* record : plan.surveys) AddNames(*record, &plan.names);
  if (!plan.interactions.empty() && !plan.surveys.empty()) {
    plan.lock_ids = plan.interaction_ids;
    for (const SurveyRecord* record : plan.surveys) {
      if (!record->interaction_id.empty()) plan.lock_ids.push_back(record->interaction_id);
    }
    std::sort(plan.lock_ids.begin(), plan.lock_ids.end());
    plan.lock_ids.erase(std::unique(plan.lock_ids.begin(), plan.lock_ids.end()),
                        plan.lock_ids.end());
  }
  return plan;
}

// What a transaction wrote.
struct Written {
  IngestOutcome outcome;
  int64_t interactions_inserted = 0;
  std::vector<std::string> waiting_interaction_ids;
};

absl::Status WriteInteractions(Session* session, const Plan& plan, const CallLimits& limits,
                               Written* written) {
  if (plan.interactions.empty()) return absl::OkStatus();
  absl::StatusOr<InteractionUpsert> upsert =
      UpsertInteractions(session, plan.interactions, plan.names, limits);
  if (!upsert.ok()) return upsert.status();
  written->interactions_inserted = upsert->inserted;
  written->outcome.inserted += upsert->inserted;
  written->outcome.updated += static_cast<int64_t>(upsert->updated_ids.size());

  // Surveys of corrected interactions, and those that waited for new ones.
  std::vector<std::string> stamp_ids = std::move(upsert->updated_ids);
  if (upsert->inserted > 0) {
    absl::StatusOr<std::vector<std::string>> waiting =
        FindWaiting(session, plan.interaction_ids, limits);
    if (!waiting.ok()) return waiting.status();
    std::move(waiting->begin(), waiting->end(), std::back_inserter(stamp_ids));
  }
  if (stamp_ids.empty()) return absl::OkStatus();
  return StampSurveysOf(session, stamp_ids, limits).status();
}

absl::Status WriteSurveys(Session* session, const Plan& plan, const CallLimits& limits,
                          Written* written) {
  if (plan.surveys.empty()) return absl::OkStatus();
  absl::StatusOr<SurveyUpsert> upsert = UpsertSurveys(session, plan.surveys, plan.names, limits);
  if (!upsert.ok()) return upsert.status();
  written->outcome.inserted += upsert->inserted;
  written->outcome.updated += upsert->updated;
  written->waiting_interaction_ids = std::move(upsert->waiting_interaction_ids);
  return absl::OkStatus();
}

// Stamps surveys that could not see their interaction, nor it them, as long as neither was
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
    std::sort(ids.begin(), ids.end());
    status = StampSurveysOf(session, ids, limits).status();
  }
  if (!status.ok()) {
    spdlog::warn("surveys wait for the sweep to be stamped: {}", std::string(status.message()));
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
    const absl::Status status =
        Retry({}, RealRetryEnvironment(), limits, [&] { return Attempt(&plan, limits, &outcome); });
    if (!status.ok()) return status;
    outcome.unchanged = plan.records - outcome.inserted - outcome.updated;
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
  absl::Status Attempt(Plan* plan, const CallLimits& limits, IngestOutcome* outcome) {
    absl::StatusOr<SessionLease> session = database_->writers().Acquire(limits);
    if (!session.ok()) return session.status();
    absl::Status status = ResolveNames(session->get(), &cache_, &plan->names, limits);
    if (!status.ok()) return status;
    Written written;
    status = Write(session->get(), *plan, limits, &written);
    if (!status.ok()) return status;
    *outcome = written.outcome;
    if (written.interactions_inserted > 0 || !written.waiting_interaction_ids.empty()) {
      StampAfterCommit(session->get(), *plan, written);
    }
    return absl::OkStatus();
  }

  // The transaction.
  absl::Status Write(Session* session, const Plan& plan, const CallLimits& limits,
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
    if (status.ok()) status = WriteInteractions(session, plan, limits, written);
    if (status.ok()) status = WriteSurveys(session, plan, limits, written);
    if (!status.ok()) return status;
    return transaction->Commit(limits);
  }

  // Stamps the surveys that wait for the next page of interactions after *after.
  absl::Status StampPage(std::string* after, bool* more, int64_t* stamped,
                         const CallLimits& limits) {
    absl::StatusOr<SessionLease> session = database_->writers().Acquire(limits);
    if (!session.ok()) return session.status();
    absl::StatusOr<std::vector<std::string>> ids =
        ListWaiting(session->get(), *after, kSweepPage, limits);
    if (!ids.ok()) return ids.status();
    *more = ids->size() == static_cast<size_t>(kSweepPage);
    if (ids->empty()) return absl::OkStatus();
    absl::StatusOr<int64_t> count = StampSurveysOf(session->get(), *ids, limits);
    if (!count.ok()) return count.status();
    *stamped += *count;
    *after = ids->back();
    return absl::OkStatus();
  }

  Database* const database_;
  DictionaryCache cache_;
};

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
