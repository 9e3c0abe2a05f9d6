#include "storage/feed_load.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "storage/feed_transaction.h"

namespace kpid::storage {
namespace {

using metrics::CallLimits;
using metrics::FactChanges;
using metrics::Instant;

// Facts that are decoded before they are handed over: few, so that they stay in the cache.
constexpr int64_t kFactsAtOnce = 128;

// Parts by time are found by block ranges: without statistics PostgreSQL may choose any index that
// has the time among its columns, and read the table in the order of that.
constexpr Statement kReadInOrder{"read_in_order", "SET LOCAL enable_indexscan = off"};

// libpq receives at once what its buffer has room for: 16 KiB, until a row needs more. With four
// threads beside as many processes on few processors much has come by the time that one is read
// again: a buffer as large as the socket's halves the calls of the system.
constexpr Statement kWidenBuffer{"widen_buffer", "SELECT repeat(' ', 250000)"};

}  // namespace

FeedLoad::FeedLoad(FactSink* sink, FeedLoadOptions options, const CallLimits& limits)
    : sink_(sink), options_(std::move(options)) {
  limits_.deadline = limits.deadline;
  limits_.cancelled = [this, caller = limits.cancelled] {
    return failed_.load(std::memory_order_relaxed) || (caller && caller());
  };
}

absl::StatusOr<FeedLoaded> FeedLoad::Run(Instant watermark) {
  watermark_ = watermark;
  loaded_.start = options_.start;
  loaded_.names = std::make_unique<FeedNames>();
  absl::StatusOr<std::unique_ptr<Session>> session = Session::Open(options_.session, limits_);
  if (!session.ok()) return session.status();
  absl::StatusOr<FeedTransaction> transaction = FeedTransaction::Begin(session->get(), limits_);
  if (!transaction.ok()) return transaction.status();
  loaded_.position = transaction->position();
  loaded_.fingerprint = transaction->fingerprint();
  own_conversations_ = transaction->own_conversations();
  absl::StatusOr<FeedLook> look = transaction->Look(FeedPosition(), limits_);
  if (!look.ok()) return look.status();
  loaded_.position.set_newest(look->newest);
  FactChanges changes;
  absl::Status status =
      loaded_.names->Refresh(session->get(), look->names, true, limits_, &changes);
  if (!status.ok()) return status;
  changes.data_watermark = watermark_;
  sink_->BeginLoad(std::move(changes));
  absl::StatusOr<FeedPlan> plan = PlanFeedLoad(session->get(),
                                               {.start = options_.start,
                                                .connections = options_.connections,
                                                .memory_bytes_max = options_.memory_bytes_max},
                                               limits_);
  if (!plan.ok()) return plan.status();
  tasks_ = std::move(plan->tasks);
  expected_ = plan->expected;
  by_time_ = plan->by_time;
  absl::StatusOr<std::string> exported = transaction->Export(limits_);
  if (!exported.ok()) return exported.status();
  status = RunTasks(session->get(), *exported);
  if (!status.ok()) return status;
  status = transaction->Commit(limits_);
  if (status.ok()) status = sink_->EndLoad(watermark_, limits_);
  if (!status.ok()) return status;
  return std::move(loaded_);
}

absl::Status FeedLoad::RunTasks(Session* leader, const std::string& exported) {
  std::vector<std::unique_ptr<Session>> sessions;
  std::vector<std::thread> threads;
  const size_t count =
      std::min(static_cast<size_t>(std::max(options_.connections, 1)), tasks_.size());
  for (size_t i = 1; i < count; ++i) {
    // Without a further connection it takes longer, that is all.
    absl::StatusOr<std::unique_ptr<Session>> session = Session::Open(options_.session, limits_);
    if (!session.ok()) break;
    absl::StatusOr<Transaction> joined = FeedTransaction::Join(session->get(), exported, limits_);
    if (!joined.ok()) break;
    sessions.push_back(*std::move(session));
    threads.emplace_back(
        [this, worker = sessions.back().get(), transaction = *std::move(joined)]() mutable {
          Work(worker);
          // Otherwise it would be open, idle, until the last one is done.
          const absl::Status ended = transaction.Commit(limits_);
          if (!ended.ok()) Fail(ended);
        });
  }
  Work(leader);
  for (std::thread& thread : threads) thread.join();
  {
    const std::lock_guard lock(mutex_);
    if (!first_error_.ok() || !skipped_end_) return first_error_;
    loaded_.start = *skipped_end_;
  }
  return LoadReaching(leader);
}

// Contacts of the skipped time that touch the window.
absl::Status FeedLoad::LoadReaching(Session* session) {
  const FeedTable& table = FeedTables().front();
  FeedRows rows = RowsToRead();
  const std::unique_ptr<metrics::FactLoading> loading = sink_->NewLoading();
  for (FeedPart& part : PartsOf(table, loaded_.start, {})) {
    if (!part.end) continue;
    const absl::Status status =
        RunTask(session, {&table, std::move(part), false}, &rows, loading.get());
    if (!status.ok()) return status;
  }
  loaded_.conversations.Merge(rows.conversations);
  return absl::OkStatus();
}

void FeedLoad::Fail(const absl::Status& status) {
  const std::lock_guard lock(mutex_);
  // The error of another thread cancels the others; the first is the cause.
  if (first_error_.ok()) first_error_ = status;
  failed_.store(true);
}

FeedRows FeedLoad::RowsToRead() const {
  FeedRows rows;
  // All names were read, in the same snapshot.
  rows.attributes = &loaded_.names->attributes();
  rows.own_conversations = own_conversations_;
  return rows;
}

void FeedLoad::Work(Session* session) {
  const absl::Status widened = session->Execute(kWidenBuffer, {}, limits_).status();
  if (!widened.ok()) return Fail(widened);
  // Conversations are looked up by an index.
  if (by_time_ && !own_conversations_) {
    const absl::Status status = session->ExecuteScript(kReadInOrder, limits_).status();
    if (!status.ok()) return Fail(status);
  }
  FeedRows rows = RowsToRead();
  const std::unique_ptr<metrics::FactLoading> loading = sink_->NewLoading();
  for (size_t i = next_task_.fetch_add(1); i < tasks_.size(); i = next_task_.fetch_add(1)) {
    if (Skip(tasks_[i])) continue;
    const absl::Status status = RunTask(session, tasks_[i], &rows, loading.get());
    if (status.ok()) continue;
    Fail(status);
    return;
  }
  const std::lock_guard lock(mutex_);
  loaded_.conversations.Merge(rows.conversations);
}

// Whether memory has run out for it. Tasks are taken from the newest to the oldest, so that what
// was read is without gaps.
bool FeedLoad::Skip(const FeedTask& task) {
  if (!task.may_be_skipped || options_.memory_bytes_max <= 0) return false;
  const std::lock_guard lock(mutex_);
  if (!skipped_end_ && sink_->LoadingBytes() <= options_.memory_bytes_max) return false;
  skipped_end_ = std::max(skipped_end_.value_or(Instant::min()), *task.part.end);
  return true;
}

absl::Status FeedLoad::RunTask(Session* session, const FeedTask& task, FeedRows* rows,
                               metrics::FactLoading* loading) {
  FactChanges changes;
  int64_t facts = 0;
  const auto take = [&] {
    changes.data_watermark = watermark_;
    loading->Take(&changes);
    Count(std::exchange(facts, 0));
  };
  const int64_t facts_max = std::min(options_.facts_per_piece_max, kFactsAtOnce);
  const absl::Status status = CopyFeedRows(session, *task.table, task.part.condition, limits_, rows,
                                           &changes, [&]() -> absl::Status {
                                             if (++facts >= facts_max) take();
                                             return absl::OkStatus();
                                           });
  if (!status.ok()) return status;
  if (facts > 0) take();
  loading->Finish();
  return status;
}

void FeedLoad::Count(int64_t facts) {
  const std::lock_guard lock(mutex_);
  loaded_.facts += facts;
  if (options_.on_progress) options_.on_progress(loaded_.facts, expected_);
}

}  // namespace kpid::storage
