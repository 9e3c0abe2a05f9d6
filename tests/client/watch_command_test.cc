#include "client/watch_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <sstream>
#include <thread>
#include <vector>

#include "client/exit_code.h"
#include "client/live_screen.h"
#include "client/watch_view.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "kpid/v1/query_service.grpc.pb.h"
#include "tests/client/answer.h"
#include "tests/client/fake_ingest_service.h"

namespace kpid::client {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Sends the answers of one connection after the other, and ends each with its status.
class FakeQueryService : public v1::QueryService::Service {
 public:
  struct Connection {
    std::vector<v1::WatchKpisResponse> answers;
    grpc::Status status;
  };

  grpc::Status WatchKpis(grpc::ServerContext* context, const v1::WatchKpisRequest* request,
                         grpc::ServerWriter<v1::WatchKpisResponse>* writer) override {
    Connection connection;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(*request);
      if (requests_.size() > connections.size()) return {grpc::StatusCode::UNIMPLEMENTED, "more"};
      connection = connections[requests_.size() - 1];
    }
    for (const v1::WatchKpisResponse& answer : connection.answers) writer->Write(answer);
    while (silent && !context->IsCancelled()) std::this_thread::yield();
    return connection.status;
  }

  std::vector<v1::WatchKpisRequest> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  // Set before the first call.
  std::vector<Connection> connections;
  bool silent = false;  // Says nothing after its answers.

 private:
  std::mutex mutex_;
  std::vector<v1::WatchKpisRequest> requests_;
};

v1::WatchKpisResponse Answer(int64_t sequence, double offered, const std::string& queue = "q1") {
  auto response = FromText<v1::WatchKpisResponse>(R"(
    answer {
      kpis { name: "contacts_offered" id: "contacts_offered" unit: UNIT_COUNT }
      total { values { } }
      slices { dimensions { } total { values { } } series { values { }
          interval { start_time { seconds: 1772323200 } end_time { seconds: 1775001600 } } } }
      interval { start_time { seconds: 1772323200 } end_time { seconds: 1775001600 } }
      time_zone: "UTC"
      data_watermark { seconds: 1774000000 }
    }
    reason: WATCH_REASON_FACTS)");
  response.set_sequence(sequence);
  v1::QueryKpisResponse* answer = response.mutable_answer();
  answer->mutable_total()->mutable_values(0)->set_value(offered);
  v1::Slice* slice = answer->mutable_slices(0);
  slice->mutable_dimensions(0)->set_value(queue);
  slice->mutable_total()->mutable_values(0)->set_value(offered);
  slice->mutable_series(0)->mutable_values(0)->set_value(offered);
  return response;
}

grpc::Status ErrorOf(grpc::StatusCode code, const std::string& reason) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("kpid");
  google::rpc::Status rpc;
  rpc.set_code(code);
  rpc.set_message("as the test says");
  rpc.add_details()->PackFrom(info);
  return {code, "as the test says", rpc.SerializeAsString()};
}

