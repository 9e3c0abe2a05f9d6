// A server over a real connection, with storage and facts that the test makes up.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <utility>

#include "test_server.h"

namespace kpid::server {

class MadeUpServerTest : public testing::Test {
 protected:
  // What it stores is counted as inserted.
  TestServer Make(Configuration configuration = TestConfiguration()) {
    ServerDependencies dependencies;
    dependencies.store_batch =
        [this](const storage::RecordBatch& batch,
               const metrics::CallLimits& limits) -> absl::StatusOr<storage::IngestOutcome> {
      if (on_store_) {
        if (absl::Status status = on_store_(limits); !status.ok()) return status;
      }
      stored_ += static_cast<int>(batch.size());
      return storage::IngestOutcome{static_cast<int64_t>(batch.size()), 0, 0};
    };
    dependencies.facts = &facts_;
    dependencies.ping = [this](const metrics::CallLimits&) {
      return database_up_ ? absl::OkStatus() : absl::UnavailableError("down");
    };
    return TestServer(configuration, std::move(dependencies));
  }

  FakeFacts facts_;
  std::function<absl::Status(const metrics::CallLimits&)> on_store_;  // Null: no failure.
  std::atomic<int> stored_ = 0;
  std::atomic<bool> database_up_ = true;
};

}  // namespace kpid::server
