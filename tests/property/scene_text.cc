// Writes a random case as a scene of a golden file.

#include <algorithm>
#include <functional>
#include <sstream>
#include <utility>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "metrics/catalogue.h"
#include "tests/property/random_query.h"

namespace kpid::proof {
namespace {

using metrics::Instant;
using storage::InteractionRecord;
using storage::SurveyRecord;

std::string Text(const std::string& text) { return text.empty() ? "-" : text; }

std::string Text(Instant instant) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ",
                          absl::FromUnixMicros(instant.time_since_epoch().count()),
                          absl::UTCTimeZone());
}

std::string Text(double number) {
  std::ostringstream out;
  out.precision(17);
  out << number;
  return out.str();
}

template <typename T>
std::string Text(const std::optional<T>& value) {
  return value.has_value() ? Text(*value) : "-";
}

std::string Text(const std::optional<metrics::Duration>& duration) {
  return duration.has_value() ? metrics::DurationText(*duration) : "-";
}

std::string Text(bool flag) { return flag ? "yes" : "-"; }

std::string Thousandths(int64_t value) {
  std::ostringstream out;
  out.precision(15);
  out << value / 1000.0;
  return out.str();
}

std::string Text(const std::optional<storage::MoneyAmount>& money) {
  if (!money.has_value()) return "-";
  std::ostringstream out;
  out.precision(20);
  out << static_cast<long double>(money->micros) / 1e6L << money->currency;
  return out.str();
}

std::string Text(const std::optional<metrics::CivilDay>& day) {
  if (!day.has_value()) return "-";
  return absl::FormatCivilTime(absl::CivilDay(day->year, day->month, day->day));
}

std::string Attribute(const InteractionRecord& record, const std::string& key) {
  for (const auto& [name, value] : record.attributes) {
    if (name == key) return value;
  }
  return "-";
}

// Name of an enum's value; 0 is absent.
template <typename Enum>
std::string Name(Enum value, const std::vector<std::string>& names) {
  return value == Enum{} ? "-" : names.at(static_cast<size_t>(value) - 1);
}

template <typename Record>
struct Column {
  std::string name;
  std::function<std::string(const Record&)> text;
};

// Columns that have nothing are left out.
template <typename Record>
void Write(std::ostream& out, const std::string& table, const std::vector<Record>& records,
           const std::vector<Column<Record>>& columns) {
  if (records.empty()) return;
  std::vector<const Column<Record>*> used;
  for (const Column<Record>& column : columns) {
    for (const Record& record : records) {
      if (column.text(record) == "-") continue;
      used.push_back(&column);
      break;
    }
  }
  out << table << "\n ";
  for (const Column<Record>* column : used) out << " " << column->name;
  for (const Record& record : records) {
    out << "\n ";
    for (const Column<Record>* column : used) out << " " << column->text(record);
  }
  out << "\n\n";
}

const std::vector<std::string> kChannels = {"voice",     "chat",   "email",
                                            "messaging", "social", "other"};

