#include "client/generate_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>

#include "client/exit_code.h"
#include "client/generator/target_maker.h"
#include "client/import_command.h"
#include "client/roster_upload.h"
#include "kpid/v1/roster_service.grpc.pb.h"
#include "tests/client/fake_ingest_service.h"
#include "tests/client/fake_target_service.h"

namespace kpid::client {
namespace {

using testing::HasSubstr;

// Keeps what comes in.
class FakeRosterService : public v1::RosterService::Service {
 public:
  grpc::Status UpsertAgents(grpc::ServerContext*, const v1::UpsertAgentsRequest* request,
                            v1::UpsertAgentsResponse*) override {
    if (refusals-- > 0) return {grpc::StatusCode::UNAVAILABLE, "not yet"};
    agents += request->agents_size();
    return grpc::Status::OK;
  }
  grpc::Status UpsertAgentGroups(grpc::ServerContext*, const v1::UpsertAgentGroupsRequest* request,
                                 v1::UpsertAgentGroupsResponse*) override {
    groups += request->agent_groups_size();
    return grpc::Status::OK;
  }
  grpc::Status UpsertMemberships(grpc::ServerContext*, const v1::UpsertMembershipsRequest* request,
                                 v1::UpsertMembershipsResponse*) override {
    const std::lock_guard lock(mutex);
    membership_batches.push_back(*request);
    return grpc::Status::OK;
  }
  grpc::Status UpsertQueues(grpc::ServerContext*, const v1::UpsertQueuesRequest* request,
                            v1::UpsertQueuesResponse*) override {
    queues += request->queues_size();
    return grpc::Status::OK;
  }

