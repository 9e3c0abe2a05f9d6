#include "client/record_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "client/connection.h"
#include "client/error_report.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/client/fake_ingest_service.h"

namespace kpid::client {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

class CountingObserver : public RecordStreamObserver {
 public:
  void OnAcknowledged(const RecordBatch& batch) override {
    records += batch.request().records_size();
    sequences.push_back(batch.request().sequence());
  }
  void OnRejected(const RecordBatch& batch, const v1::RejectedRecord& rejected_record) override {
    rejected.push_back(
        batch.request().records(rejected_record.index()).interaction().interaction_id());
  }
  void OnCounts(const v1::IngestCounts& counts) override { inserted += counts.inserted_count(); }
  void OnRetry(const grpc::Status& status, int tries, milliseconds delay, int64_t) override {
    retries.push_back(status.error_code());
    last_tries = tries;
    delays.push_back(delay);
  }

  std::atomic<int64_t> records{0};
  std::atomic<int64_t> inserted{0};
  std::vector<int64_t> sequences;
  std::vector<std::string> rejected;
  std::vector<grpc::StatusCode> retries;
  std::vector<milliseconds> delays;
  int last_tries = 0;
};

// A batch of records; each id comes with a revision that counts up.
std::shared_ptr<RecordBatch> MakeBatch(int batch, int records) {
  auto made = std::make_shared<RecordBatch>();
  for (int i = 0; i < records; ++i) {
    v1::Interaction* interaction = made->request().add_records()->mutable_interaction();
    interaction->set_interaction_id("i" + std::to_string(i));
    interaction->set_revision(batch);
  }
  return made;
}

class RecordStreamTest : public testing::Test {
 protected:
  RecordStreamTest() : server_(&service_) {
    options_.address = server_.address();
    channel_ = OpenChannel(options_);
    policy_.sleep = [this](milliseconds) { ++sleeps_; };
    policy_.random = [] { return 0.0; };
  }

  grpc::Status SendBatches(int batches, int records) {
    RecordStream stream(channel_, policy_, &observer_);
    for (int i = 1; i <= batches; ++i) {
      const grpc::Status status = stream.Send(MakeBatch(i, records));
      if (!status.ok()) return status;
    }
    return stream.Finish();
  }

  // Every record arrived, and none was overtaken by an older version of itself for good.
  void ExpectAllThere(int batches, int records) {
    const auto applied = service_.applied();
    EXPECT_EQ(applied.size(), static_cast<size_t>(records));
    for (const auto& [id, revisions] : applied) {
      EXPECT_EQ(revisions.back(), batches) << id;
      int64_t highest = 0;
      for (const int64_t revision : revisions) {
        EXPECT_LE(revision, highest + 1) << id << ": one was left out";
        highest = std::max(highest, revision);
      }
    }
    EXPECT_EQ(observer_.records, batches * records);
    std::vector<int64_t> sequences;
    for (int i = 1; i <= batches; ++i) sequences.push_back(i);
    EXPECT_EQ(observer_.sequences, sequences) << "each batch is acknowledged once, in order";
  }

  FakeIngestService service_;
  LoopbackServer server_;
  ServerOptions options_;
  std::shared_ptr<grpc::Channel> channel_;
  RetryPolicy policy_;
  CountingObserver observer_;
  std::atomic<int> sleeps_{0};
};

TEST_F(RecordStreamTest, SendsEverythingOnce) {
  EXPECT_TRUE(SendBatches(50, 20).ok());
  ExpectAllThere(50, 20);
  EXPECT_EQ(service_.streams(), 1);
  EXPECT_EQ(observer_.inserted, 20);
  for (const auto& [id, revisions] : service_.applied()) EXPECT_EQ(revisions.size(), 50U);
}

TEST_F(RecordStreamTest, OpensNoStreamForNothing) {
  EXPECT_TRUE(SendBatches(0, 0).ok());
  EXPECT_EQ(service_.streams(), 0);
}

TEST_F(RecordStreamTest, TakesAcknowledgementsOfSeveralMessages) {
  service_.AddScript({.acknowledge_every = 3});
  EXPECT_TRUE(SendBatches(20, 5).ok());
  ExpectAllThere(20, 5);
}

TEST_F(RecordStreamTest, SendsAgainWhatABrokenStreamLeft) {
  for (int i = 0; i < 5; ++i) {
    service_.AddScript({.messages_max = 3, .lose_last = i % 2 == 0, .acknowledge_every = 2});
  }
  EXPECT_TRUE(SendBatches(40, 7).ok());
  ExpectAllThere(40, 7);
  EXPECT_EQ(service_.streams(), 6);
  EXPECT_EQ(sleeps_, 5);
}

TEST_F(RecordStreamTest, ServerThatEndsTheStreamEarlyIsAskedAgain) {
  service_.AddScript({.messages_max = 1, .break_with = grpc::Status::OK});
  EXPECT_TRUE(SendBatches(5, 2).ok());
  ExpectAllThere(5, 2);
}

TEST_F(RecordStreamTest, WaitsAsLongAsARefusingServerAsks) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(7);
  google::rpc::Status details;
  details.add_details()->PackFrom(retry);
  service_.AddScript({.refuse = grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "full",
                                             details.SerializeAsString())});
  EXPECT_TRUE(SendBatches(3, 2).ok());
  ExpectAllThere(3, 2);
  EXPECT_THAT(observer_.delays, ElementsAre(milliseconds(7000)));
}

