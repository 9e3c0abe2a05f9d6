#include "client/column_rules.h"

#include <array>
#include <type_traits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/field_text.h"
#include "google/protobuf/generated_enum_reflection.h"

namespace kpid::client {
namespace {

// The names of an enum's values in lower case without the prefix, without UNSPECIFIED.
struct EnumName {
  std::string name;
  int number;
};
std::vector<EnumName> EnumNames(const google::protobuf::EnumDescriptor* descriptor) {
  constexpr std::string_view kUnspecified = "UNSPECIFIED";
  const size_t prefix_size = descriptor->FindValueByNumber(0)->name().size() - kUnspecified.size();
  std::vector<EnumName> names;
  for (int i = 0; i < descriptor->value_count(); ++i) {
    if (descriptor->value(i)->number() == 0) continue;
    names.push_back({absl::AsciiStrToLower(descriptor->value(i)->name().substr(prefix_size)),
                     descriptor->value(i)->number()});
  }
  return names;
}

bool FindEnum(const std::vector<EnumName>& names, std::string_view cell, int* number,
              std::string* expected) {
  for (const EnumName& name : names) {
    if (name.name != cell) continue;
    *number = name.number;
    return true;
  }
  *expected = absl::StrCat("one of ", absl::StrJoin(names, ", ", [](auto* out, const auto& name) {
                             out->append(name.name);
                           }));
  return false;
}

bool ReadCell(std::string_view cell, google::protobuf::Timestamp* time, std::string* expected) {
  if (ParseTime(TrimmedCell(cell), time)) return true;
  *expected = "RFC 3339 with an offset, for example 2026-01-31T09:30:00Z";
  return false;
}

bool ReadCell(std::string_view cell, google::protobuf::Duration* duration, std::string* expected) {
  if (ParseDurationField(TrimmedCell(cell), duration)) return true;
  *expected = "seconds, or a duration with a unit, for example 90 or 1.5m";
  return false;
}

bool ReadCell(std::string_view cell, v1::Money* money, std::string* expected) {
  if (ParseMoney(TrimmedCell(cell), money)) return true;
  *expected = "an amount and a currency, for example 12.50 EUR";
  return false;
}

bool ReadCell(std::string_view cell, std::string* text, std::string*) {
  text->assign(cell);
  return true;
}

bool ReadCell(std::string_view cell, bool* value, std::string* expected) {
  if (ParseTruth(TrimmedCell(cell), value)) return true;
  *expected = "true, yes, 1, false, no or 0";
  return false;
}

bool ReadCell(std::string_view cell, double* value, std::string* expected) {
  if (ParseNumber(TrimmedCell(cell), value)) return true;
  *expected = "a decimal number";
  return false;
}

bool ReadCell(std::string_view cell, int64_t* value, std::string* expected) {
  if (ParseInteger(TrimmedCell(cell), value)) return true;
  *expected = "a whole number";
  return false;
}

bool ReadCell(std::string_view cell, google::protobuf::Map<std::string, std::string>* parameters,
              std::string* expected) {
  if (ParseParameters(TrimmedCell(cell), parameters)) return true;
  *expected = "parameters, for example threshold=60s;abandoned_as=ignore";
  return false;
}

bool ReadCell(std::string_view cell, int32_t* value, std::string* expected) {
  int64_t number = 0;
  if (ReadCell(cell, &number, expected) && std::in_range<int32_t>(number)) {
    *value = static_cast<int32_t>(number);
    return true;
  }
  *expected = "a whole number";
  return false;
}

template <class Enum>
requires std::is_enum_v<Enum>
bool ReadCell(std::string_view cell, Enum* value, std::string* expected) {
  static const std::vector<EnumName> names = EnumNames(google::protobuf::GetEnumDescriptor<Enum>());
  int number = 0;
  if (!FindEnum(names, TrimmedCell(cell), &number, expected)) return false;
  *value = static_cast<Enum>(number);
  return true;
}

// The message of a type in a record: the record itself, or the part that its columns fill.
v1::Interaction* MessageIn(v1::StreamRecord* record, v1::Interaction*) {
  return record->mutable_interaction();
}
v1::SurveyResponse* MessageIn(v1::StreamRecord* record, v1::SurveyResponse*) {
  return record->mutable_survey_response();
}
v1::QualityEvaluation* MessageIn(v1::StreamRecord* record, v1::QualityEvaluation*) {
  return record->mutable_quality_evaluation();
}
v1::AgentActivity* MessageIn(v1::StreamRecord* record, v1::AgentActivity*) {
  return record->mutable_agent_activity();
}
v1::ScheduledActivity* MessageIn(v1::StreamRecord* record, v1::ScheduledActivity*) {
  return record->mutable_scheduled_activity();
}
v1::Ticket* MessageIn(v1::StreamRecord* record, v1::Ticket*) { return record->mutable_ticket(); }
v1::Cost* MessageIn(v1::StreamRecord* record, v1::Cost*) { return record->mutable_cost(); }
v1::Target* MessageIn(v1::StreamRecord* record, v1::Target*) { return record->mutable_target(); }
v1::QualityItem* MessageIn(v1::StreamRecord* record, v1::QualityItem*) {
  return record->mutable_quality_evaluation()->mutable_items(0);  // BeginRecord has added it.
}
v1::Interval* MessageIn(v1::StreamRecord* record, v1::Interval*) {
  return record->mutable_cost()->mutable_interval();
}

// Reads a cell into the field of a mutable_ or set_ method.
template <class Record, class Field>
bool ReadInto(Field* (Record::*mutable_field)(), std::string_view cell, v1::StreamRecord* record,
              std::string* expected) {
  return ReadCell(cell, (MessageIn(record, static_cast<Record*>(nullptr))->*mutable_field)(),
                  expected);
}
template <class Record, class Field>
bool ReadInto(void (Record::*set_field)(Field), std::string_view cell, v1::StreamRecord* record,
              std::string* expected) {
  Field value{};
  if (!ReadCell(cell, &value, expected)) return false;
  (MessageIn(record, static_cast<Record*>(nullptr))->*set_field)(value);
  return true;
}

template <auto method>
ColumnRule Rule(std::string_view name, bool required = false) {
  return {name,
          [](std::string_view cell, v1::StreamRecord* record, std::string* expected) {
            return ReadInto(method, cell, record, expected);
          },
          required};
}

template <auto method>
ColumnRule Required(std::string_view name) {
  return Rule<method>(name, /*required=*/true);
}

std::vector<ColumnRule> InteractionRules() {
  return {
      Required<&v1::Interaction::mutable_interaction_id>("interaction_id"),
      Rule<&v1::Interaction::mutable_customer_id>("customer_id"),
      Rule<&v1::Interaction::mutable_conversation_id>("conversation_id"),
      Rule<&v1::Interaction::mutable_case_id>("case_id"),
      Rule<&v1::Interaction::set_channel>("channel"),
      Rule<&v1::Interaction::set_direction>("direction"),
      Rule<&v1::Interaction::mutable_queue_id>("queue_id"),
      Rule<&v1::Interaction::mutable_agent_id>("agent_id"),
      Required<&v1::Interaction::mutable_arrive_time>("arrive_time"),
      Rule<&v1::Interaction::mutable_enqueue_time>("enqueue_time"),
      Rule<&v1::Interaction::mutable_answer_time>("answer_time"),
      Rule<&v1::Interaction::mutable_first_response_time>("first_response_time"),
      Rule<&v1::Interaction::mutable_end_time>("end_time"),
      Rule<&v1::Interaction::mutable_talk_duration>("talk_duration"),
      Rule<&v1::Interaction::mutable_hold_duration>("hold_duration"),
      Rule<&v1::Interaction::mutable_wrap_up_duration>("wrap_up_duration"),
      Required<&v1::Interaction::set_outcome>("outcome"),
      Rule<&v1::Interaction::set_transferred>("transferred"),
      Rule<&v1::Interaction::set_resolution>("resolution"),
      Rule<&v1::Interaction::set_conversion_eligible>("conversion_eligible"),
      Rule<&v1::Interaction::set_converted>("converted"),
      Rule<&v1::Interaction::set_upsell_offered>("upsell_offered"),
      Rule<&v1::Interaction::set_upsell_accepted>("upsell_accepted"),
      Rule<&v1::Interaction::mutable_revenue>("revenue"),
      Rule<&v1::Interaction::set_revision>("revision"),
  };
}

std::vector<ColumnRule> SurveyRules() {
  return {
      Required<&v1::SurveyResponse::mutable_response_id>("response_id"),
      Required<&v1::SurveyResponse::set_kind>("kind"),
      Rule<&v1::SurveyResponse::set_score>("score"),
      Rule<&v1::SurveyResponse::set_scale_minimum>("scale_minimum"),
      Rule<&v1::SurveyResponse::set_scale_maximum>("scale_maximum"),
      Rule<&v1::SurveyResponse::mutable_comment>("comment"),
      Rule<&v1::SurveyResponse::mutable_invite_time>("invite_time"),
      Rule<&v1::SurveyResponse::mutable_respond_time>("respond_time"),
      Rule<&v1::SurveyResponse::mutable_interaction_id>("interaction_id"),
      Rule<&v1::SurveyResponse::mutable_customer_id>("customer_id"),
      Rule<&v1::SurveyResponse::mutable_agent_id>("agent_id"),
      Rule<&v1::SurveyResponse::mutable_queue_id>("queue_id"),
      Rule<&v1::SurveyResponse::set_channel>("channel"),
      Rule<&v1::SurveyResponse::set_revision>("revision"),
  };
}

std::vector<ColumnRule> EvaluationRules() {
  return {
      Required<&v1::QualityEvaluation::mutable_evaluation_id>("evaluation_id"),
      Rule<&v1::QualityEvaluation::mutable_interaction_id>("interaction_id"),
      Required<&v1::QualityEvaluation::mutable_agent_id>("agent_id"),
      Rule<&v1::QualityEvaluation::mutable_evaluator_id>("evaluator_id"),
      Required<&v1::QualityEvaluation::mutable_evaluate_time>("evaluate_time"),
      Required<&v1::QualityItem::mutable_criterion>("criterion"),
      Rule<&v1::QualityItem::mutable_category>("category"),
      Required<&v1::QualityItem::set_score>("score"),
      Required<&v1::QualityItem::set_maximum_score>("maximum_score"),
      Rule<&v1::QualityItem::set_weight>("weight"),
      Rule<&v1::QualityItem::set_not_applicable>("not_applicable"),
      Rule<&v1::QualityItem::set_auto_fail>("auto_fail"),
      Rule<&v1::QualityEvaluation::set_revision>("revision"),
  };
}

std::vector<ColumnRule> ActivityRules() {
  return {
      Required<&v1::AgentActivity::mutable_activity_id>("activity_id"),
      Required<&v1::AgentActivity::mutable_agent_id>("agent_id"),
      Required<&v1::AgentActivity::set_state>("state"),
      Required<&v1::AgentActivity::mutable_start_time>("start_time"),
      Rule<&v1::AgentActivity::mutable_end_time>("end_time"),
      Rule<&v1::AgentActivity::set_revision>("revision"),
  };
}

std::vector<ColumnRule> ScheduleRules() {
  return {
      Required<&v1::ScheduledActivity::mutable_schedule_id>("schedule_id"),
      Required<&v1::ScheduledActivity::mutable_agent_id>("agent_id"),
      Required<&v1::ScheduledActivity::set_state>("state"),
      Required<&v1::ScheduledActivity::mutable_start_time>("start_time"),
      Required<&v1::ScheduledActivity::mutable_end_time>("end_time"),
      Rule<&v1::ScheduledActivity::set_revision>("revision"),
  };
}

std::vector<ColumnRule> TicketRules() {
  return {
      Required<&v1::Ticket::mutable_ticket_id>("ticket_id"),
      Rule<&v1::Ticket::mutable_customer_id>("customer_id"),
      Rule<&v1::Ticket::mutable_agent_id>("agent_id"),
      Rule<&v1::Ticket::mutable_queue_id>("queue_id"),
      Rule<&v1::Ticket::set_channel>("channel"),
      Rule<&v1::Ticket::mutable_priority>("priority"),
      Required<&v1::Ticket::mutable_open_time>("open_time"),
      Rule<&v1::Ticket::mutable_first_response_time>("first_response_time"),
      Rule<&v1::Ticket::mutable_first_resolve_time>("first_resolve_time"),
      Rule<&v1::Ticket::mutable_last_resolve_time>("last_resolve_time"),
      Rule<&v1::Ticket::mutable_close_time>("close_time"),
      Rule<&v1::Ticket::set_reopen_count>("reopen_count"),
      Rule<&v1::Ticket::set_reassignment_count>("reassignment_count"),
      Rule<&v1::Ticket::set_revision>("revision"),
  };
}

std::vector<ColumnRule> CostRules() {
  return {
      Required<&v1::Cost::mutable_cost_id>("cost_id"),
      Rule<&v1::Cost::mutable_category>("category"),
      Required<&v1::Cost::mutable_amount>("amount"),
      Required<&v1::Interval::mutable_start_time>("start_time"),
      Required<&v1::Interval::mutable_end_time>("end_time"),
      Rule<&v1::Cost::mutable_queue_id>("queue_id"),
      Rule<&v1::Cost::mutable_group_id>("group_id"),
      Rule<&v1::Cost::set_channel>("channel"),
      Rule<&v1::Cost::set_revision>("revision"),
  };
}

std::vector<ColumnRule> TargetRules() {
  return {
      Required<&v1::Target::mutable_target_id>("target_id"),
      Required<&v1::Target::mutable_kpi_id>("kpi_id"),
      Rule<&v1::Target::mutable_parameters>("parameters"),
      Rule<&v1::Target::mutable_statistic>("statistic"),
      Required<&v1::Target::set_scope>("scope"),
      Rule<&v1::Target::mutable_scope_id>("scope_id"),
      Required<&v1::Target::set_target_value>("target_value"),
      Rule<&v1::Target::set_worst_value>("worst_value"),
      Rule<&v1::Target::set_best_value>("best_value"),
      Rule<&v1::Target::set_band_end_value>("band_end_value"),
      Rule<&v1::Target::mutable_currency_code>("currency_code"),
      Rule<&v1::Target::set_weight>("weight"),
      Rule<&v1::Target::mutable_start_time>("start_time"),
      Rule<&v1::Target::mutable_end_time>("end_time"),
      Rule<&v1::Target::set_revision>("revision"),
  };
}

// One line for each kind, in the order of the enum.
struct KindOfRecord {
  std::string_view name;
  std::vector<ColumnRule> rules;
  void (*begin)(v1::StreamRecord* record);
};

const std::array<KindOfRecord, 8>& Kinds() {
  using Record = v1::StreamRecord;
  static const std::array<KindOfRecord, 8> kinds = {{
      {"interactions", InteractionRules(), [](Record* r) { r->mutable_interaction(); }},
      {"surveys", SurveyRules(), [](Record* r) { r->mutable_survey_response(); }},
      {"quality_evaluations", EvaluationRules(),
       [](Record* r) { r->mutable_quality_evaluation()->add_items(); }},
      {"agent_activities", ActivityRules(), [](Record* r) { r->mutable_agent_activity(); }},
      {"scheduled_activities", ScheduleRules(), [](Record* r) { r->mutable_scheduled_activity(); }},
      {"tickets", TicketRules(), [](Record* r) { r->mutable_ticket(); }},
      {"costs", CostRules(), [](Record* r) { r->mutable_cost(); }},
      {"targets", TargetRules(), [](Record* r) { r->mutable_target(); }},
  }};
  return kinds;
}

const KindOfRecord& Find(RecordKind kind) { return Kinds()[static_cast<size_t>(kind)]; }

}  // namespace

std::string_view TrimmedCell(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::vector<std::string> RecordKindNames() {
  std::vector<std::string> names;
  for (const KindOfRecord& kind : Kinds()) names.emplace_back(kind.name);
  return names;
}

std::optional<RecordKind> FindRecordKind(std::string_view name) {
  for (size_t i = 0; i < Kinds().size(); ++i) {
    if (Kinds()[i].name == name) return static_cast<RecordKind>(i);
  }
  return std::nullopt;
}

const std::vector<ColumnRule>& ColumnRules(RecordKind kind) { return Find(kind).rules; }

void BeginRecord(RecordKind kind, v1::StreamRecord* record) { Find(kind).begin(record); }

}  // namespace kpid::client
