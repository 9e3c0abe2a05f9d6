// The server's commands of the program kpid: serve, migrate, config, version.
//
// Exit codes: server/serve.h.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace kpid::server {

// Adds the commands. Parsing one of them sets *run to what it does; the caller calls it after
// parsing and exits with its result. REQUIRES: run outlives app.
void AddServerCommands(CLI::App& app, std::function<int()>* run);

}  // namespace kpid::server
