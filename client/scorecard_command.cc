#include "client/scorecard_command.h"

#include <ostream>

#include "absl/strings/str_cat.h"
#include "client/exit_code.h"
#include "client/json_text.h"
#include "client/scorecard_table.h"
#include "client/text_width.h"
#include "kpid/v1/query_service.grpc.pb.h"

namespace kpid::client {
namespace {

void SetTimestamp(metrics::Instant instant, google::protobuf::Timestamp* time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(instant);
  time->set_seconds(seconds.time_since_epoch().count());
  time->set_nanos(static_cast<int32_t>(std::chrono::nanoseconds(instant - seconds).count()));
}

}  // namespace

absl::StatusOr<v1::GetScorecardRequest> MakeScorecardRequest(const ScorecardOptions& options,
                                                             metrics::Instant now) {
  v1::GetScorecardRequest request;
  request.set_scorecard_id(options.scorecard_id);
  if (options.agent_id.empty() == options.group_id.empty()) {
    return absl::InvalidArgumentError("give either --team (--group) or --agent");
  }
  request.set_agent_id(options.agent_id);
  request.set_group_id(options.group_id);
  if (!options.peers.empty() && options.agent_id.empty()) {
    return absl::InvalidArgumentError(
        "--peers is for an --agent: peers of a group are those of its type");
  }
  request.set_peer_group_type(options.peers);
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
  request.set_confidence_level(options.confidence);
  request.set_minimum_sample_size(options.minimum_sample);
  return request;
}

int RunScorecardCommand(const ScorecardOptions& options, const Console& console) {
  const absl::StatusOr<v1::GetScorecardRequest> request =
      MakeScorecardRequest(options, console.now());
  if (!request.ok()) {
    *console.err << "kpid: " << PrintableText(std::string(request.status().message())) << '\n';
    return kExitUsage;
  }
  const std::unique_ptr<v1::QueryService::Stub> stub =
      v1::QueryService::NewStub(OpenChannel(options.server));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + TimeoutOf(options.server));
  v1::GetScorecardResponse response;
  const grpc::Status status = stub->GetScorecard(&context, *request, &response);
  if (!status.ok()) return ReportError(status, context, options.server, console);
  if (options.format == "json") {
    *console.out << JsonText(response);
  } else if (options.format == "csv") {
    *console.out << ScorecardCsv(response);
  } else {
    *console.out << ScorecardTable(*request, response, {console.width, console.colour});
  }
  console.out->flush();
  return kExitOk;
}

}  // namespace kpid::client
