// The watches of a server, apart from gRPC's machinery and from what KPIs are: which question is
// to be looked at when, by few threads, and who is sent what.
//
// Watches of the same question share it: it is computed once for all of them. A watch has at most
// one answer on its way; what it gets next is the newest one.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "metrics/time.h"
#include "server/clock.h"

namespace kpid::server {

// Why an answer is sent.
enum class WatchCause : uint8_t { kFirst, kFacts, kClock };

// What is sent, and shared.
struct WatchAnswer {
  std::string bytes;
  std::array<uint64_t, 2> fingerprint{};  // The same for answers that need not be told apart.
  metrics::TimeRange range;
};

// What looking at a question found.
struct WatchOutcome {
  // Absent: all that the answer before rests on is as it was.
  std::optional<WatchAnswer> answer;

  // When to look again, whatever happens to facts.
  Clock::TimePoint again = Clock::TimePoint::max();

  // Whether to look again when facts have changed, too.
  bool follows_facts = true;

  // Whether facts had to be loaded for it: so, it is supposed, they will be next time.
  bool loaded = false;

  // They have to be, and the look was not allowed to: nothing was found.
  bool must_load = false;
};

// How a question is looked at.
struct LookOptions {
  // From facts that include all that this process has acknowledged.
  bool own_commits = false;

  // Whether it may load facts that are not held, which takes long.
  bool may_load = false;
};

// A question that is watched.
class WatchedQuestion {
 public:
  virtual ~WatchedQuestion() = default;

  // Computes its answer, unless it can tell that nothing has changed since it computed the last
  // one. One thread at a time.
  virtual absl::StatusOr<WatchOutcome> Look(const LookOptions& options,
                                            const metrics::CallLimits& limits) = 0;

  // Lets go of facts that it holds to compare with. Any thread; must be quick.
  virtual void ReleaseFacts() {}
};

// Who watches. Both are called without locks held, from any thread, one at a time.
class WatchSink {
 public:
  // Sends an answer; then the board is to be told by Written.
  virtual void Send(std::shared_ptr<const WatchAnswer> answer, int64_t sequence,
                    WatchCause cause) = 0;

  // The watch is over after so many answers; nothing follows.
  virtual void End(const absl::Status& status, int64_t answers) = 0;

 protected:
  ~WatchSink() = default;
};

struct WatchBoardOptions {
  // Questions that are computed at once.
  int threads = 2;

  // Of these, questions whose facts must be loaded: the others are never all held up by them. They
  // take turns in the order in which they are due.
  int loading_max = 1;

  // Longest that computing one answer may take.
  std::chrono::milliseconds compute_max{120'000};

  // Bytes of all answers that are held: the newest of each question, and those on their way. More
  // are refused (OVERLOADED); watches that had an answer wait.
  int64_t answer_bytes_max = int64_t{256} << 20;

  // Rest of a question after a look that found nothing changed.
  std::chrono::milliseconds rest_after_look{20};

  // A question that is to look at changed facts only after this lets go of those it holds: they
  // would stay in memory for it alone.
  std::chrono::milliseconds facts_held_max{10'000};

  // Pause after computing failed for want of the database or of room, doubled with each further
  // failure up to the second.
  std::chrono::milliseconds retry_delay_min{500};
  std::chrono::milliseconds retry_delay_max{5'000};
};

// What a board has done.
struct WatchBoardTotals {
  int64_t computed = 0;   // Answers.
  int64_t unchanged = 0;  // Looks that found that nothing had to be computed.
  int64_t failed = 0;     // Looks.
  int64_t sent = 0;
};

// Safe for concurrent use.
class WatchBoard {
 public:
  // `clock` must outlive this.
  WatchBoard(const WatchBoardOptions& options, Clock* clock);

  // REQUIRES: every watch has ended.
  ~WatchBoard();
  WatchBoard(const WatchBoard&) = delete;
  WatchBoard& operator=(const WatchBoard&) = delete;

  // Begins a watch: of the question of this key that is watched already, else of the one made. The
  // first answer is of a look that begins after this call. `sink` must live until its End.
  void Join(const std::string& key, std::chrono::milliseconds minimum_interval, WatchSink* sink,
            const std::function<std::unique_ptr<WatchedQuestion>()>& make);

  // An answer has left, or (not ok) never will.
  void Written(WatchSink* sink, bool ok);

  // Who watches has gone. Harmless after End.
  void Cancel(WatchSink* sink);

  // Facts have changed; versions only grow.
  void FactsChanged(uint64_t version);

  // Facts are loaded anew: none that are held now are of use.
  void ReleaseFacts();

  // All watches end with UNAVAILABLE, SHUTTING_DOWN, also those that begin later.
  void Drain();

  WatchBoardTotals totals() const;
  size_t questions() const;

 private:
  struct Question;
  struct Watch;

  // What is to be done once the lock is released.
  struct Actions {
    struct Sending {
      WatchSink* sink;
      std::shared_ptr<const WatchAnswer> answer;
      int64_t sequence;
      WatchCause cause;
    };
    struct Ending {
      WatchSink* sink;
      absl::Status status;
      int64_t answers;
    };
    std::vector<Sending> sendings;
    std::vector<Ending> endings;
  };
  static void Perform(const Actions& actions);

  // All that follow: with the lock held.
  void Run();
  void Work(Question* question, std::unique_lock<std::mutex>* lock);
  // False: it has to load facts first.
  bool LookAt(Question* question, std::unique_lock<std::mutex>* lock, Actions* actions);
  bool TakeTurn(Question* question);
  void EndTurn(Question* question);
  void Forget(Question* question);
  void NoteOutcome(Question* question, uint64_t version, absl::StatusOr<WatchOutcome> outcome,
                   Actions* actions);
  void NoteFailure(Question* question, const absl::Status& status, Actions* actions);
  std::shared_ptr<const WatchAnswer> Hold(WatchAnswer answer);
  void Deliver(Question* question, Clock::TimePoint now, Actions* actions);
  void EndWatch(Watch* watch, const absl::Status& status, Actions* actions);
  void Remove(Watch* watch, const absl::Status& status, Actions* actions);

  bool Stale(const Question& question, Clock::TimePoint now) const;
  bool MustLook(const Question& question, Clock::TimePoint now) const;
  Clock::TimePoint DueOf(const Question& question, const Watch& watch) const;
  void Schedule(Question* question);
  void Hasten(Question* question, Clock::TimePoint due);
  void Unschedule(Question* question);

  const WatchBoardOptions options_;
  Clock* const clock_;
  const std::shared_ptr<std::atomic<int64_t>> answer_bytes_ =
      std::make_shared<std::atomic<int64_t>>(0);

  mutable std::mutex mutex_;  // Guards all that follows.
  std::condition_variable changed_;
  bool stopping_ = false;
  bool draining_ = false;
  uint64_t version_ = 0;
  int64_t joins_ = 0;
  WatchBoardTotals totals_;
  int loading_ = 0;                     // Questions that have a turn to load.
  std::deque<Question*> want_to_load_;  // Without one.
  absl::flat_hash_map<std::string, std::unique_ptr<Question>> questions_;
  absl::flat_hash_map<WatchSink*, std::unique_ptr<Watch>> watches_;
  std::set<std::pair<Clock::TimePoint, Question*>> schedule_;

  std::vector<std::thread> threads_;  // Last: they use the members above.
};

}  // namespace kpid::server
