// Bounds how many calls work at once, so that overload is refused early and cheaply instead of
// slowing everything down.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string_view>

#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "server/clock.h"

namespace kpid::server {

// What calls compete for. A stream holds a place among streams for as long as it lives, and one
// of ingest for each of its transactions; a watch holds one of its own. A query that turns out to
// be large holds a second place, among the large ones.
enum class CallClass : uint8_t { kIngest, kQuery, kLargeQuery, kRoster, kStream, kWatch };
inline constexpr size_t kCallClassCount = 6;
std::string_view CallClassName(CallClass call_class);

// Bounds of one class.
struct AdmissionBounds {
  int running_max = 1;                    // Calls that work at once.
  int waiting_max = 0;                    // Calls that wait for a place; more are refused at once.
  std::chrono::milliseconds wait_max{0};  // How long one waits.
};

// Safe for concurrent use.
class Admission {
 public:
  using Bounds = std::array<AdmissionBounds, kCallClassCount>;  // By CallClass.

  // `clock` must outlive this.
  Admission(const Bounds& bounds, Clock* clock);

  // A place among the running; given back when destroyed.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept : admission_(other.admission_), call_class_(other.call_class_) {
      other.admission_ = nullptr;
    }
    Place& operator=(Place&& other) noexcept {
      std::swap(admission_, other.admission_);
      std::swap(call_class_, other.call_class_);
      return *this;
    }
    ~Place() {
      if (admission_ != nullptr) admission_->Leave(call_class_);
    }

   private:
    friend class Admission;
    Place(Admission* admission, CallClass call_class)
        : admission_(admission), call_class_(call_class) {}
    Admission* admission_ = nullptr;
    CallClass call_class_ = CallClass::kIngest;
  };

  // Who asks. A patient caller is bounded elsewhere: it waits as long as its limits allow and
  // does not count among those waiting.
  enum class Patience : uint8_t { kBounded, kPatient };

  // Waits for a place. RESOURCE_EXHAUSTED (reason OVERLOADED, metadata class, running_max) when
  // there is none in time or too many wait already; CANCELLED; DEADLINE_EXCEEDED.
  absl::StatusOr<Place> Enter(CallClass call_class, const metrics::CallLimits& limits,
                              Patience patience = Patience::kBounded);

  // Calls that work and wait now.
  int running(CallClass call_class) const;
  int waiting(CallClass call_class) const;

 private:
  struct State {
    AdmissionBounds bounds;
    int running = 0;
    int waiting = 0;
    std::condition_variable freed;
  };

  State& StateOf(CallClass call_class) { return states_[static_cast<size_t>(call_class)]; }
  void Leave(CallClass call_class);

  Clock* const clock_;
  mutable std::mutex mutex_;
  std::array<State, kCallClassCount> states_;
};

}  // namespace kpid::server
