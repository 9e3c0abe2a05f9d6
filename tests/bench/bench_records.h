// The interactions that the ingest benchmark writes: the same for both sides, made from numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "metrics/time.h"

namespace kpid::bench {

// One interaction, with names for kpid and with codes for the bare insert.
struct BenchRecord {
  std::string interaction_id;
  int32_t customer = 0;  // "customer-<n>"; the bare insert writes the number itself.
  int32_t queue = 0;
  int32_t agent = 0;
  int16_t channel = 0;
  int16_t outcome = 0;
  metrics::Instant arrive{};
  metrics::Instant enqueue{};
  std::optional<metrics::Instant> answer;
  metrics::Instant end{};
  metrics::Duration hold{};
  metrics::Duration wrap_up{};
};

// Record `number` of round `round`: arrive times grow with the number, one in eight is abandoned,
// a customer calls about five times a year. Deterministic.
BenchRecord MakeRecord(int round, int64_t number, int64_t record_count);

// Records first, first + stride, ... below record_count: what one connection writes.
std::vector<BenchRecord> MakeRecords(int round, int64_t first, int64_t stride,
                                     int64_t record_count);

}  // namespace kpid::bench