void WriteInteractions(std::ostream& out, const Records& records) {
  using R = InteractionRecord;
  Write<R>(out, "interactions", records.interactions,
           {{"id", [](const R& r) { return r.interaction_id; }},
            {"customer", [](const R& r) { return Text(r.customer_id); }},
            {"conversation", [](const R& r) { return Text(r.conversation_id); }},
            {"case", [](const R& r) { return Text(r.case_id); }},
            {"queue", [](const R& r) { return Text(r.queue_id); }},
            {"agent", [](const R& r) { return Text(r.agent_id); }},
            {"channel", [](const R& r) { return Name(r.channel, kChannels); }},
            {"direction",
             [](const R& r) {
               return Name(r.direction, {"inbound", "outbound"});
             }},
            {"outcome",
             [](const R& r) {
               return Name(r.outcome, {"handled", "abandoned", "abandoned_before_queue",
                                       "callback_requested", "flowed_out", "in_progress"});
             }},
            {"resolution",
             [](const R& r) {
               return Name(r.resolution, {"resolved", "unresolved", "unknown"});
             }},
            {"transferred", [](const R& r) { return Text(r.transferred); }},
            {"conversion_eligible", [](const R& r) { return Text(r.conversion_eligible); }},
            {"converted", [](const R& r) { return Text(r.converted); }},
            {"upsell_offered", [](const R& r) { return Text(r.upsell_offered); }},
            {"upsell_accepted", [](const R& r) { return Text(r.upsell_accepted); }},
            {"arrive", [](const R& r) { return Text(r.arrive); }},
            {"enqueue", [](const R& r) { return Text(r.enqueue); }},
            {"answer", [](const R& r) { return Text(r.answer); }},
            {"first_response", [](const R& r) { return Text(r.first_response); }},
            {"end", [](const R& r) { return Text(r.end); }},
            {"talk", [](const R& r) { return Text(r.talk); }},
            {"hold", [](const R& r) { return Text(r.hold); }},
            {"wrap_up", [](const R& r) { return Text(r.wrap_up); }},
            {"revenue", [](const R& r) { return Text(r.revenue); }},
            {"attribute:region", [](const R& r) { return Attribute(r, "region"); }},
            {"attribute:tier", [](const R& r) { return Attribute(r, "tier"); }}});
}

void WriteSurveys(std::ostream& out, const Records& records) {
  using R = SurveyRecord;
  Write<R>(out, "surveys", records.surveys,
           {{"id", [](const R& r) { return r.response_id; }},
            {"kind",
             [](const R& r) {
               return Name(r.kind, {"csat", "nps", "ces", "resolution_confirmed", "esat"});
             }},
            {"score",
             [](const R& r) {
               return r.score_thousandths.has_value() ? Thousandths(*r.score_thousandths) : "-";
             }},
            {"scale",
             [](const R& r) {
               return Thousandths(r.scale_minimum_thousandths) + ".." +
                      Thousandths(r.scale_maximum_thousandths);
             }},
            {"invite", [](const R& r) { return Text(r.invite); }},
            {"respond", [](const R& r) { return Text(r.respond); }},
            {"interaction", [](const R& r) { return Text(r.interaction_id); }},
            {"customer", [](const R& r) { return Text(r.customer_id); }},
            {"agent", [](const R& r) { return Text(r.agent_id); }},
            {"queue", [](const R& r) { return Text(r.queue_id); }},
            {"channel", [](const R& r) { return Name(r.channel, kChannels); }}});
}

// An evaluation's items are a table of their own.
void WriteEvaluations(std::ostream& out, const Records& records) {
  using R = storage::QualityEvaluationRecord;
  using I = std::pair<std::string, storage::QualityItemRecord>;
  Write<R>(out, "evaluations", records.evaluations,
           {{"id", [](const R& r) { return r.evaluation_id; }},
            {"agent", [](const R& r) { return Text(r.agent_id); }},
            {"interaction", [](const R& r) { return Text(r.interaction_id); }},
            {"evaluate", [](const R& r) { return Text(r.evaluate); }}});
  std::vector<I> items;
  for (const R& record : records.evaluations) {
    for (const auto& item : record.items) items.emplace_back(record.evaluation_id, item);
  }
  Write<I>(out, "items", items,
           {{"evaluation", [](const I& r) { return r.first; }},
            {"category", [](const I& r) { return Text(r.second.category); }},
            {"score",
             [](const I& r) {
               return Thousandths(r.second.score_thousandths) + "/" +
                      Thousandths(r.second.maximum_thousandths);
             }},
            {"weight", [](const I& r) { return Thousandths(r.second.weight_thousandths); }},
            {"not_applicable", [](const I& r) { return Text(r.second.not_applicable); }},
            {"auto_fail", [](const I& r) { return Text(r.second.auto_fail); }}});
}

