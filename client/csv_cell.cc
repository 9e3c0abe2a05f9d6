#include "client/csv_cell.h"

namespace kpid::client {

void AppendCsvCell(std::string_view text, std::string* line) {
  const bool bare = text.find_first_of(",\"\r\n") == std::string_view::npos &&
                    !text.starts_with(' ') && !text.ends_with(' ');
  if (bare) {
    line->append(text);
    return;
  }
  line->push_back('"');
  for (const char byte : text) {
    if (byte == '"') line->push_back('"');
    line->push_back(byte);
  }
  line->push_back('"');
}

void AppendGuardedCsvCell(std::string_view text, std::string* line) {
  constexpr std::string_view kFormulaStarts = "=+-@\t\r";
  if (text.empty() || kFormulaStarts.find(text.front()) == std::string_view::npos) {
    AppendCsvCell(text, line);
    return;
  }
  AppendCsvCell(std::string("'").append(text), line);
}

}  // namespace kpid::client
