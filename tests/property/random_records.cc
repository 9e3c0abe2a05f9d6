#include "tests/property/random_records.h"

#include <algorithm>
#include <map>
#include <utility>

#include "tests/property/random_names.h"

namespace kpid::proof {
namespace {

using metrics::Duration;
using metrics::Instant;
using metrics::Outcome;
using metrics::SurveyKind;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const std::vector<std::string> kConversations = {"", "", "", "k1", "k2", "i0"};
const std::vector<std::string> kCases = {"", "", "", "m1", "m2", "m3"};
const std::vector<std::string> kRegions = {"", "", "north", "south"};
const std::vector<std::string> kTiers = {"", "gold", "north"};
const std::vector<Outcome> kOutcomes = {
    Outcome::kHandled,   Outcome::kHandled,    Outcome::kHandled,
    Outcome::kHandled,   Outcome::kHandled,    Outcome::kHandled,
    Outcome::kAbandoned, Outcome::kAbandoned,  Outcome::kAbandonedBeforeQueue,
    Outcome::kFlowedOut, Outcome::kInProgress, Outcome::kCallbackRequested};

// Waits: around the thresholds that questions ask for.
Duration RandomWait(Choices& choices) {
  static const std::vector<Duration> kWaits = {seconds(0),
                                               microseconds(1),
                                               seconds(5),
                                               seconds(20) - microseconds(1),
                                               seconds(20),
                                               seconds(20),
                                               seconds(20) + microseconds(1),
                                               seconds(60),
                                               minutes(15),
                                               hours(30)};
  if (choices.Percent(70)) return choices.Of(kWaits);
  return microseconds(choices.Below(120'000'000));
}

// Durations: now and then as long as a record may hold.
Duration RandomDuration(Choices& choices) {
  static const std::vector<Duration> kDurations = {
      seconds(0),  microseconds(1), seconds(30), seconds(30), minutes(1),
      minutes(15), minutes(15),     hours(1),    hours(24),   hours(48)};
  if (choices.Percent(1)) return days(366);
  if (choices.Percent(60)) return choices.Of(kDurations);
  return microseconds(choices.Below(3'600'000'000));
}

void SetTimes(Choices& choices, Instant world_start, storage::InteractionRecord& record) {
  record.arrive = RandomInstant(choices, world_start);
  if (choices.Percent(40)) record.enqueue = record.arrive + RandomWait(choices);
  Instant last = record.enqueue.value_or(record.arrive);
  const bool abandoned =
      record.outcome == Outcome::kAbandoned || record.outcome == Outcome::kAbandonedBeforeQueue;
  const size_t answered = record.outcome == Outcome::kHandled ? 85 : abandoned ? 0 : 20;
  if (choices.Percent(answered)) last = *(record.answer = last + RandomWait(choices));
  if (choices.Percent(20)) record.first_response = record.arrive + RandomWait(choices);
  if (record.outcome != Outcome::kInProgress && choices.Percent(85)) {
    record.end = last + (abandoned ? RandomWait(choices) : RandomDuration(choices));
  }
  if (choices.Percent(40)) record.talk = RandomDuration(choices);
  if (choices.Percent(40)) record.hold = RandomDuration(choices);
  if (choices.Percent(40)) record.wrap_up = RandomDuration(choices);
}

storage::MoneyAmount RandomMoney(Choices& choices) {
  storage::MoneyAmount money;
  money.currency = choices.Percent(80) ? "EUR" : "USD";
  money.micros = static_cast<int64_t>(choices.Below(200'000'001)) - 50'000'000;
  if (choices.Percent(50)) money.micros = static_cast<int64_t>(choices.Below(9)) * 1'000'000;
  if (choices.Percent(1)) money.micros = 1'000'000'000'000'000'000;  // The most there may be.
  return money;
}

storage::InteractionRecord MakeInteraction(uint64_t seed, Instant world_start, size_t place) {
  Choices choices(seed);
  storage::InteractionRecord record;
  record.interaction_id = "i" + std::to_string(place);
  record.customer_id = choices.Of(kCustomers);
  record.conversation_id = choices.Of(kConversations);
  record.case_id = choices.Of(kCases);
  record.queue_id = choices.Of(kQueues);
  record.agent_id = choices.Of(kAgents);
  record.channel = static_cast<metrics::Channel>(choices.Below(4));
  record.direction = choices.Percent(70) ? metrics::Direction::kInbound
                                         : static_cast<metrics::Direction>(choices.Below(3));
  record.outcome = choices.Of(kOutcomes);
  record.resolution = static_cast<metrics::Resolution>(choices.Below(4));
  record.transferred = choices.Percent(20);
  record.conversion_eligible = choices.Percent(50);
  record.converted = choices.Percent(30);
  record.upsell_offered = choices.Percent(50);
  record.upsell_accepted = record.upsell_offered && choices.Percent(50);
  SetTimes(choices, world_start, record);
  if (choices.Percent(40)) record.revenue = RandomMoney(choices);
  const std::string region = choices.Of(kRegions);
  const std::string tier = choices.Of(kTiers);
  if (!region.empty()) record.attributes.emplace_back("region", region);
  if (!tier.empty()) record.attributes.emplace_back("tier", tier);
  return record;
}

// Makes the record the next part of the conversation that another one begins.
void Continue(const storage::InteractionRecord& first, storage::InteractionRecord& record) {
  record.conversation_id =
      first.conversation_id.empty() ? first.interaction_id : first.conversation_id;
  record.customer_id = first.customer_id;
  const Duration by = first.end.value_or(first.arrive) - record.arrive;
  record.arrive += by;
  for (std::optional<Instant>* time :
       {&record.enqueue, &record.answer, &record.first_response, &record.end}) {
    if (time->has_value()) **time += by;
  }
}

void SetScale(Choices& choices, storage::SurveyRecord& record) {
  const bool from_zero =
      record.kind == SurveyKind::kNps || record.kind == SurveyKind::kResolutionConfirmed;
  record.scale_minimum_thousandths = from_zero ? 0 : 1'000;
  record.scale_maximum_thousandths = 5'000;
  if (record.kind == SurveyKind::kNps) record.scale_maximum_thousandths = 10'000;
  if (record.kind == SurveyKind::kCes) record.scale_maximum_thousandths = 7'000;
  if (record.kind == SurveyKind::kResolutionConfirmed) record.scale_maximum_thousandths = 1'000;
  if (record.kind == SurveyKind::kCsat && choices.Percent(20)) {
    record.scale_minimum_thousandths = 0;
    record.scale_maximum_thousandths = choices.Percent(50) ? 10'000 : 5'000;
  }
}

int32_t RandomScore(Choices& choices, const storage::SurveyRecord& record) {
  const int32_t low = record.scale_minimum_thousandths;
  const auto width = static_cast<size_t>(record.scale_maximum_thousandths - low);
  if (choices.Percent(20)) return low + static_cast<int32_t>(choices.Below(width + 1));
  return low + static_cast<int32_t>(choices.Below(width / 1'000 + 1)) * 1'000;
}

storage::SurveyRecord MakeSurvey(uint64_t seed, Instant world_start, size_t place,
                                 size_t interactions) {
  Choices choices(seed);
  storage::SurveyRecord record;
  record.response_id = "s" + std::to_string(place);
  record.kind = static_cast<SurveyKind>(1 + choices.Below(5));
  SetScale(choices, record);
  const Instant invite = RandomInstant(choices, world_start);
  const bool answered = choices.Percent(75);
  if (!answered || choices.Percent(70)) record.invite = invite;
  if (answered) {
    record.respond = invite + RandomDuration(choices);
    record.score_thousandths = RandomScore(choices, record);
  }
  if (choices.Percent(70)) {  // Some are never stored.
    record.interaction_id = "i" + std::to_string(choices.Below(interactions + 2));
  }
  record.customer_id = choices.Of(kCustomers);
  record.agent_id = choices.Of(kAgents);
  record.queue_id = choices.Of(kQueues);
  record.channel = static_cast<metrics::Channel>(choices.Below(4));
  return record;
}

// Types and their groups; who is whose parent differs from world to world.
void AddGroups(Choices& choices, Records& records) {
  const std::vector<std::pair<std::string, std::string>> groups = {
      {"t1", "team"}, {"s1", "site"}, {"t2", "team"}, {"x1", "skill"}, {"s2", "site"}};
  for (const auto& [id, type] : groups) {
    storage::AgentGroupRecord group{
        .group_id = id, .name = "", .type = type, .parent_group_id = ""};
    // Only a group before it: no circles.
    if (!records.groups.empty() && choices.Percent(60)) {
      group.parent_group_id = choices.Of(records.groups).group_id;
    }
    records.groups.push_back(group);
  }
}

// One that would overlap another of its agent and type is left out.
void AddMembership(uint64_t seed, Instant world_start, Records& records) {
  Choices choices(seed);
  storage::MembershipRecord record;
  do {
    record.agent_id = choices.Of(kAgents);
  } while (record.agent_id.empty());
  const storage::AgentGroupRecord& group = choices.Of(records.groups);
  record.group_id = group.group_id;
  record.start = RandomInstant(choices, world_start);
  if (choices.Percent(80)) record.end = record.start + days(choices.Below(4)) + hours(1);
  for (const storage::MembershipRecord& other : records.memberships) {
    const auto same_type = std::any_of(
        records.groups.begin(), records.groups.end(), [&](const storage::AgentGroupRecord& g) {
          return g.group_id == other.group_id && g.type == group.type;
        });
    if (other.agent_id == record.agent_id && same_type &&
        record.start < other.end.value_or(metrics::kInstantEnd) &&
        other.start < record.end.value_or(metrics::kInstantEnd)) {
      return;
    }
  }
  records.memberships.push_back(record);
}

}  // namespace

Instant WorldStart(uint64_t world_seed) {
  // Clock changes in spring and autumn, Apia's skipped day, the first and last days there are.
  static const std::vector<std::chrono::sys_days> kStarts = {
      std::chrono::sys_days(std::chrono::year(2024) / 3 / 26),
      std::chrono::sys_days(std::chrono::year(2024) / 10 / 24),
      std::chrono::sys_days(std::chrono::year(2011) / 12 / 25),
      std::chrono::sys_days(std::chrono::year(1970) / 1 / 1),
      std::chrono::sys_days(std::chrono::year(2198) / 12 / 27)};
  return Choices(world_seed).Of(kStarts);
}

Instant RandomInstant(Choices& choices, Instant world_start) {
  const Instant quarter = world_start + minutes(15) * choices.Below(kWorldDays * 96);
  switch (choices.Below(8)) {
    case 0:
      return quarter;
    case 1:
      return quarter + microseconds(1);
    case 2:
      return std::max(metrics::kInstantMin, quarter - microseconds(1));
    case 3:
      return quarter + microseconds(choices.Below(900'000'000));
    case 4:
      return world_start + hours(24) * choices.Below(kWorldDays);
    case 5:
      return world_start + hours(12) * choices.Below(8);
    default:
      return world_start + hours(1) * choices.Below(72);
  }
}

Records MakeRecords(const WorldSeeds& seeds) {
  const Instant world_start = WorldStart(seeds.world);
  Choices choices(seeds.world + 1);
  Records records;
  for (uint64_t seed : seeds.interactions) {
    storage::InteractionRecord record =
        MakeInteraction(seed, world_start, records.interactions.size());
    if (!records.interactions.empty() && Choices(seed + 1).Percent(12)) {
      Continue(records.interactions.back(), record);
    }
    records.interactions.push_back(std::move(record));
  }
  for (uint64_t seed : seeds.surveys) {
    records.surveys.push_back(
        MakeSurvey(seed, world_start, records.surveys.size(), seeds.interactions.size()));
  }
  AddGroups(choices, records);
  AddFurtherRecords(seeds, world_start, records);
  for (uint64_t seed : seeds.memberships) AddMembership(seed, world_start, records);
  for (uint64_t seed : seeds.targets) AddTarget(seed, world_start, records);
  if (choices.Percent(30)) records.latest_arrive = world_start + days(20);
  if (choices.Percent(70)) records.data_watermark = RandomInstant(choices, world_start);
  return records;
}

}  // namespace kpid::proof
