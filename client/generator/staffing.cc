#include "client/generator/staffing.h"

#include <algorithm>
#include <cmath>

namespace kpid::client {
namespace {

// Asking some instead of all keeps picking cheap with thousands of agents.
constexpr int kAgentsAsked = 5;

bool IsEmployed(const AgentSetup& agent, int day) {
  return agent.first_day <= day && day < agent.last_day;
}

}  // namespace

Staffing::Staffing(const Centre* centre, const std::vector<WorkDay>* work_days)
    : centre_(centre),
      work_days_(work_days),
      on_shift_(centre->queues.size()),
      employed_(centre->queues.size()),
      free_from_(centre->agents.size(), 0) {}

void Staffing::StartDay(int day) {
  day_ = day;
  everybody_.clear();
  for (uint32_t agent = 0; agent < centre_->agents.size(); ++agent) {
    if (IsEmployed(centre_->agents[agent], day)) everybody_.push_back(agent);
  }
  // A centre in which everybody left goes on with the first agent.
  if (everybody_.empty()) everybody_.push_back(0);
  for (size_t queue = 0; queue < on_shift_.size(); ++queue) {
    for (std::vector<uint32_t>& hour : on_shift_[queue]) hour.clear();
    employed_[queue].clear();
    for (const uint32_t index : centre_->queues[queue].agents) {
      const AgentSetup& agent = centre_->agents[index];
      if (!IsEmployed(agent, day)) continue;
      employed_[queue].push_back(index);
      if (!(*work_days_)[index].present) continue;
      for (int hour = agent.shift_start_hour; hour < agent.shift_end_hour; ++hour) {
        on_shift_[queue][static_cast<size_t>(hour)].push_back(index);
      }
    }
  }
}

const std::vector<uint32_t>& Staffing::OnShift(size_t queue, size_t hour) const {
  if (!on_shift_[queue][hour].empty()) return on_shift_[queue][hour];
  return employed_[queue].empty() ? everybody_ : employed_[queue];
}

uint32_t Staffing::Pick(size_t queue, int64_t millisecond_of_day, int64_t now_milliseconds,
                        Random* random) {
  constexpr int64_t kHour = 3'600'000;
  const size_t hour =
      static_cast<size_t>(std::clamp<int64_t>(millisecond_of_day / kHour, 0, kHours - 1));
  const std::vector<uint32_t>& agents = OnShift(queue, hour);
  uint32_t best = agents[random->Below(static_cast<uint32_t>(agents.size()))];
  int64_t best_free = FreeFrom(best, now_milliseconds);
  for (int i = 1; i < kAgentsAsked && best_free > now_milliseconds; ++i) {
    const uint32_t other = agents[random->Below(static_cast<uint32_t>(agents.size()))];
    const int64_t other_free = FreeFrom(other, now_milliseconds);
    if (other_free >= best_free) continue;
    best = other;
    best_free = other_free;
  }
  return best;
}

int64_t Staffing::FreeFrom(uint32_t agent, int64_t now_milliseconds) const {
  constexpr int64_t kNextDay = 43'200'000;
  const WorkDay& day = (*work_days_)[agent];
  int64_t free_from = free_from_[agent];
  if (!day.present) return free_from;
  if (now_milliseconds < day.login) return std::max(free_from, day.login);
  if (now_milliseconds >= day.logout) return std::max(free_from, day.logout + kNextDay);
  for (const Pause& pause : day.pauses) {
    if (pause.start <= now_milliseconds) free_from = std::max(free_from, pause.end);
  }
  return free_from;
}

void Staffing::Occupy(uint32_t agent, int64_t until_milliseconds) {
  free_from_[agent] = std::max(free_from_[agent], until_milliseconds);
}

double Staffing::Pace(uint32_t agent) const {
  constexpr double kLearningDays = 40;
  const AgentSetup& setup = centre_->agents[agent];
  const double tenure = std::max(0, day_ - setup.first_day);
  return setup.pace * (1 + 0.3 * std::exp(-tenure / kLearningDays));
}

}  // namespace kpid::client
