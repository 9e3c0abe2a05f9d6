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
  CheckedRecords records_;
  const storage::RecordBatch& batch_ = records_.batch;
};

TEST_F(IngestRequestsTest, AllOrNothingListsEveryViolation) {
  v1::IngestInteractionsRequest request;
  *request.add_interactions() = ValidInteraction("a");
  request.add_interactions()->set_revision(-1);
  *request.add_interactions() = ValidInteraction("c");
  request.mutable_interactions(2)->set_outcome(v1::OUTCOME_ABANDONED);
  const absl::Status status = ReadRecords(request, &rejections_, &records_);
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
  ASSERT_TRUE(ReadRecords(request, &rejections_, &records_).ok());
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
  EXPECT_THAT(DetailsOf(ToGrpcStatus(ReadRecords(request, &rejections_, &records_), "")).violations,
              ElementsAre("survey_responses TOO_FEW_ITEMS"));
  for (int i = 0; i <= 10'000; ++i) *request.add_survey_responses() = ValidSurvey();
  EXPECT_THAT(DetailsOf(ToGrpcStatus(ReadRecords(request, &rejections_, &records_), "")).violations,
              ElementsAre("survey_responses TOO_MANY_ITEMS"));
  EXPECT_EQ(batch_.size(), 0u);
  request.mutable_survey_responses()->RemoveLast();
  EXPECT_TRUE(ReadRecords(request, &rejections_, &records_).ok());
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
  ASSERT_TRUE(ReadRecords(request, &rejections_, &records_).ok());
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

// One invalid and one valid record of each kind.
TEST_F(IngestRequestsTest, EveryKindHasItsList) {
  const auto read = [&](auto request, auto* add_invalid, const auto& valid) {
    request.set_allow_partial(true);
    add_invalid(&request);
    *add_invalid(&request) = valid;
    rejected_.Clear();
    records_ = {};
    EXPECT_TRUE(ReadRecords(request, &rejections_, &records_).ok());
    EXPECT_TRUE(records_.partial);
    EXPECT_EQ(batch_.size(), 1u);
    std::vector<std::string> lines = DetailsOf(rejected_.at(0).status()).violations;
    lines.resize(1);
    return lines;
  };
  EXPECT_THAT(
      read(
          v1::IngestQualityEvaluationsRequest(),
          +[](v1::IngestQualityEvaluationsRequest* r) { return r->add_quality_evaluations(); },
          ValidEvaluation()),
      ElementsAre("quality_evaluations[0].evaluation_id FIELD_REQUIRED"));
  EXPECT_EQ(batch_.quality_evaluations.size(), 1u);
  EXPECT_THAT(read(
                  v1::IngestAgentActivitiesRequest(),
                  +[](v1::IngestAgentActivitiesRequest* r) { return r->add_agent_activities(); },
                  ValidActivity()),
              ElementsAre("agent_activities[0].activity_id FIELD_REQUIRED"));
  EXPECT_EQ(batch_.agent_activities.size(), 1u);
  EXPECT_THAT(
      read(
          v1::IngestScheduledActivitiesRequest(),
          +[](v1::IngestScheduledActivitiesRequest* r) { return r->add_scheduled_activities(); },
          ValidSchedule()),
      ElementsAre("scheduled_activities[0].schedule_id FIELD_REQUIRED"));
  EXPECT_EQ(batch_.scheduled_activities.size(), 1u);
  EXPECT_THAT(read(
                  v1::IngestTicketsRequest(),
                  +[](v1::IngestTicketsRequest* r) { return r->add_tickets(); }, ValidTicket()),
              ElementsAre("tickets[0].ticket_id FIELD_REQUIRED"));
  EXPECT_EQ(batch_.tickets.size(), 1u);
  EXPECT_THAT(read(
                  v1::IngestCostsRequest(),
                  +[](v1::IngestCostsRequest* r) { return r->add_costs(); }, ValidCost()),
              ElementsAre("costs[0].cost_id FIELD_REQUIRED"));
  EXPECT_EQ(batch_.costs.size(), 1u);
  EXPECT_EQ(records_.cost_origins.size(), 1u);
  EXPECT_THAT(read(
                  v1::UpsertTargetsRequest(),
                  +[](v1::UpsertTargetsRequest* r) { return r->add_targets(); }, ValidTarget()),
              ElementsAre("targets[0].target_id FIELD_REQUIRED"));
  EXPECT_EQ(batch_.targets.size(), 1u);
}

TEST_F(IngestRequestsTest, PathsReachIntoTheRecords) {
  v1::IngestTicketsRequest tickets;
  for (int i = 0; i < 4; ++i) *tickets.add_tickets() = ValidTicket();
  *tickets.mutable_tickets(3)->mutable_close_time() = At(-1);
  EXPECT_THAT(DetailsOf(ToGrpcStatus(ReadRecords(tickets, &rejections_, &records_), "")).violations,
              ElementsAre("tickets[3].close_time TIME_ORDER"));
  v1::IngestQualityEvaluationsRequest evaluations;
  *evaluations.add_quality_evaluations() = ValidEvaluation();
  evaluations.mutable_quality_evaluations(0)->mutable_items(1)->set_score(-1);
  EXPECT_THAT(
      DetailsOf(ToGrpcStatus(ReadRecords(evaluations, &rejections_, &records_), "")).violations,
      ElementsAre("quality_evaluations[0].items[1].score NUMBER_OUT_OF_RANGE"));
}

TEST_F(IngestRequestsTest, StreamsMixKinds) {
  v1::StreamRecordsRequest request;
  request.set_sequence(3);
  *request.add_records()->mutable_quality_evaluation() = ValidEvaluation();
  *request.add_records()->mutable_agent_activity() = ValidActivity();
  *request.add_records()->mutable_scheduled_activity() = ValidSchedule();
  *request.add_records()->mutable_ticket() = ValidTicket();
  *request.add_records()->mutable_cost() = ValidCost();
  *request.add_records()->mutable_interaction() = ValidInteraction();
  request.add_records()->mutable_quality_evaluation()->set_evaluation_id("e9");
  request.add_records()->mutable_agent_activity()->set_activity_id("a9");
  request.add_records()->mutable_scheduled_activity()->set_schedule_id("p9");
  request.add_records()->mutable_ticket()->set_ticket_id("t9");
  request.add_records()->mutable_cost()->set_cost_id("k9");
  *request.add_records()->mutable_target() = ValidTarget();
  request.add_records()->mutable_target()->set_target_id("g9");
  ASSERT_TRUE(ReadRecords(request, &rejections_, &records_).ok());
  EXPECT_EQ(batch_.size(), 7u);
  std::vector<std::string> first_lines;
  for (const auto& rejected : rejected_) {
    first_lines.push_back(rejected.record_id() + " " +
                          DetailsOf(rejected.status()).violations.front());
  }
  EXPECT_THAT(first_lines, ElementsAre("e9 records[6].quality_evaluation.agent_id FIELD_REQUIRED",
                                       "a9 records[7].agent_activity.agent_id FIELD_REQUIRED",
                                       "p9 records[8].scheduled_activity.agent_id FIELD_REQUIRED",
                                       "t9 records[9].ticket.open_time FIELD_REQUIRED",
                                       "k9 records[10].cost.amount FIELD_REQUIRED",
                                       "g9 records[12].target.kpi_id FIELD_REQUIRED"));
}

// A store in which the group "blue" is all there is.
class StoreRecordsTest : public IngestRequestsTest {
 protected:
  absl::StatusOr<storage::IngestOutcome> Store() {
    return StoreRecords(
        [this](const storage::RecordBatch& batch) {
          ++tries_;
          storage::IngestOutcome outcome;
          for (size_t i = 0; i < batch.costs.size(); ++i) {
            const std::string& group = batch.costs[i].group_id;
            if (!group.empty() && group != "blue") outcome.costs_of_unknown_group.push_back(i);
          }
          if (outcome.costs_of_unknown_group.empty()) {
            outcome.inserted = static_cast<int64_t>(batch.size());
            for (const auto& cost : batch.costs) stored_.push_back(cost.cost_id);
          }
          return outcome;
        },
        &records_, &rejections_);
  }

  static v1::Cost CostOf(const std::string& id, const std::string& group) {
    v1::Cost cost = ValidCost(id);
    cost.set_group_id(group);
    return cost;
  }

  v1::IngestCostsRequest request_;
  int tries_ = 0;
  std::vector<std::string> stored_;
};

TEST_F(StoreRecordsTest, ACostOfAnUnknownGroupIsNamed) {
  *request_.add_costs() = CostOf("a", "blue");
  *request_.add_costs() = CostOf("b", "red");
  *request_.add_costs() = CostOf("c", "");
  *request_.add_costs() = CostOf("d", "green");
  ASSERT_TRUE(ReadRecords(request_, &rejections_, &records_).ok());
  const absl::Status status = Store().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(DetailsOf(ToGrpcStatus(status, "")).violations,
              ElementsAre("costs[1].group_id GROUP_UNKNOWN", "costs[3].group_id GROUP_UNKNOWN"));
  EXPECT_EQ(tries_, 1);
  EXPECT_EQ(rejected_.size(), 0);
}

TEST_F(StoreRecordsTest, PartialStoresTheOthersAndListsInOrder) {
  request_.set_allow_partial(true);
  *request_.add_costs() = CostOf("a", "red");
  *request_.add_costs() = CostOf("b", "blue");
  request_.add_costs()->set_cost_id("c");
  *request_.add_costs() = CostOf("d", "");
  *request_.add_costs() = CostOf("e", "green");
  ASSERT_TRUE(ReadRecords(request_, &rejections_, &records_).ok());
  const auto outcome = Store();
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->inserted, 2);
  EXPECT_THAT(stored_, ElementsAre("b", "d"));
  ASSERT_EQ(rejected_.size(), 3);
  EXPECT_THAT(DetailsOf(rejected_[0].status()).violations,
              ElementsAre("costs[0].group_id GROUP_UNKNOWN"));
  EXPECT_EQ(rejected_[0].record_id(), "a");
  EXPECT_EQ(rejected_[1].index(), 2);
  EXPECT_EQ(rejected_[2].index(), 4);
  EXPECT_EQ(rejected_[2].record_id(), "e");
}

TEST_F(StoreRecordsTest, OfAStreamOnlyTheCostIsRejected) {
  for (const int64_t sequence : {4, 5}) {
    v1::StreamRecordsRequest message;
    message.set_sequence(sequence);
    *message.add_records()->mutable_interaction() = ValidInteraction();
    *message.add_records()->mutable_cost() = CostOf("k", "red");
    message.add_records();
    ASSERT_TRUE(ReadRecords(message, &rejections_, &records_).ok());
  }
  const auto outcome = Store();
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->inserted, 2);
  std::vector<std::string> lines;
  for (const auto& rejected : rejected_) {
    lines.push_back(std::to_string(rejected.sequence()) + " " +
                    DetailsOf(rejected.status()).violations.front());
  }
  EXPECT_THAT(lines, ElementsAre("4 records[1].cost.group_id GROUP_UNKNOWN",
                                 "4 records[2].record FIELD_REQUIRED",
                                 "5 records[1].cost.group_id GROUP_UNKNOWN",
                                 "5 records[2].record FIELD_REQUIRED"));
}

TEST_F(StoreRecordsTest, NothingIsStoredWhenNothingIsLeft) {
  request_.set_allow_partial(true);
  *request_.add_costs() = CostOf("a", "red");
  ASSERT_TRUE(ReadRecords(request_, &rejections_, &records_).ok());
  const auto outcome = Store();
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->inserted, 0);
  EXPECT_EQ(tries_, 1);
  EXPECT_EQ(rejected_.size(), 1);
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
  ASSERT_TRUE(ReadRecords(request, &rejections_, &records_).ok());
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
