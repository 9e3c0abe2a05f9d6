// WatchKpis over a real connection, with facts that tests make up and that are not held: they are
// loaded for each look.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <future>

#include "manual_clock.h"
#include "metrics/error_reason.h"
#include "metrics/interaction_chunk.h"
#include "test_server.h"
#include "violation_matchers.h"

namespace kpid::server {
namespace {

using testing::ElementsAre;

class WatchKpisTest : public testing::Test {
 protected:
  // One client's side of a watch.
  struct Watch {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<v1::WatchKpisResponse>> reader;

    double Next() {
      v1::WatchKpisResponse response;
      EXPECT_TRUE(reader->Read(&response)) << reader->Finish().error_message();
      EXPECT_EQ(response.sequence(), ++sequence);
      EXPECT_EQ(response.reason() == v1::WATCH_REASON_FIRST, sequence == 1);
      EXPECT_TRUE(response.answer().has_data_watermark());
      EXPECT_TRUE(response.answer().has_compute_duration());
      last = response;
      return response.answer().total().values(0).value();
    }
    grpc::Status End() {
      v1::WatchKpisResponse response;
      EXPECT_FALSE(reader->Read(&response));
      return reader->Finish();
    }
    int64_t sequence = 0;
    v1::WatchKpisResponse last;
  };

