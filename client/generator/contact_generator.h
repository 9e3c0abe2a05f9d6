// Makes the records of a contact centre: interactions, and what goes with them: surveys,
// evaluations, tickets, the schedules and states of agents, costs, targets.
//
// Days follow one another; within a day contacts come in the order of time. What one contact
// leads to (a transfer, a call back, a repeated call days later) waits in a heap, so memory is
// bounded by what a few days bring, not by the whole.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/generator/activity_maker.h"
#include "client/generator/centre.h"
#include "client/generator/contact.h"
#include "client/generator/demand.h"
#include "client/generator/evaluation_maker.h"
#include "client/generator/generator_options.h"
#include "client/generator/random.h"
#include "client/generator/record_counts.h"
#include "client/generator/record_sink.h"
#include "client/generator/staffing.h"
#include "client/generator/survey_maker.h"
#include "client/generator/ticket_maker.h"
#include "client/generator/work_planner.h"

namespace kpid::client {

// For one thread.
class ContactGenerator {
 public:
  // REQUIRES: centre = MakeCentre(options), and outlives the generator.
  ContactGenerator(const GeneratorOptions& options, const Centre* centre);

  // Writes all records to the sink, or until it wants no more.
  void Generate(RecordSink* sink);

  RecordCounts counts() const;

 private:
  // What becomes of a contact that waits: who answers, who gives up.
  struct Waiting {
    int64_t enqueue;
    double wait_seconds;      // Until somebody would answer.
    double patience_seconds;  // Until the customer gives up.
  };

  void StartDay(int day, RecordSink* sink);
  void GenerateDay(int day, RecordSink* sink);
  void AskEmployees(RecordSink* sink);
  void PlanNewContacts(int day, int64_t count);
  Contact MakeNewContact(int day);
  void Process(const Contact& contact, RecordSink* sink);
  void FillCommon(const Contact& contact, v1::Interaction* interaction);
  Waiting DrawWaiting(const Contact& contact);
  double LoadAt(const Contact& contact) const;

  void AbandonBeforeQueue(const Contact& contact, v1::Interaction* interaction);
  void Abandon(const Contact& contact, const Waiting& waiting, v1::Interaction* interaction);
  void AskForCallback(const Contact& contact, const Waiting& waiting, v1::Interaction* interaction);
  void FlowOut(const Contact& contact, const Waiting& waiting, v1::Interaction* interaction);
  void Handle(const Contact& contact, const Waiting& waiting, v1::Interaction* interaction,
              RecordSink* sink);
  int64_t AnswerTime(const Contact& contact, const Waiting& waiting);
  bool Transfer(const Contact& contact, const AgentSetup& agent, int64_t end,
                v1::Interaction* interaction);
  void Sell(const QueueProfile& queue, const AgentSetup& agent, v1::Interaction* interaction);
  bool Resolve(const Contact& contact, const AgentSetup& agent, v1::Interaction* interaction);
  void KeepOpen(const Contact& contact, int64_t answer, uint32_t agent,
                v1::Interaction* interaction);

  // Follow-ups: false when there is no room for one more.
  bool Schedule(Contact contact);
  void Repeat(const Contact& contact, int64_t after, double chance, double median_hours);
  Contact NextPart(const Contact& contact, ContactKind kind, int64_t arrive,
                   v1::Interaction* interaction);
  int64_t IntoOpeningHours(int64_t moment);

  int64_t MillisecondOfDay(int64_t moment) const { return moment - day_start_; }

  const GeneratorOptions options_;
  const Centre* centre_;
  Random random_;
  std::vector<DayShape> days_;
  std::vector<int64_t> volumes_;     // Cumulative, by day.
  std::vector<int64_t> day_starts_;  // Milliseconds since 1970; one more than days.
  DayCourse live_course_{true};
  DayCourse written_course_{false};
  std::string id_prefix_;
  WorkPlanner work_planner_;
  Staffing staffing_;
  ActivityMaker activity_maker_;
  SurveyMaker survey_maker_;
  EvaluationMaker evaluation_maker_;
  TicketMaker ticket_maker_;
  uint32_t customers_;

  int day_ = 0;
  int64_t day_start_ = 0;
  std::vector<Overload> overloads_;       // Of the day, by queue.
  std::vector<double> queue_cumulative_;  // Shares of the day.
  std::vector<Contact> planned_;          // New contacts of the day, in order.
  std::vector<Contact> follow_ups_;       // A heap, earliest on top.
  int64_t interactions_ = 0;
  int64_t day_follow_ups_ = 0;  // Follow-ups made and due on the same day.
  int64_t new_contacts_ = 0;
  int64_t same_day_follow_ups_ = 0;
  int64_t cases_ = 0;
  int64_t costs_ = 0;
  int64_t targets_ = 0;
  uint32_t contacts_ = 0;
  bool may_schedule_ = true;
};

}  // namespace kpid::client
