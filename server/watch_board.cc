#include "server/watch_board.h"

#include <pthread.h>

#include <algorithm>
#include <exception>

#include "metrics/error_reason.h"
#include "server/error_model.h"
#include "server/log.h"
#include "server/reasons.h"

namespace kpid::server {
namespace {

using TimePoint = Clock::TimePoint;

constexpr int kDoublingsMax = 10;

absl::Status ShuttingDown() {
  return metrics::ErrorWithReason(absl::StatusCode::kUnavailable, "the server is shutting down",
                                  {reason::kShuttingDown, {}});
}

absl::Status NoRoom() {
  return metrics::ErrorWithReason(absl::StatusCode::kResourceExhausted,
                                  "the answers of all watches take too much memory; try again "
                                  "later",
                                  {reason::kOverloaded, {{"class", "watch_answers"}}});
}

// Failures that pass: the database is away, or something is full.
bool Passes(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kCancelled:
      return true;
    case absl::StatusCode::kResourceExhausted:
      return ReasonText(status) == reason::kOverloaded;
    default:
      return false;
  }
}

absl::StatusOr<WatchOutcome> LookSafely(WatchedQuestion* question, const LookOptions& options,
                                        const metrics::CallLimits& limits) {
  std::string what;
  try {
    return question->Look(options, limits);
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
    what = "an exception of unknown type";
  }
  LogLine(spdlog::level::err, "exception").Field("method", "watch").Field("what", what).Write();
  return absl::InternalError("exception");
}

}  // namespace

struct WatchBoard::Question {
  std::string key;
  std::unique_ptr<WatchedQuestion> question;
  absl::flat_hash_set<Watch*> watches;

  std::shared_ptr<const WatchAnswer> answer;  // The newest; null before the first.
  WatchCause cause = WatchCause::kFacts;      // Of the newest.
  uint64_t version = 0;                       // Of facts, before the last look.
  int64_t joins = 0;                          // Board's, before the last look.
  TimePoint again = TimePoint::max();
  bool follows_facts = true;
  TimePoint not_before = TimePoint::min();  // Of the next look.
  int failures = 0;                         // Since the last success.

  bool loads = false;     // It has to load facts, as far as is known.
  bool waits = false;     // In want_to_load_: it is not looked at.
  bool may_load = false;  // It has a turn.

  bool busy = false;                   // A thread works on it: it stays, and is not scheduled.
  std::atomic<bool> abandoned{false};  // Nobody waits for the look that goes on.
  TimePoint due = TimePoint::max();    // As scheduled; max: not.
};

struct WatchBoard::Watch {
  WatchSink* sink = nullptr;
  Question* question = nullptr;
  std::chrono::milliseconds interval{0};
  int64_t joined = 0;  // Board's joins_ with this one.
  int64_t sequence = 0;
  TimePoint considered{};  // When an answer was last sent, or found equal to the one sent.
  std::array<uint64_t, 2> fingerprint{};
  metrics::TimeRange range;
  bool writing = false;
  std::optional<absl::Status> end;  // To end with when the answer on its way has left.

  bool Idle() const { return !writing && !end; }
  TimePoint Earliest() const { return sequence == 0 ? TimePoint::min() : considered + interval; }
  // Whether the question's answer can be sent.
  bool Wants() const {
    if (question->answer == nullptr) return false;
    return sequence == 0 ? question->joins >= joined : question->answer->fingerprint != fingerprint;
  }
};

WatchBoard::WatchBoard(const WatchBoardOptions& options, Clock* clock)
    : options_(options), clock_(clock) {
  for (int i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] { Run(); });
    pthread_setname_np(threads_.back().native_handle(), "kpid-watch");
  }
}

WatchBoard::~WatchBoard() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& [key, question] : questions_) question->abandoned = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WatchBoard::Perform(const Actions& actions) {
  for (const auto& sending : actions.sendings) {
    sending.sink->Send(sending.answer, sending.sequence, sending.cause);
  }
  for (const auto& ending : actions.endings) ending.sink->End(ending.status, ending.answers);
}

