// TargetService over a real connection and PostgreSQL.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server_pg_fixture.h"
#include "storage/target_rows.h"

namespace kpid::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Stub = v1::TargetService::Stub;

class TargetServicePgTest : public ServerPgTest {
 protected:
  std::string Upsert(const v1::UpsertTargetsRequest& request) {
    const v1::IngestCounts counts = Call(&Stub::UpsertTargets, *server_->target, request).counts();
    return std::to_string(counts.inserted_count()) + " " + std::to_string(counts.updated_count()) +
           " " + std::to_string(counts.unchanged_count()) + " " +
           std::to_string(counts.rejected_count());
  }
  std::string Upsert(const v1::UpsertScorecardsRequest& request) {
    const auto response = Call(&Stub::UpsertScorecards, *server_->target, request);
    return std::to_string(response.inserted_count()) + " " +
           std::to_string(response.updated_count()) + " " +
           std::to_string(response.unchanged_count());
  }

  static v1::UpsertScorecardsRequest Scorecards(const std::vector<std::string>& ids) {
    v1::UpsertScorecardsRequest request;
    for (const std::string& id : ids) *request.add_scorecards() = ValidScorecard(id);
    return request;
  }

  std::vector<std::string> TargetPage(const v1::ListTargetsRequest& request,
                                      std::string* next_page_token) {
    const auto response = Call(&Stub::ListTargets, *server_->target, request);
    std::vector<std::string> ids;
    for (const auto& target : response.targets()) ids.push_back(target.target_id());
    *next_page_token = response.next_page_token();
    return ids;
  }

  // Ids of all scorecards, page by page; pages are parted by "|".
  std::vector<std::string> AllScorecards(int page_size) {
    v1::ListScorecardsRequest request;
    request.set_page_size(page_size);
    std::vector<std::string> ids;
    for (;;) {
      const auto response = Call(&Stub::ListScorecards, *server_->target, request);
      for (const auto& scorecard : response.scorecards()) ids.push_back(scorecard.scorecard_id());
      if (response.next_page_token().empty()) return ids;
      ids.push_back("|");
      request.set_page_token(response.next_page_token());
    }
  }
};

TEST_F(TargetServicePgTest, TargetsAreInsertedKeptAndUpdated) {
  v1::UpsertTargetsRequest request;
  *request.add_targets() = ValidTarget("a");
  *request.add_targets() = ValidTarget("b");
  EXPECT_EQ(Upsert(request), "2 0 0 0");
  EXPECT_EQ(Upsert(request), "0 0 2 0");
  request.mutable_targets(0)->set_revision(1);
  request.mutable_targets(1)->set_target_value(81);
  EXPECT_EQ(Upsert(request), "0 2 0 0");
  request.mutable_targets(0)->set_revision(0);
  EXPECT_EQ(Upsert(request), "0 0 2 0");
}

TEST_F(TargetServicePgTest, AllOrNothingUnlessPartial) {
  v1::UpsertTargetsRequest request;
  *request.add_targets() = ValidTarget("a");
  *request.add_targets() = ValidTarget("b");
  request.mutable_targets(1)->set_kpi_id("kpi_achievement");
  request.mutable_targets(1)->set_target_value(0.0 / 0.0);
  EXPECT_THAT(Violations(&Stub::UpsertTargets, *server_->target, request),
              ElementsAre("targets[1].kpi_id KPI_NOT_ALLOWED",
                          "targets[1].target_value NUMBER_OUT_OF_RANGE"));
  EXPECT_EQ(test_database_.Value("SELECT count(*) FROM targets"), "0");
  request.set_allow_partial(true);
  const auto response = Call(&Stub::UpsertTargets, *server_->target, request);
  EXPECT_EQ(response.counts().inserted_count(), 1);
  ASSERT_EQ(response.rejected_records_size(), 1);
  EXPECT_EQ(response.rejected_records(0).index(), 1);
  EXPECT_EQ(response.rejected_records(0).record_id(), "b");
  EXPECT_THAT(DetailsOf(response.rejected_records(0).status()).violations,
              ElementsAre("targets[1].kpi_id KPI_NOT_ALLOWED",
                          "targets[1].target_value NUMBER_OUT_OF_RANGE"));
}

TEST_F(TargetServicePgTest, TargetsAreListedAsTheyWereSent) {
  v1::UpsertTargetsRequest request;
  v1::Target target = ValidTarget("a");
  target.set_kpi_id("service_level");
  (*target.mutable_parameters())["threshold"] = "30s";
  target.set_scope(v1::TARGET_SCOPE_AGENT);
  target.set_scope_id("nobody yet");
  target.set_weight(2.5);
  *target.mutable_start_time() = At(0);
  target.set_revision(3);
  *request.add_targets() = target;
  Upsert(request);
  const auto response = Call(&Stub::ListTargets, *server_->target, v1::ListTargetsRequest());
  ASSERT_EQ(response.targets_size(), 1);
  EXPECT_EQ(response.targets(0).DebugString(), target.DebugString());
  EXPECT_EQ(response.next_page_token(), "");
}

