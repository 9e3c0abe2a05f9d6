// Where servers are tried as a whole: a database, servers over it, and what is known of both.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "metrics/call_limits.h"
#include "storage/embedded_cluster.h"
#include "tests/property/committed_states.h"
#include "tests/property/random_records.h"
#include "tests/property/served_side.h"
#include "tests/support/test_database.h"

namespace kpid::proof {

inline constexpr size_t kSides = 2;

// Limits of one call: as long as PostgreSQL may take to come back.
metrics::CallLimits Patience();

// Lets writers commit as fast as questions are answered, so that all is asked about.
class Tokens {
 public:
  void Give();

  // False: none came.
  bool Take(std::chrono::milliseconds patience);

  // Returns when so many more were given, or after `patience`.
  void AwaitGiven(int64_t count, std::chrono::milliseconds patience);

 private:
  // Commits that may come before a question is answered.
  static constexpr int kTokensMax = 4;

  std::mutex mutex_;
  std::condition_variable changed_;
  int tokens_ = kTokensMax;
  int64_t given_ = 0;
};

struct Counts {
  std::atomic<int64_t> ingests{0};
  std::atomic<int64_t> hand_made{0};
  std::atomic<int64_t> rolled_back{0};
  std::atomic<int64_t> failed_writes{0};
  std::atomic<int64_t> questions{0};
  std::atomic<int64_t> unanswered{0};
  std::atomic<int64_t> refused{0};
  std::atomic<int64_t> candidates{0};
  int64_t steps = 0;
  int64_t kills = 0;
  int64_t server_restarts = 0;
  int64_t fast_restarts = 0;
  int64_t crashes = 0;
};

// A cluster of the test's own, which is restarted under the servers. Failures throw.
class RestartedCluster {
 public:
  RestartedCluster();

  const std::string& url() const { return cluster_->url(); }

  // Mode: fast or immediate, which is a crash.
  void Restart(const std::string& mode);

  // A statement that may fail; its one number, else 0.
  int64_t Run(const std::string& sql);

 private:
  test_support::TemporaryDirectory directory_;
  std::unique_ptr<storage::EmbeddedCluster> cluster_;
};

// What all threads share.
struct Scene {
  explicit Scene(uint64_t seed) : world_seed(seed), world_start(WorldStart(seed)) {}

  // The first thing that was wrong; ends the test.
  void Fail(const std::string& text);

  const uint64_t world_seed;
  const metrics::Instant world_start;
  RestartedCluster cluster;
  CommittedStates states{cluster.url()};
  std::array<ReplaceableSide, kSides> sides;
  std::array<std::atomic<int64_t>, kSides> acknowledged{};  // Newest state of its own writing.
  Tokens tokens;
  Counts counts;
  std::atomic<bool> stopping{false};
  std::mutex mutex;
  std::string failure;
};

}  // namespace kpid::proof
