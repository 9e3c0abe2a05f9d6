#include "client/query_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <sstream>

#include "CLI/CLI.hpp"
#include "client/command_line.h"
#include "client/error_report.h"
#include "client/exit_code.h"
#include "client/kpis_command.h"
#include "client/probe_command.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "kpid/v1/query_service.grpc.pb.h"
#include "tests/client/answer.h"
#include "tests/client/fake_ingest_service.h"

namespace kpid::client {
namespace {

using testing::HasSubstr;

class FakeQueryService : public v1::QueryService::Service {
 public:
  grpc::Status QueryKpis(grpc::ServerContext* context, const v1::QueryKpisRequest* request,
                         v1::QueryKpisResponse* response) override {
    const std::lock_guard lock(mutex_);
    last_request_ = *request;
    context->AddTrailingMetadata("x-request-id", "r-42");
    *response = answer;
    if (request->page_size() > 0) TakePage(*request, response);
    return status;
  }
  grpc::Status ListKpis(grpc::ServerContext*, const v1::ListKpisRequest* request,
                        v1::ListKpisResponse* response) override {
    const std::lock_guard lock(mutex_);
    last_list_ = *request;
    *response = list;
    return status;
  }

  v1::QueryKpisRequest last_request() {
    const std::lock_guard lock(mutex_);
    return last_request_;
  }
  v1::ListKpisRequest last_list() {
    const std::lock_guard lock(mutex_);
    return last_list_;
  }

  // Leaves a page of the answer's slices; the token is the number of slices before.
  static void TakePage(const v1::QueryKpisRequest& request, v1::QueryKpisResponse* response) {
    const int all = response->slices_size();
    const int first = request.page_token().empty() ? 0 : std::stoi(request.page_token());
    const int end = std::min(all, first + request.page_size());
    response->mutable_slices()->DeleteSubrange(end, all - end);
    response->mutable_slices()->DeleteSubrange(0, first);
    response->set_slice_count(all);
    if (end < all) response->set_next_page_token(std::to_string(end));
  }

  // Set before the first call.
  v1::QueryKpisResponse answer;
  v1::ListKpisResponse list;
  grpc::Status status;

