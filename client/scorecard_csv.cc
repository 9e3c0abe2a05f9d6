#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/csv_cell.h"
#include "client/scorecard_table.h"
#include "client/value_text.h"

namespace kpid::client {
namespace {

constexpr char kHeader[] =
    "area,kpi,weight,value,currency,no_value_reason,sample_count,lower,upper,target_id,"
    "target_value,band_end_value,status,attainment,previous_value,absolute_change,"
    "relative_change_percent,change_lower,change_upper,significance,rank,peer_count\r\n";

class Row {
 public:
  void Text(const std::string& text) {
    Separate();
    AppendGuardedCsvCell(text, &line_);
  }
  void Number(bool present, double number) {
    Separate();
    if (present) line_ += ShortestNumber(number);
  }
  void Whole(bool present, int64_t number) {
    Separate();
    if (present) absl::StrAppend(&line_, number);
  }
  // The name of an enum value without its prefix, in lower case; empty for the unspecified one.
  void Name(const std::string& name, size_t prefix_size, bool specified) {
    Text(specified ? absl::AsciiStrToLower(name.substr(prefix_size)) : "");
  }

  std::string Take() { return std::move(line_) + "\r\n"; }

 private:
  void Separate() {
    if (started_) line_.push_back(',');
    started_ = true;
  }

  std::string line_;
  bool started_ = false;
};

template <size_t kSize>
constexpr size_t Length(const char (&)[kSize]) {
  return kSize - 1;
}

void AddTarget(const v1::KpiValue& value, Row* row) {
  const v1::TargetAssessment& target = value.target();
  row->Text(target.target_id());
  row->Number(value.has_target(), target.target_value());
  row->Number(target.has_band_end_value(), target.band_end_value());
  row->Name(v1::TargetStatus_Name(target.status()), Length("TARGET_STATUS_"),
            target.status() != v1::TARGET_STATUS_UNSPECIFIED);
  row->Number(target.has_attainment(), target.attainment());
}

void AddChange(const v1::Comparison& comparison, Row* row) {
  row->Number(comparison.has_previous_value(), comparison.previous_value());
  row->Number(comparison.has_absolute_change(), comparison.absolute_change());
  row->Number(comparison.has_relative_change_percent(), comparison.relative_change_percent());
  row->Number(comparison.has_change_interval(), comparison.change_interval().lower());
  row->Number(comparison.has_change_interval(), comparison.change_interval().upper());
  row->Name(v1::ChangeSignificance_Name(comparison.significance()), Length("CHANGE_SIGNIFICANCE_"),
            comparison.significance() != v1::CHANGE_SIGNIFICANCE_UNSPECIFIED);
}

}  // namespace

std::string ScorecardCsv(const v1::GetScorecardResponse& response) {
  std::string text = kHeader;
  for (const v1::ScorecardLine& line : response.lines()) {
    const v1::KpiValue& value = line.value();
    Row row;
    row.Text(AreaText(line.area()));
    row.Text(line.kpi().name());
    row.Number(true, line.weight());
    row.Number(value.has_value(), value.value());
    row.Text(value.currency_code());
    row.Name(v1::NoValueReason_Name(value.no_value_reason()), Length("NO_VALUE_REASON_"),
             value.no_value_reason() != v1::NO_VALUE_REASON_UNSPECIFIED);
    row.Whole(true, value.sample_count());
    row.Number(value.has_confidence_interval(), value.confidence_interval().lower());
    row.Number(value.has_confidence_interval(), value.confidence_interval().upper());
    AddTarget(value, &row);
    AddChange(value.comparison(), &row);
    row.Whole(line.has_rank(), line.rank());
    row.Whole(true, line.peer_count());
    text += row.Take();
  }
  return text;
}

}  // namespace kpid::client
