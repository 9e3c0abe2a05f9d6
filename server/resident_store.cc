#include "server/resident_store.h"

#include <malloc.h>

#include <algorithm>
#include <string>
#include <utility>

#include "metrics/error_reason.h"
#include "server/join_text.h"
#include "server/log.h"
#include "server/reasons.h"

namespace kpid::server {
namespace {

using storage::FeedDifference;
using storage::FeedStatus;

constexpr std::chrono::seconds kProgressInterval{1};
constexpr std::chrono::seconds kFailureInterval{10};

// Longest that a scheduled comparison may take.
constexpr std::chrono::minutes kVerifyMax{30};

double SecondsBetween(Clock::TimePoint start, Clock::TimePoint end) {
  return std::chrono::duration<double>(end - start).count();
}

storage::FeedOptions OptionsOf(const Configuration& c) {
  storage::FeedOptions options;
  options.poll_interval = c.feed_poll_interval;
  if (c.resident_days > 0) options.resident_days = static_cast<int>(c.resident_days);
  options.memory_bytes_max = c.resident_memory_max;
  return options;
}

bool SameDay(const FeedDifference& a, const FeedDifference& b) {
  return a.table == b.table && a.day == b.day;
}

}  // namespace

void ResidentLog::Loading(std::string_view reason) {
  {
    const std::lock_guard lock(mutex_);
    loading_ = true;
    load_start_ = clock_->Now();
    next_progress_ = load_start_ + kProgressInterval;
  }
  LogLine(spdlog::level::info, "facts_loading")
      .Field("reason", reason)
      .Field("queries", "answered from PostgreSQL meanwhile")
      .Write();
}

void ResidentLog::Progress(int64_t facts, int64_t expected) {
  {
    const std::lock_guard lock(mutex_);
    if (clock_->Now() < next_progress_) return;
    next_progress_ = clock_->Now() + kProgressInterval;
  }
  LogLine(spdlog::level::info, "facts_loading")
      .Field("facts", facts)
      .Field("expected", std::max(facts, expected))
      .Write();
}

void ResidentLog::Changed() {
  Clock::TimePoint start;
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(loading_, false)) return;
    start = load_start_;
  }
  // A load reads far more than it keeps, and malloc keeps what was freed.
  malloc_trim(0);
  const metrics::FactStoreSize size = store_->size();
  LogLine(spdlog::level::info, "facts_resident")
      .Field("facts", size.facts)
      .Field("interactions", size.interactions)
      .Field("bytes", size.memory_bytes)
      .Field("seconds", SecondsBetween(start, clock_->Now()))
      .Write();
}

void ResidentLog::Failed(const absl::Status& status) {
  int64_t unsaid = 0;
  {
    const std::lock_guard lock(mutex_);
    // A first failure is said at once, unless failures come and go.
    if (clock_->Now() < next_failure_) {
      ++failures_unsaid_;
      return;
    }
    next_failure_ = clock_->Now() + kFailureInterval;
    unsaid = std::exchange(failures_unsaid_, 0);
  }
  LogLine(spdlog::level::warn, "facts_not_followed")
      .Field("error", StdView(status.message()))
      .Field("unsaid", unsaid)
      .Write();
}

ResidentStore::ResidentStore(const Configuration& configuration, storage::Database* database,
                             metrics::FactSource* loader, Clock* clock,
                             const storage::ResidentFactsOptions& facts_options)
    : clock_(clock),
      verify_interval_(configuration.verify_interval),
      log_(&store_, clock),
      feed_(database, &sink_, OptionsOf(configuration), storage::RealFeedEnvironment(), Observer()),
      facts_(&feed_, &database->commits(), loader, facts_options,
             [] { return std::chrono::steady_clock::now(); }) {}

ResidentStore::~ResidentStore() { stopping_.store(true); }

storage::FeedObserver ResidentStore::Observer() {
  storage::FeedObserver observer;
  observer.on_reload = [this](std::string_view reason) {
    log_.Loading(reason);
    const std::lock_guard lock(listener_mutex_);
    if (listener_.on_reload) listener_.on_reload();
  };
  observer.on_progress = [this](int64_t facts, int64_t expected) {
    log_.Progress(facts, expected);
  };
  observer.on_change = [this](uint64_t version) {
    log_.Changed();
    const std::lock_guard lock(listener_mutex_);
    if (listener_.on_change) listener_.on_change(version);
  };
  observer.on_failure = [this](const absl::Status& status) { log_.Failed(status); };
  return observer;
}

void ResidentStore::SetListener(ResidentListener listener) {
  const std::lock_guard lock(listener_mutex_);
  listener_ = std::move(listener);
}

void ResidentStore::Start() {
  feed_.Start();
  if (verify_interval_ <= std::chrono::milliseconds(0)) return;
  schedule_ =
      std::make_unique<PeriodicTask>(clock_, verify_interval_, [this] { VerifyOnSchedule(); });
}

ResidentReport ResidentStore::Report() const {
  ResidentReport report;
  report.size = store_.size();
  const std::shared_ptr<const storage::ResidentState> state = feed_.Current();
  report.loading = state == nullptr;
  if (state == nullptr) return report;
  if (state->start != metrics::Instant::min()) report.start = state->start;
  report.lag = feed_.status().lag;
  return report;
}

absl::StatusOr<std::vector<VerifiedDifference>> ResidentStore::Verify(
    const metrics::CallLimits& limits) {
  if (absl::Status status = verify_mutex_.LockWithin(limits); !status.ok()) return status;
  const std::lock_guard lock(verify_mutex_, std::adopt_lock);
  if (feed_.Current() == nullptr) {
    return metrics::ErrorWithReason(absl::StatusCode::kUnavailable,
                                    "the facts are being loaded: there is nothing to verify yet",
                                    {reason::kResidentLoading, {}});
  }
  const auto found = feed_.Verify(limits);
  if (!found.ok()) return found.status();
  std::vector<VerifiedDifference> verified;
  if (found->empty()) return verified;
  const auto left = feed_.Verify(limits);
  if (!left.ok()) return left.status();
  for (const FeedDifference& difference : *found) {
    const bool repaired =
        std::none_of(left->begin(), left->end(),
                     [&](const FeedDifference& other) { return SameDay(difference, other); });
    verified.push_back({difference, repaired});
  }
  return verified;
}

void ResidentStore::VerifyOnSchedule() {
  metrics::CallLimits limits;
  limits.deadline = std::chrono::steady_clock::now() + kVerifyMax;
  limits.cancelled = [this] { return stopping_.load(); };
  const Clock::TimePoint start = clock_->Now();
  const auto differences = Verify(limits);
  if (stopping_.load()) return;
  if (!differences.ok()) {
    LogLine(spdlog::level::warn, "facts_not_verified")
        .Field("error", StdView(differences.status().message()))
        .Write();
    return;
  }
  // The differences themselves were logged by the feed.
  LogLine(differences->empty() ? spdlog::level::info : spdlog::level::err, "facts_verified")
      .Field("differences", static_cast<int64_t>(differences->size()))
      .Field("seconds", SecondsBetween(start, clock_->Now()))
      .Write();
}

}  // namespace kpid::server
