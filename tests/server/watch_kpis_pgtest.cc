// WatchKpis with facts in memory, over a real connection and real PostgreSQL.
#include <future>

#include "server/join_text.h"
#include "server_pg_fixture.h"

namespace kpid::server {
namespace {

class WatchKpisPgTest : public ResidentServerPgTest {
 protected:
  struct Watch {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<v1::WatchKpisResponse>> reader;
    v1::WatchKpisResponse last;

    double Next() {
      EXPECT_TRUE(reader->Read(&last)) << reader->Finish().error_message();
      return last.answer().total().values(0).value();
    }
    // Answers up to one with this value: those between are allowed.
    void AwaitValue(double value) {
      while (true) {
        const double next = Next();
        if (next == value || testing::Test::HasFailure()) return;
      }
    }
  };

  WatchKpisPgTest() { Serve(); }

  using ResidentServerPgTest::Ingest;
  void Ingest(const std::string& id, int64_t day = 0) { Ingest({InteractionOfDay(day, id)}); }

  static v1::WatchKpisRequest Request(const std::string& kpi = "contacts_offered") {
    v1::WatchKpisRequest request;
    *request.mutable_query() = MarchQuestion(kpi);
    request.mutable_minimum_interval()->set_nanos(20'000'000);
    return request;
  }

  void Begin(Watch* watch, const v1::WatchKpisRequest& request) {
    watch->reader = server_->query->WatchKpis(&watch->context, request);
  }
};

TEST_F(WatchKpisPgTest, FollowsItsOwnServersCommitsAndThoseOfOthers) {
  Load();
  Ingest("i1");
  Watch watch;
  Begin(&watch, Request());
  EXPECT_EQ(watch.Next(), 1) << "the first answer has what was acknowledged before";
  EXPECT_EQ(watch.last.reason(), v1::WATCH_REASON_FIRST);
  for (int i = 2; i <= 20; ++i) {
    Ingest(JoinText("i", i));
    EXPECT_EQ(watch.Next(), i);
    EXPECT_EQ(watch.last.reason(), v1::WATCH_REASON_FACTS);
    EXPECT_EQ(watch.last.sequence(), i);
  }
  test_database_.Run("DELETE FROM kpid.interactions WHERE interaction_id = 'i20'");
  EXPECT_EQ(watch.Next(), 19);
  test_database_.Run("TRUNCATE kpid.interactions CASCADE");
  watch.AwaitValue(0);
  EXPECT_EQ(resident_->loaded_answers(), 0);
  watch.context.TryCancel();
}

TEST_F(WatchKpisPgTest, EachFirstAnswerHasWhatWasAcknowledgedBefore) {
  Load();
  std::vector<std::unique_ptr<Watch>> watches;
  for (int i = 1; i <= 200; ++i) {
    Ingest(JoinText("i", i));
    Begin(watches.emplace_back(std::make_unique<Watch>()).get(), Request());
    ASSERT_EQ(watches.back()->Next(), i);
  }
  for (const auto& watch : watches) watch->context.TryCancel();
}

TEST_F(WatchKpisPgTest, ChangesElsewhereSendNothing) {
  Load();
  Ingest("i1");
  Watch watch;
  Begin(&watch, Request());
  EXPECT_EQ(watch.Next(), 1);
  Watch april;
  v1::WatchKpisRequest request = Request();
  for (auto* time : {request.mutable_query()->mutable_interval()->mutable_start_time(),
                     request.mutable_query()->mutable_interval()->mutable_end_time()}) {
    time->set_seconds(time->seconds() + 31 * 86'400);
  }
  Begin(&april, request);
  EXPECT_EQ(april.Next(), 0);
  for (int i = 2; i <= 10; ++i) {
    Ingest(JoinText("i", i), /*day=*/35);
    EXPECT_EQ(april.Next(), i - 1);
  }
  Ingest("i11");
  EXPECT_EQ(watch.Next(), 2);
  EXPECT_EQ(watch.last.sequence(), 2);
  watch.context.TryCancel();
  april.context.TryCancel();
}

TEST_F(WatchKpisPgTest, FollowsTargetsAndMaturity) {
  Load();
  Ingest("i1");
  Watch achieved;
  Begin(&achieved, Request("kpi_achievement"));
  achieved.Next();
  EXPECT_FALSE(achieved.last.answer().total().values(0).has_value());
  v1::UpsertTargetsRequest targets;
  v1::Target* target = targets.add_targets();
  target->set_target_id("t1");
  target->set_kpi_id("service_level");
  target->set_scope(v1::TARGET_SCOPE_ALL);
  target->set_target_value(80);
  grpc::ClientContext context;
  v1::UpsertTargetsResponse response;
  const grpc::Status status = server_->target->UpsertTargets(&context, targets, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  achieved.AwaitValue(100);
  // A record of another month makes those of March mature.
  Watch fcr;
  Begin(&fcr, Request("fcr"));
  fcr.Next();
  EXPECT_FALSE(fcr.last.answer().total().values(0).has_value());
  Ingest("i2", /*day=*/60);
  fcr.AwaitValue(100);
  achieved.context.TryCancel();
  fcr.context.TryCancel();
}

TEST_F(WatchKpisPgTest, BeginsWhileFactsAreLoadedAndFollowsThemAfter) {
  Ingest("i1");
  Watch watch;
  Begin(&watch, Request());
  EXPECT_EQ(watch.Next(), 1);
  Load();
  for (int i = 2; i <= 5; ++i) {
    Ingest(JoinText("i", i));
    EXPECT_EQ(watch.Next(), i);
  }
  watch.context.TryCancel();
}

TEST_F(WatchKpisPgTest, WatchesARangeThatMovesWithTheClock) {
  Load();
  v1::WatchKpisRequest request = Request();
  request.mutable_query()->clear_interval();
  request.mutable_sliding_range()->mutable_last_duration()->set_seconds(10);
  Watch watch;
  Begin(&watch, request);
  EXPECT_EQ(watch.Next(), 0);
  int64_t end = watch.last.answer().interval().end_time().seconds();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(watch.Next(), 0);
    EXPECT_EQ(watch.last.reason(), v1::WATCH_REASON_CLOCK);
    EXPECT_GT(watch.last.answer().interval().end_time().seconds(), end);
    end = watch.last.answer().interval().end_time().seconds();
    EXPECT_EQ(end - watch.last.answer().interval().start_time().seconds(), 10);
  }
  watch.context.TryCancel();
}

}  // namespace
}  // namespace kpid::server