TEST_F(TargetServicePgTest, ListOfTargetsIsPagedAndFiltered) {
  v1::UpsertTargetsRequest upsert;
  for (const char* id : {"d", "b", "a", "c"}) *upsert.add_targets() = ValidTarget(id);
  upsert.mutable_targets(1)->set_kpi_id("first_contact_resolution");
  Upsert(upsert);
  v1::ListTargetsRequest request;
  request.set_page_size(2);
  std::string token;
  EXPECT_THAT(TargetPage(request, &token), ElementsAre("a", "b"));
  request.set_page_token(token);
  EXPECT_THAT(TargetPage(request, &token), ElementsAre("c", "d"));
  EXPECT_EQ(token, "");

  v1::ListTargetsRequest of_kpi;
  of_kpi.set_kpi_id("csat");
  EXPECT_THAT(TargetPage(of_kpi, &token), ElementsAre("a", "c", "d"));
  of_kpi.set_kpi_id("fcr");
  EXPECT_THAT(TargetPage(of_kpi, &token), ElementsAre("b"));
  of_kpi.set_kpi_id("nps");
  EXPECT_THAT(TargetPage(of_kpi, &token), IsEmpty());

  of_kpi.set_page_token(request.page_token());
  of_kpi.set_page_size(-1);
  EXPECT_THAT(Violations(&Stub::ListTargets, *server_->target, of_kpi),
              ElementsAre("page_size NUMBER_OUT_OF_RANGE", "page_token PAGE_TOKEN_INVALID"));
  v1::ListTargetsRequest unknown;
  unknown.set_kpi_id("happiness");
  EXPECT_THAT(Violations(&Stub::ListTargets, *server_->target, unknown),
              ElementsAre("kpi_id KPI_UNKNOWN"));
}

TEST_F(TargetServicePgTest, TooManyTargetsAreTold) {
  test_database_.Run(
      "INSERT INTO targets (revision, target_value, weight_thousandths, scope, target_id, kpi_id,"
      " parameters, statistic, scope_id, currency_code) SELECT 0, 1, 1000, 3, 'f' || n, 'csat',"
      " '{}', '', 'agent' || n, '' FROM generate_series(1, " +
      std::to_string(storage::kTargetsMax) + ") AS n");
  v1::UpsertTargetsRequest request;
  *request.add_targets() = ValidTarget("one more");
  grpc::ClientContext context;
  v1::UpsertTargetsResponse response;
  const grpc::Status status = server_->target->UpsertTargets(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(DetailsOf(status).reason, "TOO_MANY_TARGETS");
  EXPECT_EQ(DetailsOf(status).metadata.at("limit"), "100000");
  EXPECT_FALSE(DetailsOf(status).has_retry) << "a retry would not help";
}

TEST_F(TargetServicePgTest, ScorecardsAreInsertedKeptAndUpdated) {
  v1::UpsertScorecardsRequest request = Scorecards({"a", "b"});
  EXPECT_EQ(Upsert(request), "2 0 0");
  EXPECT_EQ(Upsert(request), "0 0 2");
  request.mutable_scorecards(1)->mutable_entries(1)->set_weight(3);
  EXPECT_EQ(Upsert(request), "0 1 1");
  request.mutable_scorecards(0)->mutable_entries(0)->set_kpi_id("happiness");
  EXPECT_THAT(Violations(&Stub::UpsertScorecards, *server_->target, request),
              ElementsAre("scorecards[0].entries[0].kpi_id KPI_UNKNOWN"));
}

TEST_F(TargetServicePgTest, TheBalancedOneComesFirstUntilItIsStored) {
  EXPECT_THAT(AllScorecards(0), ElementsAre("balanced"));
  Upsert(Scorecards({"a", "z", "c"}));
  EXPECT_THAT(AllScorecards(0), ElementsAre("balanced", "a", "c", "z"));
  EXPECT_THAT(AllScorecards(1), ElementsAre("balanced", "|", "a", "|", "c", "|", "z"));
  EXPECT_THAT(AllScorecards(2), ElementsAre("balanced", "a", "|", "c", "z"));
  EXPECT_THAT(AllScorecards(3), ElementsAre("balanced", "a", "c", "|", "z"));

  const auto built_in = Call(&Stub::ListScorecards, *server_->target, v1::ListScorecardsRequest());
  EXPECT_EQ(built_in.scorecards(0).entries_size(), 11);
  Upsert(Scorecards({"balanced"}));
  EXPECT_THAT(AllScorecards(0), ElementsAre("a", "balanced", "c", "z"));
  EXPECT_THAT(AllScorecards(1), ElementsAre("a", "|", "balanced", "|", "c", "|", "z"));

  v1::ListScorecardsRequest request;
  request.set_page_token("nonsense");
  EXPECT_THAT(Violations(&Stub::ListScorecards, *server_->target, request),
              ElementsAre("page_token PAGE_TOKEN_INVALID"));
}

TEST_F(TargetServicePgTest, TargetsReachTheValues) {
  Ingest({ValidInteraction()});
  v1::UpsertTargetsRequest request;
  v1::Target* target = request.add_targets();
  target->set_target_id("handling");
  target->set_kpi_id("aht");
  target->set_scope(v1::TARGET_SCOPE_ALL);
  target->set_target_value(200);
  target->set_worst_value(280);
  target->set_best_value(80);
  Upsert(request);
  const auto snapshot = facts_.Snapshot({}, {});
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  ASSERT_EQ((*snapshot)->targets().targets().size(), 1u);
  EXPECT_EQ((*snapshot)->targets().targets()[0].kpi.definition->id, "average_handle_time");
  EXPECT_DOUBLE_EQ(Ask("kpi_achievement"), 100);
}

}  // namespace
}  // namespace kpid::server
