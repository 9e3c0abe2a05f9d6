#include "client/scorecard_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <sstream>

#include "CLI/CLI.hpp"
#include "client/command_line.h"
#include "client/exit_code.h"
#include "kpid/v1/query_service.grpc.pb.h"
#include "tests/client/answer.h"
#include "tests/client/fake_ingest_service.h"

namespace kpid::client {
namespace {

using testing::HasSubstr;

class FakeQueryService : public v1::QueryService::Service {
 public:
  grpc::Status GetScorecard(grpc::ServerContext*, const v1::GetScorecardRequest* request,
                            v1::GetScorecardResponse* response) override {
    const std::lock_guard lock(mutex_);
    last_request_ = *request;
    *response = answer;
    return status;
  }

  v1::GetScorecardRequest last_request() {
    const std::lock_guard lock(mutex_);
    return last_request_;
  }

  // Set before the first call.
  v1::GetScorecardResponse answer;
  grpc::Status status;

 private:
  std::mutex mutex_;  // Handlers run on several threads.
  v1::GetScorecardRequest last_request_;
};

class ScorecardCommandTest : public testing::Test {
 protected:
  ScorecardCommandTest() : server_(&service_) {
    options_.server.address = server_.address();
    options_.group_id = "blue";
    options_.range.from = "2026-03-01";
    options_.range.to = "2026-04-01";
    console_.out = &out_;
    console_.err = &err_;
    console_.now = [] { return metrics::Instant(std::chrono::hours(24 * 20'600)); };
    service_.answer = FromText<v1::GetScorecardResponse>(
        R"(scorecard { scorecard_id: "balanced" } total { weight: 1 } time_zone: "UTC")");
  }

  FakeQueryService service_;
  LoopbackServer server_;
  ScorecardOptions options_;
  std::ostringstream out_;
  std::ostringstream err_;
  Console console_;
};

TEST_F(ScorecardCommandTest, AsksWhatTheOptionsSay) {
  EXPECT_EQ(RunScorecardCommand(options_, console_), kExitOk) << err_.str();
  EXPECT_EQ(service_.last_request().ShortDebugString(), FromText<v1::GetScorecardRequest>(R"(
              group_id: "blue" time_zone: "UTC"
              interval { start_time { seconds: 1772323200 } end_time { seconds: 1775001600 } })")
                                                            .ShortDebugString());
  EXPECT_THAT(out_.str(), HasSubstr("blue: balanced"));
  options_.group_id = "";
  options_.agent_id = "anna";
  options_.scorecard_id = "mine";
  options_.zone = "Europe/Amsterdam";
  options_.peers = "team";
  options_.confidence = 0.9;
  options_.minimum_sample = 30;
  EXPECT_EQ(RunScorecardCommand(options_, console_), kExitOk) << err_.str();
  EXPECT_EQ(service_.last_request().ShortDebugString(), FromText<v1::GetScorecardRequest>(R"(
              scorecard_id: "mine" agent_id: "anna" time_zone: "Europe/Amsterdam"
              interval { start_time { seconds: 1772319600 } end_time { seconds: 1774994400 } }
              confidence_level: 0.9 peer_group_type: "team" minimum_sample_size: 30)")
                                                            .ShortDebugString());
}

TEST_F(ScorecardCommandTest, HasThreeFormats) {
  options_.format = "json";
  EXPECT_EQ(RunScorecardCommand(options_, console_), kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("\"scorecardId\": \"balanced\""));
  out_.str("");
  options_.format = "csv";
  EXPECT_EQ(RunScorecardCommand(options_, console_), kExitOk);
  EXPECT_THAT(out_.str(), testing::StartsWith("area,kpi,weight"));
}

TEST_F(ScorecardCommandTest, TellsWhatIsWrong) {
  const auto error = [&](auto spoil) {
    ScorecardOptions options = options_;
    spoil(&options);
    err_.str("");
    EXPECT_EQ(RunScorecardCommand(options, console_), kExitUsage);
    return err_.str();
  };
  EXPECT_THAT(error([](auto* o) { o->group_id = ""; }), HasSubstr("either --team"));
  EXPECT_THAT(error([](auto* o) { o->agent_id = "a"; }), HasSubstr("either --team"));
  EXPECT_THAT(error([](auto* o) { o->peers = "team"; }), HasSubstr("--peers is for an --agent"));
  EXPECT_THAT(error([](auto* o) { o->zone = "Mars"; }), HasSubstr("--zone \"Mars\""));
  EXPECT_THAT(error([](auto* o) { o->range.from = "soon"; }), HasSubstr("soon"));
}

TEST_F(ScorecardCommandTest, PassesErrorsOn) {
  service_.status = grpc::Status(grpc::StatusCode::NOT_FOUND, "there is no such agent group");
  EXPECT_EQ(RunScorecardCommand(options_, console_), kExitRejected);
  EXPECT_THAT(err_.str(), HasSubstr("there is no such agent group"));
  EXPECT_EQ(out_.str(), "");
}

int Parse(const std::vector<std::string>& arguments) {
  CLI::App app("kpid");
  std::function<int()> run;
  AddClientCommands(app, &run);
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    return error.get_exit_code();
  }
  return run ? 0 : -1;
}

TEST(ScorecardCommandLine, TakesOneSubject) {
  EXPECT_EQ(Parse({"scorecard", "--team", "blue", "--last-month"}), 0);
  EXPECT_EQ(Parse({"scorecard", "--group", "blue", "--last", "7d", "--scorecard", "mine"}), 0);
  EXPECT_EQ(Parse({"scorecard", "--agent", "anna", "--peers", "team", "--from", "2026-01-01",
                   "--to", "2026-02-01", "--zone", "UTC", "--format", "csv", "--minimum-sample",
                   "5", "--confidence", "0.9"}),
            0);
  EXPECT_NE(Parse({"scorecard", "--last-month"}), 0);
  EXPECT_NE(Parse({"scorecard", "--team", "blue", "--agent", "anna", "--last-month"}), 0);
  EXPECT_NE(Parse({"scorecard", "--team", "blue", "--format", "xml"}), 0);
}

}  // namespace
}  // namespace kpid::client
