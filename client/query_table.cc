#include "client/query_table.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/change_text.h"
#include "client/grouped_number.h"
#include "client/query_grammar.h"
#include "client/text_table.h"
#include "client/text_width.h"
#include "client/value_text.h"

namespace kpid::client {
namespace {

using Values = google::protobuf::RepeatedPtrField<v1::KpiValue>;

constexpr char kMissingText[] = "(none)";

// Writes values without value, and the footnotes that explain them: a letter each, unless there
// is only one reason in the table.
class NoValueNotes {
 public:
  void See(const v1::KpiValue& value) {
    if (!value.has_value()) ++seen_[value.no_value_reason()];
  }

  std::string Mark(v1::NoValueReason reason) const {
    if (seen_.size() < 2) return "-";
    const auto position = std::distance(seen_.begin(), seen_.find(reason));
    return absl::StrCat("-", std::string(1, static_cast<char>('a' + position)));
  }

  std::string Text() const {
    std::string text;
    for (const auto& [reason, count] : seen_) {
      absl::StrAppend(&text, Mark(reason), "  ", NoValueText(reason), "\n");
    }
    return text;
  }

 private:
  std::map<v1::NoValueReason, int> seen_;
};

bool IsWholeRange(const v1::QueryKpisRequest& request) {
  return request.granularity() == v1::GRANULARITY_RANGE ||
         request.granularity() == v1::GRANULARITY_UNSPECIFIED;
}

// What to call a slice's value of a dimension; the id is added where names are not unique.
class DimensionNames {
 public:
  explicit DimensionNames(const v1::QueryKpisResponse& response) {
    for (const v1::Slice& slice : response.slices()) {
      for (int i = 0; i < slice.dimensions_size(); ++i) {
        const v1::DimensionValue& value = slice.dimensions(i);
        if (value.display_name().empty()) continue;
        ids_[{i, value.display_name()}].insert({value.value(), true});
      }
    }
  }

  std::string Text(int dimension, const v1::DimensionValue& value) const {
    if (value.missing()) return kMissingText;
    if (value.display_name().empty()) return PrintableText(value.value());
    const auto found = ids_.find({dimension, value.display_name()});
    const bool unique = found == ids_.end() || found->second.size() == 1;
    const std::string name = PrintableText(value.display_name());
    return unique ? name : absl::StrCat(name, " (", PrintableText(value.value()), ")");
  }

 private:
  std::map<std::pair<int, std::string>, std::map<std::string, bool>> ids_;
};

std::string CountsText(const v1::KpiValue& value) {
  const std::map<std::string, int64_t> counts(value.counts().begin(), value.counts().end());
  return absl::StrJoin(counts, ", ", [](std::string* out, const auto& count) {
    absl::StrAppend(out, count.first, " ", GroupedNumber(count.second));
  });
}

// Values of an answer by what they are about.
class ShownValues {
 public:
  explicit ShownValues(const v1::QueryKpisResponse& response) {
    for (const v1::Slice& slice : response.slices()) {
      values_[Key(slice, nullptr)] = &slice.total().values();
      for (const v1::Point& point : slice.series()) values_[Key(slice, &point)] = &point.values();
    }
  }

  // `point`: null for the whole range. Null: there were none.
  const Values* Find(const v1::Slice& slice, const v1::Point* point) const {
    const auto found = values_.find(Key(slice, point));
    return found == values_.end() ? nullptr : found->second;
  }

 private:
  static std::vector<std::string> Key(const v1::Slice& slice, const v1::Point* point) {
    std::vector<std::string> key = {slice.other() ? "others" : ""};
    for (const v1::DimensionValue& value : slice.dimensions()) {
      key.push_back(value.missing() ? "-" : "=" + value.value());
    }
    if (point != nullptr) key.push_back(absl::StrCat(point->interval().start_time().seconds()));
    return key;
  }