void WatchBoard::Join(const std::string& key, std::chrono::milliseconds minimum_interval,
                      WatchSink* sink,
                      const std::function<std::unique_ptr<WatchedQuestion>()>& make) {
  bool refused = false;
  {
    const std::lock_guard lock(mutex_);
    refused = draining_;
    if (!refused) {
      std::unique_ptr<Question>& question = questions_[key];
      if (question == nullptr) {
        question = std::make_unique<Question>();
        question->key = key;
        question->question = make();
      }
      if (question->watches.empty()) {  // Whose failures these were have gone.
        question->failures = 0;
        question->not_before = TimePoint::min();
      }
      auto watch = std::make_unique<Watch>();
      watch->sink = sink;
      watch->question = question.get();
      watch->interval = minimum_interval;
      watch->joined = ++joins_;
      question->watches.insert(watch.get());
      question->abandoned = false;
      Hasten(question.get(), DueOf(*question, *watch));
      watches_.emplace(sink, std::move(watch));
    }
  }
  if (refused) sink->End(ShuttingDown(), 0);
}

void WatchBoard::Written(WatchSink* sink, bool ok) {
  Actions actions;
  {
    const std::lock_guard lock(mutex_);
    const auto found = watches_.find(sink);
    if (found == watches_.end()) return;
    Watch* watch = found->second.get();
    watch->writing = false;
    if (watch->end || !ok) {
      Remove(watch, watch->end.value_or(absl::CancelledError("the caller has gone")), &actions);
    } else {
      Hasten(watch->question, DueOf(*watch->question, *watch));
    }
  }
  Perform(actions);
}

void WatchBoard::Cancel(WatchSink* sink) {
  Actions actions;
  {
    const std::lock_guard lock(mutex_);
    const auto found = watches_.find(sink);
    if (found == watches_.end()) return;
    EndWatch(found->second.get(), absl::CancelledError("the caller has gone"), &actions);
  }
  Perform(actions);
}

void WatchBoard::FactsChanged(uint64_t version) {
  const std::lock_guard lock(mutex_);
  version_ = std::max(version_, version);
  for (const auto& [key, question] : questions_) Schedule(question.get());
}

void WatchBoard::ReleaseFacts() {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, question] : questions_) question->question->ReleaseFacts();
}

void WatchBoard::Drain() {
  Actions actions;
  {
    const std::lock_guard lock(mutex_);
    draining_ = true;
    std::vector<Watch*> watches;
    for (const auto& [sink, watch] : watches_) watches.push_back(watch.get());
    for (Watch* watch : watches) EndWatch(watch, ShuttingDown(), &actions);
    for (const auto& [key, question] : questions_) question->abandoned = true;
  }
  Perform(actions);
}

WatchBoardTotals WatchBoard::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

size_t WatchBoard::questions() const {
  const std::lock_guard lock(mutex_);
  return questions_.size();
}

void WatchBoard::EndWatch(Watch* watch, const absl::Status& status, Actions* actions) {
  if (!watch->writing) {
    Remove(watch, watch->end.value_or(status), actions);
  } else if (!watch->end) {
    watch->end = status;
  }
}

void WatchBoard::Remove(Watch* watch, const absl::Status& status, Actions* actions) {
  actions->endings.push_back({watch->sink, status, watch->sequence});
  Question* question = watch->question;
  question->watches.erase(watch);
  watches_.erase(watch->sink);
  if (!question->watches.empty()) return;
  question->abandoned = true;
  if (question->busy) return;  // Its thread removes it.
  Unschedule(question);
  Forget(question);
}

bool WatchBoard::Stale(const Question& question, TimePoint now) const {
  if (question.answer == nullptr) return true;
  return (question.follows_facts && question.version < version_) || question.again <= now;
}

