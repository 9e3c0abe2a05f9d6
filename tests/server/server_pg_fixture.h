// A server with real PostgreSQL behind it, for tests over a real connection.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "record_builders.h"
#include "server/resident_store.h"
#include "storage/fact_loader.h"
#include "storage/record_store.h"
#include "storage/resident_facts.h"
#include "storage/roster_store.h"
#include "storage/target_store.h"
#include "test_server.h"
#include "tests/support/test_database.h"
#include "violation_matchers.h"

namespace kpid::server {

// Longest that a test waits for something that comes by itself.
inline constexpr std::chrono::seconds kPatience{60};

// However slow the machine is, questions are answered from facts that are held.
inline constexpr storage::ResidentFactsOptions kHeldFacts{.patience = kPatience,
                                                          .stale_max = kPatience};

// Stores on a database of their own, and a server that the test starts.
class StoresPgTest : public testing::Test {
 protected:
  // What a server without resident facts needs.
  ServerDependencies Dependencies() {
    ServerDependencies dependencies;
    dependencies.store_batch = [this](const storage::RecordBatch& batch,
                                      const metrics::CallLimits& limits) {
      return records_.Ingest(batch, limits);
    };
    dependencies.roster = &roster_;
    dependencies.targets = &targets_;
    dependencies.facts = &facts_;
    dependencies.ping = [this](const metrics::CallLimits& limits) {
      return database_->Ping(limits);
    };
    return dependencies;
  }

  template <typename Stub, typename Request, typename Response>
  static Response Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                    Response*),
                       Stub& stub, const Request& request) {
    grpc::ClientContext context;
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  template <typename Stub, typename Request, typename Response>
  static std::vector<std::string> Violations(grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                                          const Request&,
                                                                          Response*),
                                             Stub& stub, const Request& request) {
    grpc::ClientContext context;
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    EXPECT_EQ(DetailsOf(status).reason, "REQUEST_INVALID");
    return DetailsOf(status).violations;
  }

  v1::IngestCounts Ingest(const std::vector<v1::Interaction>& interactions) {
    v1::IngestInteractionsRequest request;
    for (const auto& interaction : interactions) *request.add_interactions() = interaction;
    return Call(&v1::IngestService::Stub::IngestInteractions, *server_->ingest, request).counts();
  }

  v1::QueryKpisResponse Query(const v1::QueryKpisRequest& request) {
    return Call(&v1::QueryService::Stub::QueryKpis, *server_->query, request);
  }

  double Ask(const std::string& kpi) { return Query(MarchQuestion(kpi)).total().values(0).value(); }

  test_support::TestDatabase test_database_;
  std::unique_ptr<storage::Database> database_ = test_database_.Open();
  storage::RecordStore records_{database_.get()};
  storage::RosterStore roster_{database_.get()};
  storage::TargetStore targets_{database_.get()};
  storage::FactLoader facts_{database_.get(), {}, [] { return Clock::System()->WallNow(); }};
  std::optional<ResidentStore> resident_;  // Null: facts are loaded for each question.
  std::optional<TestServer> server_;       // Last: it uses what is above.
};

// A server that loads facts for each question.
class ServerPgTest : public StoresPgTest {
 protected:
  ServerPgTest() { server_.emplace(TestConfiguration(), Dependencies()); }

  void UpsertTeam(const std::string& group, const std::vector<std::string>& agents) {
    v1::UpsertAgentGroupsRequest groups;
    groups.add_agent_groups()->set_group_id(group);
    groups.mutable_agent_groups(0)->set_type("team");
    groups.mutable_agent_groups(0)->set_name("Team " + group);
    Call(&v1::RosterService::Stub::UpsertAgentGroups, *server_->roster, groups);
    v1::UpsertMembershipsRequest memberships;
    for (const std::string& agent : agents) {
      auto* membership = memberships.add_memberships();
      membership->set_agent_id(agent);
      membership->set_group_id(group);
      *membership->mutable_start_time() = At(-86'400);
    }
    Call(&v1::RosterService::Stub::UpsertMemberships, *server_->roster, memberships);
  }
};

// A server that holds facts in memory.
class ResidentServerPgTest : public StoresPgTest {
 protected:
  static Configuration Options() {
    Configuration configuration = TestConfiguration();
    configuration.verify_interval = milliseconds(0);
    return configuration;
  }

  // Starts the server; facts are held from Load on.
  void Serve(const Configuration& configuration = Options()) {
    server_.reset();
    resident_.emplace(configuration, database_.get(), &facts_, Clock::System(), kHeldFacts);
    ServerDependencies dependencies = Dependencies();
    dependencies.facts = resident_->facts();
    dependencies.resident = &*resident_;
    server_.emplace(configuration, std::move(dependencies));
  }

  // Starts following, and waits for the first load.
  void Load() {
    resident_->Start();
    AwaitTrue([this] { return !resident_->Report().loading; });
  }

  static void AwaitTrue(const std::function<bool()>& done) {
    const auto give_up = std::chrono::steady_clock::now() + kPatience;
    bool is_done = done();
    while (!is_done && std::chrono::steady_clock::now() < give_up) is_done = done();
    ASSERT_TRUE(is_done);
  }
};

}  // namespace kpid::server
