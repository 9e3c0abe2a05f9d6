// Watched questions whose facts must be loaded take turns.
#include <gmock/gmock.h>

#include <deque>
#include <string>
#include <vector>

#include "watch_board_fixture.h"

namespace kpid::server {
namespace {

// Questions that load, one at once.
class WatchTurnsTest : public WatchBoardTest {
 protected:
  ~WatchTurnsTest() override {
    // Its threads use what follows.
    for (Script* script : {&script_, &loading_}) script->Set([](Script& s) { s.held = false; });
    board_.reset();
  }

  // One is at it, and goes on when the script is not held any more; the others wait, in the order
  // of their sinks.
  void Begin(int threads, int count) {
    WatchBoardOptions options;
    options.threads = threads;
    options.loading_max = 1;
    Make(options);
    loading_.Set([](Script& s) { s.loads = s.held = true; });
    for (int i = 0; i < count; ++i) {
      JoinTo(&loading_, &sinks_.emplace_back(board_.get()), milliseconds(1'000),
             "loads" + std::to_string(i));
      loading_.Await([i](Script& s) { return s.inside && s.refused == i + 1; });
    }
  }

  void LetGo() {
    loading_.Set([](Script& s) { s.held = false; });
  }

  // Keeps a thread, the only one that no loading question has: those that are not at it wait then,
  // and what is to be sent is sent by the thread of the one that is.
  void KeepOtherThread(FakeSink* sink) {
    script_.Set([](Script& s) { s.held = true; });
    Join(sink);
    script_.Await([](Script& s) { return s.inside; });
  }

  void LetGoOfOtherThread() {
    script_.Set([](Script& s) { s.held = false; });
  }

  Script loading_;
  std::deque<FakeSink> sinks_;
};

TEST_F(WatchTurnsTest, QuestionsThatLoadLeaveThreadsToOthers) {
  Begin(3, 5);
  FakeSink quick(board_.get());
  Join(&quick);
  quick.Await(1);
  EXPECT_EQ(loading_.Looks(), 1) << "the others wait for their turn";
  LetGo();
  for (FakeSink& sink : sinks_) sink.Await(1);
  EXPECT_EQ(loading_.Looks(), 5);
  EXPECT_EQ(loading_.loading, 5) << "each in a turn";

  // What need not be loaded any more needs no turn.
  loading_.Set([](Script& s) { s.loads = false; });
  clock_.Advance(milliseconds(1'000));
  board_->FactsChanged(++version_);
  loading_.Await([](Script& s) { return s.looks == 10; });
  AwaitNoted(12);
  clock_.Advance(milliseconds(1'000));
  board_->FactsChanged(++version_);
  loading_.Await([](Script& s) { return s.looks == 15; });
  EXPECT_EQ(loading_.loading, 10);
  for (FakeSink& sink : sinks_) board_->Cancel(&sink);
  Finish({&quick});
}

TEST_F(WatchTurnsTest, TurnsAreTakenInOrder) {
  Begin(2, 4);
  FakeSink quick(board_.get());
  KeepOtherThread(&quick);
  std::vector<size_t> order;
  for (size_t i = 0; i < 4; ++i) sinks_[i].on_send = [&order, i] { order.push_back(i); };
  LetGo();
  for (FakeSink& sink : sinks_) sink.Await(1);
  EXPECT_THAT(order, testing::ElementsAre(0, 1, 2, 3));
  LetGoOfOtherThread();
  for (FakeSink& sink : sinks_) board_->Cancel(&sink);
  Finish({&quick});
}

TEST_F(WatchTurnsTest, WhoHasGoneWhileItWaitsTakesNoTurn) {
  Begin(2, 4);
  FakeSink quick(board_.get());
  KeepOtherThread(&quick);
  // The one that is at it, and two that wait: the last gets its answer all the same.
  for (size_t i = 0; i < 3; ++i) board_->Cancel(&sinks_[i]);
  EXPECT_EQ(board_->questions(), 3u) << "of those that wait nothing is left";
  LetGo();
  sinks_[3].Await(1);
  EXPECT_EQ(loading_.Looks(), 2);
  LetGoOfOtherThread();
  Finish({&sinks_[3], &quick});
}

TEST_F(WatchTurnsTest, WhoGoesBeforeItUsesItsTurnPassesItOn) {
  Begin(2, 3);
  FakeSink quick(board_.get());
  KeepOtherThread(&quick);
  // The next one has its turn by then, and no thread is free to look at it.
  sinks_[0].on_send = [this] { board_->Cancel(&sinks_[1]); };
  LetGo();
  sinks_[2].Await(1);
  EXPECT_EQ(loading_.Looks(), 2);
  LetGoOfOtherThread();
  Finish({&sinks_[0], &sinks_[2], &quick});
}

// Who waited for it has gone, who shares the question wants nothing for an hour.
TEST_F(WatchTurnsTest, ATurnIsNotKeptForLater) {
  Begin(2, 1);
  LetGo();
  sinks_[0].Await(1);
  Script shared;
  Script last;
  for (Script* script : {&shared, &last}) script->Set([](Script& s) { s.loads = true; });
  FakeSink often(board_.get());
  FakeSink seldom(board_.get());
  FakeSink next(board_.get());
  FakeSink quick(board_.get());
  // They come to be due in this order.
  JoinTo(&shared, &often, milliseconds(1'001), "shared");
  JoinTo(&shared, &seldom, std::chrono::hours(1), "shared");
  JoinTo(&last, &next, milliseconds(1'002), "last");
  Join(&quick, milliseconds(1'003));
  for (FakeSink* sink : {&often, &seldom, &next, &quick}) sink->Await(1);

  loading_.Set([](Script& s) { s.held = true; });
  for (Script* script : {&shared, &last}) script->Set([](Script& s) { s.text = "two"; });
  clock_.Advance(milliseconds(1'003));
  Change("two");
  quick.Await(2);
  board_->Cancel(&often);
  LetGo();
  next.Await(2);
  EXPECT_EQ(seldom.Count(), 1u);
  clock_.Advance(std::chrono::hours(1));
  seldom.Await(2);
  Finish({&sinks_[0], &seldom, &next, &quick});
}

}  // namespace
}  // namespace kpid::server
