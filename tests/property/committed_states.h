// The committed states of a database that writers of one process change: what answers to
// questions are held against.
//
// Commits happen one at a time, and each is followed by a plain read of all that is stored, so
// that no committed state is missed. Transactions may be open beside.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "metrics/time.h"
#include "storage/cancellable_mutex.h"
#include "storage/session.h"
#include "tests/support/reference.h"

namespace kpid::proof {

struct CommittedState {
  int64_t number = 0;
  std::shared_ptr<const Records> records;

  // By when everything in it was committed, for certain.
  std::chrono::steady_clock::time_point read = std::chrono::steady_clock::time_point::max();
  metrics::Instant wall_read = metrics::Instant::max();
};

// Safe for concurrent use.
class CommittedStates {
 public:
  // `url` is of the database.
  explicit CommittedStates(std::string url) : url_(std::move(url)) {}

  // Does `work`, which may commit, while no one else commits; then reads what is stored, for as
  // long as that takes. Returns the number of the state.
  int64_t Commit(const std::function<void()>& work);

  // As Commit, but gives up when others commit for longer than `patience`: false.
  bool TryCommit(std::chrono::milliseconds patience, const std::function<void()>& work);

  // For who holds up another's Commit by locks on rows, and is to commit first: does `work` with no
  // end of a Commit meanwhile, so that nobody else begins to. False, and nothing is done, while
  // another does so.
  bool TryBeforeOther(const std::function<void()>& work);

  // Within that: notes a state that is about to be committed; then that it is.
  int64_t Announce(Records records);
  void Confirm(int64_t number);

  // Looks at the newest state while no one commits.
  void AtRest(const std::function<void(const CommittedState& newest)>& look);

  // Number of the newest state of which every look at the database since `moment` must know; 0
  // when none is that old.
  int64_t NewestBefore(std::chrono::steady_clock::time_point moment) const;
  int64_t NewestBefore(metrics::Instant moment) const;

  // All from a number on, in order, once the commits that are under way have been read.
  std::vector<CommittedState> From(int64_t number);

  // Returns when there are more than `count`, or after `patience`.
  void AwaitMoreThan(int64_t count, std::chrono::milliseconds patience);

  // How many there were.
  int64_t count() const;

  // Why reading failed for longer than a test should wait; "" if it did not.
  std::string failure() const;

 private:
  void CommitLocked(const std::function<void()>& work);
  int64_t Read();

  const std::string url_;
  storage::CancellableMutex commit_mutex_;  // Held while committing.
  std::mutex before_mutex_;                 // Held in TryBeforeOther; taken after commit_mutex_.
  std::unique_ptr<storage::Session> session_;

  mutable std::mutex mutex_;  // Guards what follows.
  std::deque<CommittedState> states_;
  int64_t count_ = 0;
  int64_t commits_begun_ = 0;
  int64_t commits_read_ = 0;
  std::condition_variable read_;
  std::string failure_;
};

}  // namespace kpid::proof
