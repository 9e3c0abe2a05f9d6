#include "server/record_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <stdexcept>

#include "grpcpp/impl/codegen/proto_utils.h"
#include "metrics/error_reason.h"
#include "record_builders.h"
#include "violation_matchers.h"

namespace kpid::server {
namespace {

using testing::ElementsAre;

// How long a test waits for what has to happen, and looks whether happens what must not.
constexpr std::chrono::seconds kPatience(60);
constexpr std::chrono::milliseconds kLook(50);

grpc::ByteBuffer Buffer(const v1::StreamRecordsRequest& message) {
  grpc::ByteBuffer buffer;
  bool own = false;
  EXPECT_TRUE(
      grpc::SerializationTraits<v1::StreamRecordsRequest>::Serialize(message, &buffer, &own).ok());
  return buffer;
}

grpc::ByteBuffer Message(int64_t sequence, int records = 1) {
  v1::StreamRecordsRequest message;
  message.set_sequence(sequence);
  for (int i = 0; i < records; ++i) {
    *message.add_records()->mutable_interaction() =
        ValidInteraction(std::to_string(sequence) + "-" + std::to_string(i));
  }
  return Buffer(message);
}

// A stream whose transactions and acknowledgements are noted.
class RecordStreamTest : public testing::Test {
 protected:
  RecordStream Make(RecordStreamLimits limits = {}) {
    return RecordStream(
        limits, "r1",
        [this](const storage::RecordBatch& batch) -> absl::StatusOr<storage::IngestOutcome> {
          if (on_commit_) on_commit_();
          if (!commit_status_.ok()) return commit_status_;
          commits_.push_back(batch.size());
          return storage::IngestOutcome{static_cast<int64_t>(batch.size()), 0, 0};
        },
        [this](const v1::StreamRecordsResponse& response) {
          responses_.push_back(response);
          return send_ok_;
        },
        [this] {
          const std::lock_guard lock(mutex_);
          ++resumes_;
          resumed_.notify_all();
        });
  }

  // A stream of which each message is a transaction, and of which one message waits at most.
  RecordStream MakeNarrow() {
    RecordStreamLimits limits;
    limits.queued_messages_max = 1;
    limits.transaction_records_max = 1;
    return Make(limits);
  }

  // Whether the stream has said, within the time, for the `count`th time that it has room again:
  // a narrow one does with each message that it takes.
  bool Resumed(int count, std::chrono::milliseconds time = kPatience) {
    std::unique_lock lock(mutex_);
    return resumed_.wait_for(lock, time, [&] { return resumes_ >= count; });
  }

  std::vector<int64_t> Acknowledged() const {
    std::vector<int64_t> sequences;
    for (const auto& response : responses_) sequences.push_back(response.acknowledged_sequence());
    return sequences;
  }