  WatchKpisTest() {
    facts_.function = [this](const metrics::FactDemand&, const metrics::CallLimits&)
        -> absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> {
      ++loads_;
      if (failing_) {
        return metrics::ErrorWithReason(absl::StatusCode::kUnavailable, "gone",
                                        {"DATABASE_UNAVAILABLE", {}});
      }
      metrics::FactSnapshot::Builder builder;
      std::vector<metrics::InteractionFact> rows(static_cast<size_t>(offered_));
      for (size_t i = 0; i < rows.size(); ++i) {
        rows[i].row_key = static_cast<int64_t>(i) + 1;
        rows[i].arrive = metrics::Instant(std::chrono::seconds(1'772'323'200 + i));
      }
      builder.AddInteractions(std::move(rows));
      builder.SetDataWatermark(metrics::Instant(std::chrono::seconds(1'790'000'000 + loads_)));
      return builder.Build();
    };
  }

  TestServer Make(Configuration configuration = TestConfiguration()) {
    ServerDependencies dependencies;
    dependencies.facts = &facts_;
    dependencies.ping = [](const metrics::CallLimits&) { return absl::OkStatus(); };
    dependencies.clock = &clock_;
    return TestServer(configuration, std::move(dependencies));
  }

  static v1::WatchKpisRequest Request() {
    v1::WatchKpisRequest request;
    *request.mutable_query() = MarchQuestion();
    return request;
  }

  static void Begin(TestServer& server, Watch* watch,
                    const v1::WatchKpisRequest& request = Request()) {
    watch->reader = server.query->WatchKpis(&watch->context, request);
  }

  // The next answer, while time passes.
  double NextInTime(Watch* watch) {
    auto next = std::async(std::launch::async, [&] { return watch->Next(); });
    while (next.wait_for(milliseconds(1)) != std::future_status::ready) {
      clock_.Advance(milliseconds(1'000));
    }
    return next.get();
  }

  // Time passes until facts have been loaded once more.
  void AwaitLoad() {
    for (const int before = loads_; loads_ == before;) clock_.Advance(milliseconds(5'000));
  }

  FakeFacts facts_;
  ManualClock clock_;
  std::atomic<int> offered_ = 1;
  std::atomic<int> loads_ = 0;
  std::atomic<bool> failing_ = false;
};

TEST_F(WatchKpisTest, AnswersAtOnceAndAgainWhenTheAnswerHasChanged) {
  TestServer server = Make();
  Watch watch;
  Begin(server, &watch);
  EXPECT_EQ(watch.Next(), 1);
  for (int look = 0; look < 3; ++look) AwaitLoad();  // The same answer again: not sent.
  offered_ = 2;
  EXPECT_EQ(NextInTime(&watch), 2);
  EXPECT_EQ(watch.last.reason(), v1::WATCH_REASON_FACTS);
  EXPECT_GT(watch.last.answer().data_watermark().seconds(), 1'790'000'003);
  watch.context.TryCancel();
  EXPECT_EQ(watch.End().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(WatchKpisTest, IsTheAnswerOfQueryKpis) {
  offered_ = 3;
  TestServer server = Make();
  v1::WatchKpisRequest request = Request();
  request.mutable_query()->set_granularity(v1::GRANULARITY_DAY);
  request.mutable_query()->set_value_detail(v1::VALUE_DETAIL_INTERVAL);
  Watch watch;
  Begin(server, &watch, request);
  EXPECT_EQ(watch.Next(), 3);
  grpc::ClientContext context;
  v1::QueryKpisResponse expected;
  ASSERT_TRUE(server.query->QueryKpis(&context, request.query(), &expected).ok());
  for (v1::QueryKpisResponse* answer : {&expected, watch.last.mutable_answer()}) {
    answer->clear_data_watermark();
    answer->clear_compute_duration();
  }
  EXPECT_EQ(watch.last.answer().DebugString(), expected.DebugString());
}

TEST_F(WatchKpisTest, EverythingWrongIsSaidAtOnce) {
  TestServer server = Make();
  v1::WatchKpisRequest request = Request();
  request.mutable_minimum_interval()->set_nanos(1);
  request.mutable_query()->mutable_kpis(0)->set_id("happiness");
  request.mutable_query()->set_validate_only(true);
  Watch watch;
  Begin(server, &watch, request);
  const grpc::Status status = watch.End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(DetailsOf(status).violations,
              ElementsAre("minimum_interval DURATION_OUT_OF_RANGE",
                          "query.validate_only FIELD_CONTRADICTS", "query.kpis[0].id KPI_UNKNOWN"));
  EXPECT_EQ(watch.context.GetServerTrailingMetadata().count("x-request-id"), 1u);
}

TEST_F(WatchKpisTest, WhatOnlyTheFactsTellIsSaidWithItsPath) {
  TestServer server = Make();
  v1::WatchKpisRequest request = Request();
  auto* dimension = request.mutable_query()->add_group_by();
  dimension->set_kind(v1::DIMENSION_KIND_AGENT_GROUP);
  dimension->set_name("team");
  Watch watch;
  Begin(server, &watch, request);
  EXPECT_THAT(DetailsOf(watch.End()).violations,
              ElementsAre("query.group_by[0].name GROUP_TYPE_UNKNOWN"));
}

TEST_F(WatchKpisTest, AMessageThatIsNoRequestIsRefused) {
  TestServer server = Make();
  v1::WatchKpisRequest request;
  request.GetReflection()->MutableUnknownFields(&request)->AddVarint(1, 5);  // `query` a number.
  Watch watch;
  Begin(server, &watch, request);
  const grpc::Status status = watch.End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(DetailsOf(status).reason, "REQUEST_INVALID");
}

TEST_F(WatchKpisTest, TooManyAreRefusedWithRetryUntilOneHasGone) {
  Configuration configuration = TestConfiguration();
  configuration.watchers_max = 1;
  TestServer server = Make(configuration);
  Watch first;
  Begin(server, &first);
  EXPECT_EQ(first.Next(), 1);
  Watch second;
  Begin(server, &second);
  const grpc::Status refused = second.End();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(DetailsOf(refused).reason, "OVERLOADED");
  EXPECT_EQ(DetailsOf(refused).metadata.at("class"), "watch");
  EXPECT_EQ(DetailsOf(refused).metadata.at("running_max"), "1");
  EXPECT_TRUE(DetailsOf(refused).has_retry);
  first.context.TryCancel();
  EXPECT_EQ(first.End().error_code(), grpc::StatusCode::CANCELLED);
  // Its place is given back soon, not at once.
  for (bool taken = true; taken;) {
    Watch third;
    Begin(server, &third);
    v1::WatchKpisResponse response;
    taken = !third.reader->Read(&response);
    if (!taken) third.context.TryCancel();
    third.reader->Finish();
  }
}

TEST_F(WatchKpisTest, ADatabaseThatIsAwayIsAnErrorAtFirstAndWaitedForLater) {
  TestServer server = Make();
  failing_ = true;
  Watch refused;
  Begin(server, &refused);
  const grpc::Status status = refused.End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(DetailsOf(status).reason, "DATABASE_UNAVAILABLE");
  failing_ = false;
  Watch watch;
  Begin(server, &watch);
  EXPECT_EQ(watch.Next(), 1);
  failing_ = true;
  for (int look = 0; look < 3; ++look) AwaitLoad();
  offered_ = 2;
  failing_ = false;
  EXPECT_EQ(NextInTime(&watch), 2);
  watch.context.TryCancel();
}

TEST_F(WatchKpisTest, ShutdownEndsWatchesAtOnceAndSaysWhy) {
  TestServer server = Make();
  std::deque<Watch> watches(20);
  for (Watch& watch : watches) {
    Begin(server, &watch);
    EXPECT_EQ(watch.Next(), 1);
  }
  auto stopped = std::async(std::launch::async, [&] {
    server.server().Shutdown(milliseconds(0), std::chrono::minutes(1));
  });
  for (Watch& watch : watches) {
    const grpc::Status status = watch.End();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_EQ(DetailsOf(status).reason, "SHUTTING_DOWN");
    EXPECT_TRUE(DetailsOf(status).has_retry);
  }
  stopped.get();
}

TEST_F(WatchKpisTest, ADeadlineEndsIt) {
  TestServer server = Make();
  Watch watch;
  watch.context.set_deadline(std::chrono::system_clock::now() + milliseconds(20));
  Begin(server, &watch);
  v1::WatchKpisResponse response;
  while (watch.reader->Read(&response)) continue;
  EXPECT_EQ(watch.reader->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(WatchKpisTest, AnAnswerThatIsTooLargeEndsIt) {
  Configuration configuration = TestConfiguration();
  configuration.send_bytes_max.value = 64 << 10;
  TestServer server = Make(configuration);
  v1::WatchKpisRequest request = Request();
  request.mutable_query()->set_granularity(v1::GRANULARITY_MINUTES_15);
  Watch watch;
  Begin(server, &watch, request);
  const grpc::Status status = watch.End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(DetailsOf(status).reason, "RESULT_TOO_LARGE");
}

// The client reads nothing until the windows of the connection are full; what it then reads is
// what was on its way, and after that the newest.
TEST_F(WatchKpisTest, ASlowReaderGetsTheNewestAnswer) {
  TestServer server = Make();
  v1::WatchKpisRequest request = Request();
  request.mutable_query()->set_granularity(v1::GRANULARITY_HOUR);  // 60 KB an answer.
  Watch watch;
  Begin(server, &watch, request);
  EXPECT_EQ(watch.Next(), 1);
  constexpr int kAnswers = 400;
  for (int i = 2; i <= kAnswers; ++i) {
    offered_ = i;
    const int before = loads_;
    // A watch whose answer cannot leave asks for none: then there are no more loads.
    for (int tries = 0; loads_ == before && tries < 20; ++tries) {
      clock_.Advance(milliseconds(5'000));
      std::this_thread::yield();
    }
  }
  while (NextInTime(&watch) < kAnswers) continue;
  EXPECT_LT(watch.sequence, kAnswers) << "answers were kept for it";
  watch.context.TryCancel();
}

}  // namespace
}  // namespace kpid::server
