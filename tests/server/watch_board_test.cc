#include "server/watch_board.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "metrics/error_reason.h"
#include "server/error_model.h"
#include "watch_board_fixture.h"

namespace kpid::server {
namespace {

using testing::ElementsAre;

TEST_F(WatchBoardTest, FirstAtOnceThenWhenFactsChange) {
  Make();
  FakeSink sink(board_.get());
  Join(&sink);
  sink.Await(1);
  clock_.Advance(std::chrono::hours(1));
  Change("two");
  sink.Await(2);
  clock_.Advance(milliseconds(1'000));
  Change("three");
  sink.Await(3);
  EXPECT_THAT(sink.texts, ElementsAre("one", "two", "three"));
  EXPECT_THAT(sink.causes, ElementsAre(WatchCause::kFirst, WatchCause::kFacts, WatchCause::kFacts));
  EXPECT_EQ(script_.own_commits, 1) << "only the first reads its own writes";
  Finish({&sink});
  EXPECT_TRUE(absl::IsCancelled(sink.AwaitEnd()));
}

TEST_F(WatchBoardTest, NothingIsComputedBeforeTheMinimumIntervalIsOver) {
  Make();
  FakeSink sink(board_.get());
  clock_.AwaitWaits(1);
  Join(&sink);
  sink.Await(1);
  clock_.AwaitWaits(2);
  Change("two");
  clock_.AwaitWaits(3);
  clock_.Advance(milliseconds(999));
  clock_.AwaitWaits(4);
  EXPECT_EQ(script_.Looks(), 1);
  Change("three");
  clock_.Advance(milliseconds(1));
  sink.Await(2);
  EXPECT_THAT(sink.texts, ElementsAre("one", "three"));
  Finish({&sink});
}

TEST_F(WatchBoardTest, AnAnswerEqualToTheLastIsNotSent) {
  Make();
  FakeSink sink(board_.get());
  Join(&sink);
  sink.Await(1);
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(milliseconds(1'000));
    Change("one");
    AwaitNoted(i + 2);
  }
  clock_.Advance(milliseconds(1'000));
  Change("two");
  sink.Await(2);
  EXPECT_THAT(sink.texts, ElementsAre("one", "two"));
  Finish({&sink});
}

TEST_F(WatchBoardTest, ALookThatFindsNothingDoesNotUseUpTheInterval) {
  Make();
  FakeSink sink(board_.get());
  clock_.AwaitWaits(1);
  Join(&sink);
  sink.Await(1);
  clock_.AwaitWaits(2);
  clock_.Advance(milliseconds(1'000));
  script_.Set([](Script& s) { s.unchanged = true; });
  Change("two");
  AwaitNoted(2);
  script_.Set([](Script& s) { s.unchanged = false; });
  Change("three");
  clock_.Advance(milliseconds(20));  // rest_after_look.
  sink.Await(2);
  EXPECT_THAT(sink.texts, ElementsAre("one", "three"));
  EXPECT_EQ(board_->totals().unchanged, 1);
  EXPECT_EQ(board_->totals().computed, 2);
  Finish({&sink});
}

TEST_F(WatchBoardTest, ASlowReaderGetsTheNewestAndNoBacklog) {
  Make();
  FakeSink slow(board_.get(), /*reads=*/false);
  FakeSink quick(board_.get());
  Join(&slow);
  slow.Await(1);
  Join(&quick);
  quick.Await(1);
  size_t answers = 1;
  for (const char* text : {"two", "three", "four"}) {
    clock_.Advance(milliseconds(1'000));
    Change(text);
    quick.Await(++answers);
  }
  EXPECT_EQ(slow.Count(), 1u);
  slow.Read();
  slow.Await(2);
  EXPECT_THAT(slow.texts, ElementsAre("one", "four"));
  EXPECT_THAT(quick.texts, ElementsAre("one", "two", "three", "four"));
  slow.Read();
  Finish({&slow, &quick});
}

TEST_F(WatchBoardTest, AThousandWatchesOfOneQuestionShareItsAnswer) {
  Make();
  script_.Set([](Script& s) { s.held = true; });
  std::deque<FakeSink> sinks;
  for (int i = 0; i < 1'000; ++i) {
    Join(&sinks.emplace_back(board_.get()));
    // The first look begins before the others join: it must not serve them.
    if (i == 0) script_.Await([](Script& s) { return s.inside; });
  }
  EXPECT_EQ(board_->questions(), 1u);
  script_.Set([](Script& s) { s.held = false; });
  for (FakeSink& sink : sinks) sink.Await(1);
  EXPECT_EQ(script_.Looks(), 2);
  clock_.Advance(milliseconds(1'000));
  Change("two");
  for (FakeSink& sink : sinks) sink.Await(2);
  EXPECT_EQ(script_.Looks(), 3);
  for (FakeSink& sink : sinks) EXPECT_EQ(sink.bytes, sinks.front().bytes) << "not shared";
  EXPECT_EQ(board_->totals().sent, 2'000);
  for (FakeSink& sink : sinks) board_->Cancel(&sink);
  AwaitNoQuestions();
}

TEST_F(WatchBoardTest, EachWatchHasItsOwnInterval) {
  Make();
  FakeSink often(board_.get());
  FakeSink seldom(board_.get());
  Join(&often, milliseconds(100));
  Join(&seldom, milliseconds(1'000));
  often.Await(1);
  seldom.Await(1);
  for (int i = 0; i < 9; ++i) {
    clock_.Advance(milliseconds(100));
    Change(std::to_string(i));
    often.Await(static_cast<size_t>(i) + 2);
  }
  EXPECT_EQ(seldom.Count(), 1u);
  const int looks = script_.Looks();
  clock_.Advance(milliseconds(100));
  seldom.Await(2);
  EXPECT_EQ(seldom.texts.back(), "8");
  EXPECT_EQ(script_.Looks(), looks) << "the answer was there";
  Finish({&often, &seldom});
}

TEST_F(WatchBoardTest, TheClockMovesAnswersToo) {
  Make();
  script_.Set([](Script& s) { s.again = milliseconds(5'000); });
  FakeSink sink(board_.get());
  clock_.AwaitWaits(1);
  Join(&sink);
  sink.Await(1);
  clock_.AwaitWaits(2);
  script_.Set([](Script& s) { s.text = std::string("two"); });
  clock_.Advance(milliseconds(4'999));
  clock_.AwaitWaits(3);
  EXPECT_EQ(script_.Looks(), 1);
  clock_.Advance(milliseconds(1));
  sink.Await(2);
  script_.Set([](Script& s) { s.range = 1, s.text = std::string("three"); });
  clock_.Advance(milliseconds(2'000));
  board_->FactsChanged(++version_);
  sink.Await(3);
  EXPECT_THAT(sink.causes, ElementsAre(WatchCause::kFirst, WatchCause::kClock, WatchCause::kClock));
  Finish({&sink});
}

TEST_F(WatchBoardTest, FactsThatAreNotHeldAreLookedAtByTheClockOnly) {
  Make();
  script_.Set([](Script& s) { s.again = milliseconds(5'000), s.follows_facts = false; });
  FakeSink sink(board_.get());
  clock_.AwaitWaits(1);
  Join(&sink, milliseconds(20));
  sink.Await(1);
  clock_.AwaitWaits(2);
  Change("two");
  clock_.Advance(milliseconds(4'999));
  clock_.AwaitWaits(3);
  EXPECT_EQ(script_.Looks(), 1);
  clock_.Advance(milliseconds(1));
  sink.Await(2);
  EXPECT_EQ(sink.causes.back(), WatchCause::kFacts);
  Finish({&sink});
}

TEST_F(WatchBoardTest, AFirstAnswerThatCannotBeHadEndsTheWatch) {
  Make();
  script_.Set([](Script& s) { s.text = absl::UnavailableError("no database"); });
  FakeSink sink(board_.get());
  Join(&sink);
  EXPECT_TRUE(absl::IsUnavailable(sink.AwaitEnd()));
  EXPECT_EQ(sink.texts.size(), 0u);
}

TEST_F(WatchBoardTest, AWatchOutlivesTheDatabase) {
  Make();
  FakeSink sink(board_.get());
  clock_.AwaitWaits(1);
  Join(&sink);
  sink.Await(1);
  clock_.AwaitWaits(2);
  clock_.Advance(milliseconds(1'000));
  Change(absl::UnavailableError("no database"));
  for (int failed = 1; failed <= 6; ++failed) {
    AwaitNoted(failed + 1);
    EXPECT_EQ(board_->totals().failed, failed);
    if (failed < 6) clock_.Advance(milliseconds(5'000));  // retry_delay_max.
  }
  EXPECT_FALSE(sink.HasEnded());
  script_.Set([](Script& s) { s.text = std::string("two"); });
  clock_.Advance(milliseconds(5'000));
  sink.Await(2);
  Finish({&sink});
}

TEST_F(WatchBoardTest, AFailureThatDoesNotPassEndsAllWatchesOfTheQuestion) {
  Make();
  FakeSink sink(board_.get());
  FakeSink slow(board_.get(), /*reads=*/false);
  Join(&sink);
  Join(&slow);
  sink.Await(1);
  slow.Await(1);
  clock_.Advance(milliseconds(1'000));
  Change(absl::InvalidArgumentError("the group type is gone"));
  EXPECT_TRUE(absl::IsInvalidArgument(sink.AwaitEnd()));
  EXPECT_FALSE(slow.HasEnded()) << "its answer is on its way";
  slow.Read();
  EXPECT_TRUE(absl::IsInvalidArgument(slow.AwaitEnd()));
  AwaitNoQuestions();
}

TEST_F(WatchBoardTest, WhoeverHasGoneIsForgotten) {
  Make();
  FakeSink idle(board_.get());
  FakeSink writing(board_.get(), /*reads=*/false);
  Join(&idle);
  Join(&writing);
  idle.Await(1);
  writing.Await(1);
  board_->Cancel(&idle);
  EXPECT_TRUE(absl::IsCancelled(idle.AwaitEnd()));
  board_->Cancel(&idle);
  board_->Cancel(&writing);
  EXPECT_FALSE(writing.HasEnded()) << "gRPC still has its answer";
  writing.Read(/*ok=*/false);
  EXPECT_TRUE(absl::IsCancelled(writing.AwaitEnd()));
  AwaitNoQuestions();
}

TEST_F(WatchBoardTest, ALookThatNobodyWaitsForIsCancelledAndALaterWatchLooksAgain) {
  Make();
  script_.Set([](Script& s) { s.held = true; });
  FakeSink first(board_.get());
  Join(&first);
  script_.Await([](Script& s) { return s.inside; });
  board_->Cancel(&first);
  EXPECT_TRUE(absl::IsCancelled(first.AwaitEnd()));
  script_.Set([](Script& s) { s.held = false; });
  script_.Await([](Script& s) { return !s.inside; });
  FakeSink second(board_.get());
  Join(&second);
  // Where it joined the look that was cancelled, it waits for the next try.
  while (second.Count() == 0 && script_.Looks() < 2) clock_.Advance(milliseconds(500));
  second.Await(1);
  Finish({&second});
}

TEST_F(WatchBoardTest, ShutdownEndsAllAndRefusesNewOnes) {
  Make();
  FakeSink idle(board_.get());
  FakeSink writing(board_.get(), /*reads=*/false);
  Join(&idle);
  Join(&writing);
  idle.Await(1);
  writing.Await(1);
  board_->Drain();
  EXPECT_EQ(ReasonText(idle.AwaitEnd()), "SHUTTING_DOWN");
  EXPECT_FALSE(writing.HasEnded());
  writing.Read();
  EXPECT_EQ(ReasonText(writing.AwaitEnd()), "SHUTTING_DOWN");
  FakeSink late(board_.get());
  Join(&late);
  EXPECT_EQ(ReasonText(late.AwaitEnd()), "SHUTTING_DOWN");
}

TEST_F(WatchBoardTest, AnswersAreBoundedTogether) {
  WatchBoardOptions options = OneThread();
  options.answer_bytes_max = 10;
  Make(options);
  script_.Set([](Script& s) { s.text = std::string("12345678"); });
  FakeSink first(board_.get());
  Join(&first);
  first.Await(1);
  FakeSink second(board_.get());
  Join(&second, milliseconds(1'000), "another question");
  EXPECT_EQ(ReasonText(second.AwaitEnd()), "OVERLOADED");
  Finish({&first});
  FakeSink third(board_.get());
  Join(&third, milliseconds(1'000), "another question");
  third.Await(1);
  Finish({&third});
}

TEST_F(WatchBoardTest, FactsAreNotHeldForLaterNorOverAReload) {
  Make();
  FakeSink sink(board_.get());
  clock_.AwaitWaits(1);
  Join(&sink, std::chrono::hours(1));
  sink.Await(1);
  clock_.AwaitWaits(2);
  EXPECT_EQ(script_.released, 0);
  Change("two");
  EXPECT_EQ(script_.released, 1);
  board_->ReleaseFacts();
  EXPECT_EQ(script_.released, 2);
  Finish({&sink});
}

}  // namespace
}  // namespace kpid::server
