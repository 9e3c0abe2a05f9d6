// kpid probe: whether a server serves, for health checks of containers and scripts.
#pragma once

#include <string_view>

#include "client/connection.h"
#include "client/console.h"

namespace kpid::client {

// kExitOk and silence when grpc.health.v1.Health/Check answers SERVING; otherwise kExitRejected
// and one line that says why.
int RunProbeCommand(const ServerOptions& options, const Console& console);

// The status in an encoded HealthCheckResponse: field 1, a varint; 0 (UNKNOWN) when absent or
// damaged. SERVING is 1.
int HealthStatusOf(std::string_view response);

}  // namespace kpid::client
