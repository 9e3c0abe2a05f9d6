// Generated records and rosters as lines of CSV files; of records, those that `kpid import` takes.
#pragma once

#include <string>
#include <string_view>

#include "client/generator/centre.h"
#include "client/record_columns.h"
#include "kpid/v1/ingest_service.pb.h"

namespace kpid::client {

// The header line of a kind: the columns that generated records fill.
std::string_view HeaderLine(RecordKind kind);

// The kind of a record. REQUIRES: it has one.
RecordKind KindOf(const v1::StreamRecord& record);

// Appends a record: one line, or of a quality evaluation one for each item.
void AppendRecordLines(const v1::StreamRecord& record, std::string* lines);

// The roster's lists with their headers; field names as in roster_service.proto.
std::string AgentLines(const Centre& centre);
std::string AgentGroupLines(const Centre& centre);
std::string MembershipLines(const Centre& centre);
std::string QueueLines(const Centre& centre);

// Scorecards, a line for each entry (client/scorecard_file.h).
std::string ScorecardLines(const Centre& centre);

}  // namespace kpid::client
