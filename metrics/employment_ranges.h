// When agents are employed, in the time zone of a question.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "metrics/calendar.h"
#include "metrics/fact.h"
#include "metrics/time.h"

namespace kpid::metrics {

// Immutable; safe for concurrent use.
class EmploymentRanges {
 public:
  EmploymentRanges(std::span<const EmploymentFact> facts, const Calendar& calendar);

  // Of a fact, by its place among the facts. Open ends reach Instant::min() and Instant::max().
  TimeRange OfFact(size_t fact) const { return ranges_[fact]; }

  // Of an agent; all time for one without a date.
  TimeRange OfAgent(Code agent) const {
    return agent < of_agent_.size() ? of_agent_[agent] : kAlways;
  }

 private:
  static constexpr TimeRange kAlways{Instant::min(), Instant::max()};

  std::vector<TimeRange> ranges_;
  std::vector<TimeRange> of_agent_;
};

}  // namespace kpid::metrics
