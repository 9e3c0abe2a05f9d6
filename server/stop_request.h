// Why and how urgently the program should end: signals, or a fault.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace kpid::server {

// Safe for concurrent use.
class StopRequest {
 public:
  // Asks to stop; the first exit code given counts. A second request, or an urgent one, calls the
  // hurry function.
  void Stop(int exit_code, bool urgent);

  // What a second request calls, from the thread of the request; null: nothing (then no call is
  // running when this returns). When one came already it is called at once. It must not call
  // this object.
  void SetHurry(std::function<void()> hurry);

  // Waits until asked to stop; returns the exit code.
  int Wait();

  bool requested();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> hurry_;
  bool requested_ = false;
  bool urgent_ = false;
  int exit_code_ = 0;
};

// Turns SIGTERM and SIGINT into requests to stop. Blocks both for the calling thread and all
// that it starts, so it comes before any other thread.
class SignalThread {
 public:
  explicit SignalThread(StopRequest* stop);
  ~SignalThread();  // Ends the thread; the signals stay blocked.

 private:
  void Run();

  StopRequest* const stop_;
  std::thread thread_;
};

}  // namespace kpid::server
