#include "client/explain_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/comments_command.h"
#include "client/comments_table.h"
#include "client/explain_command.h"
#include "tests/client/answer.h"

namespace kpid::client {
namespace {

constexpr int kWide = 200;

constexpr char kAnswer[] = R"(
    kpi { name: "fcr" id: "first_contact_resolution" unit: UNIT_PERCENT }
    value { value: 50 numerator: 1 denominator: 2 sample_count: 2 }
    groups { record_kind: RECORD_KIND_INTERACTION role: RECORD_ROLE_NUMERATOR record_count: 1
             numerator: 1 denominator: 1 }
    groups { record_kind: RECORD_KIND_INTERACTION role: RECORD_ROLE_DENOMINATOR_ONLY
             record_count: 1 denominator: 1 }
    groups { record_kind: RECORD_KIND_INTERACTION role: RECORD_ROLE_EXCLUDED reason: "PENDING"
             record_count: 1200 }
    records { record_kind: RECORD_KIND_INTERACTION record_id: "i1" time { seconds: 1767225600 }
              role: RECORD_ROLE_NUMERATOR numerator: 1 denominator: 1 agent_id: "anna"
              queue_id: "sales" channel: CHANNEL_VOICE }
    records { record_kind: RECORD_KIND_INTERACTION record_id: "=2+3"
              time { seconds: 1767225601 nanos: 500000000 }
              role: RECORD_ROLE_EXCLUDED reason: "PENDING" }
    next_page_token: "more"
    interval { start_time { seconds: 1767222000 } end_time { seconds: 1769900400 } }
    time_zone: "Europe/Amsterdam" )";

TEST(ExplainTable, ShowsValueGroupsAndRecords) {
  EXPECT_EQ(ExplainTable(FromText<v1::ExplainKpiResponse>(kAnswer), {kWide}),
            "2026-01-01 to 2026-02-01, Europe/Amsterdam\n"
            "\n"
            "fcr: 50.0 % = 1 / 2\n"
            "\n"
            "role              reason   what         records  numerator  denominator\n"
            "----------------  -------  -----------  -------  ---------  -----------\n"
            "numerator                  interaction        1          1            1\n"
            "denominator only           interaction        1                       1\n"
            "excluded          PENDING  interaction    1,200\n"
            "----------------  -------  -----------  -------  ---------  -----------\n"
            "all                                       1,202          1            2\n"
            "\n"
            "what         id    time                 role       reason   numerator  denominator  "
            "agent  queue  channel\n"
            "-----------  ----  -------------------  ---------  -------  ---------  -----------  "
            "-----  -----  -------\n"
            "interaction  i1    2026-01-01 01:00:00  numerator                   1            1  "
            "anna   sales  voice\n"
            "interaction  =2+3  2026-01-01 01:00:01  excluded   PENDING\n"
            "\n"
            "The first 2 records; --limit shows more.\n");
}

TEST(ExplainTable, SaysWhyThereIsNoValue) {
  const std::string text = ExplainTable(
      FromText<v1::ExplainKpiResponse>(
          R"(kpi { name: "esat" }
             value { no_value_reason: NO_VALUE_REASON_SUPPRESSED_SMALL_GROUP })"),
      {kWide});
  EXPECT_THAT(text, testing::HasSubstr("esat: - (too few records to be shown)\n"));
}

TEST(ExplainCsv, HasARowForEachRecord) {
  EXPECT_EQ(ExplainCsv(FromText<v1::ExplainKpiResponse>(kAnswer)),
            "record_kind,record_id,time,role,reason,numerator,denominator,agent_id,queue_id,"
            "channel\r\n"
            "interaction,i1,2026-01-01T01:00:00+01:00,numerator,,1,1,anna,sales,voice\r\n"
            "interaction,'=2+3,2026-01-01T01:00:01.5+01:00,excluded,PENDING,,,,,\r\n");
}

constexpr char kComments[] = R"(
    comments { response_id: "s1" kind: SURVEY_KIND_RESOLUTION_CONFIRMED score: 1 scale_maximum: 1
               comment: "one two three four five six seven\n\nnext\033[31m" agent_id: "anna"
               respond_time { seconds: 1767225600 } channel: CHANNEL_CHAT }
    comments { response_id: "s2" kind: SURVEY_KIND_CSAT scale_minimum: 1 scale_maximum: 5
               comment: "-1, \"no\"" respond_time { seconds: 1767225599 } interaction_id: "i2" }
    next_page_token: "more" )";

