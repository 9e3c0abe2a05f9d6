#include "storage/kpi_text.h"

#include <string_view>

#include "absl/strings/str_format.h"

namespace kpid::storage {
namespace {

void AppendJsonString(std::string_view text, std::string* json) {
  json->push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json->push_back('\\');
      json->push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(json, "\\u%04x", static_cast<unsigned>(c));
    } else {
      json->push_back(c);
    }
  }
  json->push_back('"');
}

}  // namespace

std::string ParametersJson(const std::map<std::string, std::string>& parameters) {
  std::string json = "{";
  for (const auto& [key, value] : parameters) {
    if (json.size() > 1) json.push_back(',');
    AppendJsonString(key, &json);
    json.push_back(':');
    AppendJsonString(value, &json);
  }
  json.push_back('}');
  return json;
}

std::optional<metrics::ResolvedKpi> Resolve(const KpiText& text) {
  metrics::ResolvedKpi resolved;
  const auto problems =
      metrics::ResolveKpi(text.kpi_id, /*name=*/"", text.parameters, text.statistic, &resolved);
  if (!problems.empty()) return std::nullopt;
  return resolved;
}

}  // namespace kpid::storage
