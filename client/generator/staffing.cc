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

Staffing::Staffing(const Centre* centre)
    : centre_(centre),
      on_shift_(centre->queues.size()),
      employed_(centre->queues.size()),
      free_from_(centre->agents.size(), 0) {}

void Staffing::StartDay(int day, int weekday) {
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
      if ((agent.days_off >> weekday & 1) != 0) continue;
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
  for (int i = 1; i < kAgentsAsked && free_from_[best] > now_milliseconds; ++i) {
    const uint32_t other = agents[random->Below(static_cast<uint32_t>(agents.size()))];
    if (free_from_[other] < free_from_[best]) best = other;
  }
  return best;
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