class WatchCommandTest : public testing::Test {
 protected:
  WatchCommandTest() : server_(&service_) {
    options_.query.server.address = server_.address();
    options_.query.kpis = {"contacts_offered"};
    options_.query.range.from = "2026-03-01";
    options_.query.range.to = "2026-04-01";
    options_.query.group_by = {"queue"};
    options_.query.format = "json";
    console_.out = &out_;
    console_.err = &err_;
    console_.now = [] { return metrics::Instant(std::chrono::seconds(1'774'000'001)); };
    policy_.sleep = [this](std::chrono::milliseconds delay) { slept_ += delay; };
    policy_.random = [] { return 0.0; };
  }

  int Run() { return RunWatchCommand(options_, console_, policy_); }

  v1::WatchKpisRequest Request() {
    const auto request = MakeWatchRequest(options_, console_.now());
    EXPECT_TRUE(request.ok()) << request.status();
    return request.value_or(v1::WatchKpisRequest());
  }

  FakeQueryService service_;
  LoopbackServer server_;
  WatchOptions options_;
  std::ostringstream out_;
  std::ostringstream err_;
  Console console_;
  RetryPolicy policy_;
  std::chrono::milliseconds slept_{0};
};

TEST_F(WatchCommandTest, RangesThatReachNowMoveWithTheClock) {
  EXPECT_EQ(Request().ShortDebugString(), FromText<v1::WatchKpisRequest>(R"(
      query {
        kpis { id: "contacts_offered" } granularity: GRANULARITY_RANGE time_zone: "UTC"
        interval { start_time { seconds: 1772323200 } end_time { seconds: 1775001600 } }
        group_by { kind: DIMENSION_KIND_QUEUE } value_detail: VALUE_DETAIL_COUNTS
      }
      minimum_interval { seconds: 1 })")
                                              .ShortDebugString());
  options_.every = "250ms";
  options_.query.limit = 7;
  options_.query.range = {.last = "30m"};
  v1::WatchKpisRequest request = Request();
  EXPECT_FALSE(request.query().has_interval());
  EXPECT_EQ(request.sliding_range().last_duration().seconds(), 1'800);
  EXPECT_EQ(request.minimum_interval().nanos(), 250'000'000);
  EXPECT_EQ(request.query().page_size(), 7);
  options_.query.range = {.today = true};
  EXPECT_EQ(Request().sliding_range().current_period(), v1::GRANULARITY_DAY);
  options_.query.range = {.this_month = true};
  EXPECT_EQ(Request().sliding_range().current_period(), v1::GRANULARITY_MONTH);
  options_.query.range = {.last = "7d"};
  EXPECT_FALSE(Request().has_sliding_range());
  EXPECT_TRUE(Request().query().has_interval());
}

TEST_F(WatchCommandTest, WrongOptionsAreSaidBeforeAnythingIsAsked) {
  options_.every = "10ms";
  EXPECT_EQ(Run(), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--every \"10ms\": expected 20ms to 1h"));
  options_.every = "1s";
  options_.query.range.to.clear();
  EXPECT_EQ(Run(), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--from needs --to"));
  EXPECT_TRUE(service_.requests().empty());
}

TEST_F(WatchCommandTest, PrintsALineOfJsonForEachAnswerUntilThereAreEnough) {
  service_.connections = {{{Answer(1, 10), Answer(2, 11), Answer(3, 12)}, {}}};
  options_.count = 2;
  EXPECT_EQ(Run(), kExitOk) << err_.str();
  const std::string text = out_.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_THAT(text, StartsWith("{\"answer\":{"));
  EXPECT_THAT(text, HasSubstr("\"sequence\":\"2\""));
  EXPECT_EQ(err_.str(), "");
}

TEST_F(WatchCommandTest, CsvHasItsHeaderOnceAndTheNumberOfEachAnswer) {
  service_.connections = {{{Answer(1, 10), Answer(2, 11)}, {}}};
  options_.count = 2;
  options_.query.format = "csv";
  EXPECT_EQ(Run(), kExitOk) << err_.str();
  EXPECT_EQ(out_.str(),
            "sequence,queue,interval_start,interval_end,contacts_offered\r\n"
            "1,q1,2026-03-01T00:00:00+00:00,2026-04-01T00:00:00+00:00,10\r\n"
            "2,q1,2026-03-01T00:00:00+00:00,2026-04-01T00:00:00+00:00,11\r\n");
}

TEST_F(WatchCommandTest, TextIsOneTableAfterTheOther) {
  service_.connections = {{{Answer(1, 10), Answer(2, 11)}, {}}};
  options_.count = 2;
  options_.query.format = "table";
  EXPECT_EQ(Run(), kExitOk) << err_.str();
  EXPECT_THAT(out_.str(), StartsWith("update 1 at 2026-03-20 09:46:41, facts changed; all "
                                     "committed before 2026-03-20 09:46:40 is in\n"));
  EXPECT_THAT(out_.str(), HasSubstr("\nupdate 2 at"));
  EXPECT_THAT(out_.str(), Not(HasSubstr("\x1b")));
}

TEST_F(WatchCommandTest, AServerThatGoesAwayIsWaitedFor) {
  service_.connections = {
      {{Answer(1, 10)}, ErrorOf(grpc::StatusCode::UNAVAILABLE, "SHUTTING_DOWN")},
      {{}, ErrorOf(grpc::StatusCode::UNAVAILABLE, "SHUTTING_DOWN")},
      {{}, ErrorOf(grpc::StatusCode::RESOURCE_EXHAUSTED, "OVERLOADED")},
      {{Answer(1, 11)}, {}},
      {{Answer(1, 12)}, {}}};
  options_.count = 3;
  EXPECT_EQ(Run(), kExitOk) << err_.str();
  EXPECT_EQ(service_.requests().size(), 5u);
  EXPECT_THAT(out_.str(), HasSubstr("\"value\":12"));
  EXPECT_THAT(err_.str(), HasSubstr("kpid: watch broken off, try 1 in 0.1 s: UNAVAILABLE "
                                    "(SHUTTING_DOWN)"));
  EXPECT_THAT(err_.str(), HasSubstr("it was ended by the server"));
  EXPECT_THAT(err_.str(), Not(HasSubstr("try 2"))) << "each loss is said once";
  EXPECT_GT(slept_.count(), 0);
}

TEST_F(WatchCommandTest, WhatAnotherTryWouldNotMendEndsIt) {
  service_.connections = {
      {{Answer(1, 10)}, ErrorOf(grpc::StatusCode::INVALID_ARGUMENT, "REQUEST_INVALID")},
      {{Answer(1, 11)}, {}}};
  EXPECT_EQ(Run(), kExitRejected);
  EXPECT_EQ(service_.requests().size(), 1u);
  EXPECT_THAT(err_.str(), HasSubstr("REQUEST_INVALID"));
}

TEST_F(WatchCommandTest, AnErrorBeforeTheFirstAnswerEndsIt) {
  service_.connections = {{{}, ErrorOf(grpc::StatusCode::RESOURCE_EXHAUSTED, "OVERLOADED")}};
  EXPECT_EQ(Run(), kExitRejected);
  EXPECT_THAT(err_.str(), HasSubstr("OVERLOADED"));
}

TEST_F(WatchCommandTest, AServerThatIsNotThereIsUnreachable) {
  server_.Stop();
  options_.query.server.timeout = "100ms";
  EXPECT_EQ(Run(), kExitUnreachable);
  EXPECT_THAT(err_.str(), HasSubstr("no server answers"));
}

TEST_F(WatchCommandTest, AServerThatAcceptsAndSaysNothingIsGivenUp) {
  service_.connections = {{{}, {}}};
  service_.silent = true;
  options_.query.server.timeout = "300ms";
  EXPECT_EQ(Run(), kExitUnreachable);
  EXPECT_THAT(err_.str(), HasSubstr("no answer came within 300ms"));
}

class LiveViewTest : public WatchCommandTest {
 protected:
  LiveViewTest() {
    console_.colour = true;
    console_.screen_size = [this] { return size_; };
    options_.query.format = "table";
  }
  ScreenSize size_{80, 24};
};

TEST_F(LiveViewTest, DrawsInPlaceMarksWhatChangedAndRestoresTheTerminal) {
  v1::WatchKpisResponse two = Answer(2, 10);
  two.mutable_answer()->mutable_total()->mutable_values(0)->set_value(11);
  service_.connections = {{{Answer(1, 10), two}, {}}};
  options_.count = 2;
  EXPECT_EQ(Run(), kExitOk) << err_.str();
  const std::string text = out_.str();
  EXPECT_THAT(text, StartsWith("\x1b[?1049h\x1b[?25l"));
  const size_t left = text.find("\x1b[?25h\x1b[?1049l");
  ASSERT_NE(left, std::string::npos);
  EXPECT_THAT(text.substr(0, left), HasSubstr("waiting for the first answer"));
  EXPECT_THAT(text.substr(0, left), HasSubstr("\x1b[7m11\x1b[0m")) << "the total changed";
  EXPECT_THAT(text.substr(0, left), Not(HasSubstr("\x1b[7m10\x1b[0m"))) << "the slice did not";
  EXPECT_THAT(text.substr(left), HasSubstr("update 2 at")) << "the last table stays";
  EXPECT_THAT(text.substr(left), Not(HasSubstr("\x1b[7m")));
}

TEST(LiveScreenTest, CutsWhatDoesNotFitAndSaysSo) {
  std::ostringstream out;
  ScreenSize size{80, 3};
  {
    LiveScreen screen(&out, [&] { return size; });
    screen.Draw("one\ntwo\nthree\n");
    EXPECT_THAT(out.str(), HasSubstr("one\x1b[K\r\ntwo\x1b[K\r\nthree\x1b[K\x1b[J"));
    screen.Draw("one\ntwo\nthree\nfour\n");
    EXPECT_THAT(out.str(), HasSubstr("two\x1b[K\r\n... 2 more lines\x1b[K\x1b[J"));
    size.height = 1;
    screen.Draw("one\ntwo\n");
    EXPECT_THAT(out.str(), HasSubstr("\x1b[H... 2 more lines\x1b[K\x1b[J"));
  }
  EXPECT_THAT(out.str(), testing::EndsWith("\x1b[?25h\x1b[?1049l"));
}

}  // namespace
}  // namespace kpid::client
