#include "metrics/agent_timelines.h"

#include <gtest/gtest.h>

#include <string>

namespace kpid::metrics {
namespace {

AgentTimelines::Record Record(int64_t row_key, Code agent, uint8_t state, int start, int end) {
  return {row_key, agent, state, {Instant(Duration(start)), Instant(Duration(end))}};
}

std::string Text(std::span<const AgentSpan> spans) {
  std::string text;
  for (const AgentSpan& span : spans) {
    text += std::to_string(span.range.start.time_since_epoch().count()) + "-" +
            std::to_string(span.range.end.time_since_epoch().count()) + "=" +
            std::to_string(span.state) + " ";
  }
  return text;
}

TEST(AgentTimelines, TheLatestStartCounts) {
  const AgentTimelines timelines({Record(1, 3, 1, 0, 100), Record(2, 3, 2, 10, 30),
                                  Record(3, 3, 3, 20, 25), Record(4, 3, 4, 90, 120)});
  EXPECT_EQ(timelines.agents(), 4U);
  EXPECT_EQ(Text(timelines.Of(3)), "0-10=1 10-20=2 20-25=3 25-30=2 30-90=1 90-120=4 ");
  EXPECT_EQ(Text(timelines.Of(1)), "");
}

TEST(AgentTimelines, TiesGoToTheGreatestRowKey) {
  EXPECT_EQ(Text(AgentTimelines({Record(2, 1, 2, 0, 10), Record(1, 1, 1, 0, 20)}).Of(1)),
            "0-10=2 10-20=1 ");
}

TEST(AgentTimelines, EmptyRangesAreVoid) {
  EXPECT_EQ(Text(AgentTimelines({Record(1, 1, 1, 0, 10), Record(2, 1, 2, 5, 5)}).Of(1)), "0-10=1 ");
  EXPECT_EQ(AgentTimelines({}).agents(), 0U);
}

TEST(AgentTimelines, FindsTheSpansOfARange) {
  const AgentTimelines timelines(
      {Record(1, 1, 1, 0, 10), Record(2, 1, 2, 10, 20), Record(3, 1, 3, 30, 40)});
  const auto of = [&](int start, int end) {
    return Text(timelines.Of(1, {Instant(Duration(start)), Instant(Duration(end))}));
  };
  EXPECT_EQ(of(10, 30), "10-20=2 ");
  EXPECT_EQ(of(9, 31), "0-10=1 10-20=2 30-40=3 ");
  EXPECT_EQ(of(20, 30), "");
  EXPECT_EQ(Text(timelines.Of(9, {Instant::min(), Instant::max()})), "");
}

}  // namespace
}  // namespace kpid::metrics
