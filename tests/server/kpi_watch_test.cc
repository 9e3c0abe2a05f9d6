// Where a watched question has its facts from.
#include "server/kpi_watch.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "manual_clock.h"
#include "test_server.h"

namespace kpid::server {
namespace {

std::shared_ptr<const metrics::FactSnapshot> Contacts(int count) {
  std::vector<metrics::InteractionFact> rows(static_cast<size_t>(count));
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].row_key = static_cast<int64_t>(i) + 1;
    rows[i].arrive = metrics::Instant(std::chrono::seconds(1'772'323'200 + i));
  }
  metrics::FactSnapshot::Builder builder;
  builder.AddInteractions(std::move(rows));
  return builder.Build();
}

// What is held when a load ends may be older than what was loaded for a question meanwhile.
TEST(KpiWatchTest, HeldFactsAreNotOlderThanTheLoadedOnesBefore) {
  ManualClock clock;
  FakeFacts loader;
  loader.function = [](const auto&, const auto&) { return Contacts(1); };
  std::shared_ptr<const storage::ResidentState> held;
  std::vector<Clock::TimePoint> since;
  WatchFacts facts;
  facts.facts = &loader;
  facts.state = [&](bool, Clock::TimePoint not_before, const metrics::CallLimits&)
      -> absl::StatusOr<std::shared_ptr<const storage::ResidentState>> {
    since.push_back(not_before);
    return held;
  };
  v1::WatchKpisRequest message;
  *message.mutable_query() = MarchQuestion();
  ViolationList violations;
  WatchRequest request = ReadWatchKpis(message, clock.WallNow(), &violations);
  ASSERT_TRUE(violations.empty());
  KpiWatch watch(std::move(request), {}, &facts, &clock);
  ASSERT_TRUE(
      watch.Look({.own_commits = true, .may_load = true}, {}).ok());  // Nothing is held: loaded.
  const Clock::TimePoint loaded = clock.Now();
  clock.Advance(milliseconds(100));
  auto state = std::make_shared<storage::ResidentState>();
  state->facts = Contacts(2);
  held = state;
  const auto answered = watch.Look({.may_load = true}, {});
  ASSERT_TRUE(answered.ok());
  EXPECT_TRUE(answered->answer.has_value());
  ASSERT_TRUE(watch.Look({.may_load = true}, {}).ok());
  const Clock::TimePoint never = Clock::TimePoint::min();
  EXPECT_EQ(since, (std::vector<Clock::TimePoint>{never, loaded, never}));
}

}  // namespace
}  // namespace kpid::server
