// Loads all resident facts: several connections, one committed state.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "metrics/fact_store.h"
#include "metrics/time.h"
#include "storage/code_set.h"
#include "storage/connection_parameters.h"
#include "storage/fact_sink.h"
#include "storage/feed_names.h"
#include "storage/feed_plan.h"
#include "storage/feed_position.h"
#include "storage/feed_tables.h"
#include "storage/session.h"

namespace kpid::storage {

struct FeedLoadOptions {
  SessionOptions session;
  int connections = 4;
  int64_t facts_per_piece_max = 100'000;

  // The window; absent: everything.
  std::optional<metrics::Instant> start;

  // Once more is held, older interactions are not read any more; 0: no limit.
  int64_t memory_bytes_max = 0;

  std::function<void(int64_t facts, int64_t expected)> on_progress;  // May be empty.
};

// What was loaded.
struct FeedLoaded {
  FeedPosition position;
  std::string fingerprint;
  std::unique_ptr<FeedNames> names;
  CodeSet conversations;
  std::optional<metrics::Instant> start;  // Later than was asked for when memory ran out.
  int64_t facts = 0;
};

// Made for one load; Run is called once.
class FeedLoad {
 public:
  // `sink` must outlive this.
  FeedLoad(FactSink* sink, FeedLoadOptions options, const metrics::CallLimits& limits);

  // Replaces all that the sink holds, in pieces. `watermark`: everything committed before it is
  // in. Unless it is OK the sink holds anything.
  absl::StatusOr<FeedLoaded> Run(metrics::Instant watermark);

 private:
  absl::Status RunTasks(Session* leader, const std::string& exported);
  absl::Status LoadReaching(Session* session);
  void Work(Session* session);
  absl::Status RunTask(Session* session, const FeedTask& task, FeedRows* rows,
                       metrics::FactLoading* loading);
  void Count(int64_t facts);
  bool Skip(const FeedTask& task);
  FeedRows RowsToRead() const;
  void Fail(const absl::Status& status);

  FactSink* const sink_;
  const FeedLoadOptions options_;
  metrics::CallLimits limits_;  // The caller's, and an error of another thread.
  metrics::Instant watermark_{};
  bool own_conversations_ = false;
  FeedLoaded loaded_;
  std::vector<FeedTask> tasks_;
  std::atomic<size_t> next_task_{0};
  int64_t expected_ = 0;
  bool by_time_ = false;
  std::atomic<bool> failed_{false};

  std::mutex mutex_;  // Guards loaded_.facts and .conversations, and what follows.
  absl::Status first_error_;
  std::optional<metrics::Instant> skipped_end_;  // Interactions before it were not read.
};

}  // namespace kpid::storage
