#include "client/record_stream.h"

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/error_report.h"

namespace kpid::client {
namespace {

double RandomFraction() {
  thread_local std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
}

RetryPolicy WithDefaults(RetryPolicy policy) {
  if (!policy.random) policy.random = RandomFraction;
  return policy;
}

}  // namespace

std::chrono::milliseconds RetryDelay(const RetryPolicy& policy, int tries,
                                     std::chrono::milliseconds asked) {
  std::chrono::milliseconds delay = policy.delay_first;
  for (int i = 1; i < tries && delay < policy.delay_max; ++i) delay *= 2;
  delay = std::min(delay, policy.delay_max);
  const double fraction = policy.random ? policy.random() : RandomFraction();
  delay = delay / 2 + std::chrono::milliseconds(
                          static_cast<int64_t>(static_cast<double>(delay.count() / 2) * fraction));
  return std::max(delay, asked);
}

// The one exhaustion that lasts until somebody does something about it.
constexpr std::string_view kTooManyTargets = "TOO_MANY_TARGETS";

bool IsWorthRetrying(const grpc::Status& status) {
  const std::string reason = ErrorDetailsOf(status).reason;
  const bool named = !reason.empty();
  switch (status.error_code()) {
    case grpc::StatusCode::OK:  // A server that goes may end streams so.
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::ABORTED:
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return true;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return reason != kTooManyTargets;
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::INTERNAL:
      return !named;
    default:
      return false;
  }
}

RecordStream::RecordStream(std::shared_ptr<grpc::Channel> channel, RetryPolicy policy,
                           RecordStreamObserver* observer)
    : stub_(v1::IngestService::NewStub(std::move(channel))),
      policy_(WithDefaults(std::move(policy))),
      observer_(observer),
      last_progress_(std::chrono::steady_clock::now()),
      thread_([this] { Run(); }) {}

RecordStream::~RecordStream() {
  {
    Lock lock(mutex_);
    abandoned_ = true;
    closing_ = true;
    if (context_ != nullptr) context_->TryCancel();
    changed_.notify_all();
  }
  thread_.join();
}

// Waits for the condition, and meanwhile breaks off a stream on which nothing moves.
template <class Condition>
void RecordStream::WaitWatching(Lock* lock, Condition condition) {
  while (!condition()) {
    const auto silence_ends = last_progress_ + policy_.silence_max;
    changed_.wait_until(*lock, silence_ends);
    if (std::chrono::steady_clock::now() < last_progress_ + policy_.silence_max) continue;
    last_progress_ = std::chrono::steady_clock::now();
    if (context_ != nullptr) context_->TryCancel();
  }
}

grpc::Status RecordStream::Send(std::shared_ptr<RecordBatch> batch) {
  Lock lock(mutex_);
  WaitWatching(&lock, [&] { return pending_.size() < kMessagesInFlightMax || done_; });
  if (done_) return status_;
  if (pending_.empty()) last_progress_ = std::chrono::steady_clock::now();
  batch->request().set_sequence(next_sequence_++);
  pending_.push_back(std::move(batch));
  changed_.notify_all();
  return grpc::Status::OK;
}

grpc::Status RecordStream::Finish() {
  Lock lock(mutex_);
  closing_ = true;
  last_progress_ = std::chrono::steady_clock::now();
  changed_.notify_all();
  WaitWatching(&lock, [&] { return done_; });
  return status_;
}

void RecordStream::Run() {
  int tries = 0;
  for (;;) {
    int64_t acknowledged_before = 0;
    {
      Lock lock(mutex_);
      changed_.wait(lock, [&] { return !pending_.empty() || closing_; });
      if (IsFinished() || abandoned_) break;
      acknowledged_before = acknowledged_;
    }
    grpc::Status status = Attempt();
    Lock lock(mutex_);
    if (IsFinished() || abandoned_) break;
    if (!protocol_error_.ok()) status = protocol_error_;
    if (acknowledged_ != acknowledged_before) tries = 0;
    if (status.ok() && pending_.empty()) continue;  // Ended while idle.
    if (!IsWorthRetrying(status) || ++tries > policy_.tries_max) {
      if (status.ok()) {
        status = grpc::Status(grpc::StatusCode::UNAVAILABLE,
                              "the server ends the stream without acknowledging the records");
      }
      status_ = status;
      break;
    }
    const std::chrono::milliseconds delay =
        RetryDelay(policy_, tries, ErrorDetailsOf(status).retry_delay);
    const int64_t records = PendingRecords();
    lock.unlock();
    observer_->OnRetry(status, tries, delay, records);
    if (policy_.sleep) policy_.sleep(delay);
    lock.lock();
    if (!policy_.sleep) changed_.wait_for(lock, delay, [&] { return abandoned_; });
    last_progress_ = std::chrono::steady_clock::now();
  }
  Lock lock(mutex_);
  done_ = true;
  changed_.notify_all();
}

// One stream from its beginning to its end; its status.
grpc::Status RecordStream::Attempt() {
  grpc::ClientContext context;
  {
    Lock lock(mutex_);
    if (abandoned_) return grpc::Status::CANCELLED;
    context_ = &context;
    written_ = 0;
    broken_ = false;
  }
  const std::unique_ptr<Stream> stream = stub_->StreamRecords(&context);
  std::thread reader([&] { Read(stream.get()); });
  Write(stream.get());
  stream->WritesDone();
  reader.join();
  const grpc::Status status = stream->Finish();
  Lock lock(mutex_);
  context_ = nullptr;
  return status;
}

// Writes batches until the stream breaks, or all are written and no more will come.
void RecordStream::Write(Stream* stream) {
  Lock lock(mutex_);
  for (;;) {
    changed_.wait(lock,
                  [&] { return broken_ || abandoned_ || written_ < pending_.size() || closing_; });
    if (broken_ || abandoned_ || written_ == pending_.size()) return;
    const std::shared_ptr<RecordBatch> batch = pending_[written_++];
    lock.unlock();
    const bool written = stream->Write(batch->request());
    lock.lock();
    if (!written) return;
  }
}

void RecordStream::Read(Stream* stream) {
  v1::StreamRecordsResponse response;
  while (stream->Read(&response) && Take(response)) {
  }
  Lock lock(mutex_);
  broken_ = true;
  changed_.notify_all();
}

// Takes an acknowledgement; false when it makes no sense.
bool RecordStream::Take(const v1::StreamRecordsResponse& response) {
  std::vector<std::shared_ptr<RecordBatch>> acknowledged;
  {
    Lock lock(mutex_);
    for (size_t i = 0; i < written_; ++i) {
      if (pending_[i]->request().sequence() > response.acknowledged_sequence()) break;
      acknowledged.push_back(pending_[i]);
    }
    const int64_t last =
        acknowledged.empty() ? acknowledged_ : acknowledged.back()->request().sequence();
    if (response.acknowledged_sequence() > last) {
      protocol_error_ =
          grpc::Status(grpc::StatusCode::FAILED_PRECONDITION,
                       absl::StrCat("the server acknowledges message ",
                                    response.acknowledged_sequence(), ", which was not sent"));
      if (context_ != nullptr) context_->TryCancel();
      return false;
    }
  }
  // The observer is told before the batches leave, so that Finish returns after it was told all.
  for (const v1::RejectedRecord& rejected : response.rejected_records()) {
    for (const std::shared_ptr<RecordBatch>& batch : acknowledged) {
      if (batch->request().sequence() == rejected.sequence() && rejected.index() >= 0 &&
          rejected.index() < batch->request().records_size()) {
        observer_->OnRejected(*batch, rejected);
      }
    }
  }
  if (!acknowledged.empty()) observer_->OnCounts(response.counts());
  for (const std::shared_ptr<RecordBatch>& batch : acknowledged) {
    observer_->OnAcknowledged(*batch);
  }
  Lock lock(mutex_);
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<int64_t>(acknowledged.size()));
  written_ -= acknowledged.size();
  acknowledged_ = std::max(acknowledged_, response.acknowledged_sequence());
  last_progress_ = std::chrono::steady_clock::now();
  changed_.notify_all();
  return true;
}

int64_t RecordStream::PendingRecords() const {
  int64_t records = 0;
  for (size_t i = 0; i < written_; ++i) records += pending_[i]->request().records_size();
  return records;
}

}  // namespace kpid::client
