// Notices when this process no longer accepts connections although it lives: a shortage of file
// descriptors kills gRPC 1.51's listener for good (CVE-2023-4785). Then only a restart helps.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "server/clock.h"
#include "server/periodic_task.h"

namespace kpid::server {

// Calls `on_dead` once, after kMissesMax probes in a row failed.
class SelfProbe {
 public:
  static constexpr int kMissesMax = 3;

  // Whether a connection made now is answered.
  using Probe = std::function<bool()>;

  SelfProbe(Probe probe, std::function<void()> on_dead, Clock* clock,
            std::chrono::milliseconds interval);

  // One probe. Called by the thread, and by tests.
  void Run();

 private:
  const Probe probe_;
  const std::function<void()> on_dead_;
  int misses_ = 0;
  std::unique_ptr<PeriodicTask> task_;  // Last: it uses the members above.
};

// Connects anew to an address and asks grpc.health.v1.Health/Check; true for any answer, also
// NOT_SERVING.
bool AnswersAt(const std::string& address, std::chrono::milliseconds timeout);

// The address to connect to for one that was listened on: a wildcard becomes loopback.
std::string ConnectAddress(std::string_view listen, int port);

}  // namespace kpid::server
