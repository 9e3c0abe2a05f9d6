#include "tests/property/committed_states.h"

#include <thread>
#include <utility>

#include "tests/property/stored_records.h"

namespace kpid::proof {
namespace {

using std::chrono::steady_clock;

// PostgreSQL is away while it restarts, no longer.
constexpr std::chrono::seconds kReadPatience{120};

// States that were the newest so long ago that no question can be answered from them.
constexpr std::chrono::seconds kStatesKept{120};

metrics::Instant WallNow() {
  return std::chrono::floor<metrics::Duration>(std::chrono::system_clock::now());
}

}  // namespace

int64_t CommittedStates::Commit(const std::function<void()>& work) {
  const std::lock_guard lock(commit_mutex_);
  CommitLocked(work);
  return count();
}

bool CommittedStates::TryCommit(std::chrono::milliseconds patience,
                                const std::function<void()>& work) {
  metrics::CallLimits limits;
  limits.deadline = steady_clock::now() + patience;
  if (!commit_mutex_.LockWithin(limits).ok()) return false;
  const std::lock_guard lock(commit_mutex_, std::adopt_lock);
  CommitLocked(work);
  return true;
}

void CommittedStates::CommitLocked(const std::function<void()>& work) {
  {
    const std::lock_guard lock(mutex_);
    ++commits_begun_;
  }
  work();
  // It may have ended without waiting for who commits before it: when its connection was killed.
  { const std::lock_guard before(before_mutex_); }
  Read();
  const std::lock_guard lock(mutex_);
  ++commits_read_;
  read_.notify_all();
}

bool CommittedStates::TryBeforeOther(const std::function<void()>& work) {
  const std::unique_lock before(before_mutex_, std::try_to_lock);
  if (before.owns_lock()) work();
  return before.owns_lock();
}

int64_t CommittedStates::Announce(Records records) {
  const std::lock_guard lock(mutex_);
  CommittedState& state = states_.emplace_back();
  state.number = ++count_;
  state.records = std::make_shared<const Records>(std::move(records));
  return count_;
}

void CommittedStates::Confirm(int64_t number) {
  const std::lock_guard lock(mutex_);
  for (CommittedState& state : states_) {
    if (state.number != number) continue;
    state.read = steady_clock::now();
    state.wall_read = WallNow();
  }
}

void CommittedStates::AtRest(const std::function<void(const CommittedState& newest)>& look) {
  const std::lock_guard lock(commit_mutex_);
  Read();
  CommittedState newest;
  {
    const std::lock_guard inner(mutex_);
    newest = states_.back();
  }
  look(newest);
}

int64_t CommittedStates::NewestBefore(steady_clock::time_point moment) const {
  const std::lock_guard lock(mutex_);
  int64_t number = 0;
  for (const CommittedState& state : states_) {
    if (state.read < moment) number = state.number;
  }
  return number;
}

int64_t CommittedStates::NewestBefore(metrics::Instant moment) const {
  const std::lock_guard lock(mutex_);
  int64_t number = 0;
  for (const CommittedState& state : states_) {
    if (state.wall_read < moment) number = state.number;
  }
  return number;
}

std::vector<CommittedState> CommittedStates::From(int64_t number) {
  std::unique_lock lock(mutex_);
  read_.wait(lock, [this, begun = commits_begun_] { return commits_read_ >= begun; });
  std::vector<CommittedState> states;
  for (const CommittedState& state : states_) {
    if (state.number >= number) states.push_back(state);
  }
  return states;
}

void CommittedStates::AwaitMoreThan(int64_t count, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  read_.wait_for(lock, patience, [&] { return count_ > count; });
}

int64_t CommittedStates::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

std::string CommittedStates::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

// A commit may have succeeded although its caller was told nothing: what is read tells.
int64_t CommittedStates::Read() {
  const auto give_up = steady_clock::now() + kReadPatience;
  absl::StatusOr<Records> records = absl::UnavailableError("not read yet");
  while (!records.ok() && steady_clock::now() < give_up) {
    if (session_ == nullptr) {
      storage::SessionOptions options;
      options.url = url_;
      auto session = storage::Session::Open(options, {});
      if (!session.ok()) {
        records = session.status();
        std::this_thread::yield();
        continue;
      }
      session_ = *std::move(session);
    }
    records = ReadRecords(session_.get());
    if (!records.ok()) session_.reset();
  }
  const std::lock_guard lock(mutex_);
  if (!records.ok()) {
    failure_ = std::string(records.status().message());
    return count_;
  }
  const auto now = steady_clock::now();
  states_.push_back(
      {++count_, std::make_shared<const Records>(*std::move(records)), now, WallNow()});
  while (states_.size() > 1 && states_[1].read < now - kStatesKept) states_.pop_front();
  return count_;
}

}  // namespace kpid::proof
