// Quality evaluations, activities, schedules, tickets and costs: in by every way, out as KPIs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server_pg_fixture.h"

namespace kpid::server {
namespace {

using testing::ElementsAre;
using Stub = v1::IngestService::Stub;

class RecordKindsPgTest : public ServerPgTest {
 protected:
  // The counts of a batch as "inserted updated unchanged rejected".
  template <typename Request, typename Response>
  std::string Send(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                   const Request& request) {
    const v1::IngestCounts counts = Call(method, *server_->ingest, request).counts();
    return std::to_string(counts.inserted_count()) + " " + std::to_string(counts.updated_count()) +
           " " + std::to_string(counts.unchanged_count()) + " " +
           std::to_string(counts.rejected_count());
  }

  // Sends a batch of one record, again, and as a newer version.
  template <typename Request, typename Response>
  void SendThrice(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                  Request request, auto* only) {
    EXPECT_EQ(Send(method, request), "1 0 0 0") << request.GetTypeName();
    EXPECT_EQ(Send(method, request), "0 0 1 0") << request.GetTypeName();
    only(&request)->set_revision(1);
    EXPECT_EQ(Send(method, request), "0 1 0 0") << request.GetTypeName();
  }

  v1::QueryKpisResponse AskFor(const std::vector<std::string>& kpis,
                               std::vector<v1::DimensionKind> group_by = {}) {
    v1::QueryKpisRequest request = MarchQuestion();
    request.clear_kpis();
    for (const std::string& kpi : kpis) request.add_kpis()->set_id(kpi);
    for (const v1::DimensionKind kind : group_by) request.add_group_by()->set_kind(kind);
    return Query(request);
  }

