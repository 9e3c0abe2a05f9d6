// Random evaluations, activities, plans, tickets, costs and employments.

#include <algorithm>
#include <utility>

#include "tests/property/random_names.h"

namespace kpid::proof {
namespace {

using metrics::Duration;
using metrics::Instant;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Lengths around the tolerances that questions ask for, and over many buckets.
Duration RandomLength(Choices& choices) {
  static const std::vector<Duration> kLengths = {
      seconds(0),  microseconds(1), seconds(20), seconds(20) + microseconds(1),
      minutes(15), minutes(15),     minutes(30), hours(1),
      hours(1),    hours(8),        hours(24),   hours(24) * 3};
  if (choices.Percent(75)) return choices.Of(kLengths);
  return microseconds(choices.Below(7'200'000'000));
}

std::string SomeAgent(Choices& choices) {
  return choices.Of(std::vector<std::string>{"a1", "a1", "a1", "a2", "a2", "a3", "a4", "a5"});
}

metrics::Channel SomeChannel(Choices& choices) {
  return static_cast<metrics::Channel>(choices.Below(4));
}

storage::QualityItemRecord MakeItem(Choices& choices) {
  storage::QualityItemRecord item;
  item.criterion = "criterion";
  item.category = choices.Of(std::vector<std::string>{"communication", "communication", "empathy",
                                                      "clarity", "process", ""});
  item.maximum_thousandths = choices.Of(std::vector<int64_t>{1, 1'000, 5'000, 10'000, 2'500});
  if (choices.Percent(2)) item.maximum_thousandths = 1'000'000'000;
  const auto maximum = static_cast<size_t>(item.maximum_thousandths);
  item.score_thousandths = static_cast<int64_t>(choices.Below(maximum + 1));
  item.weight_thousandths = choices.Of(std::vector<int64_t>{1'000, 1'000, 2'000, 500, 1});
  item.not_applicable = choices.Percent(25);
  item.auto_fail = choices.Percent(8);
  return item;
}

storage::QualityEvaluationRecord MakeEvaluation(uint64_t seed, Instant world_start,
                                                const Records& records) {
  Choices choices(seed);
  storage::QualityEvaluationRecord record;
  record.evaluation_id = "e" + std::to_string(records.evaluations.size());
  record.agent_id = SomeAgent(choices);
  if (choices.Percent(70)) {  // Some are never stored.
    record.interaction_id = "i" + std::to_string(choices.Below(records.interactions.size() + 2));
  }
  record.evaluate = RandomInstant(choices, world_start);
  const size_t items = 1 + choices.Below(4);
  for (size_t i = 0; i < items; ++i) record.items.push_back(MakeItem(choices));
  return record;
}

storage::AgentActivityRecord MakeActivity(uint64_t seed, Instant world_start, size_t place) {
  Choices choices(seed);
  storage::AgentActivityRecord record;
  record.activity_id = "v" + std::to_string(place);
  record.agent_id = SomeAgent(choices);
  record.state = choices.Percent(60) ? static_cast<metrics::AgentState>(1 + choices.Below(4))
                                     : static_cast<metrics::AgentState>(1 + choices.Below(9));
  record.start = RandomInstant(choices, world_start);
  if (choices.Percent(85)) record.end = record.start + RandomLength(choices);
  return record;
}

storage::ScheduledActivityRecord MakePlan(uint64_t seed, Instant world_start, size_t place) {
  Choices choices(seed);
  storage::ScheduledActivityRecord record;
  record.schedule_id = "p" + std::to_string(place);
  record.agent_id = SomeAgent(choices);
  record.state = choices.Percent(50) ? metrics::PlannedState::kWork
                                     : static_cast<metrics::PlannedState>(1 + choices.Below(5));
  record.start = RandomInstant(choices, world_start);
  record.end = record.start + RandomLength(choices);
  return record;
}

storage::TicketRecord MakeTicket(uint64_t seed, Instant world_start, size_t place) {
  Choices choices(seed);
  storage::TicketRecord record;
  record.ticket_id = "t" + std::to_string(place);
  record.customer_id = choices.Of(kCustomers);
  record.agent_id = choices.Of(kAgents);
  record.queue_id = choices.Of(kQueues);
  record.priority = choices.Of(std::vector<std::string>{"", "high", "high", "low"});
  record.channel = SomeChannel(choices);
  record.open = RandomInstant(choices, world_start);
  if (choices.Percent(60)) record.first_response = record.open + RandomLength(choices);
  Instant resolve = record.open + RandomLength(choices);
  if (choices.Percent(50)) record.first_resolve = resolve;
  if (choices.Percent(40)) resolve += RandomLength(choices);
  if (choices.Percent(55)) record.last_resolve = resolve;
  if (choices.Percent(30)) record.close = record.open + RandomLength(choices);
  record.reopen_count = choices.Percent(60) ? 0 : static_cast<int32_t>(choices.Below(4));
  record.reassignment_count = static_cast<int32_t>(choices.Below(3));
  return record;
}

storage::CostRecord MakeCost(uint64_t seed, Instant world_start, const Records& records) {
  Choices choices(seed);
  storage::CostRecord record;
  record.cost_id = "x" + std::to_string(records.costs.size());
  record.category = "wages";
  record.amount.currency = choices.Percent(85) ? "EUR" : "USD";
  record.amount.micros = static_cast<int64_t>(choices.Below(9)) * 1'000'000;
  if (choices.Percent(40))
    record.amount.micros = static_cast<int64_t>(choices.Below(2'000'000'001));
  if (choices.Percent(10)) record.amount.micros *= -1;
  record.start = RandomInstant(choices, world_start);
  record.end = record.start + std::max<Duration>(RandomLength(choices), microseconds(1));
  if (choices.Percent(20)) record.end = record.start + days(30);
  record.queue_id = choices.Percent(50) ? "" : choices.Of(kQueues);
  if (choices.Percent(40)) record.group_id = choices.Of(records.groups).group_id;
  if (choices.Percent(30)) record.channel = SomeChannel(choices);
  return record;
}

metrics::CivilDay DayOf(Instant instant) {
  const std::chrono::year_month_day day(std::chrono::floor<days>(instant));
  return {static_cast<int>(day.year()), static_cast<int>(static_cast<unsigned>(day.month())),
          static_cast<int>(static_cast<unsigned>(day.day()))};
}

// One for each of the first agents.
storage::AgentRecord MakeAgent(uint64_t seed, Instant world_start, size_t place) {
  Choices choices(seed);
  storage::AgentRecord record;
  record.agent_id = "a" + std::to_string(place + 1);
  const Instant hire = world_start + days(choices.Below(kWorldDays));
  const bool left = choices.Percent(60);
  if (!left || choices.Percent(60)) record.hire_date = DayOf(hire);
  if (left) record.leave_date = DayOf(hire + days(choices.Below(6)));
  if (left && choices.Percent(60)) record.leave_reason = choices.Percent(50) ? "transfer" : "other";
  return record;
}

}  // namespace

void AddFurtherRecords(const WorldSeeds& seeds, Instant world_start, Records& records) {
  for (uint64_t seed : seeds.evaluations) {
    records.evaluations.push_back(MakeEvaluation(seed, world_start, records));
  }
  for (uint64_t seed : seeds.activities) {
    records.activities.push_back(MakeActivity(seed, world_start, records.activities.size()));
  }
  for (uint64_t seed : seeds.plans) {
    records.plans.push_back(MakePlan(seed, world_start, records.plans.size()));
  }
  for (uint64_t seed : seeds.tickets) {
    records.tickets.push_back(MakeTicket(seed, world_start, records.tickets.size()));
  }
  for (uint64_t seed : seeds.costs) {
    records.costs.push_back(MakeCost(seed, world_start, records));
  }
  for (uint64_t seed : seeds.agents) {
    records.agents.push_back(MakeAgent(seed, world_start, records.agents.size()));
  }
}

}  // namespace kpid::proof