void WriteTimes(std::ostream& out, const Records& records) {
  using A = storage::AgentActivityRecord;
  using P = storage::ScheduledActivityRecord;
  Write<A>(out, "activities", records.activities,
           {{"id", [](const A& r) { return r.activity_id; }},
            {"agent", [](const A& r) { return Text(r.agent_id); }},
            {"state",
             [](const A& r) {
               return Name(r.state, {"available", "handling", "wrap_up", "break", "meal", "meeting",
                                     "training", "other_productive", "offline"});
             }},
            {"start", [](const A& r) { return Text(r.start); }},
            {"end", [](const A& r) { return Text(r.end); }}});
  Write<P>(out, "plans", records.plans,
           {{"id", [](const P& r) { return r.schedule_id; }},
            {"agent", [](const P& r) { return Text(r.agent_id); }},
            {"state",
             [](const P& r) {
               return Name(r.state, {"work", "break", "meal", "meeting", "training"});
             }},
            {"start", [](const P& r) { return Text(r.start); }},
            {"end", [](const P& r) { return Text(r.end); }}});
}

void WriteTickets(std::ostream& out, const Records& records) {
  using R = storage::TicketRecord;
  Write<R>(out, "tickets", records.tickets,
           {{"id", [](const R& r) { return r.ticket_id; }},
            {"agent", [](const R& r) { return Text(r.agent_id); }},
            {"queue", [](const R& r) { return Text(r.queue_id); }},
            {"channel", [](const R& r) { return Name(r.channel, kChannels); }},
            {"priority", [](const R& r) { return Text(r.priority); }},
            {"open", [](const R& r) { return Text(r.open); }},
            {"first_response", [](const R& r) { return Text(r.first_response); }},
            {"first_resolve", [](const R& r) { return Text(r.first_resolve); }},
            {"last_resolve", [](const R& r) { return Text(r.last_resolve); }},
            {"close", [](const R& r) { return Text(r.close); }},
            {"reopen_count", [](const R& r) { return std::to_string(r.reopen_count); }}});
}

void WriteCosts(std::ostream& out, const Records& records) {
  using R = storage::CostRecord;
  Write<R>(out, "costs", records.costs,
           {{"id", [](const R& r) { return r.cost_id; }},
            {"amount", [](const R& r) { return Text(std::optional(r.amount)); }},
            {"start", [](const R& r) { return Text(r.start); }},
            {"end", [](const R& r) { return Text(r.end); }},
            {"queue", [](const R& r) { return Text(r.queue_id); }},
            {"group", [](const R& r) { return Text(r.group_id); }},
            {"channel", [](const R& r) { return Name(r.channel, kChannels); }}});
}

void WriteRoster(std::ostream& out, const Records& records) {
  using E = storage::AgentRecord;
  Write<E>(out, "agents", records.agents,
           {{"id", [](const E& r) { return r.agent_id; }},
            {"hire", [](const E& r) { return Text(r.hire_date); }},
            {"leave", [](const E& r) { return Text(r.leave_date); }},
            {"leave_reason", [](const E& r) { return Text(r.leave_reason); }}});
  const bool in_costs = std::any_of(records.costs.begin(), records.costs.end(),
                                    [](const auto& cost) { return !cost.group_id.empty(); });
  const bool in_targets =
      std::any_of(records.targets.begin(), records.targets.end(),
                  [](const auto& target) { return target.scope == metrics::TargetScope::kGroup; });
  if (records.memberships.empty() && !in_costs && !in_targets) return;
  using G = storage::AgentGroupRecord;
  using M = storage::MembershipRecord;
  Write<G>(out, "groups", records.groups,
           {{"id", [](const G& r) { return r.group_id; }},
            {"type", [](const G& r) { return r.type; }},
            {"parent", [](const G& r) { return Text(r.parent_group_id); }}});
  Write<M>(out, "memberships", records.memberships,
           {{"agent", [](const M& r) { return r.agent_id; }},
            {"group", [](const M& r) { return r.group_id; }},
            {"start", [](const M& r) { return Text(r.start); }},
            {"end", [](const M& r) { return Text(r.end); }}});
}

