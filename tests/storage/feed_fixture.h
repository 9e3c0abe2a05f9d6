// A feed that is driven by hand, over a database of its own.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/fact_feed.h"
#include "storage/record_store.h"
#include "storage/roster_store.h"
#include "tests/storage/plain_sink.h"
#include "tests/storage/record_builders.h"
#include "tests/storage/status_matchers.h"
#include "tests/support/test_database.h"

namespace kpid::storage {

class FeedTest : public ::testing::Test {
 protected:
  void MakeFeed(FeedOptions options = {}) {
    feed_.reset();
    FeedEnvironment environment = RealFeedEnvironment();
    environment.wall_now = [this] { return now_; };
    environment.now = [this] { return std::chrono::steady_clock::now() + passed_; };
    FeedObserver observer;
    observer.on_reload = [this](std::string_view reason) { reloads_.emplace_back(reason); };
    observer.on_change = [this](uint64_t version) { version_ = version; };
    observer.on_failure = [this](const absl::Status& status) { failure_ = status; };
    observer.on_progress = [this](int64_t facts, int64_t) {
      progress_.push_back(facts);
      if (auto happen = std::exchange(during_load_, {})) happen();
    };
    sink_ = std::make_unique<PlainSink>();
    feed_ = std::make_unique<FactFeed>(open_.get(), sink_.get(), options, environment, observer);
  }

  void Ingest(const RecordBatch& batch) {
    const auto outcome = store_.Ingest(batch, {});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    ASSERT_TRUE(outcome->costs_of_unknown_group.empty());
  }

  // A step, and nothing differs from the database after it.
  void StepAndCompare() {
    const absl::Status status = feed_->Step();
    ASSERT_TRUE(status.ok()) << status;
    const std::string difference = DifferenceOf(sink_->Texts(), StoredTexts(database_.url()));
    EXPECT_EQ(difference, "");
  }

  test_support::TestDatabase database_;
  std::unique_ptr<Database> open_ = database_.Open();
  RecordStore store_{open_.get()};
  RosterStore roster_{open_.get()};
  Instant now_ = At(0);
  std::vector<std::string> reloads_;
  std::vector<int64_t> progress_;
  std::function<void()> during_load_;              // Called once, when a load has read something.
  std::chrono::steady_clock::duration passed_{0};  // By which the feed's clock is ahead.
  uint64_t version_ = 0;
  absl::Status failure_;
  std::unique_ptr<PlainSink> sink_;
  std::unique_ptr<FactFeed> feed_;
};

}  // namespace kpid::storage
