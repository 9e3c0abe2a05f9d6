#include "tests/bench/bench_records.h"

#include <algorithm>

namespace kpid::bench {
namespace {

constexpr int64_t kContactsPerCustomer = 5;
constexpr int32_t kAgents = 1000;
constexpr int32_t kQueues = 20;
constexpr int16_t kChannels = 4;
constexpr int16_t kHandled = 1;
constexpr int16_t kAbandoned = 2;
constexpr std::chrono::seconds kYear{365 * 86'400};
constexpr metrics::Instant kFirstArrive{std::chrono::seconds(1'735'689'600)};  // 2025-01-01 UTC.

// A well-mixed number from a counter (the finalizer of splitmix64).
uint64_t Mix(uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

}  // namespace

BenchRecord MakeRecord(int round, int64_t number, int64_t record_count) {
  const uint64_t mixed = Mix(static_cast<uint64_t>(number));
  const int64_t customers = std::max<int64_t>(1, record_count / kContactsPerCustomer);
  const std::chrono::seconds wait(mixed % 90);
  const std::chrono::seconds talk(30 + (mixed >> 8) % 600);
  BenchRecord record;
  record.interaction_id = "bench-" + std::to_string(round) + "-" + std::to_string(number);
  record.customer = static_cast<int32_t>(1 + (mixed >> 16) % static_cast<uint64_t>(customers));
  record.queue = static_cast<int32_t>(1 + (mixed >> 24) % kQueues);
  record.agent = static_cast<int32_t>(1 + (mixed >> 32) % kAgents);
  record.channel = static_cast<int16_t>(1 + (mixed >> 40) % kChannels);
  const bool abandoned = (mixed >> 48) % 8 == 0;
  record.outcome = abandoned ? kAbandoned : kHandled;
  record.arrive = kFirstArrive + number * (kYear / std::max<int64_t>(1, record_count));
  record.enqueue = record.arrive + std::chrono::seconds(2);
  if (abandoned) {
    record.agent = 0;
    record.end = record.enqueue + wait;
    return record;
  }
  record.answer = record.enqueue + wait;
  record.hold = std::chrono::seconds(mixed % 30);
  record.wrap_up = std::chrono::seconds((mixed >> 4) % 60);
  record.end = *record.answer + talk + record.hold;
  return record;
}

std::vector<BenchRecord> MakeRecords(int round, int64_t first, int64_t stride,
                                     int64_t record_count) {
  std::vector<BenchRecord> records;
  records.reserve(static_cast<size_t>(record_count / stride + 1));
  for (int64_t number = first; number < record_count; number += stride) {
    records.push_back(MakeRecord(round, number, record_count));
  }
  return records;
}

}  // namespace kpid::bench
