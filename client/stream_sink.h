// Generated records on their way to the server.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "client/generator/record_sink.h"
#include "client/ingest_totals.h"
#include "client/record_stream.h"

namespace kpid::client {

// Deals the records out to several streams in turn. Ids must not repeat: records of one id would
// not keep their order. For one thread.
class StreamSink : public RecordSink, private RecordStreamObserver {
 public:
  // Each stream gets a channel of its own from `open_channel`. `notice` is told of broken streams
  // and rejected records, from any thread. REQUIRES: totals outlives the sink.
  StreamSink(const std::function<std::shared_ptr<grpc::Channel>()>& open_channel, int streams,
             int batch_records, const RetryPolicy& policy, IngestTotals* totals,
             std::function<void(const std::string&)> notice);

  v1::StreamRecord* Add() override;
  bool IsOpen() const override { return status_.ok(); }

  // Sends what is held and waits until all is acknowledged.
  grpc::Status Finish();

 private:
  void SendBatch();

  void OnAcknowledged(const RecordBatch& batch) override;
  void OnRejected(const RecordBatch& batch, const v1::RejectedRecord& rejected) override;
  void OnCounts(const v1::IngestCounts& counts) override;
  void OnRetry(const grpc::Status& status, int tries, std::chrono::milliseconds delay,
               int64_t records) override;

  const int batch_records_;
  const int tries_max_;
  IngestTotals* totals_;
  std::function<void(const std::string&)> notice_;
  std::vector<std::unique_ptr<RecordStream>> streams_;
  std::shared_ptr<RecordBatch> batch_;
  size_t next_stream_ = 0;
  grpc::Status status_;
};

}  // namespace kpid::client