  std::function<void()> on_commit_;
  absl::Status commit_status_;
  bool send_ok_ = true;
  std::vector<size_t> commits_;
  std::vector<v1::StreamRecordsResponse> responses_;
  std::mutex mutex_;
  std::condition_variable resumed_;
  int resumes_ = 0;
};

TEST_F(RecordStreamTest, WhatWaitsIsOneTransaction) {
  RecordStream stream = Make();
  EXPECT_TRUE(stream.Offer(Message(1, 2)));
  EXPECT_TRUE(stream.Offer(Message(5, 3)));
  EXPECT_TRUE(stream.Offer(Message(6, 0)));
  stream.CloseInput();
  EXPECT_TRUE(stream.Run().ok());
  EXPECT_THAT(commits_, ElementsAre(5));
  EXPECT_THAT(Acknowledged(), ElementsAre(6));
  EXPECT_EQ(responses_[0].counts().inserted_count(), 5);
  EXPECT_EQ(stream.totals().messages, 3);
  EXPECT_EQ(stream.totals().transactions, 1);
}

TEST_F(RecordStreamTest, ATransactionHasABound) {
  RecordStreamLimits limits;
  limits.transaction_records_max = 4;
  RecordStream stream = Make(limits);
  for (int i = 1; i <= 5; ++i) stream.Offer(Message(i, 3));
  stream.CloseInput();
  EXPECT_TRUE(stream.Run().ok());
  EXPECT_THAT(commits_, ElementsAre(6, 6, 3));
  EXPECT_THAT(Acknowledged(), ElementsAre(2, 4, 5));
}

TEST_F(RecordStreamTest, RejectedRecordsAreReportedAndTheRestIsStored) {
  RecordStream stream = Make();
  v1::StreamRecordsRequest message;
  message.set_sequence(3);
  message.add_records();
  *message.add_records()->mutable_survey_response() = ValidSurvey();
  stream.Offer(Buffer(message));
  stream.CloseInput();
  EXPECT_TRUE(stream.Run().ok());
  ASSERT_EQ(responses_.size(), 1u);
  EXPECT_EQ(responses_[0].counts().inserted_count(), 1);
  EXPECT_EQ(responses_[0].counts().rejected_count(), 1);
  EXPECT_EQ(responses_[0].rejected_records(0).sequence(), 3);
  EXPECT_EQ(responses_[0].rejected_records(0).index(), 0);
  EXPECT_EQ(stream.totals().rejected, 1);
}

TEST_F(RecordStreamTest, AnAcknowledgementListsNotTooManyRejections) {
  RecordStreamLimits limits;
  limits.rejected_records_max = 2;
  RecordStream stream = Make(limits);
  v1::StreamRecordsRequest message;
  message.add_records();
  for (int i = 1; i <= 5; ++i) {
    message.set_sequence(i);
    stream.Offer(Buffer(message));
  }
  stream.CloseInput();
  EXPECT_TRUE(stream.Run().ok());
  EXPECT_THAT(Acknowledged(), ElementsAre(2, 4, 5));
}

TEST_F(RecordStreamTest, AMessageOfRejectedRecordsIsAcknowledgedWithoutTransaction) {
  RecordStream stream = Make();
  v1::StreamRecordsRequest message;
  message.set_sequence(3);
  message.add_records();
  stream.Offer(Buffer(message));
  stream.CloseInput();
  EXPECT_TRUE(stream.Run().ok());
  EXPECT_THAT(commits_, ElementsAre());
  EXPECT_THAT(Acknowledged(), ElementsAre(3));
}

TEST_F(RecordStreamTest, SequencesMustIncreaseFromOne) {
  for (const std::vector<int64_t>& sequences :
       {std::vector<int64_t>{0}, {-1}, {3, 3}, {3, 2}, {7, 8, 1}}) {
    commits_.clear();
    responses_.clear();
    RecordStream stream = Make();
    for (const int64_t sequence : sequences) stream.Offer(Message(sequence));
    stream.Offer(Message(1'000));
    const absl::Status status = stream.Run();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(DetailsOf(ToGrpcStatus(status, "")).violations,
                ElementsAre("sequence SEQUENCE_NOT_INCREASING"));
    if (sequences.size() > 1) {
      EXPECT_THAT(Acknowledged(), ElementsAre(sequences[sequences.size() - 2]));
    } else {
      EXPECT_THAT(Acknowledged(), ElementsAre());
    }
  }
}

TEST_F(RecordStreamTest, AnUnreadableMessageEndsTheStreamAfterWhatCameBefore) {
  RecordStream stream = Make();
  stream.Offer(Message(4));
  const grpc::Slice garbage("\xff\xff\xff");
  stream.Offer(grpc::ByteBuffer(&garbage, 1));
  EXPECT_EQ(stream.Run().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Acknowledged(), ElementsAre(4));
}

TEST_F(RecordStreamTest, TooManyRecordsEndTheStream) {
  RecordStream stream = Make();
  stream.Offer(Message(1, 10'001));
  EXPECT_THAT(DetailsOf(ToGrpcStatus(stream.Run(), "")).violations,
              ElementsAre("records TOO_MANY_ITEMS"));
  EXPECT_THAT(Acknowledged(), ElementsAre());
}

TEST_F(RecordStreamTest, NothingIsAcknowledgedThatIsNotCommitted) {
  RecordStreamLimits limits;
  limits.transaction_records_max = 1;
  RecordStream stream = Make(limits);
  stream.Offer(Message(1));
  stream.Offer(Message(2));
  on_commit_ = [this] {
    if (commits_.size() == 1) commit_status_ = absl::UnavailableError("gone");
  };
  EXPECT_EQ(stream.Run(), absl::UnavailableError("gone"));
  EXPECT_THAT(Acknowledged(), ElementsAre(1));
}

TEST_F(RecordStreamTest, TheNextTransactionIsPreparedWhileOneCommits) {
  RecordStream stream = MakeNarrow();
  on_commit_ = [&] {
    if (!commits_.empty()) return;
    EXPECT_FALSE(stream.Offer(Message(2)));
    EXPECT_TRUE(Resumed(2));
    EXPECT_TRUE(responses_.empty());
    stream.CloseInput();
  };
  auto run = std::async(std::launch::async, [&] { return stream.Run(); });
  EXPECT_FALSE(stream.Offer(Message(1))) << "taken, but no room after it";
  EXPECT_TRUE(run.get().ok());
  EXPECT_THAT(commits_, ElementsAre(1, 1));
  EXPECT_THAT(Acknowledged(), ElementsAre(1, 2));
}

TEST_F(RecordStreamTest, NoMoreThanOneTransactionIsPreparedAhead) {
  RecordStream stream = MakeNarrow();
  on_commit_ = [&] {
    if (!commits_.empty()) return;
    EXPECT_FALSE(stream.Offer(Message(2)));
    EXPECT_TRUE(Resumed(2));
    EXPECT_FALSE(stream.Offer(Message(3)));
    EXPECT_FALSE(Resumed(3, kLook)) << "taken, with another prepared already";
    stream.CloseInput();
  };
  auto run = std::async(std::launch::async, [&] { return stream.Run(); });
  EXPECT_FALSE(stream.Offer(Message(1))) << "taken, but no room after it";
  EXPECT_TRUE(run.get().ok());
  EXPECT_THAT(Acknowledged(), ElementsAre(1, 2, 3));
}

TEST_F(RecordStreamTest, TransactionsCommitOneAfterTheOtherInOrder) {
  RecordStreamLimits limits;
  limits.transaction_records_max = 1;
  RecordStream stream = Make(limits);
  std::vector<int64_t> sequences;
  for (int i = 1; i <= 200; ++i) {
    stream.Offer(Message(i));
    sequences.push_back(i);
  }
  stream.CloseInput();
  std::atomic<int> running = 0;
  on_commit_ = [&] {
    EXPECT_EQ(running++, 0);
    EXPECT_EQ(commits_.size(), responses_.size()) << "each is acknowledged before the next";
    --running;
  };
  EXPECT_TRUE(stream.Run().ok());
  EXPECT_EQ(Acknowledged(), sequences);
}

TEST_F(RecordStreamTest, WhatWasPreparedIsNotStoredAfterAFailure) {
  RecordStream stream = MakeNarrow();
  int begun = 0;
  on_commit_ = [&] {
    if (++begun == 1) {
      EXPECT_FALSE(stream.Offer(Message(2)));
      EXPECT_TRUE(Resumed(2));
    }
    commit_status_ = begun == 1 ? absl::UnavailableError("gone") : absl::OkStatus();
  };
  auto run = std::async(std::launch::async, [&] { return stream.Run(); });
  EXPECT_FALSE(stream.Offer(Message(1))) << "taken, but no room after it";
  EXPECT_EQ(run.get(), absl::UnavailableError("gone"));
  EXPECT_EQ(begun, 1);
  EXPECT_THAT(Acknowledged(), ElementsAre());
}

TEST_F(RecordStreamTest, AFailureCountsMoreThanABadMessageAfterIt) {
  RecordStream stream = MakeNarrow();
  on_commit_ = [&] {
    EXPECT_FALSE(stream.Offer(Message(1)));  // Its sequence does not increase.
    EXPECT_TRUE(Resumed(2));
    commit_status_ = absl::UnavailableError("gone");
  };
  auto run = std::async(std::launch::async, [&] { return stream.Run(); });
  EXPECT_FALSE(stream.Offer(Message(1))) << "taken, but no room after it";
  EXPECT_EQ(run.get(), absl::UnavailableError("gone"));
}

TEST_F(RecordStreamTest, WhatWasPreparedIsNotStoredAfterCancellation) {
  RecordStream stream = MakeNarrow();
  int begun = 0;
  on_commit_ = [&] {
    if (++begun > 1) return;
    EXPECT_FALSE(stream.Offer(Message(2)));
    EXPECT_TRUE(Resumed(2));
    stream.Cancel();
  };
  auto run = std::async(std::launch::async, [&] { return stream.Run(); });
  EXPECT_FALSE(stream.Offer(Message(1))) << "taken, but no room after it";
  EXPECT_EQ(run.get().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(begun, 1);
  EXPECT_THAT(Acknowledged(), ElementsAre(1));
}

TEST_F(RecordStreamTest, AFailureEndsItAlthoughNoMessageComes) {
  RecordStream stream = Make();
  commit_status_ = absl::UnavailableError("gone");
  auto run = std::async(std::launch::async, [&] { return stream.Run(); });
  stream.Offer(Message(1));
  EXPECT_EQ(run.get(), absl::UnavailableError("gone"));
}

TEST_F(RecordStreamTest, AnExceptionOfATransactionIsThrownOn) {
  RecordStream stream = Make();
  on_commit_ = [] { throw std::runtime_error("broken"); };
  stream.Offer(Message(1));
  EXPECT_THROW(stream.Run(), std::runtime_error);
  EXPECT_THAT(Acknowledged(), ElementsAre());
}

TEST_F(RecordStreamTest, DrainingStoresWhatWasPrepared) {
  RecordStream stream = MakeNarrow();
  on_commit_ = [&] {
    if (!commits_.empty()) return;
    EXPECT_FALSE(stream.Offer(Message(2)));
    EXPECT_TRUE(Resumed(2));
    EXPECT_FALSE(stream.Offer(Message(3)));
    stream.Drain();
  };
  auto run = std::async(std::launch::async, [&] { return stream.Run(); });
  EXPECT_FALSE(stream.Offer(Message(1))) << "taken, but no room after it";
  EXPECT_EQ(metrics::ReasonOf(run.get())->reason, "SHUTTING_DOWN");
  EXPECT_THAT(Acknowledged(), ElementsAre(1, 2, 3));
}

TEST_F(RecordStreamTest, DrainingStoresWhatIsThereAndTakesNothingMore) {
  RecordStream stream = Make();
  stream.Offer(Message(1));
  stream.Drain();
  EXPECT_FALSE(stream.Offer(Message(2)));
  const absl::Status status = stream.Run();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(metrics::ReasonOf(status)->reason, "SHUTTING_DOWN");
  EXPECT_THAT(Acknowledged(), ElementsAre(1));
}

TEST_F(RecordStreamTest, AfterCancellationNothingIsStored) {
  RecordStream stream = Make();
  stream.Offer(Message(1));
  stream.Cancel();
  EXPECT_EQ(stream.Run().code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(commits_, ElementsAre());
}

TEST_F(RecordStreamTest, AClientThatTakesNoAnswerEndsIt) {
  RecordStream stream = Make();
  stream.Offer(Message(1));
  send_ok_ = false;
  EXPECT_EQ(stream.Run().code(), absl::StatusCode::kCancelled);
}

TEST_F(RecordStreamTest, WaitsForMessagesAndIsWokenByTheEnd) {
  RecordStream stream = Make();
  auto run = std::async(std::launch::async, [&] { return stream.Run(); });
  stream.Offer(Message(1));
  stream.CloseInput();
  EXPECT_TRUE(run.get().ok());
  EXPECT_THAT(Acknowledged(), ElementsAre(1));
}

TEST_F(RecordStreamTest, AFullQueueStopsReadingUntilThereIsRoom) {
  RecordStreamLimits limits;
  limits.queued_messages_max = 2;
  RecordStream stream = Make(limits);
  EXPECT_TRUE(stream.Offer(Message(1)));
  EXPECT_FALSE(stream.Offer(Message(2)));
  bool cancelled = false;
  on_commit_ = [&] {
    if (!cancelled) stream.Cancel();
    cancelled = true;
  };
  EXPECT_FALSE(stream.Run().ok());
  EXPECT_EQ(resumes_, 1);
}

TEST_F(RecordStreamTest, BytesFillTheQueueToo) {
  RecordStreamLimits limits;
  limits.queued_bytes_max = 100;
  RecordStream stream = Make(limits);
  EXPECT_FALSE(stream.Offer(Message(1, 10))) << "taken, but no room after it";
  stream.CloseInput();
  EXPECT_TRUE(stream.Run().ok());
  EXPECT_THAT(Acknowledged(), ElementsAre(1));
}

}  // namespace
}  // namespace kpid::server
