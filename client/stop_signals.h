// Ctrl-C and its like for commands that run until then.
#pragma once

#include <atomic>
#include <csignal>
#include <functional>
#include <thread>

namespace kpid::client {

// While it lives, SIGINT, SIGTERM and SIGHUP call `on_stop` instead of ending the process, and a
// change of the terminal's size calls `on_resize`; both on a thread of its own, on which `on_tick`
// is called ten times a second. Threads that are started earlier must not exist, or have these
// signals blocked.
class StopSignals {
 public:
  StopSignals(std::function<void()> on_stop, std::function<void()> on_resize,
              std::function<void()> on_tick);

  // Afterwards nothing is called any more.
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  void Run();

  const std::function<void()> on_stop_;
  const std::function<void()> on_resize_;
  const std::function<void()> on_tick_;
  sigset_t signals_{};
  sigset_t before_{};
  std::atomic<bool> ended_{false};
  std::thread thread_;  // Last: it uses the members above.
};

}  // namespace kpid::client