  static v1::Cost CostOf(const std::string& id, const std::string& group) {
    v1::Cost cost = ValidCost(id);
    cost.set_group_id(group);
    return cost;
  }
};

TEST_F(RecordKindsPgTest, EveryUnaryRpcInsertsKeepsAndUpdates) {
  v1::IngestQualityEvaluationsRequest evaluations;
  *evaluations.add_quality_evaluations() = ValidEvaluation();
  SendThrice(
      &Stub::IngestQualityEvaluations, evaluations,
      +[](v1::IngestQualityEvaluationsRequest* r) { return r->mutable_quality_evaluations(0); });
  v1::IngestAgentActivitiesRequest activities;
  *activities.add_agent_activities() = ValidActivity();
  SendThrice(
      &Stub::IngestAgentActivities, activities,
      +[](v1::IngestAgentActivitiesRequest* r) { return r->mutable_agent_activities(0); });
  v1::IngestScheduledActivitiesRequest schedules;
  *schedules.add_scheduled_activities() = ValidSchedule();
  SendThrice(
      &Stub::IngestScheduledActivities, schedules,
      +[](v1::IngestScheduledActivitiesRequest* r) { return r->mutable_scheduled_activities(0); });
  v1::IngestTicketsRequest tickets;
  *tickets.add_tickets() = ValidTicket();
  SendThrice(
      &Stub::IngestTickets, tickets,
      +[](v1::IngestTicketsRequest* r) { return r->mutable_tickets(0); });
  v1::IngestCostsRequest costs;
  *costs.add_costs() = ValidCost();
  SendThrice(
      &Stub::IngestCosts, costs, +[](v1::IngestCostsRequest* r) { return r->mutable_costs(0); });
}

TEST_F(RecordKindsPgTest, CostsOfUnknownGroupsAreNamed) {
  UpsertTeam("blue", {"anna"});
  v1::IngestCostsRequest request;
  *request.add_costs() = CostOf("a", "blue");
  *request.add_costs() = CostOf("b", "red");
  EXPECT_THAT(Violations(&Stub::IngestCosts, *server_->ingest, request),
              ElementsAre("costs[1].group_id GROUP_UNKNOWN"));
  EXPECT_EQ(test_database_.Value("SELECT count(*) FROM costs"), "0");
  request.set_allow_partial(true);
  EXPECT_EQ(Send(&Stub::IngestCosts, request), "1 0 0 1");
  EXPECT_EQ(test_database_.Value("SELECT count(*) FROM costs"), "1");
}

TEST_F(RecordKindsPgTest, AStreamTakesEveryKindAndRejectsOne) {
  grpc::ClientContext context;
  auto stream = server_->ingest->StreamRecords(&context);
  v1::StreamRecordsRequest message;
  message.set_sequence(1);
  *message.add_records()->mutable_cost() = CostOf("k0", "red");
  *message.add_records()->mutable_interaction() = ValidInteraction();
  *message.add_records()->mutable_survey_response() = ValidSurvey();
  *message.add_records()->mutable_quality_evaluation() = ValidEvaluation();
  *message.add_records()->mutable_agent_activity() = ValidActivity();
  *message.add_records()->mutable_scheduled_activity() = ValidSchedule();
  *message.add_records()->mutable_ticket() = ValidTicket();
  *message.add_records()->mutable_cost() = ValidCost();
  *message.add_records()->mutable_target() = ValidTarget();
  message.add_records()->mutable_ticket()->set_ticket_id("bad");
  ASSERT_TRUE(stream->Write(message));
  stream->WritesDone();
  v1::StreamRecordsResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.acknowledged_sequence(), 1);
  EXPECT_EQ(response.counts().inserted_count(), 8);
  EXPECT_EQ(response.counts().rejected_count(), 2);
  ASSERT_EQ(response.rejected_records_size(), 2);
  EXPECT_EQ(response.rejected_records(0).record_id(), "k0");
  EXPECT_THAT(DetailsOf(response.rejected_records(0).status()).violations,
              ElementsAre("records[0].cost.group_id GROUP_UNKNOWN"));
  EXPECT_EQ(response.rejected_records(1).record_id(), "bad");
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(RecordKindsPgTest, TheyComeOutAsKpis) {
  UpsertTeam("blue", {"anna"});
  Ingest({ValidInteraction()});
  v1::StreamRecordsRequest message;
  message.set_sequence(1);
  *message.add_records()->mutable_quality_evaluation() = ValidEvaluation();
  *message.add_records()->mutable_agent_activity() = ValidActivity();
  v1::AgentActivity waiting = ValidActivity("a2");
  waiting.set_state(v1::AGENT_STATE_AVAILABLE);
  *waiting.mutable_start_time() = At(600);
  *waiting.mutable_end_time() = At(2'400);
  *message.add_records()->mutable_agent_activity() = waiting;
  *message.add_records()->mutable_scheduled_activity() = ValidSchedule();
  *message.add_records()->mutable_ticket() = ValidTicket();
  *message.add_records()->mutable_cost() = CostOf("k1", "blue");
  grpc::ClientContext context;
  auto stream = server_->ingest->StreamRecords(&context);
  ASSERT_TRUE(stream->Write(message));
  stream->WritesDone();
  v1::StreamRecordsResponse acknowledgement;
  while (stream->Read(&acknowledgement)) EXPECT_EQ(acknowledgement.rejected_records_size(), 0);
  ASSERT_TRUE(stream->Finish().ok());

  const v1::QueryKpisResponse total =
      AskFor({"occupancy", "schedule_adherence", "quality_score", "cost_per_contact",
              "contacts_per_hour", "average_resolution_time"});
  const auto& values = total.total().values();
  EXPECT_DOUBLE_EQ(values[0].value(), 25) << "10 of 40 minutes";
  EXPECT_DOUBLE_EQ(values[1].value(), 100.0 * 40 / 60);
  EXPECT_DOUBLE_EQ(values[2].value(), 80);
  EXPECT_DOUBLE_EQ(values[3].value(), 100);
  EXPECT_EQ(values[3].currency_code(), "EUR");
  EXPECT_DOUBLE_EQ(values[4].value(), 1.5);
  EXPECT_EQ(total.kpis(4).unit(), v1::UNIT_PER_HOUR);
  EXPECT_DOUBLE_EQ(values[5].value(), 7'200);

  const v1::QueryKpisResponse by_priority =
      AskFor({"ticket_volume", "occupancy"}, {v1::DIMENSION_KIND_PRIORITY});
  ASSERT_EQ(by_priority.slices_size(), 1);
  EXPECT_EQ(by_priority.slices(0).dimensions(0).value(), "high");
  EXPECT_EQ(by_priority.slices(0).total().values(0).value(), 1);
  EXPECT_EQ(by_priority.slices(0).total().values(1).no_value_reason(),
            v1::NO_VALUE_REASON_NOT_APPLICABLE);
}

}  // namespace
}  // namespace kpid::server
