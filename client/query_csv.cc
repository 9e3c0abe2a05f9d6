#include <string_view>
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
  bool comparison = false;
  bool target = false;
  bool target_end = false;
};

void AppendNumber(bool present, double number, std::string* line) {
  line->push_back(',');
  if (present) *line += ShortestNumber(number);
}

std::string_view SignificantText(v1::ChangeSignificance significance) {
  switch (significance) {
    case v1::CHANGE_SIGNIFICANCE_SIGNIFICANT:
      return "true";
    case v1::CHANGE_SIGNIFICANCE_NOT_SIGNIFICANT:
      return "false";
    default:
      return "";
  }
}

std::string_view StatusText(v1::TargetStatus status) {
  switch (status) {
    case v1::TARGET_STATUS_MET:
      return "met";
    case v1::TARGET_STATUS_MISSED:
      return "missed";
    case v1::TARGET_STATUS_NO_VALUE:
      return "no_value";
    default:
      return "";
  }
}

void AppendComparison(const v1::Comparison& comparison, std::string* line) {
  AppendNumber(comparison.has_previous_value(), comparison.previous_value(), line);
  AppendNumber(comparison.has_absolute_change(), comparison.absolute_change(), line);
  AppendNumber(comparison.has_relative_change_percent(), comparison.relative_change_percent(),
               line);
  line->push_back(',');
  *line += SignificantText(comparison.significance());
}

void AppendTarget(const KpiColumns& columns, const v1::KpiValue& value, std::string* line) {
  const v1::TargetAssessment& target = value.target();
  AppendNumber(value.has_target(), target.target_value(), line);
  if (columns.target_end) AppendNumber(target.has_band_end_value(), target.band_end_value(), line);
  line->push_back(',');
  *line += StatusText(target.status());
  AppendNumber(target.has_attainment(), target.attainment(), line);
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
  if (columns.comparison) AppendComparison(value.comparison(), line);
  if (columns.target) AppendTarget(columns, value, line);
}

// Whether there may be a slice of the others, whose rows need to be told from those without
// values.
bool HasOther(const v1::QueryKpisRequest& request) {
  return request.top_count() > 0 && !request.omit_other();
}

std::vector<KpiColumns> ColumnsOf(const v1::QueryKpisRequest& request,
                                  const v1::QueryKpisResponse& response, bool details) {
  std::vector<KpiColumns> columns;
  for (const v1::ResolvedKpi& kpi : response.kpis()) {
    KpiColumns carried;
    carried.currency = kpi.unit() == v1::UNIT_MONEY;
    carried.counts = details && request.value_detail() != v1::VALUE_DETAIL_BARE;
    carried.interval = details && request.value_detail() == v1::VALUE_DETAIL_INTERVAL;
    carried.comparison = request.compare_to() != v1::COMPARISON_PERIOD_UNSPECIFIED;
    columns.push_back(carried);
  }
  for (const v1::Slice& slice : response.slices()) {
    for (const v1::Point& point : slice.series()) {
      for (size_t k = 0; k < columns.size(); ++k) {
        const v1::KpiValue& value = point.values(static_cast<int>(k));
        columns[k].target |= value.has_target();
        columns[k].target_end |= value.target().has_band_end_value();
      }
    }
  }
  return columns;
}

std::string HeaderLine(const v1::QueryKpisRequest& request, const v1::QueryKpisResponse& response,
                       const std::vector<KpiColumns>& columns, bool numbered) {
  std::string line = numbered ? "sequence," : "";
  for (const v1::Dimension& dimension : request.group_by()) {
    AppendGuardedCsvCell(DimensionText(dimension), &line);
    line.push_back(',');
  }
  if (HasOther(request)) line += "other,";
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
    if (carried.comparison) {
      add(".previous"), add(".change"), add(".change_percent"), add(".significant");
    }
    if (!carried.target) continue;
    add(".target");
    if (carried.target_end) add(".target_end");
    add(".status"), add(".attainment");
  }
  return line + "\r\n";
}

}  // namespace

std::string QueryCsv(const v1::QueryKpisRequest& request, const v1::QueryKpisResponse& response,
                     bool details, std::optional<int64_t> sequence) {
  const absl::TimeZone zone = ZoneOf(response);
  const std::vector<KpiColumns> columns = ColumnsOf(request, response, details);
  std::string text = HeaderLine(request, response, columns, sequence.has_value());
  for (const v1::Slice& slice : response.slices()) {
    for (const v1::Point& point : slice.series()) {
      std::string line = sequence ? absl::StrCat(*sequence, ",") : "";
      for (int d = 0; d < request.group_by_size(); ++d) {
        const bool present = d < slice.dimensions_size() && !slice.dimensions(d).missing();
        if (present) AppendGuardedCsvCell(slice.dimensions(d).value(), &line);
        line.push_back(',');
      }
      if (HasOther(request)) line += slice.other() ? "true," : "false,";
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
