// What a generated contact centre is like.
#pragma once

#include <cstdint>
#include <vector>

#include "metrics/calendar.h"
#include "metrics/time.h"

namespace kpid::client {

inline constexpr int kGeneratedAgentsMax = 20'000;
inline constexpr int kGeneratedTeamsMax = 2'000;
inline constexpr int kGeneratedQueuesMax = 100;
inline constexpr int kGeneratedDaysMax = 3'650;
inline constexpr int64_t kGeneratedInteractionsMax = 1'000'000'000;

// The same options give the same records, byte for byte.
struct GeneratorOptions {
  uint64_t seed = 7;
  int agents = 60;
  int teams = 6;
  int queues = 10;
  int64_t interactions = 200'000;  // Exactly so many.
  bool activities = true;          // Also schedules and activities of the agents.

  // First instants of the local days, one more than there are days: the last is the end, after
  // which nothing is known. The generator needs no time zone besides.
  metrics::CivilDay first_day;
  std::vector<metrics::Instant> day_starts;

  int days() const { return static_cast<int>(day_starts.size()) - 1; }
};

}  // namespace kpid::client
