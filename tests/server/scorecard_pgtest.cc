// GetScorecard over a real connection and PostgreSQL.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server_pg_fixture.h"

namespace kpid::server {
namespace {

using testing::ElementsAre;

class ScorecardPgTest : public ServerPgTest {
 protected:
  // Contacts of a talk's length, from an hour of a day on; day 0 is 2026-03-02.
  void AddContacts(const std::string& agent, int day, int talk_seconds, int count) {
    std::vector<v1::Interaction> contacts;
    for (int i = 0; i < count; ++i) {
      v1::Interaction contact = ValidInteraction("i" + std::to_string(++contacts_));
      const int64_t start = day * 86'400LL + i * 60;
      contact.set_agent_id(agent);
      contact.set_customer_id("c" + std::to_string(contacts_));
      *contact.mutable_arrive_time() = At(start);
      *contact.mutable_enqueue_time() = At(start);
      *contact.mutable_answer_time() = At(start + 10);
      *contact.mutable_end_time() = At(start + 10 + talk_seconds + i % 3);
      contacts.push_back(contact);
    }
    Ingest(contacts);
  }

  void AddAnswers(const std::string& agent, int day, int good, int bad) {
    v1::IngestSurveyResponsesRequest request;
    for (int i = 0; i < good + bad; ++i) {
      v1::SurveyResponse& answer = *request.add_survey_responses();
      answer = ValidSurvey("s" + std::to_string(++answers_));
      answer.set_agent_id(agent);
      answer.set_score(i < good ? 5 : 1);
      *answer.mutable_invite_time() = At(day * 86'400LL);
      *answer.mutable_respond_time() = At(day * 86'400LL + 60 * i);
    }
    Call(&v1::IngestService::Stub::IngestSurveyResponses, *server_->ingest, request);
  }

  void AddTarget(const std::string& kpi, v1::TargetScope scope, const std::string& scope_id,
                 double value, double worst, double best) {
    v1::UpsertTargetsRequest request;
    v1::Target& target = *request.add_targets();
    target.set_target_id(kpi + scope_id);
    target.set_kpi_id(kpi);
    target.set_scope(scope);
    target.set_scope_id(scope_id);
    target.set_target_value(value);
    target.set_worst_value(worst);
    target.set_best_value(best);
    Call(&v1::TargetService::Stub::UpsertTargets, *server_->target, request);
  }

  // Of the week of 2026-03-02.
  static v1::GetScorecardRequest WeekOf(const std::string& agent, const std::string& group) {
    v1::GetScorecardRequest request;
    request.set_agent_id(agent);
    request.set_group_id(group);
    *request.mutable_interval()->mutable_start_time() = At(-9 * 3'600);
    *request.mutable_interval()->mutable_end_time() = At(-9 * 3'600 + 7 * 86'400);
    return request;
  }

  v1::GetScorecardResponse Get(const v1::GetScorecardRequest& request) {
    return Call(&v1::QueryService::Stub::GetScorecard, *server_->query, request);
  }

  static const v1::ScorecardLine& LineOf(const v1::GetScorecardResponse& response,
                                         const std::string& kpi) {
    for (const v1::ScorecardLine& line : response.lines()) {
      if (line.kpi().id() == kpi) return line;
    }
    ADD_FAILURE() << "no line of " << kpi;
    return response.lines(0);
  }

  int contacts_ = 0;
  int answers_ = 0;
};

TEST_F(ScorecardPgTest, IsComputedFromWhatIsStored) {
  UpsertTeam("north", {"anna", "bo"});
  UpsertTeam("south", {"cy"});
  AddContacts("anna", 1, 100, 30);
  AddContacts("anna", -6, 200, 30);
  AddContacts("bo", 1, 80, 5);
  AddContacts("cy", 1, 60, 5);
  AddAnswers("anna", 2, 15, 15);
  AddAnswers("anna", -6, 29, 1);
  AddTarget("average_handle_time", v1::TARGET_SCOPE_GROUP, "north", 120, 201, 101);
  AddTarget("csat", v1::TARGET_SCOPE_AGENT, "anna", 80, 0, 100);

  const v1::GetScorecardResponse anna = Get(WeekOf("anna", ""));
  EXPECT_EQ(anna.scorecard().scorecard_id(), "balanced");
  EXPECT_EQ(anna.lines_size(), 11);
  const v1::ScorecardLine& aht = LineOf(anna, "average_handle_time");
  EXPECT_EQ(aht.value().value(), 101);  // 100, 101, 102, ...
  EXPECT_EQ(aht.value().comparison().absolute_change(), -100);
  EXPECT_EQ(aht.rank(), 3);
  EXPECT_EQ(aht.peer_count(), 3);
  EXPECT_FALSE(aht.value().has_target()) << "a target of the team is not the agent's";
  const v1::ScorecardLine& csat = LineOf(anna, "csat");
  EXPECT_EQ(csat.value().value(), 50);
  EXPECT_EQ(csat.value().target().status(), v1::TARGET_STATUS_MISSED);
  EXPECT_EQ(anna.total().attainment(), 0.5);
  EXPECT_EQ(anna.total().covered_weight(), 1);
  EXPECT_EQ(anna.total().weight(), 11);
  ASSERT_EQ(anna.warnings_size(), 1);
  EXPECT_THAT(anna.warnings(0).description(),
              testing::HasSubstr("worsened by more than chance, from 96.7 % to 50.0 %"));
  EXPECT_GT(anna.data_watermark().seconds(), 1'700'000'000);

  v1::GetScorecardRequest request = WeekOf("anna", "");
  request.set_peer_group_type("team");
  EXPECT_EQ(LineOf(Get(request), "average_handle_time").peer_count(), 2);
  request.set_minimum_sample_size(10);
  EXPECT_EQ(LineOf(Get(request), "average_handle_time").peer_count(), 1);

  const v1::GetScorecardResponse north = Get(WeekOf("", "north"));
  EXPECT_EQ(north.display_name(), "Team north");
  const v1::ScorecardLine& team_aht = LineOf(north, "average_handle_time");
  EXPECT_DOUBLE_EQ(team_aht.value().value(), (30 * 101 + 80 + 81 + 82 + 80 + 81) / 35.0);
  EXPECT_EQ(team_aht.value().target().status(), v1::TARGET_STATUS_MET);
  EXPECT_EQ(team_aht.value().target().attainment(), 1);
  EXPECT_EQ(team_aht.rank(), 2);
  EXPECT_EQ(team_aht.peer_count(), 2);
}

TEST_F(ScorecardPgTest, UsesStoredDefinitions) {
  AddContacts("anna", 1, 100, 3);
  v1::UpsertScorecardsRequest definitions;
  v1::Scorecard& mine = *definitions.add_scorecards();
  mine.set_scorecard_id("mine");
  mine.set_name("Mine");
  v1::ScorecardEntry& entry = *mine.add_entries();
  entry.set_kpi_id("aht");
  entry.set_statistic("p90");
  entry.set_area(v1::SCORECARD_AREA_EFFICIENCY);
  entry.set_weight(2.5);
  Call(&v1::TargetService::Stub::UpsertScorecards, *server_->target, definitions);

  v1::GetScorecardRequest request = WeekOf("anna", "");
  request.set_scorecard_id("mine");
  v1::GetScorecardResponse response = Get(request);
  EXPECT_EQ(response.scorecard().name(), "Mine");
  ASSERT_EQ(response.lines_size(), 1);
  EXPECT_EQ(response.lines(0).value().value(), 102);
  EXPECT_EQ(response.lines(0).kpi().statistic(), "p90");
  EXPECT_EQ(response.total().weight(), 2.5);
  EXPECT_EQ(response.areas_size(), 1);

  // One that is stored takes the place of the one that is built in.
  mine.set_scorecard_id("balanced");
  Call(&v1::TargetService::Stub::UpsertScorecards, *server_->target, definitions);
  EXPECT_EQ(Get(WeekOf("anna", "")).lines_size(), 1);

  request.set_scorecard_id("yours");
  grpc::ClientContext context;
  const grpc::Status status = server_->query->GetScorecard(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(DetailsOf(status).reason, "SCORECARD_UNKNOWN");
}

TEST_F(ScorecardPgTest, KnowsWhomTheRosterOrRecordsKnow) {
  UpsertTeam("north", {"anna"});
  AddContacts("bo", 1, 100, 1);
  EXPECT_EQ(LineOf(Get(WeekOf("anna", "")), "average_handle_time").value().no_value_reason(),
            v1::NO_VALUE_REASON_NO_DATA);
  EXPECT_EQ(LineOf(Get(WeekOf("bo", "")), "average_handle_time").value().sample_count(), 1);
  for (const auto& [request, reason] : {std::pair(WeekOf("cy", ""), "AGENT_UNKNOWN"),
                                        std::pair(WeekOf("", "x"), "GROUP_UNKNOWN")}) {
    grpc::ClientContext context;
    v1::GetScorecardResponse response;
    const grpc::Status status = server_->query->GetScorecard(&context, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
    EXPECT_EQ(DetailsOf(status).reason, reason);
  }
  v1::GetScorecardRequest request = WeekOf("bo", "");
  request.set_peer_group_type("site");
  EXPECT_THAT(Violations(&v1::QueryService::Stub::GetScorecard, *server_->query, request),
              ElementsAre("peer_group_type GROUP_TYPE_UNKNOWN"));
}

}  // namespace
}  // namespace kpid::server
