// The lag of a server's feed, looked at again and again while something else goes on.
#pragma once

#include <atomic>
#include <string>
#include <thread>

namespace kpid::bench {

class FeedLag {
 public:
  // Looks every 20 ms, over a connection of its own, until Stop.
  explicit FeedLag(const std::string& address);
  ~FeedLag();
  FeedLag(const FeedLag&) = delete;
  FeedLag& operator=(const FeedLag&) = delete;

  // The longest lag that was seen, in milliseconds; below 0 when there was none to be seen.
  double Stop();

 private:
  void Watch(const std::string& address);

  std::atomic<bool> stopping_{false};
  double longest_ = -1;
  std::thread thread_;  // Last: it uses the members above.
};

}  // namespace kpid::bench
