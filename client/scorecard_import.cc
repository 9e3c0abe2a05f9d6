#include "client/scorecard_import.h"

#include <memory>
#include <ostream>
#include <string>

#include "client/byte_source.h"
#include "client/error_report.h"
#include "client/exit_code.h"
#include "client/roster_upload.h"
#include "client/scorecard_file.h"
#include "client/text_width.h"

namespace kpid::client {

int RunScorecardImport(const ImportOptions& options, const Console& console) {
  absl::StatusOr<std::unique_ptr<ByteSource>> source = OpenByteSource(options.path);
  absl::StatusOr<v1::UpsertScorecardsRequest> request =
      source.ok() ? ReadScorecards(source->get(), options.ignore_unknown)
                  : absl::StatusOr<v1::UpsertScorecardsRequest>(source.status());
  if (!request.ok()) {
    *console.err << "kpid: " << PrintableText(options.path) << ": "
                 << std::string(request.status().message()) << '\n';
    return kExitUsage;
  }
  if (options.dry_run) {
    *console.out << "parsed " << request->scorecards_size() << " scorecards\n";
    return kExitOk;
  }
  const std::shared_ptr<grpc::Channel> channel = OpenChannel(options.server);
  if (!WaitForServer(channel.get(), options.server, console)) return kExitUnreachable;
  v1::UpsertScorecardsResponse response;
  const RosterUpload upload =
      UploadScorecards(*request, channel, TimeoutOf(options.server), &response);
  if (!upload.status.ok()) {
    *console.err << "kpid: scorecards: " << ErrorText(upload.status, upload.request_id) << '\n';
    return upload.status.error_code() == grpc::StatusCode::UNAVAILABLE ? kExitUnreachable
                                                                       : kExitRejected;
  }
  *console.out << "inserted " << response.inserted_count() << ", updated "
               << response.updated_count() << ", unchanged " << response.unchanged_count() << '\n';
  return kExitOk;
}

}  // namespace kpid::client
