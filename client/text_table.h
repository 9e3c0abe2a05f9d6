// A table of text for people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kpid::client {

struct TableColumn {
  std::string title;    // Broken into lines at spaces, '_', ':' and ',' where it is too wide.
  std::string unit;     // Below the title; may be empty.
  bool right = false;   // Numbers are set to the right.
  bool key = false;     // Says which row it is: repeated when the table is broken into blocks.
  bool joined = false;  // Stays in the block of the column before it.
};

// Colour of a cell, where the terminal has colours.
enum class Tint : uint8_t { kPlain, kGood, kBad, kChanged };

struct TextTable {
  std::vector<TableColumn> columns;
  std::vector<std::vector<std::string>> rows;  // As many cells as columns.
  size_t footer_rows = 0;  // How many of the last rows stand below a line (totals).
  std::map<std::pair<size_t, size_t>, Tint> tints;  // By row and column; others are plain.
};

// The lines of the table. Wider than `width`, it is broken into blocks of columns, one below the
// other, each with the key columns; joined columns
// stay together. Cells are never cut.
std::string RenderTable(const TextTable& table, int width, bool colour);

// Parts of a title that fit into `width` columns each, where it can be broken.
std::vector<std::string> BreakTitle(std::string_view title, size_t width);

}  // namespace kpid::client
