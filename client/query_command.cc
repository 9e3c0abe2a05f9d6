#include "client/query_command.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/exit_code.h"
#include "client/grouped_number.h"
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

absl::Status SetBuckets(const QueryOptions& options, metrics::Instant now,
                        v1::QueryKpisRequest* request) {
  const absl::StatusOr<metrics::Calendar> calendar = metrics::Calendar::Create(options.zone);
  if (!calendar.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--zone \"", options.zone,
                     "\": not a time zone of this system; expected an IANA name, for example "
                     "Europe/Amsterdam"));
  }
  const absl::StatusOr<metrics::TimeRange> range = ResolveTimeRange(options.range, *calendar, now);
  if (!range.ok()) return range.status();
  SetTimestamp(range->start, request->mutable_interval()->mutable_start_time());
  SetTimestamp(range->end, request->mutable_interval()->mutable_end_time());
  request->set_time_zone(options.zone);
  const absl::StatusOr<v1::Granularity> granularity = ParseGranularity(options.granularity);
  if (!granularity.ok()) return granularity.status();
  request->set_granularity(*granularity);
  if (options.week_start.empty()) return absl::OkStatus();
  const absl::StatusOr<v1::Weekday> weekday = ParseWeekday(options.week_start);
  if (!weekday.ok()) return weekday.status();
  request->set_week_start(*weekday);
  return absl::OkStatus();
}

absl::Status SetSlices(const QueryOptions& options, v1::QueryKpisRequest* request) {
  if (!options.compare.empty()) {
    const absl::StatusOr<v1::ComparisonPeriod> period = ParseComparison(options.compare);
    if (!period.ok()) return period.status();
    request->set_compare_to(*period);
  }
  for (const std::string& text : options.order_by) {
    absl::StatusOr<v1::SliceOrder> order = ParseOrder(text, options.kpis);
    if (!order.ok()) return order.status();
    *request->add_order_by() = *std::move(order);
  }
  request->set_top_count(options.top);
  request->set_omit_other(options.no_other);
  request->set_page_size(options.page_size);
  if (options.page_size == 0 && options.limit > 0) {
    request->set_page_size(static_cast<int>(std::min<int64_t>(options.limit, kLimitPageSize)));
  }
  request->set_page_token(options.page_token);
  request->set_minimum_sample_size(options.minimum_sample);
  return absl::OkStatus();
}

// Asks for the page of the request, and with a limit for those after it until there are as many
// slices. Returns an exit code.
int AskPages(const QueryOptions& options, v1::QueryKpisRequest request, const Console& console,
             v1::QueryKpisResponse* response) {
  const std::unique_ptr<v1::QueryService::Stub> stub =
      v1::QueryService::NewStub(OpenChannel(options.server));
  for (bool first = true;; first = false) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + TimeoutOf(options.server));
    v1::QueryKpisResponse page;
    const grpc::Status status = stub->QueryKpis(&context, request, &page);
    if (!status.ok()) return ReportError(status, context, options.server, console);
    if (first) {
      response->Swap(&page);
    } else {
      response->mutable_slices()->MergeFrom(page.slices());
      response->set_next_page_token(page.next_page_token());
    }
    if (options.limit > 0 && response->slices_size() > options.limit) {
      response->mutable_slices()->DeleteSubrange(
          static_cast<int>(options.limit),
          response->slices_size() - static_cast<int>(options.limit));
      response->clear_next_page_token();  // It would leave out what was just taken away.
    }
    if (response->next_page_token().empty() || response->slices_size() >= options.limit) {
      return kExitOk;
    }
    request.set_page_token(response->next_page_token());
  }
}

// How what is not shown can be had.
void SayWhatRemains(const v1::QueryKpisRequest& request, const v1::QueryKpisResponse& response,
                    const Console& console) {
  const bool some = request.page_size() > 0 && request.page_token().empty() &&
                    response.slices_size() < response.slice_count();
  if (!some && response.next_page_token().empty()) return;
  *console.err << "kpid: " << GroupedNumber(response.slices_size()) << " of "
               << GroupedNumber(response.slice_count()) << " slices";
  if (!response.next_page_token().empty()) {
    *console.err << "; the next page: the same with --page-size " << request.page_size()
                 << " --page-token " << PrintableText(response.next_page_token());
  }
  *console.err << '\n';
}

}  // namespace

absl::StatusOr<v1::QueryKpisRequest> MakeQueryRequest(const QueryOptions& options,
                                                      metrics::Instant now) {
  v1::QueryKpisRequest request;
  if (absl::Status status = SetKpisAndDimensions(options, &request); !status.ok()) return status;
  if (absl::Status status = SetBuckets(options, now, &request); !status.ok()) return status;
  if (absl::Status status = SetSlices(options, &request); !status.ok()) return status;
  const std::string fallback = options.format == "csv" ? "bare" : "counts";
  const absl::StatusOr<v1::ValueDetail> detail =
      ParseDetail(options.detail.empty() ? fallback : options.detail);
  if (!detail.ok()) return detail.status();
  request.set_value_detail(*detail);
  request.set_confidence_level(options.confidence);
  request.set_validate_only(options.validate_only);
  return request;
}

int RunQueryCommand(const QueryOptions& options, const Console& console) {
  const absl::StatusOr<v1::QueryKpisRequest> request = MakeQueryRequest(options, console.now());
  if (!request.ok()) {
    *console.err << "kpid: " << PrintableText(std::string(request.status().message())) << '\n';
    return kExitUsage;
  }
  v1::QueryKpisResponse response;
  if (const int code = AskPages(options, *request, console, &response); code != kExitOk) {
    return code;
  }
  const TableOptions table = {console.width, console.colour};
  if (options.format == "json") {
    *console.out << JsonText(response);
  } else if (options.format == "csv") {
    *console.out << QueryCsv(*request, response, !options.detail.empty());
  } else if (options.validate_only) {
    *console.out << ValidationTable(response, table);
  } else {
    *console.out << QueryTable(*request, response, table);
  }
  console.out->flush();
  SayWhatRemains(*request, response, console);
  return kExitOk;
}

}  // namespace kpid::client