  std::map<std::vector<std::string>, const Values*> values_;
};

// "(12 others)".
std::string OthersText(const v1::QueryKpisResponse& response) {
  const int64_t others = response.slice_count() - (response.slices_size() - 1);
  return absl::StrCat("(", GroupedNumber(others), others == 1 ? " other)" : " others)");
}

// An answer on its way to a table.
class AnswerTable {
 public:
  AnswerTable(const v1::QueryKpisRequest& request, const v1::QueryKpisResponse& response)
      : request_(request),
        response_(response),
        upright_(request.group_by_size() == 0 && IsWholeRange(request)),
        buckets_(!IsWholeRange(request)),
        compares_(request.compare_to() != v1::COMPARISON_PERIOD_UNSPECIFIED),
        has_target_(static_cast<size_t>(response.kpis_size())) {
    std::vector<std::vector<const v1::KpiValue*>> values(has_target_.size());
    ForEachShown([&](const Values& row) {
      for (int kpi = 0; kpi < response.kpis_size() && kpi < row.size(); ++kpi) {
        See(kpi, row[kpi]);
        values[static_cast<size_t>(kpi)].push_back(&row[kpi]);
      }
    });
    for (int kpi = 0; kpi < response.kpis_size(); ++kpi) {
      styles_.push_back(StyleOf(response.kpis(kpi).unit(), values[static_cast<size_t>(kpi)]));
    }
  }

  std::string Text(const TableOptions& options) {
    if (options.before != nullptr) {
      before_ = options.before;
      shown_.emplace(*options.before);
    }
    const absl::TimeZone zone = ZoneOf(response_);
    std::string text = RangeText(response_.interval(), zone);
    if (compares_) {
      absl::StrAppend(&text, " against ", RangeText(response_.comparison_interval(), zone));
    }
    absl::StrAppend(&text, ", ", PrintableText(response_.time_zone()), "\n\n");
    if (upright_) {
      MakeUpright();
    } else {
      MakeWide();
    }
    text += RenderTable(table_, options.width, options.colour);
    const std::string footnotes = notes_.Text() + Legend();
    if (!footnotes.empty()) absl::StrAppend(&text, "\n", footnotes);
    return text;
  }

 private:
  template <class See>
  void ForEachShown(const See& see) const {
    see(response_.total().values());
    for (const v1::Slice& slice : response_.slices()) {
      if (!upright_ && !buckets_) see(slice.total().values());
      for (const v1::Point& point : slice.series()) {
        if (buckets_) see(point.values());
      }
    }
  }

  void See(int kpi, const v1::KpiValue& value) {
    notes_.See(value);
    any_significant_ = any_significant_ ||
                       value.comparison().significance() == v1::CHANGE_SIGNIFICANCE_SIGNIFICANT;
    any_points_ = any_points_ || (value.comparison().has_absolute_change() &&
                                  response_.kpis(kpi).unit() == v1::UNIT_PERCENT);
    any_attainment_ = any_attainment_ || value.target().has_attainment();
    if (value.has_target()) has_target_[static_cast<size_t>(kpi)] = true;
  }

  bool any_target() const {
    return std::find(has_target_.begin(), has_target_.end(), true) != has_target_.end();
  }

  std::string CellText(int kpi, const v1::KpiValue& value) const {
    return value.has_value() ? ValueText(styles_[static_cast<size_t>(kpi)], value)
                             : notes_.Mark(value.no_value_reason());
  }

  // Adds a cell to the row that is being made, which is the next of the table.
  void AddCell(std::string text, Tint tint, std::vector<std::string>* row) {
    if (tint != Tint::kPlain) table_.tints[{table_.rows.size(), row->size()}] = tint;
    row->push_back(std::move(text));
  }

  // Adds the cell of a value; `before`: those in its row when it was shown before.
  void AddValue(int kpi, const v1::KpiValue& value, const Values* before,
                std::vector<std::string>* row) {
    std::string text = CellText(kpi, value);
    bool changed = false;
    if (before != nullptr && kpi < before->size()) {
      const v1::KpiValue& earlier = (*before)[kpi];
      changed = earlier.has_value() || value.has_value()
                    ? CellText(kpi, earlier) != text
                    : earlier.no_value_reason() != value.no_value_reason();
    }
    AddCell(std::move(text), changed ? Tint::kChanged : Tint::kPlain, row);
  }

