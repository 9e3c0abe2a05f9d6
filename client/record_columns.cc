#include "client/record_columns.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/field_text.h"

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
std::vector<EnumName> EnumNames(const google::protobuf::EnumDescriptor* descriptor,
                                std::string_view prefix) {
  std::vector<EnumName> names;
  for (int i = 0; i < descriptor->value_count(); ++i) {
    if (descriptor->value(i)->number() == 0) continue;
    names.push_back({absl::AsciiStrToLower(descriptor->value(i)->name().substr(prefix.size())),
                     descriptor->value(i)->number()});
  }
  return names;
}

bool FindEnum(const std::vector<EnumName>& names, std::string_view cell, int* number,
              std::string* expected) {
  for (const EnumName& name : names) {
    if (name.name == cell) return *number = name.number, true;
  }
  *expected = absl::StrCat("one of ", absl::StrJoin(names, ", ", [](auto* out, const auto& name) {
                             out->append(name.name);
                           }));
  return false;
}

bool TimeCell(std::string_view cell, google::protobuf::Timestamp* time, std::string* expected) {
  if (ParseTime(Trimmed(cell), time)) return true;
  *expected = "RFC 3339 with an offset, for example 2026-01-31T09:30:00Z";
  return false;
}

bool DurationCell(std::string_view cell, google::protobuf::Duration* duration,
                  std::string* expected) {
  if (ParseDurationField(Trimmed(cell), duration)) return true;
  *expected = "seconds, or a duration with a unit, for example 90 or 1.5m";
  return false;
}

bool TruthCell(std::string_view cell, bool* value, std::string* expected) {
  if (ParseTruth(Trimmed(cell), value)) return true;
  *expected = "true, yes, 1, false, no or 0";
  return false;
}

bool NumberCell(std::string_view cell, double* value, std::string* expected) {
  if (ParseNumber(Trimmed(cell), value)) return true;
  *expected = "a decimal number";
  return false;
}

bool IntegerCell(std::string_view cell, int64_t* value, std::string* expected) {
  if (ParseInteger(Trimmed(cell), value)) return true;
  *expected = "a whole number";
  return false;
}

bool MoneyCell(std::string_view cell, v1::Money* money, std::string* expected) {
  if (ParseMoney(Trimmed(cell), money)) return true;
  *expected = "an amount and a currency, for example 12.50 EUR";
  return false;
}

// A macro keeps the tables below readable: a lambda per field would be five lines each.
#define KPID_TEXT(record, field)                                                      \
  ColumnRule {                                                                        \
#field, [](std::string_view cell, v1::StreamRecord* to, std::string*) {             \
      to->mutable_##record()->set_##field(cell.data(), cell.size());                    \
      return true;                                                                      \
    } \
  }
#define KPID_MESSAGE(record, field, read)                                                            \
  ColumnRule {                                                                                       \
#field,                                                                                          \
        [](std::string_view cell, v1::StreamRecord * to,                                             \
           std::string *                                                                             \
               expected) { return read(cell, to->mutable_##record()->mutable_##field(), expected); } \
  }
#define KPID_SCALAR(record, field, type, read)                                        \
  ColumnRule {                                                                        \
#field, [](std::string_view cell, v1::StreamRecord* to, std::string* expected) {    \
      type value{};                                                                     \
      if (!read(cell, &value, expected)) return false;                                  \
      to->mutable_##record()->set_##field(value);                                       \
      return true;                                                                      \
    } \
  }
#define KPID_ENUM(record, field, type, prefix)                                        \
  ColumnRule {                                                                        \
#field, [](std::string_view cell, v1::StreamRecord* to, std::string* expected) {    \
      static const std::vector<EnumName> names =                                        \
          EnumNames(v1::type##_descriptor(), prefix);                                   \
      int number = 0;                                                                   \
      if (!FindEnum(names, Trimmed(cell), &number, expected)) return false;             \
      to->mutable_##record()->set_##field(static_cast<v1::type>(number));               \
      return true;                                                                      \
    } \
  }

std::vector<ColumnRule> InteractionRules() {
  return {
      KPID_TEXT(interaction, interaction_id),
      KPID_TEXT(interaction, customer_id),
      KPID_TEXT(interaction, conversation_id),
      KPID_TEXT(interaction, case_id),
      KPID_ENUM(interaction, channel, Channel, "CHANNEL_"),
      KPID_ENUM(interaction, direction, Direction, "DIRECTION_"),
      KPID_TEXT(interaction, queue_id),
      KPID_TEXT(interaction, agent_id),
      KPID_MESSAGE(interaction, arrive_time, TimeCell),
      KPID_MESSAGE(interaction, enqueue_time, TimeCell),
      KPID_MESSAGE(interaction, answer_time, TimeCell),
      KPID_MESSAGE(interaction, first_response_time, TimeCell),
      KPID_MESSAGE(interaction, end_time, TimeCell),
      KPID_MESSAGE(interaction, talk_duration, DurationCell),
      KPID_MESSAGE(interaction, hold_duration, DurationCell),
      KPID_MESSAGE(interaction, wrap_up_duration, DurationCell),
      KPID_ENUM(interaction, outcome, Outcome, "OUTCOME_"),
      KPID_SCALAR(interaction, transferred, bool, TruthCell),
      KPID_ENUM(interaction, resolution, Resolution, "RESOLUTION_"),
      KPID_SCALAR(interaction, conversion_eligible, bool, TruthCell),
      KPID_SCALAR(interaction, converted, bool, TruthCell),
      KPID_SCALAR(interaction, upsell_offered, bool, TruthCell),
      KPID_SCALAR(interaction, upsell_accepted, bool, TruthCell),
      KPID_MESSAGE(interaction, revenue, MoneyCell),
      KPID_SCALAR(interaction, revision, int64_t, IntegerCell),
  };
}

std::vector<ColumnRule> SurveyRules() {
  return {
      KPID_TEXT(survey_response, response_id),
      KPID_ENUM(survey_response, kind, SurveyKind, "SURVEY_KIND_"),
      KPID_SCALAR(survey_response, score, double, NumberCell),
      KPID_SCALAR(survey_response, scale_minimum, double, NumberCell),
      KPID_SCALAR(survey_response, scale_maximum, double, NumberCell),
      KPID_TEXT(survey_response, comment),
      KPID_MESSAGE(survey_response, invite_time, TimeCell),
      KPID_MESSAGE(survey_response, respond_time, TimeCell),
      KPID_TEXT(survey_response, interaction_id),
      KPID_TEXT(survey_response, customer_id),
      KPID_TEXT(survey_response, agent_id),
      KPID_TEXT(survey_response, queue_id),
      KPID_ENUM(survey_response, channel, Channel, "CHANNEL_"),
      KPID_SCALAR(survey_response, revision, int64_t, IntegerCell),
  };
}

#undef KPID_TEXT
#undef KPID_MESSAGE
#undef KPID_SCALAR
#undef KPID_ENUM

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
