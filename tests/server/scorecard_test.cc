#include "server/scorecard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "metrics/error_reason.h"
#include "server/scorecard_definition.h"
#include "test_server.h"
#include "wrong_fields.h"

namespace kpid::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

v1::GetScorecardRequest ValidRequest() {
  v1::GetScorecardRequest request;
  request.set_agent_id("anna");
  *request.mutable_interval() = MarchQuestion().interval();
  return request;
}

const WrongFieldCase<v1::GetScorecardRequest> kCases[] = {
    {"long scorecard",
     [](auto* m) { m->set_scorecard_id(kLong); },
     {"scorecard_id FIELD_TOO_LONG"}},
    {"bad scorecard",
     [](auto* m) { m->set_scorecard_id(kNul); },
     {"scorecard_id FIELD_INVALID_TEXT"}},
    {"nobody", [](auto* m) { m->clear_agent_id(); }, {"agent_id FIELD_REQUIRED"}},
    {"two subjects", [](auto* m) { m->set_group_id("north"); }, {"group_id FIELD_CONTRADICTS"}},
    {"long agent", [](auto* m) { m->set_agent_id(kLong); }, {"agent_id FIELD_TOO_LONG"}},
    {"bad agent", [](auto* m) { m->set_agent_id("\xff"); }, {"agent_id FIELD_INVALID_TEXT"}},
    {"long group",
     [](auto* m) {
       m->clear_agent_id();
       m->set_group_id(kLong);
     },
     {"group_id FIELD_TOO_LONG"}},
    {"bad group",
     [](auto* m) {
       m->clear_agent_id();
       m->set_group_id(kNul);
     },
     {"group_id FIELD_INVALID_TEXT"}},
    {"no interval", [](auto* m) { m->clear_interval(); }, {"interval FIELD_REQUIRED"}},
    {"no ends",
     [](auto* m) { m->mutable_interval()->Clear(); },
     {"interval.start_time FIELD_REQUIRED", "interval.end_time FIELD_REQUIRED"}},
    {"ends at its start",
     [](auto* m) { *m->mutable_interval()->mutable_end_time() = m->interval().start_time(); },
     {"interval.end_time TIME_ORDER"}},
    {"3,661 days",
     [](auto* m) {
       m->mutable_interval()->mutable_end_time()->set_seconds(m->interval().start_time().seconds() +
                                                              3'661 * 86'400LL);
     },
     {"interval RANGE_TOO_LONG"}},
    {"previous period before 1970",
     [](auto* m) {
       m->mutable_interval()->mutable_start_time()->set_seconds(86'400);
       m->mutable_interval()->mutable_end_time()->set_seconds(3 * 86'400);
     },
     {"interval TIME_OUT_OF_RANGE"}},
    {"unknown zone",
     [](auto* m) { m->set_time_zone("Mars/Olympus"); },
     {"time_zone TIME_ZONE_UNKNOWN"}},
    {"long zone", [](auto* m) { m->set_time_zone(kLong); }, {"time_zone FIELD_TOO_LONG"}},
    {"low confidence",
     [](auto* m) { m->set_confidence_level(0.4); },
     {"confidence_level NUMBER_OUT_OF_RANGE"}},
    {"no confidence",
     [](auto* m) { m->set_confidence_level(std::numeric_limits<double>::quiet_NaN()); },
     {"confidence_level NUMBER_OUT_OF_RANGE"}},
    {"bad type",
     [](auto* m) { m->set_peer_group_type("Team"); },
     {"peer_group_type FIELD_MALFORMED"}},
    {"peers of a group",
     [](auto* m) {
       m->clear_agent_id();
       m->set_group_id("north");
       m->set_peer_group_type("team");
     },
     {"peer_group_type FIELD_CONTRADICTS"}},
    {"negative sample",
     [](auto* m) { m->set_minimum_sample_size(-1); },
     {"minimum_sample_size NUMBER_OUT_OF_RANGE"}},
    {"large sample",
     [](auto* m) { m->set_minimum_sample_size(1'000'001); },
     {"minimum_sample_size NUMBER_OUT_OF_RANGE"}},
    {"all at once",
     [](auto* m) {
       *m = {};
       m->set_scorecard_id(kNul);
       m->set_time_zone("x");
       m->set_confidence_level(1);
       m->set_peer_group_type("-");
       m->set_minimum_sample_size(-5);
     },
     {"scorecard_id FIELD_INVALID_TEXT", "agent_id FIELD_REQUIRED", "interval FIELD_REQUIRED",
      "time_zone TIME_ZONE_UNKNOWN", "confidence_level NUMBER_OUT_OF_RANGE",
      "peer_group_type FIELD_MALFORMED", "minimum_sample_size NUMBER_OUT_OF_RANGE"}},
};

TEST(ReadGetScorecard, NamesEveryViolation) {
  ExpectNamed(kCases, ValidRequest(), ReadGetScorecard);
}

TEST(ReadGetScorecard, ResolvesAQuestion) {
  v1::GetScorecardRequest request = ValidRequest();
  ViolationList violations;
  metrics::ScorecardQuestion question = ReadGetScorecard(request, &violations);
  EXPECT_THAT(Lines(violations), IsEmpty());
  EXPECT_EQ(question.subject.kind, metrics::ScorecardSubject::Kind::kAgent);
  EXPECT_EQ(question.subject.id, "anna");
  EXPECT_EQ(question.range.Length(), std::chrono::days(31));
  EXPECT_EQ(question.time_zone, "UTC");
  EXPECT_EQ(question.confidence_level, 0.95);
  EXPECT_EQ(ScorecardIdOf(request), "balanced");
  request.clear_agent_id();
  request.set_group_id("north");
  request.set_time_zone("Asia/Kathmandu");
  request.set_confidence_level(0.9);
  request.set_minimum_sample_size(1'000'000);
  request.set_scorecard_id("mine");
  question = ReadGetScorecard(request, &violations);
  EXPECT_THAT(Lines(violations), IsEmpty());
  EXPECT_EQ(question.subject.kind, metrics::ScorecardSubject::Kind::kGroup);
  EXPECT_EQ(question.subject.id, "north");
  EXPECT_EQ(question.time_zone, "Asia/Kathmandu");
  EXPECT_EQ(question.confidence_level, 0.9);
  EXPECT_EQ(question.sample_minimum, 1'000'000);
  EXPECT_EQ(ScorecardIdOf(request), "mine");
}

metrics::ResolvedKpi Resolved(const std::string& id, const std::string& statistic = "") {
  metrics::ResolvedKpi kpi;
  EXPECT_TRUE(metrics::ResolveKpi(id, "", {}, statistic, &kpi).empty());
  return kpi;
}

metrics::ScorecardLine Line(const std::string& id, double before, double after,
                            const std::string& statistic = "") {
  metrics::ScorecardLine line;
  line.kpi = Resolved(id, statistic);
  line.area = metrics::ScorecardArea::kEfficiency;
  line.before.value = before;
  line.before.sample_count = 30;
  line.value.value = after;
  line.value.sample_count = 40;
  line.value.lower = after - 1;
  line.value.upper = after + 1;
  line.change.absolute = after - before;
  line.change.lower = after - before - 2;
  line.change.upper = after - before + 2;
  line.change.significance = metrics::Significance::kSignificant;
  return line;
}

// A line with everything, and one without a value.
metrics::ScorecardResult TwoLines() {
  metrics::ScorecardResult result;
  result.display_name = "Anna";
  metrics::ScorecardLine line = Line("aht", 320, 290.25);
  line.weight = 2;
  line.target.emplace();
  line.target->target_id = "t1";
  line.target->target_value = 300;
  line.status = metrics::TargetStatus::kMet;
  line.attainment = 0.75;
  line.rank = 3;
  line.peers = 12;
  metrics::ScorecardLine none;
  none.kpi = Resolved("csat");
  none.value.no_value_reason = metrics::NoValueReason::kNoData;
  none.peers = 4;
  result.lines = {line, none};
  return result;
}

v1::GetScorecardResponse Written(const metrics::ScorecardResult& result,
                                 const metrics::ScorecardQuestion& question = {}) {
  v1::GetScorecardResponse response;
  SetScorecardResult(BalancedScorecardRecord(), question, result, &response);
  return response;
}

TEST(SetScorecardResult, WritesLines) {
  const v1::GetScorecardResponse response = Written(TwoLines());
  EXPECT_EQ(response.scorecard().scorecard_id(), "balanced");
  EXPECT_EQ(response.scorecard().entries_size(), 11);
  EXPECT_EQ(response.display_name(), "Anna");
  ASSERT_EQ(response.lines_size(), 2);
  const v1::ScorecardLine& first = response.lines(0);
  EXPECT_EQ(first.kpi().id(), "average_handle_time");
  EXPECT_EQ(first.kpi().statistic(), "mean");
  EXPECT_EQ(first.area(), v1::SCORECARD_AREA_EFFICIENCY);
  EXPECT_EQ(first.weight(), 2);
  EXPECT_EQ(first.value().value(), 290.25);
  EXPECT_EQ(first.value().sample_count(), 40);
  EXPECT_EQ(first.value().confidence_interval().upper(), 291.25);
  EXPECT_EQ(first.value().target().target_id(), "t1");
  EXPECT_EQ(first.value().target().status(), v1::TARGET_STATUS_MET);
  EXPECT_EQ(first.value().target().attainment(), 0.75);
  EXPECT_EQ(first.value().comparison().previous_value(), 320);
  EXPECT_EQ(first.value().comparison().previous_sample_count(), 30);
  EXPECT_EQ(first.value().comparison().absolute_change(), -29.75);
  EXPECT_EQ(first.value().comparison().change_interval().lower(), -31.75);
  EXPECT_EQ(first.value().comparison().significance(), v1::CHANGE_SIGNIFICANCE_SIGNIFICANT);
  EXPECT_EQ(first.rank(), 3);
  EXPECT_EQ(first.peer_count(), 12);
  EXPECT_FALSE(response.lines(1).has_rank());
  EXPECT_FALSE(response.lines(1).value().has_target());
  EXPECT_EQ(response.lines(1).value().no_value_reason(), v1::NO_VALUE_REASON_NO_DATA);
  EXPECT_EQ(response.lines(1).peer_count(), 4);
}

TEST(SetScorecardResult, WritesTotalsAndTimes) {
  metrics::ScorecardResult result = TwoLines();
  result.total = {metrics::ScorecardArea::kNone, 0.75, 2, 3, 1, 0};
  result.areas = {{metrics::ScorecardArea::kEfficiency, 0.75, 2, 2, 1, 0}};
  const metrics::Instant start{std::chrono::days(1'000)};
  metrics::ScorecardQuestion question;
  question.range = {start, start + std::chrono::days(7)};
  question.time_zone = "Europe/Amsterdam";
  result.before_range = {start - std::chrono::days(7), start};
  result.data_watermark = start + std::chrono::days(9);
  const v1::GetScorecardResponse response = Written(result, question);
  EXPECT_EQ(response.total().attainment(), 0.75);
  EXPECT_EQ(response.total().covered_weight(), 2);
  EXPECT_EQ(response.total().weight(), 3);
  EXPECT_EQ(response.total().met_count(), 1);
  ASSERT_EQ(response.areas_size(), 1);
  EXPECT_EQ(response.areas(0).area(), v1::SCORECARD_AREA_EFFICIENCY);
  EXPECT_EQ(response.interval().start_time().seconds(), 1'000 * 86'400LL);
  EXPECT_EQ(response.comparison_interval().end_time().seconds(), 1'000 * 86'400LL);
  EXPECT_EQ(response.time_zone(), "Europe/Amsterdam");
  EXPECT_EQ(response.confidence_level(), 0.95);
  EXPECT_EQ(response.data_watermark().seconds(), 1'009 * 86'400LL);
}

TEST(SetScorecardResult, WarnsInSentences) {
  metrics::ScorecardResult result = TwoLines();
  const metrics::ScorecardLine line = result.lines[0];
  result.warnings = {{line, Line("csat", 86.25, 79.5)},
                     {line, Line("csat_mean", 4.5, 4.25)},
                     {Line("aht", 9, 8, "p90"), Line("fcr", 2, 1)}};
  const v1::GetScorecardResponse response = Written(result);
  ASSERT_EQ(response.warnings_size(), 3);
  EXPECT_EQ(response.warnings(0).description(),
            "Average handle time improved from 320.0 s to 290.2 s, while Customer satisfaction "
            "worsened by more than chance, from 86.2 % to 79.5 %.");
  EXPECT_EQ(response.warnings(0).worsened_kpi().id(), "csat");
  EXPECT_EQ(response.warnings(0).improved_value().target().target_id(), "t1");
  EXPECT_EQ(response.warnings(0).worsened_value().comparison().previous_value(), 86.25);
  EXPECT_THAT(response.warnings(1).description(), testing::EndsWith("from 4.50 to 4.25."));
  EXPECT_THAT(response.warnings(2).description(),
              testing::StartsWith("Average handle time (p90) improved from 9.0 s to 8.0 s, while "
                                  "First contact resolution worsened"));
}

TEST(ScoreError, TellsAnUnknownGroupTypeAsAViolation) {
  const auto error = [](absl::StatusCode code, const char* reason) {
    return DetailsOf(
        ToRpcStatus(ScoreError(metrics::ErrorWithReason(code, "x", {reason, {}})), ""));
  };
  EXPECT_THAT(error(absl::StatusCode::kInvalidArgument, "GROUP_TYPE_UNKNOWN").violations,
              ElementsAre("peer_group_type GROUP_TYPE_UNKNOWN"));
  EXPECT_THAT(error(absl::StatusCode::kNotFound, "GROUP_UNKNOWN").violations, IsEmpty());
  EXPECT_EQ(error(absl::StatusCode::kNotFound, "GROUP_UNKNOWN").reason, "GROUP_UNKNOWN");
}

class GetScorecardTest : public testing::Test {
 protected:
  GetScorecardTest() : server_(TestConfiguration(), Dependencies()) {}

  ServerDependencies Dependencies() {
    facts_.function = [](const metrics::FactDemand&, const metrics::CallLimits&) {
      metrics::Dictionaries dictionaries;
      dictionaries.agents.Add(1, "anna", "Anna");
      metrics::FactSnapshot::Builder builder;
      builder.SetDictionaries(std::move(dictionaries));
      return absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>>(builder.Build());
    };
    ServerDependencies dependencies;
    dependencies.facts = &facts_;
    dependencies.ping = [](const metrics::CallLimits&) { return absl::OkStatus(); };
    return dependencies;
  }

  grpc::Status Get(const v1::GetScorecardRequest& request) {
    grpc::ClientContext context;
    return server_.query->GetScorecard(&context, request, &response_);
  }

  FakeFacts facts_;
  TestServer server_;
  v1::GetScorecardResponse response_;
};

TEST_F(GetScorecardTest, AnswersWithoutAnyFact) {
  ASSERT_TRUE(Get(ValidRequest()).ok());
  EXPECT_EQ(response_.display_name(), "Anna");
  EXPECT_EQ(response_.lines_size(), 11);
  EXPECT_EQ(response_.lines(0).value().no_value_reason(), v1::NO_VALUE_REASON_NO_DATA);
  EXPECT_FALSE(response_.total().has_attainment());
  EXPECT_EQ(response_.total().weight(), 11);
  EXPECT_EQ(response_.areas_size(), 3);
  EXPECT_TRUE(response_.has_compute_duration());
  // March has 31 days, February 28: months are compared with months.
  EXPECT_EQ(response_.comparison_interval().start_time().seconds(), 1'772'323'200 - 28 * 86'400);
}

TEST_F(GetScorecardTest, TellsWhatIsUnknown) {
  const auto expect_not_found = [&](const v1::GetScorecardRequest& request, const char* reason) {
    const grpc::Status status = Get(request);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND) << status.error_message();
    EXPECT_EQ(DetailsOf(status).reason, reason);
    return DetailsOf(status).metadata;
  };
  v1::GetScorecardRequest request = ValidRequest();
  request.set_agent_id("nobody");
  EXPECT_EQ(expect_not_found(request, "AGENT_UNKNOWN")["agent_id"], "nobody");
  request.clear_agent_id();
  request.set_group_id("nowhere");
  EXPECT_EQ(expect_not_found(request, "GROUP_UNKNOWN")["group_id"], "nowhere");
  request.set_scorecard_id("nothing");
  EXPECT_EQ(expect_not_found(request, "SCORECARD_UNKNOWN")["scorecard_id"], "nothing");
  request = ValidRequest();
  request.set_peer_group_type("team");
  const grpc::Status status = Get(request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(DetailsOf(status).violations, ElementsAre("peer_group_type GROUP_TYPE_UNKNOWN"));
}

TEST_F(GetScorecardTest, RefusesWithAllViolations) {
  v1::GetScorecardRequest request;
  request.set_minimum_sample_size(-1);
  EXPECT_THAT(DetailsOf(Get(request)).violations,
              ElementsAre("agent_id FIELD_REQUIRED", "interval FIELD_REQUIRED",
                          "minimum_sample_size NUMBER_OUT_OF_RANGE"));
}

TEST_F(GetScorecardTest, PassesOnWhatFactsSay) {
  facts_.function = [](const metrics::FactDemand&, const metrics::CallLimits&)
      -> absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> {
    return metrics::ErrorWithReason(absl::StatusCode::kResourceExhausted, "too many",
                                    {"TOO_MANY_FACTS", {}});
  };
  const grpc::Status status = Get(ValidRequest());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(DetailsOf(status).reason, "TOO_MANY_FACTS");
}

}  // namespace
}  // namespace kpid::server
