#include "server/clock.h"

namespace kpid::server {
namespace {

class SystemClock final : public Clock {
 public:
  TimePoint Now() const override { return std::chrono::steady_clock::now(); }

  metrics::Instant WallNow() const override {
    return std::chrono::floor<metrics::Duration>(std::chrono::system_clock::now());
  }

  void WaitUntil(std::condition_variable& changed, std::unique_lock<std::mutex>& lock,
                 TimePoint time) override {
    changed.wait_until(lock, time);
  }
};

}  // namespace

Clock* Clock::System() {
  static SystemClock clock;
  return &clock;
}

}  // namespace kpid::server
