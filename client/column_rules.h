// What the columns of a CSV file mean: header names are the field names of the records.
//
//   attributes.KEY        one attribute of an interaction
//   revenue, amount       an amount and its currency: 12.50 EUR
//   channel, outcome ...  names of the enum's values in lower case without prefix: voice, handled
//   *_time                RFC 3339 (field_text.h, ParseTime)
//   *_duration            seconds, or with a unit (ParseDurationField)
//   transferred ...       true, yes, 1, false, no, 0
//   start_time, end_time  of a cost: its interval
//   parameters            of a KPI: threshold=60s;abandoned_as=ignore (ParseParameters)
//   criterion, score ...  one item of a quality evaluation: a row holds one item, consecutive rows
//                         of one evaluation_id are one evaluation and repeat its columns
// An empty cell means that the field is absent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kpid/v1/ingest_service.pb.h"

namespace kpid::client {

enum class RecordKind : uint8_t {
  kInteractions,
  kSurveys,
  kQualityEvaluations,
  kAgentActivities,
  kScheduledActivities,
  kTickets,
  kCosts,
  kTargets
};

// "interactions", "surveys" ...: in the order of the enum.
std::vector<std::string> RecordKindNames();
std::optional<RecordKind> FindRecordKind(std::string_view name);

// One column that can be in a file. Parses a cell that is not empty into the record; false and
// what would be right when it is not of the column's form.
struct ColumnRule {
  std::string_view name;
  bool (*parse)(std::string_view cell, v1::StreamRecord* record, std::string* expected);
  bool required = false;  // A file must have it.
};

// Rules of all columns of a kind but attributes.KEY, in the order of the .proto file; the first
// is the record's id.
const std::vector<ColumnRule>& ColumnRules(RecordKind kind);

// Makes an empty record one of a kind, ready for the rules.
void BeginRecord(RecordKind kind, v1::StreamRecord* record);

// Without spaces and tabs at its ends.
std::string_view TrimmedCell(std::string_view text);

}  // namespace kpid::client
