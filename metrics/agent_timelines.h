// What each agent did (or was to do) when: at any instant one thing at most.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "metrics/fact.h"
#include "metrics/time.h"

namespace kpid::metrics {

// An activity or plan, or a part of one in which no other one counts.
struct AgentSpan {
  TimeRange range;
  uint32_t source =
      0;              // Number of the activity or plan it is a part of, among those of all agents.
  uint8_t state = 0;  // AgentState or PlannedState.
};

// Appends the spans of one agent within a range to *spans. `records`: by (start, row_key). At an
// instant the last one counts of those that cover it. Empty ranges are void.
void AppendSpans(std::span<const AgentSpan> records, const TimeRange& within,
                 std::vector<AgentSpan>* spans);

// The spans of an agent in time order, in parts that are shared with other states of it.
struct AgentTimeline {
  std::vector<std::shared_ptr<const std::vector<AgentSpan>>> parts;  // None is empty.
  bool ongoing = false;  // Spans reach to AgentTimelines' `until` at most.

  size_t ByteSize() const;
};

// Immutable; safe for concurrent use.
class AgentTimelines {
 public:
  // Any records of agents with a start, an end and a state.
  struct Record {
    int64_t row_key = 0;
    Code agent = kNoCode;
    uint8_t state = 0;
    TimeRange range;
  };
  using Agents = std::vector<std::shared_ptr<const AgentTimeline>>;  // By code; null: no spans.
  using RowKeys = std::shared_ptr<const std::vector<int64_t>>;

  // At an instant the record with the latest start counts, then the greatest row_key. Empty ranges
  // are void.
  explicit AgentTimelines(std::vector<Record> records);

  // Timelines that are made already. `row_keys`: of each source, where `page_bits` is 0; or else
  // of the first of each 2^page_bits sources, of which the others have the row keys after it.
  AgentTimelines(std::shared_ptr<const Agents> agents, Instant until, RowKeys row_keys,
                 int page_bits);

  // One more than the greatest code of an agent.
  size_t agents() const { return agents_->size(); }

  // About how many spans of an agent reach into a range; 0: none. REQUIRES: agent < agents().
  size_t SpanCount(Code agent, TimeRange range) const;

  // In time order, without overlap; one that goes on may be in several adjacent ones. None for an
  // agent without records.
  std::vector<AgentSpan> Of(Code agent) const {
    return Of(agent, {Instant::min(), Instant::max()});
  }

  // Those that reach into a range.
  std::vector<AgentSpan> Of(Code agent, TimeRange range) const {
    std::vector<AgentSpan> spans;
    Append(agent, range, &spans);
    return spans;
  }
  void Append(Code agent, TimeRange range, std::vector<AgentSpan>* spans) const;

  // Row key of the record that a span is a part of.
  int64_t row_key(uint32_t source) const {
    return (*row_keys_)[source >> page_bits_] + (source & ((uint32_t{1} << page_bits_) - 1));
  }

  size_t ByteSize() const;

 private:
  using Part = std::vector<std::shared_ptr<const std::vector<AgentSpan>>>::const_iterator;

  // The first part that reaches behind an instant.
  static Part FirstPart(const AgentTimeline& timeline, Instant start);

  std::shared_ptr<const Agents> agents_;
  Instant until_ = Instant::max();
  RowKeys row_keys_;
  int page_bits_ = 0;
};

}  // namespace kpid::metrics
