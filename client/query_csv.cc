#include <vector>

#include "absl/strings/str_cat.h"
#include "client/csv_cell.h"
#include "client/query_grammar.h"
#include "client/query_table.h"
#include "client/value_text.h"

namespace kpid::client {
namespace {

// What the columns of a KPI are.
struct KpiColumns {
  bool currency = false;
  bool counts = false;
  bool interval = false;
};

void AppendNumber(bool present, double number, std::string* line) {
  line->push_back(',');
  if (present) *line += ShortestNumber(number);
}

void AppendValue(const KpiColumns& columns, const v1::KpiValue& value, std::string* line) {
  AppendNumber(value.has_value(), value.value(), line);
  if (columns.currency) absl::StrAppend(line, ",", value.currency_code());
  if (columns.counts) {
    AppendNumber(value.has_numerator(), value.numerator(), line);
    AppendNumber(value.has_denominator(), value.denominator(), line);
    absl::StrAppend(line, ",", value.sample_count());
  }
  if (columns.interval) {
    const bool present = value.has_confidence_interval();
    AppendNumber(present, value.confidence_interval().lower(), line);
    AppendNumber(present, value.confidence_interval().upper(), line);
  }
}

std::string HeaderLine(const v1::QueryKpisRequest& request, const v1::QueryKpisResponse& response,
                       const std::vector<KpiColumns>& columns) {
  std::string line;
  for (const v1::Dimension& dimension : request.group_by()) {
    AppendGuardedCsvCell(DimensionText(dimension), &line);
    line.push_back(',');
  }
  line += "interval_start,interval_end";
  for (int kpi = 0; kpi < response.kpis_size(); ++kpi) {
    const std::string& name = response.kpis(kpi).name();
    const auto add = [&](const char* suffix) {
      line.push_back(',');
      AppendGuardedCsvCell(name + suffix, &line);
    };
    const KpiColumns& carried = columns[static_cast<size_t>(kpi)];
    add("");
    if (carried.currency) add(".currency");
    if (carried.counts) add(".numerator"), add(".denominator"), add(".sample_count");
    if (carried.interval) add(".lower"), add(".upper");
  }
  return line + "\r\n";
}

}  // namespace

std::string QueryCsv(const v1::QueryKpisRequest& request, const v1::QueryKpisResponse& response,
                     bool details) {
  const absl::TimeZone zone = ZoneOf(response);
  std::vector<KpiColumns> columns;
  for (const v1::ResolvedKpi& kpi : response.kpis()) {
    columns.push_back({.currency = kpi.unit() == v1::UNIT_MONEY,
                       .counts = details && request.value_detail() != v1::VALUE_DETAIL_BARE,
                       .interval = details && request.value_detail() == v1::VALUE_DETAIL_INTERVAL});
  }
  std::string text = HeaderLine(request, response, columns);
  for (const v1::Slice& slice : response.slices()) {
    for (const v1::Point& point : slice.series()) {
      std::string line;
      for (const v1::DimensionValue& value : slice.dimensions()) {
        if (!value.missing()) AppendGuardedCsvCell(value.value(), &line);
        line.push_back(',');
      }
      absl::StrAppend(&line, TimeText(ToTime(point.interval().start_time()), zone), ",",
                      TimeText(ToTime(point.interval().end_time()), zone));
      for (int kpi = 0; kpi < response.kpis_size(); ++kpi) {
        AppendValue(columns[static_cast<size_t>(kpi)], point.values(kpi), &line);
      }
      absl::StrAppend(&text, line, "\r\n");
    }
  }
  return text;
}

}  // namespace kpid::client