  std::atomic<int> refusals = 0;
  std::atomic<int> agents = 0;
  std::atomic<int> groups = 0;
  std::atomic<int> queues = 0;
  std::mutex mutex;
  std::vector<v1::UpsertMembershipsRequest> membership_batches;
};

class GenerateCommandTest : public testing::Test {
 protected:
  GenerateCommandTest() {
    std::string name = (std::filesystem::temp_directory_path() / "kpid-generate-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    options_.interactions = 3'000;
    options_.days = 90;
    options_.end = "2026-01-01";
    console_.out = &out_;
    console_.err = &err_;
    console_.now = [] { return metrics::Instant(std::chrono::hours(24 * 20'000)); };
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&ingest_);
    builder.RegisterService(&roster_);
    builder.RegisterService(&targets_);
    server_ = builder.BuildAndStart();
    options_.server.address = "127.0.0.1:" + std::to_string(port_);
  }
  ~GenerateCommandTest() override {
    server_->Shutdown();
    std::filesystem::remove_all(folder_);
  }

  std::string Read(const char* name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  FakeIngestService ingest_;
  FakeRosterService roster_;
  FakeTargetService targets_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
  std::filesystem::path folder_;
  GenerateOptions options_;
  std::ostringstream out_;
  std::ostringstream err_;
  Console console_;
};

TEST_F(GenerateCommandTest, FilesCanBeImported) {
  options_.output = folder_.string();
  ASSERT_EQ(RunGenerateCommand(options_, console_), kExitOk) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("wrote 3000 interactions"));
  for (const std::string& name : RecordKindNames()) {
    ImportOptions import;
    import.path = (folder_ / (name + ".csv")).string();
    import.kind = *FindRecordKind(name);
    import.server = options_.server;
    EXPECT_EQ(RunImportCommand(import, console_), kExitOk) << name << ": " << err_.str();
  }
  EXPECT_GT(ingest_.applied().size(), 30'000U);
  EXPECT_THAT(Read("agents.csv"), HasSubstr("agent-001,"));
  EXPECT_THAT(Read("agent_groups.csv"), HasSubstr("team-06,Team Fern,team,site-02\n"));
  EXPECT_THAT(Read("memberships.csv"), HasSubstr("agent-001,team-01,"));
  EXPECT_THAT(Read("queues.csv"), HasSubstr("sales-voice,Sales,voice\n"));
  ImportOptions import;
  import.path = (folder_ / "scorecards.csv").string();
  import.scorecards = true;
  import.server = options_.server;
  EXPECT_EQ(RunImportCommand(import, console_), kExitOk) << err_.str();
  ASSERT_EQ(targets_.requests().size(), 1U);
  v1::UpsertScorecardsRequest sent;
  *sent.add_scorecards() = MakeScorecard();
  EXPECT_EQ(targets_.requests()[0].DebugString(), sent.DebugString());
}

TEST_F(GenerateCommandTest, SendsRosterAndRecords) {
  options_.agents = 12;
  options_.teams = 3;
  ASSERT_EQ(RunGenerateCommand(options_, console_), kExitOk) << err_.str();
  EXPECT_EQ(roster_.agents, 12);
  EXPECT_EQ(roster_.groups, 4);
  EXPECT_EQ(roster_.queues, 10);
  EXPECT_EQ(targets_.requests().size(), 1U);
  EXPECT_THAT(out_.str(),
              HasSubstr("generated 12 agents in 3 teams, 10 queues, 3000 interactions"));
  EXPECT_THAT(out_.str(), HasSubstr("unchanged 0, rejected 0"));
  EXPECT_GT(ingest_.applied().size(), 3'500U);
}

TEST_F(GenerateCommandTest, RosterIsSentAgainToABusyServer) {
  roster_.refusals = 2;
  EXPECT_EQ(RunGenerateCommand(options_, console_), kExitOk) << err_.str();
  EXPECT_EQ(roster_.agents, 60);
}

TEST_F(GenerateCommandTest, MembershipsOfOneAgentStayTogether) {
  Centre centre;
  for (int i = 0; i < 10'001; ++i) {
    v1::Membership membership;
    membership.set_agent_id(i < 9'999 ? "a" + std::to_string(i) : "mover");
    centre.roster_memberships.push_back(membership);
  }
  const auto channel =
      grpc::CreateChannel(options_.server.address, grpc::InsecureChannelCredentials());
  ASSERT_TRUE(UploadRoster(centre, channel, std::chrono::seconds(30)).status.ok());
  const std::lock_guard lock(roster_.mutex);
  ASSERT_EQ(roster_.membership_batches.size(), 2U);
  EXPECT_EQ(roster_.membership_batches[0].memberships_size(), 9'999);
  EXPECT_EQ(roster_.membership_batches[1].memberships_size(), 2);
}

TEST_F(GenerateCommandTest, DaysAreThoseOfTheZone) {
  options_.zone = "Europe/Amsterdam";
  options_.end = "2026-04-01";
  options_.days = 31;
  const auto generator = MakeGeneratorOptions(options_, console_.now());
  ASSERT_TRUE(generator.ok());
  EXPECT_EQ(generator->days(), 31);
  EXPECT_EQ(generator->first_day.month, 3);
  EXPECT_EQ(generator->first_day.day, 1);
  using std::chrono::hours;
  // 29 March has 23 hours.
  EXPECT_EQ(generator->day_starts[29] - generator->day_starts[28], hours(23));
  EXPECT_EQ(generator->day_starts[28] - generator->day_starts[27], hours(24));
}

TEST_F(GenerateCommandTest, WrongOptionsAreUsageErrors) {
  options_.end = "tomorrow";
  EXPECT_EQ(RunGenerateCommand(options_, console_), kExitUsage);
  options_.end = "2026-01-01";
  options_.zone = "Nowhere";
  EXPECT_EQ(RunGenerateCommand(options_, console_), kExitUsage);
  options_.zone = "UTC";
  options_.teams = 100;
  EXPECT_EQ(RunGenerateCommand(options_, console_), kExitUsage);
}

}  // namespace
}  // namespace kpid::client
