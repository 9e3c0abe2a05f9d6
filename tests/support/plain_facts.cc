#include "tests/support/plain_facts.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace kpid::proof {
namespace {

using metrics::Code;
using metrics::Dictionary;
using metrics::InteractionFact;
using metrics::SurveyFact;

Code CodeOf(Dictionary& dictionary, const std::string& name) {
  return name.empty() ? metrics::kNoCode : dictionary.FindOrAdd(name);
}

metrics::Direction InboundUnlessOutbound(metrics::Direction direction) {
  return direction == metrics::Direction::kOutbound ? direction : metrics::Direction::kInbound;
}

std::optional<std::chrono::sys_days> DayOf(const std::optional<metrics::CivilDay>& day) {
  if (!day.has_value()) return std::nullopt;
  return std::chrono::year(day->year) / day->month / day->day;
}

metrics::Target TargetOf(const storage::TargetRecord& record) {
  metrics::Target target;
  target.target_id = record.target_id;
  metrics::ResolveKpi(record.kpi.kpi_id, "", record.kpi.parameters, record.kpi.statistic,
                      &target.kpi);
  target.scope = record.scope;
  target.scope_id = record.scope_id;
  target.target_value = record.target_value;
  target.worst_value = record.worst_value;
  target.best_value = record.best_value;
  target.band_end_value = record.band_end_value;
  target.currency_code = record.currency_code;
  target.weight = static_cast<double>(record.weight_thousandths) / 1000;
  if (record.start.has_value()) target.range.start = *record.start;
  if (record.end.has_value()) target.range.end = *record.end;
  return target;
}

class Maker {
 public:
  InteractionFact Interaction(const storage::InteractionRecord& record) {
    InteractionFact fact;
    fact.row_key = ++row_key_;
    fact.customer = CodeOf(customers_, record.customer_id);
    // An interaction without one has its own, which others may name.
    fact.conversation =
        CodeOf(conversations_,
               record.conversation_id.empty() ? record.interaction_id : record.conversation_id);
    fact.case_code = CodeOf(cases_, record.case_id);
    fact.queue = CodeOf(facts_.dictionaries.queues, record.queue_id);
    fact.agent = CodeOf(facts_.dictionaries.agents, record.agent_id);
    fact.channel = record.channel;
    fact.direction = record.direction;
    fact.outcome = record.outcome;
    fact.resolution = record.resolution;
    fact.transferred = record.transferred;
    fact.conversion_eligible = record.conversion_eligible;
    fact.converted = record.converted;
    fact.upsell_offered = record.upsell_offered;
    fact.upsell_accepted = record.upsell_accepted;
    fact.arrive = record.arrive;
    fact.enqueue = record.enqueue;
    fact.answer = record.answer;
    fact.first_response = record.first_response;
    fact.end = record.end;
    fact.talk = record.talk;
    fact.hold = record.hold;
    fact.wrap_up = record.wrap_up;
    if (record.revenue.has_value()) {
      fact.revenue = metrics::MoneyFact{
          CodeOf(facts_.dictionaries.currencies, record.revenue->currency), record.revenue->micros};
    }
    for (const auto& [key, value] : record.attributes) {
      fact.attributes.push_back({CodeOf(facts_.dictionaries.attribute_keys, key),
                                 CodeOf(facts_.dictionaries.attribute_values, value)});
    }
    by_id_[record.interaction_id] = fact;
    return fact;
  }

