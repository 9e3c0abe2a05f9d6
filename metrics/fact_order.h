// What orders the facts of a kind, and by which period their chunks are cut. Private to metrics.
#pragma once

#include <cstdint>

#include "metrics/fact.h"
#include "metrics/packed_column.h"

namespace kpid::metrics {

// Periods of chunks: of the other kinds there are fewer records than of interactions.
inline constexpr Duration kInteractionPeriod = std::chrono::days(1);
inline constexpr Duration kOtherPeriod = std::chrono::weeks(1);

// Microseconds; kAbsent: no time.
inline int64_t OrderOf(const InteractionFact& fact) {
  return fact.arrive.time_since_epoch().count();
}
inline int64_t OrderOf(const QualityFact& fact) { return fact.evaluate.time_since_epoch().count(); }
inline int64_t OrderOf(const TicketFact& fact) { return fact.open.time_since_epoch().count(); }
inline int64_t OrderOf(const SurveyFact& fact) {
  const std::optional<Instant>& time = fact.respond.has_value() ? fact.respond : fact.invite;
  return time.has_value() ? time->time_since_epoch().count() : kAbsent;
}

// Number of the period of an order.
inline int64_t PeriodOf(int64_t order, Duration period) {
  const int64_t length = period.count();
  return order / length - (order % length < 0 ? 1 : 0);
}

}  // namespace kpid::metrics
