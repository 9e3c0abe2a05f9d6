// The server over a real connection with real PostgreSQL behind it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "server_pg_fixture.h"

namespace kpid::server {
namespace {

using testing::ElementsAre;

TEST_F(ServerPgTest, RecordsGoInAndAnswersComeOut) {
  v1::IngestCounts counts = Ingest({ValidInteraction("a"), ValidInteraction("b")});
  EXPECT_EQ(counts.inserted_count(), 2);
  v1::Interaction slow = ValidInteraction("b");
  *slow.mutable_answer_time() = At(100);
  counts = Ingest({ValidInteraction("a"), slow, ValidInteraction("c")});
  EXPECT_EQ(counts.inserted_count(), 1);
  EXPECT_EQ(counts.updated_count(), 1);
  EXPECT_EQ(counts.unchanged_count(), 1);

  v1::IngestSurveyResponsesRequest surveys;
  *surveys.add_survey_responses() = ValidSurvey("s");
  surveys.mutable_survey_responses(0)->set_interaction_id("a");
  EXPECT_EQ(Call(&v1::IngestService::Stub::IngestSurveyResponses, *server_->ingest, surveys)
                .counts()
                .inserted_count(),
            1);

  v1::QueryKpisRequest request = MarchQuestion("sl");
  request.add_kpis()->set_id("csat");
  request.add_group_by()->set_kind(v1::DIMENSION_KIND_AGENT);
  request.set_value_detail(v1::VALUE_DETAIL_INTERVAL);
  const v1::QueryKpisResponse response = Query(request);
  ASSERT_EQ(response.slices_size(), 1);
  EXPECT_EQ(response.slices(0).dimensions(0).value(), "anna");
  const v1::KpiValue& service_level = response.slices(0).total().values(0);
  EXPECT_NEAR(service_level.value(), 200.0 / 3, 1e-12);
  EXPECT_EQ(service_level.numerator(), 2);
  EXPECT_EQ(service_level.denominator(), 3);
  EXPECT_TRUE(service_level.has_confidence_interval());
  EXPECT_EQ(response.slices(0).total().values(1).value(), 100) << "the survey has its agent";
  EXPECT_GT(response.data_watermark().seconds(), 1'700'000'000);
  EXPECT_TRUE(response.has_compute_duration());
}

TEST_F(ServerPgTest, BadRequestsStoreNothing) {
  v1::IngestInteractionsRequest interactions;
  *interactions.add_interactions() = ValidInteraction("good");
  *interactions.add_interactions() = ValidInteraction("bad");
  interactions.mutable_interactions(1)->set_outcome(v1::OUTCOME_ABANDONED);
  EXPECT_THAT(
      Violations(&v1::IngestService::Stub::IngestInteractions, *server_->ingest, interactions),
      ElementsAre("interactions[1].answer_time FIELD_CONTRADICTS"));

  v1::IngestSurveyResponsesRequest surveys;
  *surveys.add_survey_responses() = ValidSurvey("good");
  *surveys.add_survey_responses() = ValidSurvey("bad");
  surveys.mutable_survey_responses(1)->set_score(9);
  EXPECT_THAT(
      Violations(&v1::IngestService::Stub::IngestSurveyResponses, *server_->ingest, surveys),
      ElementsAre("survey_responses[1].score NUMBER_OUT_OF_RANGE"));

  v1::UpsertAgentsRequest agents;
  agents.add_agents()->set_agent_id("a");
  agents.add_agents()->set_agent_id("a");
  EXPECT_THAT(Violations(&v1::RosterService::Stub::UpsertAgents, *server_->roster, agents),
              ElementsAre("agents[1].agent_id DUPLICATE_ITEM"));

  v1::UpsertAgentGroupsRequest groups;
  groups.add_agent_groups()->set_group_id("g");
  groups.mutable_agent_groups(0)->set_type("team");
  groups.mutable_agent_groups(0)->set_parent_group_id("nowhere");
  EXPECT_THAT(Violations(&v1::RosterService::Stub::UpsertAgentGroups, *server_->roster, groups),
              ElementsAre("agent_groups[0].parent_group_id GROUP_UNKNOWN"));

  v1::UpsertMembershipsRequest memberships;
  memberships.add_memberships()->set_agent_id("a");
  memberships.mutable_memberships(0)->set_group_id("nowhere");
  *memberships.mutable_memberships(0)->mutable_start_time() = At(0);
  EXPECT_THAT(
      Violations(&v1::RosterService::Stub::UpsertMemberships, *server_->roster, memberships),
      ElementsAre("memberships[0].group_id GROUP_UNKNOWN"));

  v1::UpsertQueuesRequest queues;
  queues.add_queues()->set_queue_id("q\n");
  EXPECT_THAT(Violations(&v1::RosterService::Stub::UpsertQueues, *server_->roster, queues),
              ElementsAre("queues[0].queue_id FIELD_INVALID_TEXT"));

  for (const char* table :
       {"interactions", "survey_responses", "agents", "agent_groups", "memberships", "queues"}) {
    if (test_database_.Value(std::string("SELECT to_regclass('") + table + "') IS NULL") == "t") {
      ADD_FAILURE() << "no table " << table;
      continue;
    }
    EXPECT_EQ(test_database_.Value(std::string("SELECT count(*) FROM ") + table), "0") << table;
  }
}

TEST_F(ServerPgTest, PartialBatchesStoreTheValid) {
  v1::IngestInteractionsRequest request;
  request.set_allow_partial(true);
  *request.add_interactions() = ValidInteraction("good");
  request.add_interactions()->set_interaction_id("bad");
  const auto response =
      Call(&v1::IngestService::Stub::IngestInteractions, *server_->ingest, request);
  EXPECT_EQ(response.counts().inserted_count(), 1);
  EXPECT_EQ(response.counts().rejected_count(), 1);
  EXPECT_EQ(response.rejected_records(0).record_id(), "bad");
  EXPECT_EQ(Ask("contacts_offered"), 1);
}

TEST_F(ServerPgTest, GroupsSliceByMembership) {
  UpsertTeam("north", {"anna"});
  UpsertTeam("south", {"bo"});
  v1::Interaction of_bo = ValidInteraction("b");
  of_bo.set_agent_id("bo");
  Ingest({ValidInteraction("a"), of_bo});
  v1::QueryKpisRequest request = MarchQuestion();
  request.add_group_by()->set_kind(v1::DIMENSION_KIND_AGENT_GROUP);
  request.mutable_group_by(0)->set_name("team");
  const auto response = Query(request);
  ASSERT_EQ(response.slices_size(), 2);
  EXPECT_EQ(response.slices(0).dimensions(0).value(), "north");
  EXPECT_EQ(response.slices(0).dimensions(0).display_name(), "Team north");
  EXPECT_EQ(response.slices(1).dimensions(0).value(), "south");
}

TEST_F(ServerPgTest, UnknownGroupTypesAreViolationsAlsoWhenOnlyValidating) {
  v1::QueryKpisRequest request = MarchQuestion();
  request.add_group_by()->set_kind(v1::DIMENSION_KIND_AGENT_GROUP);
  request.mutable_group_by(0)->set_name("team");
  for (const bool validate_only : {false, true}) {
    request.set_validate_only(validate_only);
    EXPECT_THAT(Violations(&v1::QueryService::Stub::QueryKpis, *server_->query, request),
                ElementsAre("group_by[0].name GROUP_TYPE_UNKNOWN"));
  }
  UpsertTeam("north", {"anna"});
  const auto response = Query(request);
  EXPECT_EQ(response.kpis(0).id(), "contacts_offered");
  EXPECT_EQ(response.slices_size(), 0);
  EXPECT_FALSE(response.has_total());
}

TEST_F(ServerPgTest, ListsArePaged) {
  v1::UpsertAgentsRequest agents;
  for (int i = 0; i < 250; ++i) {
    agents.add_agents()->set_agent_id("agent" + std::to_string(1'000 + i));
  }
  const auto counts =
      Call(&v1::RosterService::Stub::UpsertAgents, *server_->roster, agents).counts();
  EXPECT_EQ(counts.inserted_count(), 250);
  v1::ListAgentsRequest request;
  std::vector<int> sizes;
  std::string last;
  do {
    const auto response = Call(&v1::RosterService::Stub::ListAgents, *server_->roster, request);
    sizes.push_back(response.agents_size());
    for (const auto& agent : response.agents()) {
      EXPECT_LT(last, agent.agent_id());
      last = agent.agent_id();
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(sizes, ElementsAre(100, 100, 50));
}

TEST_F(ServerPgTest, PageTokensBelongToTheirList) {
  UpsertTeam("north", {"anna", "bo", "cy"});
  v1::ListMembershipsRequest request;
  request.set_page_size(2);
  const auto first = Call(&v1::RosterService::Stub::ListMemberships, *server_->roster, request);
  EXPECT_EQ(first.memberships_size(), 2);
  ASSERT_FALSE(first.next_page_token().empty());
  request.set_page_token(first.next_page_token());
  const auto second = Call(&v1::RosterService::Stub::ListMemberships, *server_->roster, request);
  ASSERT_EQ(second.memberships_size(), 1);
  EXPECT_EQ(second.memberships(0).agent_id(), "cy");
  EXPECT_EQ(second.next_page_token(), "");
  request.set_agent_id("anna");
  EXPECT_THAT(Violations(&v1::RosterService::Stub::ListMemberships, *server_->roster, request),
              ElementsAre("page_token PAGE_TOKEN_INVALID"));
  v1::ListQueuesRequest queues;
  queues.set_page_token(first.next_page_token());
  queues.set_page_size(-1);
  EXPECT_THAT(Violations(&v1::RosterService::Stub::ListQueues, *server_->roster, queues),
              ElementsAre("page_size NUMBER_OUT_OF_RANGE", "page_token PAGE_TOKEN_INVALID"));
}

TEST_F(ServerPgTest, TheRosterComesBack) {
  v1::UpsertQueuesRequest queues;
  queues.add_queues()->set_queue_id("sales");
  queues.mutable_queues(0)->set_name("Sales");
  queues.mutable_queues(0)->set_channel(v1::CHANNEL_CHAT);
  Call(&v1::RosterService::Stub::UpsertQueues, *server_->roster, queues);
  const auto listed =
      Call(&v1::RosterService::Stub::ListQueues, *server_->roster, v1::ListQueuesRequest());
  ASSERT_EQ(listed.queues_size(), 1);
  EXPECT_EQ(listed.queues(0).SerializeAsString(), queues.queues(0).SerializeAsString());
  UpsertTeam("north", {"anna"});
  v1::ListAgentGroupsRequest groups;
  groups.set_type("site");
  EXPECT_EQ(
      Call(&v1::RosterService::Stub::ListAgentGroups, *server_->roster, groups).agent_groups_size(),
      0);
  groups.set_type("team");
  EXPECT_EQ(Call(&v1::RosterService::Stub::ListAgentGroups, *server_->roster, groups)
                .agent_groups(0)
                .name(),
            "Team north");
}

TEST_F(ServerPgTest, TheCatalogueIsListed) {
  const auto response =
      Call(&v1::QueryService::Stub::ListKpis, *server_->query, v1::ListKpisRequest());
  EXPECT_GT(response.kpis_size(), 20);
  v1::ListKpisRequest unknown;
  unknown.add_kpi_ids("happiness");
  EXPECT_THAT(Violations(&v1::QueryService::Stub::ListKpis, *server_->query, unknown),
              ElementsAre("kpi_ids[0] KPI_UNKNOWN"));
}

TEST_F(ServerPgTest, AStreamIsResumedAfterItsLastAcknowledgement) {
  constexpr int kMessages = 300;
  constexpr int kRecords = 7;
  const auto message = [](int sequence) {
    v1::StreamRecordsRequest request;
    request.set_sequence(sequence);
    for (int i = 0; i < kRecords; ++i) {
      *request.add_records()->mutable_interaction() =
          ValidInteraction(std::to_string(sequence) + "-" + std::to_string(i));
    }
    return request;
  };
  int64_t acknowledged = 0;
  int64_t inserted = 0;
  int64_t unchanged = 0;
  for (const bool breaks : {true, false}) {
    grpc::ClientContext context;
    auto stream = server_->ingest->StreamRecords(&context);
    const int first = static_cast<int>(acknowledged) + 1;
    auto writer = std::async(std::launch::async, [&] {
      for (int i = first; i <= kMessages; ++i) {
        if (!stream->Write(message(i))) return;
      }
      if (!breaks) stream->WritesDone();  // Else it could end well before it breaks.
    });
    v1::StreamRecordsResponse response;
    while (stream->Read(&response)) {
      acknowledged = response.acknowledged_sequence();
      inserted += response.counts().inserted_count();
      unchanged += response.counts().unchanged_count();
      if (breaks) context.TryCancel();
    }
    writer.get();
    EXPECT_EQ(stream->Finish().ok(), !breaks);
  }
  EXPECT_EQ(acknowledged, kMessages);
  // Each message is in exactly one of the answers that arrived; what was stored without the
  // answer arriving came again, unchanged.
  EXPECT_EQ(inserted + unchanged, kMessages * kRecords);
  EXPECT_EQ(Ask("contacts_offered"), kMessages * kRecords);
}

TEST_F(ServerPgTest, ShutdownDuringAStreamLosesNothingThatWasAcknowledged) {
  grpc::ClientContext context;
  auto stream = server_->ingest->StreamRecords(&context);
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
    v1::StreamRecordsRequest request;
    for (int64_t sequence = 1;; ++sequence) {
      request.set_sequence(sequence);
      request.clear_records();
      *request.add_records()->mutable_interaction() = ValidInteraction(std::to_string(sequence));
      if (!stream->Write(request)) return;
    }
  });
  running.get_future().get();
  server_->server().Shutdown(milliseconds(0), std::chrono::minutes(1));
  const int64_t acknowledged = reader.get();
  writer.get();
  const grpc::Status status = stream->Finish();
  // A client that still writes may drop the last answers and the details; see StreamRecordsTest.
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_GT(acknowledged, 0);
  EXPECT_GE(std::stoll(test_database_.Value("SELECT count(*) FROM interactions")), acknowledged);
}

TEST_F(ServerPgTest, TooManyFactsNameTheLimit) {
  Ingest({ValidInteraction("a"), ValidInteraction("b"), ValidInteraction("c")});
  storage::FactLoader few(database_.get(), {2}, [] { return Clock::System()->WallNow(); });
  ServerDependencies dependencies = Dependencies();
  dependencies.facts = &few;
  TestServer server(TestConfiguration(), std::move(dependencies));
  grpc::ClientContext context;
  v1::QueryKpisResponse response;
  const grpc::Status status = server.query->QueryKpis(&context, MarchQuestion(), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(DetailsOf(status).reason, "TOO_MANY_FACTS");
  EXPECT_EQ(DetailsOf(status).metadata.at("limit"), "2");
}

}  // namespace
}  // namespace kpid::server