  SurveyFact Survey(const storage::SurveyRecord& record) {
    SurveyFact fact;
    fact.row_key = ++survey_row_key_;
    fact.kind = record.kind;
    fact.score_thousandths = record.score_thousandths;
    fact.scale_minimum_thousandths = record.scale_minimum_thousandths;
    fact.scale_maximum_thousandths = record.scale_maximum_thousandths;
    fact.invite = record.invite;
    fact.respond = record.respond;
    const auto interaction = by_id_.find(record.interaction_id);
    if (interaction != by_id_.end()) {
      fact.customer = interaction->second.customer;
      fact.queue = interaction->second.queue;
      fact.agent = interaction->second.agent;
      fact.channel = interaction->second.channel;
      fact.direction = InboundUnlessOutbound(interaction->second.direction);
      return fact;
    }
    fact.customer = CodeOf(customers_, record.customer_id);
    fact.queue = CodeOf(facts_.dictionaries.queues, record.queue_id);
    fact.agent = CodeOf(facts_.dictionaries.agents, record.agent_id);
    fact.channel = record.channel;
    return fact;
  }

  metrics::QualityFact Evaluation(const storage::QualityEvaluationRecord& record) {
    metrics::QualityFact fact;
    fact.row_key = ++evaluation_row_key_;
    fact.evaluate = record.evaluate;
    fact.agent = CodeOf(facts_.dictionaries.agents, record.agent_id);
    const auto interaction = by_id_.find(record.interaction_id);
    if (interaction != by_id_.end()) {
      fact.queue = interaction->second.queue;
      fact.channel = interaction->second.channel;
      fact.direction = InboundUnlessOutbound(interaction->second.direction);
    }
    for (const storage::QualityItemRecord& item : record.items) {
      fact.items.push_back(
          {.category = CodeOf(facts_.dictionaries.quality_categories, item.category),
           .score_thousandths = item.score_thousandths,
           .maximum_thousandths = item.maximum_thousandths,
           .weight_thousandths = item.weight_thousandths,
           .not_applicable = item.not_applicable,
           .auto_fail = item.auto_fail});
    }
    return fact;
  }

  metrics::TicketFact Ticket(const storage::TicketRecord& record) {
    metrics::TicketFact fact;
    fact.row_key = ++ticket_row_key_;
    fact.customer = CodeOf(customers_, record.customer_id);
    fact.agent = CodeOf(facts_.dictionaries.agents, record.agent_id);
    fact.queue = CodeOf(facts_.dictionaries.queues, record.queue_id);
    fact.priority = CodeOf(facts_.dictionaries.priorities, record.priority);
    fact.channel = record.channel;
    fact.open = record.open;
    fact.first_response = record.first_response;
    fact.first_resolve = record.first_resolve;
    fact.last_resolve = record.last_resolve;
    fact.close = record.close;
    fact.reopen_count = record.reopen_count;
    return fact;
  }

  metrics::CostFact Cost(const storage::CostRecord& record) {
    metrics::CostFact fact;
    fact.row_key = ++cost_row_key_;
    fact.queue = CodeOf(facts_.dictionaries.queues, record.queue_id);
    fact.group = CodeOf(facts_.dictionaries.groups, record.group_id);
    fact.channel = record.channel;
    fact.amount = {CodeOf(facts_.dictionaries.currencies, record.amount.currency),
                   record.amount.micros};
    fact.start = record.start;
    fact.end = record.end;
    return fact;
  }

  metrics::EmploymentFact Employment(const storage::AgentRecord& record) {
    metrics::EmploymentFact fact;
    fact.agent = CodeOf(facts_.dictionaries.agents, record.agent_id);
    fact.hire = DayOf(record.hire_date);
    fact.leave = DayOf(record.leave_date);
    fact.transfer = record.leave_reason == "transfer";
    return fact;
  }

  // What agents did and were to do.
  void AddTimes(const Records& records) {
    for (const storage::AgentActivityRecord& record : records.activities) {
      facts_.activities.push_back({.row_key = ++activity_row_key_,
                                   .agent = CodeOf(facts_.dictionaries.agents, record.agent_id),
                                   .state = record.state,
                                   .start = record.start,
                                   .end = record.end});
    }
    for (const storage::ScheduledActivityRecord& record : records.plans) {
      facts_.plans.push_back({.row_key = ++plan_row_key_,
                              .agent = CodeOf(facts_.dictionaries.agents, record.agent_id),
                              .state = record.state,
                              .start = record.start,
                              .end = record.end});
    }
    facts_.data_watermark = records.data_watermark;
  }

