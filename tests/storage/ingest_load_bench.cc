// How fast interactions are stored and loaded, against the bare statement.
//
// KPID_BENCH_ROWS: interactions, 20,000 by default so that it runs with the tests.
//   bare    INSERT ... SELECT FROM unnest, one transaction each, keys of names known beforehand
//   store   the same rows through RecordStore, names new to it
//   again   the same rows once more: all unchanged
//   load    all rows through FactLoader
// and in another run, in turns on two databases:
//   alone   through RecordStore, nobody reads
//   fed     the same with a feed that follows into the resident store: how far behind it was at
//           most, and how long a reader waited for what it wrote itself
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <span>
#include <thread>

#include "metrics/interaction_chunk.h"
#include "metrics/fact_store.h"
#include "storage/dictionary_resolver.h"
#include "storage/fact_feed.h"
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
constexpr size_t kTurnBatches = 20;
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

using Batches = std::span<const RecordBatch>;
using Work = std::function<void(int thread, size_t batch)>;

double SecondsSince(steady_clock::time_point start) {
  return std::chrono::duration<double>(steady_clock::now() - start).count();
}

// Seconds that it takes to do `work` with batches [first, end) on all threads.
double Measure(size_t first, size_t end, const Work& work) {
  std::atomic<size_t> next{first};
  const auto start = steady_clock::now();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (size_t i = next++; i < end; i = next++) work(thread, i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return SecondsSince(start);
}

// The statement alone: connected, names known, records sorted beforehand.
class Bare {
 public:
  explicit Bare(Batches batches) : names_(batches.size()), records_(batches.size()) {
    for (int i = 0; i < kThreads; ++i) sessions_.push_back(OpenSession(database_));
    DictionaryCache cache(10'000'000);
    for (size_t i = 0; i < batches.size(); ++i) {
      for (const InteractionRecord& record : batches[i].interactions) {
        AddNames(kInteractionTable, record, &names_[i]);
        records_[i].push_back(&record);
      }
      EXPECT_TRUE(ResolveNames(sessions_[0].get(), &cache, &names_[i], {}).ok());
      std::sort(records_[i].begin(), records_[i].end(),
                [](const auto* a, const auto* b) { return a->interaction_id < b->interaction_id; });
    }
  }

  void Insert(int thread, size_t batch) {
    const auto upsert = UpsertRecords<InteractionRecord>(
        sessions_[static_cast<size_t>(thread)].get(), kInteractionTable, records_[batch],
        names_[batch], {}, {});
    EXPECT_TRUE(upsert.ok()) << upsert.status();
  }

 private:
  TestDatabase database_;
  std::vector<std::unique_ptr<Session>> sessions_;
  std::vector<BatchNames> names_;
  std::vector<std::vector<const InteractionRecord*>> records_;
};

TEST(IngestLoadBench, StoreAndLoad) {
  const int64_t rows = RowCount();
  const std::vector<RecordBatch> batches = MakeBatches(rows);
  Bare bare(batches);
  TestDatabase database;
  const auto open = database.Open();
  RecordStore store(open.get());
  std::atomic<int64_t> inserted{0};
  std::atomic<int64_t> unchanged{0};
  const Work ingest = [&](int, size_t batch) {
    const auto outcome = store.Ingest(batches[batch], {});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    inserted += outcome->inserted;
    unchanged += outcome->unchanged;
  };
  // In turns, so that what else the machine does hits both.
  double bare_seconds = 0;
  double store_seconds = 0;
  for (size_t first = 0; first < batches.size(); first += kTurnBatches) {
    const size_t end = std::min(batches.size(), first + kTurnBatches);
    bare_seconds += Measure(first, end, [&](int thread, size_t i) { bare.Insert(thread, i); });
    store_seconds += Measure(first, end, ingest);
  }
  EXPECT_EQ(inserted, rows);
  const double again_seconds = Measure(0, batches.size(), ingest);
  EXPECT_EQ(unchanged, rows);

  FactLoader loader(open.get(), {}, [] { return At(0); });
  metrics::FactDemand demand;
  demand.interactions = metrics::TimeRange{At(0), At(kYearSeconds)};
  demand.repeat_window = std::chrono::hours(48);
  const auto start = steady_clock::now();
  const auto snapshot = loader.Snapshot(demand, {});
  const double load_seconds = SecondsSince(start);
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  size_t facts = 0;
  for (const auto& chunk : (*snapshot)->interactions()) facts += chunk->size();
  EXPECT_EQ(facts, static_cast<size_t>(rows));
  const double count = static_cast<double>(rows);
  std::printf(
      "rows=%ld threads=%d batch=%d bare=%.0f/s store=%.0f/s (%.2f) again=%.0f/s load=%.0f/s\n",
      static_cast<long>(rows), kThreads, kBatchRows, count / bare_seconds, count / store_seconds,
      bare_seconds / store_seconds, count / again_seconds, count / load_seconds);
}

double Quantile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(part * static_cast<double>(values.size() - 1))];
}