// Whether somebody waits for what only a look can tell.
bool WatchBoard::MustLook(const Question& question, TimePoint now) const {
  if (question.waits || question.not_before > now) return false;
  const bool stale = Stale(question, now);
  return std::any_of(question.watches.begin(), question.watches.end(), [&](const Watch* watch) {
    if (!watch->Idle() || watch->Earliest() > now) return false;
    return stale || (watch->sequence == 0 && !watch->Wants());
  });
}

// When an answer can be sent, or MustLook for this watch.
TimePoint WatchBoard::DueOf(const Question& question, const Watch& watch) const {
  if (!watch.Idle()) return TimePoint::max();
  if (watch.Wants()) return watch.Earliest();
  if (question.waits) return TimePoint::max();
  const bool now = watch.sequence == 0 || Stale(question, TimePoint::min());
  const TimePoint wanted = now ? TimePoint::min() : question.again;
  return std::max({watch.Earliest(), question.not_before, wanted});
}

void WatchBoard::Schedule(Question* question) {
  if (question->busy) return;  // Its thread does.
  TimePoint due = TimePoint::max();
  for (const Watch* watch : question->watches) due = std::min(due, DueOf(*question, *watch));
  if (due == question->due) return;
  const bool stale = Stale(*question, TimePoint::min());
  if (stale && due > clock_->Now() + options_.facts_held_max) question->question->ReleaseFacts();
  Unschedule(question);
  Hasten(question, due);
}

void WatchBoard::Hasten(Question* question, TimePoint due) {
  if (question->busy || due >= question->due) return;
  Unschedule(question);
  question->due = due;
  schedule_.emplace(due, question);
  if (schedule_.begin()->second == question) changed_.notify_one();
}

void WatchBoard::Unschedule(Question* question) {
  if (question->due == TimePoint::max()) return;
  schedule_.erase({question->due, question});
  question->due = TimePoint::max();
}

void WatchBoard::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const TimePoint due = schedule_.empty() ? TimePoint::max() : schedule_.begin()->first;
    if (due > clock_->Now()) {
      clock_->WaitUntil(changed_, lock, due);
      continue;
    }
    Question* question = schedule_.begin()->second;
    Unschedule(question);
    if (!schedule_.empty()) changed_.notify_one();  // For another thread, now or later.
    Work(question, &lock);
  }
}

void WatchBoard::Work(Question* question, std::unique_lock<std::mutex>* lock) {
  question->busy = true;
  Actions actions;
  while (MustLook(*question, clock_->Now()) && TakeTurn(question)) {
    if (LookAt(question, lock, &actions)) break;
  }
  if (question->may_load) EndTurn(question);
  Deliver(question, clock_->Now(), &actions);
  lock->unlock();
  Perform(actions);
  lock->lock();
  question->busy = false;
  if (question->watches.empty()) {
    Forget(question);
  } else {
    Schedule(question);
  }
}

// Whether a question may be looked at now; if not it waits for its turn.
bool WatchBoard::TakeTurn(Question* question) {
  if (!question->loads || question->may_load) return true;
  question->may_load = loading_ < options_.loading_max && want_to_load_.empty();
  if (question->may_load) {
    ++loading_;
  } else {
    question->waits = true;
    want_to_load_.push_back(question);
  }
  return question->may_load;
}

// Gives the turn of a question to the one that has waited longest.
void WatchBoard::EndTurn(Question* question) {
  question->may_load = false;
  --loading_;
  while (!want_to_load_.empty() && loading_ < options_.loading_max) {
    Question* const next = want_to_load_.front();
    want_to_load_.pop_front();
    next->waits = false;
    // Whoever it was for may have gone, and others may not want it yet.
    next->may_load = MustLook(*next, clock_->Now());
    loading_ += next->may_load;
    Schedule(next);
  }
}

// Nobody watches it any more.
void WatchBoard::Forget(Question* question) {
  if (question->waits) std::erase(want_to_load_, question);
  if (question->may_load) EndTurn(question);
  questions_.erase(question->key);
}

