#include "metrics/same_facts.h"

#include <algorithm>

#include "metrics/interaction_chunk.h"

namespace kpid::metrics {
namespace {

using Chunks = std::span<const std::shared_ptr<const InteractionChunk>>;

// Those of the UTC days that a range touches.
Chunks OfRange(Chunks chunks, const TimeRange& range) {
  if (range.Empty()) return {};
  const auto day_below = [](const std::shared_ptr<const InteractionChunk>& chunk, int64_t day) {
    return chunk->day() < day;
  };
  const auto first = std::lower_bound(chunks.begin(), chunks.end(), DayOf(range.start), day_below);
  const auto last =
      std::lower_bound(first, chunks.end(), DayOf(range.end - Duration(1)) + 1, day_below);
  return {first, last};
}

bool SameChunks(Chunks a, Chunks b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

bool SameInteractions(const FactDemand& demand, const FactSnapshot& a, const FactSnapshot& b) {
  if (!demand.interactions) return true;
  const bool links = demand.repeat_window > Duration{0} ||
                     demand.first_contact_window > Duration{0} || demand.whole_cases;
  // Links reach beyond the range, and what is mature is judged by the latest of all.
  if (links) {
    return a.latest_arrive() == b.latest_arrive() && SameChunks(a.interactions(), b.interactions());
  }
  return SameChunks(OfRange(a.interactions(), *demand.interactions),
                    OfRange(b.interactions(), *demand.interactions));
}

}  // namespace

bool SameFacts(const FactDemand& demand, const FactSnapshot& a, const FactSnapshot& b) {
  if (&a == &b) return true;
  const bool surveys = demand.surveys_by_respond || demand.surveys_by_invite;
  return &a.dictionaries() == &b.dictionaries() && &a.roster() == &b.roster() &&
         &a.targets() == &b.targets() && SameInteractions(demand, a, b) &&
         (!surveys || &a.surveys() == &b.surveys()) &&
         (!demand.quality_evaluations || &a.quality_evaluations() == &b.quality_evaluations()) &&
         (!demand.tickets || &a.tickets() == &b.tickets()) &&
         (!demand.agent_activities || &a.activities() == &b.activities()) &&
         (!demand.scheduled_activities || &a.plans() == &b.plans()) &&
         (!demand.employments || a.employments().data() == b.employments().data()) &&
         (!demand.costs || a.costs().data() == b.costs().data());
}

}  // namespace kpid::metrics
