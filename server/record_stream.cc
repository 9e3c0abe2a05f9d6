#include "server/record_stream.h"

#include <system_error>
#include <thread>
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

void RecordStream::Group::Clear(const std::string& request_id) {
  records.batch.Clear();
  records.cost_origins.clear();
  response.Clear();
  rejections = RejectionList(response.mutable_rejected_records(), request_id);
  messages = 0;
  last_sequence = 0;
}

std::unique_ptr<RecordStream::Group> RecordStream::NewGroup() {
  {
    std::lock_guard lock(mutex_);
    if (spare_ != nullptr) return std::move(spare_);
  }
  return std::make_unique<Group>(request_id_);
}

bool RecordStream::Take(bool wait, grpc::ByteBuffer* message) {
  bool resume = false;
  {
    std::unique_lock lock(mutex_);
    const auto come = [this] {
      return !queue_.empty() || input_ != Input::kOpen || !commit_status_.ok();
    };
    while (wait && !changed_.wait_for(lock, limits_.memory_kept, come)) spare_.reset();
    if (queue_.empty() || input_ == Input::kCancelled || !commit_status_.ok()) return false;
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

absl::Status RecordStream::AddMessage(grpc::ByteBuffer message, Group* group) {
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
  absl::Status status = ReadRecords(*request, &group->rejections, &group->records);
  if (!status.ok()) return status;
  last_sequence_ = request->sequence();
  group->last_sequence = last_sequence_;
  ++group->messages;
  return absl::OkStatus();
}

bool RecordStream::TakesMore(const Group& group) {
  if (group.records.batch.size() >= limits_.transaction_records_max ||
      group.rejections.size() >= limits_.rejected_records_max) {
    return false;
  }
  // A transaction that could begin does not wait for messages; one that cannot may as well.
  std::unique_lock lock(mutex_);
  changed_.wait(
      lock, [this] { return !queue_.empty() || input_ != Input::kOpen || committing_ == nullptr; });
  return !queue_.empty();
}

absl::Status RecordStream::HandOver(std::unique_ptr<Group> group) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return committing_ == nullptr; });
  if (!commit_status_.ok()) return commit_status_;
  if (input_ == Input::kCancelled) return absl::CancelledError("the caller has gone");
  committing_ = std::move(group);
  handed_over_.notify_one();
  return absl::OkStatus();
}

absl::Status RecordStream::PrepareGroups() {
  while (true) {
    grpc::ByteBuffer message;
    absl::Status error;
    const bool open = Take(/*wait=*/true, &message);
    std::unique_ptr<Group> group = NewGroup();
    for (bool more = open; more;) {
      error = AddMessage(std::move(message), group.get());
      message.Clear();
      more = error.ok() && TakesMore(*group) && Take(/*wait=*/false, &message);
    }
    if (group->messages > 0) {
      if (absl::Status status = HandOver(std::move(group)); !status.ok()) return status;
    }
    if (!error.ok()) return error;
    if (!open) return EndOfInput();
  }
}

absl::Status RecordStream::Finish(Group* group) {
  const auto outcome = StoreRecords(commit_, &group->records, &group->rejections);
  if (!outcome.ok()) return outcome.status();
  if (group->records.batch.size() > 0) ++totals_.transactions;
  const int64_t rejected = group->response.rejected_records_size();
  totals_.messages += group->messages;
  totals_.rejected += rejected;
  totals_.outcome += *outcome;
  group->response.set_acknowledged_sequence(group->last_sequence);
  SetIngestCounts(*outcome, rejected, group->response.mutable_counts());
  return send_(group->response) ? absl::OkStatus() : absl::CancelledError("the caller has gone");
}

void RecordStream::CommitGroups() {
  std::unique_lock lock(mutex_);
  while (true) {
    handed_over_.wait(lock, [this] { return committing_ != nullptr || no_more_groups_; });
    if (committing_ == nullptr) return;
    Group* const group = committing_.get();
    lock.unlock();
    absl::Status status;
    std::exception_ptr exception;
    try {
      status = Finish(group);
    } catch (...) {
      exception = std::current_exception();
      status = absl::InternalError("a transaction threw");
    }
    lock.lock();
    commit_status_ = std::move(status);
    commit_exception_ = std::move(exception);
    std::unique_ptr<Group> done = std::move(committing_);
    changed_.notify_one();
    lock.unlock();  // Nobody waits until this one is taken apart.
    done->Clear(request_id_);
    lock.lock();
    spare_ = std::move(done);
  }
}

absl::Status RecordStream::Run() {
  std::thread committer;
  try {
    committer = std::thread([this] { CommitGroups(); });
  } catch (const std::system_error&) {
    return metrics::ErrorWithReason(absl::StatusCode::kResourceExhausted,
                                    "no thread can be started; try again later",
                                    {reason::kOverloaded, {}});
  }
  const auto join = [&] {
    {
      std::lock_guard lock(mutex_);
      no_more_groups_ = true;
      handed_over_.notify_one();
    }
    committer.join();  // After the transaction that is under way.
  };
  absl::Status status;
  try {
    status = PrepareGroups();
  } catch (...) {
    join();
    throw;
  }
  join();
  if (commit_exception_ != nullptr) std::rethrow_exception(commit_exception_);
  return commit_status_.ok() ? status : commit_status_;
}

}  // namespace kpid::server
