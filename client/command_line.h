// The client's commands of the program kpid.
//
// Exit codes of all: exit_code.h.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace kpid::client {

// Adds import, query, scorecard, kpis, probe and generate. Parsing one of them sets *run to what it does;
// the caller calls it after parsing and exits with its result.
// REQUIRES: run outlives app.
void AddClientCommands(CLI::App& app, std::function<int()>* run);

}  // namespace kpid::client
