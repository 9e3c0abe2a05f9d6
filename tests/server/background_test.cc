// What runs beside the calls: periodic tasks, self-probe, health, requests to stop.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <semaphore>

#include "grpcpp/health_check_service_interface.h"
#include "manual_clock.h"
#include "server/health_monitor.h"
#include "server/outage_watch.h"
#include "server/periodic_task.h"
#include "server/self_probe.h"
#include "server/stop_request.h"

namespace kpid::server {
namespace {

using std::chrono::milliseconds;

TEST(PeriodicTaskTest, RunsAfterEachInterval) {
  ManualClock clock;
  std::counting_semaphore<> ran(0);
  int runs = 0;
  {
    PeriodicTask task(&clock, milliseconds(100), [&] {
      ++runs;
      ran.release();
    });
    clock.AwaitWaits(1);
    clock.Advance(milliseconds(99));
    clock.AwaitWaits(2);
    clock.Advance(milliseconds(1));
    ran.acquire();
    clock.AwaitWaits(3);
    clock.Advance(milliseconds(100));
    ran.acquire();
  }
  EXPECT_EQ(runs, 2);
}

TEST(PeriodicTaskTest, CanRunAtOnce) {
  ManualClock clock;
  std::counting_semaphore<> ran(0);
  const PeriodicTask task(
      &clock, milliseconds(100), [&] { ran.release(); }, PeriodicTask::First::kAtOnce);
  ran.acquire();
}

TEST(SelfProbeTest, OnlyMissesInARowCount) {
  ManualClock clock;
  std::vector<bool> answers = {false, false, true, false, false, false, false, false};
  size_t asked = 0;
  int dead = 0;
  SelfProbe probe([&] { return answers[asked++]; }, [&] { ++dead; }, &clock, milliseconds(100));
  for (int i = 0; i < 5; ++i) probe.Run();
  EXPECT_EQ(dead, 0);
  for (int i = 0; i < 3; ++i) probe.Run();
  EXPECT_EQ(dead, 1);
  EXPECT_EQ(asked, 6u) << "afterwards it asks no more";
}

TEST(SelfProbeTest, ConnectsToLoopbackForWildcards) {
  EXPECT_EQ(ConnectAddress("0.0.0.0:0", 77), "127.0.0.1:77");
  EXPECT_EQ(ConnectAddress("[::]:50051", 50051), "[::1]:50051");
  EXPECT_EQ(ConnectAddress("127.0.0.1:0", 5), "127.0.0.1:5");
  EXPECT_EQ(ConnectAddress("unix:/tmp/kpid", 0), "unix:/tmp/kpid");
}

TEST(SelfProbeTest, NobodyThereIsAMiss) {
  EXPECT_FALSE(AnswersAt("unix:/nowhere/kpid", milliseconds(2'000)));
}

class RecordedHealth final : public grpc::HealthCheckServiceInterface {
 public:
  void SetServingStatus(const std::string& service, bool serving) override {
    services[service] = serving;
  }
  void SetServingStatus(bool serving) override {
    all = serving;
    for (auto& [name, status] : services) status = serving;
  }
  void Shutdown() override {}

  std::map<std::string, bool> services;
  bool all = true;
};

TEST(HealthMonitorTest, FollowsTheDatabase) {
  ManualClock clock;
  RecordedHealth health;
  absl::Status status = absl::UnavailableError("starting");
  HealthMonitor monitor(
      &health, [&](const metrics::CallLimits&) { return status; }, &clock, milliseconds(1'000));
  EXPECT_FALSE(health.all);
  EXPECT_FALSE(health.services.at("kpid.v1.QueryService"));
  status = absl::OkStatus();
  monitor.Probe();
  EXPECT_TRUE(health.all);
  EXPECT_TRUE(health.services.at("kpid.v1.IngestService"));
  status = absl::UnavailableError("gone");
  monitor.Probe();
  EXPECT_FALSE(health.all);
  status = absl::OkStatus();
  monitor.Stop();
  monitor.Probe();
  EXPECT_FALSE(health.all) << "stopped for good";
}

TEST(OutageWatchTest, OnlyALongOutageIsTold) {
  ManualClock clock;
  int told = 0;
  OutageWatch watch(
      milliseconds(1'000), [&] { ++told; }, &clock);
  watch.Note(false);
  clock.Advance(milliseconds(999));
  watch.Note(false);
  watch.Note(true);
  clock.Advance(milliseconds(999));
  watch.Note(false);
  clock.Advance(milliseconds(999));
  watch.Note(false);
  EXPECT_EQ(told, 0);
  clock.Advance(milliseconds(1));
  watch.Note(false);
  watch.Note(false);
  EXPECT_EQ(told, 1);
}

TEST(StopRequestTest, TheFirstCodeCountsAndTheSecondRequestHurries) {
  StopRequest stop;
  int hurried = 0;
  stop.SetHurry([&] { ++hurried; });
  EXPECT_FALSE(stop.requested());
  stop.Stop(3, /*urgent=*/false);
  EXPECT_TRUE(stop.requested());
  EXPECT_EQ(hurried, 0);
  stop.Stop(4, /*urgent=*/false);
  EXPECT_EQ(hurried, 1);
  EXPECT_EQ(stop.Wait(), 3);
}

TEST(StopRequestTest, UrgencyIsNotForgotten) {
  StopRequest stop;
  stop.Stop(70, /*urgent=*/true);
  int hurried = 0;
  stop.SetHurry([&] { ++hurried; });
  EXPECT_EQ(hurried, 1);
  EXPECT_EQ(stop.Wait(), 70);
}

TEST(SignalThreadTest, ASignalIsARequest) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  // In a process of its own: here other threads would take the signal.
  for (const int signal : {SIGTERM, SIGINT}) {
    EXPECT_EXIT(
        {
          StopRequest stop;
          const SignalThread signals(&stop);
          kill(getpid(), signal);
          _exit(10 + stop.Wait());
        },
        testing::ExitedWithCode(10), "");
  }
}

}  // namespace
}  // namespace kpid::server
