#include "server/ingest_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record_builders.h"
#include "violation_matchers.h"

namespace kpid::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class IngestRequestsTest : public testing::Test {
 protected:
  google::protobuf::RepeatedPtrField<v1::RejectedRecord> rejected_;
  RejectionList rejections_{&rejected_, "r1"};
  storage::RecordBatch batch_;
};

TEST_F(IngestRequestsTest, AllOrNothingListsEveryViolation) {
  v1::IngestInteractionsRequest request;
  *request.add_interactions() = ValidInteraction("a");
  request.add_interactions()->set_revision(-1);
  *request.add_interactions() = ValidInteraction("c");
  request.mutable_interactions(2)->set_outcome(v1::OUTCOME_ABANDONED);
  const absl::Status status = ReadRecords(request, &rejections_, &batch_);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(DetailsOf(ToGrpcStatus(status, "")).violations,
              ElementsAre("interactions[1].interaction_id FIELD_REQUIRED",
                          "interactions[1].arrive_time FIELD_REQUIRED",
                          "interactions[1].outcome FIELD_REQUIRED",
                          "interactions[1].revision NUMBER_OUT_OF_RANGE",
                          "interactions[2].answer_time FIELD_CONTRADICTS"));
  EXPECT_EQ(rejected_.size(), 0);
}

TEST_F(IngestRequestsTest, PartialTakesTheValidAndListsTheOthers) {
  v1::IngestInteractionsRequest request;
  request.set_allow_partial(true);
  request.add_interactions()->set_interaction_id("bad");
  *request.add_interactions() = ValidInteraction("good");
  request.add_interactions()->set_interaction_id(std::string(500, 'x'));
  request.add_interactions()->set_interaction_id("\xff");
  *request.add_interactions() = ValidInteraction("also good");
  ASSERT_TRUE(ReadRecords(request, &rejections_, &batch_).ok());
  ASSERT_EQ(batch_.interactions.size(), 2u);
  EXPECT_EQ(batch_.interactions[0].interaction_id, "good");
  EXPECT_EQ(batch_.interactions[1].interaction_id, "also good");
  ASSERT_EQ(rejected_.size(), 3);
  EXPECT_EQ(rejected_[0].index(), 0);
  EXPECT_EQ(rejected_[0].sequence(), 0);
  EXPECT_EQ(rejected_[0].record_id(), "bad");
  EXPECT_EQ(rejected_[0].status().code(), grpc::StatusCode::INVALID_ARGUMENT);
  const ErrorDetails details = DetailsOf(rejected_[0].status());
  EXPECT_EQ(details.reason, "REQUEST_INVALID");
  EXPECT_EQ(details.metadata.at("request_id"), "r1");
  EXPECT_THAT(details.violations, ElementsAre("interactions[0].arrive_time FIELD_REQUIRED",
                                              "interactions[0].outcome FIELD_REQUIRED"));
  EXPECT_EQ(rejected_[1].index(), 2);
  EXPECT_EQ(rejected_[1].record_id(), std::string(128, 'x'));
  EXPECT_EQ(rejected_[2].record_id(), "\\xff");
}

TEST_F(IngestRequestsTest, SizeOfABatchIsNeverPartial) {
  v1::IngestSurveyResponsesRequest request;
  request.set_allow_partial(true);
  EXPECT_THAT(DetailsOf(ToGrpcStatus(ReadRecords(request, &rejections_, &batch_), "")).violations,
              ElementsAre("survey_responses TOO_FEW_ITEMS"));
  for (int i = 0; i <= 10'000; ++i) *request.add_survey_responses() = ValidSurvey();
  EXPECT_THAT(DetailsOf(ToGrpcStatus(ReadRecords(request, &rejections_, &batch_), "")).violations,
              ElementsAre("survey_responses TOO_MANY_ITEMS"));
  EXPECT_EQ(batch_.size(), 0u);
  request.mutable_survey_responses()->RemoveLast();
  EXPECT_TRUE(ReadRecords(request, &rejections_, &batch_).ok());
  EXPECT_EQ(batch_.surveys.size(), 10'000u);
}

TEST_F(IngestRequestsTest, StreamRecordsStandAlone) {
  v1::StreamRecordsRequest request;
  request.set_sequence(9);
  *request.add_records()->mutable_interaction() = ValidInteraction();
  request.add_records();
  *request.add_records()->mutable_survey_response() = ValidSurvey();
  request.add_records()->mutable_survey_response()->set_response_id("s9");
  request.add_records()->mutable_interaction()->set_interaction_id("i9");
  ASSERT_TRUE(ReadRecords(request, &rejections_, &batch_).ok());
  EXPECT_EQ(batch_.interactions.size(), 1u);
  EXPECT_EQ(batch_.surveys.size(), 1u);
  ASSERT_EQ(rejected_.size(), 3);
  EXPECT_EQ(rejected_[0].index(), 1);
  EXPECT_EQ(rejected_[0].sequence(), 9);
  EXPECT_THAT(DetailsOf(rejected_[0].status()).violations,
              ElementsAre("records[1].record FIELD_REQUIRED"));
  EXPECT_EQ(rejected_[1].record_id(), "s9");
  EXPECT_THAT(DetailsOf(rejected_[1].status()).violations,
              ElementsAre("records[3].survey_response.kind FIELD_REQUIRED",
                          "records[3].survey_response.invite_time FIELD_REQUIRED"));
  EXPECT_EQ(rejected_[2].record_id(), "i9");
}

TEST_F(IngestRequestsTest, AHopelessBatchStaysBelowFourMebibytes) {
  v1::IngestInteractionsRequest request;
  request.set_allow_partial(true);
  for (int i = 0; i < 10'000; ++i) {
    auto* message = request.add_interactions();
    message->set_interaction_id("interaction-" + std::to_string(i));
    message->set_customer_id(std::string(200, 'x'));
    message->set_revision(-1);
  }
  ASSERT_TRUE(ReadRecords(request, &rejections_, &batch_).ok());
  ASSERT_EQ(rejected_.size(), 10'000);
  v1::IngestInteractionsResponse response;
  response.mutable_rejected_records()->Swap(&rejected_);
  EXPECT_LT(response.ByteSizeLong(), size_t{4} << 20);
  const auto& last = response.rejected_records(9'999);
  EXPECT_EQ(DetailsOf(response.rejected_records(0).status()).violations.size(), 4u);
  EXPECT_THAT(DetailsOf(last.status()).violations,
              ElementsAre("interactions[9999].customer_id FIELD_TOO_LONG"));
  EXPECT_EQ(DetailsOf(last.status()).reason, "REQUEST_INVALID");
  EXPECT_THAT(last.status().message(), HasSubstr("customer_id: has 200 bytes"));
}

}  // namespace
}  // namespace kpid::server
