#include "client/stop_signals.h"

#include <ctime>
#include <utility>

namespace kpid::client {
namespace {

constexpr timespec kTick = {0, 100'000'000};

}  // namespace

StopSignals::StopSignals(std::function<void()> on_stop, std::function<void()> on_resize,
                         std::function<void()> on_tick)
    : on_stop_(std::move(on_stop)), on_resize_(std::move(on_resize)), on_tick_(std::move(on_tick)) {
  sigemptyset(&signals_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGWINCH}) sigaddset(&signals_, signal);
  pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  thread_ = std::thread([this] { Run(); });
}

StopSignals::~StopSignals() {
  ended_ = true;
  thread_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void StopSignals::Run() {
  while (!ended_) {
    const int signal = sigtimedwait(&signals_, nullptr, &kTick);
    if (signal == SIGWINCH) {
      on_resize_();
    } else if (signal > 0) {
      on_stop_();
    }
    on_tick_();
  }
}

}  // namespace kpid::client