std::string KpiText(const storage::KpiText& kpi) {
  std::string text = kpi.kpi_id;
  char separator = ':';
  const auto append = [&](const std::string& name, const std::string& value) {
    text += separator + name + "=" + value;
    separator = ';';
  };
  for (const auto& [name, value] : kpi.parameters) append(name, value);
  if (!kpi.statistic.empty()) append("statistic", kpi.statistic);
  return text;
}

void WriteTargets(std::ostream& out, const Records& records) {
  using T = storage::TargetRecord;
  Write<T>(out, "targets", records.targets,
           {{"id", [](const T& r) { return r.target_id; }},
            {"kpi", [](const T& r) { return KpiText(r.kpi); }},
            {"scope",
             [](const T& r) {
               const std::string kind = Name(r.scope, {"all", "group", "agent", "queue"});
               return r.scope_id.empty() ? kind : kind + ":" + r.scope_id;
             }},
            {"value", [](const T& r) { return Text(r.target_value); }},
            {"band_end", [](const T& r) { return Text(r.band_end_value); }},
            {"currency", [](const T& r) { return Text(r.currency_code); }},
            {"weight", [](const T& r) { return Thousandths(r.weight_thousandths); }},
            {"start", [](const T& r) { return Text(r.start); }},
            {"end", [](const T& r) { return Text(r.end); }}});
}

std::string DimensionText(const metrics::Dimension& dimension) {
  std::string text(metrics::DimensionKindName(dimension.kind));
  return dimension.name.empty() ? text : text + ":" + dimension.name;
}

void WriteQuery(std::ostream& out, const Question& question) {
  static const std::vector<std::string> kGranularities = {
      "range", "15m", "30m", "hour", "day", "week", "month", "quarter", "year"};
  static const std::vector<std::string> kWeekdays = {"monday", "tuesday",  "wednesday", "thursday",
                                                     "friday", "saturday", "sunday"};
  const metrics::Query& query = question.query;
  out << "  range " << Text(query.range.start) << " " << Text(query.range.end) << "\n";
  out << "  zone " << question.zone << "\n";
  out << "  granularity " << kGranularities.at(static_cast<size_t>(query.granularity)) << "\n";
  out << "  week_start " << kWeekdays.at(static_cast<size_t>(question.week_start)) << "\n";
  if (question.now != metrics::kInstantEnd) out << "  now " << Text(question.now) << "\n";
  out << "  confidence " << query.confidence_level << "\n";
  if (!query.group_by.empty()) out << "  by";
  for (const metrics::Dimension& dimension : query.group_by) {
    out << " " << DimensionText(dimension);
  }
  if (!query.group_by.empty()) out << "\n";
  if (!query.filters.empty()) out << "  where";
  for (const metrics::Filter& filter : query.filters) {
    std::string values;
    for (const std::string& value : filter.values) values += "," + value;
    if (filter.include_missing) values += ",(none)";
    out << " " << DimensionText(filter.dimension) << "=" << values.substr(1);
  }
  if (!query.filters.empty()) out << "\n";
}

}  // namespace

std::string SceneText(const Records& records, const Question& question) {
  std::ostringstream out;
  out << "\nscene Found by a property test\n";
  if (records.latest_arrive.has_value()) {
    out << "latest_arrive " << Text(*records.latest_arrive) << "\n";
  }
  if (records.data_watermark != metrics::kInstantEnd) {
    out << "watermark " << Text(records.data_watermark) << "\n";
  }
  WriteRoster(out, records);
  WriteInteractions(out, records);
  WriteSurveys(out, records);
  WriteEvaluations(out, records);
  WriteTimes(out, records);
  WriteTickets(out, records);
  WriteCosts(out, records);
  WriteTargets(out, records);
  for (const KpiRequestText& request : question.requests) {
    out << "# kpi " << request.id << "\nask";
    for (const auto& [name, value] : request.parameters) out << " " << name << "=" << value;
    if (!request.statistic.empty()) out << " statistic=" << request.statistic;
    out << "\n";
    WriteQuery(out, question);
  }
  return out.str();
}

}  // namespace kpid::proof
