// StreamRecords over a real connection, with storage that tests make up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <semaphore>

#include "made_up_server_fixture.h"
#include "metrics/error_reason.h"
#include "record_builders.h"
#include "violation_matchers.h"

namespace kpid::server {
namespace {

using testing::ElementsAre;

class StreamRecordsTest : public MadeUpServerTest {
 protected:
  static v1::StreamRecordsRequest Message(int64_t sequence, int records = 1) {
    v1::StreamRecordsRequest message;
    message.set_sequence(sequence);
    for (int i = 0; i < records; ++i) {
      *message.add_records()->mutable_interaction() =
          ValidInteraction(std::to_string(sequence) + "-" + std::to_string(i));
    }
    return message;
  }
};

TEST_F(StreamRecordsTest, EveryMessageIsAcknowledgedInTheEnd) {
  TestServer server = Make();
  grpc::ClientContext context;
  auto stream = server.ingest->StreamRecords(&context);
  constexpr int kMessages = 2'000;
  auto reader = std::async(std::launch::async, [&] {
    v1::StreamRecordsResponse response;
    int64_t last = 0;
    int64_t inserted = 0;
    while (stream->Read(&response)) {
      EXPECT_GT(response.acknowledged_sequence(), last);
      last = response.acknowledged_sequence();
      inserted += response.counts().inserted_count();
    }
    return std::pair(last, inserted);
  });
  for (int i = 1; i <= kMessages; ++i) ASSERT_TRUE(stream->Write(Message(i, 3)));
  stream->WritesDone();
  EXPECT_EQ(reader.get(), std::pair(int64_t{kMessages}, int64_t{3 * kMessages}));
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(stored_, 3 * kMessages);
}

TEST_F(StreamRecordsTest, AnswersWhileTheClientIsSilent) {
  TestServer server = Make();
  grpc::ClientContext context;
  auto stream = server.ingest->StreamRecords(&context);
  for (const int64_t sequence : {1, 7, 9}) {
    ASSERT_TRUE(stream->Write(Message(sequence)));
    v1::StreamRecordsResponse response;
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.acknowledged_sequence(), sequence);
  }
  context.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(StreamRecordsTest, AStorageFailureEndsItWithAllDetailsAlthoughTheClientIsSilent) {
  on_store_ = [](const metrics::CallLimits&) {
    return metrics::ErrorWithReason(absl::StatusCode::kUnavailable, "gone",
                                    {"DATABASE_UNAVAILABLE", {}});
  };
  TestServer server = Make();
  grpc::ClientContext context;
  auto stream = server.ingest->StreamRecords(&context);
  ASSERT_TRUE(stream->Write(Message(1)));
  v1::StreamRecordsResponse response;
  EXPECT_FALSE(stream->Read(&response));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(DetailsOf(status).reason, "DATABASE_UNAVAILABLE");
  EXPECT_TRUE(DetailsOf(status).has_retry);
  EXPECT_EQ(context.GetServerTrailingMetadata().count("x-request-id"), 1u);
}

TEST_F(StreamRecordsTest, ASequenceThatDoesNotIncreaseEndsItAfterWhatCameBefore) {
  TestServer server = Make();
  grpc::ClientContext context;
  auto stream = server.ingest->StreamRecords(&context);
  ASSERT_TRUE(stream->Write(Message(5)));
  ASSERT_TRUE(stream->Write(Message(5)));
  v1::StreamRecordsResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.acknowledged_sequence(), 5);
  EXPECT_FALSE(stream->Read(&response));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(DetailsOf(status).violations, ElementsAre("sequence SEQUENCE_NOT_INCREASING"));
}

TEST_F(StreamRecordsTest, TooManyStreamsAreRefusedWithRetry) {
  Configuration configuration = TestConfiguration();
  configuration.streams = 1;
  TestServer server = Make(configuration);
  grpc::ClientContext first_context;
  auto first = server.ingest->StreamRecords(&first_context);
  ASSERT_TRUE(first->Write(Message(1)));
  v1::StreamRecordsResponse response;
  ASSERT_TRUE(first->Read(&response));
  grpc::ClientContext second_context;
  auto second = server.ingest->StreamRecords(&second_context);
  EXPECT_FALSE(second->Read(&response));
  const grpc::Status refused = second->Finish();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(DetailsOf(refused).reason, "OVERLOADED");
  EXPECT_EQ(DetailsOf(refused).metadata.at("class"), "stream");
  first->WritesDone();
  EXPECT_TRUE(first->Finish().ok());
}

TEST_F(StreamRecordsTest, AStreamWaitsForItsTransactionRatherThanFail) {
  Configuration configuration = TestConfiguration();
  configuration.ingest_calls = 1;
  configuration.call_waiters = 0;
  std::binary_semaphore started(0);
  std::binary_semaphore go_on(0);
  std::atomic<int> stores = 0;
  on_store_ = [&](const metrics::CallLimits&) {
    if (stores++ == 0) {
      started.release();
      go_on.acquire();
    }
    return absl::OkStatus();
  };
  TestServer server = Make(configuration);
  grpc::ClientContext first_context;
  auto first = server.ingest->StreamRecords(&first_context);
  ASSERT_TRUE(first->Write(Message(1)));
  started.acquire();
  grpc::ClientContext second_context;
  auto second = server.ingest->StreamRecords(&second_context);
  ASSERT_TRUE(second->Write(Message(1)));
  second->WritesDone();
  go_on.release();
  v1::StreamRecordsResponse response;
  EXPECT_TRUE(second->Read(&response));
  EXPECT_TRUE(second->Finish().ok());
}

TEST_F(StreamRecordsTest, ShutdownAcknowledgesWhatIsStoredAndSaysWhy) {
  TestServer server = Make();
  grpc::ClientContext context;
  auto stream = server.ingest->StreamRecords(&context);
  ASSERT_TRUE(stream->Write(Message(1)));
  v1::StreamRecordsResponse response;
  ASSERT_TRUE(stream->Read(&response));
  auto stopped = std::async(std::launch::async, [&] {
    server.server().Shutdown(milliseconds(0), std::chrono::minutes(1));
  });
  EXPECT_FALSE(stream->Read(&response)) << "the client neither wrote nor closed";
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(DetailsOf(status).reason, "SHUTTING_DOWN");
  stopped.get();
}

TEST_F(StreamRecordsTest, ShutdownWaitsForWhatIsBeingStored) {
  std::binary_semaphore started(0);
  std::binary_semaphore go_on(0);
  on_store_ = [&](const metrics::CallLimits&) {
    started.release();
    go_on.acquire();
    return absl::OkStatus();
  };
  TestServer server = Make();
  grpc::ClientContext context;
  auto stream = server.ingest->StreamRecords(&context);
  ASSERT_TRUE(stream->Write(Message(1)));
  started.acquire();
  auto stopped = std::async(std::launch::async, [&] {
    server.server().Shutdown(milliseconds(0), std::chrono::hours(24));
  });
  // Longer than connections without calls have.
  EXPECT_EQ(stopped.wait_for(milliseconds(1'500)), std::future_status::timeout);
  go_on.release();
  v1::StreamRecordsResponse response;
  EXPECT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.acknowledged_sequence(), 1);
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(DetailsOf(stream->Finish()).reason, "SHUTTING_DOWN");
  stopped.get();
}

// Not that every acknowledgement arrives: a gRPC client that is still writing when the server ends
// the call drops what it has not read yet. It sends these messages again, which is harmless.
TEST_F(StreamRecordsTest, WhatIsAcknowledgedIsStoredWhenTheServerStopsUnderLoad) {
  TestServer server = Make();
  grpc::ClientContext context;
  auto stream = server.ingest->StreamRecords(&context);
  std::promise<void> running;
  auto reader = std::async(std::launch::async, [&] {
    v1::StreamRecordsResponse response;
    int64_t acknowledged = 0;
    while (stream->Read(&response)) {
      if (acknowledged == 0) running.set_value();
      acknowledged = response.acknowledged_sequence();
    }
    return acknowledged;
  });
  auto writer = std::async(std::launch::async, [&] {
    int64_t sequence = 0;
    while (stream->Write(Message(sequence + 1))) ++sequence;
    return sequence;
  });
  running.get_future().get();
  server.server().Shutdown(milliseconds(0), std::chrono::minutes(1));
  const int64_t acknowledged = reader.get();
  const int64_t sent = writer.get();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_GE(stored_, acknowledged);
  EXPECT_LE(acknowledged, sent);
}

TEST_F(StreamRecordsTest, ADeadlineEndsIt) {
  TestServer server = Make();
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + milliseconds(20));
  auto stream = server.ingest->StreamRecords(&context);
  v1::StreamRecordsResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(StreamRecordsTest, MessagesLargerThanTheQueueGoThrough) {
  TestServer server = Make();
  grpc::ClientContext context;
  auto stream = server.ingest->StreamRecords(&context);
  v1::StreamRecordsRequest large = Message(1);
  large.mutable_records(0)->mutable_interaction()->set_case_id(std::string(5 << 20, 'x'));
  ASSERT_TRUE(stream->Write(large));
  ASSERT_TRUE(stream->Write(Message(2)));
  stream->WritesDone();
  int64_t acknowledged = 0;
  int64_t rejected = 0;
  v1::StreamRecordsResponse response;
  while (stream->Read(&response)) {
    acknowledged = response.acknowledged_sequence();
    rejected += response.counts().rejected_count();
  }
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(acknowledged, 2);
  EXPECT_EQ(rejected, 1);
}

}  // namespace
}  // namespace kpid::server
