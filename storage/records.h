// Records as they are stored: validated by the server, names not yet replaced by codes.
//
// Strings are valid UTF-8 without U+0000 and within the limits of the .proto files; "" means
// absent. Times are ordered as interaction.proto demands.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metrics/calendar.h"
#include "metrics/fact.h"
#include "metrics/scorecard.h"
#include "metrics/target.h"
#include "metrics/time.h"

namespace kpid::storage {

using metrics::Duration;
using metrics::Instant;

struct MoneyAmount {
  std::string currency;
  int64_t micros = 0;
};

struct InteractionRecord {
  std::string interaction_id;
  std::string customer_id;
  std::string conversation_id;
  std::string case_id;
  std::string queue_id;
  std::string agent_id;
  metrics::Channel channel = metrics::Channel::kNone;
  metrics::Direction direction = metrics::Direction::kInbound;
  metrics::Outcome outcome = metrics::Outcome::kNone;
  metrics::Resolution resolution = metrics::Resolution::kNone;
  bool transferred = false;
  bool conversion_eligible = false;
  bool converted = false;
  bool upsell_offered = false;
  bool upsell_accepted = false;
  Instant arrive{};
  std::optional<Instant> enqueue;
  std::optional<Instant> answer;
  std::optional<Instant> first_response;
  std::optional<Instant> end;
  std::optional<Duration> talk;
  std::optional<Duration> hold;
  std::optional<Duration> wrap_up;
  std::optional<MoneyAmount> revenue;
  std::vector<std::pair<std::string, std::string>> attributes;  // By key, ascending.
  int64_t revision = 0;
};

struct SurveyRecord {
  std::string response_id;
  metrics::SurveyKind kind = metrics::SurveyKind::kNone;
  std::optional<int32_t> score_thousandths;
  int32_t scale_minimum_thousandths = 0;
  int32_t scale_maximum_thousandths = 0;
  std::string comment;
  std::optional<Instant> invite;
  std::optional<Instant> respond;
  std::string interaction_id;
  std::string customer_id;
  std::string agent_id;
  std::string queue_id;
  metrics::Channel channel = metrics::Channel::kNone;
  int64_t revision = 0;
};

struct QualityItemRecord {
  std::string criterion;
  std::string category;
  int64_t score_thousandths = 0;
  int64_t maximum_thousandths = 0;
  int64_t weight_thousandths = 1000;
  bool not_applicable = false;
  bool auto_fail = false;
};

struct QualityEvaluationRecord {
  std::string evaluation_id;
  std::string interaction_id;
  std::string agent_id;
  std::string evaluator_id;
  Instant evaluate{};
  std::vector<QualityItemRecord> items;
  int64_t revision = 0;
};

struct AgentActivityRecord {
  std::string activity_id;
  std::string agent_id;
  metrics::AgentState state = metrics::AgentState::kNone;
  Instant start{};
  std::optional<Instant> end;
  int64_t revision = 0;
};

struct ScheduledActivityRecord {
  std::string schedule_id;
  std::string agent_id;
  metrics::PlannedState state = metrics::PlannedState::kNone;
  Instant start{};
  Instant end{};
  int64_t revision = 0;
};

struct TicketRecord {
  std::string ticket_id;
  std::string customer_id;
  std::string agent_id;
  std::string queue_id;
  std::string priority;
  metrics::Channel channel = metrics::Channel::kNone;
  Instant open{};
  std::optional<Instant> first_response;
  std::optional<Instant> first_resolve;
  std::optional<Instant> last_resolve;
  std::optional<Instant> close;
  int32_t reopen_count = 0;
  int32_t reassignment_count = 0;
  int64_t revision = 0;
};

struct CostRecord {
  std::string cost_id;
  std::string category;
  MoneyAmount amount;
  Instant start{};
  Instant end{};
  std::string queue_id;
  std::string group_id;
  metrics::Channel channel = metrics::Channel::kNone;
  int64_t revision = 0;
};

struct KpiText {
  std::string kpi_id;                             // Of the catalogue, never an alias.
  std::map<std::string, std::string> parameters;  // As given: those of the request.
  std::string statistic;
};

struct TargetRecord {
  std::string target_id;
  KpiText kpi;
  metrics::TargetScope scope = metrics::TargetScope::kAll;
  std::string scope_id;
  double target_value = 0;
  std::optional<double> worst_value;
  std::optional<double> best_value;
  std::optional<double> band_end_value;
  std::string currency_code;
  int64_t weight_thousandths = 1000;
  std::optional<Instant> start;
  std::optional<Instant> end;
  int64_t revision = 0;
};

struct ScorecardRecord {
  struct Entry {
    KpiText kpi;
    metrics::ScorecardArea area = metrics::ScorecardArea::kNone;
    int64_t weight_thousandths = 1000;
  };
  std::string scorecard_id;
  std::string name;
  std::vector<Entry> entries;
};

struct AgentRecord {
  std::string agent_id;
  std::string name;
  std::optional<metrics::CivilDay> hire_date;
  std::optional<metrics::CivilDay> leave_date;
  std::string leave_reason;
};

struct AgentGroupRecord {
  std::string group_id;
  std::string name;
  std::string type;
  std::string parent_group_id;
};

struct MembershipRecord {
  std::string agent_id;
  std::string group_id;
  Instant start{};
  std::optional<Instant> end;
};

struct QueueRecord {
  std::string queue_id;
  std::string name;
  metrics::Channel channel = metrics::Channel::kNone;
};

}  // namespace kpid::storage
