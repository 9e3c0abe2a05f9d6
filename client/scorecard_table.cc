#include "client/scorecard_table.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/change_text.h"
#include "client/grouped_number.h"
#include "client/text_table.h"
#include "client/text_width.h"
#include "client/value_text.h"
#include "metrics/scorecard.h"

namespace kpid::client {
namespace {

constexpr int kBarCells = 4;

// Sentences are broken at this width where the terminal is wider, or none.
constexpr int kSentenceWidthMax = 100;

enum Column : size_t { kKpi, kValue, kSample, kTarget, kAttained, kChange, kRank };

absl::TimeZone ZoneOf(const v1::GetScorecardResponse& response) {
  absl::TimeZone zone = absl::UTCTimeZone();
  if (!response.time_zone().empty()) absl::LoadTimeZone(response.time_zone(), &zone);
  return zone;
}

ValueStyle StyleOfLine(const v1::ScorecardLine& line) {
  v1::KpiValue target = line.value();  // So that both are written as m:ss, or neither is.
  if (target.has_target()) target.set_value(target.target().target_value());
  return StyleOf(line.kpi().unit(), {&line.value(), &target});
}

// "86.2 %", "5:12", "41.0 s", "12.50 EUR", "-3.1 pt".
std::string WithUnit(const ValueStyle& style, const v1::KpiValue& value) {
  const std::string number = NumberText(style, value.value());
  switch (style.unit) {
    case v1::UNIT_PERCENT:
      return number + " %";
    case v1::UNIT_POINTS:
      return number + " pt";
    case v1::UNIT_SECONDS:
      return style.clock ? number : number + " s";
    case v1::UNIT_PER_HOUR:
      return number + " /h";
    case v1::UNIT_MONEY:
      return absl::StrCat(number, " ", PrintableText(value.currency_code()));
    default:
      return number;
  }
}

// As the number that it was given as: "80", "82.5", "5:00".
std::string TargetNumber(const ValueStyle& style, double number) {
  return style.clock ? NumberText(style, number) : ShortestNumber(number);
}

// "✓ 80", "✗ 80-85", "5:00" where there is no value.
std::string TargetCell(const ValueStyle& style, const v1::KpiValue& value) {
  if (!value.has_target()) return "";
  const v1::TargetAssessment& target = value.target();
  std::string text = TargetNumber(style, target.target_value());
  if (target.has_band_end_value()) {
    absl::StrAppend(&text, "-", TargetNumber(style, target.band_end_value()));
  }
  if (target.status() == v1::TARGET_STATUS_MET) return "\u2713 " + text;
  if (target.status() == v1::TARGET_STATUS_MISSED) return "\u2717 " + text;
  return text;
}

// "███▌  87%".
std::string AttainedCell(double attainment) {
  // Rounding must not call complete what is not.
  const long percent =
      attainment < 1 ? std::min(99L, std::lround(attainment * 100)) : std::lround(attainment * 100);
  const std::string number = absl::StrCat(percent, "%");
  return absl::StrCat(BarText(attainment, kBarCells), std::string(5 - number.size(), ' '), number);
}

std::string RankCell(const v1::ScorecardLine& line) {
  return line.has_rank() ? absl::StrCat(line.rank(), "/", line.peer_count()) : "";
}

void AddLine(const v1::ScorecardLine& line, TextTable* table) {
  const v1::KpiValue& value = line.value();
  const ValueStyle style = StyleOfLine(line);
  const size_t row = table->rows.size();
  table->rows.push_back(
      {" " + PrintableText(line.kpi().name()), value.has_value() ? WithUnit(style, value) : "-",
       GroupedNumber(value.sample_count()), TargetCell(style, value),
       value.target().has_attainment() ? AttainedCell(value.target().attainment()) : "",
       ChangeText(style, value), RankCell(line)});
  table->tints[{row, kTarget}] = TargetTint(value);
  table->tints[{row, kChange}] = ChangeTint(line.kpi().id(), value);
}

TextTable LineTable(const v1::GetScorecardResponse& response) {
  TextTable table;
  table.columns = {{"", "", false, true}, {"value", "", true},     {"sample", "", true},
                   {"target", ""},        {"attained", "", false}, {"change", "", true},
                   {"rank", "", true}};
  for (const v1::ScorecardTotal& area : response.areas()) {
    std::vector<std::string> heading(table.columns.size());
    heading[kKpi] = AreaText(area.area());
    table.rows.push_back(std::move(heading));
    for (const v1::ScorecardLine& line : response.lines()) {
      if (line.area() == area.area()) AddLine(line, &table);
    }
  }
  return table;
}

void AddTotal(const std::string& name, const v1::ScorecardTotal& total, TextTable* table) {
  table->rows.push_back(
      {name, total.has_attainment() ? AttainedCell(total.attainment()) : "-",
       absl::StrCat(ShortestNumber(total.covered_weight()), " of ", ShortestNumber(total.weight())),
       GroupedNumber(total.met_count()), GroupedNumber(total.missed_count())});
}

TextTable TotalTable(const v1::GetScorecardResponse& response) {
  TextTable table;
  table.columns = {{"", "", false, true},
                   {"attained", ""},
                   {"covered weight", "", true},
                   {"met", "", true},
                   {"missed", "", true}};
  for (const v1::ScorecardTotal& area : response.areas()) {
    AddTotal(AreaText(area.area()), area, &table);
  }
  AddTotal("total", response.total(), &table);
  table.footer_rows = 1;
  return table;
}

// Words on lines of at most `width` columns; those after the first one are indented.
std::string Wrapped(const std::string& text, int width) {
  const auto columns = static_cast<size_t>(std::clamp(width, 20, kSentenceWidthMax));
  std::string output;
  std::string line;
  for (const absl::string_view word : absl::StrSplit(text, ' ')) {
    if (!line.empty() &&
        DisplayWidth(line) + 1 + DisplayWidth({word.data(), word.size()}) > columns) {
      absl::StrAppend(&output, line, "\n");
      line = " ";
    }
    absl::StrAppend(&line, line.empty() ? "" : " ", word);
  }
  return absl::StrCat(output, line, "\n");
}

// "-  no records: csat, nps".
std::string NoValueNotes(const v1::GetScorecardResponse& response, int width) {
  std::map<v1::NoValueReason, std::vector<std::string>> kpis;
  for (const v1::ScorecardLine& line : response.lines()) {
    if (line.value().has_value()) continue;
    kpis[line.value().no_value_reason()].push_back(PrintableText(line.kpi().name()));
  }
  std::string text;
  for (const auto& [reason, names] : kpis) {
    text +=
        Wrapped(absl::StrCat("-  ", NoValueText(reason), ": ", absl::StrJoin(names, ", ")), width);
  }
  return text;
}

// What the marks mean, of those that are there.
std::string Legend(const v1::GetScorecardResponse& response, int width) {
  bool targets = false;
  bool significant = false;
  bool ranks = false;
  for (const v1::ScorecardLine& line : response.lines()) {
    targets |= line.value().target().status() == v1::TARGET_STATUS_MET ||
               line.value().target().status() == v1::TARGET_STATUS_MISSED;
    significant |= line.value().comparison().significance() == v1::CHANGE_SIGNIFICANCE_SIGNIFICANT;
    ranks |= line.has_rank();
  }
  std::vector<std::string> parts;
  if (targets) parts.emplace_back("\u2713 target met, \u2717 missed");
  if (significant) {
    parts.push_back(absl::StrCat("* more than chance (",
                                 ShortestNumber(response.confidence_level() * 100), " %)"));
  }
  if (ranks) parts.emplace_back("rank 1 is best");
  return parts.empty() ? "" : Wrapped(absl::StrJoin(parts, "; "), width);
}

std::string HeadText(const v1::GetScorecardRequest& request,
                     const v1::GetScorecardResponse& response) {
  const std::string id =
      PrintableText(request.agent_id().empty() ? request.group_id() : request.agent_id());
  const std::string name = PrintableText(response.display_name());
  const std::string card =
      PrintableText(response.scorecard().name().empty() ? response.scorecard().scorecard_id()
                                                        : response.scorecard().name());
  const absl::TimeZone zone = ZoneOf(response);
  return absl::StrCat(name.empty() ? id : absl::StrCat(name, " (", id, ")"), ": ", card, "\n",
                      RangeText(response.interval(), zone), " against ",
                      RangeText(response.comparison_interval(), zone), ", ",
                      PrintableText(response.time_zone()), "\n");
}

}  // namespace

std::string BarText(double share, int cells) {
  static const char* const kEighths[] = {"",       "\u258f", "\u258e", "\u258d",
                                         "\u258c", "\u258b", "\u258a", "\u2589"};
  const double clamped = std::clamp(share, 0.0, 1.0);
  int eighths = static_cast<int>(std::lround(clamped * cells * 8));
  if (clamped < 1) eighths = std::min(eighths, cells * 8 - 1);
  if (clamped > 0) eighths = std::max(eighths, 1);
  std::string bar;
  for (int i = 0; i < eighths / 8; ++i) bar += "\u2588";
  bar += kEighths[eighths % 8];
  const int used = (eighths + 7) / 8;
  return bar + std::string(static_cast<size_t>(cells - used), ' ');
}

std::string AreaText(v1::ScorecardArea area) {
  return std::string(metrics::ScorecardAreaName(static_cast<metrics::ScorecardArea>(area)));
}

std::string ScorecardTable(const v1::GetScorecardRequest& request,
                           const v1::GetScorecardResponse& response, const TableOptions& options) {
  std::string text = HeadText(request, response);
  absl::StrAppend(&text, "\n", RenderTable(LineTable(response), options.width, options.colour));
  const std::string notes = NoValueNotes(response, options.width) + Legend(response, options.width);
  if (!notes.empty()) absl::StrAppend(&text, "\n", notes);
  absl::StrAppend(&text, "\n", RenderTable(TotalTable(response), options.width, options.colour));
  for (const v1::ImbalanceWarning& warning : response.warnings()) {
    absl::StrAppend(&text, "\n",
                    Wrapped("Warning: " + PrintableText(warning.description()), options.width));
  }
  return text;
}

}  // namespace kpid::client
