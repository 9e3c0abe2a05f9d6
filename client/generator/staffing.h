// Who works when, and who takes a contact.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "client/generator/centre.h"
#include "client/generator/random.h"
#include "client/generator/work_planner.h"

namespace kpid::client {

// Thread-compatible.
class Staffing {
 public:
  // REQUIRES: the centre and the agents' days, which change with the day, outlive it.
  Staffing(const Centre* centre, const std::vector<WorkDay>* work_days);

  // Draws up the lists of a day: who is employed, and who works.
  void StartDay(int day);

  // The agent who takes a contact of a queue: of some on shift the one who is free first.
  uint32_t Pick(size_t queue, int64_t millisecond_of_day, int64_t now_milliseconds, Random* random);

  // The agent has their hands full until then.
  void Occupy(uint32_t agent, int64_t until_milliseconds);

  // Factor on the handling times of an agent on this day: beginners are slower.
  double Pace(uint32_t agent) const;

 private:
  static constexpr size_t kHours = 24;
  const std::vector<uint32_t>& OnShift(size_t queue, size_t hour) const;

  // When an agent who is asked now has time: after what occupies them, pauses and the way to work.
  int64_t FreeFrom(uint32_t agent, int64_t now_milliseconds) const;

  const Centre* centre_;
  const std::vector<WorkDay>* work_days_;
  int day_ = 0;
  std::vector<std::array<std::vector<uint32_t>, kHours>> on_shift_;  // By queue and hour.
  std::vector<std::vector<uint32_t>> employed_;                      // By queue.
  std::vector<uint32_t> everybody_;
  std::vector<int64_t> free_from_;  // By agent.
};

}  // namespace kpid::client
