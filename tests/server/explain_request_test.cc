#include "server/explain_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/comment_request.h"
#include "test_server.h"
#include "wrong_fields.h"

namespace kpid::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

v1::ExplainKpiRequest GoodExplain() {
  v1::ExplainKpiRequest request;
  request.mutable_kpi()->set_id("fcr");
  *request.mutable_interval() = MarchQuestion().interval();
  return request;
}

v1::ListSurveyCommentsRequest GoodComments() {
  v1::ListSurveyCommentsRequest request;
  *request.mutable_interval() = MarchQuestion().interval();
  return request;
}

template <typename Request>
void AddFilter(Request* request, v1::DimensionKind kind, const std::string& name = "") {
  auto* filter = request->add_filters();
  filter->mutable_dimension()->set_kind(kind);
  filter->mutable_dimension()->set_name(name);
  filter->add_values("x");
}

const WrongFieldCase<v1::ExplainKpiRequest> kExplainCases[] = {
    {"no KPI", [](auto* m) { m->clear_kpi(); }, {"kpi FIELD_REQUIRED"}},
    {"no id", [](auto* m) { m->mutable_kpi()->clear_id(); }, {"kpi.id FIELD_REQUIRED"}},
    {"unknown KPI", [](auto* m) { m->mutable_kpi()->set_id("happiness"); }, {"kpi.id KPI_UNKNOWN"}},
    {"unknown parameter",
     [](auto* m) { (*m->mutable_kpi()->mutable_parameters())["mood"] = "1"; },
     {"kpi.parameters[\"mood\"] PARAMETER_UNKNOWN"}},
    {"statistic that does not apply",
     [](auto* m) { m->mutable_kpi()->set_statistic("p90"); },
     {"kpi.statistic STATISTIC_NOT_APPLICABLE"}},
    {"no interval", [](auto* m) { m->clear_interval(); }, {"interval FIELD_REQUIRED"}},
    {"empty interval",
     [](auto* m) { *m->mutable_interval()->mutable_end_time() = m->interval().start_time(); },
     {"interval.end_time TIME_ORDER"}},
    {"unknown zone",
     [](auto* m) { m->set_time_zone("Mars/Base"); },
     {"time_zone TIME_ZONE_UNKNOWN"}},
    {"filter of a dimension that the KPI lacks",
     [](auto* m) { AddFilter(m, v1::DIMENSION_KIND_PRIORITY); },
     {"filters[0].dimension NOT_APPLICABLE"}},
    {"filter by attribute of a method without",
     [](auto* m) {
       (*m->mutable_kpi()->mutable_parameters())["method"] = "survey_confirmed";
       AddFilter(m, v1::DIMENSION_KIND_ATTRIBUTE, "region");
     },
     {"filters[0].dimension NOT_APPLICABLE"}},
    {"filter without dimension",
     [](auto* m) { m->add_filters()->add_values("x"); },
     {"filters[0].dimension FIELD_REQUIRED"}},
    {"roles that are none",
     [](auto* m) {
       m->add_roles(v1::RECORD_ROLE_UNSPECIFIED);
       m->add_roles(v1::RECORD_ROLE_EXCLUDED);
       m->add_roles(static_cast<v1::RecordRole>(9));
     },
     {"roles[0] ENUM_UNKNOWN", "roles[2] ENUM_UNKNOWN"}},
    {"too many roles",
     [](auto* m) {
       for (int i = 0; i < 4; ++i) m->add_roles(v1::RECORD_ROLE_EXCLUDED);
     },
     {"roles TOO_MANY_ITEMS"}},
    {"negative page", [](auto* m) { m->set_page_size(-1); }, {"page_size NUMBER_OUT_OF_RANGE"}},
    {"no token", [](auto* m) { m->set_page_token("nonsense"); }, {"page_token PAGE_TOKEN_INVALID"}},
    {"all at once",
     [](auto* m) {
       m->clear_kpi();
       m->clear_interval();
       m->set_page_size(-1);
     },
     {"kpi FIELD_REQUIRED", "interval FIELD_REQUIRED", "page_size NUMBER_OUT_OF_RANGE"}}};

TEST(ReadExplainKpi, NamesEveryViolationByPath) {
  ExpectNamed(kExplainCases, GoodExplain(), ReadExplainKpi);
}

