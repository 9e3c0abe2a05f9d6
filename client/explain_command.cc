#include "client/explain_command.h"

#include <memory>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "client/exit_code.h"
#include "client/explain_table.h"
#include "client/json_text.h"
#include "client/query_command.h"
#include "client/text_width.h"
#include "kpid/v1/query_service.grpc.pb.h"

namespace kpid::client {
namespace {

absl::StatusOr<v1::RecordRole> ParseRole(const std::string& text) {
  if (text == "numerator") return v1::RECORD_ROLE_NUMERATOR;
  if (text == "denominator") return v1::RECORD_ROLE_DENOMINATOR_ONLY;
  if (text == "excluded") return v1::RECORD_ROLE_EXCLUDED;
  return absl::InvalidArgumentError(
      absl::StrCat("--role \"", text, "\": expected numerator, denominator (only) or excluded"));
}

}  // namespace

absl::StatusOr<v1::ExplainKpiRequest> MakeExplainRequest(const ExplainOptions& options,
                                                         metrics::Instant now) {
  QueryOptions query;
  query.kpis = {options.kpi};
  query.range = options.slice.range;
  query.zone = options.slice.zone;
  query.where = options.slice.where;
  const absl::StatusOr<v1::QueryKpisRequest> asked = MakeQueryRequest(query, now);
  if (!asked.ok()) return asked.status();
  v1::ExplainKpiRequest request;
  *request.mutable_kpi() = asked->kpis(0);
  *request.mutable_interval() = asked->interval();
  request.set_time_zone(asked->time_zone());
  *request.mutable_filters() = asked->filters();
  for (const std::string& text : options.roles) {
    const absl::StatusOr<v1::RecordRole> role = ParseRole(text);
    if (!role.ok()) return role.status();
    request.add_roles(*role);
  }
  return request;
}

int RunExplainCommand(const ExplainOptions& options, const Console& console) {
  const absl::StatusOr<v1::ExplainKpiRequest> request = MakeExplainRequest(options, console.now());
  if (!request.ok()) {
    *console.err << "kpid: " << PrintableText(std::string(request.status().message())) << '\n';
    return kExitUsage;
  }
  const auto stub = v1::QueryService::NewStub(OpenChannel(options.server));
  auto context = std::make_unique<grpc::ClientContext>();
  const auto get = [&](const v1::ExplainKpiRequest& page, v1::ExplainKpiResponse* response) {
    context = std::make_unique<grpc::ClientContext>();
    context->set_deadline(std::chrono::system_clock::now() + TimeoutOf(options.server));
    return stub->ExplainKpi(context.get(), page, response);
  };
  v1::ExplainKpiResponse response;
  const grpc::Status status = ReadPages(
      *request, options.limit, get,
      [](v1::ExplainKpiResponse* page) { return page->mutable_records(); }, &response);
  if (!status.ok()) return ReportError(status, *context, options.server, console);
  if (options.format == "json") {
    *console.out << JsonText(response);
  } else if (options.format == "csv") {
    *console.out << ExplainCsv(response);
  } else {
    *console.out << ExplainTable(response, {console.width, console.colour});
  }
  console.out->flush();
  return kExitOk;
}

}  // namespace kpid::client
