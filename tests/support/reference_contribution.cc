// The definitions of the KPIs, one function each, record by record.

#include "tests/support/reference_contribution.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <tuple>

#include "tests/support/reference_parameter.h"

namespace kpid::proof {
namespace {

using metrics::Duration;
using metrics::Instant;
using metrics::Outcome;
using metrics::Resolution;
using metrics::ResolvedKpi;
using metrics::SurveyKind;
using storage::InteractionRecord;
using storage::SurveyRecord;
using storage::TicketRecord;
using Standing = Contribution::Standing;

// --- What the definitions say of one interaction -------------------------------------------

bool IsInbound(const InteractionRecord& interaction) {
  return interaction.direction != metrics::Direction::kOutbound;  // Not given is inbound.
}

bool IsHandled(const InteractionRecord& interaction) {
  return interaction.outcome == Outcome::kHandled;
}

bool IsInProgress(const InteractionRecord& interaction) {
  return interaction.outcome == Outcome::kInProgress;
}

// Every inbound interaction that reached a queue, whatever became of it; include_before_queue
// adds those abandoned before it, include_flow_outs can leave out those that flowed out.
bool IsOffered(const ResolvedKpi& kpi, const InteractionRecord& interaction) {
  if (!IsInbound(interaction)) return false;
  if (interaction.outcome == Outcome::kAbandonedBeforeQueue) {
    return Parameter<bool>(kpi, "include_before_queue");
  }
  if (interaction.outcome == Outcome::kFlowedOut) return Parameter<bool>(kpi, "include_flow_outs");
  return true;
}

bool IsAbandoned(const ResolvedKpi& kpi, const InteractionRecord& interaction) {
  if (!IsInbound(interaction)) return false;
  if (interaction.outcome == Outcome::kAbandonedBeforeQueue) {
    return Parameter<bool>(kpi, "include_before_queue");
  }
  return interaction.outcome == Outcome::kAbandoned;
}

// Answer minus enqueue for a handled interaction, end minus enqueue for an abandoned one.
std::optional<Duration> Wait(const InteractionRecord& interaction) {
  const Instant joined = interaction.enqueue.value_or(interaction.arrive);
  const std::optional<Instant>& until =
      IsHandled(interaction) ? interaction.answer : interaction.end;
  if (!until.has_value()) return std::nullopt;
  return *until - joined;
}

Duration Hold(const InteractionRecord& interaction) {
  return interaction.hold.value_or(Duration(0));
}

Duration WrapUp(const InteractionRecord& interaction) {
  return interaction.wrap_up.value_or(Duration(0));
}

// Where no talk duration is given it is end minus answer minus hold.
std::optional<Duration> Talk(const InteractionRecord& interaction) {
  if (interaction.talk.has_value()) return interaction.talk;
  if (!interaction.answer.has_value() || !interaction.end.has_value()) return std::nullopt;
  return std::max(Duration(0), *interaction.end - *interaction.answer - Hold(interaction));
}

std::optional<Duration> Handle(const InteractionRecord& interaction) {
  const std::optional<Duration> talk = Talk(interaction);
  if (!talk.has_value()) return std::nullopt;
  return *talk + Hold(interaction) + WrapUp(interaction);
}

Instant EndOf(const InteractionRecord& interaction) {
  if (interaction.end.has_value()) return *interaction.end;
  return interaction.answer.value_or(interaction.arrive);
}

// --- Standings ------------------------------------------------------------------------------

void Count(Contribution& contribution, int64_t amount) {
  contribution.standing = Standing::kCounted;
  contribution.amount = amount;
}

// Left out of both sides, and tallied: nothing vanishes.
void Exclude(Contribution& contribution, const std::string& tally) {
  contribution.standing = Standing::kExcluded;
  contribution.tallies.push_back(tally);
}

// Counted with its duration, or, where that is unknown, left out and tallied.
void CountDuration(Contribution& contribution, const std::optional<Duration>& duration) {
  if (duration.has_value()) return Count(contribution, duration->count());
  Exclude(contribution, "unknown_duration");
}

// --- Access and speed -----------------------------------------------------------------------

void ContactsOffered(const ResolvedKpi& kpi, Contribution& c) {
  if (!IsOffered(kpi, *c.interaction)) return;
  Count(c, 1);
  if (IsInProgress(*c.interaction)) c.tallies.push_back("pending");
}

void ContactsHandled(Contribution& c) {
  if (IsInProgress(*c.interaction)) return Exclude(c, "pending");
  if (IsHandled(*c.interaction)) Count(c, 1);
}

void ContactsAbandoned(const ResolvedKpi& kpi, Contribution& c) {
  if (IsInbound(*c.interaction) && IsInProgress(*c.interaction)) return Exclude(c, "pending");
  if (IsAbandoned(kpi, *c.interaction)) Count(c, 1);
}

void ServiceLevel(const ResolvedKpi& kpi, Contribution& c) {
  const InteractionRecord& interaction = *c.interaction;
  if (!IsOffered(kpi, interaction)) return;
  if (IsInProgress(interaction)) return Exclude(c, "pending");
  Count(c, 0);
  if (!IsHandled(interaction) && !IsAbandoned(kpi, interaction)) return;
  const std::optional<Duration> wait = Wait(interaction);
  if (!wait.has_value()) {  // Stays in the denominator, not served.
    c.tallies.push_back("unknown_duration");
    return;
  }
  if (*wait > Parameter<Duration>(kpi, "threshold")) return;
  if (IsHandled(interaction)) return Count(c, 1);
  const std::string abandoned_as = Choice(kpi, "abandoned_as");
  if (abandoned_as == "ignore") return Exclude(c, "short_abandoned");
  if (abandoned_as == "positive") Count(c, 1);
}

void AbandonmentRate(const ResolvedKpi& kpi, Contribution& c) {
  const InteractionRecord& interaction = *c.interaction;
  if (!IsOffered(kpi, interaction)) return;
  if (IsInProgress(interaction)) return Exclude(c, "pending");
  if (!IsAbandoned(kpi, interaction)) return Count(c, 0);
  Count(c, 1);
  const Duration short_abandon = Parameter<Duration>(kpi, "short_abandon");
  const std::optional<Duration> wait = Wait(interaction);
  if (short_abandon > Duration(0) && wait.has_value() && *wait <= short_abandon) {
    Exclude(c, "short_abandoned");
  }
}

void AverageSpeedOfAnswer(Contribution& c) {
  if (!IsInbound(*c.interaction)) return;
  if (IsInProgress(*c.interaction)) return Exclude(c, "pending");
  if (IsHandled(*c.interaction)) CountDuration(c, Wait(*c.interaction));
}

void FirstResponseTime(Contribution& c) {
  const InteractionRecord& interaction = *c.interaction;
  if (!IsInbound(interaction)) return;
  if (IsInProgress(interaction)) return Exclude(c, "pending");
  if (interaction.first_response.has_value()) {
    return Count(c, (*interaction.first_response - interaction.arrive).count());
  }
  if (interaction.answer.has_value()) {
    return Count(c, (*interaction.answer - interaction.arrive).count());
  }
  if (IsHandled(interaction)) Exclude(c, "unknown_duration");
}

void LongestWait(const ResolvedKpi& kpi, Contribution& c) {
  const InteractionRecord& interaction = *c.interaction;
  if (!IsInbound(interaction)) return;
  if (IsInProgress(interaction)) return Exclude(c, "pending");
  if (IsHandled(interaction) || IsAbandoned(kpi, interaction)) {
    CountDuration(c, Wait(interaction));
  }
}

void AverageTimeToAbandon(const ResolvedKpi& kpi, Contribution& c) {
  if (!IsInbound(*c.interaction)) return;
  if (IsInProgress(*c.interaction)) return Exclude(c, "pending");
  if (IsAbandoned(kpi, *c.interaction)) CountDuration(c, Wait(*c.interaction));
}

// --- Efficiency, sales: over handled ----------------------------------------------------------

void OverHandled(const ResolvedKpi& kpi, Contribution& c) {
  const InteractionRecord& interaction = *c.interaction;
  if (IsInProgress(interaction)) return Exclude(c, "pending");
  if (!IsHandled(interaction)) return;
  const std::string_view id = kpi.definition->id;
  if (id == "average_handle_time") CountDuration(c, Handle(interaction));
  if (id == "average_talk_time") CountDuration(c, Talk(interaction));
  if (id == "average_hold_time") CountDuration(c, Hold(interaction));
  if (id == "average_wrap_up_time") CountDuration(c, WrapUp(interaction));
  if (id == "transfer_rate") Count(c, interaction.transferred ? 1 : 0);
  if (id == "upsell_rate") {
    if (Choice(kpi, "basis") == "offered" && !interaction.upsell_offered) return;
    Count(c, interaction.upsell_accepted ? 1 : 0);
  }
  if (id == "conversion_rate") {
    if (Choice(kpi, "basis") == "eligible" && !interaction.conversion_eligible) return;
    Count(c, interaction.converted ? 1 : 0);
  }
}

void RevenuePerContact(const ResolvedKpi& kpi, Contribution& c) {
  const InteractionRecord& interaction = *c.interaction;
  if (IsInProgress(interaction)) return Exclude(c, "pending");
  if (!IsHandled(interaction)) return;
  Count(c, 0);
  const auto* only = OptionalParameter<std::string>(kpi, "currency");
  if (only != nullptr) c.currency = *only;
  if (!interaction.revenue.has_value()) return;
  if (only != nullptr && interaction.revenue->currency != *only) {
    c.tallies.push_back("other_currency");
    return;
  }
  Count(c, interaction.revenue->micros);
  c.currency = interaction.revenue->currency;
}

// --- Resolution -------------------------------------------------------------------------------

// Whether `a` comes before `b`: by arrive, ties by row key. Both are elements of `records`.
bool Before(const InteractionRecord& a, const InteractionRecord& b) {
  return std::tuple(a.arrive, &a) < std::tuple(b.arrive, &b);
}

// Its own id, if absent.
const std::string& ConversationOf(const InteractionRecord& interaction) {
  return interaction.conversation_id.empty() ? interaction.interaction_id
                                             : interaction.conversation_id;
}

// Whether another inbound interaction of the same customer, in another conversation, comes after
// `base` and arrives within the window of its end. One that arrives while the base lasts is no
// repeat.
bool IsRepeated(const ResolvedKpi& kpi, const InteractionRecord& base, const Records& records) {
  const Duration window = Parameter<Duration>(kpi, "window");
  const bool same_queue = Parameter<bool>(kpi, "same_queue");
  for (const InteractionRecord& other : records.interactions) {
    if (other.customer_id != base.customer_id || !IsInbound(other)) continue;
    if (!Before(base, other)) continue;
    if (ConversationOf(other) == ConversationOf(base)) continue;
    if (same_queue && other.queue_id != base.queue_id) continue;
    if (EndOf(base) <= other.arrive && other.arrive <= EndOf(base) + window) return true;
  }
  return false;
}

// Until when what happened is known: the latest arrive stored, or now if that is earlier.
Instant KnownUntil(const Records& records, Instant now) {
  Instant latest = metrics::kInstantMin;
  for (const InteractionRecord& interaction : records.interactions) {
    latest = std::max(latest, interaction.arrive);
  }
  return std::min(records.latest_arrive.value_or(latest), now);
}

// amount 1: not repeated (first_contact_resolution), or repeated (repeat_contact_rate).
void NoRepeat(const ResolvedKpi& kpi, Contribution& c, const Records& records, Instant known_until,
              bool count_repeated) {
  const InteractionRecord& interaction = *c.interaction;
  if (!IsInbound(interaction)) return;
  if (IsInProgress(interaction)) return Exclude(c, "pending");
  if (!IsHandled(interaction)) return;
  if (interaction.customer_id.empty()) return Exclude(c, "unknown_customer");
  const bool immature = EndOf(interaction) + Parameter<Duration>(kpi, "window") > known_until;
  if (immature && !Parameter<bool>(kpi, "include_immature")) return Exclude(c, "immature");
  Count(c, IsRepeated(kpi, interaction, records) == count_repeated ? 1 : 0);
}

// First of its case, if it has one, or else of its customer within the window; a contact of an
// unknown customer without a case counts as a first one.
bool IsFirstContact(const ResolvedKpi& kpi, const InteractionRecord& interaction,
                    const Records& records) {
  const Duration window = Parameter<Duration>(kpi, "window");
  for (const InteractionRecord& earlier : records.interactions) {
    if (!IsHandled(earlier) || !Before(earlier, interaction)) continue;
    if (EndOf(earlier) + window < interaction.arrive) continue;
    if (!interaction.case_id.empty()) {
      if (earlier.case_id == interaction.case_id) return false;
    } else if (!interaction.customer_id.empty()) {
      if (earlier.customer_id == interaction.customer_id) return false;
    }
  }
  return true;
}

void AgentMarked(const ResolvedKpi& kpi, Contribution& c, const Records& records) {
  const InteractionRecord& interaction = *c.interaction;
  if (IsInProgress(interaction)) return Exclude(c, "pending");
  if (!IsHandled(interaction)) return;
  const bool marked = interaction.resolution == Resolution::kResolved ||
                      interaction.resolution == Resolution::kUnresolved;
  if (!IsFirstContact(kpi, interaction, records)) return;
  if (!marked) return Exclude(c, "unmarked");
  Count(c, interaction.resolution == Resolution::kResolved ? 1 : 0);
}

// A case is judged at its first interaction.
void SingleContactCase(Contribution& c, const Records& records) {
  const InteractionRecord& interaction = *c.interaction;
  if (interaction.case_id.empty()) return;
  int size = 0;
  bool pending = false;
  for (const InteractionRecord& other : records.interactions) {
    if (other.case_id != interaction.case_id) continue;
    if (Before(other, interaction)) return;
    ++size;
    if (IsInProgress(other)) pending = true;
  }
  if (pending) return Exclude(c, "pending");
  Count(c, size == 1 && interaction.resolution == Resolution::kResolved ? 1 : 0);
}

// --- Customer: over answered surveys of one kind ------------------------------------------------

// `threshold` in points: the answers at or above it.
void CountAtOrAbove(Contribution& c, double threshold) {
  Count(c, static_cast<double>(*c.survey->score_thousandths) / 1000 >= threshold ? 1 : 0);
}

void CountScore(Contribution& c) {
  Count(c, *c.survey->score_thousandths);
  c.scale_minimum = c.survey->scale_minimum_thousandths;
  c.scale_maximum = c.survey->scale_maximum_thousandths;
}

void Satisfied(const ResolvedKpi& kpi, SurveyKind kind, Contribution& c) {
  if (c.survey->kind != kind) return;
  const auto* satisfied_from = OptionalParameter<double>(kpi, "satisfied_from");
  if (satisfied_from != nullptr) return CountAtOrAbove(c, *satisfied_from);
  CountAtOrAbove(c, static_cast<double>(c.survey->scale_maximum_thousandths) / 1000 - 1);
}

void Nps(Contribution& c) {
  if (c.survey->kind != SurveyKind::kNps) return;
  const int32_t score = *c.survey->score_thousandths;
  if (score >= 9'000) {
    Count(c, 1);
    c.tallies.push_back("promoters");
  } else if (score <= 6'000) {
    Count(c, -1);
    c.tallies.push_back("detractors");
  } else {
    Count(c, 0);
    c.tallies.push_back("passives");
  }
}

void CustomerEffortScore(const ResolvedKpi& kpi, Contribution& c) {
  if (c.survey->kind != SurveyKind::kCes) return;
  if (Choice(kpi, "method") == "mean") return CountScore(c);
  CountAtOrAbove(c, Parameter<double>(kpi, "low_effort_from"));
}

void SurveyResponseRate(const ResolvedKpi& kpi, Contribution& c) {
  const std::string kind = Choice(kpi, "kind");
  const SurveyKind is = c.survey->kind;
  const bool wanted =
      (kind == "any" && is != SurveyKind::kEsat) || (kind == "csat" && is == SurveyKind::kCsat) ||
      (kind == "nps" && is == SurveyKind::kNps) || (kind == "ces" && is == SurveyKind::kCes) ||
      (kind == "resolution_confirmed" && is == SurveyKind::kResolutionConfirmed);
  if (wanted) Count(c, c.survey->respond.has_value() ? 1 : 0);
}

void SurveyConfirmed(Contribution& c) {
  if (c.survey->kind != SurveyKind::kResolutionConfirmed) return;
  Count(c, *c.survey->score_thousandths == 1'000 ? 1 : 0);
}

// --- Tickets ----------------------------------------------------------------------------------

// The instant by which the KPI counts a ticket; nullopt: it does not.
std::optional<Instant> TicketTime(const ResolvedKpi& kpi, const TicketRecord& ticket) {
  const std::string_view id = kpi.definition->id;
  if (id == "ticket_volume" || id == "ticket_first_response_time") return ticket.open;
  if (id == "average_resolution_time" && Choice(kpi, "resolve") == "first" &&
      ticket.first_resolve.has_value()) {
    return ticket.first_resolve;
  }
  return ticket.last_resolve;
}

void JudgeTicket(const ResolvedKpi& kpi, Contribution& c) {
  const std::string_view id = kpi.definition->id;
  const TicketRecord& ticket = *c.ticket;
  if (id == "ticket_volume" || id == "tickets_resolved") return Count(c, 1);
  if (id == "ticket_reopen_rate") return Count(c, ticket.reopen_count > 0 ? 1 : 0);
  if (id == "average_resolution_time") return Count(c, (c.time - ticket.open).count());
  if (!ticket.first_response.has_value()) return Exclude(c, "pending");
  Count(c, (*ticket.first_response - ticket.open).count());
}

// --- All of them ------------------------------------------------------------------------------

void FirstContactResolution(const ResolvedKpi& kpi, Contribution& c, const Records& records,
                            Instant known_until) {
  const std::string method = Choice(kpi, "method");
  if (method == "no_repeat") NoRepeat(kpi, c, records, known_until, /*count_repeated=*/false);
  if (method == "agent_marked") AgentMarked(kpi, c, records);
  if (method == "single_contact_case") SingleContactCase(c, records);
}

void JudgeInteraction(const ResolvedKpi& kpi, Contribution& c, const Records& records,
                      Instant known_until) {
  const std::string_view id = kpi.definition->id;
  if (id == "contacts_offered") return ContactsOffered(kpi, c);
  if (id == "contacts_handled") return ContactsHandled(c);
  if (id == "contacts_abandoned") return ContactsAbandoned(kpi, c);
  if (id == "service_level") return ServiceLevel(kpi, c);
  if (id == "abandonment_rate") return AbandonmentRate(kpi, c);
  if (id == "average_speed_of_answer") return AverageSpeedOfAnswer(c);
  if (id == "first_response_time") return FirstResponseTime(c);
  if (id == "longest_wait") return LongestWait(kpi, c);
  if (id == "average_time_to_abandon") return AverageTimeToAbandon(kpi, c);
  if (id == "first_contact_resolution") return FirstContactResolution(kpi, c, records, known_until);
  if (id == "repeat_contact_rate")
    return NoRepeat(kpi, c, records, known_until, /*count_repeated=*/true);
  if (id == "revenue_per_contact") return RevenuePerContact(kpi, c);
  OverHandled(kpi, c);
}

void JudgeSurvey(const ResolvedKpi& kpi, Contribution& c) {
  const std::string_view id = kpi.definition->id;
  if (id == "survey_response_rate") return SurveyResponseRate(kpi, c);
  if (id == "csat") return Satisfied(kpi, SurveyKind::kCsat, c);
  if (id == "employee_satisfaction") return Satisfied(kpi, SurveyKind::kEsat, c);
  if (id == "csat_mean") {
    if (c.survey->kind == SurveyKind::kCsat) CountScore(c);
    return;
  }
  if (id == "nps") return Nps(c);
  if (id == "customer_effort_score") return CustomerEffortScore(kpi, c);
  if (id == "first_contact_resolution") return SurveyConfirmed(c);
}

}  // namespace

std::optional<Duration> HandleTimeOf(const InteractionRecord& interaction) {
  return Handle(interaction);
}

Shape ShapeOf(const ResolvedKpi& kpi) {
  const std::string_view id = kpi.definition->id;
  if (id.starts_with("contacts_") || id == "ticket_volume" || id == "tickets_resolved") {
    return Shape::kCount;
  }
  if (id.starts_with("average_") || id == "first_response_time" ||
      id == "ticket_first_response_time") {
    return Shape::kMeanSeconds;
  }
  if (id == "longest_wait") return Shape::kLongest;
  if (id == "nps") return Shape::kPoints;
  if (id == "csat_mean") return Shape::kMeanScore;
  if (id == "customer_effort_score" && Choice(kpi, "method") == "mean") return Shape::kMeanScore;
  if (id == "revenue_per_contact") return Shape::kMeanMoney;
  return Shape::kProportion;
}

bool ReadsSurveys(const ResolvedKpi& kpi) {
  const std::string_view id = kpi.definition->id;
  if (id == "first_contact_resolution") return Choice(kpi, "method") == "survey_confirmed";
  return id == "csat" || id == "csat_mean" || id == "nps" || id == "customer_effort_score" ||
         id == "survey_response_rate" || id == "employee_satisfaction";
}

bool ReadsTickets(const ResolvedKpi& kpi) {
  const std::string_view id = kpi.definition->id;
  return id.starts_with("ticket") || id == "average_resolution_time";
}

const InteractionRecord* InteractionOf(const std::string& interaction_id, const Records& records) {
  if (interaction_id.empty()) return nullptr;
  for (const InteractionRecord& interaction : records.interactions) {
    if (interaction.interaction_id == interaction_id) return &interaction;
  }
  return nullptr;
}

std::vector<Contribution> ContributionsOf(const ResolvedKpi& kpi, const Records& records,
                                          Instant now) {
  std::vector<Contribution> contributions;
  if (ReadsTickets(kpi)) {
    for (const TicketRecord& ticket : records.tickets) {
      const std::optional<Instant> time = TicketTime(kpi, ticket);
      if (!time.has_value()) continue;
      Contribution contribution;
      contribution.ticket = &ticket;
      contribution.time = *time;
      JudgeTicket(kpi, contribution);
      contributions.push_back(std::move(contribution));
    }
    return contributions;
  }
  if (!ReadsSurveys(kpi)) {
    const Instant known_until = KnownUntil(records, now);
    for (const InteractionRecord& interaction : records.interactions) {
      Contribution contribution;
      contribution.interaction = &interaction;
      contribution.time = interaction.arrive;
      JudgeInteraction(kpi, contribution, records, known_until);
      contributions.push_back(std::move(contribution));
    }
    return contributions;
  }
  const bool by_invite = kpi.definition->id == "survey_response_rate";
  for (const SurveyRecord& survey : records.surveys) {
    if (!by_invite && !survey.respond.has_value()) continue;  // Not answered: at no time.
    const Instant time = by_invite && survey.invite.has_value() ? *survey.invite : *survey.respond;
    Contribution contribution;
    contribution.survey = &survey;
    contribution.time = time;
    JudgeSurvey(kpi, contribution);
    contributions.push_back(std::move(contribution));
  }
  return contributions;
}

}  // namespace kpid::proof
