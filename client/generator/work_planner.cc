#include "client/generator/work_planner.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/generator/proto_time.h"

namespace kpid::client {
namespace {

constexpr int64_t kMinute = 60'000;
constexpr int64_t kHour = 60 * kMinute;

constexpr double kAbsentRate = 0.04;
constexpr double kTrainingRate = 0.06;
constexpr double kSkippedPauseRate = 0.03;

bool IsEmployed(const AgentSetup& agent, int day) {
  return agent.first_day <= day && day < agent.last_day;
}

// What agents do when a plan says so.
v1::AgentState StateOf(v1::PlannedState planned) {
  switch (planned) {
    case v1::PLANNED_STATE_BREAK:
      return v1::AGENT_STATE_BREAK;
    case v1::PLANNED_STATE_MEAL:
      return v1::AGENT_STATE_MEAL;
    case v1::PLANNED_STATE_MEETING:
      return v1::AGENT_STATE_MEETING;
    case v1::PLANNED_STATE_TRAINING:
      return v1::AGENT_STATE_TRAINING;
    default:
      return v1::AGENT_STATE_AVAILABLE;
  }
}

}  // namespace

// A plan as it is stored.
struct WorkPlanner::Plan {
  v1::PlannedState state;
  int64_t start;
  int64_t end;
};

WorkPlanner::WorkPlanner(uint64_t seed, std::string id_prefix, int64_t data_end,
                         const Centre* centre)
    : random_(seed ^ 0x5C4ED),
      id_prefix_(std::move(id_prefix)),
      data_end_(data_end),
      centre_(centre),
      days_(centre->agents.size()) {}

void WorkPlanner::StartDay(int day, int weekday, int64_t day_start, RecordSink* sink) {
  for (uint32_t index = 0; index < days_.size(); ++index) {
    const AgentSetup& agent = centre_->agents[index];
    days_[index].present = false;
    days_[index].pauses.clear();
    if (!IsEmployed(agent, day) || (agent.days_off >> weekday & 1) != 0) continue;
    PlanShift(index, weekday, day_start, sink);
  }
}

void WorkPlanner::PlanShift(uint32_t index, int weekday, int64_t day_start, RecordSink* sink) {
  const AgentSetup& agent = centre_->agents[index];
  WorkDay& work = days_[index];
  const Plan shift = {v1::PLANNED_STATE_WORK, day_start + agent.shift_start_hour * kHour,
                      day_start + agent.shift_end_hour * kHour};
  AddPlan(agent.id, shift, sink);
  work.present = !random_.Chance(kAbsentRate);
  // Most come a little early; some late, few of them very.
  const double lateness = random_.Uniform();
  const double late_minutes = lateness < 0.80   ? random_.Between(-4, 1)
                              : lateness < 0.97 ? random_.Between(1, 12)
                                                : random_.Between(12, 45);
  work.login = shift.start + static_cast<int64_t>(late_minutes * kMinute);
  work.logout = shift.end + static_cast<int64_t>(random_.Between(-5, 10) * kMinute);

  // Of one team not all at once.
  const auto spread = [&] { return static_cast<int64_t>(random_.Below(4)) * 15 * kMinute; };
  const auto plan = [&](v1::PlannedState state, int64_t start, int64_t minutes) {
    const Plan pause = {state, start, start + minutes * kMinute};
    AddPlan(agent.id, pause, sink);
    DrawPause(pause, &work);
  };
  plan(v1::PLANNED_STATE_BREAK, shift.start + 2 * kHour + spread() / 2, 15);
  plan(v1::PLANNED_STATE_MEAL, shift.start + 4 * kHour + spread(), 30);
  if (weekday == static_cast<int>(index % 5)) {
    plan(v1::PLANNED_STATE_MEETING, shift.start + 11 * kHour / 2, 30);
  } else if (random_.Chance(kTrainingRate)) {
    plan(v1::PLANNED_STATE_TRAINING, shift.start + 11 * kHour / 2, 60);
  }
  plan(v1::PLANNED_STATE_BREAK, shift.start + 7 * kHour + spread() / 2, 15);
}

// The pause as it is taken: a little off the plan, or not at all.
void WorkPlanner::DrawPause(const Plan& plan, WorkDay* work) {
  const int64_t start = plan.start + static_cast<int64_t>(random_.Between(-2, 6) * kMinute);
  const int64_t end =
      start + plan.end - plan.start + static_cast<int64_t>(random_.Between(-2, 4) * kMinute);
  if (random_.Chance(kSkippedPauseRate)) return;
  const int64_t free_from = work->pauses.empty() ? work->login : work->pauses.back().end;
  if (start < free_from || end > work->logout) return;
  work->pauses.push_back({start, end, StateOf(plan.state)});
}

void WorkPlanner::AddPlan(const std::string& agent_id, const Plan& plan, RecordSink* sink) {
  if (sink == nullptr || plan.start >= data_end_) return;
  v1::ScheduledActivity* schedule = sink->Add()->mutable_scheduled_activity();
  absl::StrAppend(schedule->mutable_schedule_id(), id_prefix_, "p", ++scheduled_activities_);
  schedule->set_agent_id(agent_id);
  schedule->set_state(plan.state);
  SetMilliseconds(plan.start, schedule->mutable_start_time());
  SetMilliseconds(plan.end, schedule->mutable_end_time());
}

}  // namespace kpid::client
