// How fast interactions are stored and loaded, against the bare statement.
//
// KPID_BENCH_ROWS: interactions, 20,000 by default so that it runs with the tests.
//   bare    INSERT ... SELECT FROM unnest, one transaction each, keys of names known beforehand
//   store   the same rows through RecordStore, names new to it
//   again   the same rows once more: all unchanged
//   load    all rows through FactLoader
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

#include "metrics/interaction_chunk.h"
#include "storage/dictionary_resolver.h"
#include "storage/fact_loader.h"
#include "storage/record_store.h"
#include "storage/record_tables.h"
#include "storage/record_upsert.h"
#include "tests/storage/held_session.h"
#include "tests/storage/record_builders.h"
#include "tests/support/test_database.h"

namespace kpid::storage {
namespace {

using std::chrono::steady_clock;
using test_support::TestDatabase;

constexpr int kThreads = 4;
constexpr int kBatchRows = 5'000;
constexpr int64_t kYearSeconds = 365 * 86'400;

int64_t RowCount() {
  const char* rows = std::getenv("KPID_BENCH_ROWS");
  return rows == nullptr ? 20'000 : std::atoll(rows);
}

// A year of contacts in the order of time, with ids as random as UUIDs; every fifth customer
// contact is one more of a customer.
std::vector<RecordBatch> MakeBatches(int64_t rows) {
  std::mt19937_64 random(1);
  std::vector<RecordBatch> batches;
  for (int64_t i = 0; i < rows; ++i) {
    if (i % kBatchRows == 0) batches.emplace_back();
    char id[40];
    std::snprintf(id, sizeof id, "%016lx-%016lx", static_cast<unsigned long>(random()),
                  static_cast<unsigned long>(i));
    InteractionRecord record = MakeInteraction(id, i * kYearSeconds / rows);
    record.customer_id = "customer-" + std::to_string(random() % (rows / 5 + 1));
    record.agent_id = "agent-" + std::to_string(random() % 1'000);
    record.queue_id = "queue-" + std::to_string(random() % 20);
    record.talk = std::chrono::seconds(random() % 600);
    record.wrap_up = std::chrono::seconds(random() % 60);
    batches.back().interactions.push_back(std::move(record));
  }
  return batches;
}

double RowsPerSecond(int64_t rows, steady_clock::time_point start) {
  return static_cast<double>(rows) /
         std::chrono::duration<double>(steady_clock::now() - start).count();
}

// Runs `work` on every batch, on all threads.
double Measure(const std::vector<RecordBatch>& batches, int64_t rows,
               const std::function<void(int thread, size_t batch)>& work) {
  std::atomic<size_t> next{0};
  const auto start = steady_clock::now();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (size_t i = next++; i < batches.size(); i = next++) work(thread, i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return RowsPerSecond(rows, start);
}

double MeasureBare(const std::vector<RecordBatch>& batches, int64_t rows) {
  TestDatabase database;
  std::vector<std::unique_ptr<Session>> sessions;
  for (int i = 0; i < kThreads; ++i) sessions.push_back(OpenSession(database));
  std::vector<BatchNames> names(batches.size());
  std::vector<std::vector<const InteractionRecord*>> records(batches.size());
  DictionaryCache cache(10'000'000);
  for (size_t i = 0; i < batches.size(); ++i) {
    for (const InteractionRecord& record : batches[i].interactions) {
      AddNames(kInteractionTable, record, &names[i]);
      records[i].push_back(&record);
    }
    EXPECT_TRUE(ResolveNames(sessions[0].get(), &cache, &names[i], {}).ok());
    std::sort(records[i].begin(), records[i].end(),
              [](const auto* a, const auto* b) { return a->interaction_id < b->interaction_id; });
  }
  database.Run("CHECKPOINT");
  const double rate = Measure(batches, rows, [&](int thread, size_t i) {
    const auto upsert =
        UpsertRecords<InteractionRecord>(sessions[static_cast<size_t>(thread)].get(),
                                         kInteractionTable, records[i], names[i], {}, {});
    EXPECT_TRUE(upsert.ok()) << upsert.status();
  });
  EXPECT_EQ(database.Value("SELECT count(*) FROM kpid.interactions"), std::to_string(rows));
  return rate;
}

TEST(IngestLoadBench, StoreAndLoad) {
  const int64_t rows = RowCount();
  const std::vector<RecordBatch> batches = MakeBatches(rows);
  const double bare = MeasureBare(batches, rows);

  TestDatabase database;
  const auto open = database.Open();
  RecordStore store(open.get());
  database.Run("CHECKPOINT");
  const auto ingest = [&](int64_t* inserted, int64_t* unchanged) {
    std::atomic<int64_t> inserted_sum{0};
    std::atomic<int64_t> unchanged_sum{0};
    const double rate = Measure(batches, rows, [&](int, size_t i) {
      const auto outcome = store.Ingest(batches[i], {});
      ASSERT_TRUE(outcome.ok()) << outcome.status();
      inserted_sum += outcome->inserted;
      unchanged_sum += outcome->unchanged;
    });
    *inserted = inserted_sum;
    *unchanged = unchanged_sum;
    return rate;
  };
  int64_t inserted = 0;
  int64_t unchanged = 0;
  const double stored = ingest(&inserted, &unchanged);
  EXPECT_EQ(inserted, rows);
  const double again = ingest(&inserted, &unchanged);
  EXPECT_EQ(unchanged, rows);

  FactLoader loader(open.get(), {}, [] { return At(0); });
  metrics::FactDemand demand;
  demand.interactions = metrics::TimeRange{At(0), At(kYearSeconds)};
  demand.repeat_window = std::chrono::hours(48);
  const auto start = steady_clock::now();
  const auto snapshot = loader.Snapshot(demand, {});
  const double loaded = RowsPerSecond(rows, start);
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  size_t facts = 0;
  for (const auto& chunk : (*snapshot)->interactions()) facts += chunk->size();
  EXPECT_EQ(facts, static_cast<size_t>(rows));
  std::printf(
      "rows=%ld threads=%d batch=%d bare=%.0f/s store=%.0f/s (%.2f) again=%.0f/s "
      "load=%.0f/s\n",
      static_cast<long>(rows), kThreads, kBatchRows, bare, stored, stored / bare, again, loaded);
}

}  // namespace
}  // namespace kpid::storage