// Looks at a feed while others write.
class FeedWatch {
 public:
  FeedWatch(FactFeed* feed, Database* database) : feed_(feed), database_(database) {
    lag_ = std::thread([this] {
      while (!Rest(std::chrono::milliseconds(2))) {
        lags_.push_back(static_cast<double>(feed_->status().lag.count()));
      }
    });
    reader_ = std::thread([this] {
      RecordStore store(database_);
      for (int i = 0; !Rest(std::chrono::milliseconds(10)); ++i) {
        const auto outcome = store.Ingest(
            BatchOf<InteractionRecord>({MakeInteraction("own-" + std::to_string(i), i)}), {});
        EXPECT_TRUE(outcome.ok()) << outcome.status();
        const auto start = steady_clock::now();
        const auto state =
            feed_->WaitFor(database_->commits().commits(), std::chrono::seconds(60), {});
        EXPECT_TRUE(state.ok() && *state != nullptr);
        waits_.push_back(SecondsSince(start) * 1'000);
      }
    });
  }
  void Stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    stopped_.notify_all();
    lag_.join();
    reader_.join();
  }
  const std::vector<double>& lags() const { return lags_; }    // Milliseconds.
  const std::vector<double>& waits() const { return waits_; }  // Milliseconds.

 private:
  // Whether it is to stop.
  bool Rest(std::chrono::milliseconds rest) {
    std::unique_lock lock(mutex_);
    return stopped_.wait_for(lock, rest, [this] { return stopping_; });
  }

  FactFeed* const feed_;
  Database* const database_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::vector<double> lags_;
  std::vector<double> waits_;
  std::thread lag_;
  std::thread reader_;
};

TEST(IngestLoadBench, FollowedByAFeed) {
  const int64_t rows = RowCount();
  const std::vector<RecordBatch> batches = MakeBatches(rows);
  TestDatabase alone_database;
  TestDatabase fed_database;
  const auto alone_open = alone_database.Open();
  const auto fed_open = fed_database.Open();
  RecordStore alone(alone_open.get());
  RecordStore fed(fed_open.get());
  metrics::FactStore resident({});
  FactStoreSink sink(&resident);
  double alone_seconds = 0;
  double fed_seconds = 0;
  std::vector<double> lags, waits;
  FeedStatus status;
  {
    FactFeed feed(fed_open.get(), &sink, {}, RealFeedEnvironment(), {});
    ASSERT_TRUE(feed.Step().ok());
    feed.Start();
    const auto ingest = [&](RecordStore* store) {
      return [&batches, store](int, size_t batch) {
        const auto outcome = store->Ingest(batches[batch], {});
        ASSERT_TRUE(outcome.ok()) << outcome.status();
      };
    };
    for (size_t first = 0; first < batches.size(); first += kTurnBatches) {
      const size_t end = std::min(batches.size(), first + kTurnBatches);
      alone_seconds += Measure(first, end, ingest(&alone));
      FeedWatch watch(&feed, fed_open.get());
      fed_seconds += Measure(first, end, ingest(&fed));
      watch.Stop();
      lags.insert(lags.end(), watch.lags().begin(), watch.lags().end());
      waits.insert(waits.end(), watch.waits().begin(), watch.waits().end());
    }
    const auto state =
        feed.WaitFor(fed_open->commits().commits(), std::chrono::seconds(60), {});
    ASSERT_TRUE(state.ok() && *state != nullptr);
    EXPECT_GE(resident.size().interactions, rows);
    status = feed.status();
  }
  metrics::FactStore anew({});
  FactStoreSink anew_sink(&anew);
  FactFeed load(fed_open.get(), &anew_sink, {}, RealFeedEnvironment(), {});
  const auto start = steady_clock::now();
  ASSERT_TRUE(load.Step().ok());
  const double load_seconds = SecondsSince(start);
  EXPECT_EQ(anew.size().interactions, resident.size().interactions);
  const double count = static_cast<double>(rows);
  std::printf(
      "rows=%ld alone=%.0f/s fed=%.0f/s (%.2f) steps=%ld lag p50=%.0f p99=%.0f max=%.0f ms"
      " own write p50=%.1f p99=%.1f max=%.1f ms (%zu) load=%.0f/s memory=%.1f bytes/interaction\n",
      static_cast<long>(rows), count / alone_seconds, count / fed_seconds,
      alone_seconds / fed_seconds, static_cast<long>(status.steps), Quantile(lags, 0.5),
      Quantile(lags, 0.99), Quantile(lags, 1), Quantile(waits, 0.5), Quantile(waits, 0.99),
      Quantile(waits, 1), waits.size(), count / load_seconds,
      static_cast<double>(resident.size().memory_bytes) / count);
}

}  // namespace
}  // namespace kpid::storage
