#include "client/record_columns.h"

#include <algorithm>
#include <type_traits>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/field_text.h"
#include "google/protobuf/generated_enum_reflection.h"

namespace kpid::client {
namespace {

constexpr std::string_view kAttributePrefix = "attributes.";

// Columns that a file must have; the surveys' times are checked apart (one of two is enough).
constexpr std::string_view kRequiredOfInteractions[] = {"interaction_id", "arrive_time", "outcome"};
constexpr std::string_view kRequiredOfSurveys[] = {"response_id", "kind"};

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

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
  if (ParseTime(Trimmed(cell), time)) return true;
  *expected = "RFC 3339 with an offset, for example 2026-01-31T09:30:00Z";
  return false;
}

bool ReadCell(std::string_view cell, google::protobuf::Duration* duration, std::string* expected) {
  if (ParseDurationField(Trimmed(cell), duration)) return true;
  *expected = "seconds, or a duration with a unit, for example 90 or 1.5m";
  return false;
}

bool ReadCell(std::string_view cell, v1::Money* money, std::string* expected) {
  if (ParseMoney(Trimmed(cell), money)) return true;
  *expected = "an amount and a currency, for example 12.50 EUR";
  return false;
}

bool ReadCell(std::string_view cell, std::string* text, std::string*) {
  text->assign(cell);
  return true;
}

bool ReadCell(std::string_view cell, bool* value, std::string* expected) {
  if (ParseTruth(Trimmed(cell), value)) return true;
  *expected = "true, yes, 1, false, no or 0";
  return false;
}

bool ReadCell(std::string_view cell, double* value, std::string* expected) {
  if (ParseNumber(Trimmed(cell), value)) return true;
  *expected = "a decimal number";
  return false;
}

bool ReadCell(std::string_view cell, int64_t* value, std::string* expected) {
  if (ParseInteger(Trimmed(cell), value)) return true;
  *expected = "a whole number";
  return false;
}

template <class Enum>
requires std::is_enum_v<Enum>
bool ReadCell(std::string_view cell, Enum* value, std::string* expected) {
  static const std::vector<EnumName> names = EnumNames(google::protobuf::GetEnumDescriptor<Enum>());
  int number = 0;
  if (!FindEnum(names, Trimmed(cell), &number, expected)) return false;
  *value = static_cast<Enum>(number);
  return true;
}

template <class Record>
Record* RecordIn(v1::StreamRecord* record) {
  if constexpr (std::is_same_v<Record, v1::Interaction>) {
    return record->mutable_interaction();
  } else {
    return record->mutable_survey_response();
  }
}

// Reads a cell into the field of a mutable_ or set_ method.
template <class Record, class Field>
bool ReadInto(Field* (Record::*mutable_field)(), std::string_view cell, v1::StreamRecord* record,
              std::string* expected) {
  return ReadCell(cell, (RecordIn<Record>(record)->*mutable_field)(), expected);
}
template <class Record, class Field>
bool ReadInto(void (Record::*set_field)(Field), std::string_view cell, v1::StreamRecord* record,
              std::string* expected) {
  Field value{};
  if (!ReadCell(cell, &value, expected)) return false;
  (RecordIn<Record>(record)->*set_field)(value);
  return true;
}

template <auto method>
ColumnRule Rule(std::string_view name) {
  return {name, [](std::string_view cell, v1::StreamRecord* record, std::string* expected) {
            return ReadInto(method, cell, record, expected);
          }};
}

std::vector<ColumnRule> InteractionRules() {
  return {
      Rule<&v1::Interaction::mutable_interaction_id>("interaction_id"),
      Rule<&v1::Interaction::mutable_customer_id>("customer_id"),
      Rule<&v1::Interaction::mutable_conversation_id>("conversation_id"),
      Rule<&v1::Interaction::mutable_case_id>("case_id"),
      Rule<&v1::Interaction::set_channel>("channel"),
      Rule<&v1::Interaction::set_direction>("direction"),
      Rule<&v1::Interaction::mutable_queue_id>("queue_id"),
      Rule<&v1::Interaction::mutable_agent_id>("agent_id"),
      Rule<&v1::Interaction::mutable_arrive_time>("arrive_time"),
      Rule<&v1::Interaction::mutable_enqueue_time>("enqueue_time"),
      Rule<&v1::Interaction::mutable_answer_time>("answer_time"),
      Rule<&v1::Interaction::mutable_first_response_time>("first_response_time"),
      Rule<&v1::Interaction::mutable_end_time>("end_time"),
      Rule<&v1::Interaction::mutable_talk_duration>("talk_duration"),
      Rule<&v1::Interaction::mutable_hold_duration>("hold_duration"),
      Rule<&v1::Interaction::mutable_wrap_up_duration>("wrap_up_duration"),
      Rule<&v1::Interaction::set_outcome>("outcome"),
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
      Rule<&v1::SurveyResponse::mutable_response_id>("response_id"),
      Rule<&v1::SurveyResponse::set_kind>("kind"),
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

const ColumnRule* FindRule(RecordKind kind, std::string_view name) {
  for (const ColumnRule& rule : ColumnRules(kind)) {
    if (rule.name == name) return &rule;
  }
  return nullptr;
}

bool Contains(const std::vector<std::string>& header, std::string_view name) {
  return std::find(header.begin(), header.end(), name) != header.end();
}

std::vector<std::string> MissingColumns(RecordKind kind, const std::vector<std::string>& header) {
  std::vector<std::string> missing;
  const auto require = [&](const auto& names) {
    for (const std::string_view name : names) {
      if (!Contains(header, name)) missing.emplace_back(name);
    }
  };
  if (kind == RecordKind::kInteractions) {
    require(kRequiredOfInteractions);
  } else {
    require(kRequiredOfSurveys);
    if (!Contains(header, "invite_time") && !Contains(header, "respond_time")) {
      missing.emplace_back("respond_time (or invite_time)");
    }
  }
  return missing;
}

void AppendProblem(std::string_view problem, const std::vector<std::string>& columns,
                   std::string* problems) {
  if (columns.empty()) return;
  absl::StrAppend(problems, problems->empty() ? "" : "; ", std::string(problem), ": ",
                  absl::StrJoin(columns, ", "));
}

}  // namespace

const std::vector<ColumnRule>& ColumnRules(RecordKind kind) {
  static const std::vector<ColumnRule> interactions = InteractionRules();
  static const std::vector<ColumnRule> surveys = SurveyRules();
  return kind == RecordKind::kInteractions ? interactions : surveys;
}

absl::StatusOr<RecordColumns> RecordColumns::Create(RecordKind kind,
                                                    const std::vector<std::string>& header,
                                                    bool ignore_unknown) {
  RecordColumns columns;
  columns.kind_ = kind;
  for (const std::string& name : header) columns.header_.emplace_back(Trimmed(name));
  const std::vector<std::string>& names = columns.header_;
  if (names.size() > 2 && names[0] == "line" && names[1] == "reason") {
    columns.leading_columns_ = 2;
  }
  std::vector<std::string> unknown;
  std::vector<std::string> doubled;
  absl::flat_hash_map<std::string, size_t> seen;
  for (size_t i = columns.leading_columns_; i < names.size(); ++i) {
    const std::string& name = names[i];
    const ColumnRule* rule = FindRule(kind, name);
    const bool attribute = kind == RecordKind::kInteractions && rule == nullptr &&
                           name.starts_with(kAttributePrefix) &&
                           name.size() > kAttributePrefix.size();
    if (rule == nullptr && !attribute) {
      unknown.push_back(name.empty() ? "(no name)" : name);
      continue;
    }
    if (!seen.emplace(name, i).second) {
      if (std::find(doubled.begin(), doubled.end(), name) == doubled.end()) doubled.push_back(name);
      continue;
    }
    if (rule == &ColumnRules(kind).front()) columns.id_column_ = i;
    columns.bindings_.push_back(
        {i, rule, attribute ? name.substr(kAttributePrefix.size()) : std::string()});
  }
  std::string problems;
  if (!ignore_unknown) AppendProblem("unknown columns", unknown, &problems);
  AppendProblem("columns that are there twice", doubled, &problems);
  AppendProblem("missing columns", MissingColumns(kind, names), &problems);
  if (problems.empty()) return columns;
  if (names.size() == 1 && names[0].find_first_of(";\t") != std::string::npos) {
    problems += "; columns must be parted by commas";
  } else if (!ignore_unknown && !unknown.empty()) {
    problems += " (--ignore-unknown leaves unknown columns out)";
  }
  return absl::InvalidArgumentError(problems);
}

bool RecordColumns::Parse(const RowBatch& rows, size_t row, v1::StreamRecord* record,
                          std::string* reason) const {
  reason->clear();
  if (!IsText(rows.text(row))) {
    *reason = "the row is not UTF-8 text, or holds a NUL";
    return false;
  }
  if (kind_ == RecordKind::kInteractions) {
    record->mutable_interaction();
  } else {
    record->mutable_survey_response();
  }
  std::string expected;
  for (const Binding& binding : bindings_) {
    const std::string_view cell = rows.field(row, binding.column);
    if (cell.empty()) continue;
    if (binding.rule == nullptr) {
      (*record->mutable_interaction()->mutable_attributes())[binding.attribute_key] =
          std::string(cell);
    } else if (!binding.rule->parse(cell, record, &expected)) {
      absl::StrAppend(reason, reason->empty() ? "" : "; ", header_[binding.column], ": expected ",
                      expected);
    }
  }
  return reason->empty();
}

}  // namespace kpid::client