  // One KPI a line.
  void MakeUpright() {
    table_.columns = {{"KPI", "", false, true}, {"value", "", true}, {"unit", ""}};
    bool any_sample = false;
    bool any_counts = false;
    for (const v1::KpiValue& value : response_.total().values()) {
      any_sample = any_sample || value.sample_count() > 0;
      any_counts = any_counts || value.counts_size() > 0;
    }
    if (compares_) {
      table_.columns.push_back({"before", "", true});
      table_.columns.push_back({"change", "", true});
    }
    if (any_target()) table_.columns.push_back({"target", ""});
    if (any_sample) table_.columns.push_back({"sample", "", true});
    if (any_counts) table_.columns.push_back({"of which apart", ""});
    for (int kpi = 0; kpi < response_.kpis_size() && kpi < response_.total().values_size(); ++kpi) {
      const v1::KpiValue& value = response_.total().values(kpi);
      const ValueStyle& style = styles_[static_cast<size_t>(kpi)];
      std::vector<std::string> row = {PrintableText(response_.kpis(kpi).name())};
      AddValue(kpi, value, before_ == nullptr ? nullptr : &before_->total().values(), &row);
      row.push_back(UnitText(style));
      if (compares_) {
        const v1::Comparison& comparison = value.comparison();
        row.push_back(
            comparison.has_previous_value() ? NumberText(style, comparison.previous_value()) : "-");
        AddCell(ChangeText(style, value), ChangeTint(response_.kpis(kpi).id(), value), &row);
      }
      if (any_target()) AddCell(TargetText(style, value), TargetTint(value), &row);
      if (any_sample) row.push_back(GroupedNumber(value.sample_count()));
      if (any_counts) row.push_back(CountsText(value));
      table_.rows.push_back(std::move(row));
    }
  }

  void AddWideColumns() {
    for (const v1::Dimension& dimension : request_.group_by()) {
      const bool group = dimension.kind() == v1::DIMENSION_KIND_AGENT_GROUP;
      table_.columns.push_back(
          {group ? dimension.name() : DimensionText(dimension), "", false, true});
    }
    if (buckets_) table_.columns.push_back({"from", "", false, true});
    for (int kpi = 0; kpi < response_.kpis_size(); ++kpi) {
      const size_t k = static_cast<size_t>(kpi);
      table_.columns.push_back(
          {PrintableText(response_.kpis(kpi).name()), UnitText(styles_[k]), true});
      if (compares_) table_.columns.push_back({"", "change", true, false, true});
      if (has_target_[k]) table_.columns.push_back({"", "target", false, false, true});
    }
  }

  void AddWideRow(std::vector<std::string> row, const Values& values, const Values* before) {
    for (int kpi = 0; kpi < response_.kpis_size() && kpi < values.size(); ++kpi) {
      const size_t k = static_cast<size_t>(kpi);
      const v1::KpiValue& value = values[kpi];
      AddValue(kpi, value, before, &row);
      if (compares_) {
        AddCell(ChangeText(styles_[k], value), ChangeTint(response_.kpis(kpi).id(), value), &row);
      }
      if (has_target_[k]) AddCell(TargetMark(value), TargetTint(value), &row);
    }
    row.resize(table_.columns.size());
    table_.rows.push_back(std::move(row));
  }

