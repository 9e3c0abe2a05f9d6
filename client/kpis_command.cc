#include "client/kpis_command.h"

#include <algorithm>
#include <ostream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "client/exit_code.h"
#include "client/grouped_number.h"
#include "client/json_text.h"
#include "client/text_table.h"
#include "client/text_width.h"
#include "client/value_text.h"
#include "kpid/v1/query_service.grpc.pb.h"

namespace kpid::client {
namespace {

// Prose wider than this is hard to read on any terminal.
constexpr int kProseWidthMax = 100;
constexpr char kIndent[] = "  ";

// UNIT_PERCENT -> "percent".
std::string EnumText(const std::string& name, std::string_view prefix) {
  return absl::AsciiStrToLower(name.substr(std::min(prefix.size(), name.size())));
}

std::string BetterText(v1::BetterDirection better) {
  switch (better) {
    case v1::BETTER_DIRECTION_UP:
      return "higher";
    case v1::BETTER_DIRECTION_DOWN:
      return "lower";
    case v1::BETTER_DIRECTION_BAND:
      return "in a band";
    default:
      return "";
  }
}

// Adds text in lines of at most `width` columns, each indented.
void AppendProse(const std::string& prose, std::string_view indent, int width, std::string* text) {
  const auto room = static_cast<size_t>(
      std::max(20, std::min(width, kProseWidthMax) - static_cast<int>(indent.size())));
  std::string line;
  const auto flush = [&] {
    absl::StrAppend(text, std::string(indent), line, "\n");
    line.clear();
  };
  for (size_t start = 0; start < prose.size();) {
    const size_t end = std::min(prose.find(' ', start), prose.size());
    const std::string word = prose.substr(start, end - start);
    if (!line.empty() && DisplayWidth(line) + 1 + DisplayWidth(word) > room) flush();
    if (!line.empty()) line.push_back(' ');
    line += word;
    start = end + 1;
  }
  if (!line.empty()) flush();
}

std::string ParameterHead(const v1::KpiParameter& parameter) {
  std::string head = absl::StrCat(parameter.name(), " (", parameter.kind());
  if (parameter.choices_size() > 0) {
    absl::StrAppend(&head, ": ", absl::StrJoin(parameter.choices(), ", "));
  }
  if (!parameter.minimum().empty() || !parameter.maximum().empty()) {
    absl::StrAppend(&head, ", ", parameter.minimum(), " to ", parameter.maximum());
  }
  if (!parameter.default_value().empty()) {
    absl::StrAppend(&head, ", default ", parameter.default_value());
  }
  return head + ")";
}

}  // namespace

std::string KpiListText(const v1::ListKpisResponse& response, int width, bool colour) {
  TextTable table;
  table.columns = {{"id", "", false, true}, {"alias", ""}, {"unit", ""},
                   {"better", ""},          {"area", ""},  {"title", ""}};
  for (const v1::KpiDefinition& kpi : response.kpis()) {
    table.rows.push_back(
        {PrintableText(kpi.id()), PrintableText(absl::StrJoin(kpi.aliases(), ", ")),
         EnumText(v1::Unit_Name(kpi.unit()), "UNIT_"), BetterText(kpi.better_direction()),
         PrintableText(kpi.area()), PrintableText(kpi.title())});
  }
  std::string text = RenderTable(table, width, colour);
  if (response.has_resident_facts()) {
    absl::StrAppend(&text, "\n", ResidentText(response.resident_facts()));
  }
  return text;
}

std::string ResidentText(const v1::ResidentFacts& facts) {
  constexpr double kMebibyte = 1 << 20;
  const std::string count = GroupedNumber(facts.fact_count());
  if (facts.loading()) {
    return absl::StrCat("Facts in memory: being loaded, ", count,
                        " so far; questions are answered from the database meanwhile.\n");
  }
  const std::string since =
      facts.has_start_time()
          ? absl::StrCat("from ", TimeText(ToTime(facts.start_time()), absl::UTCTimeZone()), " on")
          : "everything there is";
  const int64_t lag_milliseconds = facts.lag().seconds() * 1'000 + facts.lag().nanos() / 1'000'000;
  return absl::StrCat(
      "Facts in memory: ", count, " (",
      absl::StrFormat("%.1f", static_cast<double>(facts.memory_bytes()) / kMebibyte), " MiB), ",
      since, "; as in the database ", GroupedNumber(lag_milliseconds), " ms ago.\n");
}

std::string KpiText(const v1::KpiDefinition& kpi, int width) {
  std::string text = absl::StrCat(PrintableText(kpi.id()), "  ", PrintableText(kpi.title()), "\n");
  AppendProse(PrintableText(kpi.formula()), kIndent, width, &text);
  const auto line = [&](const char* label, const std::string& value) {
    if (!value.empty()) {
      absl::StrAppend(&text, kIndent, label, ": ", PrintableText(value), "\n");
    }
  };
  line("aliases", absl::StrJoin(kpi.aliases(), ", "));
  line("unit", EnumText(v1::Unit_Name(kpi.unit()), "UNIT_"));
  line("better", BetterText(kpi.better_direction()));
  line("counted by", kpi.time_basis());
  std::vector<std::string> dimensions;
  for (const int kind : kpi.dimensions()) {
    dimensions.push_back(
        EnumText(v1::DimensionKind_Name(static_cast<v1::DimensionKind>(kind)), "DIMENSION_KIND_"));
  }
  line("dimensions", absl::StrJoin(dimensions, ", "));
  line("statistics", absl::StrJoin(kpi.statistics(), ", "));
  line("counts", absl::StrJoin(kpi.counts(), ", "));
  line("definition version", absl::StrCat(kpi.definition_version()));
  if (kpi.parameters_size() > 0) absl::StrAppend(&text, kIndent, "parameters:\n");
  for (const v1::KpiParameter& parameter : kpi.parameters()) {
    AppendProse(PrintableText(ParameterHead(parameter)), "    ", width, &text);
    AppendProse(PrintableText(parameter.description()), "      ", width, &text);
  }
  return text;
}

int RunKpisCommand(const KpisOptions& options, const Console& console) {
  const std::unique_ptr<v1::QueryService::Stub> stub =
      v1::QueryService::NewStub(OpenChannel(options.server));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + TimeoutOf(options.server));
  v1::ListKpisRequest request;
  for (const std::string& id : options.ids) request.add_kpi_ids(id);
  v1::ListKpisResponse response;
  const grpc::Status status = stub->ListKpis(&context, request, &response);
  if (!status.ok()) return ReportError(status, context, options.server, console);
  if (options.format == "json") {
    *console.out << JsonText(response);
  } else if (options.ids.empty()) {
    *console.out << KpiListText(response, console.width, console.colour);
  } else {
    for (int i = 0; i < response.kpis_size(); ++i) {
      *console.out << (i == 0 ? "" : "\n") << KpiText(response.kpis(i), console.width);
    }
  }
  console.out->flush();
  return kExitOk;
}

}  // namespace kpid::client
