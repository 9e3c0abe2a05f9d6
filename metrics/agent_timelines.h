// What each agent did (or was to do) when: at any instant one thing at most.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "metrics/fact.h"
#include "metrics/time.h"

namespace kpid::metrics {

// A part of an activity or plan in which no other one counts.
struct AgentSpan {
  TimeRange range;
  uint32_t source = 0;  // Number of the activity or plan it is a part of.
  uint8_t state = 0;    // AgentState or PlannedState.
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

  // At an instant the record with the latest start counts, then the greatest row_key. Empty ranges
  // are void.
  explicit AgentTimelines(std::vector<Record> records);

  // One more than the greatest code of an agent.
  size_t agents() const { return first_.size() - 1; }

  // In time order, without overlap. REQUIRES: agent < agents().
  std::span<const AgentSpan> Of(Code agent) const {
    return std::span(spans_).subspan(first_[agent], first_[agent + 1] - first_[agent]);
  }

  // Row key of the record that a span is a part of.
  int64_t row_key(uint32_t source) const { return row_keys_[source]; }

  // The spans of an agent that reach into a range; none for an agent without records.
  std::span<const AgentSpan> Of(Code agent, TimeRange range) const;

 private:
  void AddAgent(std::span<const Record> records, uint32_t first_source);

  // Spans of agent a are spans_[first_[a] .. first_[a + 1]).
  std::vector<size_t> first_{0};
  std::vector<AgentSpan> spans_;
  std::vector<int64_t> row_keys_;  // By AgentSpan::source.
};

}  // namespace kpid::metrics
