// A board of watches on a clock that tests set, with questions and watchers that do as they are
// told.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "manual_clock.h"
#include "server/watch_board.h"

namespace kpid::server {

using std::chrono::milliseconds;

// Longest that a test waits for something that comes by itself.
inline constexpr std::chrono::seconds kPatience{60};

// What a test decides about a question, and sees of it.
struct Script {
  std::mutex mutex;
  std::condition_variable changed;
  absl::StatusOr<std::string> text = std::string("one");  // Of the next answer.
  bool unchanged = false;                                 // The next looks find nothing.
  std::optional<milliseconds> again;
  bool follows_facts = true;
  int64_t range = 0;
  int looks = 0;
  int own_commits = 0;
  int released = 0;
  bool held = false;   // Looks wait.
  bool loads = false;  // Looks have to load facts.
  int loading = 0;     // Looks that were allowed to.
  int refused = 0;     // Looks that had to, and were not.
  bool inside = false;

  void Set(const std::function<void(Script&)>& change) {
    {
      const std::lock_guard lock(mutex);
      change(*this);
    }
    changed.notify_all();
  }
  void Await(const std::function<bool(Script&)>& condition) {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, kPatience, [&] { return condition(*this); }));
  }
  int Looks() {
    const std::lock_guard lock(mutex);
    return looks;
  }
};

class FakeQuestion final : public WatchedQuestion {
 public:
  FakeQuestion(Script* script, Clock* clock) : script_(script), clock_(clock) {}

  absl::StatusOr<WatchOutcome> Look(const LookOptions& options,
                                    const metrics::CallLimits& limits) override {
    std::unique_lock lock(script_->mutex);
    if (script_->loads && !options.may_load) {
      WatchOutcome outcome;
      outcome.must_load = true;
      ++script_->refused;
      script_->changed.notify_all();
      return outcome;
    }
    ++script_->looks;
    script_->loading += options.may_load;
    if (options.own_commits) ++script_->own_commits;
    script_->inside = true;
    script_->changed.notify_all();
    script_->changed.wait(lock, [&] { return !script_->held; });
    script_->inside = false;
    script_->changed.notify_all();
    if (limits.cancelled()) return absl::CancelledError("nobody waits");
    if (!script_->text.ok()) return script_->text.status();
    WatchOutcome outcome;
    outcome.loaded = script_->loads;
    outcome.follows_facts = script_->follows_facts;
    if (script_->again) outcome.again = clock_->Now() + *script_->again;
    if (script_->unchanged) return outcome;
    WatchAnswer answer;
    answer.bytes = *script_->text;
    answer.fingerprint = {std::hash<std::string>{}(answer.bytes), 0};
    answer.range.end = metrics::Instant(std::chrono::seconds(script_->range));
    outcome.answer = std::move(answer);
    return outcome;
  }

  void ReleaseFacts() override {
    script_->Set([](Script& s) { ++s.released; });
  }

 private:
  Script* const script_;
  Clock* const clock_;
};

class FakeSink final : public WatchSink {
 public:
  explicit FakeSink(WatchBoard* board, bool reads = true) : board_(board), reads_(reads) {}

  void Send(std::shared_ptr<const WatchAnswer> answer, int64_t sequence,
            WatchCause cause) override {
    if (on_send) on_send();
    bool reads = false;
    {
      const std::lock_guard lock(mutex_);
      EXPECT_EQ(sequence, static_cast<int64_t>(texts.size()) + 1);
      EXPECT_FALSE(writing_) << "one answer is on its way at most";
      EXPECT_FALSE(ended);
      texts.push_back(answer->bytes);
      causes.push_back(cause);
      bytes = answer->bytes.data();
      reads = reads_;
      writing_ = !reads;
      changed_.notify_all();
    }
    if (reads) board_->Written(this, true);
  }

  void End(const absl::Status& status, int64_t answers) override {
    const std::lock_guard lock(mutex_);
    EXPECT_FALSE(ended);
    EXPECT_EQ(answers, static_cast<int64_t>(texts.size()));
    ended = status;
    changed_.notify_all();
  }

  // What a slow client does at last.
  void Read(bool ok = true) {
    {
      const std::lock_guard lock(mutex_);
      writing_ = false;
    }
    board_->Written(this, ok);
  }

  void Await(size_t count) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, kPatience, [&] { return texts.size() >= count; }));
    ASSERT_EQ(texts.size(), count);
  }
  absl::Status AwaitEnd() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return ended.has_value(); }));
    return ended.value_or(absl::UnknownError("goes on"));
  }
  size_t Count() {
    const std::lock_guard lock(mutex_);
    return texts.size();
  }
  bool HasEnded() {
    const std::lock_guard lock(mutex_);
    return ended.has_value();
  }

  std::function<void()> on_send;  // Before an answer is taken; null: nothing.
  std::vector<std::string> texts;
  std::vector<WatchCause> causes;
  const char* bytes = nullptr;
  std::optional<absl::Status> ended;

 private:
  WatchBoard* const board_;
  const bool reads_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool writing_ = false;
};

class WatchBoardTest : public testing::Test {
 protected:
  static WatchBoardOptions OneThread() {
    WatchBoardOptions options;
    options.threads = 1;
    return options;
  }

  void Make(WatchBoardOptions options = OneThread()) {
    board_ = std::make_unique<WatchBoard>(options, &clock_);
  }

  void Join(FakeSink* sink, milliseconds interval = milliseconds(1'000),
            const std::string& key = "question") {
    JoinTo(&script_, sink, interval, key);
  }

  void JoinTo(Script* script, FakeSink* sink, milliseconds interval, const std::string& key) {
    board_->Join(key, interval, sink,
                 [this, script] { return std::make_unique<FakeQuestion>(script, &clock_); });
  }

  void Change(absl::StatusOr<std::string> text) {
    script_.Set([&](Script& s) { s.text = std::move(text); });
    board_->FactsChanged(++version_);
  }

  // Waits until so many looks are done with, and what they found has been noted.
  void AwaitNoted(int64_t looks) {
    const auto give_up = std::chrono::steady_clock::now() + kPatience;
    const auto noted = [this] {
      const WatchBoardTotals totals = board_->totals();
      return totals.computed + totals.unchanged + totals.failed;
    };
    while (noted() < looks && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
    ASSERT_EQ(noted(), looks);
  }

  void Finish(std::initializer_list<FakeSink*> sinks) {
    for (FakeSink* sink : sinks) board_->Cancel(sink);
    AwaitNoQuestions();
  }

  // A thread that has just sent an answer lets go of its question a moment later.
  void AwaitNoQuestions() {
    const auto give_up = std::chrono::steady_clock::now() + kPatience;
    while (board_->questions() > 0 && std::chrono::steady_clock::now() < give_up) {
      std::this_thread::yield();
    }
    EXPECT_EQ(board_->questions(), 0u);
  }

  ManualClock clock_;
  Script script_;
  uint64_t version_ = 0;
  std::unique_ptr<WatchBoard> board_;  // Last: its threads use what is above.
};

}  // namespace kpid::server