TEST(ReadExplainKpi, ResolvesAGoodRequest) {
  v1::ExplainKpiRequest request = GoodExplain();
  request.set_time_zone("Europe/Amsterdam");
  request.add_roles(v1::RECORD_ROLE_NUMERATOR);
  request.add_roles(v1::RECORD_ROLE_EXCLUDED);
  request.set_page_size(5'000);
  AddFilter(&request, v1::DIMENSION_KIND_QUEUE);
  ViolationList violations;
  const metrics::ExplainQuestion question = ReadExplainKpi(request, &violations);
  EXPECT_THAT(Lines(violations), IsEmpty());
  EXPECT_EQ(question.query.kpis.at(0).definition->id, "first_contact_resolution");
  EXPECT_EQ(question.query.time_zone, "Europe/Amsterdam");
  EXPECT_THAT(question.query.buckets, ElementsAre(question.query.range));
  EXPECT_EQ(question.query.filters.size(), 1U);
  EXPECT_EQ(question.roles, 2 | 8);
  EXPECT_EQ(question.page_size, 1'000);
  EXPECT_FALSE(question.after.has_value());
}

TEST(ExplainToken, IsGoodForTheSameRequestWithAnyPageSize) {
  const metrics::RecordPosition position{metrics::kInstantMin + metrics::Duration(7),
                                         metrics::RecordKind::kTicket, -3};
  v1::ExplainKpiRequest request = GoodExplain();
  const std::string token = MakeExplainToken(request, position);
  request.set_page_token(token);
  request.set_page_size(3);
  ViolationList violations;
  EXPECT_EQ(ReadExplainKpi(request, &violations).after, position);
  EXPECT_THAT(Lines(violations), IsEmpty());
  request.add_roles(v1::RECORD_ROLE_NUMERATOR);
  ReadExplainKpi(request, &violations);
  EXPECT_THAT(Lines(violations), ElementsAre("page_token PAGE_TOKEN_INVALID"));
}

const WrongFieldCase<v1::ListSurveyCommentsRequest> kCommentCases[] = {
    {"no interval", [](auto* m) { m->clear_interval(); }, {"interval FIELD_REQUIRED"}},
    {"kinds that are none",
     [](auto* m) {
       m->add_kinds(v1::SURVEY_KIND_UNSPECIFIED);
       m->add_kinds(static_cast<v1::SurveyKind>(77));
     },
     {"kinds[0] ENUM_UNKNOWN", "kinds[1] ENUM_UNKNOWN"}},
    {"too many kinds",
     [](auto* m) {
       for (int i = 0; i < 6; ++i) m->add_kinds(v1::SURVEY_KIND_CSAT);
     },
     {"kinds TOO_MANY_ITEMS"}},
    {"dimensions that surveys lack",
     [](auto* m) {
       AddFilter(m, v1::DIMENSION_KIND_ATTRIBUTE, "region");
       AddFilter(m, v1::DIMENSION_KIND_PRIORITY);
     },
     {"filters[0].dimension NOT_APPLICABLE", "filters[1].dimension NOT_APPLICABLE"}},
    {"group without type",
     [](auto* m) { AddFilter(m, v1::DIMENSION_KIND_AGENT_GROUP); },
     {"filters[0].dimension.name FIELD_REQUIRED"}},
    {"scores that are none",
     [](auto* m) {
       m->set_minimum_score(kNotANumber);
       m->set_maximum_score(1e9);
     },
     {"minimum_score NUMBER_OUT_OF_RANGE", "maximum_score NUMBER_OUT_OF_RANGE"}},
    {"scores the wrong way round",
     [](auto* m) {
       m->set_minimum_score(3);
       m->set_maximum_score(2.999);
     },
     {"maximum_score FIELD_CONTRADICTS"}},
    {"negative page", [](auto* m) { m->set_page_size(-1); }, {"page_size NUMBER_OUT_OF_RANGE"}},
    {"no token", [](auto* m) { m->set_page_token("x"); }, {"page_token PAGE_TOKEN_INVALID"}},
    {"token of another list",
     [](auto* m) { m->set_page_token(MakeExplainToken(GoodExplain(), {})); },
     {"page_token PAGE_TOKEN_INVALID"}}};

TEST(ReadListSurveyComments, NamesEveryViolationByPath) {
  ExpectNamed(kCommentCases, GoodComments(), ReadListSurveyComments);
}

TEST(ReadListSurveyComments, LeavesEmployeesOutUnlessNamed) {
  using enum metrics::SurveyKind;
  v1::ListSurveyCommentsRequest request = GoodComments();
  ViolationList violations;
  EXPECT_THAT(ReadListSurveyComments(request, &violations).query.kinds,
              ElementsAre(kCsat, kNps, kCes, kResolutionConfirmed));
  request.add_kinds(v1::SURVEY_KIND_ESAT);
  EXPECT_THAT(ReadListSurveyComments(request, &violations).query.kinds, ElementsAre(kEsat));
  EXPECT_THAT(Lines(violations), IsEmpty());
}

TEST(ReadListSurveyComments, ScoresAreWholeThousandths) {
  const std::pair<double, double> given[] = {{4.2, 4.2}, {4.2001, 4.2009}, {-0.0004, 0.0004}};
  const std::pair<int, int> expected[] = {{4'200, 4'200}, {4'201, 4'200}, {0, 0}};
  for (size_t i = 0; i < std::size(given); ++i) {
    v1::ListSurveyCommentsRequest request = GoodComments();
    request.set_minimum_score(given[i].first);
    request.set_maximum_score(given[i].second);
    ViolationList violations;
    const storage::CommentQuery query = ReadListSurveyComments(request, &violations).query;
    EXPECT_EQ(query.minimum_thousandths, expected[i].first);
    EXPECT_EQ(query.maximum_thousandths, expected[i].second);
    EXPECT_THAT(Lines(violations), IsEmpty());
  }
}

TEST(CommentToken, GoesOnAfterTheLastOne) {
  v1::ListSurveyCommentsRequest request = GoodComments();
  storage::CommentPage page;
  page.comments.resize(2);
  page.comments[1].respond = metrics::kInstantMin + metrics::Duration(9);
  page.comments[1].response_id = "s9";
  page.more = true;
  v1::ListSurveyCommentsResponse response;
  SetComments(request, page, &response);
  request.set_page_token(response.next_page_token());
  request.set_page_size(1);
  ViolationList violations;
  const auto after = ReadListSurveyComments(request, &violations).query.after;
  EXPECT_THAT(Lines(violations), IsEmpty());
  ASSERT_TRUE(after.has_value());
  EXPECT_EQ(after->respond, page.comments[1].respond);
  EXPECT_EQ(after->response_id, "s9");
  request.set_minimum_score(1);
  ReadListSurveyComments(request, &violations);
  EXPECT_THAT(Lines(violations), ElementsAre("page_token PAGE_TOKEN_INVALID"));
}

// Through a real server: group types, and what storage says.
TEST(ExplainKpiCall, AnswersWithWhatStorageFinds) {
  FakeFacts facts;
  ServerDependencies dependencies;
  dependencies.facts = &facts;
  dependencies.ping = [](const metrics::CallLimits&) { return absl::OkStatus(); };
  dependencies.search.find_ids = [](std::span<const metrics::ExplainedRecord> records,
                                    const metrics::CallLimits&) {
    return std::vector<std::string>(records.size(), "id");
  };
  dependencies.search.list_comments = [](const storage::CommentQuery&, const metrics::CallLimits&)
      -> absl::StatusOr<storage::CommentPage> { return absl::UnavailableError("away"); };
  facts.function = [](const metrics::FactDemand&, const metrics::CallLimits&) {
    metrics::FactSnapshot::Builder builder;
    metrics::InteractionFact fact;
    fact.row_key = 1;
    fact.outcome = metrics::Outcome::kAbandoned;
    fact.arrive = metrics::Instant(std::chrono::seconds(1'772'323'200));
    builder.AddInteractions({fact});
    return builder.Build();
  };
  TestServer server(TestConfiguration(), dependencies);
  {
    grpc::ClientContext context;
    v1::ExplainKpiResponse response;
    const grpc::Status status = server.query->ExplainKpi(&context, GoodExplain(), &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    ASSERT_EQ(response.records_size(), 1);
    EXPECT_EQ(response.records(0).record_id(), "id");
    EXPECT_EQ(response.records(0).reason(), "NOT_HANDLED");
    EXPECT_EQ(response.records(0).role(), v1::RECORD_ROLE_EXCLUDED);
    EXPECT_EQ(response.groups(0).record_count(), 1);
    EXPECT_EQ(response.value().no_value_reason(), v1::NO_VALUE_REASON_NO_DATA);
    EXPECT_EQ(response.kpi().parameters().at("window"), "48h");
    EXPECT_EQ(response.next_page_token(), "");
  }
  {
    grpc::ClientContext context;
    v1::ExplainKpiRequest request = GoodExplain();
    AddFilter(&request, v1::DIMENSION_KIND_AGENT_GROUP, "team");
    v1::ExplainKpiResponse response;
    const grpc::Status status = server.query->ExplainKpi(&context, request, &response);
    EXPECT_THAT(DetailsOf(status).violations,
                ElementsAre("filters[0].dimension.name GROUP_TYPE_UNKNOWN"));
  }
  grpc::ClientContext context;
  v1::ListSurveyCommentsResponse response;
  const grpc::Status status = server.query->ListSurveyComments(&context, GoodComments(), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace kpid::server
