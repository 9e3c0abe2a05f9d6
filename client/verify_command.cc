#include "client/verify_command.h"

#include <chrono>
#include <memory>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "client/exit_code.h"
#include "client/grouped_number.h"
#include "client/json_text.h"
#include "client/text_table.h"
#include "client/text_width.h"
#include "kpid/v1/maintenance_service.grpc.pb.h"

namespace kpid::client {

std::string VerifyText(const v1::VerifyFactsResponse& response, int width, bool colour) {
  const std::string facts = absl::StrCat(GroupedNumber(response.fact_count()), " facts");
  if (response.differences_size() == 0) {
    return absl::StrCat(facts, " in memory: as in the database.\n");
  }
  TextTable table;
  table.columns = {{"table", "", false, true},
                   {"day", "UTC"},
                   {"found", ""},
                   {"expected", ""},
                   {"repaired", ""}};
  int left = 0;
  for (const v1::FactDifference& difference : response.differences()) {
    if (!difference.repaired()) ++left;
    table.rows.push_back({PrintableText(difference.table()), PrintableText(difference.day()),
                          PrintableText(difference.found()), PrintableText(difference.expected()),
                          difference.repaired() ? "yes" : "no"});
  }
  return absl::StrCat(RenderTable(table, width, colour), facts,
                      " in memory: ", response.differences_size(), " differences, ",
                      left == 0 ? "all repaired" : absl::StrCat(left, " not repaired"), ".\n");
}

int RunVerifyCommand(const VerifyOptions& options, const Console& console) {
  const auto stub = v1::MaintenanceService::NewStub(OpenChannel(options.server));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + TimeoutOf(options.server));
  v1::VerifyFactsResponse response;
  const grpc::Status status = stub->VerifyFacts(&context, v1::VerifyFactsRequest(), &response);
  if (!status.ok()) return ReportError(status, context, options.server, console);
  *console.out << (options.format == "json" ? JsonText(response)
                                            : VerifyText(response, console.width, console.colour));
  console.out->flush();
  return response.differences_size() == 0 ? kExitOk : kExitRejected;
}

}  // namespace kpid::client
