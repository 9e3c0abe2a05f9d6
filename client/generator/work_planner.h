// What agents are planned to do on a day, and how near to it they come: shifts, breaks, meals,
// meetings, training, lateness, days off sick.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/generator/centre.h"
#include "client/generator/random.h"
#include "client/generator/record_sink.h"

namespace kpid::client {

// Time away from contacts. Milliseconds since 1970, as all times here.
struct Pause {
  int64_t start = 0;
  int64_t end = 0;
  v1::AgentState state = v1::AGENT_STATE_UNSPECIFIED;
};

// The day of one agent as it comes to pass.
struct WorkDay {
  bool present = false;  // Comes to work; the rest is meaningless otherwise.
  int64_t login = 0;
  int64_t logout = 0;
  std::vector<Pause> pauses;  // In order, without overlap, between login and logout.
};

// Thread-compatible.
class WorkPlanner {
 public:
  // `data_end`: nothing after it is known. REQUIRES: the centre outlives it.
  WorkPlanner(uint64_t seed, std::string id_prefix, int64_t data_end, const Centre* centre);

  // Draws the day of every agent; the plans go to the sink, unless it is null.
  void StartDay(int day, int weekday, int64_t day_start, RecordSink* sink);

  // By agent.
  const std::vector<WorkDay>& days() const { return days_; }

  int64_t scheduled_activities() const { return scheduled_activities_; }

 private:
  struct Plan;
  void PlanShift(uint32_t agent, int weekday, int64_t day_start, RecordSink* sink);
  void DrawPause(const Plan& plan, WorkDay* work);
  void AddPlan(const std::string& agent_id, const Plan& plan, RecordSink* sink);

  Random random_;
  std::string id_prefix_;
  int64_t data_end_;
  const Centre* centre_;
  std::vector<WorkDay> days_;
  int64_t scheduled_activities_ = 0;
};

}  // namespace kpid::client
