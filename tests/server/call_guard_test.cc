#include "server/call_guard.h"

#include <gtest/gtest.h>

#include <set>

namespace kpid::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

TEST(CallGuardTest, DeadlinesAreClamped) {
  const system_clock::time_point wall{std::chrono::hours(500'000)};
  const Clock::TimePoint now{std::chrono::hours(100)};
  const auto clamp = [&](system_clock::time_point deadline, std::optional<milliseconds> longest) {
    return ClampDeadline(deadline, wall, now, longest);
  };
  EXPECT_EQ(clamp(wall + milliseconds(5), milliseconds(10)), now + milliseconds(5));
  EXPECT_EQ(clamp(wall + milliseconds(50), milliseconds(10)), now + milliseconds(10));
  EXPECT_EQ(clamp(wall - milliseconds(5), milliseconds(10)), now - milliseconds(5));
  EXPECT_EQ(clamp(system_clock::time_point::max(), milliseconds(10)), now + milliseconds(10));
  EXPECT_EQ(clamp(system_clock::time_point::max(), std::nullopt), Clock::TimePoint::max());
  EXPECT_EQ(clamp(wall + milliseconds(5), std::nullopt), now + milliseconds(5));
}

TEST(CallGuardTest, RequestIdsAreHarmless) {
  EXPECT_TRUE(IsRequestId("aZ09._-"));
  EXPECT_TRUE(IsRequestId(std::string(64, 'a')));
  EXPECT_FALSE(IsRequestId(std::string(65, 'a')));
  EXPECT_FALSE(IsRequestId(""));
  EXPECT_FALSE(IsRequestId("a b"));
  EXPECT_FALSE(IsRequestId("a\n"));
  EXPECT_FALSE(IsRequestId("\xc3\xa9"));
}

TEST(CallGuardTest, MadeRequestIdsDiffer) {
  std::set<std::string> ids;
  for (int i = 0; i < 1'000; ++i) ids.insert(RandomRequestId());
  EXPECT_EQ(ids.size(), 1'000u);
  for (const std::string& id : ids) EXPECT_TRUE(id.size() == 32 && IsRequestId(id)) << id;
}

}  // namespace
}  // namespace kpid::server
