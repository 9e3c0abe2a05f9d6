#include "server/record_stream.h"

#include <utility>

#include "grpcpp/impl/codegen/proto_utils.h"
#include "metrics/error_reason.h"
#include "server/ingest_requests.h"
#include "server/join_text.h"
#include "server/reasons.h"

namespace kpid::server {

RecordStream::RecordStream(RecordStreamLimits limits, std::string request_id, Commit commit,
                           Send send, Resume resume)
    : limits_(limits),
      request_id_(std::move(request_id)),
      commit_(std::move(commit)),
      send_(std::move(send)),
      resume_(std::move(resume)) {}

bool RecordStream::Offer(grpc::ByteBuffer message) {
  std::lock_guard lock(mutex_);
  if (input_ != Input::kOpen) return false;  // The stream is ending: not acknowledged, sent again.
  queued_bytes_ += message.Length();
  queue_.push_back(std::move(message));
  paused_ =
      queue_.size() >= limits_.queued_messages_max || queued_bytes_ >= limits_.queued_bytes_max;
  changed_.notify_one();
  return !paused_;
}

void RecordStream::CloseInput() {
  std::lock_guard lock(mutex_);
  if (input_ == Input::kOpen) input_ = Input::kClosed;
  changed_.notify_one();
}

void RecordStream::Cancel() {
  std::lock_guard lock(mutex_);
  input_ = Input::kCancelled;
  changed_.notify_one();
}

void RecordStream::Drain() {
  std::lock_guard lock(mutex_);
  if (input_ == Input::kOpen) input_ = Input::kDraining;
  changed_.notify_one();
}

bool RecordStream::Take(bool wait, grpc::ByteBuffer* message) {
  bool resume = false;
  {
    std::unique_lock lock(mutex_);
    if (wait) {
      changed_.wait(lock, [this] { return !queue_.empty() || input_ != Input::kOpen; });
    }
    if (queue_.empty() || input_ == Input::kCancelled) return false;
    *message = std::move(queue_.front());
    queue_.pop_front();
    queued_bytes_ -= message->Length();
    resume = paused_ && input_ == Input::kOpen && queue_.size() < limits_.queued_messages_max &&
             queued_bytes_ < limits_.queued_bytes_max;
    if (resume) paused_ = false;
  }
  if (resume) resume_();
  return true;
}

absl::Status RecordStream::EndOfInput() {
  std::lock_guard lock(mutex_);
  switch (input_) {
    case Input::kCancelled:
      return absl::CancelledError("the caller has gone");
    case Input::kDraining:
      return metrics::ErrorWithReason(
          absl::StatusCode::kUnavailable,
          "the server is shutting down; what is acknowledged is stored, send the rest again",
          {reason::kShuttingDown, {}});
    case Input::kOpen:
    case Input::kClosed:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status RecordStream::AddMessage(grpc::ByteBuffer message, RejectionList* rejections,
                                      Group* group) {
  arena_.Reset();
  auto* request = google::protobuf::Arena::CreateMessage<v1::StreamRecordsRequest>(&arena_);
  grpc::ProtoBufferReader reader(&message);
  if (!reader.status().ok() || !request->ParseFromZeroCopyStream(&reader)) {
    return metrics::ErrorWithReason(
        absl::StatusCode::kInvalidArgument,
        JoinText("the message after sequence ", last_sequence_,
                 " cannot be read: it is no StreamRecordsRequest, or text in it is not UTF-8"),
        {reason::kRequestInvalid, {{"last_sequence", JoinText(last_sequence_)}}});
  }
  if (request->sequence() <= last_sequence_) {
    ViolationList violations;
    const FieldPath root = FieldPath::Root();
    violations.Add(root.Field("sequence"), reason::kSequenceNotIncreasing,
                   JoinText("is ", request->sequence(), "; must be above ", last_sequence_));
    return violations.ToStatus();
  }
  if (absl::Status status = ReadRecords(*request, rejections, &group->records); !status.ok()) {
    return status;
  }
  last_sequence_ = request->sequence();
  ++group->messages;
  return absl::OkStatus();
}

absl::Status RecordStream::Finish(Group* group, RejectionList* rejections) {
  const auto outcome = StoreRecords(commit_, &group->records, rejections);
  if (!outcome.ok()) return outcome.status();
  if (group->records.batch.size() > 0) ++totals_.transactions;
  const int64_t rejected = group->response.rejected_records_size();
  totals_.messages += group->messages;
  totals_.rejected += rejected;
  totals_.outcome += *outcome;
  group->response.set_acknowledged_sequence(last_sequence_);
  SetIngestCounts(*outcome, rejected, group->response.mutable_counts());
  return send_(group->response) ? absl::OkStatus() : absl::CancelledError("the caller has gone");
}

absl::Status RecordStream::Run() {
  while (true) {
    Group group;
    RejectionList rejections(group.response.mutable_rejected_records(), request_id_);
    grpc::ByteBuffer message;
    absl::Status error;
    bool open = Take(/*wait=*/true, &message);
    while (open) {
      error = AddMessage(std::move(message), &rejections, &group);
      if (!error.ok() || group.records.batch.size() >= limits_.transaction_records_max ||
          rejections.size() >= limits_.rejected_records_max) {
        break;
      }
      message.Clear();
      if (!Take(/*wait=*/false, &message)) break;
    }
    if (group.messages > 0) {
      if (absl::Status status = Finish(&group, &rejections); !status.ok()) return status;
    }
    if (!error.ok()) return error;
    if (!open) return EndOfInput();
  }
}

}  // namespace kpid::server
