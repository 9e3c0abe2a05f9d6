#include "client/explain_table.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/csv_cell.h"
#include "client/enum_text.h"
#include "client/grouped_number.h"
#include "client/text_table.h"
#include "client/text_width.h"
#include "client/value_text.h"

namespace kpid::client {
namespace {

std::string KindText(v1::RecordKind kind) {
  return EnumText(v1::RecordKind_Name(kind), "RECORD_KIND_");
}

std::string RoleText(v1::RecordRole role) {
  return EnumText(v1::RecordRole_Name(role), "RECORD_ROLE_");
}

std::string ChannelText(v1::Channel channel) {
  return EnumText(v1::Channel_Name(channel), "CHANNEL_");
}

absl::TimeZone ZoneOfAnswer(const v1::ExplainKpiResponse& response) {
  absl::TimeZone zone = absl::UTCTimeZone();
  if (!response.time_zone().empty()) absl::LoadTimeZone(response.time_zone(), &zone);
  return zone;
}

// Whole numbers as such, others with three decimals.
std::string AmountText(bool present, double amount) {
  if (!present) return "";
  if (amount == std::floor(amount) && std::abs(amount) < 1e15) {
    return GroupThousands(absl::StrFormat("%.0f", amount));
  }
  return GroupThousands(absl::StrFormat("%.3f", amount));
}

std::string ValueLine(const v1::ExplainKpiResponse& response) {
  const v1::KpiValue& value = response.value();
  std::string line = absl::StrCat(PrintableText(response.kpi().name()), ": ");
  const ValueStyle style = StyleOf(response.kpi().unit(), {&value});
  if (value.has_value()) {
    const std::string unit = UnitText(style);
    absl::StrAppend(&line, ValueText(style, value), unit.empty() ? "" : " ", unit);
  } else {
    absl::StrAppend(&line, "- (", NoValueText(value.no_value_reason()), ")");
  }
  if (value.has_numerator()) absl::StrAppend(&line, " = ", AmountText(true, value.numerator()));
  if (value.has_denominator()) absl::StrAppend(&line, " / ", AmountText(true, value.denominator()));
  return line;
}

TextTable GroupTable(const v1::ExplainKpiResponse& response) {
  TextTable table;
  table.columns = {{"role", "", false, true}, {"reason", "", false, true},
                   {"what", "", false, true}, {"records", "", true},
                   {"numerator", "", true},   {"denominator", "", true}};
  int64_t records = 0;
  for (const v1::RecordGroup& group : response.groups()) {
    records += group.record_count();
    table.rows.push_back({RoleText(group.role()), PrintableText(group.reason()),
                          KindText(group.record_kind()), GroupedNumber(group.record_count()),
                          AmountText(group.has_numerator(), group.numerator()),
                          AmountText(group.has_denominator(), group.denominator())});
  }
  table.footer_rows = table.rows.empty() ? 0 : 1;
  const v1::KpiValue& value = response.value();
  table.rows.push_back({"all", "", "", GroupedNumber(records),
                        AmountText(value.has_numerator(), value.numerator()),
                        AmountText(value.has_denominator(), value.denominator())});
  return table;
}

TextTable RecordTable(const v1::ExplainKpiResponse& response) {
  const absl::TimeZone zone = ZoneOfAnswer(response);
  TextTable table;
  table.columns = {{"what", "", false, true},
                   {"id", "", false, true},
                   {"time", ""},
                   {"role", ""},
                   {"reason", ""},
                   {"numerator", "", true},
                   {"denominator", "", true},
                   {"agent", ""},
                   {"queue", ""},
                   {"channel", ""}};
  for (const v1::ExplainedRecord& record : response.records()) {
    table.rows.push_back({KindText(record.record_kind()), PrintableText(record.record_id()),
                          absl::FormatTime("%Y-%m-%d %H:%M:%S", ToTime(record.time()), zone),
                          RoleText(record.role()), PrintableText(record.reason()),
                          AmountText(record.has_numerator(), record.numerator()),
                          AmountText(record.has_denominator(), record.denominator()),
                          PrintableText(record.agent_id()), PrintableText(record.queue_id()),
                          ChannelText(record.channel())});
  }
  return table;
}

}  // namespace

std::string ExplainTable(const v1::ExplainKpiResponse& response, const TableOptions& options) {
  std::string text =
      absl::StrCat(RangeText(response.interval(), ZoneOfAnswer(response)), ", ",
                   PrintableText(response.time_zone()), "\n\n", ValueLine(response), "\n\n",
                   RenderTable(GroupTable(response), options.width, options.colour));
  if (response.records_size() == 0) return text;
  absl::StrAppend(&text, "\n", RenderTable(RecordTable(response), options.width, options.colour));
  if (!response.next_page_token().empty()) {
    absl::StrAppend(&text, "\nThe first ", GroupedNumber(response.records_size()),
                    " records; --limit shows more.\n");
  }
  return text;
}

std::string ExplainCsv(const v1::ExplainKpiResponse& response) {
  const absl::TimeZone zone = ZoneOfAnswer(response);
  std::string text =
      "record_kind,record_id,time,role,reason,numerator,denominator,agent_id,queue_id,channel\r\n";
  for (const v1::ExplainedRecord& record : response.records()) {
    std::string line = KindText(record.record_kind());
    const auto add = [&](const std::string& cell) {
      line.push_back(',');
      AppendGuardedCsvCell(cell, &line);
    };
    add(record.record_id());
    absl::StrAppend(&line, ",", TimeText(ToTime(record.time()), zone));
    add(RoleText(record.role()));
    add(record.reason());
    absl::StrAppend(&line, ",", record.has_numerator() ? ShortestNumber(record.numerator()) : "",
                    ",", record.has_denominator() ? ShortestNumber(record.denominator()) : "");
    add(record.agent_id());
    add(record.queue_id());
    add(ChannelText(record.channel()));
    absl::StrAppend(&text, line, "\r\n");
  }
  return text;
}

}  // namespace kpid::client
