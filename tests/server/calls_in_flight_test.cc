#include "server/calls_in_flight.h"

#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <utility>

namespace kpid::server {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::hours kForEver{24};

// Long enough for a wait to end that should not.
constexpr milliseconds kWhile{50};

class CallsInFlightTest : public testing::Test {
 protected:
  std::future<void> Await() {
    return std::async(std::launch::async, [this] { calls_.AwaitNone(kForEver); });
  }

  CallsInFlight calls_;
};

TEST_F(CallsInFlightTest, NoneIsWaitedFor) { calls_.AwaitNone(kForEver); }

TEST_F(CallsInFlightTest, EveryOneIsWaitedForOnce) {
  std::optional<CallsInFlight::Entry> first = calls_.Enter();
  CallsInFlight::Entry second = calls_.Enter();
  const std::future<void> ended = Await();
  first.reset();
  std::optional<CallsInFlight::Entry> moved = std::move(second);
  EXPECT_EQ(ended.wait_for(kWhile), std::future_status::timeout);
  moved.reset();
  ended.wait();
}

TEST_F(CallsInFlightTest, AnEntryThatTakesInAnotherGoesOnCounting) {
  CallsInFlight::Entry first = calls_.Enter();
  {
    CallsInFlight::Entry second = calls_.Enter();
    first = std::move(second);  // Which has the call of the other now, and ends it.
  }
  const std::future<void> ended = Await();
  EXPECT_EQ(ended.wait_for(kWhile), std::future_status::timeout);
  first = CallsInFlight::Entry();
  ended.wait();
}

TEST_F(CallsInFlightTest, TheWaitIsNotLongerThanIsSaid) {
  const CallsInFlight::Entry stays = calls_.Enter();
  calls_.AwaitNone(milliseconds(1));
}

// As to a caller who reads nothing: hurrying does not end such a call.
TEST_F(CallsInFlightTest, HurryEndsWaitsAndThoseToCome) {
  const CallsInFlight::Entry stays = calls_.Enter();
  const std::future<void> ended = Await();
  EXPECT_EQ(ended.wait_for(kWhile), std::future_status::timeout);
  calls_.Hurry();
  ended.wait();
  calls_.AwaitNone(kForEver);
}

}  // namespace
}  // namespace kpid::server
