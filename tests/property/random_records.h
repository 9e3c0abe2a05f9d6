// Random records: small worlds full of ties, boundary values, missing fields and repeats.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "metrics/time.h"
#include "tests/support/reference.h"

namespace kpid::proof {

// A stream of choices that a seed decides.
class Choices {
 public:
  explicit Choices(uint64_t seed) : random_(seed) {}

  // 0 to count - 1, all as likely. REQUIRES: count > 0.
  size_t Below(size_t count) { return static_cast<size_t>(random_() % count); }

  bool Percent(size_t percent) { return Below(100) < percent; }

  template <typename T>
  const T& Of(const std::vector<T>& values) {
    return values[Below(values.size())];
  }

  uint64_t Seed() { return random_(); }

 private:
  std::mt19937_64 random_;
};

// What a world is made from; fewer seeds make a smaller one, the rest of which stays as it is.
struct WorldSeeds {
  std::vector<uint64_t> interactions;
  std::vector<uint64_t> surveys;
  std::vector<uint64_t> memberships;
  std::vector<uint64_t> evaluations;
  std::vector<uint64_t> activities;
  std::vector<uint64_t> plans;
  std::vector<uint64_t> tickets;
  std::vector<uint64_t> costs;
  std::vector<uint64_t> agents;  // With a hire or leave date.
  std::vector<uint64_t> targets;
  uint64_t world = 0;
};

inline constexpr int kWorldDays = 10;

// Start of the world's days, which records and questions are around.
metrics::Instant WorldStart(uint64_t world_seed);

// An instant in the world's days: on the hour or quarter, or a microsecond off, or anywhere.
metrics::Instant RandomInstant(Choices& choices, metrics::Instant world_start);

// Records of the seeds. They are valid as the server demands: times in order, scores on scales,
// memberships of a type without overlap. Their ids say their kind and place: i0, i1, ..., s0, ...
Records MakeRecords(const WorldSeeds& seeds);

}  // namespace kpid::proof
