// kpid verify: holds the facts in a server's memory against the database.
#pragma once

#include <string>

#include "client/connection.h"
#include "client/console.h"
#include "kpid/v1/maintenance_service.pb.h"

namespace kpid::client {

struct VerifyOptions {
  VerifyOptions() { server.timeout = "120s"; }

  ServerOptions server;
  std::string format = "table";  // table, json.
};

// 0 when they agree, 1 when they did not, repaired or not.
int RunVerifyCommand(const VerifyOptions& options, const Console& console);

// The differences, or that there are none.
std::string VerifyText(const v1::VerifyFactsResponse& response, int width, bool colour);

}  // namespace kpid::client
