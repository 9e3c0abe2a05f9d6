#include "client/text_table.h"

#include <algorithm>

#include "client/text_width.h"

namespace kpid::client {
namespace {

// Titles wider than this are broken: numbers are narrow, names of KPIs are not.
constexpr size_t kTitleWidth = 14;
constexpr std::string_view kGap = "  ";
constexpr char kBold[] = "\x1b[1m";
constexpr char kPlain[] = "\x1b[0m";
constexpr char kGreen[] = "\x1b[32m";
constexpr char kRed[] = "\x1b[31m";
constexpr char kReverse[] = "\x1b[7m";

std::string_view ColourOf(Tint tint) {
  switch (tint) {
    case Tint::kGood:
      return kGreen;
    case Tint::kBad:
      return kRed;
    case Tint::kChanged:
      return kReverse;
    case Tint::kPlain:
      break;
  }
  return kPlain;
}

// A column as it will be drawn.
struct Layout {
  std::vector<std::string> header;  // Lines from top to bottom, the unit last.
  size_t width = 0;
};

Layout LayOut(const TextTable& table, size_t column) {
  const TableColumn& definition = table.columns[column];
  Layout layout;
  for (const std::vector<std::string>& row : table.rows) {
    layout.width = std::max(layout.width, DisplayWidth(row[column]));
  }
  layout.header = BreakTitle(definition.title, std::max(layout.width, kTitleWidth));
  if (!definition.unit.empty()) layout.header.push_back(definition.unit);
  for (const std::string& line : layout.header) {
    layout.width = std::max(layout.width, DisplayWidth(line));
  }
  return layout;
}

// Colours, which take no columns, stand around the text alone.
void AppendCell(const std::string& text, size_t width, bool right, Tint tint, std::string* line) {
  const std::string padding(width - std::min(width, DisplayWidth(text)), ' ');
  std::string drawn = text;
  if (tint != Tint::kPlain) drawn = std::string(ColourOf(tint)) + text + kPlain;
  *line += right ? padding + drawn : drawn + padding;
}

void EndLine(std::string line, std::string* output) {
  line.erase(line.find_last_not_of(' ') + 1);
  *output += line;
  output->push_back('\n');
}

// Columns of each block: the key columns and as many others as fit, at least one with those
// joined to it.
std::vector<std::vector<size_t>> Blocks(const TextTable& table, const std::vector<Layout>& layouts,
                                        int width) {
  std::vector<size_t> keys;
  size_t keys_width = 0;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (!table.columns[i].key) continue;
    keys.push_back(i);
    keys_width += layouts[i].width + kGap.size();
  }
  std::vector<std::vector<size_t>> blocks = {keys};
  size_t block_width = keys_width;
  for (size_t i = 0; i < table.columns.size();) {
    if (table.columns[i].key) {
      ++i;
      continue;
    }
    size_t end = i + 1;
    size_t group_width = layouts[i].width;
    for (; end < table.columns.size() && table.columns[end].joined; ++end) {
      group_width += kGap.size() + layouts[end].width;
    }
    const bool fits = block_width + group_width <= static_cast<size_t>(width);
    if (!fits && blocks.back().size() > keys.size()) {
      blocks.push_back(keys);
      block_width = keys_width;
    }
    block_width += group_width + kGap.size();
    for (; i < end; ++i) blocks.back().push_back(i);
  }
  return blocks;
}

void AppendHeader(const TextTable& table, const std::vector<Layout>& layouts,
                  const std::vector<size_t>& columns, bool colour, std::string* output) {
  size_t height = 0;
  for (const size_t column : columns) height = std::max(height, layouts[column].header.size());
  for (size_t i = 0; i < height; ++i) {
    std::string line;
    for (const size_t column : columns) {
      const std::vector<std::string>& header = layouts[column].header;
      const size_t skipped = height - header.size();  // Titles stand on the ground.
      if (!line.empty()) line += kGap;
      AppendCell(i < skipped ? "" : header[i - skipped], layouts[column].width,
                 table.columns[column].right, Tint::kPlain, &line);
    }
    if (colour) *output += kBold;
    line.erase(line.find_last_not_of(' ') + 1);
    *output += line;
    if (colour) *output += kPlain;
    output->push_back('\n');
  }
}

void AppendRule(const std::vector<Layout>& layouts, const std::vector<size_t>& columns,
                std::string* output) {
  std::string line;
  for (const size_t column : columns) {
    if (!line.empty()) line += kGap;
    line.append(layouts[column].width, '-');
  }
  EndLine(line, output);
}

}  // namespace

std::vector<std::string> BreakTitle(std::string_view title, size_t width) {
  std::vector<std::string> lines(1);
  while (!title.empty()) {
    const size_t stop = title.find_first_of(" _:,");
    const size_t length = stop == std::string_view::npos ? title.size() : stop + 1;
    const std::string_view part = title.substr(0, length);
    const bool blank = part.ends_with(' ');
    const size_t part_width = DisplayWidth(part) - (blank ? 1 : 0);
    if (!lines.back().empty() && DisplayWidth(lines.back()) + part_width > width) {
      if (lines.back().ends_with(' ')) lines.back().pop_back();
      lines.emplace_back();
    }
    lines.back() += part;
    title.remove_prefix(length);
  }
  return lines;
}

std::string RenderTable(const TextTable& table, int width, bool colour) {
  std::vector<Layout> layouts;
  for (size_t i = 0; i < table.columns.size(); ++i) layouts.push_back(LayOut(table, i));
  std::string output;
  for (const std::vector<size_t>& columns : Blocks(table, layouts, width)) {
    if (!output.empty()) output.push_back('\n');
    AppendHeader(table, layouts, columns, colour, &output);
    AppendRule(layouts, columns, &output);
    for (size_t row = 0; row < table.rows.size(); ++row) {
      if (table.footer_rows > 0 && row + table.footer_rows == table.rows.size()) {
        AppendRule(layouts, columns, &output);
      }
      std::string line;
      for (const size_t column : columns) {
        if (!line.empty()) line += kGap;
        const auto tint = table.tints.find({row, column});
        AppendCell(table.rows[row][column], layouts[column].width, table.columns[column].right,
                   colour && tint != table.tints.end() ? tint->second : Tint::kPlain, &line);
      }
      EndLine(std::move(line), &output);
    }
  }
  return output;
}

}  // namespace kpid::client
