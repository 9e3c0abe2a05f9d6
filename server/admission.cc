#include "server/admission.h"

#include <algorithm>

#include "metrics/error_reason.h"
#include "server/join_text.h"
#include "server/reasons.h"

namespace kpid::server {
namespace {

// How often a waiting call looks whether its caller is still there.
constexpr std::chrono::milliseconds kCancelPoll{50};

absl::Status Overloaded(CallClass call_class, const AdmissionBounds& bounds) {
  return metrics::ErrorWithReason(absl::StatusCode::kResourceExhausted,
                                  JoinText("too many calls at once (", CallClassName(call_class),
                                           ", ", bounds.running_max, " at work); try again later"),
                                  {reason::kOverloaded,
                                   {{"class", std::string(CallClassName(call_class))},
                                    {"running_max", JoinText(bounds.running_max)}}});
}

}  // namespace

std::string_view CallClassName(CallClass call_class) {
  switch (call_class) {
    case CallClass::kIngest:
      return "ingest";
    case CallClass::kQuery:
      return "query";
    case CallClass::kLargeQuery:
      return "large_query";
    case CallClass::kRoster:
      return "roster";
    case CallClass::kStream:
      return "stream";
    case CallClass::kWatch:
      return "watch";
  }
  return "";
}

Admission::Admission(const Bounds& bounds, Clock* clock) : clock_(clock) {
  for (size_t i = 0; i < kCallClassCount; ++i) states_[i].bounds = bounds[i];
}

absl::StatusOr<Admission::Place> Admission::Enter(CallClass call_class,
                                                  const metrics::CallLimits& limits,
                                                  Patience patience) {
  const bool bounded = patience == Patience::kBounded;
  State& state = StateOf(call_class);
  std::unique_lock lock(mutex_);
  // Who comes while others wait does not overtake them.
  const bool free_now =
      state.running < state.bounds.running_max && (state.waiting == 0 || !bounded);
  if (!free_now && bounded && state.waiting >= state.bounds.waiting_max) {
    return Overloaded(call_class, state.bounds);
  }
  if (!free_now) {
    const Clock::TimePoint give_up =
        bounded ? clock_->Now() + state.bounds.wait_max : Clock::TimePoint::max();
    if (bounded) ++state.waiting;
    absl::Status status;
    while (state.running >= state.bounds.running_max) {
      if (status = limits.Check(); !status.ok()) break;
      const Clock::TimePoint now = clock_->Now();
      if (now >= give_up) {
        status = Overloaded(call_class, state.bounds);
        break;
      }
      clock_->WaitUntil(state.freed, lock, std::min(give_up, now + kCancelPoll));
    }
    if (bounded) --state.waiting;
    if (!status.ok()) {
      state.freed.notify_one();  // It may have been the one that was told.
      return status;
    }
  }
  ++state.running;
  return Place(this, call_class);
}

void Admission::Leave(CallClass call_class) {
  {
    std::lock_guard lock(mutex_);
    --StateOf(call_class).running;
  }
  StateOf(call_class).freed.notify_one();
}

int Admission::running(CallClass call_class) const {
  std::lock_guard lock(mutex_);
  return states_[static_cast<size_t>(call_class)].running;
}

int Admission::waiting(CallClass call_class) const {
  std::lock_guard lock(mutex_);
  return states_[static_cast<size_t>(call_class)].waiting;
}

}  // namespace kpid::server
