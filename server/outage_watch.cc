#include "server/outage_watch.h"

#include <utility>

namespace kpid::server {

OutageWatch::OutageWatch(std::chrono::milliseconds longest, std::function<void()> on_outage,
                         Clock* clock)
    : longest_(longest), on_outage_(std::move(on_outage)), clock_(clock) {}

void OutageWatch::Note(bool ok) {
  {
    std::lock_guard lock(mutex_);
    if (ok) {
      failing_since_.reset();
      return;
    }
    const Clock::TimePoint now = clock_->Now();
    if (!failing_since_) failing_since_ = now;
    if (told_ || now - *failing_since_ < longest_) return;
    told_ = true;
  }
  on_outage_();
}

}  // namespace kpid::server
