#include "tests/bench/centre/centre_data.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_cat.h"

namespace kpid::bench {
namespace {

constexpr int64_t kHour = 3'600;
constexpr int64_t kDay = 24 * kHour;
constexpr int kContactsPerSurvey = 5;
constexpr int kContactsPerTicket = 20;
constexpr int kContactsPerCustomer = 5;
constexpr int kWorkDaysOfTen = 7;  // About five days of seven.

// A well-mixed number from a counter (the finalizer of splitmix64), by purpose.
uint64_t Mix(int64_t number, uint64_t purpose) {
  uint64_t value =
      static_cast<uint64_t>(number) * 0x9e3779b97f4a7c15 + purpose * 0xd1342543de82ef95;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

// Between 0 and 1, never 0.
double Share(int64_t number, uint64_t purpose) {
  return (static_cast<double>(Mix(number, purpose) >> 11) + 1) * 0x1p-53;
}

// Exponentially distributed, whole seconds.
int Waiting(int64_t number, uint64_t purpose, double mean, int maximum) {
  return std::min(maximum, static_cast<int>(-std::log(Share(number, purpose)) * mean));
}

double WeightOfHour(int64_t hour_of_year) {
  constexpr std::array<double, 24> kByHour = {0.3, 0.2, 0.2, 0.2, 0.3, 0.5, 1,   2,
                                              4,   5,   5.5, 5.5, 5,   5,   5.2, 5,
                                              4.5, 4,   3,   2.5, 2,   1.5, 1,   0.6};
  const int64_t weekday = (hour_of_year / 24 + 2) % 7;  // The year begins on a Wednesday.
  const double of_day = weekday < 5 ? 1 : 0.4;
  return of_day * kByHour[static_cast<size_t>(hour_of_year % 24)];
}

template <class Message>
void SetTime(int64_t seconds, Message* out) {
  out->set_seconds(CentreData::kStartSeconds + seconds);
}

// The parts of a shift, in seconds from its start; a shift is nine hours.
struct Part {
  int64_t start;
  int64_t end;
  int state;
};
constexpr std::array<Part, 5> kPlanOfShift = {{{0, 7'200, v1::PLANNED_STATE_WORK},
                                               {7'200, 8'100, v1::PLANNED_STATE_BREAK},
                                               {8'100, 14'400, v1::PLANNED_STATE_WORK},
                                               {14'400, 16'200, v1::PLANNED_STATE_MEAL},
                                               {16'200, 32'400, v1::PLANNED_STATE_WORK}}};
constexpr std::array<Part, 12> kStatesOfShift = {{{0, 1'200, v1::AGENT_STATE_AVAILABLE},
                                                  {1'200, 6'000, v1::AGENT_STATE_HANDLING},
                                                  {6'000, 7'200, v1::AGENT_STATE_WRAP_UP},
                                                  {7'200, 8'100, v1::AGENT_STATE_BREAK},
                                                  {8'100, 9'000, v1::AGENT_STATE_AVAILABLE},
                                                  {9'000, 13'200, v1::AGENT_STATE_HANDLING},
                                                  {13'200, 14'400, v1::AGENT_STATE_WRAP_UP},
                                                  {14'400, 16'200, v1::AGENT_STATE_MEAL},
                                                  {16'200, 18'000, v1::AGENT_STATE_AVAILABLE},
                                                  {18'000, 27'000, v1::AGENT_STATE_HANDLING},
                                                  {27'000, 28'800, v1::AGENT_STATE_WRAP_UP},
                                                  {28'800, 32'400, v1::AGENT_STATE_AVAILABLE}}};

}  // namespace

CentreData::CentreData(int64_t contacts)
    : contacts_(contacts),
      agents_(static_cast<int>(
          std::clamp<int64_t>(contacts / 1000 / kTeamSize * kTeamSize, kTeamSize * 2, 1000))) {
  double sum = 0;
  for (int64_t hour = 0; hour < int64_t{kDays} * 24; ++hour) {
    share_before_hour_.push_back(sum);
    sum += WeightOfHour(hour);
  }
  for (double& share : share_before_hour_) share /= sum;
  share_before_hour_.push_back(1);
}

int64_t CentreData::Count(CentreKind kind) const {
  const int64_t shifts = int64_t{agents_} * kDays * kWorkDaysOfTen / 10;
  switch (kind) {
    case CentreKind::kContacts:
      return contacts_;
    case CentreKind::kSurveys:
      return contacts_ / kContactsPerSurvey;
    case CentreKind::kStates:
      return shifts * static_cast<int64_t>(kStatesOfShift.size());
    case CentreKind::kPlans:
      return shifts * static_cast<int64_t>(kPlanOfShift.size());
    case CentreKind::kTickets:
      return contacts_ / kContactsPerTicket;
  }
  return 0;
}

int64_t CentreData::ArriveOf(int64_t number) const {
  const double share = (static_cast<double>(number) + 0.5) / static_cast<double>(contacts_);
  const auto after =
      std::upper_bound(share_before_hour_.begin(), share_before_hour_.end() - 1, share);
  const auto hour = after - share_before_hour_.begin() - 1;
  const double start = share_before_hour_[static_cast<size_t>(hour)];
  const double width = share_before_hour_[static_cast<size_t>(hour) + 1] - start;
  return hour * kHour + static_cast<int64_t>((share - start) / width * kHour);
}

int64_t CentreData::SurveyedContact(int64_t survey) const {
  return survey * kContactsPerSurvey + static_cast<int64_t>(Mix(survey, 1) % kContactsPerSurvey);
}

CentreData::Contact CentreData::ContactOf(int64_t number) const {
  Contact contact;
  contact.arrive = ArriveOf(number);
  contact.wait = Waiting(number, 2, 30, 900);
  contact.handled =
      Mix(number, 3) % 100 >= 6 || number == SurveyedContact(number / kContactsPerSurvey);
  contact.end = contact.arrive + contact.wait;
  if (!contact.handled) return contact;
  contact.talk = 30 + Waiting(number, 4, 240, 2'000);
  contact.hold = Mix(number, 5) % 5 == 0 ? Waiting(number, 6, 40, 120) : 0;
  contact.wrap_up = Waiting(number, 7, 60, 600);
  contact.end += contact.talk + contact.hold;
  return contact;
}

// Each customer comes about every ten weeks; one contact in seven is one who was here lately.
int64_t CentreData::CustomerOf(int64_t number) const {
  const int64_t customers = std::max<int64_t>(1, contacts_ / kContactsPerCustomer);
  if (Mix(number, 8) % 7 == 0) {
    const double days = 0.2 + 4 * Share(number, 9) * Share(number, 10);
    const auto back = static_cast<int64_t>(days * static_cast<double>(contacts_) / kDays);
    if (back > 0 && back <= number) number -= back;
  }
  return number % customers;
}

void CentreData::FillContact(int64_t number, v1::Interaction* out) const {
  const Contact contact = ContactOf(number);
  const int64_t agent = static_cast<int64_t>(Mix(number, 11) % static_cast<uint64_t>(agents_));
  const uint64_t skill = Mix(number, 12) % 10;
  const int64_t queue = (agent * 7 + (skill < 6 ? 0 : skill < 9 ? 3 : 6)) % kQueues;
  const uint64_t channel = Mix(number, 13) % 100;
  out->set_interaction_id(absl::StrCat("contact-", number));
  out->set_customer_id(absl::StrCat("customer-", CustomerOf(number)));
  out->set_agent_id(absl::StrCat("agent-", agent + 1));
  out->set_queue_id(absl::StrCat("queue-", queue + 1));
  out->set_channel(channel < 65   ? v1::CHANNEL_VOICE
                   : channel < 85 ? v1::CHANNEL_CHAT
                   : channel < 95 ? v1::CHANNEL_EMAIL
                                  : v1::CHANNEL_MESSAGING);
  out->set_direction(v1::DIRECTION_INBOUND);
  out->set_outcome(contact.handled ? v1::OUTCOME_HANDLED : v1::OUTCOME_ABANDONED);
  SetTime(contact.arrive, out->mutable_arrive_time());
  SetTime(contact.end, out->mutable_end_time());
  if (!contact.handled) return;
  SetTime(contact.arrive + contact.wait, out->mutable_answer_time());
  out->mutable_talk_duration()->set_seconds(contact.talk);
  out->mutable_hold_duration()->set_seconds(contact.hold);
  out->mutable_wrap_up_duration()->set_seconds(contact.wrap_up);
  out->set_transferred(Mix(number, 14) % 100 < 8);
}

void CentreData::FillSurvey(int64_t number, v1::SurveyResponse* out) const {
  const int64_t contact_number = SurveyedContact(number);
  const Contact contact = ContactOf(contact_number);
  const int64_t day_end = (contact.arrive / kDay + 1) * kDay;
  const bool nps = number % 2 == 1;
  const double liking = std::sqrt(Share(number, 15));
  out->set_response_id(absl::StrCat("survey-", number));
  out->set_kind(nps ? v1::SURVEY_KIND_NPS : v1::SURVEY_KIND_CSAT);
  out->set_score(nps ? std::floor(liking * 10.999) : 1 + std::floor(liking * 4.999));
  out->set_interaction_id(absl::StrCat("contact-", contact_number));
  SetTime(std::min(contact.end + 300, day_end - 1), out->mutable_respond_time());
}

int64_t CentreData::StartOfShift(int64_t shift) const {
  const int64_t agent = AgentOfShift(shift);
  const int64_t nth = shift / agents_;
  const int64_t day = nth * 10 / kWorkDaysOfTen;
  return day * kDay + (6 + agent % 6) * kHour;
}

void CentreData::FillState(int64_t number, v1::AgentActivity* out) const {
  const auto parts = static_cast<int64_t>(kStatesOfShift.size());
  const int64_t shift = number / parts;
  const size_t part = static_cast<size_t>(number % parts);
  // Every edge moves by up to five minutes either way; its two sides move together.
  const auto edge = [&](size_t index, int64_t seconds) {
    const int64_t moved =
        static_cast<int64_t>(Mix(shift * 16 + static_cast<int64_t>(index), 16) % 601) - 300;
    return StartOfShift(shift) + seconds + moved;
  };
  out->set_activity_id(absl::StrCat("state-", number));
  out->set_agent_id(absl::StrCat("agent-", AgentOfShift(shift) + 1));
  out->set_state(static_cast<v1::AgentState>(kStatesOfShift[part].state));
  SetTime(edge(part, kStatesOfShift[part].start), out->mutable_start_time());
  SetTime(edge(part + 1, kStatesOfShift[part].end), out->mutable_end_time());
}

void CentreData::FillPlan(int64_t number, v1::ScheduledActivity* out) const {
  const auto parts = static_cast<int64_t>(kPlanOfShift.size());
  const int64_t shift = number / parts;
  const Part& part = kPlanOfShift[static_cast<size_t>(number % parts)];
  out->set_schedule_id(absl::StrCat("plan-", number));
  out->set_agent_id(absl::StrCat("agent-", AgentOfShift(shift) + 1));
  out->set_state(static_cast<v1::PlannedState>(part.state));
  SetTime(StartOfShift(shift) + part.start, out->mutable_start_time());
  SetTime(StartOfShift(shift) + part.end, out->mutable_end_time());
}

void CentreData::FillTicket(int64_t number, v1::Ticket* out) const {
  const int64_t contact = number * kContactsPerTicket;
  const int64_t open = ArriveOf(contact);
  const int64_t resolve = open + 600 + Waiting(number, 17, 2.0 * kDay, 60 * kDay);
  out->set_ticket_id(absl::StrCat("ticket-", number));
  out->set_customer_id(absl::StrCat("customer-", CustomerOf(contact)));
  out->set_queue_id(absl::StrCat("queue-", 1 + Mix(number, 18) % kQueues));
  SetTime(open, out->mutable_open_time());
  if (resolve >= kDays * kDay || Mix(number, 19) % 20 == 0) return;
  SetTime(resolve, out->mutable_first_resolve_time());
  SetTime(resolve, out->mutable_last_resolve_time());
}

void CentreData::Fill(CentreKind kind, int64_t number, v1::StreamRecord* record) const {
  switch (kind) {
    case CentreKind::kContacts:
      return FillContact(number, record->mutable_interaction());
    case CentreKind::kSurveys:
      return FillSurvey(number, record->mutable_survey_response());
    case CentreKind::kStates:
      return FillState(number, record->mutable_agent_activity());
    case CentreKind::kPlans:
      return FillPlan(number, record->mutable_scheduled_activity());
    case CentreKind::kTickets:
      return FillTicket(number, record->mutable_ticket());
  }
}

std::vector<v1::Agent> CentreData::Agents() const {
  std::vector<v1::Agent> agents(static_cast<size_t>(agents_));
  for (size_t i = 0; i < agents.size(); ++i) agents[i].set_agent_id(absl::StrCat("agent-", i + 1));
  return agents;
}

std::vector<v1::AgentGroup> CentreData::Teams() const {
  std::vector<v1::AgentGroup> groups(static_cast<size_t>(teams()));
  for (size_t i = 0; i < groups.size(); ++i) {
    groups[i].set_group_id(absl::StrCat("team-", i + 1));
    groups[i].set_type("team");
  }
  return groups;
}

std::vector<v1::Membership> CentreData::Memberships() const {
  std::vector<v1::Membership> memberships(static_cast<size_t>(agents_));
  for (size_t i = 0; i < memberships.size(); ++i) {
    memberships[i].set_agent_id(absl::StrCat("agent-", i + 1));
    memberships[i].set_group_id(absl::StrCat("team-", i / kTeamSize + 1));
    SetTime(-kDay, memberships[i].mutable_start_time());
  }
  return memberships;
}

}  // namespace kpid::bench
