// Rows of the tables of a golden file as records.

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "metrics/catalogue.h"
#include "tests/golden/golden_text.h"

namespace kpid::proof {
namespace {

using metrics::Duration;
using metrics::Instant;

// Takes cells of one row by column; remembers the first error. What is never taken is unknown.
class Row {
 public:
  Row(std::map<std::string, std::string> cells, TimeContext context)
      : cells_(std::move(cells)), context_(std::move(context)) {}

  std::optional<std::string> Take(const std::string& column) {
    const auto cell = cells_.find(column);
    if (cell == cells_.end()) return std::nullopt;
    std::string text = std::move(cell->second);
    cells_.erase(cell);
    return text;
  }

  std::string Text(const std::string& column) { return Take(column).value_or(""); }

  std::optional<Instant> Time(const std::string& column) {
    const std::optional<std::string> text = Take(column);
    if (!text.has_value()) return std::nullopt;
    const absl::StatusOr<Instant> time = ParseTime(*text, context_);
    if (!time.ok()) {
      Fail(column, std::string(time.status().message()));
      return std::nullopt;
    }
    return *time;
  }

  Instant NeededTime(const std::string& column) {
    const std::optional<Instant> time = Time(column);
    if (!time.has_value()) Fail(column, "is needed");
    return time.value_or(Instant{});
  }

  // A time that is needed, and that "+..." of the row's other times adds to.
  Instant BaseTime(const std::string& column) {
    const Instant time = NeededTime(column);
    context_.relative = time;
    return time;
  }

  std::optional<Duration> Span(const std::string& column) {
    const std::optional<std::string> text = Take(column);
    if (!text.has_value()) return std::nullopt;
    const std::optional<Duration> duration = metrics::ParseDuration(*text);
    if (!duration.has_value()) Fail(column, "not a duration");
    return duration;
  }

  bool Flag(const std::string& column) {
    const std::string text = Text(column);
    if (!text.empty() && text != "yes" && text != "no") Fail(column, "not yes or no");
    return text == "yes";
  }

  // One of the names of an enum; the first is that of value 1.
  template <typename Enum, size_t size>
  Enum Name(const std::string& column, const std::array<std::string_view, size>& names,
            Enum absent) {
    const std::optional<std::string> text = Take(column);
    if (!text.has_value()) return absent;
    for (size_t i = 0; i < size; ++i) {
      if (names[i] == *text) return static_cast<Enum>(i + 1);
    }
    Fail(column, absl::StrCat("unknown value '", *text, "'"));
    return absent;
  }

  void SetRelative(std::optional<Instant> time) { context_.relative = time; }

  std::map<std::string, std::string>& cells() { return cells_; }

  void Fail(const std::string& column, const std::string& what) {
    if (status_.ok()) status_ = absl::InvalidArgumentError(absl::StrCat(column, ": ", what));
  }

  absl::Status Finish() {
    if (!cells_.empty()) Fail(cells_.begin()->first, "unknown column");
    return status_;
  }

