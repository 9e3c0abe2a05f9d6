#include "client/generator/contact_generator.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "client/generator/civil_date.h"
#include "client/generator/cost_maker.h"
#include "client/generator/handled_contact.h"
#include "client/generator/proto_time.h"
#include "client/generator/target_maker.h"

namespace kpid::client {
namespace {

constexpr int64_t kSecond = 1'000;
constexpr int64_t kHour = 3'600 * kSecond;
constexpr int64_t kOpenFrom = 7 * kHour;
constexpr int64_t kOpenTo = 21 * kHour;

// Contacts of customers who cannot be recognised.
constexpr double kUnknownCustomers = 0.06;

// One matter is taken up again at most so often.
constexpr int kAttemptsMax = 4;

// Same-day follow-ups for each new contact, before the generator has seen its own.
constexpr double kFollowUpsGuess = 0.2;

int64_t Milliseconds(double seconds) { return static_cast<int64_t>(seconds * 1000.0); }

// Contacts that are written, and answered when somebody gets to them.
bool IsWritten(v1::Channel channel) {
  return channel == v1::CHANNEL_EMAIL || channel == v1::CHANNEL_SOCIAL;
}

bool IsVoice(v1::Channel channel) { return channel == v1::CHANNEL_VOICE; }

// Milliseconds since 1970.
int64_t DataEnd(const GeneratorOptions& options) {
  return options.day_starts.back().time_since_epoch().count() / 1000;
}

// Order of the heap: the earliest on top.
bool ComesAfter(const Contact& a, const Contact& b) { return ComesBefore(b, a); }

}  // namespace

ContactGenerator::ContactGenerator(const GeneratorOptions& options, const Centre* centre)
    : options_(options),
      centre_(centre),
      random_(options.seed),
      days_(ShapeDays(options, &random_)),
      volumes_(CumulativeVolumes(options, days_)),
      id_prefix_(absl::StrCat("g", options.seed, "-")),
      work_planner_(options.seed, id_prefix_, DataEnd(options), centre),
      staffing_(centre, &work_planner_.days()),
      activity_maker_(id_prefix_, DataEnd(options), centre),
      survey_maker_(options.seed, id_prefix_, DataEnd(options)),
      evaluation_maker_(options.seed, id_prefix_, DataEnd(options)),
      ticket_maker_(options.seed, id_prefix_, DataEnd(options)),
      customers_(
          static_cast<uint32_t>(std::clamp<int64_t>(options.interactions / 5, 1'000, 50'000'000))) {
  for (const metrics::Instant start : options.day_starts) {
    day_starts_.push_back(start.time_since_epoch().count() / 1000);
  }
}

void ContactGenerator::Generate(RecordSink* sink) {
  costs_ = AddCosts(options_, *centre_, id_prefix_, sink);
  targets_ = AddTargets(options_, *centre_, id_prefix_, sink);
  const int days = options_.days();
  for (int day = 0; day < days && sink->IsOpen(); ++day) {
    StartDay(day, sink);
    GenerateDay(day, sink);
    if (!options_.activities) continue;
    activity_maker_.FinishDay(work_planner_.days(), day_starts_[static_cast<size_t>(day) + 1],
                              sink);
  }
  if (options_.activities && sink->IsOpen()) activity_maker_.FinishAll(days - 1, sink);
}

RecordCounts ContactGenerator::counts() const {
  RecordCounts counts;
  counts.interactions = interactions_;
  counts.surveys = survey_maker_.surveys();
  counts.quality_evaluations = evaluation_maker_.quality_evaluations();
  counts.agent_activities = activity_maker_.agent_activities();
  counts.scheduled_activities = work_planner_.scheduled_activities();
  counts.tickets = ticket_maker_.tickets();
  counts.costs = costs_;
  counts.targets = targets_;
  return counts;
}

void ContactGenerator::StartDay(int day, RecordSink* sink) {
  day_ = day;
  day_start_ = day_starts_[static_cast<size_t>(day)];
  work_planner_.StartDay(day, days_[static_cast<size_t>(day)].weekday, day_start_,
                         options_.activities ? sink : nullptr);
  staffing_.StartDay(day);
  AskEmployees(sink);
}

// Once a month, all who are employed.
void ContactGenerator::AskEmployees(RecordSink* sink) {
  constexpr std::chrono::day kDayOfMonth{15};
  if (std::chrono::year_month_day(DateOf(options_, day_)).day() != kDayOfMonth) return;
  for (const AgentSetup& agent : centre_->agents) {
    if (agent.first_day > day_ || day_ >= agent.last_day) continue;
    survey_maker_.AddEmployeeSurvey(agent, day_start_, sink);
  }
}

void ContactGenerator::GenerateDay(int day, RecordSink* sink) {
  const int64_t day_end = day_starts_[static_cast<size_t>(day) + 1];
  const DayShape& shape = days_[static_cast<size_t>(day)];
  overloads_ = DrawOverloads(centre_->queues.size(), &random_);
  double sum = 0;
  queue_cumulative_.clear();
  for (size_t queue = 0; queue < centre_->queues.size(); ++queue) {
    const QueueProfile& profile = centre_->queues[queue].profile;
    const double share = profile.outbound && shape.weekday >= 5 ? 0 : profile.share;
    sum += share * (1 + 0.3 * (overloads_[queue].factor - 1));
    queue_cumulative_.push_back(sum);
  }
  day_follow_ups_ = std::count_if(follow_ups_.begin(), follow_ups_.end(),
                                  [&](const Contact& contact) { return contact.arrive < day_end; });
  const int64_t budget = volumes_[static_cast<size_t>(day)] - interactions_ - day_follow_ups_;
  const double ratio = new_contacts_ == 0 ? kFollowUpsGuess
                                          : static_cast<double>(same_day_follow_ups_) /
                                                static_cast<double>(new_contacts_);
  planned_.clear();
  PlanNewContacts(day, static_cast<int64_t>(static_cast<double>(budget) / (1 + ratio)));
  const bool last = day + 1 == options_.days();
  for (bool topped_up = false;; topped_up = true) {
    size_t next = 0;
    while (sink->IsOpen() && interactions_ < options_.interactions) {
      const bool follow_up = !follow_ups_.empty() && follow_ups_.front().arrive < day_end;
      if (next == planned_.size() && !follow_up) break;
      // Room for follow-ups is what the records still planned leave.
      may_schedule_ = !topped_up && (!last || interactions_ + 1 + day_follow_ups_ +
                                                      static_cast<int64_t>(planned_.size() - next) <
                                                  options_.interactions);
      if (follow_up &&
          (next == planned_.size() || ComesBefore(follow_ups_.front(), planned_[next]))) {
        std::pop_heap(follow_ups_.begin(), follow_ups_.end(), ComesAfter);
        const Contact contact = follow_ups_.back();
        follow_ups_.pop_back();
        --day_follow_ups_;
        Process(contact, sink);
      } else {
        Process(planned_[next++], sink);
      }
    }
    if (!last || topped_up) return;
    planned_.clear();
    PlanNewContacts(day, options_.interactions - interactions_);
  }
}

void ContactGenerator::PlanNewContacts(int day, int64_t count) {
  for (int64_t i = 0; i < count; ++i) planned_.push_back(MakeNewContact(day));
  std::sort(planned_.begin(), planned_.end(), ComesBefore);
  new_contacts_ += std::max<int64_t>(count, 0);
}

Contact ContactGenerator::MakeNewContact(int day) {
  Contact contact;
  contact.number = ++contacts_;
  const auto found = std::upper_bound(queue_cumulative_.begin(), queue_cumulative_.end(),
                                      random_.Uniform() * queue_cumulative_.back());
  contact.queue =
      static_cast<uint16_t>(std::min<int64_t>(std::distance(queue_cumulative_.begin(), found),
                                              static_cast<int64_t>(centre_->queues.size()) - 1));
  const QueueProfile& queue = centre_->queues[contact.queue].profile;
  const bool live = IsVoice(queue.channel) || queue.channel == v1::CHANNEL_CHAT;
  const DayCourse& course = live ? live_course_ : written_course_;
  // Of a day with 23 hours the last is left out.
  contact.arrive =
      std::min(day_start_ + course.Sample(&random_), day_starts_[static_cast<size_t>(day) + 1] - 1);
  if (!random_.Chance(kUnknownCustomers)) {
    // Some call often, most seldom.
    const double place = std::pow(random_.Uniform(), 1.5);
    contact.customer = 1 + static_cast<uint32_t>(place * customers_);
  }
  if (random_.Chance(queue.case_rate)) contact.case_number = ++cases_;
  contact.topic = static_cast<uint8_t>(random_.Below(static_cast<uint32_t>(queue.topics.size())));
  return contact;
}

void ContactGenerator::Process(const Contact& contact, RecordSink* sink) {
  v1::Interaction* interaction = sink->Add()->mutable_interaction();
  ++interactions_;
  FillCommon(contact, interaction);
  const QueueProfile& queue = centre_->queues[contact.queue].profile;
  const bool reaches_queue =
      contact.kind != ContactKind::kNew && contact.kind != ContactKind::kRepeat;
  const bool outbound = queue.outbound || contact.kind == ContactKind::kCallback;
  if (!reaches_queue && !outbound && IsVoice(queue.channel) && random_.Chance(0.035)) {
    return AbandonBeforeQueue(contact, interaction);
  }
  interaction->set_queue_id(centre_->queues[contact.queue].id);
  if (outbound) {
    interaction->set_direction(v1::DIRECTION_OUTBOUND);
    const Waiting ringing{contact.arrive, random_.Between(6, 25), 1e9};
    return Handle(contact, ringing, interaction, sink);
  }
  const Waiting waiting = DrawWaiting(contact);
  if (waiting.enqueue > contact.arrive) {
    SetMilliseconds(waiting.enqueue, interaction->mutable_enqueue_time());
  }
  if (IsVoice(queue.channel) && waiting.wait_seconds > 150 && random_.Chance(0.18)) {
    return AskForCallback(contact, waiting, interaction);
  }
  if (waiting.wait_seconds > 240 && contact.kind != ContactKind::kOverflow &&
      !IsWritten(queue.channel) && random_.Chance(0.2)) {
    return FlowOut(contact, waiting, interaction);
  }
  if (waiting.wait_seconds > waiting.patience_seconds) {
    return Abandon(contact, waiting, interaction);
  }
  Handle(contact, waiting, interaction, sink);
}

void ContactGenerator::FillCommon(const Contact& contact, v1::Interaction* interaction) {
  const QueueProfile& queue = centre_->queues[contact.queue].profile;
  absl::StrAppend(interaction->mutable_interaction_id(), id_prefix_, interactions_);
  if (contact.customer != 0) {
    absl::StrAppend(interaction->mutable_customer_id(), "cust-", contact.customer);
    (*interaction->mutable_attributes())["segment"] =
        contact.customer % 6 == 0 ? "business" : "consumer";
  }
  if (contact.conversation != 0) {
    absl::StrAppend(interaction->mutable_conversation_id(), id_prefix_, "c", contact.conversation);
  }
  if (contact.case_number != 0) {
    interaction->set_case_id(CaseId(id_prefix_, contact.case_number));
  }
  const std::string_view topic = queue.topics[contact.topic % queue.topics.size()];
  (*interaction->mutable_attributes())["topic"].assign(topic.data(), topic.size());
  interaction->set_channel(queue.channel);
  interaction->set_direction(v1::DIRECTION_INBOUND);
  SetMilliseconds(contact.arrive, interaction->mutable_arrive_time());
}

// How busy the queue is: about 1 at the peak of an ordinary day.
double ContactGenerator::LoadAt(const Contact& contact) const {
  const QueueProfile& queue = centre_->queues[contact.queue].profile;
  const int64_t moment = MillisecondOfDay(contact.arrive);
  const DayCourse& course = IsWritten(queue.channel) ? written_course_ : live_course_;
  const Overload& overload = overloads_[contact.queue];
  const bool overrun = overload.start_millisecond <= moment && moment < overload.end_millisecond;
  const double monday = days_[static_cast<size_t>(day_)].weekday == 0 ? 1.12 : 1;
  return (0.55 + 0.5 * course.Level(moment)) * monday * (overrun ? overload.factor : 1);
}

ContactGenerator::Waiting ContactGenerator::DrawWaiting(const Contact& contact) {
  const QueueProfile& queue = centre_->queues[contact.queue].profile;
  const double load = LoadAt(contact);
  const bool menu = IsVoice(queue.channel) &&
                    (contact.kind == ContactKind::kNew || contact.kind == ContactKind::kRepeat);
  Waiting waiting;
  waiting.enqueue = contact.arrive + (menu ? Milliseconds(random_.Between(8, 55)) : 0);
  waiting.patience_seconds =
      queue.patience_mean > 0 ? 4 + random_.Exponential(queue.patience_mean) : 1e9;
  if (IsWritten(queue.channel)) {
    waiting.wait_seconds = random_.Exponential(queue.wait_mean * load);
  } else if (random_.Chance(std::clamp(1.5 - 0.75 * load, 0.03, 0.97))) {
    waiting.wait_seconds = random_.Between(0.5, 9);
  } else {
    waiting.wait_seconds = random_.Exponential(queue.wait_mean * load * load * load);
  }
  return waiting;
}

void ContactGenerator::AbandonBeforeQueue(const Contact& contact, v1::Interaction* interaction) {
  const int64_t end = contact.arrive + Milliseconds(random_.Between(4, 50));
  if (end >= day_starts_.back()) return interaction->set_outcome(v1::OUTCOME_IN_PROGRESS);
  interaction->set_outcome(v1::OUTCOME_ABANDONED_BEFORE_QUEUE);
  SetMilliseconds(end, interaction->mutable_end_time());
}

void ContactGenerator::Abandon(const Contact& contact, const Waiting& waiting,
                               v1::Interaction* interaction) {
  const int64_t end = waiting.enqueue + Milliseconds(waiting.patience_seconds);
  if (end >= day_starts_.back()) return interaction->set_outcome(v1::OUTCOME_IN_PROGRESS);
  interaction->set_outcome(v1::OUTCOME_ABANDONED);
  SetMilliseconds(end, interaction->mutable_end_time());
  Repeat(contact, end, 0.5, 0.6);
}

void ContactGenerator::AskForCallback(const Contact& contact, const Waiting& waiting,
                                      v1::Interaction* interaction) {
  const int64_t end = waiting.enqueue + Milliseconds(random_.Between(60, 150));
  if (end >= day_starts_.back()) return interaction->set_outcome(v1::OUTCOME_IN_PROGRESS);
  interaction->set_outcome(v1::OUTCOME_CALLBACK_REQUESTED);
  SetMilliseconds(end, interaction->mutable_end_time());
  const int64_t call = IntoOpeningHours(end + Milliseconds(random_.Between(900, 9'000)));
  Schedule(NextPart(contact, ContactKind::kCallback, call, interaction));
}

void ContactGenerator::FlowOut(const Contact& contact, const Waiting& waiting,
                               v1::Interaction* interaction) {
  const int64_t end = waiting.enqueue + Milliseconds(random_.Between(180, 240));
  if (end >= day_starts_.back()) return interaction->set_outcome(v1::OUTCOME_IN_PROGRESS);
  interaction->set_outcome(v1::OUTCOME_FLOWED_OUT);
  SetMilliseconds(end, interaction->mutable_end_time());
  Contact next = NextPart(contact, ContactKind::kOverflow, end, interaction);
  next.queue = static_cast<uint16_t>(
      random_.Below(static_cast<uint32_t>(std::min<size_t>(centre_->queues.size(), 3))));
  Schedule(next);
}

int64_t ContactGenerator::AnswerTime(const Contact& contact, const Waiting& waiting) {
  const int64_t answer = waiting.enqueue + Milliseconds(waiting.wait_seconds);
  const bool written = IsWritten(centre_->queues[contact.queue].profile.channel);
  return written ? IntoOpeningHours(answer) : answer;
}

void ContactGenerator::Handle(const Contact& contact, const Waiting& waiting,
                              v1::Interaction* interaction, RecordSink* sink) {
  const QueueProfile& queue = centre_->queues[contact.queue].profile;
  const int64_t answer = AnswerTime(contact, waiting);
  const int64_t local = MillisecondOfDay(answer) % (24 * kHour);
  const uint32_t index = staffing_.Pick(contact.queue, local, answer, &random_);
  const AgentSetup& agent = centre_->agents[index];
  const double pace = staffing_.Pace(index);
  const int64_t talk = Milliseconds(
      std::clamp(random_.LogNormal(queue.talk_median, queue.talk_sigma) * pace, 5.0, 14'400.0));
  const bool holds = IsVoice(queue.channel) && random_.Chance(0.22);
  const int64_t hold = holds ? Milliseconds(std::min(random_.Exponential(50), 1'800.0)) : 0;
  const int64_t wrap_up =
      Milliseconds(std::min(random_.LogNormal(queue.wrap_up_median, 0.6) * pace, 3'600.0));
  const int64_t end = answer + talk + hold;
  staffing_.Occupy(index, end + wrap_up);
  if (options_.activities) activity_maker_.AddHandled(index, answer, end, end + wrap_up);
  if (end >= day_starts_.back()) return KeepOpen(contact, answer, index, interaction);

  interaction->set_outcome(v1::OUTCOME_HANDLED);
  interaction->set_agent_id(agent.id);
  SetMilliseconds(answer, interaction->mutable_answer_time());
  SetMilliseconds(end, interaction->mutable_end_time());
  SetMilliseconds(talk, interaction->mutable_talk_duration());
  if (holds) SetMilliseconds(hold, interaction->mutable_hold_duration());
  SetMilliseconds(wrap_up, interaction->mutable_wrap_up_duration());
  if (IsWritten(queue.channel)) {
    SetMilliseconds(end, interaction->mutable_first_response_time());
  } else if (!IsVoice(queue.channel)) {
    const int64_t reply = answer + Milliseconds(random_.Between(3, 40));
    SetMilliseconds(std::min(reply, end), interaction->mutable_first_response_time());
  }
  Sell(queue, agent, interaction);

  const bool transferred = Transfer(contact, agent, end, interaction);
  const int64_t wait = answer - waiting.enqueue;
  HandledContact handled{&contact, &centre_->queues[contact.queue], &agent,
                         interaction->interaction_id()};
  handled.first_response = IsWritten(queue.channel) ? end : answer;
  handled.end = end;
  handled.wait_seconds = static_cast<double>(IsWritten(queue.channel) ? wait / 30 : wait) / 1000.0;
  handled.resolved = !transferred && Resolve(contact, agent, interaction);
  const bool asks =
      !transferred && interaction->direction() == v1::DIRECTION_INBOUND && contact.customer != 0;
  // The interaction is complete, and may be gone with the next record.
  if (asks) survey_maker_.AddSurveys(handled, sink);
  evaluation_maker_.AddEvaluation(handled, sink);
  ticket_maker_.AddTicket(handled, sink);
}

// Passes some contacts on to other people.
bool ContactGenerator::Transfer(const Contact& contact, const AgentSetup& agent, int64_t end,
                                v1::Interaction* interaction) {
  const QueueProfile& queue = centre_->queues[contact.queue].profile;
  const bool second_part = contact.kind == ContactKind::kTransfer;
  const bool transfers =
      !second_part && random_.Chance(queue.transfer_rate * std::exp(-0.3 * agent.quality));
  if (!transfers || !may_schedule_) return false;
  Contact next = NextPart(contact, ContactKind::kTransfer,
                          end + Milliseconds(random_.Between(0.5, 4)), interaction);
  next.queue = static_cast<uint16_t>(random_.Below(static_cast<uint32_t>(centre_->queues.size())));
  // A call is passed on to people who take calls.
  if (centre_->queues[next.queue].profile.channel != queue.channel) next.queue = contact.queue;
  if (!Schedule(next)) return false;
  interaction->set_transferred(true);
  return true;
}

// Not finished when the data end: what is known until then.
void ContactGenerator::KeepOpen(const Contact& contact, int64_t answer, uint32_t agent,
                                v1::Interaction* interaction) {
  interaction->set_outcome(v1::OUTCOME_IN_PROGRESS);
  if (interaction->has_enqueue_time() &&
      interaction->enqueue_time().seconds() * 1000 >= day_starts_.back()) {
    interaction->clear_enqueue_time();
  }
  if (answer >= day_starts_.back() || answer < contact.arrive) return;
  SetMilliseconds(answer, interaction->mutable_answer_time());
  interaction->set_agent_id(centre_->agents[agent].id);
}

void ContactGenerator::Sell(const QueueProfile& queue, const AgentSetup& agent,
                            v1::Interaction* interaction) {
  if (!random_.Chance(queue.sale_rate)) return;
  interaction->set_conversion_eligible(true);
  const double skill = 0.05 * agent.sales;
  const bool converted = random_.Chance(std::clamp(0.24 + skill, 0.03, 0.8));
  const bool offered = random_.Chance(0.45);
  const bool accepted = offered && random_.Chance(std::clamp(0.18 + skill, 0.02, 0.8));
  interaction->set_converted(converted);
  interaction->set_upsell_offered(offered);
  interaction->set_upsell_accepted(accepted);
  if (!converted && !accepted) return;
  const double amount =
      (converted ? random_.LogNormal(85, 0.5) : 0) + (accepted ? random_.LogNormal(25, 0.4) : 0);
  const int64_t cents = std::llround(amount * 100);
  interaction->mutable_revenue()->set_currency_code("EUR");
  interaction->mutable_revenue()->set_units(cents / 100);
  interaction->mutable_revenue()->set_nanos(static_cast<int32_t>(cents % 100) * 10'000'000);
}

// Whether the matter is done, the agent's mark, and whether the customer comes again.
bool ContactGenerator::Resolve(const Contact& contact, const AgentSetup& agent,
                               v1::Interaction* interaction) {
  const QueueProfile& queue = centre_->queues[contact.queue].profile;
  const double rate = queue.resolved_rate + 0.07 * agent.quality - 0.04 * contact.attempt;
  const bool resolved = random_.Chance(std::clamp(rate, 0.15, 0.98));
  const double mark = random_.Uniform();
  if (mark < 0.82) {
    interaction->set_resolution(resolved ? v1::RESOLUTION_RESOLVED : v1::RESOLUTION_UNRESOLVED);
  } else if (mark < 0.87) {  // Agents err, nearly always to their own favour.
    interaction->set_resolution(v1::RESOLUTION_RESOLVED);
  } else if (mark < 0.90) {
    interaction->set_resolution(v1::RESOLUTION_UNKNOWN);
  }
  const int64_t end = interaction->end_time().seconds() * 1000;
  if (interaction->direction() == v1::DIRECTION_INBOUND) {
    Repeat(contact, end, resolved ? 0.03 : 0.70, 14);
  }
  return resolved;
}

bool ContactGenerator::Schedule(Contact contact) {
  if (contact.arrive >= day_starts_.back()) return false;
  const bool today = contact.arrive < day_starts_[static_cast<size_t>(day_) + 1];
  if (today && !may_schedule_) return false;
  contact.number = ++contacts_;
  if (today) ++same_day_follow_ups_, ++day_follow_ups_;
  follow_ups_.push_back(contact);
  std::push_heap(follow_ups_.begin(), follow_ups_.end(), ComesAfter);
  return true;
}

// The customer comes again with the same matter, perhaps.
void ContactGenerator::Repeat(const Contact& contact, int64_t after, double chance,
                              double median_hours) {
  constexpr double kHoursMax = 12 * 24;
  if (contact.customer == 0 || contact.attempt + 1 >= kAttemptsMax || !random_.Chance(chance)) {
    return;
  }
  const double hours = std::min(random_.LogNormal(median_hours, 1.1), kHoursMax);
  Contact again = contact;
  again.kind = ContactKind::kRepeat;
  again.conversation = 0;
  again.attempt = static_cast<uint8_t>(contact.attempt + 1);
  again.arrive = IntoOpeningHours(after + Milliseconds(std::max(hours * 3600, 45.0)));
  Schedule(again);
}

// The next part of a contact, tied to this one by their conversation.
Contact ContactGenerator::NextPart(const Contact& contact, ContactKind kind, int64_t arrive,
                                   v1::Interaction* interaction) {
  Contact next = contact;
  next.kind = kind;
  next.arrive = arrive;
  if (contact.conversation == 0) {
    next.conversation = interactions_;
    absl::StrAppend(interaction->mutable_conversation_id(), id_prefix_, "c", interactions_);
  }
  return next;
}

// The moment, or the next one at which the centre is open.
int64_t ContactGenerator::IntoOpeningHours(int64_t moment) {
  const auto after = std::upper_bound(day_starts_.begin(), day_starts_.end(), moment);
  if (after == day_starts_.end()) return moment;
  const int64_t of_day = moment - *(after - 1);
  if (of_day >= kOpenFrom && of_day < kOpenTo) return moment;
  const int64_t start = of_day < kOpenFrom ? *(after - 1) : *after;
  return start + kOpenFrom + Milliseconds(random_.Between(0, 9'000));
}

}  // namespace kpid::client
