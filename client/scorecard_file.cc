#include "client/scorecard_file.h"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/column_rules.h"
#include "client/csv_reader.h"
#include "client/field_text.h"
#include "client/text_width.h"

namespace kpid::client {
namespace {

constexpr size_t kProblemsMax = 20;

// In the order in which they are read.
enum Column : size_t { kId, kName, kKpi, kParameters, kStatistic, kArea, kWeight, kColumns };
constexpr std::array<std::string_view, kColumns> kNames = {
    "scorecard_id", "name", "kpi_id", "parameters", "statistic", "area", "weight"};
constexpr std::array<Column, 3> kRequired = {kId, kKpi, kArea};

using Places = std::array<std::optional<size_t>, kColumns>;  // Of the columns in the file.

absl::StatusOr<Places> ReadHeader(const CsvRow& row, bool ignore_unknown) {
  if (!row.problem.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("header: ", std::string(row.problem)));
  }
  Places places;
  std::vector<std::string> problems;
  for (size_t i = 0; i < row.fields.size(); ++i) {
    const std::string_view name = TrimmedCell(row.fields[i]);
    size_t column = 0;
    while (column < kColumns && kNames[column] != name) ++column;
    if (column == kColumns) {
      if (!ignore_unknown)
        problems.push_back(absl::StrCat("unknown column: ", PrintableText(std::string(name))));
    } else if (places[column]) {
      problems.push_back(absl::StrCat("column that is there twice: ", std::string(name)));
    } else {
      places[column] = i;
    }
  }
  for (const Column column : kRequired) {
    if (!places[column]) {
      problems.push_back(absl::StrCat("missing column: ", std::string(kNames[column])));
    }
  }
  if (!problems.empty()) return absl::InvalidArgumentError(absl::StrJoin(problems, "; "));
  return places;
}

bool ReadArea(std::string_view text, v1::ScorecardArea* area) {
  const std::string name =
      absl::StrCat("SCORECARD_AREA_", absl::AsciiStrToUpper(std::string(text)));
  return absl::AsciiStrToLower(std::string(text)) == text && v1::ScorecardArea_Parse(name, area) &&
         *area != v1::SCORECARD_AREA_UNSPECIFIED;
}

// The scorecards of a file as they come to be.
class Collector {
 public:
  explicit Collector(const Places& places) : places_(places) {}

  void Add(const CsvRow& row) {
    if (!row.problem.empty()) return AddProblem(row, row.problem);
    for (const std::string_view field : row.fields) {
      if (!IsText(field)) return AddProblem(row, "is not UTF-8 text, or holds a NUL");
    }
    const std::string id(Cell(row, kId));
    const auto [found, is_new] = by_id_.emplace(id, request_.scorecards_size());
    v1::Scorecard* scorecard =
        is_new ? request_.add_scorecards() : request_.mutable_scorecards(found->second);
    scorecard->set_scorecard_id(id);
    const std::string_view name = Cell(row, kName);
    if (scorecard->name().empty()) {
      scorecard->set_name(std::string(name));
    } else if (!name.empty() && name != scorecard->name()) {
      AddProblem(row, "another name than in a line before");
    }
    v1::ScorecardEntry* entry = scorecard->add_entries();
    entry->set_kpi_id(std::string(TrimmedCell(Cell(row, kKpi))));
    entry->set_statistic(std::string(TrimmedCell(Cell(row, kStatistic))));
    const std::string_view parameters = TrimmedCell(Cell(row, kParameters));
    if (!parameters.empty() && !ParseParameters(parameters, entry->mutable_parameters())) {
      AddProblem(row, "parameters: expected threshold=60s;abandoned_as=ignore");
    }
    v1::ScorecardArea area = v1::SCORECARD_AREA_UNSPECIFIED;
    if (!ReadArea(TrimmedCell(Cell(row, kArea)), &area)) {
      AddProblem(row, "area: expected one of efficiency, customer, operations");
    }
    entry->set_area(area);
    const std::string_view weight = TrimmedCell(Cell(row, kWeight));
    double number = 0;
    if (weight.empty()) return;
    if (!ParseNumber(weight, &number)) AddProblem(row, "weight: expected a decimal number");
    entry->set_weight(number);
  }

  absl::StatusOr<v1::UpsertScorecardsRequest> Finish() {
    if (problems_.empty()) return std::move(request_);
    return absl::InvalidArgumentError(absl::StrJoin(problems_, "\n  "));
  }

 private:
  // Empty where the file or the row lacks it.
  std::string_view Cell(const CsvRow& row, Column column) const {
    const std::optional<size_t>& place = places_[column];
    return place && *place < row.fields.size() ? row.fields[*place] : std::string_view();
  }

  void AddProblem(const CsvRow& row, std::string_view problem) {
    if (problems_.size() == kProblemsMax) problems_.emplace_back("...");
    if (problems_.size() > kProblemsMax) return;
    problems_.push_back(absl::StrCat("line ", row.line, ": ", std::string(problem)));
  }

  const Places places_;
  v1::UpsertScorecardsRequest request_;
  std::map<std::string, int> by_id_;
  std::vector<std::string> problems_;
};

}  // namespace

absl::StatusOr<v1::UpsertScorecardsRequest> ReadScorecards(ByteSource* source,
                                                           bool ignore_unknown) {
  CsvReader reader(source);
  CsvRow row;
  absl::StatusOr<bool> more = reader.Next(&row);
  if (!more.ok()) return more.status();
  if (!*more) return absl::InvalidArgumentError("the file is empty; it needs a header line");
  const absl::StatusOr<Places> places = ReadHeader(row, ignore_unknown);
  if (!places.ok()) return places.status();
  Collector collector(*places);
  for (;;) {
    more = reader.Next(&row);
    if (!more.ok()) return more.status();
    if (!*more) return collector.Finish();
    collector.Add(row);
  }
}

}  // namespace kpid::client