  // A row for each slice and bucket.
  void MakeWide() {
    const absl::TimeZone zone = ZoneOf(response_);
    const DimensionNames names(response_);
    const size_t dimensions = static_cast<size_t>(request_.group_by_size());
    AddWideColumns();
    for (const v1::Slice& slice : response_.slices()) {
      std::vector<std::string> keys;
      for (int i = 0; i < slice.dimensions_size(); ++i) {
        keys.push_back(names.Text(i, slice.dimensions(i)));
      }
      keys.resize(dimensions);
      if (slice.other() && !keys.empty()) keys.front() = OthersText(response_);
      const auto before = [&](const v1::Point* point) {
        return shown_ ? shown_->Find(slice, point) : nullptr;
      };
      if (!buckets_) AddWideRow(keys, slice.total().values(), before(nullptr));
      for (const v1::Point& point : slice.series()) {
        if (!buckets_) break;
        std::vector<std::string> row = keys;
        row.push_back(
            BucketText(ToTime(point.interval().start_time()), request_.granularity(), zone));
        AddWideRow(std::move(row), point.values(), before(&point));
      }
    }
    std::vector<std::string> total_keys(dimensions + (buckets_ ? 1 : 0));
    if (!total_keys.empty()) total_keys.front() = "total";
    table_.footer_rows = table_.rows.empty() ? 0 : 1;
    AddWideRow(std::move(total_keys), response_.total().values(),
               before_ == nullptr ? nullptr : &before_->total().values());
  }

  // What the marks beside values mean.
  std::string Legend() const {
    std::string text;
    if (any_points_) text += "pp  percentage points\n";
    if (any_significant_) {
      absl::StrAppend(&text, "*  more than chance, with ",
                      ShortestNumber(response_.confidence_level() * 100), " % confidence\n");
    }
    if (any_target() && !upright_) {
      absl::StrAppend(&text, "\u2713  target met, \u2717 missed",
                      any_attainment_ ? "; percent of the way from worst to best\n" : "\n");
    }
    return text;
  }

  const v1::QueryKpisRequest& request_;
  const v1::QueryKpisResponse& response_;
  const bool upright_;
  const bool buckets_;
  const bool compares_;
  std::vector<bool> has_target_;  // By KPI.
  bool any_significant_ = false;
  bool any_points_ = false;
  bool any_attainment_ = false;
  NoValueNotes notes_;
  std::vector<ValueStyle> styles_;  // By KPI.
  const v1::QueryKpisResponse* before_ = nullptr;
  std::optional<ShownValues> shown_;  // Those of before_.
  TextTable table_;
};

}  // namespace

absl::TimeZone ZoneOf(const v1::QueryKpisResponse& response) {
  absl::TimeZone zone = absl::UTCTimeZone();
  if (!response.time_zone().empty()) absl::LoadTimeZone(response.time_zone(), &zone);
  return zone;
}

std::string QueryTable(const v1::QueryKpisRequest& request, const v1::QueryKpisResponse& response,
                       const TableOptions& options) {
  return AnswerTable(request, response).Text(options);
}

std::string ValidationTable(const v1::QueryKpisResponse& response, const TableOptions& options) {
  const absl::TimeZone zone = ZoneOf(response);
  std::string text = absl::StrCat("valid: ", RangeText(response.interval(), zone));
  if (response.has_comparison_interval()) {
    absl::StrAppend(&text, " against ", RangeText(response.comparison_interval(), zone));
  }
  absl::StrAppend(&text, ", ", PrintableText(response.time_zone()), "\n\n");
  TextTable table;
  table.columns = {
      {"name", "", false, true}, {"id", ""}, {"parameters", ""}, {"version", "", true}};
  for (const v1::ResolvedKpi& kpi : response.kpis()) {
    const std::map<std::string, std::string> sorted(kpi.parameters().begin(),
                                                    kpi.parameters().end());
    std::vector<std::string> parameters;
    for (const auto& [name, value] : sorted) {
      if (!value.empty()) parameters.push_back(absl::StrCat(name, "=", value));
    }
    if (!kpi.statistic().empty()) parameters.push_back("statistic=" + kpi.statistic());
    table.rows.push_back({PrintableText(kpi.name()), PrintableText(kpi.id()),
                          PrintableText(absl::StrJoin(parameters, ",")),
                          absl::StrCat(kpi.definition_version())});
  }
  return text + RenderTable(table, options.width, options.colour);
}

}  // namespace kpid::client