 private:
  std::map<std::string, std::string> cells_;
  TimeContext context_;
  absl::Status status_;
};

constexpr std::string_view kAttributePrefix = "attribute:";
constexpr std::array<std::string_view, 6> kChannels = {"voice",     "chat",   "email",
                                                       "messaging", "social", "other"};
constexpr std::array<std::string_view, 2> kDirections = {"inbound", "outbound"};
constexpr std::array<std::string_view, 6> kOutcomes = {
    "handled",    "abandoned",  "abandoned_before_queue", "callback_requested",
    "flowed_out", "in_progress"};
constexpr std::array<std::string_view, 3> kResolutions = {"resolved", "unresolved", "unknown"};
constexpr std::array<std::string_view, 9> kAgentStates = {
    "available", "handling", "wrap_up",          "break",  "meal",
    "meeting",   "training", "other_productive", "offline"};
constexpr std::array<std::string_view, 5> kPlannedStates = {"work", "break", "meal", "meeting",
                                                            "training"};
constexpr std::array<std::string_view, 5> kSurveyKinds = {"csat", "nps", "ces",
                                                          "resolution_confirmed", "esat"};

// "12.50EUR".
std::optional<storage::MoneyAmount> TakeMoney(Row& row, const std::string& column) {
  const std::optional<std::string> text = row.Take(column);
  if (!text.has_value()) return std::nullopt;
  double amount = 0;
  const size_t digits = text->size() < 3 ? 0 : text->size() - 3;
  if (!absl::SimpleAtod(text->substr(0, digits), &amount)) {
    row.Fail(column, "not an amount such as 12.50EUR");
    return std::nullopt;
  }
  return storage::MoneyAmount{.currency = text->substr(digits),
                              .micros = std::llround(amount * 1e6)};
}

absl::Status AddInteraction(Row row, Records& records) {
  storage::InteractionRecord record;
  record.interaction_id = row.Text("id");
  record.customer_id = row.Text("customer");
  record.conversation_id = row.Text("conversation");
  record.case_id = row.Text("case");
  record.queue_id = row.Text("queue");
  record.agent_id = row.Text("agent");
  record.channel = row.Name("channel", kChannels, metrics::Channel::kNone);
  record.direction = row.Name("direction", kDirections, metrics::Direction::kNone);
  record.outcome = row.Name("outcome", kOutcomes, metrics::Outcome::kNone);
  if (record.outcome == metrics::Outcome::kNone) row.Fail("outcome", "is needed");
  record.resolution = row.Name("resolution", kResolutions, metrics::Resolution::kNone);
  record.transferred = row.Flag("transferred");
  record.conversion_eligible = row.Flag("conversion_eligible");
  record.converted = row.Flag("converted");
  record.upsell_offered = row.Flag("upsell_offered");
  record.upsell_accepted = row.Flag("upsell_accepted");
  record.arrive = row.BaseTime("arrive");
  record.enqueue = row.Time("enqueue");
  record.answer = row.Time("answer");
  record.first_response = row.Time("first_response");
  record.end = row.Time("end");
  record.talk = row.Span("talk");
  record.hold = row.Span("hold");
  record.wrap_up = row.Span("wrap_up");
  record.revenue = TakeMoney(row, "revenue");
  for (auto cell = row.cells().begin(); cell != row.cells().end();) {
    if (cell->first.starts_with(kAttributePrefix)) {
      record.attributes.emplace_back(cell->first.substr(kAttributePrefix.size()), cell->second);
      cell = row.cells().erase(cell);
    } else {
      ++cell;
    }
  }
  records.interactions.push_back(std::move(record));
  return row.Finish();
}

std::optional<int32_t> ParseThousandths(const std::string& text) {
  double number = 0;
  if (!absl::SimpleAtod(text, &number)) return std::nullopt;
  return static_cast<int32_t>(std::llround(number * 1000));
}

// The scale that survey_response.proto gives the kind, or "1..5".
void SetScale(Row& row, storage::SurveyRecord& record) {
  using metrics::SurveyKind;
  const bool from_zero =
      record.kind == SurveyKind::kNps || record.kind == SurveyKind::kResolutionConfirmed;
  record.scale_minimum_thousandths = from_zero ? 0 : 1'000;
  record.scale_maximum_thousandths = 5'000;
  if (record.kind == SurveyKind::kNps) record.scale_maximum_thousandths = 10'000;
  if (record.kind == SurveyKind::kCes) record.scale_maximum_thousandths = 7'000;
  if (record.kind == SurveyKind::kResolutionConfirmed) record.scale_maximum_thousandths = 1'000;
  const std::optional<std::string> scale = row.Take("scale");
  if (!scale.has_value()) return;
  const std::pair<std::string, std::string> ends = absl::StrSplit(*scale, "..");
  const std::optional<int32_t> low = ParseThousandths(ends.first);
  const std::optional<int32_t> high = ParseThousandths(ends.second);
  if (!low.has_value() || !high.has_value()) return row.Fail("scale", "not a scale such as 1..5");
  record.scale_minimum_thousandths = *low;
  record.scale_maximum_thousandths = *high;
}

absl::Status AddSurvey(Row row, Records& records) {
  storage::SurveyRecord record;
  record.response_id = row.Text("id");
  record.kind = row.Name("kind", kSurveyKinds, metrics::SurveyKind::kNone);
  if (record.kind == metrics::SurveyKind::kNone) row.Fail("kind", "is needed");
  SetScale(row, record);
  const std::optional<std::string> score = row.Take("score");
  if (score.has_value()) record.score_thousandths = ParseThousandths(*score);
  record.invite = row.Time("invite");
  row.SetRelative(record.invite);
  record.respond = row.Time("respond");
  if (record.respond.has_value() != record.score_thousandths.has_value()) {
    row.Fail("score", "goes with respond");
  }
  if (!record.respond.has_value() && !record.invite.has_value()) row.Fail("invite", "is needed");
  record.interaction_id = row.Text("interaction");
  record.customer_id = row.Text("customer");
  record.agent_id = row.Text("agent");
  record.queue_id = row.Text("queue");
  record.channel = row.Name("channel", kChannels, metrics::Channel::kNone);
  records.surveys.push_back(std::move(record));
  return row.Finish();
}

absl::Status AddEvaluation(Row row, Records& records) {
  storage::QualityEvaluationRecord record;
  record.evaluation_id = row.Text("id");
  record.agent_id = row.Text("agent");
  record.interaction_id = row.Text("interaction");
  record.evaluate = row.BaseTime("evaluate");
  records.evaluations.push_back(std::move(record));
  return row.Finish();
}

// One item of an evaluation above; `score` is "8/10".
absl::Status AddItem(Row row, Records& records) {
  storage::QualityItemRecord item;
  item.criterion = "c";
  item.category = row.Text("category");
  const std::string score = row.Text("score");
  const std::pair<std::string, std::string> parts = absl::StrSplit(score, absl::MaxSplits('/', 1));
  const std::optional<int32_t> points = ParseThousandths(parts.first);
  const std::optional<int32_t> maximum = ParseThousandths(parts.second);
  const std::optional<int32_t> weight = ParseThousandths(row.Take("weight").value_or("1"));
  if (!points.has_value() || !maximum.has_value()) row.Fail("score", "not points such as 8/10");
  if (!weight.has_value()) row.Fail("weight", "not a number");
  item.score_thousandths = points.value_or(0);
  item.maximum_thousandths = maximum.value_or(0);
  item.weight_thousandths = weight.value_or(0);
  item.not_applicable = row.Flag("not_applicable");
  item.auto_fail = row.Flag("auto_fail");
  const std::string of = row.Text("evaluation");
  for (storage::QualityEvaluationRecord& evaluation : records.evaluations) {
    if (evaluation.evaluation_id != of) continue;
    evaluation.items.push_back(item);
    return row.Finish();
  }
  row.Fail("evaluation", "is not above");
  return row.Finish();
}

absl::Status AddActivity(Row row, Records& records) {
  storage::AgentActivityRecord record;
  record.activity_id = row.Text("id");
  record.agent_id = row.Text("agent");
  record.state = row.Name("state", kAgentStates, metrics::AgentState::kNone);
  if (record.state == metrics::AgentState::kNone) row.Fail("state", "is needed");
  record.start = row.BaseTime("start");
  record.end = row.Time("end");
  records.activities.push_back(std::move(record));
  return row.Finish();
}

absl::Status AddPlan(Row row, Records& records) {
  storage::ScheduledActivityRecord record;
  record.schedule_id = row.Text("id");
  record.agent_id = row.Text("agent");
  record.state = row.Name("state", kPlannedStates, metrics::PlannedState::kNone);
  if (record.state == metrics::PlannedState::kNone) row.Fail("state", "is needed");
  record.start = row.BaseTime("start");
  record.end = row.NeededTime("end");
  records.plans.push_back(std::move(record));
  return row.Finish();
}

absl::Status AddTicket(Row row, Records& records) {
  storage::TicketRecord record;
  record.ticket_id = row.Text("id");
  record.customer_id = row.Text("customer");
  record.agent_id = row.Text("agent");
  record.queue_id = row.Text("queue");
  record.priority = row.Text("priority");
  record.channel = row.Name("channel", kChannels, metrics::Channel::kNone);
  record.open = row.BaseTime("open");
  record.first_response = row.Time("first_response");
  record.first_resolve = row.Time("first_resolve");
  record.last_resolve = row.Time("last_resolve");
  record.close = row.Time("close");
  if (!absl::SimpleAtoi(row.Take("reopen_count").value_or("0"), &record.reopen_count)) {
    row.Fail("reopen_count", "not a number");
  }
  records.tickets.push_back(std::move(record));
  return row.Finish();
}

absl::Status AddCost(Row row, Records& records) {
  storage::CostRecord record;
  record.cost_id = row.Text("id");
  const std::optional<storage::MoneyAmount> amount = TakeMoney(row, "amount");
  if (!amount.has_value()) row.Fail("amount", "is needed");
  record.amount = amount.value_or(storage::MoneyAmount{});
  record.start = row.BaseTime("start");
  record.end = row.NeededTime("end");
  record.queue_id = row.Text("queue");
  record.group_id = row.Text("group");
  record.channel = row.Name("channel", kChannels, metrics::Channel::kNone);
  records.costs.push_back(std::move(record));
  return row.Finish();
}

std::optional<metrics::CivilDay> TakeDay(Row& row, const std::string& column) {
  const std::optional<std::string> text = row.Take(column);
  if (!text.has_value()) return std::nullopt;
  const absl::StatusOr<metrics::CivilDay> day = ParseDay(*text);
  if (!day.ok()) row.Fail(column, std::string(day.status().message()));
  return day.ok() ? std::optional(*day) : std::nullopt;
}

absl::Status AddAgent(Row row, Records& records) {
  storage::AgentRecord record;
  record.agent_id = row.Text("id");
  record.hire_date = TakeDay(row, "hire");
  record.leave_date = TakeDay(row, "leave");
  record.leave_reason = row.Text("leave_reason");
  records.agents.push_back(std::move(record));
  return row.Finish();
}

absl::Status AddGroup(Row row, Records& records) {
  records.groups.push_back({.group_id = row.Text("id"),
                            .name = "",
                            .type = row.Text("type"),
                            .parent_group_id = row.Text("parent")});
  return row.Finish();
}

absl::Status AddMembership(Row row, Records& records) {
  storage::MembershipRecord record;
  record.agent_id = row.Text("agent");
  record.group_id = row.Text("group");
  record.start = row.BaseTime("start");
  record.end = row.Time("end");
  records.memberships.push_back(std::move(record));
  return row.Finish();
}

// "average_handle_time:statistic=p90;..." as a request would give it.
void SetKpi(Row& row, storage::KpiText& kpi) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(row.Text("kpi"), absl::MaxSplits(':', 1));
  kpi.kpi_id = parts.first;
  for (const std::string& each :
       std::vector<std::string>(absl::StrSplit(parts.second, ';', absl::SkipEmpty()))) {
    const std::pair<std::string, std::string> words = absl::StrSplit(each, absl::MaxSplits('=', 1));
    if (words.first == "statistic") {
      kpi.statistic = words.second;
    } else {
      kpi.parameters[words.first] = words.second;
    }
  }
  metrics::ResolvedKpi resolved;
  const auto problems =
      metrics::ResolveKpi(kpi.kpi_id, "", kpi.parameters, kpi.statistic, &resolved);
  if (!problems.empty()) return row.Fail("kpi", problems[0].description);
  kpi.kpi_id = resolved.definition->id;
}

std::optional<double> TakeNumber(Row& row, const std::string& column) {
  const std::optional<std::string> text = row.Take(column);
  double number = 0;
  if (!text.has_value()) return std::nullopt;
  if (!absl::SimpleAtod(*text, &number)) row.Fail(column, "not a number");
  return number;
}

// `scope` is "all", "agent:a", "queue:q" or "group:g".
absl::Status AddTarget(Row row, Records& records) {
  constexpr std::array<std::string_view, 4> kScopes = {"all", "group", "agent", "queue"};
  storage::TargetRecord record;
  record.target_id = row.Text("id");
  SetKpi(row, record.kpi);
  const std::string scope = row.Take("scope").value_or("all");
  const std::pair<std::string, std::string> parts = absl::StrSplit(scope, absl::MaxSplits(':', 1));
  const auto kind = std::find(kScopes.begin(), kScopes.end(), parts.first);
  if (kind == kScopes.end() || (parts.first == "all") != parts.second.empty()) {
    row.Fail("scope", "not all, agent:ID, queue:ID or group:ID");
  }
  record.scope = static_cast<metrics::TargetScope>(kind - kScopes.begin() + 1);
  record.scope_id = parts.second;
  record.target_value = TakeNumber(row, "value").value_or(0);
  record.band_end_value = TakeNumber(row, "band_end");
  record.currency_code = row.Text("currency");
  const std::optional<int32_t> weight = ParseThousandths(row.Take("weight").value_or("1"));
  if (!weight.has_value()) row.Fail("weight", "not a number");
  record.weight_thousandths = weight.value_or(0);
  record.start = row.Time("start");
  record.end = row.Time("end");
  records.targets.push_back(std::move(record));
  return row.Finish();
}

}  // namespace

absl::Status AddRow(const std::string& table, const std::map<std::string, std::string>& cells,
                    const TimeContext& context, Records& records) {
  static const std::map<std::string, absl::Status (*)(Row, Records&)> kTables = {
      {"interactions", AddInteraction},
      {"surveys", AddSurvey},
      {"evaluations", AddEvaluation},
      {"items", AddItem},
      {"activities", AddActivity},
      {"plans", AddPlan},
      {"tickets", AddTicket},
      {"costs", AddCost},
      {"agents", AddAgent},
      {"groups", AddGroup},
      {"memberships", AddMembership},
      {"targets", AddTarget}};
  return kTables.at(table)(Row(cells, context), records);
}

}  // namespace kpid::proof
