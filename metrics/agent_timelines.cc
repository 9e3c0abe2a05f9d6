#include "metrics/agent_timelines.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace kpid::metrics {

void AppendSpans(std::span<const AgentSpan> records, const TimeRange& within,
                 std::vector<AgentSpan>* spans) {
  std::vector<const AgentSpan*> begun;  // By start: the last one counts as long as it lasts.
  Instant now = Instant::min();
  const auto advance = [&](Instant until) {
    while (!begun.empty() && now < until) {
      const AgentSpan& record = *begun.back();
      if (record.range.end <= now) {
        begun.pop_back();
        continue;
      }
      const Instant end = std::min(until, record.range.end);
      const TimeRange part{std::max(now, within.start), std::min(end, within.end)};
      if (!part.Empty()) spans->push_back({part, record.source, record.state});
      now = end;
    }
    now = until;
  };
  for (const AgentSpan& record : records) {
    if (record.range.Empty()) continue;
    advance(record.range.start);
    begun.push_back(&record);
  }
  advance(Instant::max());
}

AgentTimelines::AgentTimelines(std::vector<Record> records) {
  std::erase_if(records, [](const Record& record) { return record.range.Empty(); });
  std::sort(records.begin(), records.end(), [](const Record& a, const Record& b) {
    return std::tie(a.agent, a.range.start, a.row_key) <
           std::tie(b.agent, b.range.start, b.row_key);
  });
  auto agents = std::make_shared<Agents>();
  std::vector<int64_t> row_keys;
  row_keys.reserve(records.size());
  std::vector<AgentSpan> own;
  for (size_t begin = 0; begin < records.size();) {
    const Code agent = records[begin].agent;
    own.clear();
    for (; begin < records.size() && records[begin].agent == agent; ++begin) {
      const Record& record = records[begin];
      own.push_back({record.range, static_cast<uint32_t>(begin), record.state});
      row_keys.push_back(record.row_key);
    }
    auto spans = std::make_shared<std::vector<AgentSpan>>();
    AppendSpans(own, {Instant::min(), Instant::max()}, spans.get());
    auto timeline = std::make_shared<AgentTimeline>();
    timeline->parts.push_back(std::move(spans));
    agents->resize(size_t{agent} + 1);
    agents->back() = std::move(timeline);
  }
  agents_ = std::move(agents);
  row_keys_ = std::make_shared<const std::vector<int64_t>>(std::move(row_keys));
}

AgentTimelines::AgentTimelines(std::shared_ptr<const Agents> agents, Instant until,
                               RowKeys row_keys, int page_bits)
    : agents_(std::move(agents)),
      until_(until),
      row_keys_(std::move(row_keys)),
      page_bits_(page_bits) {}

AgentTimelines::Part AgentTimelines::FirstPart(const AgentTimeline& timeline, Instant start) {
  return std::partition_point(timeline.parts.begin(), timeline.parts.end(),
                              [&](const auto& part) { return part->back().range.end <= start; });
}

size_t AgentTimelines::SpanCount(Code agent, TimeRange range) const {
  const auto& timeline = (*agents_)[agent];
  if (timeline == nullptr) return 0;
  size_t spans = 0;
  for (auto part = FirstPart(*timeline, range.start);
       part != timeline->parts.end() && (*part)->front().range.start < range.end; ++part) {
    // Whole parts are counted but for a single one, which may be all of a long time.
    if (timeline->parts.size() > 1) {
      spans += (*part)->size();
      continue;
    }
    const auto end =
        std::lower_bound((*part)->begin(), (*part)->end(), range.end,
                         [](const AgentSpan& span, Instant t) { return span.range.start < t; });
    const auto begin =
        std::upper_bound((*part)->begin(), end, range.start,
                         [](Instant t, const AgentSpan& span) { return t < span.range.end; });
    spans += static_cast<size_t>(end - begin);
  }
  return spans;
}

void AgentTimelines::Append(Code agent, TimeRange range, std::vector<AgentSpan>* spans) const {
  if (agent >= agents() || (*agents_)[agent] == nullptr) return;
  const size_t spans_before = spans->size();
  const AgentTimeline& timeline = *(*agents_)[agent];
  if (timeline.ongoing) range.end = std::min(range.end, until_);
  auto part = FirstPart(timeline, range.start);
  for (; part != timeline.parts.end() && (*part)->front().range.start < range.end; ++part) {
    const auto first =
        std::upper_bound((*part)->begin(), (*part)->end(), range.start,
                         [](Instant t, const AgentSpan& span) { return t < span.range.end; });
    const auto last =
        std::lower_bound(first, (*part)->end(), range.end,
                         [](const AgentSpan& span, Instant t) { return span.range.start < t; });
    spans->insert(spans->end(), first, last);
  }
  if (timeline.ongoing && spans->size() > spans_before) {
    spans->back().range.end = std::min(spans->back().range.end, until_);
  }
}

size_t AgentTimeline::ByteSize() const {
  size_t bytes = sizeof(*this) + parts.capacity() * sizeof(parts[0]);
  for (const auto& part : parts) bytes += sizeof(*part) + part->capacity() * sizeof(AgentSpan);
  return bytes;
}

size_t AgentTimelines::ByteSize() const {
  size_t bytes =
      agents_->capacity() * sizeof((*agents_)[0]) + row_keys_->capacity() * sizeof((*row_keys_)[0]);
  for (const auto& timeline : *agents_) {
    if (timeline != nullptr) bytes += timeline->ByteSize();
  }
  return bytes;
}

}  // namespace kpid::metrics