bool WatchBoard::LookAt(Question* question, std::unique_lock<std::mutex>* lock, Actions* actions) {
  const uint64_t version = version_;
  const bool own_commits = std::any_of(
      question->watches.begin(), question->watches.end(),
      [&](const Watch* watch) { return watch->sequence == 0 && watch->joined > question->joins; });
  const int64_t joins = own_commits ? joins_ : question->joins;
  metrics::CallLimits limits;
  limits.deadline = clock_->Now() + options_.compute_max;
  limits.cancelled = [question] { return question->abandoned.load(); };
  const LookOptions options{own_commits, question->may_load};
  lock->unlock();
  auto outcome = LookSafely(question->question.get(), options, limits);
  lock->lock();
  if (outcome.ok()) {
    question->loads = outcome->loaded || outcome->must_load;
    if (outcome->must_load) return false;
    question->joins = joins;
  }
  NoteOutcome(question, version, std::move(outcome), actions);
  return true;
}

void WatchBoard::NoteOutcome(Question* question, uint64_t version,
                             absl::StatusOr<WatchOutcome> outcome, Actions* actions) {
  const TimePoint now = clock_->Now();
  if (outcome.ok() && outcome->answer &&
      *answer_bytes_ + static_cast<int64_t>(outcome->answer->bytes.size()) >
          options_.answer_bytes_max) {
    outcome = NoRoom();
  }
  if (!outcome.ok()) {
    NoteFailure(question, outcome.status(), actions);
    return;
  }
  question->failures = 0;
  question->not_before = TimePoint::min();
  question->again = outcome->again;
  question->follows_facts = outcome->follows_facts;
  const bool facts_changed = version > question->version || !outcome->follows_facts;
  question->version = version;
  if (!outcome->answer) {
    ++totals_.unchanged;
    question->not_before = now + options_.rest_after_look;
    return;
  }
  ++totals_.computed;
  question->cause = facts_changed ? WatchCause::kFacts : WatchCause::kClock;
  question->answer = Hold(*std::move(outcome->answer));
  for (Watch* watch : question->watches) {
    if (watch->sequence == 0 || !watch->Idle() || watch->Wants()) continue;
    if (watch->Earliest() <= now) watch->considered = now;
  }
}

void WatchBoard::NoteFailure(Question* question, const absl::Status& status, Actions* actions) {
  ++totals_.failed;
  const bool passes = Passes(status);
  const bool refuses = !absl::IsCancelled(status);  // Whoever it was for had gone.
  question->not_before =
      clock_->Now() +
      std::min(options_.retry_delay_max,
               options_.retry_delay_min * (1 << std::min(question->failures, kDoublingsMax)));
  ++question->failures;
  std::vector<Watch*> ended;
  for (Watch* watch : question->watches) {
    if (!passes || (refuses && watch->sequence == 0)) ended.push_back(watch);
  }
  for (Watch* watch : ended) EndWatch(watch, status, actions);
}

// The bytes count for as long as anyone holds them.
std::shared_ptr<const WatchAnswer> WatchBoard::Hold(WatchAnswer answer) {
  *answer_bytes_ += static_cast<int64_t>(answer.bytes.size());
  return {new WatchAnswer(std::move(answer)), [bytes = answer_bytes_](const WatchAnswer* held) {
            *bytes -= static_cast<int64_t>(held->bytes.size());
            delete held;
          }};
}

void WatchBoard::Deliver(Question* question, TimePoint now, Actions* actions) {
  for (Watch* watch : question->watches) {
    if (!watch->Idle() || !watch->Wants() || watch->Earliest() > now) continue;
    WatchCause cause = question->cause;
    if (watch->sequence == 0) {
      cause = WatchCause::kFirst;
    } else if (!(watch->range == question->answer->range)) {
      cause = WatchCause::kClock;
    }
    watch->fingerprint = question->answer->fingerprint;
    watch->range = question->answer->range;
    watch->considered = now;
    watch->writing = true;
    ++totals_.sent;
    actions->sendings.push_back({watch->sink, question->answer, ++watch->sequence, cause});
  }
}

}  // namespace kpid::server