TEST_F(RecordStreamTest, SurvivesARestartOfTheServer) {
  RecordStream stream(channel_, policy_, &observer_);
  ASSERT_TRUE(stream.Send(MakeBatch(1, 3)).ok());
  server_.Stop();
  // Two more tries find nobody; then the server is back.
  policy_.tries_max = 10;
  CountingObserver observer;
  RetryPolicy policy = policy_;
  int tries = 0;
  policy.sleep = [&](milliseconds) {
    if (++tries == 2) {
      server_.Start();
      channel_->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(20));
    }
  };
  RecordStream other(channel_, policy, &observer);
  for (int i = 1; i <= 10; ++i) ASSERT_TRUE(other.Send(MakeBatch(i, 3)).ok());
  EXPECT_TRUE(other.Finish().ok());
  EXPECT_EQ(observer.records, 30);
  EXPECT_GE(tries, 2);
}

TEST_F(RecordStreamTest, GivesUpAfterTheLimit) {
  policy_.tries_max = 3;
  for (int i = 0; i < 10; ++i) {
    service_.AddScript({.refuse = grpc::Status(grpc::StatusCode::UNAVAILABLE, "no")});
  }
  EXPECT_EQ(SendBatches(3, 2).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(service_.streams(), 4);
  EXPECT_EQ(observer_.last_tries, 3);
}

TEST_F(RecordStreamTest, ProgressStartsTheCountOfTriesAnew) {
  policy_.tries_max = 2;
  for (int i = 0; i < 8; ++i) service_.AddScript({.messages_max = 2});
  EXPECT_TRUE(SendBatches(20, 2).ok());
  ExpectAllThere(20, 2);
}

TEST_F(RecordStreamTest, ErrorsThatStayAreNotRetried) {
  service_.AddScript({.refuse = grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "no such thing")});
  EXPECT_EQ(SendBatches(3, 2).error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(service_.streams(), 1);
  EXPECT_EQ(sleeps_, 0);
}

TEST_F(RecordStreamTest, NamesRejectedRecords) {
  service_.Refuse("i1");
  EXPECT_TRUE(SendBatches(2, 3).ok());
  EXPECT_THAT(observer_.rejected, ElementsAre("i1", "i1"));
}

TEST_F(RecordStreamTest, AcknowledgementOfWhatWasNotSentIsAnError) {
  service_.AddScript({.acknowledge_ahead = 100});
  const grpc::Status status = SendBatches(3, 2);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), testing::HasSubstr("which was not sent"));
}

TEST_F(RecordStreamTest, SilentServerIsLeftAndTriedAgain) {
  policy_.silence_max = milliseconds(50);
  service_.AddScript({.silent = true});
  EXPECT_TRUE(SendBatches(kMessagesInFlightMax + 3, 2).ok());
  ExpectAllThere(kMessagesInFlightMax + 3, 2);
  EXPECT_THAT(observer_.retries, ElementsAre(grpc::StatusCode::CANCELLED));
}

TEST_F(RecordStreamTest, GoesQuietlyWithWorkLeft) {
  service_.AddScript({.silent = true});
  RecordStream stream(channel_, policy_, &observer_);
  EXPECT_TRUE(stream.Send(MakeBatch(1, 2)).ok());
}

TEST(RetryDelay, DoublesUpToTheLimit) {
  RetryPolicy policy;
  policy.random = [] { return 0.999999; };
  EXPECT_EQ(RetryDelay(policy, 1, milliseconds(0)), milliseconds(99));
  EXPECT_EQ(RetryDelay(policy, 2, milliseconds(0)), milliseconds(199));
  EXPECT_EQ(RetryDelay(policy, 50, milliseconds(0)), milliseconds(3999));
  policy.random = [] { return 0.0; };
  EXPECT_EQ(RetryDelay(policy, 1, milliseconds(0)), milliseconds(50));
  EXPECT_EQ(RetryDelay(policy, 1, milliseconds(9000)), milliseconds(9000));
}

TEST(IsWorthRetrying, JudgesByCodeAndOrigin) {
  EXPECT_TRUE(IsWorthRetrying({grpc::StatusCode::UNAVAILABLE, ""}));
  EXPECT_TRUE(IsWorthRetrying({grpc::StatusCode::INTERNAL, "RST_STREAM"}));
  EXPECT_FALSE(IsWorthRetrying({grpc::StatusCode::INVALID_ARGUMENT, ""}));
  EXPECT_FALSE(IsWorthRetrying({grpc::StatusCode::UNAUTHENTICATED, ""}));
  google::rpc::ErrorInfo info;
  info.set_reason("INTERNAL");
  google::rpc::Status details;
  details.add_details()->PackFrom(info);
  EXPECT_FALSE(IsWorthRetrying({grpc::StatusCode::INTERNAL, "bug", details.SerializeAsString()}));
  EXPECT_TRUE(IsWorthRetrying({grpc::StatusCode::RESOURCE_EXHAUSTED, "busy"}));
  details.Clear();
  info.set_reason("TOO_MANY_TARGETS");
  details.add_details()->PackFrom(info);
  EXPECT_FALSE(
      IsWorthRetrying({grpc::StatusCode::RESOURCE_EXHAUSTED, "full", details.SerializeAsString()}));
}

}  // namespace
}  // namespace kpid::client
