#include "tests/property/served_writers.h"

#include <chrono>
#include <shared_mutex>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/feed_upkeep.h"
#include "tests/property/hand_made_changes.h"
#include "tests/property/stored_records.h"

namespace kpid::proof {
namespace {

using std::chrono::milliseconds;

// How long a writer waits for a token before it looks whether the scene ended.
constexpr milliseconds kWait{100};

// How long a hand waits for others to commit before it looks whether they wait for it.
constexpr milliseconds kLook{20};

constexpr storage::Statement kNameHand{"hand_name", "SET application_name = 'hand'"};

// Whether a server, and whether another hand waits for this one. Within a transaction names of
// applications are remembered, unless they are to be forgotten.
constexpr storage::Statement kWaiting{
    "hand_waiting",
    "SELECT pg_stat_clear_snapshot();"
    "SELECT coalesce(bool_or(application_name = 'kpid'), false),"
    " coalesce(bool_or(application_name = 'hand'), false)"
    " FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"};

// Records of the world as they are this time: some are stored, most of these anew.
Records AnyRecords(Choices& choices, uint64_t world_seed) {
  WorldSeeds seeds;
  seeds.world = world_seed;
  const auto fill = [&](std::vector<uint64_t>* list, size_t count) {
    for (size_t i = 0; i < count; ++i) list->push_back(choices.Seed());
  };
  fill(&seeds.interactions, 110);
  fill(&seeds.surveys, 60);
  fill(&seeds.memberships, 12);
  fill(&seeds.evaluations, 30);
  fill(&seeds.activities, 60);
  fill(&seeds.plans, 40);
  fill(&seeds.tickets, 50);
  fill(&seeds.costs, 20);
  fill(&seeds.agents, 5);
  fill(&seeds.targets, 15);
  return MakeRecords(seeds);
}

// About one in `parts`.
template <typename Record>
std::vector<Record> Some(Choices& choices, const std::vector<Record>& records, size_t parts) {
  std::vector<Record> some;
  for (const Record& record : records) {
    if (choices.Below(parts) == 0) some.push_back(record);
  }
  return some;
}

storage::RecordBatch SomeOf(Choices& choices, const Records& records, size_t parts) {
  storage::RecordBatch batch;
  batch.interactions = Some(choices, records.interactions, parts);
  for (storage::InteractionRecord& record : batch.interactions) {
    record.revision = static_cast<int64_t>(choices.Below(4));
    // The server stores what is not given so.
    if (record.direction == metrics::Direction::kNone) {
      record.direction = metrics::Direction::kInbound;
    }
  }
  batch.surveys = Some(choices, records.surveys, parts);
  batch.quality_evaluations = Some(choices, records.evaluations, parts);
  batch.agent_activities = Some(choices, records.activities, parts);
  batch.scheduled_activities = Some(choices, records.plans, parts);
  batch.tickets = Some(choices, records.tickets, parts);
  batch.costs = Some(choices, records.costs, parts);
  batch.targets = Some(choices, records.targets, parts);
  return batch;
}

// Problems (memberships that would overlap others) change nothing; they are as likely as not.
absl::Status StoreGroups(ServedSide& side, const Records& records) {
  return side.roster().UpsertAgentGroups(records.groups, Patience()).status();
}
absl::Status StoreAgents(ServedSide& side, const Records& records) {
  return side.roster().UpsertAgents(records.agents, Patience()).status();
}
absl::Status StoreMemberships(ServedSide& side,
                              const std::vector<storage::MembershipRecord>& memberships) {
  return side.roster().UpsertMemberships(memberships, Patience()).status();
}

}  // namespace

void Ingester::Run() {
  while (!scene_->stopping.load()) {
    if (!scene_->tokens.Take(kWait)) continue;
    const Records records = AnyRecords(choices_, scene_->world_seed);
    const auto memberships = Some(choices_, records.memberships, 2);
    switch (choices_.Below(20)) {
      case 0:
        Write([&](ServedSide& side) { return StoreGroups(side, records); });
        break;
      case 1:
        Write([&](ServedSide& side) { return StoreAgents(side, records); });
        break;
      case 2:
      case 3:
        Write([&](ServedSide& side) { return StoreMemberships(side, memberships); });
        break;
      default: {
        const storage::RecordBatch batch = SomeOf(choices_, records, 6 + choices_.Below(30));
        Write([&](ServedSide& side) { return side.records().Ingest(batch, Patience()).status(); });
      }
    }
  }
}

void Ingester::Fill() {
  const Records records = AnyRecords(choices_, scene_->world_seed);
  const storage::RecordBatch batch = SomeOf(choices_, records, 1);
  Write([&](ServedSide& side) { return StoreGroups(side, records); });
  Write([&](ServedSide& side) { return StoreAgents(side, records); });
  Write([&](ServedSide& side) { return StoreMemberships(side, records.memberships); });
  Write([&](ServedSide& side) { return side.records().Ingest(batch, Patience()).status(); });
}

// `store` commits once at most.
void Ingester::Write(const std::function<absl::Status(ServedSide&)>& store) {
  std::shared_lock<std::shared_mutex> lock;
  ServedSide& side = scene_->sides[side_].Use(&lock);
  absl::Status status;
  const int64_t number = scene_->states.Commit([&] { status = store(side); });
  if (status.ok()) {
    scene_->acknowledged[side_].store(number);
    ++scene_->counts.ingests;
  } else if (absl::IsUnavailable(status) || absl::IsAborted(status) ||
             absl::IsDeadlineExceeded(status)) {
    ++scene_->counts.failed_writes;
  } else {
    scene_->Fail(absl::StrCat("a write failed: ", status.ToString()));
  }
}

void Hand::Run() {
  while (!scene_->stopping.load()) {
    if (!scene_->tokens.Take(kWait)) continue;
    if (choices_.Percent(4)) {
      Commit(HandMadeUpheaval(choices_));
    } else if (choices_.Percent(5)) {
      Prune();
    } else {
      Transact();
    }
  }
}

bool Hand::Try(const std::string& sql) {
  if (session_ == nullptr) {
    storage::SessionOptions options;
    options.url = scene_->cluster.url();
    auto session = storage::Session::Open(options, {});
    if (!session.ok() || !(*session)->ExecuteScript(kNameHand, {}).ok()) return false;
    session_ = *std::move(session);
  }
  if (session_->ExecuteScript({"hand_made", sql}, {}).ok()) return true;
  Drop();
  return false;
}

// What is refused, as deadlocks are, is rolled back and forgotten.
void Hand::Drop() {
  if (session_ == nullptr || session_->ExecuteScript({"hand_back", "ROLLBACK"}, {}).ok()) return;
  session_.reset();
}

void Hand::Transact() {
  if (!Try("BEGIN")) return;
  bool inserted = false;
  for (size_t i = 1 + choices_.Below(5); i > 0; --i) {
    const std::string change = HandMadeChange(choices_, scene_->world_start);
    inserted = inserted || change.find("INSERT INTO kpid.interactions") != std::string::npos;
    if (!Try(change)) return Count(false);
    // Others go on meanwhile.
    if (choices_.Percent(20) && scene_->tokens.Take(kWait)) scene_->tokens.Give();
  }
  if (choices_.Percent(20)) {
    Drop();
    return Count(false);
  }
  while (!scene_->stopping.load() && session_ != nullptr) {
    const bool alone =
        scene_->states.TryCommit(kLook, [this] { Count(Try(kStampAnew) && Try("COMMIT")); });
    if (alone) return;
    const std::optional<Waiters> waiting = WhoWaits();
    // Neither would see the other's: the server would stamp its surveys in a transaction of its own
    // after the one that stores them, and the state between the two cannot be read here.
    if (!waiting || (waiting->server && inserted)) break;
    bool ended = false;
    if (waiting->server) {
      scene_->states.TryBeforeOther([&] { ended = TryBeforeServer(); });
    }
    if (ended) return;
    if (waiting->hand) break;
  }
  Drop();
  Count(false);
}

// None: the session is lost.
std::optional<Hand::Waiters> Hand::WhoWaits() {
  const auto waiting = session_->ExecuteScript(kWaiting, {});
  if (!waiting.ok()) return std::nullopt;
  return Waiters{waiting->At(0, 0).Text() == "t", waiting->At(0, 1).Text() == "t"};
}

// A server that writes, which nobody else does meanwhile, waits for rows that this transaction
// changed: it must commit first. False: nobody waits any more.
bool Hand::TryBeforeServer() {
  const std::optional<Waiters> still = WhoWaits();
  if (!still || !still->server) return false;
  Count(CommitBeforeServer());
  return true;
}

bool Hand::CommitBeforeServer() {
  if (!Try(kStampAnew)) return false;
  absl::StatusOr<Records> records = ReadRecordsWithin(session_.get());
  if (!records.ok()) {
    Drop();
    return false;
  }
  const int64_t number = scene_->states.Announce(*std::move(records));
  if (!Try("COMMIT")) return false;
  scene_->states.Confirm(number);
  return true;
}

// A transaction of its own.
void Hand::Commit(const std::string& sql) {
  scene_->states.Commit(
      [&] { Count(Try("BEGIN") && Try(sql) && Try(kStampAnew) && Try("COMMIT")); });
}

void Hand::Prune() {
  if (!Try("SELECT 1")) return;
  const absl::Status status = storage::PruneDeletions(
      session_.get(), std::chrono::seconds(choices_.Below(3)), 50, Patience());
  if (!status.ok()) Drop();
}

void Hand::Count(bool committed) {
  ++(committed ? scene_->counts.hand_made : scene_->counts.rolled_back);
}

}  // namespace kpid::proof
