#include "metrics/scan_threads.h"

#include <gtest/gtest.h>

#include <thread>

namespace kpid::metrics {
namespace {

TEST(ScanThreads, RunsEachPartOnce) {
  for (const size_t count : {0, 1, 2, 3, 64, 1000}) {
    std::vector<std::atomic<int>> runs(count);
    ScanThreads::OfProcess().Run(count, [&](size_t part) { ++runs[part]; });
    for (const auto& run : runs) EXPECT_EQ(run, 1);
  }
}

// Callers that find all threads busy go on alone; none sees another's parts.
TEST(ScanThreads, ServesManyCallersAtOnce) {
  constexpr int kCallers = 16;
  constexpr int kRounds = 300;
  std::vector<int> done(kCallers);
  std::vector<std::thread> callers;
  for (int caller = 0; caller < kCallers; ++caller) {
    callers.emplace_back([&, caller] {
      for (int round = 0; round < kRounds; ++round) {
        const size_t count = 1 + static_cast<size_t>((caller + round) % 9);
        std::vector<size_t> parts(count);  // Each written by one thread, read after all are done.
        ScanThreads::OfProcess().Run(count, [&](size_t part) { parts[part] += part + 1; });
        size_t sum = 0;
        for (const size_t part : parts) sum += part;
        done[static_cast<size_t>(caller)] += sum == count * (count + 1) / 2;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(done, std::vector<int>(kCallers, kRounds));
}

// A part may itself have parts: it does not wait for a thread that waits for it.
TEST(ScanThreads, PartsMayHaveParts) {
  std::atomic<int> runs = 0;
  ScanThreads& threads = ScanThreads::OfProcess();
  threads.Run(8, [&](size_t) { threads.Run(8, [&](size_t) { ++runs; }); });
  EXPECT_EQ(runs, 64);
}

}  // namespace
}  // namespace kpid::metrics
