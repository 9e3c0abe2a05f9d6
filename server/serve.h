// `kpid serve`: database, server, signals, and the way out.
#pragma once

#include "server/configuration.h"

namespace kpid::server {

// Exit codes of the server commands.
enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,         // Anything else that went wrong.
  kExitUsage = 2,          // Command line or configuration.
  kExitDatabase = 3,       // The database cannot be used: not reachable, wrong schema, in use.
  kExitAddress = 4,        // The address cannot be listened on.
  kExitListenerDead = 70,  // Connections are no longer accepted: restart.
};

// Serves until SIGTERM or SIGINT, then shuts down in order; a second signal makes it quick.
// Returns the exit code. REQUIRES: no other threads yet (signals are blocked for all).
int Serve(const Configuration& configuration);

// Brings the database to this program's schema and says what was done.
int MigrateDatabase(const Configuration& configuration);

}  // namespace kpid::server
