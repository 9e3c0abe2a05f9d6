#include "tests/bench/centre/centre_snapshot.h"

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace kpid::bench {
namespace {

using metrics::Code;
using metrics::Instant;

template <class Message>
Instant InstantOf(const Message& time) {
  return Instant(std::chrono::seconds(time.seconds()));
}

Code NumberOf(const std::string& id) {
  return static_cast<Code>(std::atoi(id.c_str() + id.find_last_of('-') + 1));
}

// Records one after the other, in a message that is used again.
v1::StreamRecord& Filled(const CentreData& data, CentreKind kind, int64_t number) {
  thread_local v1::StreamRecord record;
  data.Fill(kind, number, &record);
  return record;
}

// All facts of a kind.
template <class Fact>
std::vector<Fact> FactsOf(const CentreData& data, CentreKind kind,
                          Fact (*fact_of)(const CentreData&, int64_t)) {
  std::vector<Fact> facts;
  for (int64_t number = 0; number < data.Count(kind); ++number) {
    facts.push_back(fact_of(data, number));
  }
  return facts;
}

// Day by day, which is what the builder packs fastest.
void AddContacts(const CentreData& data, metrics::FactSnapshot::Builder* builder) {
  std::vector<metrics::InteractionFact> facts;
  int64_t day = 0;
  for (int64_t number = 0; number < data.contacts(); ++number) {
    metrics::InteractionFact fact = ContactFactOf(data, number);
    const int64_t fact_day = fact.arrive.time_since_epoch() / std::chrono::days(1);
    if (fact_day != day && !facts.empty()) builder->AddInteractions(std::exchange(facts, {}));
    day = fact_day;
    facts.push_back(std::move(fact));
  }
  builder->AddInteractions(std::move(facts));
}

// Names of all codes, and who is in which team.
std::pair<metrics::Dictionaries, metrics::Roster> NamesOf(const CentreData& data) {
  metrics::Dictionaries dictionaries;
  std::vector<metrics::GroupFact> groups;
  std::vector<metrics::MembershipFact> memberships;
  const auto add = [](const char* prefix, int number, metrics::Dictionary* dictionary) {
    const Code code = static_cast<Code>(number);
    dictionary->Add(code, absl::StrCat(prefix, number));
    return code;
  };
  for (int queue = 1; queue <= CentreData::kQueues; ++queue) {
    add("queue-", queue, &dictionaries.queues);
  }
  for (int team = 1; team <= data.teams(); ++team) {
    groups.push_back({add("team-", team, &dictionaries.groups), "team", metrics::kNoCode});
  }
  for (int agent = 1; agent <= data.agents(); ++agent) {
    const Code team = static_cast<Code>((agent - 1) / CentreData::kTeamSize + 1);
    memberships.push_back(
        {add("agent-", agent, &dictionaries.agents), team, {Instant{}, metrics::kInstantEnd}});
  }
  return {std::move(dictionaries), metrics::Roster(std::move(groups), std::move(memberships))};
}

}  // namespace

metrics::InteractionFact ContactFactOf(const CentreData& data, int64_t number) {
  const v1::Interaction& record = Filled(data, CentreKind::kContacts, number).interaction();
  metrics::InteractionFact fact;
  fact.row_key = number + 1;
  fact.customer = NumberOf(record.customer_id()) + 1;
  fact.agent = NumberOf(record.agent_id());
  fact.queue = NumberOf(record.queue_id());
  fact.channel = static_cast<metrics::Channel>(record.channel());
  fact.direction = static_cast<metrics::Direction>(record.direction());
  fact.outcome = static_cast<metrics::Outcome>(record.outcome());
  fact.transferred = record.transferred();
  fact.arrive = InstantOf(record.arrive_time());
  fact.end = InstantOf(record.end_time());
  if (fact.outcome != metrics::Outcome::kHandled) return fact;
  fact.answer = InstantOf(record.answer_time());
  fact.talk = std::chrono::seconds(record.talk_duration().seconds());
  fact.hold = std::chrono::seconds(record.hold_duration().seconds());
  fact.wrap_up = std::chrono::seconds(record.wrap_up_duration().seconds());
  return fact;
}

metrics::SurveyFact SurveyFactOf(const CentreData& data, int64_t number) {
  const v1::SurveyResponse record = Filled(data, CentreKind::kSurveys, number).survey_response();
  const bool nps = record.kind() == v1::SURVEY_KIND_NPS;
  const metrics::InteractionFact contact = ContactFactOf(data, NumberOf(record.interaction_id()));
  metrics::SurveyFact fact;
  fact.row_key = number + 1;
  fact.kind = static_cast<metrics::SurveyKind>(record.kind());
  fact.score_thousandths = static_cast<int32_t>(std::lround(record.score() * 1000));
  fact.scale_minimum_thousandths = nps ? 0 : 1'000;
  fact.scale_maximum_thousandths = nps ? 10'000 : 5'000;
  fact.respond = InstantOf(record.respond_time());
  fact.customer = contact.customer;
  fact.queue = contact.queue;
  fact.agent = contact.agent;
  fact.channel = contact.channel;
  fact.direction = contact.direction;
  return fact;
}

metrics::AgentActivityFact StateFactOf(const CentreData& data, int64_t number) {
  const v1::AgentActivity& record = Filled(data, CentreKind::kStates, number).agent_activity();
  return {.row_key = number + 1,
          .agent = NumberOf(record.agent_id()),
          .state = static_cast<metrics::AgentState>(record.state()),
          .start = InstantOf(record.start_time()),
          .end = InstantOf(record.end_time())};
}

metrics::ScheduledActivityFact PlanFactOf(const CentreData& data, int64_t number) {
  const v1::ScheduledActivity& record =
      Filled(data, CentreKind::kPlans, number).scheduled_activity();
  return {.row_key = number + 1,
          .agent = NumberOf(record.agent_id()),
          .state = static_cast<metrics::PlannedState>(record.state()),
          .start = InstantOf(record.start_time()),
          .end = InstantOf(record.end_time())};
}

metrics::TicketFact TicketFactOf(const CentreData& data, int64_t number) {
  const v1::Ticket& record = Filled(data, CentreKind::kTickets, number).ticket();
  metrics::TicketFact fact;
  fact.row_key = number + 1;
  fact.customer = NumberOf(record.customer_id()) + 1;
  fact.queue = NumberOf(record.queue_id());
  fact.open = InstantOf(record.open_time());
  if (!record.has_last_resolve_time()) return fact;
  fact.first_resolve = InstantOf(record.first_resolve_time());
  fact.last_resolve = InstantOf(record.last_resolve_time());
  return fact;
}

std::shared_ptr<const metrics::FactSnapshot> SnapshotOf(const CentreData& data) {
  metrics::FactSnapshot::Builder builder;
  AddContacts(data, &builder);
  builder.AddSurveys(FactsOf(data, CentreKind::kSurveys, SurveyFactOf));
  builder.AddAgentActivities(FactsOf(data, CentreKind::kStates, StateFactOf));
  builder.AddScheduledActivities(FactsOf(data, CentreKind::kPlans, PlanFactOf));
  builder.AddTickets(FactsOf(data, CentreKind::kTickets, TicketFactOf));
  auto [dictionaries, roster] = NamesOf(data);
  builder.SetDictionaries(std::move(dictionaries));
  builder.SetRoster(std::move(roster));
  builder.SetDataWatermark(metrics::kInstantEnd);
  return builder.Build();
}

void Fill(const CentreData& data, metrics::FactStore* store) {
  constexpr int64_t kPiece = 50'000;
  metrics::FactChanges changes;
  changes.data_watermark = metrics::kInstantEnd;
  auto [dictionaries, roster] = NamesOf(data);
  changes.dictionaries = std::move(dictionaries);
  changes.roster = std::move(roster);
  changes.surveys.upserted = FactsOf(data, CentreKind::kSurveys, SurveyFactOf);
  changes.agent_activities.upserted = FactsOf(data, CentreKind::kStates, StateFactOf);
  changes.scheduled_activities.upserted = FactsOf(data, CentreKind::kPlans, PlanFactOf);
  changes.tickets.upserted = FactsOf(data, CentreKind::kTickets, TicketFactOf);
  for (int64_t number = 0; number < data.contacts(); ++number) {
    changes.interactions.upserted.push_back(ContactFactOf(data, number));
    if ((number + 1) % kPiece != 0 && number + 1 < data.contacts()) continue;
    store->Apply(std::exchange(changes, {}));
    changes.data_watermark = metrics::kInstantEnd;
  }
}

}  // namespace kpid::bench
