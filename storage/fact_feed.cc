#include "storage/fact_feed.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "storage/cancellable_mutex.h"
#include "storage/commit_clock.h"
#include "storage/feed_check.h"
#include "storage/feed_follower.h"
#include "storage/feed_tables.h"

namespace kpid::storage {
namespace {

using metrics::CallLimits;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How often a waiting reader is asked whether it has gone.
constexpr milliseconds kCancelCheckInterval{25};

// Differences that are logged by themselves; of the rest the number.
constexpr size_t kDifferencesLogged = 20;

}  // namespace

absl::Status FeedOptions::Validate() const {
  if (poll_interval.count() <= 0 || wake_interval_min.count() < 0 ||
      watermark_interval.count() < 0 || retry_delay_min.count() <= 0 ||
      retry_delay_max < retry_delay_min || prune_interval.count() <= 0 ||
      deletions_kept.count() <= 0) {
    return absl::InvalidArgumentError("intervals of the feed must be positive");
  }
  if (facts_per_piece_max < 1 || load_connections < 1 || deletions_max < 0 ||
      memory_bytes_max < 0 || resident_days.value_or(1) < 1) {
    return absl::InvalidArgumentError("limits of the feed must be positive");
  }
  return absl::OkStatus();
}

std::string DayText(std::chrono::sys_days day) {
  const std::chrono::year_month_day date(day);
  return absl::StrFormat("%04d-%02d-%02d", static_cast<int>(date.year()),
                         static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

const FeedEnvironment& RealFeedEnvironment() {
  static const auto* const environment = new FeedEnvironment{
      [] { return std::chrono::floor<metrics::Duration>(std::chrono::system_clock::now()); },
      [] { return steady_clock::now(); },
      [](std::condition_variable& changed, std::unique_lock<std::mutex>& lock,
         steady_clock::time_point time) { changed.wait_until(lock, time); }};
  return *environment;
}

class FactFeed::Implementation {
 public:
  Implementation(Database* database, FactSink* sink, const FeedOptions& options,
                 FeedEnvironment environment, FeedObserver observer)
      : database_(database),
        sink_(sink),
        options_(options),
        environment_(std::move(environment)),
        observer_(std::move(observer)),
        follower_(database, sink, options, environment_.wall_now,
                  {[this](std::string_view reason) { OnLoad(reason); },
                   [this](int64_t facts, int64_t expected) { OnProgress(facts, expected); }}) {
    limits_.cancelled = [this] { return stopping_.load(); };
  }

  ~Implementation() {
    database_->commits().SetListener(nullptr);
    {
      const std::lock_guard lock(mutex_);
      stopping_.store(true);
    }
    wake_.notify_all();
    published_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  void Start() {
    database_->commits().SetListener([this] {
      const std::lock_guard lock(mutex_);
      wake_.notify_one();
    });
    thread_ = std::thread([this] { Run(); });
  }

  absl::Status Step() {
    return Advance([this] { return follower_.Advance(limits_); });
  }

  std::shared_ptr<const ResidentState> Current() const {
    const std::lock_guard lock(mutex_);
    return state_;
  }

  absl::StatusOr<std::shared_ptr<const ResidentState>> WaitFor(int64_t commits,
                                                               milliseconds patience,
                                                               const CallLimits& limits,
                                                               steady_clock::time_point confirmed) {
    const auto give_up = environment_.now() + patience;
    std::unique_lock lock(mutex_);
    std::shared_ptr<const ResidentState> state;
    absl::Status status;
    ++waiters_;
    confirmed_wanted_ = std::max(confirmed_wanted_, confirmed);
    while (status.ok() && state_ != nullptr) {
      if (state_->commits >= commits && state_->confirmed >= confirmed) {
        state = state_;
        break;
      }
      const auto now = environment_.now();
      if (stopping_.load() || now >= give_up) break;
      auto until = std::min(give_up, limits.deadline);
      if (limits.cancelled) until = std::min(until, now + kCancelCheckInterval);
      wake_.notify_one();
      environment_.wait_until(published_, lock, until);
      status = limits.Check();
    }
    --waiters_;
    if (!status.ok()) return status;
    return state;
  }

  absl::StatusOr<std::vector<FeedDifference>> Verify(const CallLimits& limits);

  FeedStatus status() const {
    const std::lock_guard lock(mutex_);
    FeedStatus status = status_;
    if (state_ != nullptr) {
      status.lag = std::chrono::floor<milliseconds>(environment_.now() - state_->confirmed);
    }
    return status;
  }

 private:
  using Work = std::function<absl::StatusOr<FeedFollower::Outcome>()>;

  absl::Status Advance(const Work& work);
  absl::Status AdvanceLocked(const Work& work);
  ResidentState BeginState() const;
  void TakeFacts(ResidentState* state) const;
  absl::Status FollowLoad(FeedFollower::Outcome* outcome, ResidentState* state);
  void Publish(const FeedFollower::Outcome& outcome, ResidentState published);
  void OnLoad(std::string_view reason);
  void OnProgress(int64_t facts, int64_t expected);
  void Run();
  void Rest(const absl::Status& last, int failures);
  void PruneNowAndThen();

  Database* const database_;
  FactSink* const sink_;
  const FeedOptions options_;
  const FeedEnvironment environment_;
  const FeedObserver observer_;

  CancellableMutex step_mutex_;  // Guards the follower and the sink; taken before mutex_.
  FeedFollower follower_;
  CallLimits limits_;  // Of steps: until the feed stops.
  std::atomic<bool> stopping_{false};
  steady_clock::time_point next_prune_{};

  mutable std::mutex mutex_;  // Guards what follows.
  std::condition_variable wake_;
  std::condition_variable published_;
  std::shared_ptr<const ResidentState> state_;
  FeedStatus status_;
  uint64_t version_ = 0;
  int64_t commits_passed_ = 0;  // Taken before the last step that succeeded.
  int waiters_ = 0;
  steady_clock::time_point confirmed_wanted_ = steady_clock::time_point::min();  // The latest.

  std::thread thread_;  // Last: it uses the members above.
};

absl::Status FactFeed::Implementation::Advance(const Work& work) {
  const std::lock_guard lock(step_mutex_);
  return AdvanceLocked(work);
}

absl::Status FactFeed::Implementation::AdvanceLocked(const Work& work) {
  ResidentState state = BeginState();
  absl::StatusOr<FeedFollower::Outcome> outcome = work();
  absl::Status status = outcome.status();
  if (status.ok()) {
    TakeFacts(&state);
    if (outcome->loaded) status = FollowLoad(&*outcome, &state);
    Publish(*outcome, std::move(state));
    if (status.ok()) return status;
  }
  {
    const std::lock_guard lock(mutex_);
    status_.phase = FeedStatus::Phase::kFailing;
    status_.error = status;
  }
  // Only who verifies, or stops the feed, cancels: that is no failure.
  if (observer_.on_failure && !absl::IsCancelled(status)) observer_.on_failure(status);
  return status;
}

// A state that is to be read, as new as now.
ResidentState FactFeed::Implementation::BeginState() const {
  ResidentState state;
  // In this order: what was acknowledged before is in the snapshot that comes after.
  state.commits = database_->commits().commits();
  state.confirmed = environment_.now();
  return state;
}

void FactFeed::Implementation::TakeFacts(ResidentState* state) const {
  state->facts = sink_->Current();
  state->start = follower_.start().value_or(metrics::Instant::min());
}

// A load may take longer than a state may be old. So what was committed meanwhile is read before
// anyone sees its facts: the first question would find them stale, and load its own. Unless it is
// OK *state is what was loaded.
absl::Status FactFeed::Implementation::FollowLoad(FeedFollower::Outcome* outcome,
                                                  ResidentState* state) {
  ResidentState newer = BeginState();
  const absl::StatusOr<FeedFollower::Outcome> followed = follower_.Advance(limits_);
  if (!followed.ok()) return followed.status();
  TakeFacts(&newer);
  *state = std::move(newer);
  if (followed->loaded) {
    *outcome = *followed;
  } else {
    const std::lock_guard lock(mutex_);
    status_.facts_applied += followed->facts;
  }
  return absl::OkStatus();
}

void FactFeed::Implementation::Publish(const FeedFollower::Outcome& outcome,
                                       ResidentState published) {
  const auto state = std::make_shared<ResidentState>(std::move(published));
  uint64_t version = 0;
  {
    const std::lock_guard lock(mutex_);
    if (outcome.changed) ++version_;
    state->version = version = version_;
    state_ = state;
    commits_passed_ = state->commits;
    status_.phase = FeedStatus::Phase::kFollowing;
    status_.error = absl::OkStatus();
    ++status_.steps;
    if (outcome.loaded) {
      ++status_.loads;
      status_.facts_loaded = outcome.facts;
    } else {
      status_.facts_applied += outcome.facts;
    }
  }
  published_.notify_all();
  if (outcome.changed && observer_.on_change) observer_.on_change(version);
}

// Until the load is done nothing is resident: what was may be of another database.
void FactFeed::Implementation::OnLoad(std::string_view reason) {
  {
    const std::lock_guard lock(mutex_);
    state_ = nullptr;
    status_.phase = FeedStatus::Phase::kLoading;
    status_.load_reason = std::string(reason);
    status_.facts_loaded = status_.facts_expected = 0;
  }
  published_.notify_all();
  if (observer_.on_reload) observer_.on_reload(reason);
}

void FactFeed::Implementation::OnProgress(int64_t facts, int64_t expected) {
  {
    const std::lock_guard lock(mutex_);
    status_.facts_loaded = facts;
    status_.facts_expected = expected;
  }
  if (observer_.on_progress) observer_.on_progress(facts, expected);
}

void FactFeed::Implementation::Run() {
  int failures = 0;
  while (!stopping_.load()) {
    const absl::Status status = Step();
    failures = status.ok() ? 0 : failures + 1;
    if (status.ok()) PruneNowAndThen();
    Rest(status, failures);
  }
}

// Until the next step is due: the poll interval has passed, or a commit is to be seen.
void FactFeed::Implementation::Rest(const absl::Status& last, int failures) {
  const auto begin = environment_.now();
  milliseconds rest = options_.poll_interval;
  if (!last.ok()) {
    constexpr int kDoublingsMax = 10;
    rest = std::min(options_.retry_delay_max,
                    options_.retry_delay_min * (1 << std::min(failures - 1, kDoublingsMax)));
  }
  std::unique_lock lock(mutex_);
  while (!stopping_.load()) {
    const auto now = environment_.now();
    auto until = begin + rest;
    if (last.ok() && database_->commits().commits() > commits_passed_) {
      until = waiters_ > 0 ? now : std::min(until, begin + options_.wake_interval_min);
    }
    const bool behind = state_ != nullptr && state_->confirmed < confirmed_wanted_;
    if (last.ok() && waiters_ > 0 && behind) until = now;
    if (now >= until) return;
    environment_.wait_until(wake_, lock, until);
  }
}

void FactFeed::Implementation::PruneNowAndThen() {
  if (environment_.now() < next_prune_) return;
  next_prune_ = environment_.now() + options_.prune_interval;
  const std::lock_guard lock(step_mutex_);
  const absl::Status status = follower_.Prune(limits_);
  if (!status.ok()) spdlog::debug("deletions were not pruned: {}", std::string(status.message()));
}

absl::StatusOr<std::vector<FeedDifference>> FactFeed::Implementation::Verify(
    const CallLimits& limits) {
  std::unique_ptr<Session> session;
  std::optional<Transaction> transaction;
  std::shared_ptr<const ResidentState> state;
  {
    absl::Status status = step_mutex_.LockWithin(limits);
    if (!status.ok()) return status;
    const std::lock_guard lock(step_mutex_, std::adopt_lock);
    status = AdvanceLocked([&] {
      return follower_.AdvanceHolding(
          [&](const std::string& exported) -> absl::Status {
            absl::StatusOr<std::unique_ptr<Session>> opened =
                Session::Open(follower_.session_options(), limits);
            if (!opened.ok()) return opened.status();
            session = *std::move(opened);
            absl::StatusOr<Transaction> joined =
                FeedTransaction::Join(session.get(), exported, limits);
            if (!joined.ok()) return joined.status();
            transaction.emplace(*std::move(joined));
            return absl::OkStatus();
          },
          limits_);
    });
    if (!status.ok()) return status;
    state = Current();
  }
  // It was just loaded: there is nothing that it could have missed.
  if (!transaction) return std::vector<FeedDifference>();
  std::vector<FeedDifference> differences;
  std::vector<FeedRepair> repairs;
  for (size_t table = 0; table < FeedTables().size(); ++table) {
    absl::StatusOr<std::vector<FeedDifference>> found =
        CheckTable(session.get(), *state->facts, table, state->start, limits);
    if (!found.ok()) return found.status();
    for (FeedDifference& difference : *found) {
      repairs.push_back({table, difference.day});
      differences.push_back(std::move(difference));
    }
  }
  const absl::Status status = transaction->Commit(limits);
  if (!status.ok()) return status;
  if (differences.empty()) return differences;
  for (size_t i = 0; i < std::min(differences.size(), kDifferencesLogged); ++i) {
    const FeedDifference& difference = differences[i];
    spdlog::error("resident facts of {} differ on {}: {} instead of {}", difference.table,
                  difference.day ? DayText(*difference.day) : "some day", difference.found,
                  difference.expected);
  }
  spdlog::error("resident facts differed on {} days and tables: they are read anew",
                differences.size());
  const absl::Status repaired = Advance([&] { return follower_.Repair(repairs, limits_); });
  if (!repaired.ok()) return repaired;
  return differences;
}

FactFeed::FactFeed(Database* database, FactSink* sink, FeedOptions options,
                   FeedEnvironment environment, FeedObserver observer)
    : implementation_(std::make_unique<Implementation>(
          database, sink, options, std::move(environment), std::move(observer))) {}

FactFeed::~FactFeed() = default;

void FactFeed::Start() { implementation_->Start(); }

absl::Status FactFeed::Step() { return implementation_->Step(); }

std::shared_ptr<const ResidentState> FactFeed::Current() const {
  return implementation_->Current();
}

absl::StatusOr<std::shared_ptr<const ResidentState>> FactFeed::WaitFor(
    int64_t commits, milliseconds patience, const CallLimits& limits,
    steady_clock::time_point confirmed) {
  return implementation_->WaitFor(commits, patience, limits, confirmed);
}

absl::StatusOr<std::vector<FeedDifference>> FactFeed::Verify(const CallLimits& limits) {
  return implementation_->Verify(limits);
}

FeedStatus FactFeed::status() const { return implementation_->status(); }

}  // namespace kpid::storage
