#include "client/record_columns.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/field_text.h"

namespace kpid::client {
namespace {

constexpr std::string_view kAttributePrefix = "attributes.";

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
  for (const ColumnRule& rule : ColumnRules(kind)) {
    if (rule.required && !Contains(header, rule.name)) missing.emplace_back(rule.name);
  }
  if (kind == RecordKind::kSurveys && !Contains(header, "invite_time") &&
      !Contains(header, "respond_time")) {
    missing.emplace_back("respond_time (or invite_time)");
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

absl::StatusOr<RecordColumns> RecordColumns::Create(RecordKind kind,
                                                    const std::vector<std::string>& header,
                                                    bool ignore_unknown) {
  RecordColumns columns;
  columns.kind_ = kind;
  for (const std::string& name : header) columns.header_.emplace_back(TrimmedCell(name));
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
  BeginRecord(kind_, record);
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
