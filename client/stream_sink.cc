#include "client/stream_sink.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/error_report.h"

namespace kpid::client {

StreamSink::StreamSink(const std::function<std::shared_ptr<grpc::Channel>()>& open_channel,
                       int streams, int batch_records, const RetryPolicy& policy,
                       IngestTotals* totals, std::function<void(const std::string&)> notice)
    : batch_records_(batch_records),
      tries_max_(policy.tries_max),
      totals_(totals),
      notice_(std::move(notice)),
      batch_(std::make_shared<RecordBatch>()) {
  RecordStreamObserver* observer = this;
  for (int i = 0; i < streams; ++i) {
    streams_.push_back(std::make_unique<RecordStream>(open_channel(), policy, observer));
  }
}

v1::StreamRecord* StreamSink::Add() {
  if (batch_->request().records_size() >= batch_records_) SendBatch();
  return batch_->request().add_records();
}

void StreamSink::SendBatch() {
  std::shared_ptr<RecordBatch> batch = std::exchange(batch_, std::make_shared<RecordBatch>());
  if (!status_.ok() || batch->request().records_size() == 0) return;
  status_ = streams_[next_stream_]->Send(std::move(batch));
  next_stream_ = (next_stream_ + 1) % streams_.size();
}

grpc::Status StreamSink::Finish() {
  SendBatch();
  for (const std::unique_ptr<RecordStream>& stream : streams_) {
    if (status_.ok()) status_ = stream->Finish();
  }
  streams_.clear();
  return status_;
}

void StreamSink::OnAcknowledged(const RecordBatch& batch) {
  totals_->settled += batch.request().records_size();
}

void StreamSink::OnRejected(const RecordBatch&, const v1::RejectedRecord& rejected) {
  notice_(absl::StrCat("kpid: rejected ", rejected.record_id(), ": ",
                       RejectionText(rejected.status())));
}

void StreamSink::OnCounts(const v1::IngestCounts& counts) {
  totals_->inserted += counts.inserted_count();
  totals_->updated += counts.updated_count();
  totals_->unchanged += counts.unchanged_count();
  totals_->rejected += counts.rejected_count();
}

void StreamSink::OnRetry(const grpc::Status& status, int tries, std::chrono::milliseconds delay,
                         int64_t records) {
  totals_->sent_again += records;
  if (tries % kTriesPerNotice == 1) notice_(RetryNotice(status, tries, tries_max_, delay));
}

}  // namespace kpid::client