  PlainFacts Facts(const Records& records) {
    for (const storage::AgentGroupRecord& group : records.groups) {
      CodeOf(facts_.dictionaries.groups, group.group_id);  // Codes in the order of the records.
    }
    for (const storage::AgentGroupRecord& group : records.groups) {
      facts_.groups.push_back({CodeOf(facts_.dictionaries.groups, group.group_id), group.type,
                               CodeOf(facts_.dictionaries.groups, group.parent_group_id)});
    }
    for (const storage::MembershipRecord& membership : records.memberships) {
      facts_.memberships.push_back(
          {CodeOf(facts_.dictionaries.agents, membership.agent_id),
           CodeOf(facts_.dictionaries.groups, membership.group_id),
           {membership.start, membership.end.value_or(metrics::kInstantEnd)}});
    }
    for (const storage::InteractionRecord& record : records.interactions) {
      facts_.interactions.push_back(Interaction(record));
      facts_.latest_arrive = std::max(facts_.latest_arrive.value_or(record.arrive), record.arrive);
    }
    for (const storage::SurveyRecord& record : records.surveys) {
      facts_.surveys.push_back(Survey(record));
    }
    for (const storage::QualityEvaluationRecord& record : records.evaluations) {
      facts_.evaluations.push_back(Evaluation(record));
    }
    for (const storage::TicketRecord& record : records.tickets) {
      facts_.tickets.push_back(Ticket(record));
    }
    for (const storage::CostRecord& record : records.costs) facts_.costs.push_back(Cost(record));
    for (const storage::AgentRecord& record : records.agents) {
      facts_.employments.push_back(Employment(record));
    }
    for (const storage::TargetRecord& record : records.targets) {
      facts_.targets.push_back(TargetOf(record));
    }
    AddTimes(records);
    if (records.latest_arrive.has_value()) facts_.latest_arrive = records.latest_arrive;
    return std::move(facts_);
  }

 private:
  PlainFacts facts_;
  Dictionary customers_;
  Dictionary conversations_;
  Dictionary cases_;
  std::map<std::string, InteractionFact> by_id_;
  int64_t row_key_ = 0;
  int64_t survey_row_key_ = 0;
  int64_t evaluation_row_key_ = 0;
  int64_t activity_row_key_ = 0;
  int64_t plan_row_key_ = 0;
  int64_t ticket_row_key_ = 0;
  int64_t cost_row_key_ = 0;
};

}  // namespace

PlainFacts FactsOf(const Records& records) { return Maker().Facts(records); }

void AddTo(metrics::FactSnapshot::Builder& builder, PlainFacts facts) {
  builder.AddInteractions(std::move(facts.interactions));
  builder.AddSurveys(std::move(facts.surveys));
  builder.AddQualityEvaluations(std::move(facts.evaluations));
  builder.AddAgentActivities(std::move(facts.activities));
  builder.AddScheduledActivities(std::move(facts.plans));
  builder.AddTickets(std::move(facts.tickets));
  builder.AddCosts(std::move(facts.costs));
  builder.SetEmployments(std::move(facts.employments));
  builder.SetDataWatermark(facts.data_watermark);
  builder.SetDictionaries(std::move(facts.dictionaries));
  builder.SetRoster(metrics::Roster(std::move(facts.groups), std::move(facts.memberships)));
  builder.SetTargets(metrics::TargetSet(std::move(facts.targets)));
  builder.SetLatestArrive(facts.latest_arrive);
}

std::shared_ptr<const metrics::FactSnapshot> SnapshotOf(PlainFacts facts) {
  metrics::FactSnapshot::Builder builder;
  AddTo(builder, std::move(facts));
  return builder.Build();
}

}  // namespace kpid::proof
