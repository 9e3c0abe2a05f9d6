#include "client/query_command.h"

#include <ostream>

#include "absl/strings/str_cat.h"
#include "client/exit_code.h"
#include "client/json_text.h"
#include "client/query_grammar.h"
#include "client/query_table.h"
#include "client/text_width.h"
#include "kpid/v1/query_service.grpc.pb.h"

namespace kpid::client {
namespace {

void SetTimestamp(metrics::Instant instant, google::protobuf::Timestamp* time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(instant);
  time->set_seconds(seconds.time_since_epoch().count());
  time->set_nanos(static_cast<int32_t>(std::chrono::nanoseconds(instant - seconds).count()));
}

// Adds a filter; one for a dimension that has one already widens that one.
void AddFilter(const v1::DimensionFilter& filter, v1::QueryKpisRequest* request) {
  for (v1::DimensionFilter& present : *request->mutable_filters()) {
    if (DimensionText(present.dimension()) != DimensionText(filter.dimension())) continue;
    present.mutable_values()->MergeFrom(filter.values());
    if (filter.include_missing()) present.set_include_missing(true);
    return;
  }
  *request->add_filters() = filter;
}

absl::Status SetKpisAndDimensions(const QueryOptions& options, v1::QueryKpisRequest* request) {
  if (options.kpis.empty()) return absl::InvalidArgumentError("give at least one --kpi");
  for (const std::string& text : options.kpis) {
    absl::StatusOr<v1::KpiRequest> kpi = ParseKpiSpec(text);
    if (!kpi.ok()) return kpi.status();
    *request->add_kpis() = *std::move(kpi);
  }
  for (const std::string& text : options.group_by) {
    absl::StatusOr<v1::Dimension> dimension = ParseDimension(text);
    if (!dimension.ok()) return dimension.status();
    *request->add_group_by() = *std::move(dimension);
  }
  for (const std::string& text : options.where) {
    const absl::StatusOr<v1::DimensionFilter> filter = ParseFilter(text);
    if (!filter.ok()) return filter.status();
    AddFilter(*filter, request);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::QueryKpisRequest> MakeQueryRequest(const QueryOptions& options,
                                                      metrics::Instant now) {
  v1::QueryKpisRequest request;
  if (absl::Status status = SetKpisAndDimensions(options, &request); !status.ok()) return status;
  const absl::StatusOr<metrics::Calendar> calendar = metrics::Calendar::Create(options.zone);
  if (!calendar.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--zone \"", options.zone,
                     "\": not a time zone of this system; expected an IANA name, for example "
                     "Europe/Amsterdam"));
  }
  const absl::StatusOr<metrics::TimeRange> range = ResolveTimeRange(options.range, *calendar, now);
  if (!range.ok()) return range.status();
  SetTimestamp(range->start, request.mutable_interval()->mutable_start_time());
  SetTimestamp(range->end, request.mutable_interval()->mutable_end_time());
  request.set_time_zone(options.zone);
  const absl::StatusOr<v1::Granularity> granularity = ParseGranularity(options.granularity);
  if (!granularity.ok()) return granularity.status();
  request.set_granularity(*granularity);
  if (!options.week_start.empty()) {
    const absl::StatusOr<v1::Weekday> weekday = ParseWeekday(options.week_start);
    if (!weekday.ok()) return weekday.status();
    request.set_week_start(*weekday);
  }
  const std::string fallback = options.format == "csv" ? "bare" : "counts";
  const absl::StatusOr<v1::ValueDetail> detail =
      ParseDetail(options.detail.empty() ? fallback : options.detail);
  if (!detail.ok()) return detail.status();
  request.set_value_detail(*detail);
  request.set_confidence_level(options.confidence);
  return request;
}

int RunQueryCommand(const QueryOptions& options, const Console& console) {
  const absl::StatusOr<v1::QueryKpisRequest> request = MakeQueryRequest(options, console.now());
  if (!request.ok()) {
    *console.err << "kpid: " << PrintableText(std::string(request.status().message())) << '\n';
    return kExitUsage;
  }
  const std::unique_ptr<v1::QueryService::Stub> stub =
      v1::QueryService::NewStub(OpenChannel(options.server));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + TimeoutOf(options.server));
  v1::QueryKpisResponse response;
  const grpc::Status status = stub->QueryKpis(&context, *request, &response);
  if (!status.ok()) return ReportError(status, context, options.server, console);
  if (options.format == "json") {
    *console.out << JsonText(response);
  } else if (options.format == "csv") {
    *console.out << QueryCsv(*request, response, !options.detail.empty());
  } else {
    *console.out << QueryTable(*request, response, {console.width, console.colour});
  }
  console.out->flush();
  return kExitOk;
}

}  // namespace kpid::client
