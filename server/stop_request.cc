#include "server/stop_request.h"

#include <pthread.h>

#include <csignal>
#include <utility>

#include "server/log.h"

namespace kpid::server {
namespace {

// Ends the thread; nobody else sends it.
constexpr int kEndSignal = SIGUSR1;

sigset_t WatchedSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, kEndSignal);
  return signals;
}

}  // namespace

void StopRequest::Stop(int exit_code, bool urgent) {
  std::lock_guard lock(mutex_);
  urgent_ = urgent_ || urgent || requested_;
  if (!requested_) exit_code_ = exit_code;
  requested_ = true;
  changed_.notify_all();
  if (urgent_ && hurry_) hurry_();
}

void StopRequest::SetHurry(std::function<void()> hurry) {
  std::lock_guard lock(mutex_);
  hurry_ = std::move(hurry);
  if (urgent_ && hurry_) hurry_();
}

int StopRequest::Wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return requested_; });
  return exit_code_;
}

bool StopRequest::requested() {
  std::lock_guard lock(mutex_);
  return requested_;
}

SignalThread::SignalThread(StopRequest* stop) : stop_(stop) {
  const sigset_t signals = WatchedSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  thread_ = std::thread([this] { Run(); });
}

SignalThread::~SignalThread() {
  pthread_kill(thread_.native_handle(), kEndSignal);
  thread_.join();
}

void SignalThread::Run() {
  const sigset_t signals = WatchedSignals();
  while (true) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0 || signal == kEndSignal) return;
    LogLine(spdlog::level::info, "stopping")
        .Field("signal", signal == SIGTERM ? "SIGTERM" : "SIGINT")
        .Field("hurry", stop_->requested() ? "true" : "false")
        .Write();
    stop_->Stop(/*exit_code=*/0, /*urgent=*/false);
  }
}

}  // namespace kpid::server
