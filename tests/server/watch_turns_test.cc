// Watched questions whose facts must be loaded take turns.
#include <deque>
#include <string>

#include "watch_board_fixture.h"

namespace kpid::server {
namespace {

class WatchTurnsTest : public WatchBoardTest {
 protected:
  // Questions that load, of which one is at it and goes on when the script is not held any more.
  void JoinLoading(Script* script, std::deque<FakeSink>* sinks, int count) {
    script->Set([](Script& s) { s.loads = s.held = true; });
    for (int i = 0; i < count; ++i) {
      JoinTo(script, &sinks->emplace_back(board_.get()), milliseconds(1'000),
             "loads" + std::to_string(i));
    }
    script->Await([](Script& s) { return s.inside; });
  }
};

TEST_F(WatchTurnsTest, QuestionsThatLoadLeaveThreadsToOthers) {
  WatchBoardOptions options;
  options.threads = 3;
  options.loading_max = 1;
  Make(options);
  Script loading;
  std::deque<FakeSink> sinks;
  JoinLoading(&loading, &sinks, 5);
  FakeSink quick(board_.get());
  Join(&quick);
  quick.Await(1);
  EXPECT_EQ(loading.Looks(), 1) << "the others wait for their turn";
  loading.Set([](Script& s) { s.held = false; });
  for (FakeSink& sink : sinks) sink.Await(1);
  EXPECT_EQ(loading.Looks(), 5);
  EXPECT_EQ(loading.loading, 5) << "each in a turn";

  // What need not be loaded any more needs no turn.
  loading.Set([](Script& s) { s.loads = false; });
  clock_.Advance(milliseconds(1'000));
  board_->FactsChanged(++version_);
  loading.Await([](Script& s) { return s.looks == 10; });
  AwaitNoted(12);
  clock_.Advance(milliseconds(1'000));
  board_->FactsChanged(++version_);
  loading.Await([](Script& s) { return s.looks == 15; });
  EXPECT_EQ(loading.loading, 10);
  for (FakeSink& sink : sinks) board_->Cancel(&sink);
  Finish({&quick});
}

TEST_F(WatchTurnsTest, TheTurnOfAWatchThatHasGonePassesOn) {
  WatchBoardOptions options;
  options.threads = 2;
  options.loading_max = 1;
  Make(options);
  Script loading;
  std::deque<FakeSink> sinks;
  JoinLoading(&loading, &sinks, 4);
  FakeSink quick(board_.get());
  Join(&quick);
  quick.Await(1);
  // Whichever is at it, and two that wait: the last gets its answer all the same.
  for (size_t i = 0; i < 3; ++i) board_->Cancel(&sinks[i]);
  loading.Set([](Script& s) { s.held = false; });
  sinks[3].Await(1);
  Finish({&sinks[3], &quick});
}

}  // namespace
}  // namespace kpid::server