TEST(CommentsText, BreaksCommentsAndTakesTheStingOut) {
  EXPECT_EQ(CommentsText(FromText<v1::ListSurveyCommentsResponse>(kComments), "UTC", {22}),
            "2026-01-01 00:00  resolution confirmed 1 of 0 to 1  anna  chat  s1\n"
            "  one two three four\n"
            "  five six seven\n"
            "  next?[31m\n"
            "\n"
            "2025-12-31 23:59  csat  s2\n"
            "  -1, \"no\"\n"
            "\n"
            "The latest 2 comments; --limit shows more.\n");
  EXPECT_EQ(CommentsText({}, "UTC", {80}), "no comments\n");
}

TEST(CommentsCsv, HasARowForEachComment) {
  EXPECT_EQ(CommentsCsv(FromText<v1::ListSurveyCommentsResponse>(kComments), "UTC"),
            "response_id,kind,score,scale_minimum,scale_maximum,respond_time,interaction_id,"
            "agent_id,queue_id,channel,comment\r\n"
            "s1,resolution confirmed,1,0,1,2026-01-01T00:00:00+00:00,,anna,,chat,\"one two three "
            "four five six seven\n\nnext\033[31m\"\r\n"
            "s2,csat,,1,5,2025-12-31T23:59:59+00:00,i2,,,,\"'-1, \"\"no\"\"\"\r\n");
}

TEST(MakeExplainRequest, TakesSliceAndRoles) {
  ExplainOptions options;
  options.kpi = "sl:threshold=60s";
  options.slice.range.from = "2026-01-01";
  options.slice.range.to = "2026-02-01";
  options.slice.zone = "Europe/Amsterdam";
  options.slice.where = {"team=north", "team=south"};
  options.roles = {"numerator", "denominator", "excluded"};
  const auto request = MakeExplainRequest(options, metrics::kInstantEnd);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->kpi().parameters().at("threshold"), "60s");
  EXPECT_EQ(request->interval().start_time().seconds(), 1767222000);
  EXPECT_EQ(request->time_zone(), "Europe/Amsterdam");
  ASSERT_EQ(request->filters_size(), 1);
  EXPECT_EQ(request->filters(0).values_size(), 2);
  EXPECT_EQ(request->roles_size(), 3);
  options.roles = {"both"};
  EXPECT_FALSE(MakeExplainRequest(options, metrics::kInstantEnd).ok());
}

TEST(MakeCommentsRequest, TakesKindsAndScores) {
  CommentsOptions options;
  options.slice.range.from = "2026-01-01";
  options.slice.range.to = "2026-02-01";
  options.kinds = {"csat", "esat"};
  options.maximum_score = 2.5;
  const auto request = MakeCommentsRequest(options, metrics::kInstantEnd);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->kinds(1), v1::SURVEY_KIND_ESAT);
  EXPECT_EQ(request->maximum_score(), 2.5);
  EXPECT_FALSE(request->has_minimum_score());
  options.kinds = {"mood"};
  EXPECT_FALSE(MakeCommentsRequest(options, metrics::kInstantEnd).ok());
}

// Pages of a list, of which each knows the next.
TEST(ReadPages, PutsPagesTogetherUpToTheLimit) {
  int calls = 0;
  const auto get = [&](const v1::ExplainKpiRequest& request, v1::ExplainKpiResponse* response) {
    const int page = request.page_token().empty() ? 0 : std::stoi(request.page_token());
    ++calls;
    for (int i = 0; i < request.page_size(); ++i) {
      response->add_records()->set_record_id(std::to_string(page) + "." + std::to_string(i));
    }
    if (page < 2) response->set_next_page_token(std::to_string(page + 1));
    return grpc::Status();
  };
  const auto records = [](v1::ExplainKpiResponse* page) { return page->mutable_records(); };
  v1::ExplainKpiResponse all;
  EXPECT_TRUE(ReadPages(v1::ExplainKpiRequest(), 1'500, get, records, &all).ok());
  EXPECT_EQ(calls, 2);
  ASSERT_EQ(all.records_size(), 1'500);
  EXPECT_EQ(all.records(0).record_id(), "0.0");
  EXPECT_EQ(all.records(1'499).record_id(), "1.499");
  EXPECT_EQ(all.next_page_token(), "2");
  all.Clear();
  EXPECT_TRUE(ReadPages(v1::ExplainKpiRequest(), 1'000'000, get, records, &all).ok());
  EXPECT_EQ(all.records_size(), 3'000);
  EXPECT_EQ(all.next_page_token(), "");
}

}  // namespace
}  // namespace kpid::client
