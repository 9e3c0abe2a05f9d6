// The contact centre of the benchmark: deterministic records, made from their numbers.
#pragma once

#include <cstdint>
#include <vector>

#include "kpid/v1/ingest_service.pb.h"
#include "kpid/v1/roster_service.pb.h"

namespace kpid::bench {

// Kinds in the order in which they are sent: a survey finds its interaction stored.
enum class CentreKind : uint8_t { kContacts, kSurveys, kStates, kPlans, kTickets };

// A year (2025, UTC) of contacts, a fifth of them with a survey, a twentieth with a ticket, and
// the states and plans of its agents. Ids end in numbers from 1: agent-17, team-3, queue-5.
// Durations are whole seconds; surveys are answered on the day of their contact, states and plans
// do not reach over midnight, agents stay in their team: so that SQL needs no special cases.
class CentreData {
 public:
  explicit CentreData(int64_t contacts);

  int64_t contacts() const { return contacts_; }
  int agents() const { return agents_; }
  int teams() const { return agents_ / kTeamSize; }
  static constexpr int kTeamSize = 20;
  static constexpr int kQueues = 20;
  static constexpr int kDays = 365;
  static constexpr int64_t kStartSeconds = 1'735'689'600;  // 2025-01-01 UTC.

  int64_t Count(CentreKind kind) const;

  // Record `number` (from 0) of a kind.
  void Fill(CentreKind kind, int64_t number, v1::StreamRecord* record) const;

  std::vector<v1::Agent> Agents() const;
  std::vector<v1::AgentGroup> Teams() const;
  std::vector<v1::Membership> Memberships() const;

 private:
  struct Contact {
    int64_t arrive = 0;  // Seconds since kStartSeconds, as all times here.
    int64_t end = 0;
    int wait = 0;
    int talk = 0;
    int hold = 0;
    int wrap_up = 0;
    bool handled = false;
  };
  struct Span {
    int64_t start = 0;
    int64_t end = 0;
    int state = 0;
  };

  int64_t ArriveOf(int64_t number) const;
  Contact ContactOf(int64_t number) const;
  int64_t CustomerOf(int64_t number) const;
  int64_t SurveyedContact(int64_t survey) const;

  // A working day of an agent: shifts by number.
  int AgentOfShift(int64_t shift) const { return static_cast<int>(shift % agents_); }
  int64_t StartOfShift(int64_t shift) const;

  void FillContact(int64_t number, v1::Interaction* out) const;
  void FillSurvey(int64_t number, v1::SurveyResponse* out) const;
  void FillState(int64_t number, v1::AgentActivity* out) const;
  void FillPlan(int64_t number, v1::ScheduledActivity* out) const;
  void FillTicket(int64_t number, v1::Ticket* out) const;

  const int64_t contacts_;
  const int agents_;
  std::vector<double> share_before_hour_;  // Of the year's contacts, by hour of the year.
};

}  // namespace kpid::bench