 private:
  std::mutex mutex_;  // Handlers run on several threads.
  v1::QueryKpisRequest last_request_;
  v1::ListKpisRequest last_list_;
};

constexpr char kAnswer[] = R"(
    kpis { name: "sl" id: "service_level" unit: UNIT_PERCENT }
    total { values { value: 0 numerator: 0 denominator: 7 sample_count: 7 } }
    slices { total { values { value: 0 } }
             series { interval { start_time { seconds: 0 } end_time { seconds: 86400 } }
                      values { no_value_reason: NO_VALUE_REASON_NO_DATA } } }
    interval { start_time { seconds: 0 } end_time { seconds: 86400 } } time_zone: "UTC")";

class QueryCommandTest : public testing::Test {
 protected:
  QueryCommandTest() : server_(&service_) {
    options_.server.address = server_.address();
    options_.kpis = {"sl:threshold=60s"};
    options_.range.from = "1970-01-01";
    options_.range.to = "1970-01-02";
    console_.out = &out_;
    console_.err = &err_;
    console_.now = [] { return metrics::Instant(std::chrono::hours(24 * 20'000)); };
    service_.answer = FromText<v1::QueryKpisResponse>(kAnswer);
  }

  FakeQueryService service_;
  LoopbackServer server_;
  QueryOptions options_;
  std::ostringstream out_;
  std::ostringstream err_;
  Console console_;
};

TEST_F(QueryCommandTest, AsksWhatTheOptionsSay) {
  options_.kpis.push_back("aht:statistic=p90,name=slow");
  options_.zone = "Europe/Amsterdam";
  options_.granularity = "week";
  options_.week_start = "sunday";
  options_.group_by = {"team", "attribute:topic"};
  options_.where = {"queue=a,b", "channel=voice", "queue=c,(none)"};
  options_.detail = "interval";
  options_.confidence = 0.9;
  EXPECT_EQ(RunQueryCommand(options_, console_), kExitOk) << err_.str();
  EXPECT_EQ(service_.last_request().ShortDebugString(), FromText<v1::QueryKpisRequest>(R"(
              kpis { id: "sl" parameters { key: "threshold" value: "60s" } }
              kpis { id: "aht" name: "slow" statistic: "p90" }
              interval { start_time { seconds: -3600 } end_time { seconds: 82800 } }
              granularity: GRANULARITY_WEEK time_zone: "Europe/Amsterdam"
              week_start: WEEKDAY_SUNDAY
              group_by { kind: DIMENSION_KIND_AGENT_GROUP name: "team" }
              group_by { kind: DIMENSION_KIND_ATTRIBUTE name: "topic" }
              filters { dimension { kind: DIMENSION_KIND_QUEUE } values: "a" values: "b"
                        values: "c" include_missing: true }
              filters { dimension { kind: DIMENSION_KIND_CHANNEL } values: "voice" }
              value_detail: VALUE_DETAIL_INTERVAL confidence_level: 0.9)")
                                                            .ShortDebugString());
}

TEST_F(QueryCommandTest, AsksForComparisonAndOrder) {
  options_.compare = "last-year";
  options_.order_by = {"sl:change desc", "service_level"};
  options_.top = 5;
  options_.no_other = true;
  options_.minimum_sample = 30;
  options_.validate_only = true;
  EXPECT_EQ(RunQueryCommand(options_, console_), kExitOk) << err_.str();
  v1::QueryKpisRequest request = service_.last_request();
  request.clear_kpis();
  request.clear_interval();
  EXPECT_EQ(request.ShortDebugString(), FromText<v1::QueryKpisRequest>(R"(
      granularity: GRANULARITY_RANGE time_zone: "UTC" value_detail: VALUE_DETAIL_COUNTS
      validate_only: true
      compare_to: COMPARISON_PERIOD_SAME_PERIOD_LAST_YEAR
      order_by { kpi_name: "service_level:threshold=60s" by: SLICE_ORDER_BY_ABSOLUTE_CHANGE
                 descending: true }
      order_by { kpi_name: "service_level:threshold=60s" }
      top_count: 5 omit_other: true minimum_sample_size: 30)")
                                            .ShortDebugString());
}

TEST_F(QueryCommandTest, ValidationSaysWhatTheQuestionResolvesTo) {
  options_.validate_only = true;
  service_.answer = FromText<v1::QueryKpisResponse>(R"(
      kpis { name: "sl" id: "service_level" definition_version: 2
             parameters { key: "threshold" value: "60s" } parameters { key: "x" value: "" } }
      kpis { name: "slow" id: "average_handle_time" statistic: "p90" definition_version: 1 }
      interval { start_time { seconds: 86400 } end_time { seconds: 172800 } }
      comparison_interval { start_time { seconds: 0 } end_time { seconds: 86400 } }
      time_zone: "UTC")");
  EXPECT_EQ(RunQueryCommand(options_, console_), kExitOk);
  EXPECT_EQ(out_.str(),
            "valid: 1970-01-02 to 1970-01-03 against 1970-01-01 to 1970-01-02, UTC\n"
            "\n"
            "name  id                   parameters     version\n"
            "----  -------------------  -------------  -------\n"
            "sl    service_level        threshold=60s        2\n"
            "slow  average_handle_time  statistic=p90        1\n");
}

class QueryPagesTest : public QueryCommandTest {
 protected:
  // Queues q0 to q6.
  QueryPagesTest() {
    options_.group_by = {"queue"};
    options_.format = "csv";
    service_.answer.mutable_slices()->Clear();
    for (int i = 0; i < 7; ++i) {
      *service_.answer.add_slices() = FromText<v1::Slice>(
          "dimensions { value: \"q" + std::to_string(i) +
          "\" } series { interval { start_time { } end_time { } } values { value: 1 } }");
    }
  }

  // The queues that were printed, without the q.
  std::string Queues() {
    out_.str("");
    err_.str("");
    EXPECT_EQ(RunQueryCommand(options_, console_), kExitOk) << err_.str();
    std::istringstream lines(out_.str());
    std::string line;
    std::string queues;
    while (std::getline(lines, line)) {
      if (line.front() == 'q' && line[1] != 'u') queues += line[1];
    }
    return queues;
  }
};

TEST_F(QueryPagesTest, APageIsPrintedWithTheWayToTheNext) {
  options_.page_size = 3;
  EXPECT_EQ(Queues(), "012");
  EXPECT_EQ(err_.str(),
            "kpid: 3 of 7 slices; the next page: the same with --page-size 3 --page-token 3\n");
  options_.page_token = "3";
  EXPECT_EQ(Queues(), "345");
  options_.page_token = "6";
  EXPECT_EQ(Queues(), "6");
  EXPECT_EQ(err_.str(), "");
}

TEST_F(QueryPagesTest, ALimitTakesAsManyPagesAsItNeeds) {
  options_.limit = 5;
  options_.page_size = 2;
  EXPECT_EQ(Queues(), "01234");
  EXPECT_EQ(service_.last_request().page_token(), "4") << "three pages";
  EXPECT_EQ(err_.str(), "kpid: 5 of 7 slices\n");
  options_.limit = 4;
  EXPECT_EQ(Queues(), "0123");
  EXPECT_THAT(err_.str(), HasSubstr("--page-token 4")) << "the end of a page";
  options_.limit = 100;
  EXPECT_EQ(Queues(), "0123456");
  EXPECT_EQ(err_.str(), "");
  options_.page_size = 0;
  options_.limit = 3;
  EXPECT_EQ(Queues(), "012");
  EXPECT_EQ(service_.last_request().page_size(), 3);
  options_.limit = 1'000'000;
  EXPECT_EQ(Queues(), "0123456");
  EXPECT_EQ(service_.last_request().page_size(), kLimitPageSize);
}

TEST_F(QueryPagesTest, AnErrorOfALaterPageIsTheError) {
  options_.page_size = 3;
  service_.status = grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "page_token: damaged");
  EXPECT_EQ(RunQueryCommand(options_, console_), kExitRejected);
  EXPECT_EQ(out_.str(), "");
}

TEST_F(QueryCommandTest, JsonIsThatOfTheResponse) {
  options_.format = "json";
  EXPECT_EQ(RunQueryCommand(options_, console_), kExitOk);
  EXPECT_EQ(service_.last_request().value_detail(), v1::VALUE_DETAIL_COUNTS);
  const std::string json = out_.str();
  // A value of 0 is written; one that is absent is not.
  EXPECT_THAT(json, HasSubstr("\"total\": {\n  \"values\": [\n   {\n    \"value\": 0,\n"));
  EXPECT_THAT(json, HasSubstr("\"startTime\": \"1970-01-01T00:00:00Z\""));
  EXPECT_THAT(json, HasSubstr("{\n       \"noValueReason\": \"NO_VALUE_REASON_NO_DATA\"\n"));
  EXPECT_THAT(json, HasSubstr("\"series\""));
}

TEST_F(QueryCommandTest, TableAndCsv) {
  EXPECT_EQ(RunQueryCommand(options_, console_), kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("sl     0.0  %          7"));
  out_.str("");
  options_.format = "csv";
  EXPECT_EQ(RunQueryCommand(options_, console_), kExitOk);
  EXPECT_EQ(service_.last_request().value_detail(), v1::VALUE_DETAIL_BARE);
  EXPECT_EQ(out_.str(),
            "interval_start,interval_end,sl\r\n1970-01-01T00:00:00+00:00,"
            "1970-01-02T00:00:00+00:00,\r\n");
}

TEST_F(QueryCommandTest, WrongTextIsAUsageError) {
  for (const auto& change : std::vector<std::function<void(QueryOptions*)>>{
           [](QueryOptions* o) { o->kpis = {"sl:x"}; }, [](QueryOptions* o) { o->kpis.clear(); },
           [](QueryOptions* o) { o->zone = "Nowhere/Land"; },
           [](QueryOptions* o) { o->granularity = "decade"; },
           [](QueryOptions* o) { o->group_by = {"attribute:"}; },
           [](QueryOptions* o) { o->where = {"queue"}; },
           [](QueryOptions* o) { o->detail = "much"; },
           [](QueryOptions* o) { o->compare = "then"; },
           [](QueryOptions* o) { o->order_by = {" desc"}; },
           [](QueryOptions* o) { o->week_start = "x"; },
           [](QueryOptions* o) { o->range.from = "then"; }}) {
    QueryOptions options = options_;
    change(&options);
    err_.str("");
    EXPECT_EQ(RunQueryCommand(options, console_), kExitUsage);
    EXPECT_THAT(err_.str(), testing::StartsWith("kpid: "));
  }
}

TEST_F(QueryCommandTest, ErrorsAreForPeople) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  info.set_reason("REQUEST_INVALID");
  details.add_details()->PackFrom(info);
  google::rpc::BadRequest bad;
  google::rpc::BadRequest::FieldViolation* violation = bad.add_field_violations();
  violation->set_field("kpis[0].parameters[\"threshold\"]");
  violation->set_description("not a duration: \x1b[31m60x");
  violation->set_reason("PARAMETER_INVALID");
  violation = bad.add_field_violations();
  violation->set_field("interval");
  violation->set_description("too long");
  details.add_details()->PackFrom(bad);
  service_.status = grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "2 fields are wrong",
                                 details.SerializeAsString());
  EXPECT_EQ(RunQueryCommand(options_, console_), kExitRejected);
  EXPECT_EQ(err_.str(),
            "kpid: INVALID_ARGUMENT (REQUEST_INVALID): 2 fields are wrong\n"
            "  kpis[0].parameters[\"threshold\"]: not a duration: ?[31m60x (PARAMETER_INVALID)\n"
            "  interval: too long\n"
            "request id: r-42\n");
}

TEST_F(QueryCommandTest, UnreachableServerHasItsOwnExitCode) {
  server_.Stop();
  EXPECT_EQ(RunQueryCommand(options_, console_), kExitUnreachable);
  EXPECT_THAT(err_.str(), HasSubstr("is it running?"));
}

TEST_F(QueryCommandTest, KpisAreListedAndExplained) {
  service_.list = FromText<v1::ListKpisResponse>(R"(
      kpis { id: "service_level" aliases: "sl" title: "Service level" area: "access"
             formula: "handled in time over offered" unit: UNIT_PERCENT
             better_direction: BETTER_DIRECTION_UP time_basis: "arrive_time"
             parameters { name: "threshold" kind: "duration" default_value: "20s" minimum: "0s"
                          maximum: "24h" description: "Longest wait that is in time." }
             dimensions: DIMENSION_KIND_AGENT dimensions: DIMENSION_KIND_AGENT_GROUP
             counts: "pending" definition_version: 1 })");
  KpisOptions options;
  options.server.address = server_.address();
  EXPECT_EQ(RunKpisCommand(options, console_), kExitOk);
  EXPECT_THAT(out_.str(),
              HasSubstr("service_level  sl     percent  higher  access  Service level"));
  out_.str("");
  options.ids = {"sl"};
  EXPECT_EQ(RunKpisCommand(options, console_), kExitOk);
  EXPECT_EQ(service_.last_list().kpi_ids(0), "sl");
  EXPECT_EQ(out_.str(),
            "service_level  Service level\n"
            "  handled in time over offered\n"
            "  aliases: sl\n"
            "  unit: percent\n"
            "  better: higher\n"
            "  counted by: arrive_time\n"
            "  dimensions: agent, agent_group\n"
            "  counts: pending\n"
            "  definition version: 1\n"
            "  parameters:\n"
            "    threshold (duration, 0s to 24h, default 20s)\n"
            "      Longest wait that is in time.\n");
  out_.str("");
  options.format = "json";
  EXPECT_EQ(RunKpisCommand(options, console_), kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("\"defaultValue\": \"20s\""));
}

TEST(Probe, FollowsTheHealthCheck) {
  FakeQueryService service;
  grpc::EnableDefaultHealthCheckService(true);
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  grpc::EnableDefaultHealthCheckService(false);
  std::ostringstream out;
  std::ostringstream err;
  Console console;
  console.out = &out;
  console.err = &err;
  ServerOptions options;
  options.address = "127.0.0.1:" + std::to_string(port);
  EXPECT_EQ(RunProbeCommand(options, console), kExitOk);
  EXPECT_EQ(err.str(), "");
  server->GetHealthCheckService()->SetServingStatus(false);
  EXPECT_EQ(RunProbeCommand(options, console), kExitRejected);
  EXPECT_EQ(err.str(), "kpid: not serving at " + options.address + ": NOT_SERVING\n");
  server->Shutdown();
  err.str("");
  EXPECT_EQ(RunProbeCommand(options, console), kExitRejected);
  EXPECT_THAT(err.str(), HasSubstr("UNAVAILABLE"));
}

TEST(HealthStatusOf, ReadsFieldOne) {
  EXPECT_EQ(HealthStatusOf(""), 0);
  EXPECT_EQ(HealthStatusOf("\x08\x01"), 1);
  EXPECT_EQ(HealthStatusOf("\x12\x01x\x08\x02"), 2);
  EXPECT_EQ(HealthStatusOf("\x08"), 0);
  EXPECT_EQ(HealthStatusOf("\xFF\xFF"), 0);
}

TEST(ErrorText, DoesNotSayTheFirstViolationTwice) {
  google::rpc::BadRequest bad;
  google::rpc::BadRequest::FieldViolation* violation = bad.add_field_violations();
  violation->set_field("interval");
  violation->set_description("too long");
  google::rpc::Status details;
  details.add_details()->PackFrom(bad);
  EXPECT_EQ(ErrorText({grpc::StatusCode::INVALID_ARGUMENT, "interval: too long",
                       details.SerializeAsString()},
                      ""),
            "INVALID_ARGUMENT: 1 field is wrong\n  interval: too long");
}

TEST(ErrorText, NamesTheCodeOfBareErrors) {
  EXPECT_EQ(ErrorText({grpc::StatusCode::DEADLINE_EXCEEDED, "too slow"}, ""),
            "DEADLINE_EXCEEDED: too slow");
  EXPECT_EQ(CodeName(99), "code 99");
}

class CommandLineTest : public testing::Test {
 protected:
  // Whether the words parse to a command that could run.
  bool Parses(const std::vector<std::string>& words) {
    CLI::App app;
    std::function<int()> run;
    AddClientCommands(app, &run);
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    try {
      app.parse(reversed);
    } catch (const CLI::ParseError&) {
      return false;
    }
    return run != nullptr;
  }
};

TEST_F(CommandLineTest, TakesTheCommandsOfTheIssue) {
  EXPECT_TRUE(
      Parses({"import", "x.csv", "--kind", "interactions", "--server", "h:1", "--ignore-unknown"}));
  EXPECT_TRUE(Parses({"import", "-", "--kind", "surveys", "--dry-run"}));
  EXPECT_TRUE(Parses({"query",
                      "--server",
                      "h:1",
                      "--from",
                      "1999-01-01T00:00:00Z",
                      "--to",
                      "1999-02-01T00:00:00Z",
                      "--zone",
                      "UTC",
                      "--format",
                      "json",
                      "--kpi",
                      "sl:threshold=60s,abandoned_as=ignore",
                      "--kpi",
                      "aht:statistic=p90",
                      "--granularity",
                      "day",
                      "--group-by",
                      "queue",
                      "--where",
                      "queue=PS,PE"}));
  EXPECT_TRUE(Parses({"query", "-k", "sl", "--last", "7d", "--compare", "previous", "--order-by",
                      "sl:change desc", "--order-by", "sl", "--top", "5", "--no-other",
                      "--minimum-sample", "30", "--validate-only"}));
  EXPECT_TRUE(Parses({"query", "-k", "sl", "--last", "7d", "--page-size", "5", "--page-token", "x",
                      "--limit", "20"}));
  EXPECT_TRUE(Parses({"kpis"}));
  EXPECT_TRUE(Parses({"kpis", "sl", "aht"}));
  EXPECT_TRUE(Parses({"probe", "--server", "h:1"}));
  EXPECT_TRUE(Parses({"generate", "--seed", "3", "--interactions", "1000", "--output", "d"}));
}

TEST_F(CommandLineTest, RefusesOtherWords) {
  EXPECT_FALSE(Parses({"import", "x.csv"}));
  for (const char* kind : {"interactions", "costs", "tickets", "targets", "scorecards"}) {
    EXPECT_TRUE(Parses({"import", "x.csv", "--kind", kind}));
  }
  EXPECT_FALSE(Parses({"import", "x.csv", "--kind", "ticket"}));
  EXPECT_FALSE(Parses({"import", "x.csv", "--kind", "surveys", "--batch", "0"}));
  EXPECT_FALSE(Parses({"query"}));
  EXPECT_FALSE(Parses({"query", "--kpi", "sl", "--format", "xml"}));
  EXPECT_FALSE(Parses({"query", "--kpi", "sl", "--top", "0"}));
  EXPECT_FALSE(Parses({"query", "--kpi", "sl", "--top", "1001"}));
  EXPECT_FALSE(Parses({"query", "--kpi", "sl", "--no-other"}));
  EXPECT_FALSE(Parses({"query", "--kpi", "sl", "--top", "5", "--page-size", "5"}));
  EXPECT_FALSE(Parses({"query", "--kpi", "sl", "--top", "5", "--limit", "5"}));
  EXPECT_FALSE(Parses({"query", "--kpi", "sl", "--page-token", "x"}));
  EXPECT_FALSE(Parses({"query", "--kpi", "sl", "--minimum-sample", "-1"}));
  EXPECT_FALSE(Parses({"probe", "--timeout", "soon"}));
  EXPECT_FALSE(Parses({"generate", "--agents", "0"}));
}

}  // namespace
}  // namespace kpid::client
