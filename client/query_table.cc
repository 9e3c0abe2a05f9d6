#include "client/query_table.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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

std::vector<ValueStyle> Styles(const v1::QueryKpisResponse& response) {
  std::vector<ValueStyle> styles;
  for (int kpi = 0; kpi < response.kpis_size(); ++kpi) {
    std::vector<const v1::KpiValue*> values;
    const auto add = [&](const Values& row) {
      if (kpi < row.size()) values.push_back(&row[kpi]);
    };
    add(response.total().values());
    for (const v1::Slice& slice : response.slices()) {
      add(slice.total().values());
      for (const v1::Point& point : slice.series()) add(point.values());
    }
    styles.push_back(StyleOf(response.kpis(kpi).unit(), values));
  }
  return styles;
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

// One KPI a line.
TextTable UprightTable(const v1::QueryKpisResponse& response, const std::vector<ValueStyle>& styles,
                       const NoValueNotes& notes) {
  TextTable table;
  table.columns = {{"KPI", "", false, true}, {"value", "", true}, {"unit", ""}};
  bool any_sample = false;
  bool any_counts = false;
  for (const v1::KpiValue& value : response.total().values()) {
    any_sample = any_sample || value.sample_count() > 0;
    any_counts = any_counts || value.counts_size() > 0;
  }
  if (any_sample) table.columns.push_back({"sample", "", true});
  if (any_counts) table.columns.push_back({"of which apart", ""});
  for (int kpi = 0; kpi < response.kpis_size() && kpi < response.total().values_size(); ++kpi) {
    const v1::KpiValue& value = response.total().values(kpi);
    const ValueStyle& style = styles[static_cast<size_t>(kpi)];
    std::vector<std::string> row = {
        PrintableText(response.kpis(kpi).name()),
        value.has_value() ? ValueText(style, value) : notes.Mark(value.no_value_reason()),
        UnitText(style)};
    if (any_sample) row.push_back(GroupedNumber(value.sample_count()));
    if (any_counts) row.push_back(CountsText(value));
    table.rows.push_back(std::move(row));
  }
  return table;
}

// A row for each slice and bucket.
TextTable WideTable(const v1::QueryKpisRequest& request, const v1::QueryKpisResponse& response,
                    const std::vector<ValueStyle>& styles, const NoValueNotes& notes) {
  TextTable table;
  const bool buckets = !IsWholeRange(request);
  const absl::TimeZone zone = ZoneOf(response);
  const DimensionNames names(response);
  for (const v1::Dimension& dimension : request.group_by()) {
    const bool group = dimension.kind() == v1::DIMENSION_KIND_AGENT_GROUP;
    table.columns.push_back({group ? dimension.name() : DimensionText(dimension), "", false, true});
  }
  if (buckets) table.columns.push_back({"from", "", false, true});
  for (int kpi = 0; kpi < response.kpis_size(); ++kpi) {
    table.columns.push_back({PrintableText(response.kpis(kpi).name()),
                             UnitText(styles[static_cast<size_t>(kpi)]), true});
  }
  const auto add_row = [&](std::vector<std::string> row, const Values& values) {
    for (int kpi = 0; kpi < response.kpis_size() && kpi < values.size(); ++kpi) {
      row.push_back(values[kpi].has_value()
                        ? ValueText(styles[static_cast<size_t>(kpi)], values[kpi])
                        : notes.Mark(values[kpi].no_value_reason()));
    }
    row.resize(table.columns.size());
    table.rows.push_back(std::move(row));
  };
  for (const v1::Slice& slice : response.slices()) {
    std::vector<std::string> keys;
    for (int i = 0; i < slice.dimensions_size(); ++i) {
      keys.push_back(names.Text(i, slice.dimensions(i)));
    }
    if (!buckets) add_row(keys, slice.total().values());
    for (const v1::Point& point : slice.series()) {
      if (!buckets) break;
      std::vector<std::string> row = keys;
      row.push_back(BucketText(ToTime(point.interval().start_time()), request.granularity(), zone));
      add_row(std::move(row), point.values());
    }
  }
  std::vector<std::string> total_keys(static_cast<size_t>(request.group_by_size()) +
                                      (buckets ? 1 : 0));
  if (!total_keys.empty()) total_keys.front() = "total";
  table.footer_rows = table.rows.empty() ? 0 : 1;
  add_row(std::move(total_keys), response.total().values());
  return table;
}

}  // namespace

absl::TimeZone ZoneOf(const v1::QueryKpisResponse& response) {
  absl::TimeZone zone = absl::UTCTimeZone();
  if (!response.time_zone().empty()) absl::LoadTimeZone(response.time_zone(), &zone);
  return zone;
}

std::string QueryTable(const v1::QueryKpisRequest& request, const v1::QueryKpisResponse& response,
                       const TableOptions& options) {
  const std::vector<ValueStyle> styles = Styles(response);
  const bool upright = request.group_by_size() == 0 && IsWholeRange(request);
  const bool buckets = !IsWholeRange(request);
  NoValueNotes notes;
  const auto see = [&](const Values& values) {
    for (const v1::KpiValue& value : values) notes.See(value);
  };
  see(response.total().values());
  for (const v1::Slice& slice : response.slices()) {
    if (!upright && !buckets) see(slice.total().values());
    for (const v1::Point& point : slice.series()) {
      if (buckets) see(point.values());
    }
  }
  std::string text = absl::StrCat(RangeText(response.interval(), ZoneOf(response)), ", ",
                                  PrintableText(response.time_zone()), "\n\n");
  text += RenderTable(
      upright ? UprightTable(response, styles, notes) : WideTable(request, response, styles, notes),
      options.width, options.colour);
  const std::string footnotes = notes.Text();
  if (!footnotes.empty()) absl::StrAppend(&text, "\n", footnotes);
  return text;
}

}  // namespace kpid::client
