// Writes CSV as RFC 4180 has it.
#pragma once

#include <string>
#include <string_view>

namespace kpid::client {

// Appends a cell, in quotes where it needs them. The bytes stay as they are.
void AppendCsvCell(std::string_view text, std::string* line);

// As AppendCsvCell, but text that a spreadsheet would take for a formula (it begins with = + - @,
// a tab or a carriage return) gets an apostrophe in front. For text that kpid or another person
// wrote; not for numbers, which may begin with a minus.
void AppendGuardedCsvCell(std::string_view text, std::string* line);

}  // namespace kpid::client
