// The server with facts in memory, over a real connection and real PostgreSQL.
#include "kpid/v1/maintenance_service.grpc.pb.h"
#include "server/join_text.h"
#include "server_pg_fixture.h"
#include "tests/storage/held_session.h"

namespace kpid::server {
namespace {

class ResidentPgTest : public ResidentServerPgTest {
 protected:
  v1::ResidentFacts Metadata() {
    const v1::ListKpisResponse response =
        Call(&v1::QueryService::Stub::ListKpis, *server_->query, v1::ListKpisRequest());
    EXPECT_TRUE(response.has_resident_facts());
    return response.resident_facts();
  }

  grpc::Status Verify(v1::VerifyFactsResponse* response) {
    const auto stub = v1::MaintenanceService::NewStub(server_->channel());
    grpc::ClientContext context;
    return stub->VerifyFacts(&context, v1::VerifyFactsRequest(), response);
  }
};

TEST_F(ResidentPgTest, ReadsItsOwnWritesAThousandTimes) {
  Serve();
  Load();
  for (int i = 1; i <= 1'000; ++i) {
    Ingest({ValidInteraction(JoinText("i", i))});
    ASSERT_EQ(Ask("contacts_offered"), i);
  }
  EXPECT_EQ(resident_->loaded_answers(), 0);
  EXPECT_EQ(resident_->resident_answers(), 1'000);
}

TEST_F(ResidentPgTest, SeesWhatOthersWrite) {
  Serve();
  Load();
  Ingest({ValidInteraction("i1"), ValidInteraction("i2")});
  EXPECT_EQ(Ask("contacts_offered"), 2);
  test_database_.Run("DELETE FROM kpid.interactions WHERE interaction_id = 'i2'");
  AwaitTrue([this] { return Ask("contacts_offered") == 1; });
  test_database_.Run("UPDATE kpid.interactions SET answer_time = answer_time + interval '10 s'");
  AwaitTrue([this] { return Ask("average_speed_of_answer") == 25; });
  EXPECT_EQ(resident_->loaded_answers(), 0);
}

TEST_F(ResidentPgTest, TargetsAreReadYourWritesToo) {
  Serve();
  Load();
  Ingest({ValidInteraction("i1")});
  const auto achieved = [this] {
    return Query(MarchQuestion("kpi_achievement")).total().values(0);
  };
  EXPECT_FALSE(achieved().has_value());
  v1::UpsertTargetsRequest request;
  v1::Target* target = request.add_targets();
  target->set_target_id("t1");
  target->set_kpi_id("service_level");
  target->set_scope(v1::TARGET_SCOPE_ALL);
  target->set_target_value(80);
  grpc::ClientContext context;
  v1::UpsertTargetsResponse response;
  const grpc::Status status = server_->target->UpsertTargets(&context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(achieved().value(), 100);
  test_database_.Run("UPDATE kpid.targets SET target_value = 101");
  AwaitTrue([&] { return achieved().value() == 0; });
  test_database_.Run("DELETE FROM kpid.targets");
  AwaitTrue([&] { return !achieved().has_value(); });
  EXPECT_EQ(resident_->loaded_answers(), 0);
}

TEST_F(ResidentPgTest, QuestionsAreAnsweredWhileNothingIsHeldYet) {
  Serve();
  Ingest({ValidInteraction("i1")});
  EXPECT_TRUE(Metadata().loading());
  EXPECT_FALSE(Metadata().has_lag());
  EXPECT_EQ(Ask("contacts_offered"), 1);
  EXPECT_EQ(resident_->loaded_answers(), 1);
  v1::VerifyFactsResponse verified;
  const grpc::Status status = Verify(&verified);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(DetailsOf(status).reason, "RESIDENT_LOADING");
  Load();
  EXPECT_EQ(Ask("contacts_offered"), 1);
  EXPECT_EQ(resident_->loaded_answers(), 1);
  EXPECT_EQ(resident_->resident_answers(), 1);
  const v1::ResidentFacts held = Metadata();
  EXPECT_FALSE(held.loading());
  EXPECT_TRUE(held.has_lag());
  EXPECT_FALSE(held.has_start_time());
  EXPECT_EQ(held.fact_count(), 1);
  EXPECT_EQ(held.interaction_count(), 1);
  EXPECT_GT(held.memory_bytes(), held.interaction_memory_bytes());
  EXPECT_GT(held.interaction_memory_bytes(), 0);
}

TEST_F(ResidentPgTest, AnswersDuringALoadAreRightAndItEndsAtOnceWithTheServer) {
  Serve();
  Ingest({ValidInteraction("i1")});
  // The load waits for this lock, again and again; questions do not.
  const auto holder = storage::OpenSession(test_database_);
  storage::RunScript(holder.get(), "BEGIN; LOCK TABLE kpid.deleted_rows IN ACCESS EXCLUSIVE MODE");
  resident_->Start();
  EXPECT_EQ(Ask("contacts_offered"), 1);
  EXPECT_TRUE(Metadata().loading());
  EXPECT_EQ(resident_->resident_answers(), 0);
  storage::WaitUntilBlocked(test_database_, "deleted_rows");
  // Were it to wait for the load, it would wait for ever.
  server_.reset();
  resident_.reset();
  storage::RunScript(holder.get(), "ROLLBACK");
}

TEST_F(ResidentPgTest, MemoryLetsTheOldestDaysGoAndQuestionsBeyondAreRight) {
  Configuration configuration = Options();
  configuration.resident_memory_max.value = 1;
  Serve(configuration);
  std::vector<v1::Interaction> interactions;
  for (int day = 0; day < 20; ++day) {
    interactions.push_back(InteractionOfDay(day, JoinText("i", day)));
  }
  Ingest(interactions);
  Load();
  const v1::ResidentFacts held = Metadata();
  ASSERT_TRUE(held.has_start_time());
  EXPECT_GT(held.start_time().seconds(), At(0).seconds());
  EXPECT_LT(held.interaction_count(), 20);
  EXPECT_GE(held.interaction_count(), 1);
  EXPECT_EQ(Ask("contacts_offered"), 20);
  EXPECT_EQ(resident_->loaded_answers(), 1);
  v1::QueryKpisRequest within = MarchQuestion();
  *within.mutable_interval()->mutable_start_time() = held.start_time();
  EXPECT_EQ(Query(within).total().values(0).value(), held.interaction_count());
  EXPECT_EQ(resident_->resident_answers(), 1);
}

TEST_F(ResidentPgTest, VerifyFindsSaysAndRepairsWhatNoTriggerSaw) {
  Serve();
  Ingest({ValidInteraction("i1"), ValidInteraction("i2")});
  Load();
  v1::VerifyFactsResponse response;
  ASSERT_TRUE(Verify(&response).ok());
  EXPECT_EQ(response.differences_size(), 0);
  EXPECT_EQ(response.fact_count(), 2);
  test_database_.Run(
      "SET session_replication_role = replica;"
      "UPDATE kpid.interactions SET answer_time = answer_time + interval '10 s'"
      " WHERE interaction_id = 'i1'");
  EXPECT_EQ(Ask("average_speed_of_answer"), 15);
  response.Clear();
  ASSERT_TRUE(Verify(&response).ok());
  ASSERT_EQ(response.differences_size(), 1);
  EXPECT_EQ(response.differences(0).table(), "interactions");
  EXPECT_EQ(response.differences(0).day(), "2026-03-02");
  EXPECT_NE(response.differences(0).found(), response.differences(0).expected());
  EXPECT_TRUE(response.differences(0).repaired());
  EXPECT_EQ(Ask("average_speed_of_answer"), 20);
  response.Clear();
  ASSERT_TRUE(Verify(&response).ok());
  EXPECT_EQ(response.differences_size(), 0);
}

TEST_F(ResidentPgTest, VerifiesOnSchedule) {
  Configuration configuration = Options();
  configuration.verify_interval = milliseconds(50);
  Serve(configuration);
  Ingest({ValidInteraction("i1")});
  Load();
  test_database_.Run(
      "SET session_replication_role = replica;"
      "UPDATE kpid.interactions SET wrap_up_microseconds = 30000000");
  AwaitTrue([this] { return Ask("average_wrap_up_time") == 30; });
}

TEST_F(ServerPgTest, NothingHeldIsNothingToVerify) {
  const auto stub = v1::MaintenanceService::NewStub(server_->channel());
  grpc::ClientContext context;
  v1::VerifyFactsResponse response;
  const grpc::Status status = stub->VerifyFacts(&context, v1::VerifyFactsRequest(), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(DetailsOf(status).reason, "RESIDENT_OFF");
  EXPECT_FALSE(Call(&v1::QueryService::Stub::ListKpis, *server_->query, v1::ListKpisRequest())
                   .has_resident_facts());
}

}  // namespace
}  // namespace kpid::server
