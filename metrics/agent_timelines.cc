#include "metrics/agent_timelines.h"

#include <algorithm>
#include <tuple>

namespace kpid::metrics {

AgentTimelines::AgentTimelines(std::vector<Record> records) {
  std::erase_if(records, [](const Record& record) { return record.range.Empty(); });
  std::sort(records.begin(), records.end(), [](const Record& a, const Record& b) {
    return std::tie(a.agent, a.range.start, a.row_key) <
           std::tie(b.agent, b.range.start, b.row_key);
  });
  row_keys_.reserve(records.size());
  for (const Record& record : records) row_keys_.push_back(record.row_key);
  for (size_t begin = 0; begin < records.size();) {
    size_t end = begin;
    while (end < records.size() && records[end].agent == records[begin].agent) ++end;
    first_.resize(records[begin].agent + size_t{1}, spans_.size());
    AddAgent(std::span(records).subspan(begin, end - begin), static_cast<uint32_t>(begin));
    first_.push_back(spans_.size());
    begin = end;
  }
}

void AgentTimelines::AddAgent(std::span<const Record> records, uint32_t first_source) {
  std::vector<size_t> begun;  // By start: the last one counts as long as it lasts.
  Instant now = Instant::min();
  const auto advance = [&](Instant until) {
    while (!begun.empty() && now < until) {
      const Record& record = records[begun.back()];
      if (record.range.end <= now) {
        begun.pop_back();
        continue;
      }
      const Instant end = std::min(until, record.range.end);
      spans_.push_back(
          {{now, end}, first_source + static_cast<uint32_t>(begun.back()), record.state});
      now = end;
    }
    now = until;
  };
  for (size_t i = 0; i < records.size(); ++i) {
    advance(records[i].range.start);
    begun.push_back(i);
  }
  advance(Instant::max());
}

std::span<const AgentSpan> AgentTimelines::Of(Code agent, TimeRange range) const {
  if (agent >= agents()) return {};
  const std::span<const AgentSpan> spans = Of(agent);
  const auto first =
      std::upper_bound(spans.begin(), spans.end(), range.start,
                       [](Instant t, const AgentSpan& span) { return t < span.range.end; });
  const auto last =
      std::lower_bound(first, spans.end(), range.end,
                       [](const AgentSpan& span, Instant t) { return span.range.start < t; });
  return {first, last};
}

}  // namespace kpid::metrics
