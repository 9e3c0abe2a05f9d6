#include "client/comments_command.h"

#include <memory>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "client/comments_table.h"
#include "client/exit_code.h"
#include "client/json_text.h"
#include "client/query_command.h"
#include "client/text_width.h"
#include "kpid/v1/query_service.grpc.pb.h"

namespace kpid::client {
namespace {

absl::StatusOr<v1::SurveyKind> ParseKind(const std::string& text) {
  if (text == "csat") return v1::SURVEY_KIND_CSAT;
  if (text == "nps") return v1::SURVEY_KIND_NPS;
  if (text == "ces") return v1::SURVEY_KIND_CES;
  if (text == "resolution_confirmed") return v1::SURVEY_KIND_RESOLUTION_CONFIRMED;
  if (text == "esat") return v1::SURVEY_KIND_ESAT;
  return absl::InvalidArgumentError(
      absl::StrCat("--kind \"", text, "\": expected csat, nps, ces, resolution_confirmed or esat"));
}

}  // namespace

absl::StatusOr<v1::ListSurveyCommentsRequest> MakeCommentsRequest(const CommentsOptions& options,
                                                                  metrics::Instant now) {
  QueryOptions query;
  query.kpis = {"csat"};  // Not asked for; the range and the filters are read as for any.
  query.range = options.slice.range;
  query.zone = options.slice.zone;
  query.where = options.slice.where;
  const absl::StatusOr<v1::QueryKpisRequest> asked = MakeQueryRequest(query, now);
  if (!asked.ok()) return asked.status();
  v1::ListSurveyCommentsRequest request;
  *request.mutable_interval() = asked->interval();
  *request.mutable_filters() = asked->filters();
  for (const std::string& text : options.kinds) {
    const absl::StatusOr<v1::SurveyKind> kind = ParseKind(text);
    if (!kind.ok()) return kind.status();
    request.add_kinds(*kind);
  }
  if (options.minimum_score.has_value()) request.set_minimum_score(*options.minimum_score);
  if (options.maximum_score.has_value()) request.set_maximum_score(*options.maximum_score);
  return request;
}

int RunCommentsCommand(const CommentsOptions& options, const Console& console) {
  const absl::StatusOr<v1::ListSurveyCommentsRequest> request =
      MakeCommentsRequest(options, console.now());
  if (!request.ok()) {
    *console.err << "kpid: " << PrintableText(std::string(request.status().message())) << '\n';
    return kExitUsage;
  }
  const auto stub = v1::QueryService::NewStub(OpenChannel(options.server));
  auto context = std::make_unique<grpc::ClientContext>();
  const auto get = [&](const v1::ListSurveyCommentsRequest& page,
                       v1::ListSurveyCommentsResponse* response) {
    context = std::make_unique<grpc::ClientContext>();
    context->set_deadline(std::chrono::system_clock::now() + TimeoutOf(options.server));
    return stub->ListSurveyComments(context.get(), page, response);
  };
  v1::ListSurveyCommentsResponse response;
  const grpc::Status status = ReadPages(
      *request, options.limit, get,
      [](v1::ListSurveyCommentsResponse* page) { return page->mutable_comments(); }, &response);
  if (!status.ok()) return ReportError(status, *context, options.server, console);
  if (options.format == "json") {
    *console.out << JsonText(response);
  } else if (options.format == "csv") {
    *console.out << CommentsCsv(response, options.slice.zone);
  } else {
    *console.out << CommentsText(response, options.slice.zone, {console.width, console.colour});
  }
  console.out->flush();
  return kExitOk;
}

}  // namespace kpid::client
