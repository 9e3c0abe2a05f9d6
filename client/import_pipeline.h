// The way of a file's rows into the server: one thread reads and deals the rows out by the hash
// of their id, so that rows of one id keep their order; for each stream another one reads the
// fields and sends. Memory is bounded by the queues between them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/csv_reader.h"
#include "client/ingest_totals.h"
#include "client/record_columns.h"
#include "client/record_stream.h"
#include "client/rejected_file.h"

namespace kpid::client {

// Batches of rows that wait for a stream's thread: enough that neither waits for the other.
inline constexpr size_t kBatchesQueuedMax = 4;

struct ImportJob {
  CsvReader* reader;  // The header was read from it.
  const RecordColumns* columns;
  size_t header_size = 0;  // Columns of the file.
  // Opens a channel; each stream gets one of its own. Null: rows are only parsed.
  std::function<std::shared_ptr<grpc::Channel>()> open_channel;
  int streams = 4;
  int batch_rows = 2000;
  RetryPolicy retry;
  RejectedFile* rejected;
  IngestTotals* totals;
  std::function<void(const std::string&)> notice;  // Told of broken streams; from any thread.
};

struct ImportOutcome {
  absl::Status read_status;  // Reading the source.
  grpc::Status send_status;  // The first stream that was given up.
};

// Runs until every row is settled, or something failed for good. Without channels, rows that
// can be parsed count as settled only.
ImportOutcome RunImport(const ImportJob& job);

}  // namespace kpid::client
