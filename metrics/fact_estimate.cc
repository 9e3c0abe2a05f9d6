// How many facts a question reads, before it reads them.
#include <algorithm>
#include <cmath>

#include "metrics/agent_timelines.h"
#include "metrics/fact_source.h"
#include "metrics/interaction_chunk.h"
#include "metrics/quality_columns.h"
#include "metrics/survey_columns.h"
#include "metrics/ticket_columns.h"

namespace kpid::metrics {
namespace {

// Changes of state of an agent on a day.
constexpr double kSpansPerAgentDay = 12;

int64_t InteractionsIn(const FactSnapshot& snapshot, const TimeRange& range) {
  const auto chunks = snapshot.interactions();
  const int64_t first_day = DayOf(range.start);
  auto chunk = std::partition_point(chunks.begin(), chunks.end(),
                                    [&](const auto& c) { return c->day() < first_day; });
  int64_t count = 0;
  const int64_t end_day = DayOf(range.end - Duration(1)) + 1;
  for (; chunk != chunks.end() && (*chunk)->day() < end_day; ++chunk) {
    count += static_cast<int64_t>((*chunk)->size());
  }
  return count;
}

template <class Columns>
int64_t RowsOf(const Columns& columns) {
  int64_t count = 0;
  for (const auto& chunk : columns.chunks()) count += static_cast<int64_t>(chunk->size());
  return count;
}

int64_t SpansIn(const AgentTimelines& timelines, const TimeRange& range) {
  const double days =
      std::chrono::duration<double, std::ratio<86'400>>(range.end - range.start).count();
  return std::llround(std::min(
      1e15, static_cast<double>(timelines.agents()) * std::max(1.0, days) * kSpansPerAgentDay));
}

}  // namespace

int64_t EstimateFactsIn(const FactSnapshot& snapshot, const FactDemand& demand) {
  int64_t count = 0;
  if (demand.interactions && !demand.interactions->Empty()) {
    count += InteractionsIn(snapshot, *demand.interactions);
  }
  if (demand.surveys_by_respond || demand.surveys_by_invite) count += RowsOf(snapshot.surveys());
  if (demand.quality_evaluations) count += RowsOf(snapshot.quality_evaluations());
  if (demand.tickets) count += RowsOf(snapshot.tickets());
  if (demand.agent_activities) count += SpansIn(snapshot.activities(), *demand.agent_activities);
  if (demand.scheduled_activities) count += SpansIn(snapshot.plans(), *demand.scheduled_activities);
  if (demand.costs) count += static_cast<int64_t>(snapshot.costs().size());
  return count;
}

}  // namespace kpid::metrics
