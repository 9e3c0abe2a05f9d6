#include "metrics/employment_ranges.h"

#include <chrono>

namespace kpid::metrics {
namespace {

Instant StartOf(std::chrono::sys_days date, const Calendar& calendar) {
  const std::chrono::year_month_day day(date);
  return calendar.DayStart({static_cast<int>(day.year()),
                            static_cast<int>(static_cast<unsigned>(day.month())),
                            static_cast<int>(static_cast<unsigned>(day.day()))});
}

}  // namespace

EmploymentRanges::EmploymentRanges(std::span<const EmploymentFact> facts,
                                   const Calendar& calendar) {
  for (const EmploymentFact& fact : facts) {
    TimeRange range = kAlways;
    if (fact.hire.has_value()) range.start = StartOf(*fact.hire, calendar);
    if (fact.leave.has_value()) range.end = StartOf(*fact.leave, calendar);
    ranges_.push_back(range);
    if (of_agent_.size() <= fact.agent) of_agent_.resize(fact.agent + size_t{1}, kAlways);
    of_agent_[fact.agent] = range;
  }
}

}  // namespace kpid::metrics
