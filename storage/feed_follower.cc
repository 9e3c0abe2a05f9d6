#include "storage/feed_follower.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"
#include "metrics/interaction_chunk.h"
#include "storage/feed_check.h"
#include "storage/feed_upkeep.h"
#include "storage/load_plan.h"
#include "storage/pg_error.h"

namespace kpid::storage {
namespace {

using metrics::CallLimits;
using metrics::FactChanges;
using metrics::Instant;

// A COPY waits while the store takes a piece in, so it may take longer than a question's.
constexpr std::chrono::minutes kStatementTimeout{10};

// How often memory is looked at: it costs some time in proportion to what is held.
constexpr std::chrono::seconds kMemoryLookInterval{1};

// Conversations whose owners one statement looks up.
constexpr size_t kConversationsPerLookup = 10'000;

// What administrators see; libpq sets the name after the session's settings.
constexpr Statement kNameSession{"name_session", "SET application_name = 'kpid_feed'"};

// An interaction without conversation is in the one that is named by its own id, once another one
// names that ($0: keys). It did not change itself.
constexpr const char* kOwnersOfConversations =
    "i.interaction_id IN (SELECT conversation_id FROM kpid.conversations"
    " WHERE conversation_key = ANY('{$0}'::integer[])) AND i.conversation_key IS NULL";

}  // namespace

FeedFollower::FeedFollower(Database* database, FactSink* sink, const FeedOptions& options,
                           std::function<Instant()> wall_now, FollowerEvents events)
    : database_(database),
      sink_(sink),
      options_(options),
      wall_now_(std::move(wall_now)),
      events_(std::move(events)) {
  session_options_.url = database_->options().url;
  session_options_.connect_timeout = database_->options().connect_timeout;
  session_options_.statement_timeout = kStatementTimeout;
  load_session_options_ = session_options_;
  session_options_.settings = kFeedSessionSettings;
  load_session_options_.settings = kFeedLoadSessionSettings;
}

absl::StatusOr<FeedFollower::Outcome> FeedFollower::Advance(const CallLimits& limits) {
  return Advance({}, {}, limits);
}

absl::StatusOr<FeedFollower::Outcome> FeedFollower::Repair(const std::vector<FeedRepair>& repairs,
                                                           const CallLimits& limits) {
  return Advance(repairs, {}, limits);
}

absl::StatusOr<FeedFollower::Outcome> FeedFollower::AdvanceHolding(const Look& look,
                                                                   const CallLimits& limits) {
  return Advance({}, look, limits);
}

absl::Status FeedFollower::OpenSession(const CallLimits& limits) {
  if (session_ != nullptr && session_->Reusable()) return absl::OkStatus();
  session_.reset();
  absl::StatusOr<std::unique_ptr<Session>> session = Session::Open(session_options_, limits);
  if (!session.ok()) return session.status();
  session_ = *std::move(session);
  return session_->ExecuteScript(kNameSession, limits).status();
}

absl::StatusOr<FeedFollower::Outcome> FeedFollower::Advance(const std::vector<FeedRepair>& repairs,
                                                            const Look& look,
                                                            const CallLimits& limits) {
  absl::Status status = OpenSession(limits);
  if (!status.ok()) return status;
  if (!loaded_) return Load("first load", limits);
  watermark_ = wall_now_();
  absl::StatusOr<FeedTransaction> transaction = FeedTransaction::Begin(session_.get(), limits);
  if (!transaction.ok()) return transaction.status();
  std::string reload_reason = ReloadReason(*transaction);
  Step step{&*transaction, &limits, {}, {}, 0, {}, {}};
  step.rows.names = &names_->dictionaries();
  step.rows.attributes = &names_->attributes();
  step.rows.own_conversations = transaction->own_conversations();
  if (reload_reason.empty() && !(position_.SameAs(transaction->position()) && !dirty_)) {
    const bool was_dirty = std::exchange(dirty_, true);
    status = was_dirty ? RefreshNames(&step, true) : absl::OkStatus();
    if (status.ok()) status = ReadDifference(&step, &reload_reason);
    if (!status.ok()) return status;
  }
  if (reload_reason.empty() && !repairs.empty()) {
    dirty_ = true;
    status = ReadRepairs(&step, repairs);
    if (!status.ok()) return status;
  }
  if (!reload_reason.empty()) {
    status = transaction->Commit(limits);
    return status.ok() ? Load(reload_reason, limits) : status;
  }
  const bool moved = step.outcome.changed || step.pending > 0;
  if (moved || watermark_ - applied_watermark_ >= options_.watermark_interval) ApplyPiece(&step);
  step.outcome.changed = moved;
  if (look) {
    absl::StatusOr<std::string> exported = transaction->Export(limits);
    status = exported.ok() ? look(*exported) : exported.status();
    if (!status.ok()) return status;
  }
  status = transaction->Commit(limits);
  if (!status.ok()) return status;
  const uint64_t newest = std::max(position_.newest(), step.look.newest);
  position_ = transaction->position();
  position_.set_newest(newest);
  conversations_.Merge(step.rows.conversations);
  dirty_ = false;
  MoveWindow();
  return step.outcome;
}

std::string FeedFollower::ReloadReason(const FeedTransaction& transaction) const {
  if (transaction.fingerprint() != fingerprint_) {
    return "another database, or one with other dictionaries, answers";
  }
  if (position_.IsAfter(transaction.position())) return "the database went back in time";
  return "";
}

absl::StatusOr<FeedFollower::Outcome> FeedFollower::Load(std::string_view reason,
                                                         const CallLimits& limits) {
  loaded_ = false;
  if (events_.on_load) events_.on_load(reason);
  absl::Status status = Prepare(limits);
  if (!status.ok()) return status;
  FeedLoadOptions options;
  options.session = load_session_options_;
  options.connections = options_.load_connections;
  options.facts_per_piece_max = options_.facts_per_piece_max;
  options.memory_bytes_max = options_.memory_bytes_max;
  options.on_progress = events_.on_progress;
  watermark_ = wall_now_();
  if (options_.resident_days) {
    options.start = std::chrono::floor<std::chrono::days>(watermark_) -
                    std::chrono::days(*options_.resident_days);
  }
  absl::StatusOr<FeedLoaded> loaded = FeedLoad(sink_, options, limits).Run(watermark_);
  if (!loaded.ok()) return loaded.status();
  position_ = loaded->position;
  fingerprint_ = loaded->fingerprint;
  names_ = std::move(loaded->names);
  conversations_ = std::move(loaded->conversations);
  start_ = loaded->start;
  applied_watermark_ = watermark_;
  loaded_ = true;
  dirty_ = false;
  next_memory_look_ = Instant();
  if (start_) sink_->Forget(*start_);
  MoveWindow();
  Outcome outcome;
  outcome.changed = outcome.loaded = true;
  outcome.facts = loaded->facts;
  return outcome;
}

// Once for each database that answers. Without it loads are right, too, so that what fails for
// lack of rights is only said.
absl::Status FeedFollower::Prepare(const CallLimits& limits) {
  if (session_->identity() == prepared_identity_) return absl::OkStatus();
  absl::StatusOr<std::unique_ptr<Session>> session = Session::Open(load_session_options_, limits);
  if (!session.ok()) return session.status();
  const absl::StatusOr<FeedPreparation> prepared = PrepareFeed(session->get(), limits);
  if (!prepared.ok() && IsRetryable(prepared.status())) return prepared.status();
  if (!prepared.ok()) {
    spdlog::warn("the database was not prepared for the feed: {}",
                 std::string(prepared.status().message()));
  } else if (prepared->restored || prepared->renumbered > 0) {
    spdlog::warn("the database was restored from a dump: {} rows were numbered anew",
                 prepared->renumbered);
  }
  prepared_identity_ = session_->identity();
  return absl::OkStatus();
}

absl::Status FeedFollower::Prune(const CallLimits& limits) {
  absl::StatusOr<std::unique_ptr<Session>> session = Session::Open(load_session_options_, limits);
  if (!session.ok()) return session.status();
  return PruneDeletions(session->get(), options_.deletions_kept, options_.deletions_max, limits);
}

absl::Status FeedFollower::ReadDifference(Step* step, std::string* reload_reason) {
  absl::StatusOr<FeedLook> look = step->transaction->Look(position_, *step->limits);
  if (!look.ok()) return look.status();
  step->look = *std::move(look);
  if (step->look.pruned_until >= position_.first_unseen()) {
    *reload_reason = "deletions that were not seen yet were pruned";
    return absl::OkStatus();
  }
  whole_.assign(FeedTables().size(), false);
  absl::Status status = ReadDeletions(step, reload_reason);
  if (status.ok() && reload_reason->empty()) status = RefreshNames(step, false);
  if (status.ok() && reload_reason->empty()) status = ReadTables(step);
  return status;
}

// Deletions are applied before anything else: a row may have been deleted and restored by hand.
absl::Status FeedFollower::ReadDeletions(Step* step, std::string* reload_reason) {
  const std::vector<bool>& found = step->look.deletions;
  if (std::find(found.begin(), found.end(), true) == found.end()) return absl::OkStatus();
  absl::StatusOr<FeedDeletions> deletions = step->transaction->Deletions(step->look, *step->limits);
  if (!deletions.ok()) return deletions.status();
  if (deletions->names) {
    *reload_reason = "names were changed by hand";
    return absl::OkStatus();
  }
  for (size_t i = 0; i < FeedTables().size(); ++i) {
    whole_[i] = deletions->whole[i];
    if (whole_[i]) {
      FeedTables()[i].replace(&step->changes);
    } else {
      *FeedTables()[i].deleted(&step->changes) = std::move(deletions->rows[i]);
    }
  }
  ApplyPiece(step);
  return absl::OkStatus();
}

absl::Status FeedFollower::RefreshNames(Step* step, bool all) {
  if (all && step->look.tables.empty()) {
    absl::StatusOr<NameVersions> versions = step->transaction->Names(*step->limits);
    if (!versions.ok()) return versions.status();
    step->look.names = *versions;
  }
  const absl::Status status =
      names_->Refresh(session_.get(), step->look.names, all, *step->limits, &step->changes);
  if (step->changes.dictionaries || !step->changes.names.empty() || step->changes.targets)
    step->outcome.changed = true;
  return status;
}

absl::Status FeedFollower::ReadTables(Step* step) {
  const std::span<const FeedTable> tables = FeedTables();
  // Twice at most: a name that came late, although its key is an early one, is there the second
  // time, since facts come after their names.
  for (int pass = 0; pass < 2; ++pass) {
    for (size_t i = 0; i < tables.size(); ++i) {
      absl::Status status;
      if (whole_[i]) {
        for (const FeedPart& part : PartsOf(tables[i], start_, {})) {
          if (status.ok()) status = ReadRows(step, i, part.condition);
        }
      } else {
        for (size_t condition = 0; condition < step->look.conditions.size(); ++condition) {
          if (!status.ok() || !step->look.tables[i][condition]) continue;
          status = ReadRows(step, i, step->look.conditions[condition]);
        }
      }
      if (!status.ok()) return status;
    }
    if (!step->rows.unknown_name || pass > 0) break;
    const absl::Status status = RefreshNames(step, true);
    if (!status.ok()) return status;
  }
  return ReadConversationOwners(step);
}

absl::Status FeedFollower::ReadRows(Step* step, size_t table, const std::string& condition) {
  return CopyFeedRows(session_.get(), FeedTables()[table], condition, *step->limits, &step->rows,
                      &step->changes, [&]() -> absl::Status {
                        if (++step->pending >= options_.facts_per_piece_max) ApplyPiece(step);
                        return absl::OkStatus();
                      });
}

absl::Status FeedFollower::ReadConversationOwners(Step* step) {
  std::vector<metrics::Code> fresh;
  for (const metrics::Code code : step->rows.conversations.Codes()) {
    if (!conversations_.Contains(code)) fresh.push_back(code);
  }
  for (size_t first = 0; first < fresh.size(); first += kConversationsPerLookup) {
    const size_t end = std::min(fresh.size(), first + kConversationsPerLookup);
    const std::string keys = absl::StrJoin(fresh.begin() + static_cast<std::ptrdiff_t>(first),
                                           fresh.begin() + static_cast<std::ptrdiff_t>(end), ",");
    const absl::Status status = ReadRows(step, 0, absl::Substitute(kOwnersOfConversations, keys));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status FeedFollower::ReadRepairs(Step* step, const std::vector<FeedRepair>& repairs) {
  if (step->outcome.changed || step->pending > 0) ApplyPiece(step);
  const std::shared_ptr<const metrics::FactSnapshot> facts = sink_->Current();
  // First everything that may be wrong goes: a row can be held of one day that is of another.
  for (const FeedRepair& repair : repairs) {
    const FeedTable& table = FeedTables()[repair.table];
    if (!repair.day) {
      table.replace(&step->changes);
      continue;
    }
    std::vector<int64_t>* deleted = table.deleted(&step->changes);
    const std::vector<int64_t> rows = ResidentRows(*facts, repair.table, *repair.day);
    deleted->insert(deleted->end(), rows.begin(), rows.end());
  }
  ApplyPiece(step);
  for (const FeedRepair& repair : repairs) {
    std::vector<std::string> conditions;
    if (repair.day) {
      conditions.push_back(DayCondition(repair.table, *repair.day));
    } else {
      for (const FeedPart& part : PartsOf(FeedTables()[repair.table], start_, {})) {
        conditions.push_back(part.condition);
      }
    }
    for (const std::string& condition : conditions) {
      const absl::Status status = ReadRows(step, repair.table, condition);
      if (!status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

// Gives what was read so far to the sink. Readers see it only when the step is done.
void FeedFollower::ApplyPiece(Step* step) {
  step->changes.data_watermark = applied_watermark_ = watermark_;
  step->outcome.facts += std::exchange(step->pending, 0);
  step->outcome.changed = true;
  sink_->Apply(std::exchange(step->changes, FactChanges()));
}

// Lets go the days that fall out of the window, or that memory has no room for.
void FeedFollower::MoveWindow() {
  if (options_.resident_days) {
    const Instant start = std::chrono::floor<std::chrono::days>(watermark_) -
                          std::chrono::days(*options_.resident_days);
    if (!start_ || start > *start_) {
      start_ = start;
      sink_->Forget(start);
    }
  }
  if (options_.memory_bytes_max <= 0 || watermark_ < next_memory_look_) return;
  next_memory_look_ = watermark_ + kMemoryLookInterval;
  const std::optional<Instant> before = start_;
  while (sink_->memory_bytes() > options_.memory_bytes_max) {
    const std::shared_ptr<const metrics::FactSnapshot> facts = sink_->Current();
    // The last day stays: without it nothing would be resident.
    if (facts == nullptr || facts->interactions().empty()) break;
    int64_t day = facts->interactions().front()->day() + 1;
    if (day > facts->interactions().back()->day()) break;
    if (start_) day = std::max(day, metrics::DayOf(*start_) + 1);
    start_ = std::chrono::sys_days(std::chrono::days(day));
    sink_->Forget(*start_);
  }
  if (start_ != before) {
    spdlog::warn("resident facts begin at {} now: memory has no room for more",
                 TimeLiteral(*start_));
  }
}

}  // namespace kpid::storage
