#include "storage/feed_load.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "storage/feed_transaction.h"

namespace kpid::storage {
namespace {

using metrics::CallLimits;
using metrics::FactChanges;
using metrics::Instant;

// Rows of a part: some seconds of one connection, so that the last ones end together.
constexpr int64_t kRowsPerPart = 200'000;

// Parts of a table at most: each may have to look at every block range.
constexpr int64_t kPartsMax = 64;

// A table up to this many pages is one part.
constexpr int64_t kSmallTablePages = 1'024;

// Rows and pages of a table ($0), as statistics have them.
constexpr const char* kTableSize =
    "SELECT greatest(reltuples, 0)::bigint, pg_relation_size(oid) / 8192"
    " FROM pg_class WHERE oid = 'kpid.$0'::regclass";

// Times that divide the rows of a table evenly, as statistics have them; none without.
constexpr const char* kTimeHistogram =
    "SELECT unnest(histogram_bounds::text::timestamptz[]) FROM pg_stats"
    " WHERE schemaname = 'kpid' AND tablename = '$0' AND attname = '$1' ORDER BY 1";

constexpr const char* kTimeEnds = "SELECT min($1), max($1) FROM kpid.$0";

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
  ReplaceAll(&changes);
  int64_t none = 0;
  status = ApplyPiece(&changes, &none);
  if (status.ok()) status = Plan(session->get());
  if (!status.ok()) return status;
  absl::StatusOr<std::string> exported = transaction->Export(limits_);
  if (!exported.ok()) return exported.status();
  status = RunTasks(session->get(), *exported);
  if (!status.ok()) return status;
  status = transaction->Commit(limits_);
  if (!status.ok()) return status;
  return std::move(loaded_);
}

absl::Status FeedLoad::Plan(Session* session) {
  for (const FeedTable& table : FeedTables()) {
    const absl::Status status = PlanTable(session, table);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status FeedLoad::PlanTable(Session* session, const FeedTable& table) {
  const std::string sql = absl::Substitute(kTableSize, table.name);
  absl::StatusOr<Rows> size = session->Execute({"table_size", sql}, {}, limits_);
  if (!size.ok()) return size.status();
  const int64_t rows = size->At(0, 0).Long();
  absl::StatusOr<std::vector<Instant>> cuts = Cuts(session, table, rows, size->At(0, 1).Long());
  if (!cuts.ok()) return cuts.status();
  expected_ += rows;
  for (FeedPart& part : PartsOf(table, options_.start, *cuts)) {
    // Only the bulk, and never the newest of it, makes way for memory.
    const bool bulk = &table == &FeedTables().front() && part.end.has_value();
    tasks_.push_back({&table, std::move(part), bulk});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Instant>> FeedLoad::Cuts(Session* session, const FeedTable& table,
                                                    int64_t rows, int64_t pages) {
  std::vector<Instant> cuts;
  if (pages <= kSmallTablePages) return cuts;
  const int64_t parts = std::clamp<int64_t>(rows / kRowsPerPart, options_.connections, kPartsMax);
  std::string sql = absl::Substitute(kTimeHistogram, table.name, table.time_column);
  absl::StatusOr<Rows> bounds = session->Execute({"time_histogram", sql}, {}, limits_);
  if (!bounds.ok()) return bounds.status();
  const int64_t count = bounds->size();
  if (count > 1) {
    for (int64_t i = 1; i < parts; ++i) {
      cuts.push_back(bounds->At(static_cast<int>(i * (count - 1) / parts), 0).Time());
    }
  } else {
    sql = absl::Substitute(kTimeEnds, table.name, table.time_column);
    absl::StatusOr<Rows> ends = session->Execute({"time_ends", sql}, {}, limits_);
    if (!ends.ok()) return ends.status();
    if (ends->At(0, 0).null()) return cuts;
    const Instant first = ends->At(0, 0).Time();
    const metrics::Duration length = ends->At(0, 1).Time() - first;
    for (int64_t i = 1; i < parts; ++i) cuts.push_back(first + length / parts * i);
  }
  // Whole days: each is packed once.
  for (Instant& cut : cuts) cut = std::chrono::floor<std::chrono::days>(cut);
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  return cuts;
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
    absl::StatusOr<Transaction> joined =
        FeedTransaction::Join(session->get(), exported, limits_);
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
  for (FeedPart& part : PartsOf(table, loaded_.start, {})) {
    if (!part.end) continue;
    const absl::Status status = RunTask(session, {&table, std::move(part), false}, &rows);
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
  rows.names = &loaded_.names->dictionaries();
  rows.attributes = &loaded_.names->attributes();
  rows.own_conversations = own_conversations_;
  return rows;
}

void FeedLoad::Work(Session* session) {
  FeedRows rows = RowsToRead();
  for (size_t i = next_task_.fetch_add(1); i < tasks_.size(); i = next_task_.fetch_add(1)) {
    if (Skip(tasks_[i])) continue;
    const absl::Status status = RunTask(session, tasks_[i], &rows);
    if (status.ok()) continue;
    Fail(status);
    return;
  }
  const std::lock_guard lock(mutex_);
  loaded_.conversations.Merge(rows.conversations);
}

// Whether memory has run out for it. Tasks are taken from the newest to the oldest, so that what
// was read is without gaps.
bool FeedLoad::Skip(const Task& task) {
  if (!task.may_be_skipped || options_.memory_bytes_max <= 0) return false;
  const std::lock_guard lock(mutex_);
  if (!skipped_end_ && sink_->memory_bytes() <= options_.memory_bytes_max) return false;
  skipped_end_ = std::max(skipped_end_.value_or(Instant::min()), *task.part.end);
  return true;
}

absl::Status FeedLoad::RunTask(Session* session, const Task& task, FeedRows* rows) {
  FactChanges changes;
  int64_t facts = 0;
  absl::Status status = CopyFeedRows(session, *task.table, task.part.condition, limits_, rows,
                                     &changes, [&]() -> absl::Status {
                                       return ++facts < options_.facts_per_piece_max
                                                  ? absl::OkStatus()
                                                  : ApplyPiece(&changes, &facts);
                                     });
  if (status.ok() && facts > 0) status = ApplyPiece(&changes, &facts);
  return status;
}

absl::Status FeedLoad::ApplyPiece(FactChanges* changes, int64_t* facts) {
  changes->data_watermark = watermark_;
  const std::lock_guard lock(mutex_);
  sink_->Apply(std::exchange(*changes, FactChanges()));
  loaded_.facts += std::exchange(*facts, 0);
  if (options_.on_progress) options_.on_progress(loaded_.facts, expected_);
  return absl::OkStatus();
}

}  // namespace kpid::storage
